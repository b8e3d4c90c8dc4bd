"""Everything about the risk of one account, as it is today: ``report`` makes a ``RiskReport``.

Read ``nouns`` (what it consists of), then ``parts`` (whose risk it is, from the covariance),
``past`` (what today's weights would have returned) and ``losses`` (tails, from both).
"""

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

from brokers.words import Symbol
from strategies.risk.exposures import Factors
from strategies.risk.measures import portfolio_volatility
from strategies.risk.model import DAYS_PER_YEAR, Array, Covariance, FactorModel, size
from strategies.risk.refusal import NoRisk
from strategies.risk.report.losses import losses
from strategies.risk.report.nouns import RiskReport
from strategies.risk.report.parts import active, own_factors, parts, spread
from strategies.risk.report.past import past
from strategies.risk.returns import Returns


def report(  # noqa: PLR0913 - what may be missing has its name, and there is one place to give it
    weights: Array,
    names: Sequence[Symbol],
    returns: Returns,
    covariance: Covariance,
    *,
    target: Array | None = None,
    benchmark: Array | None = None,
    groups: Sequence[str] | None = None,
    factors: Factors | None = None,
    nav: float | None = None,
    periods: int = DAYS_PER_YEAR,
    horizon: float = 1,
) -> RiskReport:
    """The risk of ``weights``, shape (n,), shares of NAV; what they lack to 1 is cash.

    ``returns`` are those of ``align(names, history)`` or ``complete(names, history)``, with
    ``periods`` of them in a year; ``covariance`` is annual. ``target`` and ``benchmark`` are other
    weights of the same names, shape (n,): a name that only they hold has a weight of 0. ``groups``
    are labels, one a name. ``horizon`` of losses is in periods. Raises ``NoRisk`` where shapes
    differ or a number is not finite; a history that is missing is only noted.
    """
    others = {"target": target, "benchmark": benchmark}
    _check(names, {"weights": weights, **others}, covariance)
    _check_labels(names, groups, returns)
    whole = portfolio_volatility(covariance, weights)
    by_name, by_group = parts(covariance, weights, names, groups)
    history, notes = past(weights, names, returns, factors, periods)
    exposures, common = own_factors(covariance, weights, whole)
    guesses = covariance.notes if isinstance(covariance, FactorModel) else ()
    return RiskReport(
        nav=nav,
        volatility=whole,
        names=by_name,
        groups=by_group,
        spread=spread(covariance, weights),
        exposures=exposures,
        common=common,
        horizon=horizon,
        tails=losses(history, whole / sqrt(periods), horizon),
        past=history,
        target=active(covariance, weights, target, names, groups),
        benchmark=active(covariance, weights, benchmark, names, groups),
        notes=tuple(dict.fromkeys([*returns.notes, *guesses, *notes])),
    )


def _check(
    names: Sequence[Symbol], arrays: Mapping[str, Array | None], covariance: Covariance
) -> None:
    """Raises ``NoRisk`` that names the place."""
    for what, array in arrays.items():
        if array is None:
            continue
        if array.shape != (len(names),):
            raise NoRisk(f"{what} have shape {array.shape}, expected {(len(names),)}")
        bad = ~np.isfinite(array)
        if bad.any():
            place = int(np.argmax(bad))
            raise NoRisk(f"{what} of {names[place]} are {array[place]:g}, not a finite number")
    if size(covariance) != len(names):
        raise NoRisk(f"covariance of {size(covariance)} names, expected {len(names)}")
    numbers = (
        (covariance.loadings, covariance.specific)
        if isinstance(covariance, FactorModel)
        else (covariance,)
    )
    if not all(np.isfinite(number).all() for number in numbers):
        raise NoRisk("covariance holds a number that is not finite")


def _check_labels(names: Sequence[Symbol], groups: Sequence[str] | None, returns: Returns) -> None:
    if groups is not None and len(groups) != len(names):
        raise NoRisk(f"{len(groups)} group labels for {len(names)} names")
    if any(not 0 <= column < len(names) for column in returns.columns):
        raise NoRisk("returns are of other names than the weights")
