"""What an account may do alone: its limits, how much of them today has used, and what waits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.limits import PROFILES, Limit, Limits, looser_ones
from bot.report.amounts import moment
from brokers.words import Symbol

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.book.rows import Activity
    from bot.config.settings import AccountConfig
    from bot.report.tables import Table
    from strategies.plan import Plan

COUNTS = ("orders_per_cycle", "orders_per_day", "orders_open")
"""Limits that grow with the number of names."""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit; null lets all through. ``used`` is today's, null where nothing is counted.

    ``scaled`` is what it comes to for the number of names of the account; ``waits`` where the
    config is looser than what is in force, and a named person has not confirmed it.
    """

    name: str
    in_force: Decimal | None
    profile: Decimal | None
    config: Decimal | None
    waits: bool
    used: Decimal | None
    scaled: Decimal | None


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A name that is not traded until a person clears it."""

    symbol: Symbol
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """All limits of an account, and the last word on them: whose, why and when."""

    profile: str
    who: str | None
    why: str | None
    since: datetime | None
    limits: tuple[LimitRow, ...]
    left_alone: tuple[LeftAlone, ...]

    @property
    def waiting(self) -> tuple[LimitRow, ...]:
        """What a person has yet to confirm."""
        return tuple(row for row in self.limits if row.waits)


@dataclass(frozen=True, slots=True)
class LimitsDocument:
    """What each account may do alone, and how much of it is used."""

    accounts: Mapping[str, AccountLimits]


def account_limits(
    account: "AccountConfig", book: "Book", session_start: datetime, lookback: datetime
) -> AccountLimits:
    """The limits of ``account`` as the book has them, and what was used since the open."""
    name, configured = account.account, account.limits
    in_force = book.latches.in_force(name, configured)
    word = book.latches.accepted(name)
    activity, plan = book.activity(name, session_start, lookback), book.latest_plan(name)
    left = book.latches.names(name).values()
    return AccountLimits(
        profile=account.profile.value,
        who=None if word is None else word.who,
        why=None if word is None else word.why,
        since=None if word is None else word.time,
        limits=tuple(_rows(account, in_force, used(activity, plan), scaled(in_force, plan))),
        left_alone=tuple(LeftAlone(q.symbol, q.why, q.time) for q in left if q.is_in_force),
    )


def _rows(
    account: "AccountConfig",
    in_force: Limits,
    today: Mapping[str, Decimal],
    larger: Mapping[str, Decimal],
) -> Iterator[LimitRow]:
    waits = looser_ones(account.limits, in_force)
    for name in (item.name for item in fields(in_force)):
        yield LimitRow(
            name=name,
            in_force=exact(getattr(in_force, name)),
            profile=exact(getattr(PROFILES[account.profile], name)),
            config=exact(getattr(account.limits, name)),
            waits=name in waits,
            used=today.get(name),
            scaled=larger.get(name),
        )


def exact(limit: Limit) -> Decimal | None:
    """A count as a number, too."""
    return None if limit is None else Decimal(limit)


def used(activity: "Activity", plan: "Plan | None") -> dict[str, Decimal]:
    """How much of each limit that counts is used, of those that one session or ten bound."""
    found = {
        "orders_per_day": Decimal(activity.orders_today),
        "orders_open": Decimal(activity.orders_open),
        "cycles_per_day": Decimal(activity.cycles_today),
        "cycles_per_10_sessions": Decimal(activity.cycles_recent),
        "rejects_halt": Decimal(activity.rejects_today),
        "unknowns_halt": Decimal(activity.unknowns),
    }
    values = activity.value_by_currency
    if plan is not None and plan.nav > 0 and values.keys() <= {plan.base}:
        share = activity.value_today / plan.nav
        found["day_turnover_max"] = share.quantize(Decimal("0.0001"))
    return found


def scaled(limits: Limits, plan: "Plan | None") -> dict[str, Decimal]:
    """What the limits come to that grow with the names of the latest plan."""
    if plan is None:
        return {}
    names = len(plan.lines)
    found = dict(zip(COUNTS, map(Decimal, limits.counts(names)), strict=True))
    return found | {"order_weight_max": limits.order_weight(names).quantize(Decimal("0.0001"))}


def limits_table(title: str, told: AccountLimits) -> "Table":
    """One row a limit; loud are those that a person has yet to confirm."""
    from bot.report.tables import Align, Column, Table

    columns = (
        Column("limit", Align.LEFT),
        Column("in force"),
        Column(told.profile),
        Column("used today"),
        Column("the config says", Align.LEFT),
    )
    rows = tuple(_cells(row) for row in told.limits)
    loud = frozenset(place for place, row in enumerate(told.limits) if row.waits)
    return Table(title, columns, rows, loud)


def _cells(row: LimitRow) -> tuple[str, ...]:
    most = row.in_force if row.scaled is None else row.scaled
    spent = "" if row.used is None else f"{spelled(row.used)} of {spelled(most)}"
    waits = f"{spelled(row.config)}: waits to be accepted" if row.waits else ""
    return row.name, spelled(row.in_force), spelled(row.profile), spent, waits


def spelled(limit: Decimal | None) -> str:
    """A number as it is written in the config."""
    return "off" if limit is None else f"{limit.normalize():f}"


def last_word(told: AccountLimits) -> str:
    """Whose word holds, and since when."""
    if told.since is None:
        return "never worked yet: what the config says holds from the first cycle on"
    return f"in force since {moment(told.since)}, by {told.who}: {told.why}"
