"""Each strategy on a case, and what can be wrong with its answer.

Every answer is checked from the weights alone: numbers, the budget, every limit. Then those of all
strategies are held against each other: no weights found within the limits may be better than those
that are said to be best. A refusal has to have a cause that can be seen in the case.
"""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Literal

import numpy as np

from benchmarks.optimizer.one_core import spent
from benchmarks.targets.nasty import RISK_FREE, SETS, Case, limits_of
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, variance, variances
from strategies.targets.cvar import minimum_cvar
from strategies.targets.frontier import efficient_frontier, efficient_return, efficient_volatility
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.limits import Limits
from strategies.targets.means.opinions import Views
from strategies.targets.parity import risk_parity
from strategies.targets.portfolio import Portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sharpe import maximum_diversification, maximum_sharpe
from strategies.targets.stated import convex
from strategies.targets.tracking import index_tracking
from strategies.targets.variance import mean_variance, minimum_variance
from strategies.targets.views import black_litterman

POINTS = 5
AVERSION = 4.0
LIMIT_MAX = 1e-9
"""Breach of a limit, in weight, that is rounding."""
BEATEN = 1e-7
"""Relative gain of other weights that is rounding, or an answer's own gap."""
HELD = 1e-9

Verdict = Literal["answered", "refused", "failed"]
Found = dict[str, tuple[Portfolio, ...]]


class TooLong(Exception):
    """The time for one problem is over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One strategy within one set of limits; ``why`` it refused or failed."""

    seed: int
    kind: str
    names: int
    limits: str
    strategy: str
    verdict: Verdict
    gap: float
    breach: float
    seconds: float
    why: str = ""


Run = Callable[[Case, Limits, Found], tuple[Portfolio, ...]]


def _frontier(case: Case, limits: Limits, _: Found) -> tuple[Portfolio, ...]:
    return efficient_frontier(
        case.mean, case.covariance, limits, points=POINTS, risk_free=RISK_FREE
    )


def _between(case: Case, limits: Limits, found: Found) -> tuple[Portfolio, ...]:
    """Least variance at a return between that of the frontier's ends."""
    ends = _ends(case, limits, found)
    asked = 0.4 * (ends[0].expected_return or 0.0) + 0.6 * (ends[-1].expected_return or 0.0)
    return (efficient_return(case.mean, case.covariance, limits, expected_return=asked),)


def _risked(case: Case, limits: Limits, found: Found) -> tuple[Portfolio, ...]:
    """Most return at a volatility between that of the frontier's ends."""
    ends = _ends(case, limits, found)
    asked = 0.7 * ends[0].volatility + 0.3 * ends[-1].volatility
    return (efficient_volatility(case.mean, case.covariance, limits, volatility=asked),)


def _ends(case: Case, limits: Limits, found: Found) -> tuple[Portfolio, ...]:
    return found.get("efficient frontier") or _frontier(case, limits, found)


def _viewed(case: Case, limits: Limits, _: Found) -> tuple[Portfolio, ...]:
    """One view on the first name, one on the difference of the last two."""
    views = np.zeros((2, case.names))
    views[0, 0], views[1, -1], views[1, -2] = 1.0, 1.0, -1.0
    stated = Views(views[: case.names - 1], case.mean[:2][: case.names - 1])
    return (black_litterman(case.covariance, case.caps, stated, limits, risk_free=RISK_FREE),)


def _tracked(case: Case, limits: Limits, _: Found) -> tuple[Portfolio, ...]:
    return (index_tracking(case.covariance, case.caps / case.caps.sum(), limits),)


