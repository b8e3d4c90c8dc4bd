"""Least conditional value at risk: the mean loss of the worst periods, as small as it can be.

The loss of period t is -r_t . w. With q = (1 - level) T periods in the tail,

    CVaR = min over alpha of   alpha + sum_t max(0, -r_t . w - alpha) / q

(Rockafellar and Uryasev, Optimization of Conditional Value-at-Risk, Journal of Risk 2 (2000)), so
that the least of it is a linear program in w, alpha and one excess u_t for each period. Most
periods are in no tail, and their u_t are zero. So the program starts with the periods that are bad
now; those that turn out to be bad for its answer are added, until there are none. What is left
out can only raise the objective, so each answer is a lower bound, and the last one is exact.
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.problem import Array, Exposure
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.risk.model import Covariance, FactorModel
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.linear.program import Program, best
from strategies.targets.linear.region import Region, region
from strategies.targets.means.expected import finite
from strategies.targets.portfolio import Portfolio, checked, portfolio
from strategies.targets.refusal import NoTarget, Unsolved

PERIODS_MIN = 2
FIRST = 2.0
"""Tails to begin with: the worst periods of what is the same for all."""
FEW, MANY = 16, 64
"""Periods to add in a round, at least and at most, where the tail has fewer: half of it, twice."""
LIKELY, LIKELY_EACH = 40, 3
"""Names among which the best few are looked for: so many, or so many for each that may be held."""
DOUBTED, FINER = 1e-8, (1e-3, 1e-6)
"""Gap at which all is reckoned again in such parts of the unit, for returns of unlike sizes."""
ROUNDS_MAX = 50
ENOUGH = 1e-10
"""Gap at which nothing is left but rounding."""
ROUNDING = 1e-9
"""Part of a period by which a tail that is a whole number may miss it."""


@dataclass(frozen=True, slots=True)
class LeastTail:
    """The portfolio, with the two measures of its tail: losses per period as parts of one.

    ``cvar`` is the mean loss of the worst (1 - level) of the periods, ``value_at_risk`` the least
    loss that all the others stay within.
    """

    portfolio: Portfolio
    cvar: float
    value_at_risk: float


def minimum_cvar(
    returns: Array,
    limits: Limits = LONG_ONLY,
    *,
    level: float = 0.95,
    mean: Array | None = None,
    covariance: Covariance | None = None,
    risk_free: float = 0.0,
) -> LeastTail:
    """The weights within ``limits`` whose loss in the worst 1 - ``level`` of periods is least.

    ``returns`` (T, n) are simple ones of equally likely periods. ``mean`` (n,) and ``covariance``,
    of one unit, only figure in what is said of the result; without them the figures are those of
    ``returns``, per period, and nothing is annualised. A return that is wanted is a limit:
    ``at_least``. Raises ``NoTarget``.
    """
    _check(returns, level)
    moments = _moments(returns, mean, covariance)
    names = checked(moments[1], moments[0])
    if names != returns.shape[1]:
        raise NoTarget(f"there are returns of {returns.shape[1]} names, and moments of {names}")
    weights, gap = _best(returns, limits, (1 - level) * len(returns))
    losses = -returns @ weights
    notes = _notes(len(returns), names, level)
    found = portfolio(
        weights, moments[1], mean=moments[0], risk_free=risk_free, gap=gap, notes=notes
    )
    at = min(len(losses) - 1, int(np.ceil(level * len(losses) - ROUNDING)) - 1)
    return LeastTail(
        found, tail_mean(losses, (1 - level) * len(losses)), float(np.sort(losses)[at])
    )


def at_least(limits: Limits, mean: Array, expected_return: float) -> Limits:
    """``limits`` and a floor of mean . w, with ``mean`` (n,): a point of the frontier."""
    floor = Exposure("expected return", np.asarray(mean, dtype=np.float64), lower=expected_return)
    return replace(limits, exposures=(*limits.exposures, floor))


def tail_mean(losses: Array, tail: float) -> float:
    """Mean of the ``tail`` greatest of ``losses`` (T,), the last of them in part."""
    worst = np.sort(losses)[::-1]
    whole = int(np.floor(tail + ROUNDING))
    rest = max(0.0, tail - whole)
    partial = rest * worst[whole] if whole < len(worst) else 0.0
    return float((worst[:whole].sum() + partial) / tail)


def _check(returns: Array, level: float) -> None:
    finite("returns", returns, dimensions=2)
    if len(returns) < PERIODS_MIN or returns.shape[1] == 0:
        raise NoTarget(f"{len(returns)} returns of {returns.shape[1]} names have no tail")
    if not 0 < level < 1:
        raise NoTarget(f"level is {level:g}: it is above 0 and below 1, as 0.95")


def _moments(
    returns: Array, mean: Array | None, covariance: Covariance | None
) -> tuple[Array | None, Covariance]:
    """Those given, or those of ``returns`` per period: T factors, for n x n is never formed.

    A covariance that comes alone may be one of a year: no mean of a period goes with it.
    """
    if covariance is not None:
        return mean, covariance
    average = returns.mean(axis=0)
    apart = (returns - average).T / np.sqrt(len(returns) - 1)
    sample = FactorModel(apart, np.zeros(len(average)), len(returns))
    return average if mean is None else mean, sample


def _notes(periods: int, names: int, level: float) -> tuple[str, ...]:
    tail = (1 - level) * periods
    notes = []
    if tail < 1:
        notes.append(f"{1 - level:.1%} of {periods} periods is less than one: the worst counts")
    if periods < names:
        notes.append(
            f"{periods} periods of {names} names: the tail is one of the past, fitted to its"
            f" {max(1.0, tail):.3g} worst periods"
        )
    return tuple(notes)


def _best(returns: Array, limits: Limits, tail: float) -> tuple[Array, float]:
    """Weights (n,) of the least mean of ``tail`` periods, and the gap to any other.

    Of many names only the likely ones are asked which few are best, and the gap is that to all.
    """
    names, most = returns.shape[1], limits.names_max
    if most is None or names <= max(LIKELY, LIKELY_EACH * most):
        found, value, bound = _search(returns, limits, tail)
        return found, max(0.0, _gap(value, bound))
    every, value, bound = _search(returns, replace(limits, names_max=None), tail)
    if np.count_nonzero(every) > most:
        few = _likely(returns, limits, tail, every)
        every, value, within = _search(returns, few, tail)
        bound = min(bound, within)
    return every, max(0.0, _gap(value, bound))


def _likely(returns: Array, limits: Limits, tail: float, every: Array) -> Limits:
    """``limits`` with no room for names that all together do not hold, but for the calmest."""
    lower, upper = limits.bounds(returns.shape[1])
    alone = np.array([tail_mean(-column, tail) for column in returns.T])
    held = np.where(lower > 0, -np.inf, np.where(every != 0, -1.0 - np.abs(every), 0.0))
    order = np.lexsort((alone, held))
    out = order[max(LIKELY, LIKELY_EACH * (limits.names_max or 0)) :]
    out = out[(lower[out] <= 0) & (upper[out] >= 0)]
    lower[out], upper[out] = 0.0, 0.0
    return replace(limits, lower=lower, upper=upper)


def _search(returns: Array, limits: Limits, tail: float) -> tuple[Array, float, float]:
    """Weights (n,) of the least mean of ``tail`` periods, that mean, and a bound of any other."""
    space = region(limits, returns.shape[1])
    size = float(np.abs(returns).max()) or 1.0
    found, value, bound = _searched(returns, space, tail, size)
    for part in () if space.switches else FINER:
        finer = max(part * size, abs(value))
        if _gap(value, bound) <= DOUBTED or finer >= size:
            break
        try:
            again, worth, below = _searched(returns, space, tail, finer)
        except Unsolved:
            break  # what was found before stands, with its gap
        found = again if worth < value else found
        value, bound = min(value, worth), max(bound, below)
    return found, value, bound


def _searched(
    returns: Array, space: Region, tail: float, size: float
) -> tuple[Array, float, float]:
    """The same in units of ``size``, in which HiGHS's tolerances are what they are."""
    scaled = returns / size
    losses = -scaled @ space.somewhere
    bad = np.zeros(len(returns), dtype=bool)
    first = int(np.ceil(FIRST * tail)) if np.isfinite(space.span) else len(scaled)
    bad[np.argsort(losses)[::-1][:first]] = True
    bound, found, value = -np.inf, space.somewhere, np.inf
    for _ in range(ROUNDS_MAX):
        answer = best(_program(space, scaled[bad], tail))
        alpha, losses = answer.x[len(space.lower)], -scaled @ answer.weights
        bound = max(bound, answer.bound)
        if (worth := tail_mean(losses, tail)) < value:
            found, value = answer.weights, worth
        more = (losses > alpha) & ~bad
        if _gap(size * value, size * bound) <= ENOUGH or not more.any():
            break
        some = int(np.clip(more.sum(), max(tail / 2, FEW), max(2 * tail, MANY)))
        bad[np.argsort(np.where(bad, -np.inf, losses))[::-1][:some]] = True
    return found, size * value, size * bound


def _program(space: Region, returns: Array, tail: float) -> Program:
    """The least of alpha + sum u / tail over the periods in ``returns`` alone.

    After the columns of the region come alpha and u_t >= -r_t . w - alpha, with what they can be at
    most within the bounds of the weights.
    """
    from scipy.sparse import csr_array, eye_array, hstack

    periods = len(returns)
    most = float(np.abs(returns).max()) * space.span
    more = [csr_array(-returns[:, space.owner]), csr_array((periods, space.switches))]
    return Program(
        space,
        np.concatenate([np.zeros(len(space.lower)), [1.0], np.full(periods, 1 / tail)]),
        csr_array(hstack([*more, csr_array(-np.ones((periods, 1))), -eye_array(periods)])),
        np.concatenate([[-most], np.zeros(periods)]),
        np.concatenate([[most], np.full(periods, 2 * most)]),
    )


def _gap(value: float, bound: float) -> float:
    return (value - bound) / max(OBJECTIVE_MIN, abs(value))
