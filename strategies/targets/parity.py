"""Risk parity: every name carries its share of the risk, its budget.

    w_i (C w)_i = b_i w'Cw        (Maillard, Roncalli and Teiletche 2010; any budgets: Spinu 2013)

It needs no expected returns. ``budgets.barrier`` finds the weights where no limit is in the way,
which are the only ones above zero; ``budgets.limited`` those within limits, where one is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, times
from strategies.targets.budgets.barrier import Hedged, Indefinite, balanced
from strategies.targets.budgets.interior import Lost
from strategies.targets.budgets.limited import budgeted
from strategies.targets.budgets.region import contradiction, region_of
from strategies.targets.kept import breach, refuse_broken, refuse_senseless
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import part, positive_variances, repaired, symmetric

BUDGET_TOLERANCE = 1e-6
"""By how much budgets may miss a sum of one, which they are then divided by."""
ROUNDING = 1e-12
"""Breach of a bound, in weight, that is clipped away."""
HEDGED = (
    "the names hedge each other to no risk at all, so that none can carry a share of it (take a"
    " covariance from more days, or a shrunk one)"
)
NAMED_MAX = 10
"""Names that a note lists."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Weights, how good they are, and what is to be said."""

    weights: Array
    gap: float
    notes: tuple[str, ...] = ()


def risk_parity(
    covariance: Covariance,
    limits: Limits = LONG_ONLY,
    *,
    budgets: Array | None = None,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """Weights whose contributions to the variance are ``budgets`` (n,); equal ones where None.

    Weights are above zero: a lower bound below that is as good as zero. ``gap`` is the largest
    relative deviation of a contribution from its budget where no limit binds. Where one does, it is
    the certificate of the problem in ``budgets.limited``: by how much its objective, in units of
    sum b ln w, could still be better; and a note says which names stand at their bounds. Raises
    ``NoTarget``: no numbers, a name without variance, limits that contradict each other.
    """
    names = checked(covariance, mean)
    refuse_senseless(limits, names)
    box = _box(limits, names)
    shares = _budgets(budgets, names)
    positive_variances(covariance)
    covariance, notes = symmetric(covariance)
    try:
        found = _within(covariance, shares, limits, box)
    except Indefinite:
        covariance, more = repaired(covariance)
        notes = (*notes, *more)
        found = _within(covariance, shares, limits, box)
    refuse_broken(found.weights, limits, covariance, "risk parity")
    said = (*notes, *found.notes)
    return portfolio(
        found.weights, covariance, mean=mean, risk_free=risk_free, gap=found.gap, notes=said
    )


def _box(limits: Limits, names: int) -> tuple[Array, Array]:
    """Bounds of weights that are not below zero."""
    lower, upper = limits.bounds(names)
    floor = np.maximum(lower, 0.0)
    if limits.budget <= 0 or (upper < 0).any():
        raise NoTarget("risk parity holds no shorts: a budget or an upper bound is below zero")
    if floor.sum() > limits.budget + ROUNDING:
        raise NoTarget(f"risk parity holds no shorts: lower bounds sum to {floor.sum():g}")
    return floor, upper


def _budgets(budgets: Array | None, names: int) -> Array:
    if budgets is None:
        return np.full(names, 1.0 / names)
    if budgets.shape != (names,):
        raise NoTarget(f"risk budgets have shape {budgets.shape}, expected ({names},)")
    bad = ~(np.isfinite(budgets) & (budgets > 0))
    if bad.any():
        place = int(np.argmax(bad))
        raise NoTarget(
            f"the risk budget of name {place} is {budgets[place]:g}, and is to be above zero: leave"
            " out a name that is to carry no risk"
        )
    if abs(float(budgets.sum()) - 1.0) > BUDGET_TOLERANCE:
        raise NoTarget(f"risk budgets sum to {budgets.sum():g}, not to 1")
    return np.asarray(budgets / budgets.sum(), dtype=np.float64)


def _within(
    covariance: Covariance, shares: Array, limits: Limits, box: tuple[Array, Array]
) -> _Found:
    """Without limits, and where that breaks one, with them. Names that may not be held are out."""
    lower, upper = box
    live = np.flatnonzero(upper > 0)
    notes: tuple[str, ...] = ()
    if live.size < len(upper):
        notes = (f"{_listed(np.flatnonzero(upper <= 0))}: may not be held, and no risk is theirs",)
        covariance = part(covariance, live)
    asked = shares[live] / shares[live].sum()
    free = _unlimited(covariance, asked)
    if free is not None:
        weights = np.zeros(len(upper))
        weights[live] = free.weights * limits.budget
        inside = (weights >= lower - ROUNDING).all() and (weights <= upper + ROUNDING).all()
        if inside and not breach(weights, limits):
            return _Found(np.clip(weights, lower, upper), free.gap, notes)
    elif not (limits.groups or limits.exposures or lower.any() or (upper < limits.budget).any()):
        raise NoTarget(f"risk parity: {HEDGED}")
    start = np.sqrt(asked / positive_variances(covariance)) if free is None else free.weights
    found = _limited(covariance, asked, limits, box, start * (limits.budget / start.sum()))
    return _Found(found.weights, found.gap, (*notes, *found.notes))


def _unlimited(covariance: Covariance, asked: Array) -> _Found | None:
    """Weights that sum to one; None where the names hedge each other to no risk."""
    try:
        x = balanced(covariance, asked)
    except Hedged:
        return None
    miss = x * times(covariance, x) / asked - 1.0
    return _Found(x / x.sum(), float(np.abs(miss).max()))


def _limited(
    covariance: Covariance,
    asked: Array,
    limits: Limits,
    box: tuple[Array, Array],
    start: Array,
) -> _Found:
    """As near to the budgets as the limits let; the arrays but ``box`` are of names held."""
    lower, upper = box
    live = np.flatnonzero(upper > 0)
    if why := contradiction(limits, lower, upper):
        raise NoTarget(why)
    try:
        found = budgeted(covariance, asked, region_of(limits, lower, upper, live), start)
    except Lost as exc:
        raise NoTarget(
            f"risk parity: the limits leave no room between them (widen one), or {HEDGED}"
        ) from exc
    weights = np.zeros(len(upper))
    weights[live] = found.weights
    fixed = lower[live] == upper[live]
    weights[live[fixed]] = lower[live[fixed]]
    return _Found(weights, found.gap, _notes(live[found.held | fixed], found.rows, found.forced))


def _notes(held: NDArray[np.intp], rows: bool, forced: bool) -> tuple[str, ...]:  # noqa: FBT001
    said = []
    if held.size:
        said.append(f"{_listed(held)}: at a bound, where the risk is not the budget")
    if rows:
        said.append("a group or an exposure binds: its names miss their budgets of risk")
    if forced:
        said.append("no multiple of the budgets fits the limits: all names miss theirs somewhat")
    return tuple(said)


def _listed(names: NDArray[np.intp]) -> str:
    """``name 3``, or ``names 3, 5 and 7 more``."""
    said = ", ".join(str(i) for i in names[:NAMED_MAX])
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return f"{'name' if len(names) == 1 else 'names'} {said}{more}"