RUNS: dict[str, Run] = {
    "minimum variance": lambda c, m, _: (minimum_variance(c.covariance, m, mean=c.mean),),
    "mean-variance": lambda c, m, _: (
        mean_variance(c.mean, c.covariance, m, risk_aversion=AVERSION),
    ),
    "maximum Sharpe": lambda c, m, _: (
        maximum_sharpe(c.mean, c.covariance, m, risk_free=RISK_FREE),
    ),
    "maximum diversification": lambda c, m, _: (maximum_diversification(c.covariance, m),),
    "efficient frontier": _frontier,
    "efficient return": _between,
    "efficient volatility": _risked,
    "risk parity": lambda c, m, _: (risk_parity(c.covariance, m),),
    "hierarchical risk parity": lambda c, m, _: (hierarchical_risk_parity(c.covariance, m),),
    "minimum CVaR": lambda c, m, _: (minimum_cvar(c.returns, m).portfolio,),
    "index tracking": _tracked,
    "Black-Litterman": _viewed,
}

HEDGED = (
    *("factors alone", "singular", "duplicates", "near duplicates", "rank one", "thirty days"),
    *("wide", "wild scales", "pairwise", "still names", "hedged", "one correlation"),
)
"""Kinds in which weights without risk may exist."""
CAUSES = (
    (r"is not a finite number", "*", ("not numbers",)),
    (r"negative|has a variance below zero|is no covariance", "*", ("pairwise",)),
    (r"covariance: not one, .* of the variance is negative", "*", ("pairwise",)),
    (r"has no variance", "maximum diversification", ("still names",)),
    (r"has no variance", "risk parity", ("still names",)),
    (r"has no variance", "hierarchical risk parity", ("still names",)),
    (r"to return more than the risk-free", "maximum Sharpe", ("*",)),
    (r"less volatility than", "efficient volatility", ("*",)),
    (r"is no limit: it must be above zero", "efficient volatility", ("*",)),
    (r"which it cannot be told", "hierarchical risk parity", ("*",)),
    (r"which it cannot be told", "risk parity", ("*",)),
    (r"hedge each other to no risk", "risk parity", ("*",)),
    (r"hedge each other to no risk", "maximum diversification", HEDGED),
    (r"together have no risk and return more", "maximum Sharpe", HEDGED),
    (r"is about no name, or about no risk", "Black-Litterman", ("*",)),
    (r"no \d+ names were found", "*", ("*",)),
)
"""What may be said, by which strategy, of which kind of covariance; anything else is a failure."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise ``TooLong`` in what takes longer."""

    def ring(_: int, __: FrameType | None) -> None:
        raise TooLong(f"took more than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def judge(case: Case, set_name: str, seconds: float) -> list[Outcome]:
    """Every strategy on ``case`` within the limits of one kind."""
    limits, found = limits_of(case, set_name), Found()
    outcomes = [_run(case, set_name, limits, strategy, found, seconds) for strategy in RUNS]
    beaten = dict(_beaten(case, limits, found)) if set_name != "few names" else {}
    return [
        outcome
        if outcome.strategy not in beaten or outcome.verdict != "answered"
        else _failed(outcome, beaten[outcome.strategy])
        for outcome in outcomes
    ]


def _failed(outcome: Outcome, why: str) -> Outcome:
    return replace(outcome, verdict="failed", why=why)


def _run(
    case: Case, set_name: str, limits: Limits, strategy: str, found: Found, seconds: float
) -> Outcome:
    nan = float("nan")
    began = spent()

    def outcome(verdict: Verdict, gap: float, breach: float, why: str) -> Outcome:
        ended = spent() - began
        return Outcome(
            case.seed, case.kind, case.names, set_name, strategy, verdict, gap, breach, ended, why
        )

    try:
        with at_most(seconds):
            answers = RUNS[strategy](case, limits, found)
    except NoTarget as exc:
        verdict: Verdict = "refused" if _has_cause(case, strategy, str(exc)) else "failed"
        return outcome(verdict, nan, nan, str(exc))
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is what is looked for here
        return outcome("failed", nan, nan, f"{type(exc).__name__}: {exc}")
    found[strategy] = answers
    gap = max(answer.gap for answer in answers)
    breaches = [breach(answer.weights, limits, case.names) for answer in answers]
    worst = max(breaches)
    if not (worst <= LIMIT_MAX and 0 <= gap < np.inf):
        return outcome("failed", gap, worst, f"breaks a limit by {worst:.2g}, gap {gap:.2g}")
    return outcome("answered", gap, worst, "")


def _has_cause(case: Case, strategy: str, said: str) -> bool:
    return any(
        re.search(pattern, said) and who in (strategy, "*") and {case.kind, "*"} & set(kinds)
        for pattern, who, kinds in CAUSES
    )


def breach(weights: Array, limits: Limits, names: int) -> float:
    """The most by which ``weights`` (n,) break a limit; infinite for what is not a number."""
    if weights.shape != (names,) or not np.isfinite(weights).all():
        return np.inf
    lower, upper = limits.bounds(names)
    parts = [abs(float(weights.sum()) - limits.budget)]
    parts += [float((lower - weights).max()), float((weights - upper).max())]
    for group in limits.groups:
        inside = float(weights[list(group.members)].sum())
        parts += [group.lower - inside, inside - group.upper]
    for exposure in limits.exposures:
        at = float(exposure.coefficients @ weights)
        parts += [exposure.lower - at, at - exposure.upper]
    if limits.gross is not None:
        parts.append(float(np.abs(weights).sum()) - limits.gross)
    if limits.turnover is not None and limits.current is not None:
        parts.append(float(np.abs(weights - limits.current).sum()) - limits.turnover)
    if limits.names_max is not None and (np.abs(weights) > HELD).sum() > limits.names_max:
        parts.append(np.inf)
    return max(0.0, *parts)


def _beaten(case: Case, limits: Limits, found: Found) -> Iterator[tuple[str, str]]:
    """Strategies whose objective is better at other weights within the same limits, and where."""
    if not found:
        return
    try:
        covariance = convex(case.covariance)[0]
    except NoTarget:
        return
    every = [(who, one.weights) for who, answers in found.items() for one in answers]
    every = [each for each in every if breach(each[1], limits, case.names) <= LIMIT_MAX]
    for strategy, (sign, value) in OBJECTIVES.items():
        for answer in found.get(strategy, ()):
            ours = value(case, covariance, answer.weights)
            size = max(abs(ours), _size(strategy, covariance))
            for who, weights in every:
                gain = sign * (value(case, covariance, weights) - ours)
                if gain > (BEATEN + answer.gap) * size:
                    yield strategy, f"the weights of {who} are better by {gain / size:.2g}"


def _size(strategy: str, covariance: Covariance) -> float:
    """What is nothing beside rounding, where the best is about zero."""
    usual = 1e-6 * float(variances(covariance).mean())
    return np.sqrt(usual) if "return" in strategy else usual


Value = Callable[[Case, Covariance, Array], float]


def _ratio(gain: Array, covariance: Covariance, weights: Array, nothing: float) -> float:
    risk = variance(covariance, weights)
    floor = 1e-12 * float(variances(covariance).mean())
    return (float(gain @ weights) - nothing) / float(np.sqrt(max(risk, floor)))


OBJECTIVES: dict[str, tuple[int, Value]] = {
    "minimum variance": (-1, lambda _c, v, w: variance(v, w)),
    "mean-variance": (
        1,
        lambda c, v, w: float(c.mean @ w) - 0.5 * AVERSION * variance(v, w),
    ),
    "maximum Sharpe": (1, lambda c, v, w: _ratio(c.mean, v, w, RISK_FREE)),
    "maximum diversification": (
        1,
        lambda _c, v, w: _ratio(np.sqrt(np.maximum(variances(v), 0)), v, w, 0.0),
    ),
    "index tracking": (-1, lambda c, v, w: variance(v, w - c.caps / c.caps.sum())),
}
"""What is to be great (1) or small (-1)."""

__all__ = ["SETS", "Outcome", "breach", "judge"]
