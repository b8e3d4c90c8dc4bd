"""From the checked table ``[accounts.NAME.optimizer]`` to the policy's own limits."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from bot.config.checks import Subject
from brokers.words import Symbol
from strategies.policy import ExposureLimit, GroupLimit, Optimizer, TiltWish


def optimizer(of: Subject) -> Optimizer:
    """By name and symbol, so that the order of lines in the file means nothing."""
    ours = of.table.optimizer
    groups = (
        GroupLimit(group.name, _symbols(group.members), group.low, group.high)
        for group in ours.groups
    )
    return Optimizer(
        tracking_error_max=ours.tracking_error_max,
        volatility_max=ours.volatility_max,
        value_at_risk_max=ours.value_at_risk_max,
        turnover_max=ours.turnover_max,
        participation_max=ours.participation_max,
        no_buy=_symbols(ours.no_buy),
        no_sell=_symbols(ours.no_sell),
        no_trade=_symbols(ours.no_trade),
        groups=tuple(sorted((*groups, *_labelled(of)), key=lambda group: group.name)),
        exposures=tuple(
            ExposureLimit(each.name, _pairs(each.coefficients), each.low, each.high)
            for each in sorted(ours.exposures, key=lambda each: each.name)
        ),
        tilts=tuple(
            TiltWish(tilt.name, _pairs(tilt.coefficients), tilt.level, tilt.weight)
            for tilt in sorted(ours.tilts, key=lambda tilt: tilt.name)
        ),
        closeness=ours.closeness,
        cost_aversion=ours.cost_aversion,
        tax_aversion=ours.tax_aversion,
        on_conflict=ours.on_conflict,
        seconds=ours.seconds,
        verify=ours.verify,
    )


def _labelled(of: Subject) -> Iterator[GroupLimit]:
    """A group for each label with a limit: ``sector Technology``."""
    for column, limits in of.table.optimizer.limits.items():
        labels = of.labels[column]
        for label, most in limits.items():
            members = [symbol for symbol, has in labels.items() if has == label]
            yield GroupLimit(f"{column} {label}", _symbols(members), None, most)


def _symbols(names: list[str]) -> tuple[Symbol, ...]:
    return tuple(Symbol(name) for name in sorted(names))


def _pairs(coefficients: Mapping[str, Decimal]) -> tuple[tuple[Symbol, Decimal], ...]:
    return tuple((Symbol(name), each) for name, each in sorted(coefficients.items()))
