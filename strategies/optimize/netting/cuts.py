"""What the solves at constant rates say of all other rates: cuts, and the best that they allow.

A plan found at one pair of rates costs base + z . added at any other: the least cost q(z) lies
below all these planes. With what a region adds to it, the highest point that they allow is a
linear program in the two rates and two levels; the next solve is made there (Kelley, J. SIAM 8
(1960)). Its dual is a mixture of the plans which ends in the region (Dantzig and Wolfe 1960).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strategies.optimize.netting.law import Region
from strategies.optimize.problem import Array

TIGHT = 1e-9
"""Tolerance of the linear program in units of the objective, and of rates that are the same."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A plan: weights (n,), lots sold (rows,), cost besides tax, net gains added (2,), objective.

    ``bound`` is that of all plans at the constant ``rates`` (2,) it was found at, if it was solved.
    """

    weights: Array
    sold: Array
    base: float
    added: Array
    value: float
    rates: Array
    bound: float = -float("inf")

    def cost_at(self, rates: Array) -> float:
        """What it comes to where the rates (2,) are constant."""
        return self.base + float(self.added @ rates)


@dataclass(frozen=True, slots=True)
class Place:
    """A region within reach: ``points`` (v, 2) are net gains added, ``taxes`` (v,) what is due."""

    region: Region
    points: Array
    taxes: Array

    @property
    def rates(self) -> Array:
        """The constant rates of the region, (2,)."""
        return np.array([self.region.short, self.region.long])

    def least(self, rates: Array) -> float:
        """The least of tax - rates . gains within the region."""
        return float((self.taxes - self.points @ rates).min())


@dataclass(frozen=True, slots=True)
class Promise:
    """The best bound that the cuts allow a region, at which rates, and the mixture of plans."""

    value: float
    rates: Array
    shares: Array


def promise(cuts: Sequence[Cut], place: Place, box: tuple[float, float], scale: float) -> Promise:
    """Where the cuts let the bound of ``place`` be greatest, with both rates within ``box``.

    ``scale`` is the size of the objective, in units of which HiGHS sees the problem.
    """
    from scipy.optimize import linprog

    base, added = np.array([cut.base for cut in cuts]), np.array([cut.added for cut in cuts])
    cost = np.hstack([_column(cuts, 1.0), _column(cuts, 0.0), -added / scale])
    tax = np.hstack([_column(place.taxes, 0.0), _column(place.taxes, 1.0), place.points / scale])
    found = linprog(
        [-1.0, -1.0, 0.0, 0.0],
        A_ub=np.vstack([cost, tax]),
        b_ub=np.concatenate([base, place.taxes]) / scale,
        bounds=[(None, None), (None, None), box, box],
        method="highs",
        options={"primal_feasibility_tolerance": TIGHT, "dual_feasibility_tolerance": TIGHT},
    )
    assert found.status == 0, found.message
    shares = np.maximum(-found.ineqlin.marginals[: len(cuts)], 0.0)
    return Promise(-found.fun * scale, found.x[2:], shares / shares.sum())


def _column(rows: Sequence[Cut] | Array, value: float) -> Array:
    return np.full((len(rows), 1), value)
