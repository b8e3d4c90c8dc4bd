"""The verb ``trimtab rmd``. Nothing here can trade."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.household.options import Alone, Asked, Day, File, a_day, dollars, gathered
from bot.cli.options import AsJson, HouseholdName
from bot.cli.screen import next_step, show, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.cli.household.gather import Household
    from strategies.distributions.people import Owner, Pot
    from strategies.distributions.required import Required

Year = Annotated[
    int | None,
    typer.Argument(metavar="YEAR", help="The year; unsaid this one.", show_default=False),
]
Birth = Annotated[
    str | None,
    typer.Option("--birth", metavar="DAY", help="The owner's birth date.", show_default=False),
]
Spouse = Annotated[
    str | None,
    typer.Option(
        "--spouse",
        metavar="DAY",
        help="That of a spouse who is the sole beneficiary all year.",
        show_default=False,
    ),
]
Value = Annotated[
    list[str] | None,
    typer.Option(
        "--value",
        metavar="USD",
        help="All IRAs at the end of last year, no file needed; again: of the year before.",
        show_default=False,
    ),
]

EXAMPLES = (
    ("trimtab rmd 2026 --birth 1951-05-04 --value 480000", "one owner, all IRAs in one sum"),
    ("trimtab rmd --from home.toml", "this year, every account of the household"),
    ("trimtab rmd 2027 --from home.toml --without-book", "the file alone"),
    ("trimtab rmd --from home.toml --json | jq '.dues[].left'", "for a script"),
)


def rmd(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    year: Year = None,
    file: File = None,
    birth: Birth = None,
    spouse: Spouse = None,
    value: Value = None,
    household: HouseholdName = None,
    without_book: Alone = False,
    day: Day = None,
    as_json: AsJson = False,
) -> int:
    """What must be taken out of retirement accounts, how much and by when.

    Required minimum distributions (26 U.S.C. 401(a)(9)): the value at the end of last year over the
    life expectancy of the tables in force since 2022, by account; for the first year until April 1
    of the next. Values come from the book where it looked at an account in the last week of a year,
    else from the file. docs/household.md has the rules and examples.
    """
    from bot.report.household.rmd import document, page

    if birth is None and not value and spouse is None:
        found = gathered(Asked(context.obj, file, without_book, household, day))
        wanted = found.today.year if year is None else year
        pots = [member.told.pot(member.kind) for member in found.members]
        asked = _required(wanted, found.told.people, pots)
        told = document(asked, (*_in_kind(asked, found),), found.notes, found.today)
    else:
        told = document(_of_one(year, birth, spouse, value or []))
    if as_json:
        show_json(told)
    else:
        show(page(told))
        next_step("trimtab withdraw AMOUNT raises cash, with these taken first")
    return Exit.OK


def _required(year: int, people: "tuple[Owner, ...]", pots: "list[Pot]") -> "Required":
    from strategies.distributions.required import required

    if not people:
        remedy = "write [people.NAME] with birth = 1951-05-04, and owner = NAME in each account"
        raise WrongUse("no birth date is told", remedy)
    return required(year, people, owned(people, pots))


def _in_kind(asked: "Required", found: "Household") -> "Iterator[str]":
    """Accounts whose lots are known and whose cash does not pay what is due."""
    members = {member.name: member for member in found.members}
    for due in asked.dues:
        for account, amount in due.reserve.items():
            member = members[account]
            if member.pieces and member.cash < amount:
                has = f"{account} has {member.cash:,.2f} USD in cash for {amount:,.2f}"
                yield (
                    f"{has} by {due.due}: sell before, or have shares distributed in kind (their "
                    "value of that day counts)"
                )


def owned(people: "tuple[Owner, ...]", pots: "list[Pot]") -> "list[Pot]":
    """With one person alone, who owns an account need not be said."""
    from dataclasses import replace

    if len(people) != 1:
        return pots
    return [pot if pot.owner else replace(pot, owner=people[0].name) for pot in pots]


def _of_one(
    year: int | None, birth: str | None, spouse: str | None, values: list[str]
) -> "Required":
    from strategies.distributions.people import Owner, Pot
    from strategies.policy import TaxKind

    if birth is None or not values or year is None:
        what = "of one owner the year, --birth and --value are needed"
        raise WrongUse(what, EXAMPLES[0][0])
    owner = Owner(
        "owner", a_day("--birth", birth), None if spouse is None else a_day("--spouse", spouse)
    )
    ends = {year - 1 - n: dollars("--value", value) for n, value in enumerate(values)}
    return _required(year, (owner,), [Pot("ira", "owner", TaxKind.TRADITIONAL, year_ends=ends)])
