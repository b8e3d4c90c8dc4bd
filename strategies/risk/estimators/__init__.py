"""Covariances from returns: one small function an estimator, one door to all of them.

Read ``fit`` (the two forms of an answer), then ``plain``, ``shrunk`` and ``factors``.
``estimate_by`` checks the returns, estimates, repairs what needs it (``strategies.risk.repairs``)
and says what it did.

    estimator               target, or what is cut off           form with n names, T returns
    sample                                                       array, or T factors
    ewma                                                         array, or T factors
    ledoit-wolf             mean variance, no correlation        array, or T factors + diagonal
    oas                     the same                             array, or T factors + diagonal
    constant-correlation    one correlation for all pairs        array, or T+1 factors + diagonal
    factors                 all but 20 components at most        few factors + diagonal
    marchenko-pastur        the noise, made even                 few factors + diagonal

The first five are an array for n <= T and up to ``NAMES_DENSE_MAX`` names; else nothing of shape
(n, n) is ever formed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.policy.target import Estimator
from strategies.risk.estimators.factors import marchenko_pastur, principal_factors
from strategies.risk.estimators.fit import NAMES_DENSE_MAX, Fit
from strategies.risk.estimators.plain import HALF_LIFE_DAYS, ewma, sample_or_pairwise
from strategies.risk.estimators.shrunk import constant_correlation, ledoit_wolf, oas
from strategies.risk.model import DAYS_PER_YEAR, Array, Covariance, FactorModel
from strategies.risk.refusal import NoRisk
from strategies.risk.repairs import mend

STILL_VARIANCE = 1e-6
"""Annual variance of a name whose price does not move (0.1 % volatility)."""
STILL = 1e-10
"""A column whose returns differ by less than this, relative to the largest one, does not move."""
STILL_LEAST, RETURN_MAX = 1e-60, 1e12
"""Differences and returns beyond which fourth powers are no numbers any more."""
OBSERVATIONS_MIN = 2


FROM_RETURNS_ALONE: Mapping[Estimator, Callable[[Array], Fit]] = {
    Estimator.SAMPLE: sample_or_pairwise,
    Estimator.LEDOIT_WOLF: ledoit_wolf,
    Estimator.OAS: oas,
    Estimator.CONSTANT_CORRELATION: constant_correlation,
    Estimator.MARCHENKO_PASTUR: marchenko_pastur,
}


class BadReturns(NoRisk):
    """No covariance can be estimated from these returns; the message names the column."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A covariance with what stands behind it.

    ``condition`` is that of the correlation matrix, after the repairs; ``shrinkage`` the part that
    went to the estimator's own target, None where it has none; ``repairs`` one sentence for each
    thing that was set aside, assumed or changed.
    """

    covariance: Covariance
    estimator: Estimator
    observations: int
    condition: float
    shrinkage: float | None
    repairs: tuple[str, ...]


def estimate_by(
    estimator: Estimator,
    returns: Array,
    *,
    periods: float,
    half_life: float = HALF_LIFE_DAYS,
    seed: int = 0,
    names: Sequence[str] = (),
) -> Estimated:
    """The covariance of ``returns`` (T, n), times ``periods``: 252 makes daily ones annual.

    Oldest row first. NaN is a gap, which only ``sample`` can take; a column that never moves is
    taken at a volatility of 0.1 % a year, without correlation. ``half_life`` is that of ``ewma``,
    in rows; ``seed`` of the directions in which ``factors`` looks where names and rows are many.
    ``names`` are for the messages. Raises ``BadReturns``.
    """
    if not 0 < periods < np.inf or not half_life > 0:
        raise BadReturns(f"periods {periods:g}, half_life {half_life:g}: both must be above zero")
    called = _checked(returns, names)
    _check_gaps(estimator, ~np.isnan(returns), called)
    moving = _moving(returns)
    if not moving.any():
        raise BadReturns("no column moves: there is nothing to estimate")
    used = (returns if moving.all() else returns[:, moving]) * np.sqrt(periods)
    fit = _fit(estimator, used, half_life, seed)
    mended = mend(fit.covariance, observations=fit.observations)
    known = np.flatnonzero(moving)
    still = tuple(
        f"{called[i]} never moves: taken at a volatility of 0.1 % a year, uncorrelated"
        for i in np.flatnonzero(~moving)
    )
    assumed = STILL_VARIANCE * periods / DAYS_PER_YEAR
    return Estimated(
        placed(mended.covariance, known, returns.shape[1], assumed),
        estimator,
        len(returns),
        mended.condition,
        fit.shrinkage,
        (*still, *fit.notes, *mended.repairs),
    )


def placed(
    covariance: Covariance, known: NDArray[np.intp], count: int, variance: float
) -> Covariance:
    """``covariance`` of the ``known`` of ``count`` names; the others have ``variance`` alone."""
    if known.size == count:
        return covariance
    if isinstance(covariance, FactorModel):
        loadings = np.zeros((count, covariance.loadings.shape[1]))
        specific = np.full(count, variance)
        loadings[known], specific[known] = covariance.loadings, covariance.specific
        return FactorModel(loadings, specific, covariance.observations, covariance.notes)
    whole = np.diag(np.full(count, variance))
    whole[np.ix_(known, known)] = covariance
    return whole


def _fit(estimator: Estimator, returns: Array, half_life: float, seed: int) -> Fit:
    if estimator is Estimator.EWMA:
        return ewma(returns, half_life)
    if estimator is Estimator.FACTORS:
        return Fit(principal_factors(returns, seed=seed))
    return FROM_RETURNS_ALONE[estimator](returns)


def _checked(returns: Array, names: Sequence[str]) -> tuple[str, ...]:
    """What the columns are called, once shape and size make sense."""
    if returns.ndim != 2 or returns.shape[1] == 0:  # noqa: PLR2004  # rows and columns
        raise BadReturns(f"returns have shape {returns.shape}, expected (observations, names)")
    count, n = returns.shape
    called = tuple(names) or tuple(f"column {i}" for i in range(n))
    if len(called) != n:
        raise BadReturns(f"{len(called)} names for {n} columns of returns")
    if count < OBSERVATIONS_MIN:
        raise BadReturns(f"{count} rows of returns: a covariance takes {OBSERVATIONS_MIN} or more")
    wild = np.abs(returns) > RETURN_MAX
    if wild.any():
        row, column = np.argwhere(wild)[0]
        raise BadReturns(f"{called[column]}: the return in row {row} is {returns[row, column]:g}")
    return called


def _check_gaps(estimator: Estimator, there: NDArray[np.bool_], called: Sequence[str]) -> None:
    """That gaps are few enough for the estimator; ``there`` (T, n) is where a return is."""
    have = there.sum(axis=0)
    if have.min() == len(there):
        return
    worst = int(have.argmin())
    fault = f"{called[worst]} has {have[worst]} of {len(there)} returns"
    if have[worst] < OBSERVATIONS_MIN:
        raise BadReturns(f"{fault}: leave it out")
    if estimator is not Estimator.SAMPLE:
        sample = Estimator.SAMPLE.value
        raise BadReturns(f"{fault}: use rows that all have, or {sample!r}, which works in pairs")
    if len(have) > NAMES_DENSE_MAX:
        most = f"pairs work up to {NAMES_DENSE_MAX} names"
        raise BadReturns(f"{fault}: use rows that all have, {most}")
    mask = there.astype(np.float64)
    shared = mask.T @ mask
    if shared.min() < OBSERVATIONS_MIN:
        i, j = divmod(int(shared.argmin()), len(shared))
        raise BadReturns(f"{called[i]} and {called[j]} share {shared[i, j]:.0f} returns, not 2")


def _moving(returns: Array) -> NDArray[np.bool_]:
    """Columns whose returns differ by more than rounding."""
    low, high = np.nanmin(returns, axis=0), np.nanmax(returns, axis=0)
    size = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(high - low > np.maximum(STILL * size, STILL_LEAST), dtype=np.bool_)
