"""Rules that look at one name at a time, at cash, and at the calendar."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from strategies.drift.look import Look
from strategies.drift.words import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    Drifted,
    FarOff,
    FirstAllocation,
    Reason,
)
from strategies.policy import Period, Policy
from strategies.standing import Standing


def drifted(look: Look, policy: Policy) -> Iterator[Reason]:
    """Names outside their bands."""
    for row in look.stand.rows:
        if not row.is_inside and row.can_move(row.aim(policy.bands.aim)):
            yield Drifted(row.symbol, row.weight, row.target, row.low, row.high)


def far_off(look: Look, policy: Policy) -> Iterator[Reason]:
    """Names further from target than ``bands.single``."""
    limit = policy.bands.single
    if limit is None:
        return
    for row in look.stand.rows:
        if abs(row.weight - row.target) > limit and row.can_move(row.target):
            yield FarOff(row.symbol, row.weight, row.target, limit)


def concentrated(look: Look, policy: Policy) -> Iterator[Reason]:
    """Names that are more times their target than ``bands.concentration``."""
    limit = policy.bands.concentration
    if limit is None:
        return
    for row in look.stand.rows:
        if row.target > 0 and row.weight > limit * row.target and row.can_move(row.target):
            yield Concentrated(row.symbol, row.weight, row.target, limit)


PERIOD_OF: Mapping[Period, Callable[[date], tuple[int, ...]]] = {
    Period.DAILY: lambda day: (day.toordinal(),),
    Period.WEEKLY: lambda day: day.isocalendar()[:2],
    Period.MONTHLY: lambda day: (day.year, day.month),
    Period.QUARTERLY: lambda day: (day.year, (day.month - 1) // 3),
    Period.YEARLY: lambda day: (day.year,),
}
"""The period that a day belongs to: the calendar is due when the last trade was in another."""


def calendar(look: Look, policy: Policy) -> Iterator[Reason]:
    """The calendar's own rebalance."""
    period, last = policy.schedule.period, look.snapshot.last_traded
    if period is Period.NEVER:
        return
    if last is None or PERIOD_OF[period](last) != PERIOD_OF[period](look.snapshot.session):
        yield CalendarDue(period, last)


def to_invest(look: Look, _policy: Policy) -> Iterator[Reason]:
    """Cash above its band that buys something."""
    stand = look.stand
    amount = _surplus(stand)
    if stand.cash > stand.cash_high and _buys_something(stand, amount):
        yield CashToInvest(amount)


def to_raise(look: Look, _policy: Policy) -> Iterator[Reason]:
    """Cash below its band."""
    stand = look.stand
    can_sell = any(not row.barred and row.lowest < row.weight for row in stand.rows)
    if stand.cash < stand.cash_low and can_sell:
        yield CashToRaise((stand.cash_target - stand.cash) * stand.nav)


def first(look: Look, _policy: Policy) -> Iterator[Reason]:
    """The first purchase of all."""
    amount = _surplus(look.stand)
    if _buys_something(look.stand, amount):
        yield FirstAllocation(amount)


def _surplus(stand: Standing) -> Decimal:
    """Cash above its target that may be spent, in base currency."""
    return min((stand.cash - stand.cash_target) * stand.nav, stand.spendable)


def _buys_something(stand: Standing, amount: Decimal) -> bool:
    """Whether ``amount`` buys the smallest order of a name below target that has room for it."""
    return any(
        not row.barred
        and row.weight < row.target
        and row.least * stand.nav <= amount
        and row.weight + row.least <= min(row.inner_high, row.highest)
        for row in stand.rows
    )
