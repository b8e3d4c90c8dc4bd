"""Required distributions in plain rows, as ``trimtab rmd --json`` prints them, and as a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.report.amounts import number
from bot.report.tables import Align, Column, Table
from bot.report.text import render, wrap
from strategies.distributions.required import Due, Required

TOGETHER = {
    "ira": "may be taken from any of the owner's IRAs",
    "403b": "may be taken from any of the owner's 403(b) accounts",
}
NOT_ADVICE = "Not tax advice: nothing is sold or paid out by this."
COLUMNS = (
    Column("account", Align.LEFT),
    Column("owner", Align.LEFT),
    Column("for"),
    Column("by"),
    Column("balance"),
    Column("over"),
    Column("required"),
    Column("reserve"),
)


@dataclass(frozen=True, slots=True)
class RmdShare:
    """What one account owes: ``balance`` at the end of the year before over the period.

    ``reserve`` are the dollars to have in cash there by the day.
    """

    account: str
    balance: Decimal
    required: Decimal
    taken: Decimal
    reserve: Decimal


@dataclass(frozen=True, slots=True)
class RmdDue:
    """Accounts that count together. ``left`` is what is still to come, out of any of them.

    ``overdue``: the day has passed, and it is not all out.
    """

    owner: str
    plan: str
    year: int
    due: date
    age: int
    table: str
    period: Decimal
    required: Decimal
    taken: Decimal
    left: Decimal
    overdue: bool
    shares: tuple[RmdShare, ...]


@dataclass(frozen=True, slots=True)
class RmdNothing:
    """An account of which nothing is due, or nothing is known here, and why."""

    account: str
    why: str


@dataclass(frozen=True, slots=True)
class RmdDocument:
    """What must be out of which accounts, the soonest first."""

    year: int
    dues: tuple[RmdDue, ...]
    nothing: tuple[RmdNothing, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def document(
    found: Required,
    warnings: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    day: date | None = None,
) -> RmdDocument:
    """As ``--json`` prints it; without a ``day`` nothing is overdue."""
    nothing = tuple(RmdNothing(one.account, one.why) for one in found.nothing)
    dues = tuple(_due(one, day) for one in found.dues)
    return RmdDocument(found.year, dues, nothing, warnings, notes)


def _due(one: Due, day: date | None) -> RmdDue:
    shares = tuple(
        RmdShare(s.account, s.balance, s.required, s.taken, one.reserve[s.account])
        for s in one.shares
    )
    return RmdDue(
        owner=one.owner,
        plan=one.plan.value,
        year=one.year,
        due=one.due,
        age=one.age,
        table=one.table,
        period=one.period,
        required=one.required,
        taken=one.taken,
        left=one.left,
        overdue=day is not None and one.due < day and one.left > 0,
        shares=shares,
    )


def page(told: RmdDocument) -> str:
    """A row for each account, then a sentence for each date."""
    rows = tuple(
        (
            share.account,
            due.owner,
            str(due.year),
            due.due.isoformat(),
            number(share.balance),
            str(due.period),
            number(share.required),
            number(share.reserve),
        )
        for due in told.dues
        for share in due.shares
    )
    parts = (
        render(Table(f"Required in {told.year}, in USD", COLUMNS, rows)) if rows else "",
        *map(wrap, _sentences(told)),
        "\n".join(wrap(one, "- ") for one in _points(told)),
        wrap(NOT_ADVICE),
    )
    return "\n\n".join(part for part in parts if part)


def _points(told: RmdDocument) -> Iterator[str]:
    yield from told.warnings
    for one in told.nothing:
        yield f"{one.account}: {one.why}"


def _sentences(told: RmdDocument) -> Iterator[str]:
    if not told.dues:
        yield f"Nothing has to be taken out for {told.year}."
    for due in told.dues:
        which = "Joint and Last Survivor" if due.table == "joint" else "Uniform Lifetime"
        where = f"; it {TOGETHER[due.plan]}" if due.plan in TOGETHER else ""
        left = f"{number(due.left)} USD are left to take" if due.left else "nothing is left to take"
        yield (
            f"{due.owner}, {due.age} in {due.year}: {left} for {due.year} by {due.due} "
            f"({which} Table, {due.period}){where}."
        )
        if due.overdue:
            yield (
                "That day has passed: what is missing bears a tax of 25 %, 10 % where it is taken "
                "soon (26 U.S.C. 4974); see Form 5329."
            )
    if len({due.year for due in told.dues}) > 1:
        yield (
            f"Two distributions fall into {told.year}, and both are income of that year: the first "
            "was put off to April 1."
        )
