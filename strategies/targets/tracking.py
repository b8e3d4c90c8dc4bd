"""Index tracking: few names that move with a benchmark of many.

    minimise (w - b)'C(w - b)          with at most K names, bounds, groups and exposures

or, where the benchmark is a series of returns and not weights, the mean square of what the returns
of the portfolio miss those of the index by (Beasley, Meade and Chang 2003). Which names to hold is
a search (``few.selection``) that starts at the names which a relaxation holds; how far from the
best it may have ended is said by ``few.bound``.
"""

from dataclasses import dataclass
from math import comb

import numpy as np

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, times, variance
from strategies.targets.budgets.region import contradiction
from strategies.targets.few.bound import floor_of
from strategies.targets.few.quadratic import Objective, objective
from strategies.targets.few.selection import Chosen, Places, choose, every_choice, exchange
from strategies.targets.kept import refuse_broken, refuse_senseless
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import repaired

WIDE, WIDE_MORE = 4, 40
"""Names that the search begins with: this many times those that may be held, and some more."""
ALL_MAX = 300
"""Choices of names that are few enough to try them all."""
SAFE, ROOM = 1e-9, 1e-9
NOTHING = 1e-12
"""Part of the benchmark's variance below which a tracking error is none."""


def index_tracking(
    covariance: Covariance,
    benchmark: Array,
    limits: Limits = LONG_ONLY,
    *,
    held_min: float = 0.0,
    mean: Array | None = None,
    risk_free: float = 0.0,
) -> Portfolio:
    """Weights of at most ``limits.names_max`` names that track the weights ``benchmark`` (n,).

    The benchmark may hold what the limits do not allow. A name that is held has at least the weight
    ``held_min``; a lower bound above zero means that the name is held. ``gap`` is how much of the
    squared tracking error could be saved at most by any other names, from 0 to 1. Raises
    ``NoTarget``.
    """
    names = checked(covariance, mean)
    _check(benchmark, names)
    refuse_senseless(limits, names)
    covariance, notes = repaired(covariance)
    pull = times(covariance, benchmark)
    size = 0.5 * variance(covariance, benchmark)
    asked = objective(covariance, pull, size, limits, held_min)
    found = _tracked(asked, objective(covariance, pull, size, limits), limits)
    error = float(np.sqrt(max(0.0, variance(covariance, found.weights - benchmark))))
    said = (*notes, _sentence(found.weights, "tracking error", error))
    refuse_broken(found.weights, limits, covariance, "index tracking")
    return portfolio(
        found.weights, covariance, mean=mean, risk_free=risk_free, gap=found.gap, notes=said
    )


