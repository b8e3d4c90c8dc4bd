"""Annual covariances from price histories: which names they know, and what stands for the others.

A name whose history is missing, broken, short or gappy is taken on the safe side: uncorrelated, at
twice the median variance, and a sentence says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from brokers.words import Bars, Symbol
from strategies.policy.target import Estimator
from strategies.risk.estimators import (
    STILL_VARIANCE,
    BadReturns,
    Estimated,
    estimate_by,
    placed,
)
from strategies.risk.estimators.factors import principal_factors
from strategies.risk.estimators.fit import NAMES_DENSE_MAX
from strategies.risk.estimators.plain import HALF_LIFE_DAYS
from strategies.risk.model import DAYS_PER_YEAR, Array, Covariance, FactorModel, variances
from strategies.risk.returns import Returns, align, complete

UNKNOWN_MULTIPLE = 2.0
"""A name without history is taken at this multiple of the median variance."""
UNKNOWN_VARIANCE = 0.30**2
"""Annual variance of a name without history where no name has one."""


def estimate(symbols: Sequence[Symbol], history: Mapping[Symbol, Bars]) -> FactorModel:
    """Statistical factors of daily returns (principal components of the correlation matrix).

    Each name's total variance is its sample variance. Never fails: where nothing is known, every
    name is taken at a volatility of 30 %.
    """
    returns = align(symbols, history)
    known = _principal(returns.values)
    unknown = _unknown_variance(known)
    model = placed(known, np.array(returns.columns, dtype=np.intp), len(symbols), unknown)
    assert isinstance(model, FactorModel)
    notes = (*returns.notes, *_guesses(symbols, returns, unknown))
    return replace(model, observations=len(returns.values), notes=notes)


def estimate_from(
    estimator: Estimator,
    symbols: Sequence[Symbol],
    history: Mapping[Symbol, Bars],
    *,
    half_life: float = HALF_LIFE_DAYS,
    seed: int = 0,
) -> Estimated:
    """The annual covariance of ``symbols``, by any estimator.

    Days are those that the names have in common; ``sample`` takes each pair by its own days, so
    that a short history costs the others nothing. What is said of the histories comes first in
    ``repairs``. Raises ``BadReturns`` where no name has a history.
    """
    in_pairs = estimator is Estimator.SAMPLE and len(symbols) <= NAMES_DENSE_MAX
    returns = complete(symbols, history) if in_pairs else align(symbols, history)
    if not returns.columns:
        raise BadReturns("; ".join(("no name has a history to estimate from", *returns.notes)))
    found = estimate_by(
        estimator,
        returns.values,
        periods=DAYS_PER_YEAR,
        half_life=half_life,
        seed=seed,
        names=[symbols[i] for i in returns.columns],
    )
    unknown = _unknown_variance(found.covariance)
    known = np.array(returns.columns, dtype=np.intp)
    return replace(
        found,
        covariance=placed(found.covariance, known, len(symbols), unknown),
        repairs=(*returns.notes, *_guesses(symbols, returns, unknown), *found.repairs),
    )


def _principal(values: Array) -> FactorModel:
    """Of daily returns (T, m), also where there are none."""
    days, m = values.shape
    if days <= 1 or m == 0:
        return FactorModel(np.zeros((m, 0)), np.full(m, UNKNOWN_VARIANCE))
    return principal_factors(values * np.sqrt(DAYS_PER_YEAR), least=STILL_VARIANCE)


def _unknown_variance(known: Covariance) -> float:
    total = variances(known)
    return float(UNKNOWN_MULTIPLE * np.median(total)) if total.size else UNKNOWN_VARIANCE


def _guesses(symbols: Sequence[Symbol], returns: Returns, unknown: float) -> list[str]:
    missing = sorted(set(range(len(symbols))) - set(returns.columns))
    return [
        f"{symbols[i]}: taken at a volatility of {np.sqrt(unknown):.0%} a year, uncorrelated"
        for i in missing
    ]
