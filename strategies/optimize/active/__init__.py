"""The frontier, exactly: least variance for a return, by an active set, to the last digit.

What has no costs, no taxes and no lots is a quadratic programme of bounds and a few rows. Its
answer is a linear system once it is known which limits bind, and that is what is searched for.
Nothing is approximated: what is left to doubt is rounding, and the certificate says how much.

Reading order: ``quadratic`` (what is asked), ``aims`` (which point of the frontier), ``system``
(the linear system), ``pivoting`` (which limits bind), ``kinks`` (limits on sums of absolute
values), ``certificate`` (how good an answer is), ``solve`` (the search), ``edge`` (the most return
there is), ``stand_in`` (who answers where this cannot).
"""

from strategies.optimize.active.aims import Aim, Return, Sharpe, Utility, Volatility
from strategies.optimize.active.edge import most_return, richest
from strategies.optimize.active.quadratic import Absolute, Quadratic, Rows
from strategies.optimize.active.solve import Answer, minimise

__all__ = [
    "Absolute",
    "Aim",
    "Answer",
    "Quadratic",
    "Return",
    "Rows",
    "Sharpe",
    "Utility",
    "Volatility",
    "minimise",
    "most_return",
    "richest",
]
