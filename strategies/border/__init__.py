"""How: the border where exact amounts become arrays, and the optimiser's weights come back exact.

Nothing else in the pure floor, outside ``optimize``, ``risk`` and ``costfit``, touches a float. All
that comes back is clipped to the room it came from and rounded to a billionth of a percent of NAV.

Reading order: ``gauge`` (risk, costs and taxes, measured once), ``statement`` (a room and the
owner's limits in arrays), ``within`` (how far inside a broken limit is brought), ``settled``
(weights for a wish, or why there are none), ``whole`` (weights into shares where a share is
coarse), ``second`` (another solver is asked), ``proof``.
"""

from strategies.border.gauge import Case, Company, Gauge, measure
from strategies.border.settled import Settled, settle
from strategies.border.statement import problem
from strategies.border.whole import Rounding, round_to_grid
from strategies.border.within import inside

__all__ = [
    "Case",
    "Company",
    "Gauge",
    "Rounding",
    "Settled",
    "inside",
    "measure",
    "problem",
    "round_to_grid",
    "settle",
]
