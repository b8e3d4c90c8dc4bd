"""The verb ``trimtab withdraw``. Nothing here can trade."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.household.gift import Fractional, Rows
from bot.cli.household.options import (
    Alone,
    Asked,
    Day,
    File,
    dollars,
    gathered,
    maybe_dollars,
    rate,
)
from bot.cli.household.rmd import owned
from bot.cli.options import AsJson, HouseholdName
from bot.cli.screen import next_step, show, show_json

if TYPE_CHECKING:
    from bot.cli.household.gather import Household, Member
    from strategies.distributions.sources import Brackets, Store, Wanted

Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="USD in hand, after all tax on it.")]
Ceiling = Annotated[
    str | None,
    typer.Option(
        "--ceiling",
        metavar="USD",
        help="Ordinary income left below your bracket's ceiling.",
        show_default=False,
    ),
]
Rate = Annotated[
    str | None,
    typer.Option("--rate", metavar="SHARE", help="The rate below it.", show_default=False),
]
Above = Annotated[
    str | None,
    typer.Option(
        "--above",
        metavar="SHARE",
        help="The rate above it; unsaid no more than the ceiling is taken.",
        show_default=False,
    ),
]
Years = Annotated[
    int | None,
    typer.Option("--years", metavar="N", min=1, max=100, help="The horizon.", show_default=False),
]

ZERO = Decimal(0)
PENALTY = Decimal("0.10")
"""26 U.S.C. 72(t)(1)."""

MONTHS_FREE = 59 * 12 + 6
"""59 1/2 years, from which on there is none (72(t)(2)(A)(i))."""

NO_HSA = "an HSA pays for medical care; for anything else it is income and 20 % more"
NO_ROTH = "before 59 1/2 only contributions come out free, and none are told"

EXAMPLES = (
    ("trimtab withdraw 40000 --from home.toml", "which lots and accounts, at least tax"),
    ("trimtab withdraw 40000 --ceiling 30000 --rate 0.22", "30,000 below the ceiling"),
    ("trimtab withdraw 90000 --ceiling 30000 --above 0.24", "and more, at the next rate"),
    ("trimtab withdraw 40000 --from home.toml --json | jq .lots", "for a script"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The options as they were typed."""

    amount: str
    ceiling: str | None
    rate: str | None
    above: str | None
    years: int | None
    fractional: bool


def withdraw(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    amount: Amount,
    ceiling: Ceiling = None,
    low: Rate = None,
    above: Above = None,
    years: Years = None,
    fractional: Fractional = False,
    file: File = None,
    household: HouseholdName = None,
    without_book: Alone = False,
    day: Day = None,
    limit: Rows = 10,
    as_json: AsJson = False,
) -> int:
    """Raise cash at the least tax over all years: which lots, and which accounts.

    What must be distributed this year comes first; then whatever costs least, this year's tax less
    the present value of the later tax that it spares: losses, lots with little gain, traditional
    accounts up to your ceiling, Roth accounts last. A loss that the wash-sale rule would take is
    left alone. Nothing is sold. docs/household.md tells how each figure is reckoned.
    """
    from bot.report.household.withdraw import document, page
    from strategies.distributions import withdraw as ways

    found = gathered(Asked(context.obj, file, without_book, household, day))
    wanted = _wanted(found, Words(amount, ceiling, low, above, years, fractional))
    raised = ways.withdraw(found.pieces, [*_stores(found)], wanted)
    told = document(raised, wanted, found.notes)
    if as_json:
        show_json(told)
    else:
        show(page(told, limit))
        next_step("trimtab rmd tells what must be taken in any case")
    return Exit.OK


def _wanted(found: "Household", words: Words) -> "Wanted":
    from strategies.distributions.sources import Wanted
    from strategies.policy.taxpayer import Filing

    told, payer = found.told, found.payer(words.years)
    return Wanted(
        amount=dollars("AMOUNT", words.amount),
        day=found.today,
        payer=payer,
        brackets=_brackets(found, words),
        short=told.short,
        long=told.long,
        brought=told.brought,
        filing=told.filing or Filing.SINGLE,
        expected={asset.symbol: asset for asset in told.assets},
        whole=not words.fractional,
    )


def _brackets(found: "Household", words: Words) -> "Brackets":
    """What is typed, else what the file tells."""
    from strategies.distributions.sources import Brackets

    room, above = maybe_dollars("--ceiling", words.ceiling), rate("--above", words.above)
    low = rate("--rate", words.rate)
    return Brackets(
        rate=found.payer().rates.ordinary if low is None else low,
        room=found.told.room if room is None else room,
        above=found.told.above if above is None else above,
    )


def _stores(found: "Household") -> "Iterator[Store]":
    from strategies.policy import TaxKind

    due = _due(found)
    for member in found.members:
        if member.kind is TaxKind.TAXABLE:
            yield _cash(member)
        else:
            yield _pot(member, found, due.get(member.name, ZERO))


def _cash(member: "Member") -> "Store":
    from strategies.distributions.sources import Store

    return Store(member.name, member.kind, member.cash)


def _pot(member: "Member", found: "Household", due: Decimal) -> "Store":
    from strategies.distributions.sources import Store
    from strategies.policy import TaxKind

    is_early = _is_early(member, found)
    if member.kind is TaxKind.HSA:
        return Store(member.name, member.kind, member.value, barred=NO_HSA)
    if member.kind is TaxKind.ROTH and is_early:
        free = min(member.value, member.told.contributions or ZERO)
        return Store(member.name, member.kind, free, barred="" if free else NO_ROTH)
    penalty = PENALTY if is_early else ZERO
    return Store(member.name, member.kind, member.value, min(due, member.value), penalty)


def _is_early(member: "Member", found: "Household") -> bool:
    """Whether the owner is known to be younger than 59 1/2."""
    people = {owner.name: owner for owner in found.told.people}
    owner = people.get(member.told.owner)
    if owner is None and len(people) == 1 and not member.told.owner:
        owner = next(iter(people.values()))
    return owner is not None and _months(owner.birth, found.today) < MONTHS_FREE


def _months(birth: date, today: date) -> int:
    whole = (today.year - birth.year) * 12 + today.month - birth.month
    return whole - (1 if today.day < birth.day else 0)


def _due(found: "Household") -> dict[str, Decimal]:
    """What is still required this year, by account; nothing where no birth date is told."""
    from strategies.distributions.required import required

    if not found.told.people:
        return {}
    pots = owned(found.told.people, [member.told.pot(member.kind) for member in found.members])
    due: dict[str, Decimal] = {}
    for one in required(found.today.year, found.told.people, pots).dues:
        if one.due.year == found.today.year:
            for account, amount in one.reserve.items():
                due[account] = due.get(account, ZERO) + amount
    return due
