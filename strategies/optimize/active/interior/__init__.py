"""The same programme by an interior point method: for what binds in more than one way.

    minimise    1/2 w'Cw - gain . w
    subject to  G x + s = sides, s >= 0,  A w = b,  with x = (w, t) and t_ki >= |w_i - centre_ki|

Room s times price z of every limit goes to zero together (Mehrotra, SIAM Journal on Optimization 2
(1992)). A covariance without an inverse and limits that repeat each other are no trouble to it. Its
answer is not exact, as one of the active set is, but near enough that nobody can tell.

Reading order: ``program`` (the limits in one row), ``newton`` (the linear system of a step),
``search`` (the steps).
"""

from strategies.optimize.active.interior.search import Inner, interior

__all__ = ["Inner", "interior"]