def index_tracking_returns(
    returns: Array, index: Array, limits: Limits = LONG_ONLY, *, held_min: float = 0.0
) -> Portfolio:
    """The same from ``returns`` (T, n) of names and those of the ``index`` (T,), period by period.

    What is least is the mean of the squared differences, so that a constant lag counts too.
    Expected return and volatility are those of the sample; the note says the root of the mean
    square.
    """
    if returns.ndim != 2 or len(returns) < 2 or index.shape != returns.shape[:1]:  # noqa: PLR2004
        raise NoTarget(f"returns have shape {returns.shape} and the index {index.shape}")
    periods = len(returns)
    refuse_senseless(limits, returns.shape[1])
    for what, array in (("returns", returns), ("index", index)):
        if not np.isfinite(array).all():
            place = ", ".join(str(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise NoTarget(f"{what}[{place}] is not a finite number")
    pull, size = returns.T @ index / periods, 0.5 * float(index @ index) / periods
    squares = _squares(returns / np.sqrt(periods))
    asked = objective(squares, pull, size, limits, held_min)
    found = _tracked(asked, objective(squares, pull, size, limits), limits)
    missed = float(np.sqrt(np.mean((returns @ found.weights - index) ** 2)))
    mean = returns.mean(axis=0)
    covariance = _squares((returns - mean) / np.sqrt(periods - 1))
    refuse_broken(found.weights, limits, covariance, "index tracking")
    said = (_sentence(found.weights, "root mean square difference", missed),)
    return portfolio(found.weights, covariance, mean=mean, gap=found.gap, notes=said)


def _squares(scaled: Array) -> Covariance:
    """Scaled' scaled (n, n), in factors where there are more names than rows."""
    rows, names = scaled.shape
    return FactorModel(scaled.T, np.zeros(names)) if names > rows else scaled.T @ scaled


def _check(benchmark: Array, names: int) -> None:
    if benchmark.shape != (names,):
        raise NoTarget(f"benchmark has shape {benchmark.shape}, expected ({names},)")
    if not np.isfinite(benchmark).all():
        place = int(np.argmin(np.isfinite(benchmark)))
        raise NoTarget(f"benchmark[{place}] is not a finite number")


@dataclass(frozen=True, slots=True)
class _Tracker:
    """Weights (n,), and how much of the objective could be saved at most."""

    weights: Array
    gap: float


def _tracked(asked: Objective, loose: Objective, limits: Limits) -> _Tracker:
    """The best names found, and how good they are; ``loose`` asks the same without ``held_min``."""
    every = np.flatnonzero((asked.upper > 0) | (asked.lower < 0))
    must = tuple(np.flatnonzero(loose.lower > 0).tolist())
    whole = loose.answer(every)
    if whole.status == "infeasible":
        why = contradiction(limits, loose.lower, loose.upper) or whole.why
        raise NoTarget(f"index tracking: {why}")
    weights = np.zeros(len(asked.lower))
    weights[every] = whole.weights
    most = _most(asked, loose, limits, every)
    few = (np.abs(weights) > 0).sum() <= most
    if few and (weights >= np.where(weights != 0, asked.lower, 0.0)).all():
        return _Tracker(weights, whole.gap)
    chosen, bound = _chosen(asked, every, most, must, limits.budget)
    least = max(0.0, bound, loose.value(weights) * (1.0 - SAFE))
    return _Tracker(chosen.weights, _share(chosen.value, least, asked.constant))


def _most(asked: Objective, loose: Objective, limits: Limits, every: Places) -> int:
    """Names that may be held: as many as are allowed, and as have room at their least weights."""
    allowed = len(every) if limits.names_max is None else min(limits.names_max, len(every))
    must = int((loose.lower > 0).sum())
    if allowed < max(1, must):
        raise NoTarget(f"index tracking: {allowed} names may be held, and {must} have to be")
    raised = asked.lower > loose.lower  # by a least weight of names held
    if raised.any():
        allowed = min(allowed, int(limits.budget / float(asked.lower[raised].max()) + ROOM))
    if (widest := float(np.sort(asked.upper[every])[-allowed:].sum())) < limits.budget - ROOM:
        raise NoTarget(
            f"index tracking: the widest upper bounds of {allowed} names allow {widest:g} together,"
            f" and {limits.budget:g} is wanted: allow more names or more of each"
        )
    return allowed


def _chosen(
    asked: Objective, every: Places, most: int, must: tuple[int, ...], budget: float
) -> tuple[Chosen, float]:
    """The best of all choices, or the better of two searches; and what no choice can beat."""
    if asked.lower.max() <= 0 and comb(len(every) - len(must), most - len(must)) <= ALL_MAX:
        best = every_choice(every, most, asked.solve, must=must)
        return _there(best, most), np.inf if best is None else best.value
    floor = floor_of(asked, most, budget, must)
    costs, _ = asked.rank(every, floor.weights)
    order = every[np.argsort(-costs, kind="stable")]
    order = np.concatenate([np.array(must, dtype=np.intp), order[~np.isin(order, must)]])
    found = [
        choose(order[: WIDE * most + WIDE_MORE], most, asked.solve, asked.rank, must=must),
        exchange(np.sort(order[:most]), asked.solve, asked.rank, must=must),
    ]
    usable = [each for each in found if each is not None]
    best = min(usable, key=lambda each: each.value) if usable else None
    return _there(best, most), floor.value


def _there(chosen: Chosen | None, most: int) -> Chosen:
    if chosen is None:
        raise NoTarget(
            f"index tracking: no {most} names were found that keep the limits; allow more names or"
            " widen a limit"
        )
    return chosen


def _share(value: float, least: float, size: float) -> float:
    """How much of ``value`` could be saved at most; ``size`` is what it is small against."""
    return 0.0 if value <= NOTHING * size else max(0.0, 1.0 - least / value)


def _sentence(weights: Array, what: str, error: float) -> str:
    held = int((weights != 0).sum())
    return f"{held} names: {what} {error:.4%} in the period of the covariance or the returns"
