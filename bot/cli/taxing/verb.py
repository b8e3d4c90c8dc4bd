"""The verb ``trimtab tax``. Nothing here can trade."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import show, show_json, tell
from bot.cli.teach import teach

if TYPE_CHECKING:
    from datetime import datetime

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
    typer.Option(
        "--trades",
        metavar="FILE",
        help="Every trade of you and your spouse, in all accounts; may be said again.",
        show_default=False,
    ),
]
ReliefName = Annotated[
    str,
    typer.Option("--relief", metavar="NAME", help="fifo, lifo, hifo, lofo: for sales without lot."),
]
Identical = Annotated[
    list[str] | None,
    typer.Option(
        "--identical",
        metavar="A,B",
        help="Symbols that are substantially identical; may be said again.",
        show_default=False,
    ),
]
Outside = Annotated[
    list[str] | None,
    typer.Option(
        "--outside",
        metavar="KIND",
        help="hsa or 401k: buys there replace nothing. They do unless you say so.",
        show_default=False,
    ),
]
AsCsv = Annotated[bool, typer.Option("--csv", help="The sales as CSV on stdout.")]
Rows = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="Rows of a table.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        tax,
        ("trimtab tax --trades trades.csv", "all sales"),
        ("trimtab tax 2026 --trades mine.csv --trades hers.csv", "a year, from two files"),
        ("trimtab tax --trades t.csv --identical VOO,IVV,SPY", "one index is one security"),
        ("trimtab tax --trades t.csv --relief hifo --csv > sales.csv", "for a spreadsheet"),
        ("trimtab tax --trades t.csv --json | jq .totals", "for a script"),
    )


def tax(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    year: Year = None,
    trades: Trades = None,
    relief: ReliefName = "fifo",
    identical: Identical = None,
    outside: Outside = None,
    limit: Rows = 20,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> int:
    """What was sold, which losses count, and where the others went (wash sales).

    One ledger over every account of the household, IRAs included: a loss is taken away where the
    same was bought in any of them 30 days before or after (26 U.S.C. 1091). docs/tax.md tells the
    columns of the file, the rules, and what is done where the law is silent.
    """
    from bot.cli.taxing.answer import Wanted, answer, groups, kinds, method

    if not trades:
        raise WrongUse("which trades is not said", "trimtab tax --trades FILE.csv")
    if as_csv and as_json:
        raise WrongUse("--csv and --json are two forms of one answer", "ask for one of them")
    said = (method(relief), groups(identical or ()), kinds(outside or ()))
    told = answer(Wanted(tuple(trades), year, *said), _now(context.obj))
    for note in told.notes:
        tell(note)
    if as_json:
        show_json(told)
    else:
        from bot.report.tax.page import disposals_csv, page

        show(disposals_csv(told) if as_csv else page(told, limit))
    return Exit.OK


def _now(options: Options) -> "datetime":
    """The clock of the installation, where there is one: a replay stands at a day of its own."""
    from bot.cli.wiring import hands_of, read_config
    from bot.daemon.clock import SystemClock

    if options.config.exists():
        return hands_of(read_config(options.config)).clock.now()
    return SystemClock().now()
