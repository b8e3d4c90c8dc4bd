"""Bounds, groups and exposures as the region of an interior point, and whether it is empty."""

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.solve import solve
from strategies.optimize.problem import UNLIMITED, Array, BadProblem, Problem
from strategies.optimize.rows import Band, bands_of
from strategies.targets.budgets.interior import Region
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget

SLACK = 1e-12


def contradiction(limits: Limits, lower: Array, upper: Array) -> str:
    """Why no weights within ``lower`` and ``upper`` (n,) keep all groups and exposures, or nothing.

    Raises ``NoTarget`` where a group or an exposure makes no sense.
    """
    try:
        solution = solve(_nearest(limits, lower, upper))
    except BadProblem as exc:
        raise NoTarget(str(exc)) from exc
    return solution.why if solution.status == "infeasible" else ""


def region_of(limits: Limits, lower: Array, upper: Array, live: NDArray[np.intp]) -> Region:
    """The region of the names ``live``; a name that cannot move is held by an equation."""
    fixed = np.flatnonzero(lower[live] == upper[live])
    above, most = [np.zeros((0, live.size))], list[float]()
    equal, sides = [np.eye(live.size)[fixed]], lower[live[fixed]].tolist()
    for band in bands_of(_nearest(limits, lower, upper)):
        row = band.coefficients[live]
        if np.ptp(row) == 0:
            _refuse_sum(band, float(row[0]) * limits.budget)
        elif band.lower == band.upper:
            equal.append(row[None])
            sides.append(band.upper)
        else:
            for side, sign in ((band.upper, 1.0), (-band.lower, -1.0)):
                if side < UNLIMITED:
                    above.append(sign * row[None])
                    most.append(side)
    low, high = lower[live].copy(), upper[live].copy()
    low[fixed], high[fixed] = 0.0, UNLIMITED
    matrices = np.vstack(above), np.array(most), np.vstack(equal), np.array(sides)
    return Region(low, high, *matrices)


def _refuse_sum(band: Band, value: float) -> None:
    """What weighs all names alike limits their sum, which is given."""
    if not band.lower - SLACK <= value <= band.upper + SLACK:
        raise NoTarget(f"{band.name} is {value:g}, whatever the weights are")


def _nearest(limits: Limits, lower: Array, upper: Array) -> Problem:
    """Weights nearest to equal ones: a problem that any limits have an answer to, or a proof."""
    n = len(lower)
    nothing, equal = np.zeros(n), np.full(n, limits.budget / n)
    return Problem(
        current=equal,
        target=equal,
        factors=np.zeros((n, 0)),
        specific=np.ones(n),
        spread=nothing,
        impact=nothing,
        lower=lower,
        upper=np.minimum(upper, limits.budget),
        risk_aversion=1.0,
        groups=limits.groups,
        exposures=limits.exposures,
    )
