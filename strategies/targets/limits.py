"""The limits that every strategy keeps: those of the optimizer, for weights that start from none.

Weights are shares of what is invested. 130/30 is ``Limits(lower=-0.3, upper=1.3, gross=1.6)``.
"""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, Exposure, Group
from strategies.targets.refusal import NoTarget

BUDGET_SLACK = 1e-12


@dataclass(frozen=True, slots=True)
class Limits:
    """Constraint set: lower <= w <= upper, sum w = ``budget``, and what else is not None.

    ``lower`` and ``upper`` are numbers or arrays (n,); ``gross`` limits sum |w|, ``turnover``
    sum |w - current| with ``current`` (n,), ``volatility`` the annual sqrt(w' C w), ``names_max``
    how many weights are not zero. ``groups`` and ``exposures`` are those of the optimizer.
    """

    lower: Array | float = 0.0
    upper: Array | float = 1.0
    budget: float = 1.0
    gross: float | None = None
    groups: tuple[Group, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    turnover: float | None = None
    current: Array | None = None
    volatility: float | None = None
    names_max: int | None = None

    def bounds(self, size: int) -> tuple[Array, Array]:
        """Lower and upper bound of each of ``size`` names, shape (n,) each.

        Raises ``NoTarget`` where they are no numbers, cross, or leave no room for the budget.
        """
        lower, upper = (
            np.broadcast_to(np.asarray(b, float), (size,)).copy() for b in (self.lower, self.upper)
        )
        if np.isnan(lower).any() or np.isnan(upper).any():
            raise NoTarget("a bound is not a number")
        if (lower > upper).any():
            place = int(np.argmax(lower > upper))
            raise NoTarget(
                f"name {place}: lower bound {lower[place]:g} is above upper {upper[place]:g}"
            )
        if lower.sum() > self.budget + BUDGET_SLACK or upper.sum() < self.budget - BUDGET_SLACK:
            raise NoTarget(
                f"bounds of {size} names allow weights from {lower.sum():g} to {upper.sum():g}"
                f" together, and {self.budget:g} is wanted: widen them, or name more names"
            )
        return lower, upper


LONG_ONLY = Limits()
