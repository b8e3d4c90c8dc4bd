"""The table of losses in the tail: each method at each level."""

import numpy as np

from strategies.risk import cornish, tails
from strategies.risk.model import Array
from strategies.risk.moments import Moments, over
from strategies.risk.report.nouns import Method, Past, Tail

FEW = 5
"""Returns in the tail; with fewer their number is said."""
OUTSIDE = "outside the domain in which the expansion is a distribution (Maillard 2012)"


def losses(past: Past | None, daily: float, horizon: float) -> tuple[Tail, ...]:
    """Every method at every level, over ``horizon`` periods.

    ``daily`` is the covariance's volatility over one period. Normal and Cornish-Fisher losses have
    it as their volatility, and a mean of zero: what a period earns on average is small beside what
    it moves, and hardly known. Skewness and kurtosis are those of the past.
    """
    rows = [_normal(daily, level, horizon) for level in tails.LEVELS]
    if past is None:
        return tuple(rows)
    series = np.array(past.returns)
    shape = Moments(0.0, daily, past.moments.skewness, past.moments.kurtosis)
    return (
        *(_historical(series, level, horizon) for level in tails.LEVELS),
        *rows,
        *_cornish_fisher(over(shape, horizon)),
    )


def _normal(daily: float, level: float, horizon: float) -> Tail:
    law = Moments(0.0, daily)
    return Tail(
        Method.NORMAL,
        level,
        tails.normal_var(law, level, horizon),
        tails.normal_cvar(law, level, horizon),
    )


def _historical(series: Array, level: float, horizon: float) -> Tail:
    worst = series.size * (1 - level)
    note = f"{series.size} returns: {worst:.1f} of them are this bad" if worst < FEW else ""
    if horizon != 1:
        scaled = f"one period's, times sqrt({horizon:g})"
        note = f"{note}; {scaled}" if note else scaled
    return Tail(
        Method.HISTORICAL,
        level,
        tails.historical_var(series, level, horizon),
        tails.historical_cvar(series, level, horizon),
        note,
    )


def _cornish_fisher(law: Moments) -> list[Tail]:
    """As others print it, with a warning outside its domain; and with parameters that match."""
    outside = not cornish.in_domain(law.skewness, law.kurtosis, cornish.REACH)
    rows = [_bent(Method.CORNISH_FISHER, law, level, OUTSIDE * outside) for level in tails.LEVELS]
    fit = cornish.matched(law)
    if fit is None:
        return rows
    return rows + [_bent(Method.CORNISH_FISHER_MATCHED, fit, level, "") for level in tails.LEVELS]


def _bent(method: Method, law: Moments, level: float, note: str) -> Tail:
    var, cvar = tails.cornish_fisher_var(law, level), tails.cornish_fisher_cvar(law, level)
    return Tail(method, level, var, cvar, note)
