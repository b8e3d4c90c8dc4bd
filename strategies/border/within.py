"""How far inside a broken limit is brought, so that the next move of prices does not break it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from brokers.words import ZERO, Symbol
from strategies.bands import AIM_SHARE, INSIDE
from strategies.border.gauge import Case
from strategies.drift import LimitBroken, Reason, action_of, subject
from strategies.drift.look import one_day_loss
from strategies.drift.words import Measure
from strategies.policy import Aim, ExposureLimit, GroupLimit, OnConflict, Optimizer
from strategies.policy.triggers import Action

Sided = TypeVar("Sided", GroupLimit, ExposureLimit)

BESIDE = Decimal("0.01")
"""The same, as a share of a limit on weights that the targets themselves do not keep."""
BESIDE_RISK = Decimal("0.02")
"""The same of a limit on risk, which is estimated anew each day and moves by itself."""


def inside(case: Case, found: Sequence[Reason]) -> Case | None:
    """``case`` with limits moved inside for those that the account acts on; None where none is.

    A limit that was broken moves toward what it would be at target, as far as ``bands.aim`` says
    where a part of the way is asked for, and by 5 % of that where all names go to target anyway.
    Where the targets break it too a little room is kept, also while it is not broken: else the next
    plan would use up what this one freed, and so for ever. None of that is a limit of the owner's:
    it does not give way, and where it cannot be kept his own are.
    """
    broken = {subject(reason): reason for reason in found if isinstance(reason, LimitBroken)}
    limits = ours = case.policy.optimizer
    for stated in _stated(ours):
        action = action_of(stated, case.policy.triggers)
        reason = broken.get(subject(stated))
        is_broken = reason is not None and reason.side == stated.side
        if action.trades and (is_broken or not _is_kept_at_target(case, stated)):
            known = reason if is_broken and reason is not None else stated
            limits = _moved(limits, known, _edge(case, known))
    if limits == ours:
        return None
    limits = replace(limits, on_conflict=OnConflict.HOLD)
    return replace(case, policy=replace(case.policy, optimizer=limits))


def _stated(limits: Optimizer) -> Iterator[LimitBroken]:
    """Every limit that has a trigger, side by side; its value is of no matter here."""
    risks: tuple[tuple[Measure, Decimal | None], ...] = (
        ("tracking-error", limits.tracking_error_max),
        ("volatility", limits.volatility_max),
        ("value-at-risk", limits.value_at_risk_max),
    )
    for measure, most in risks:
        if most is not None:
            yield LimitBroken(measure, "", most, most, "most")
    sided: tuple[tuple[Measure, Sequence[GroupLimit | ExposureLimit]], ...] = (
        ("group", limits.groups),
        ("exposure", limits.exposures),
    )
    for measure, rows in sided:
        for row in rows:
            if row.high is not None:
                yield LimitBroken(measure, row.name, row.high, row.high, "most")
            if row.low is not None:
                yield LimitBroken(measure, row.name, row.low, row.low, "least")


def _is_kept_at_target(case: Case, stated: LimitBroken) -> bool:
    """Whether the targets themselves lie inside a limit, and not on it."""
    sign = 1 if stated.side == "most" else -1
    return sign * (stated.limit - _at_target(case, stated)) > 0


def _edge(case: Case, stated: LimitBroken) -> Decimal:
    """The limit to keep in place of ``stated``."""
    aim, limit = case.policy.bands.aim, stated.limit
    if _is_kept_at_target(case, stated):
        action = action_of(stated, case.policy.triggers)
        is_partial = action is Action.PARTIAL and aim is not Aim.TARGET
        share = AIM_SHARE[aim] if is_partial else INSIDE
        return limit + (_at_target(case, stated) - limit) * share
    is_risk = stated.measure not in ("group", "exposure")
    sign = 1 if stated.side == "most" else -1
    room = abs(limit) * (BESIDE_RISK if is_risk else BESIDE)
    if stated.reach is not None and stated.can_be_kept:
        room = min(room, abs(limit - stated.reach) / 2)
    return limit - sign * room


def _at_target(case: Case, broken: LimitBroken) -> Decimal:
    """What it would be with every name on its target."""
    targets = [row.target for row in case.stand.rows]
    match broken.measure:
        case "tracking-error":
            return ZERO
        case "volatility":
            return case.gauge.risk(case.stand, targets).volatility
        case "value-at-risk":
            return one_day_loss(case.gauge.risk(case.stand, targets).volatility)
    weights = {row.symbol: row.target for row in case.stand.rows}
    row = _coefficients(case.policy.optimizer, broken)
    return sum((weights.get(symbol, ZERO) * each for symbol, each in row), ZERO)


def _coefficients(limits: Optimizer, broken: LimitBroken) -> Sequence[tuple[Symbol, Decimal]]:
    """The row of a limit on weights, by the owner's name of it."""
    if broken.measure == "group":
        group = next(each for each in limits.groups if each.name == broken.name)
        return [(member, Decimal(1)) for member in group.members]
    return next(each.coefficients for each in limits.exposures if each.name == broken.name)


def _moved(limits: Optimizer, broken: LimitBroken, edge: Decimal) -> Optimizer:
    """``limits`` with ``edge`` in place of the one that was broken."""
    match broken.measure:
        case "tracking-error":
            return replace(limits, tracking_error_max=edge)
        case "volatility":
            return replace(limits, volatility_max=edge)
        case "value-at-risk":
            return replace(limits, value_at_risk_max=edge)
        case "group":
            groups = tuple(_sided(each, broken, edge) for each in limits.groups)
            return replace(limits, groups=groups)
        case "exposure":
            exposures = tuple(_sided(each, broken, edge) for each in limits.exposures)
            return replace(limits, exposures=exposures)


def _sided(limit: Sided, broken: LimitBroken, edge: Decimal) -> Sided:
    """The side that was broken moved, where it is that limit; never past its other side."""
    if limit.name != broken.name:
        return limit
    if broken.side == "most":
        return replace(limit, high=edge if limit.low is None else max(edge, limit.low))
    return replace(limit, low=edge if limit.high is None else min(edge, limit.high))
