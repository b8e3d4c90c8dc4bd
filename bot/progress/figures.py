"""The risk of a plan, and which limits it breaks.

Risk is that of the problem's own factor model. With d = w - t, Cov = B B' + diag(D):

    tracking error  sqrt(d' Cov d)                a year, share of NAV
    volatility      sqrt(w' Cov w)                a year, share of NAV
    VaR 95          1.645 volatility / sqrt(252)  one day, normal, mean zero, share of NAV

(J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th ed. 1996, section 1.2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from strategies.optimize.problem import Array, Problem
from strategies.policy import DAYS_PER_YEAR

NORMAL_95 = 1.645
"""Quantile of the standard normal distribution."""
ROUNDING = 1e-9
"""Breach of a limit that counts as rounding, as the kernel has it."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Of some weights, with the limits of their problem; ``breaks`` names those not kept."""

    tracking_error: float
    tracking_error_limit: float | None
    volatility: float
    var_95: float
    var_95_limit: float | None
    breaks: tuple[str, ...]


def value_at_risk(volatility: float) -> float:
    """One-day VaR 95, share of NAV, from annual ``volatility``."""
    return NORMAL_95 * volatility / sqrt(DAYS_PER_YEAR)


def risk_of(problem: Problem, weights: Array, names: Sequence[str] = ()) -> Risk:
    """Risk of ``weights`` (n,) in O(n k), and the limits that they break. ``names`` for words."""
    with np.errstate(over="ignore", invalid="ignore"):  # whoever asks sees what is not finite
        error, volatility = (_deviation(problem, v) for v in (weights - problem.target, weights))
    rows = [
        *_of_risk(problem, error, volatility),
        *_of_sums(problem, weights),
        *_of_names(problem, weights, names),
    ]
    most = problem.volatility
    return Risk(
        tracking_error=error,
        tracking_error_limit=problem.tracking_error,
        volatility=volatility,
        var_95=value_at_risk(volatility),
        var_95_limit=None if most is None else value_at_risk(most),
        breaks=tuple(rows),
    )


def _deviation(problem: Problem, weights: Array) -> float:
    """sqrt(v' Cov v) for ``weights`` v (n,)."""
    exposure = problem.factors.T @ weights
    return sqrt(float(exposure @ exposure + weights @ (problem.specific * weights)))


def _of_risk(problem: Problem, error: float, volatility: float) -> Iterator[str]:
    if problem.tracking_error is not None:
        yield from _breach("tracking error", error, -np.inf, problem.tracking_error)
    if problem.volatility is not None:
        most = value_at_risk(problem.volatility)
        yield from _breach("VaR 95", value_at_risk(volatility), -np.inf, most)


def _of_sums(problem: Problem, weights: Array) -> Iterator[str]:
    """Groups, exposures, turnover, gross exposure."""
    for group in problem.groups:
        held = float(weights[list(group.members)].sum())
        yield from _breach(group.name, held, group.lower, group.upper)
    for each in problem.exposures:
        yield from _breach(each.name, float(each.coefficients @ weights), each.lower, each.upper)
    if problem.turnover is not None:
        moved = float(np.abs(weights - problem.current).sum())
        yield from _breach("turnover", moved, -np.inf, problem.turnover)
    if problem.gross is not None:
        yield from _breach("gross exposure", float(np.abs(weights).sum()), -np.inf, problem.gross)


def _of_names(problem: Problem, weights: Array, names: Sequence[str]) -> Iterator[str]:
    """Bounds, with the name that is furthest outside its own."""
    over = np.maximum(weights - problem.upper, problem.lower - weights)
    count, worst = int((over > ROUNDING).sum()), int(np.argmax(over))
    if count:
        name = names[worst] if worst < len(names) else f"name {worst}"
        others = f" (and {count - 1} more)" if count > 1 else ""
        bounds = float(problem.lower[worst]), float(problem.upper[worst])
        for words in _breach(f"weight of {name}", float(weights[worst]), *bounds):
            yield words + others


def _breach(name: str, value: float, lower: float, upper: float) -> Iterator[str]:
    """``name`` against its limits, in words, where it breaks one."""
    if value > upper + ROUNDING:
        yield f"{name} {value:.4%} is above {upper:.4%}"
    elif value < lower - ROUNDING:
        yield f"{name} {value:.4%} is below {lower:.4%}"
