"""The verb ``trimtab location``. Nothing here can trade; it may write files of weights."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.household.options import Alone, Asked, Day, File, gathered
from bot.cli.options import AsJson, HouseholdName
from bot.cli.screen import next_step, show, show_json, tell

if TYPE_CHECKING:
    from bot.cli.household.gather import Household, Member
    from strategies.location import Account, Home, Placed

CENT = Decimal("0.01")

Years = Annotated[
    int | None,
    typer.Option("--years", metavar="N", min=1, max=100, help="The horizon.", show_default=False),
]
PreTax = Annotated[
    bool,
    typer.Option("--pre-tax", help="A traditional dollar counts in the mix like any other."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FOLDER",
        help="Write ACCOUNT.csv for each: a target takes it as its file.",
        show_default=False,
    ),
]

EXAMPLES = (
    ("trimtab location --from home.toml", "what to hold where, and what it gains"),
    ("trimtab location --from home.toml --years 30", "with another horizon"),
    ("trimtab location --from home.toml --output targets", "a file of weights an account"),
    ("trimtab location --from home.toml --without-book", "the file alone"),
    ("trimtab location --from home.toml --json | jq .gained", "for a script"),
)


def location(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    file: File = None,
    years: Years = None,
    pre_tax: PreTax = False,
    output: Output = None,
    household: HouseholdName = None,
    without_book: Alone = False,
    day: Day = None,
    as_json: AsJson = False,
) -> int:
    """What to hold in which account, so that most is left after all tax.

    One mix for the whole household, placed over its taxable, traditional, Roth and HSA accounts. It
    tells the dollars that this gains over the same mix in every account, and the tax of moving what
    is held. Lots and cash come from the book, the mix and what is expected of it from the file.
    Nothing is traded. docs/household.md has the formulas and an example.
    """
    from bot.report.household.location import document, page
    from strategies.location import place

    found = gathered(Asked(context.obj, file, without_book, household, day))
    home = _home(found, years, pre_tax=pre_tax)
    placed = place(home)
    told = document(home, placed, found.notes)
    if output is not None:
        _write(output, placed)
    if as_json:
        show_json(told)
    else:
        show(page(told))
        if output is None:
            next_step("--output FOLDER writes the weights, for [accounts.NAME.target] file = ...")
    return Exit.OK


def _home(found: "Household", years: int | None, *, pre_tax: bool) -> "Home":
    from strategies.location import Home, Weighting

    told = found.told
    if not told.assets:
        remedy = "write [assets.SYMBOL] tables with weight and total (docs/household.md)"
        raise WrongUse("the mix of the household is not told", remedy)
    return Home(
        assets=told.assets,
        accounts=tuple(_account(member, found) for member in found.members),
        payer=found.payer(years),
        weighting=Weighting.PRE_TAX if pre_tax else told.weighting,
        gains_max=told.gains_max,
    )


def _account(member: "Member", found: "Household") -> "Account":
    from strategies.location import Account, Position

    positions = tuple(
        Position(
            piece.symbol,
            piece.value.quantize(CENT),
            (piece.quantity * piece.unit_gain).quantize(CENT),
            piece.term(found.today),
            piece.lot,
        )
        for piece in member.pieces
    )
    held = sum((position.value for position in positions), member.cash).quantize(CENT)
    return Account(member.name, member.kind, held, positions, member.told.menu)


def _write(folder: Path, placed: "Placed") -> None:
    """A file for each account, as a target of fixed weights takes it: they add up to one."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in placed.parts:
        if part.weights:
            rows = (f"{symbol},{weight:f}" for symbol, weight in part.weights.items())
            path = folder / f"{part.account}.csv"
            path.write_text("\n".join(("symbol,weight", *rows, "")), encoding="utf-8")
            tell(f"wrote {path}")
