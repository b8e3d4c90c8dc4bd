"""The owner's limits of risk beside their values, measured as plans and triggers measure them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import numpy as np

from bot.cli.risking.positions import Held
from bot.report.risk.figures import LimitFigures
from brokers.words import ZERO, Bars, Symbol
from strategies.drift.look import one_day_loss
from strategies.drift.rules import ACTIONS
from strategies.drift.words import SLACK
from strategies.policy import Optimizer
from strategies.risk.covariance import estimate
from strategies.risk.measures import portfolio_volatility

WHOLE = Decimal(1)
Sides = tuple[Decimal | None, Decimal | None]


def limits(held: Held, planned: Mapping[Symbol, Bars]) -> tuple[LimitFigures, ...]:
    """Every limit on what is held; limits on trades are none of them."""
    ours = held.config.policy.optimizer
    return (*_of_risk(held, ours, planned), *_of_sums(held, ours))


def _of_risk(held: Held, ours: Optimizer, planned: Mapping[Symbol, Bars]) -> Iterator[LimitFigures]:
    error, most, loss = ours.tracking_error_max, ours.volatility_max, ours.value_at_risk_max
    if error is None and most is None and loss is None:
        return
    model = estimate(held.names, planned)

    def deviation(weights: Mapping[Symbol, Decimal]) -> Decimal:
        row = np.array([float(weights.get(name, ZERO)) for name in held.names])
        return Decimal(repr(portfolio_volatility(model, row)))

    volatility = deviation(held.weights)
    if error is not None and held.targets is not None:
        away = {name: held.weights[name] - held.targets.get(name, ZERO) for name in held.names}
        yield _limit(held, "tracking error", "tracking-error", deviation(away), (None, error))
    if most is not None:
        yield _limit(held, "volatility", "volatility", volatility, (None, most))
    if loss is not None:
        value = one_day_loss(volatility)
        yield _limit(held, "value at risk, one day", "value-at-risk", value, (None, loss))


def _of_sums(held: Held, ours: Optimizer) -> Iterator[LimitFigures]:
    """Groups, and other sums of coefficients times weights."""
    for group in ours.groups:
        value = sum((held.weights.get(member, ZERO) for member in group.members), ZERO)
        yield _limit(held, group.name, "group", value, (group.low, group.high))
    for each in ours.exposures:
        terms = (weight * held.weights.get(name, ZERO) for name, weight in each.coefficients)
        yield _limit(held, each.name, "exposure", sum(terms, ZERO), (each.low, each.high))


def _limit(held: Held, words: str, rule: str, value: Decimal, sides: Sides) -> LimitFigures:
    low, high = sides
    is_low = low is not None and value < low - SLACK
    is_high = high is not None and value > high + SLACK
    return LimitFigures(
        limit=words,
        value=float(value),
        least=None if low is None else float(low),
        most=None if high is None else float(high),
        is_share=rule != "exposure",
        is_kept=not (is_low or is_high),
        action=ACTIONS[rule](held.config.policy.triggers).value,
    )
