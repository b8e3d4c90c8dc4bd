"""The verb ``trimtab gift``. Nothing here can trade or transfer."""

from typing import Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.household.options import (
    Alone,
    Asked,
    Day,
    File,
    dollars,
    gathered,
    maybe_dollars,
)
from bot.cli.options import AsJson, HouseholdName
from bot.cli.screen import next_step, show, show_json

Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="USD to give at most.")]
To = Annotated[str, typer.Option("--to", metavar="WHOM", help="charity or person.")]
Income = Annotated[
    str | None,
    typer.Option(
        "--income",
        metavar="USD",
        help="Adjusted gross income: tells what is deductible this year.",
        show_default=False,
    ),
]
Exclusion = Annotated[
    str | None,
    typer.Option(
        "--exclusion",
        metavar="USD",
        help="The year's annual exclusion, times donees: tells what is reported.",
        show_default=False,
    ),
]
Fractional = Annotated[bool, typer.Option("--fractional", help="Fractions of a share, too.")]
Rows = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=0, help="Lots that are kept.")]

EXAMPLES = (
    ("trimtab gift 25000", "to a charity, from the lots of the book"),
    ("trimtab gift 25000 --income 180000", "and what the return deducts this year"),
    ("trimtab gift 19000 --to person --exclusion 19000", "to a person"),
    ("trimtab gift 25000 --from home.toml --without-book", "from the lots of a file"),
    ("trimtab gift 25000 --json | jq '.lots[].lot'", "for a script"),
)


def gift(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    amount: Amount,
    to: To = "charity",
    income: Income = None,
    exclusion: Exclusion = None,
    fractional: Fractional = False,
    file: File = None,
    household: HouseholdName = None,
    without_book: Alone = False,
    day: Day = None,
    limit: Rows = 10,
    as_json: AsJson = False,
) -> int:
    """Which lots to give away: those whose gain would cost most tax a dollar.

    Long-term lots with a gain, the highest first; never short-term ones, never losses, and why
    stands beside each. The cash that would have been given stays, and buys the shares back at
    today's basis if you like. Nothing is transferred. docs/household.md tells the law.
    """
    from bot.report.household.gift import document, page
    from strategies.distributions.gifts import Donee, Giving, gifts

    if to.lower() not in set(Donee):
        raise WrongUse(f"--to {to}: there is none such", f"there is: {', '.join(Donee)}")
    found = gathered(Asked(context.obj, file, without_book, household, day))
    giving = Giving(
        amount=dollars("AMOUNT", amount),
        day=found.today,
        donee=Donee(to.lower()),
        rates=found.payer().rates,
        income=maybe_dollars("--income", income),
        exclusion=maybe_dollars("--exclusion", exclusion),
        fractional=fractional,
    )
    told = document(gifts(found.pieces, giving), giving, found.notes)
    if as_json:
        show_json(told)
    else:
        show(page(told, limit))
        next_step("trimtab lots shows every lot")
    return Exit.OK
