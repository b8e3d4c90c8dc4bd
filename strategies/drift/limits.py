"""Rules on the owner's limits: does one of them not hold for the weights of today?

A plan keeps every limit, but prices move after it, and an owner may set a limit lower. Then the
account acts, also where every name is inside its band, as far as that can be mended.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from brokers.words import ZERO, Symbol
from strategies.drift.look import Look, annual, one_day_loss
from strategies.drift.words import SLACK, LimitBroken, Measure, Reason
from strategies.policy import OnConflict, Optimizer, Policy

PART = Decimal("0.25")
"""Share of an excess that must go for trades to be worth a plan, where a limit may give way: what
is left moves with each day's prices, and shall not be followed."""

Pairs = tuple[tuple[Symbol, Decimal], ...]


def tracking_error(look: Look, policy: Policy) -> Iterator[Reason]:
    """``tracking_error_max``."""
    limit = policy.optimizer.tracking_error_max
    if limit is None or look.tracking_error <= limit + SLACK:
        return
    broken = _over("tracking-error", look.tracking_error, limit)
    if policy.triggers.tracking_error.trades:
        broken = replace(broken, reach=_least(look, limit, to_target=True))
    yield broken


def volatility(look: Look, policy: Policy) -> Iterator[Reason]:
    """``volatility_max``."""
    limit = policy.optimizer.volatility_max
    if limit is None or look.volatility <= limit + SLACK:
        return
    broken = _over("volatility", look.volatility, limit)
    if policy.triggers.volatility.trades:
        broken = replace(broken, reach=_least(look, limit))
    yield broken


def value_at_risk(look: Look, policy: Policy) -> Iterator[Reason]:
    """``value_at_risk_max``."""
    limit = policy.optimizer.value_at_risk_max
    if limit is None:
        return
    loss = one_day_loss(look.volatility)
    if loss <= limit + SLACK:
        return
    broken = _over("value-at-risk", loss, limit)
    if policy.triggers.value_at_risk.trades:
        reach = _least(look, annual(limit))
        broken = replace(broken, reach=None if reach is None else one_day_loss(reach))
    yield broken


def groups(look: Look, policy: Policy) -> Iterator[Reason]:
    """Names whose weights together are limited, as those of a sector."""
    for group in policy.optimizer.groups:
        pairs = tuple((member, Decimal(1)) for member in group.members)
        sides = (group.low, group.high)
        acts = policy.triggers.groups.trades
        yield from _linear(look, ("group", group.name), pairs, sides, acts=acts)


def exposures(look: Look, policy: Policy) -> Iterator[Reason]:
    """Sums of coefficients times weights that are limited."""
    for each in policy.optimizer.exposures:
        sides = (each.low, each.high)
        acts = policy.triggers.exposures.trades
        yield from _linear(look, ("exposure", each.name), each.coefficients, sides, acts=acts)


def _linear(
    look: Look,
    called: tuple[Measure, str],
    pairs: Pairs,
    sides: tuple[Decimal | None, Decimal | None],
    *,
    acts: bool,
) -> Iterator[Reason]:
    """The side that is broken, if one is, with what could be reached if anything is to be done."""
    held = dict(pairs)
    row = [held.get(each.symbol, ZERO) for each in look.stand.rows]
    value = sum((a * each.weight for a, each in zip(row, look.stand.rows, strict=True)), ZERO)
    low, high = sides
    side: Literal["least", "most"]
    if high is not None and value > high + SLACK:
        side, limit, sign = "most", high, 1
    elif low is not None and value < low - SLACK:
        side, limit, sign = "least", low, -1
    else:
        return
    reach = None
    if acts:
        from strategies.drift.reach import least_sum

        reach = sign * least_sum(look, [sign * a for a in row])
    yield LimitBroken(called[0], called[1], value, limit, side, reach)


def can_be_mended(broken: LimitBroken, limits: Optimizer) -> bool:
    """Whether trades within the bands bring it back, or nearer where it may give way.

    Of what is not known it is believed: the plan then says what stands in its way.
    """
    if broken.reach is None or broken.can_be_kept:
        return True
    left = abs(broken.reach - broken.limit)
    return limits.on_conflict is OnConflict.RELAX and left < broken.excess * (1 - PART)


def _least(look: Look, limit: Decimal, *, to_target: bool = False) -> Decimal | None:
    """What a volatility, or the tracking error, could be brought to."""
    from strategies.drift.reach import least_deviation

    return least_deviation(look, limit, to_target=to_target)


def _over(measure: Measure, value: Decimal, limit: Decimal) -> LimitBroken:
    return LimitBroken(measure, "", value, limit, "most")
