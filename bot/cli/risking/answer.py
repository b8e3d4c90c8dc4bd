"""The work: from weights and past prices to every figure of one account's risk."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from bot.cli.risking.benchmark import Benchmark
from bot.cli.risking.beside import against, beside, row
from bot.cli.risking.limits import limits
from bot.cli.risking.positions import Held
from bot.cli.risking.priced import Priced
from bot.cli.risking.regime import directions, regime
from bot.cli.risking.whose import groups_of, names_of
from bot.report.risk.figures import (
    Basis,
    PastFigures,
    RiskFigures,
    TailFigures,
)
from brokers.words import ZERO, Symbol
from strategies.policy.target import Estimator
from strategies.risk.covariance import estimate_from
from strategies.risk.estimators import Estimated
from strategies.risk.model import Array, Covariance
from strategies.risk.report import report
from strategies.risk.report.nouns import Past, RiskReport, Tail
from strategies.risk.returns import align, complete

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller wants; ``estimator`` is None for that of the config."""

    estimator: Estimator | None = None
    horizon: int = 1
    benchmark: Benchmark | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures, and what pictures are made from beside them."""

    figures: RiskFigures
    names: tuple[Symbol, ...]
    weights: Array
    covariance: Covariance
    past: Past | None


def answer(held: Held, known: Priced, wanted: Wanted) -> Answer:
    """Everything. Raises ``NoRisk`` where nothing can be said, and ``NoPrices``."""
    names, policy = held.names, held.config.policy
    weights = row(names, held.weights)
    targets = None if held.targets is None else row(names, held.targets)
    estimator = wanted.estimator or policy.target.recipe.covariance
    estimated = estimate_from(estimator, names, known.bars)
    found = report(
        weights,
        names,
        complete(names, known.bars),
        estimated.covariance,
        target=targets,
        nav=float(held.nav),
        horizon=wanted.horizon,
    )
    aligned = align(names, known.bars)
    sure = {names[column] for column in aligned.columns}
    other, said = beside(held, known, estimator, wanted.benchmark)
    figures = RiskFigures(
        nav=held.nav,
        base=str(held.base),
        cash=float(1 - sum(held.weights.values(), ZERO)),
        basis=_basis(held, known, found, estimated),
        notes=_once((*held.notes, *known.notes, *estimated.repairs, *found.notes, *said)),
        volatility=found.volatility,
        concentration=found.spread.concentration,
        effective_names=found.spread.effective_names,
        held_names=int(np.count_nonzero(weights)),
        diversification_ratio=found.spread.diversification_ratio,
        average_correlation=found.spread.average_correlation,
        target=against("target", "the target", found.target),
        benchmark=other,
        horizon=wanted.horizon,
        tails=tuple(_tail(tail, held.nav) for tail in found.tails),
        past=None if found.past is None else _past(found.past),
        limits=limits(held, known.planned),
        names=tuple(names_of(held, found, sure, directions(known.bars, policy.trend))),
        groups=tuple(groups_of(held, found)),
        regime=regime(aligned),
    )
    return Answer(figures, names, weights, estimated.covariance, found.past)


def _once(notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))


def _basis(held: Held, known: Priced, found: RiskReport, estimated: Estimated) -> Basis:
    bars = [known.bars[name] for name in held.names if name in known.bars]
    return Basis(
        positions=held.origin,
        seen=held.time,
        positions_words=held.words,
        prices_words=known.words,
        first=min(each.days[0] for each in bars),
        last=max(each.days[-1] for each in bars),
        estimator=estimated.estimator.value,
        returns=estimated.observations,
        condition=estimated.condition,
        shrinkage=estimated.shrinkage,
        common=found.common,
    )


def _tail(tail: Tail, nav: Decimal) -> TailFigures:
    return TailFigures(
        method=tail.method.value,
        level=tail.level,
        var=tail.var,
        cvar=tail.cvar,
        var_amount=_amount(tail.var, nav),
        cvar_amount=_amount(tail.cvar, nav),
        note=tail.note,
    )


def _amount(share: float, nav: Decimal) -> Decimal:
    return (Decimal(repr(share)) * nav).quantize(CENT)


def _past(past: Past) -> PastFigures:
    fall = past.drawdown
    return PastFigures(
        first=past.days[0] if past.days else None,
        last=past.days[-1] if past.days else None,
        returns=len(past.returns),
        covered=past.covered,
        downside_deviation=past.downside_deviation,
        skewness=past.moments.skewness,
        kurtosis=past.moments.kurtosis,
        drawdown=None if fall is None else fall.depth,
        peak=past.peak,
        trough=past.trough,
        recovered=past.recovered,
        drawdown_now=None if fall is None else fall.current,
    )
