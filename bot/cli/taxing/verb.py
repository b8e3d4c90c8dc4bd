"""The verb ``trimtab tax``. Nothing here can trade."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import (
    AsJson,
    BroughtLong,
    BroughtShort,
    FilingName,
    HouseholdName,
    Identical,
    Options,
    Outside,
    Rows,
    word,
)
from bot.cli.screen import tell
from bot.cli.teach import teach

if TYPE_CHECKING:
    from datetime import datetime

    from bot.cli.taxing.answer import Asked
    from bot.report.tax.figures import TaxStatement

Year = Annotated[
    int | None,
    typer.Argument(
        metavar="YEAR",
        help="Only sales of this year; lots are as of now.",
        show_default=False,
    ),
]
Trades = Annotated[
    list[Path] | None,
    word("--trades", "FILE", "Every trade of you and your spouse; may be said again."),
]
WithBook = Annotated[
    bool,
    typer.Option("--with-book", help="The files tell of accounts beside those of the config."),
]
ReliefName = Annotated[
    str,
    typer.Option("--relief", metavar="NAME", help="fifo, lifo, hifo, lofo: for sales without lot."),
]
WholeTax = Annotated[
    str | None, word("--tax", "USD", "Whole federal tax of the year: tells estimated payments.")
]
Withheld = Annotated[str | None, word("--withheld", "USD", "What is withheld of it.")]
LastTax = Annotated[str | None, word("--last-tax", "USD", "Tax on last year's return.")]
LastIncome = Annotated[str | None, word("--last-income", "USD", "Its adjusted gross income.")]
AsForm = Annotated[bool, typer.Option("--form8949", help="The year's sales as Form 8949 has them.")]
AsTxf = Annotated[bool, typer.Option("--txf", help="The same for a tax program (TXF, V042).")]
BoxName = Annotated[
    str,
    typer.Option(
        "--box", metavar="A", help="A (D): a 1099-B with the basis; B (E): without; C (F): none."
    ),
]
AsCsv = Annotated[bool, typer.Option("--csv", help="The sales as CSV on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        tax,
        ("trimtab tax 2026", "a year, from the book of all accounts"),
        ("trimtab tax 2026 --filing joint --carryover-short 1200", "with losses of before"),
        ("trimtab tax 2026 --form8949 --csv > form8949.csv", "for the return"),
        ("trimtab tax 2026 --trades away.csv --with-book", "and accounts held elsewhere"),
        ("trimtab tax --trades trades.csv", "all sales, from a file alone"),
        ("trimtab tax 2026 --trades mine.csv --trades hers.csv", "a year, from two files"),
        ("trimtab tax --trades t.csv --identical VOO,IVV,SPY", "one index is one security"),
        ("trimtab tax --trades t.csv --relief hifo --csv > sales.csv", "for a spreadsheet"),
        ("trimtab tax --trades t.csv --json | jq .totals", "for a script"),
    )


def tax(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    year: Year = None,
    trades: Trades = None,
    with_book: WithBook = False,
    relief: ReliefName = "fifo",
    identical: Identical = None,
    outside: Outside = None,
    household: HouseholdName = None,
    filing: FilingName = None,
    carryover_short: BroughtShort = None,
    carryover_long: BroughtLong = None,
    whole_tax: WholeTax = None,
    withheld: Withheld = None,
    last_tax: LastTax = None,
    last_income: LastIncome = None,
    as_form: AsForm = False,
    as_txf: AsTxf = False,
    box: BoxName = "A",
    limit: Rows = 20,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> int:
    """What was sold, which losses count, and where the others went (wash sales).

    One ledger over every account of the household, IRAs included: a loss is taken away where the
    same was bought in any of them 30 days before or after (26 U.S.C. 1091). Trades are those of the
    book, of files, or both; what no option says is as [household] of the config has it, unless
    there are only files. docs/tax.md tells the columns of a file, the rules, and what is done where
    the law is silent.
    """
    from bot.cli.families import given
    from bot.cli.taxing.answer import NOBODY, Asked, method
    from bot.cli.taxing.asked import Words
    from bot.cli.taxing.shown import Form, check, present

    form = Form(as_form=as_form, as_txf=as_txf, as_csv=as_csv, as_json=as_json, box=box)
    check(form, year)
    brought = (carryover_short, carryover_long)
    words = Words(filing, *brought, whole_tax, withheld, last_tax, last_income)
    asked = Asked(year, words, method(relief), given(trades, identical, outside))
    asked.of(NOBODY)  # what is wrong with an option is said before anything is read
    told = _told(context.obj, asked, household, with_book=with_book)
    for note in told.notes:
        tell(note)
    present(told, form, limit)
    return Exit.OK


def _told(
    options: Options, asked: "Asked", household: str | None, *, with_book: bool
) -> "TaxStatement":
    """The statement from files, or from the book, or from both."""
    from bot.cli.families import family
    from bot.cli.taxing.answer import NOBODY, answer

    if asked.given.files and not with_book:
        return answer(asked.of(NOBODY), _now(options))
    if not asked.given.files and not options.config.exists():
        what = f"which trades is not said, and there is no config at {options.config}"
        raise WrongUse(what, "trimtab tax --trades FILE.csv, or trimtab --config FILE tax")
    from bot.cli.wiring import hands_of, open_book, read_config

    config = read_config(options.config)
    ours = family(config, household)
    with open_book(config) as book:
        return answer(asked.of(ours.settings), hands_of(config).clock.now(), ours, book)


def _now(options: Options) -> "datetime":
    """The clock of the installation, where there is one: a replay stands at a day of its own."""
    from bot.cli.wiring import hands_of, read_config
    from bot.daemon.clock import SystemClock

    if options.config.exists():
        return hands_of(read_config(options.config)).clock.now()
    return SystemClock().now()
