"""When: is any weight so far from its target that something should be done?

Each rule is a function that looks at where the names stand and yields reasons; ``reasons`` is all
of them. What cannot be mended is no reason: a distance smaller than the smallest order of a name,
or cash that buys nothing. So a plan that was carried out leaves no reason for the next.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from brokers.words import ZERO, Symbol
from strategies.policy import Period, Policy
from strategies.snapshot import Snapshot
from strategies.standing import Row, Standing, Unjudgeable, standing


@dataclass(frozen=True, slots=True)
class Drifted:
    """A weight is outside its band."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    low: Decimal
    high: Decimal
    kind: Literal["drifted"] = "drifted"


@dataclass(frozen=True, slots=True)
class FarOff:
    """One name is so far from target, in weight, that the whole account is brought back."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    limit: Decimal
    kind: Literal["far-off"] = "far-off"


@dataclass(frozen=True, slots=True)
class Concentrated:
    """One name is so many times its target that the whole account is brought back."""

    symbol: Symbol
    weight: Decimal
    target: Decimal
    limit: Decimal
    kind: Literal["concentrated"] = "concentrated"


@dataclass(frozen=True, slots=True)
class CalendarDue:
    """The calendar asks for a full rebalance."""

    period: Period
    last: date | None
    kind: Literal["calendar"] = "calendar"


@dataclass(frozen=True, slots=True)
class CashToInvest:
    """More cash than the policy keeps: a deposit, a dividend, a sale."""

    amount: Decimal
    kind: Literal["cash-to-invest"] = "cash-to-invest"


@dataclass(frozen=True, slots=True)
class CashToRaise:
    """Less cash than the policy keeps, or a withdrawal to come."""

    amount: Decimal
    kind: Literal["cash-to-raise"] = "cash-to-raise"


@dataclass(frozen=True, slots=True)
class FirstAllocation:
    """Nothing is held yet."""

    amount: Decimal
    kind: Literal["first-allocation"] = "first-allocation"


Reason = (
    Drifted | FarOff | Concentrated | CalendarDue | CashToInvest | CashToRaise | FirstAllocation
)

Rule = Callable[[Standing, Snapshot, Policy], Iterator[Reason]]


def reasons(stand: Standing, snapshot: Snapshot, policy: Policy) -> tuple[Reason, ...]:
    """Everything that asks for a plan, by the rules that are in force today."""
    return tuple(_reasons(stand, snapshot, policy))


def trips(snapshot: Snapshot, policy: Policy) -> bool:
    """Whether anything asks for a plan: the cheap check between plans.

    An account that cannot be judged trips nothing; the next plan says what is wrong with it.
    """
    try:
        stand = standing(snapshot, policy)
    except Unjudgeable:
        return False
    return next(_reasons(stand, snapshot, policy), None) is not None


def max_drift(snapshot: Snapshot, policy: Policy) -> Decimal:
    """Largest distance of a weight from its target. Raises ``Unjudgeable`` as ``standing`` does."""
    rows = standing(snapshot, policy).rows
    return max((abs(row.weight - row.target) for row in rows), default=ZERO)


def is_cooling(snapshot: Snapshot, policy: Policy) -> bool:
    """Whether the account is left alone because it was traded at most ``cooldown_days`` ago."""
    days, last = policy.schedule.cooldown_days, snapshot.last_traded
    return days > 0 and last is not None and (snapshot.session - last).days <= days


def quiet(stand: Standing, snapshot: Snapshot, policy: Policy) -> str:
    """Why nothing asks for a plan, in one sentence."""
    if is_cooling(snapshot, policy):
        days = policy.schedule.cooldown_days
        return f"traded on {snapshot.last_traded}, and left alone for {days} days after"
    if _holds_nothing(stand, snapshot):
        return "nothing is held, and the cash buys nothing"
    held_back = [row.symbol for row in stand.rows if not row.is_inside and _is_held_back(row)]
    if held_back:
        return f"outside its band, and the owner's limits keep it there: {', '.join(held_back)}"
    outside = [row.symbol for row in stand.rows if not row.is_inside]
    if outside:
        return f"outside its band by less than the smallest order: {', '.join(outside)}"
    if not stand.cash_low <= stand.cash <= stand.cash_high:
        short, idle = "is too little, and nothing may be sold", "cannot be put to use"
        why = short if stand.cash < stand.cash_low else idle
        return f"every name is inside its band, and {stand.cash:.2%} of cash {why}"
    drift = max((abs(row.weight - row.target) for row in stand.rows), default=ZERO)
    return f"every name is inside its band; the largest drift is {drift:.2%} of NAV"


def _is_held_back(row: Row) -> bool:
    """Whether it would move toward its target, were it not forbidden to."""
    forbidden = row.lowest if row.weight > row.target else row.highest
    return abs(forbidden - row.weight) < row.least <= abs(row.target - row.weight)


def _reasons(stand: Standing, snapshot: Snapshot, policy: Policy) -> Iterator[Reason]:
    for rule in _rules(stand, snapshot, policy):
        yield from rule(stand, snapshot, policy)


def _rules(stand: Standing, snapshot: Snapshot, policy: Policy) -> tuple[Rule, ...]:
    """Who holds nothing can only begin; who was just traded only raises cash."""
    if _holds_nothing(stand, snapshot):
        return (_first,)
    return (_raise,) if is_cooling(snapshot, policy) else RULES


def _holds_nothing(stand: Standing, snapshot: Snapshot) -> bool:
    return snapshot.is_first and not any(row.holding.quantity for row in stand.rows)


def _drifted(stand: Standing, _snapshot: Snapshot, policy: Policy) -> Iterator[Reason]:
    for row in stand.rows:
        if not row.is_inside and row.can_move(row.aim(policy.bands.aim)):
            yield Drifted(row.symbol, row.weight, row.target, row.low, row.high)


def _far_off(stand: Standing, _snapshot: Snapshot, policy: Policy) -> Iterator[Reason]:
    limit = policy.bands.single
    if limit is None:
        return
    for row in stand.rows:
        if abs(row.weight - row.target) > limit and row.can_move(row.target):
            yield FarOff(row.symbol, row.weight, row.target, limit)


def _concentrated(stand: Standing, _snapshot: Snapshot, policy: Policy) -> Iterator[Reason]:
    limit = policy.bands.concentration
    if limit is None:
        return
    for row in stand.rows:
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


def _calendar(_stand: Standing, snapshot: Snapshot, policy: Policy) -> Iterator[Reason]:
    period, last = policy.schedule.period, snapshot.last_traded
    if period is Period.NEVER:
        return
    if last is None or PERIOD_OF[period](last) != PERIOD_OF[period](snapshot.session):
        yield CalendarDue(period, last)


def _invest(stand: Standing, _snapshot: Snapshot, _policy: Policy) -> Iterator[Reason]:
    amount = _surplus(stand)
    if stand.cash > stand.cash_high and _buys_something(stand, amount):
        yield CashToInvest(amount)


def _raise(stand: Standing, _snapshot: Snapshot, _policy: Policy) -> Iterator[Reason]:
    can_sell = any(not row.barred and row.lowest < row.weight for row in stand.rows)
    if stand.cash < stand.cash_low and can_sell:
        yield CashToRaise((stand.cash_target - stand.cash) * stand.nav)


def _first(stand: Standing, _snapshot: Snapshot, _policy: Policy) -> Iterator[Reason]:
    amount = _surplus(stand)
    if _buys_something(stand, amount):
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


RULES: tuple[Rule, ...] = (_drifted, _far_off, _concentrated, _calendar, _invest, _raise)
