"""Executions: those in the book, and those of a hand-kept account that are brought in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Limit, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.wiring import open_book, read_config, real_hands

if TYPE_CHECKING:
    from brokers.words import Execution

fills = typer.Typer(name="fills", help="Executions in the book.", invoke_without_command=True)

Source = Annotated[Path, typer.Argument(help="A CSV file; docs/manual.md tells its columns.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what would be imported.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.add_typer(fills)


@fills.callback()
def list_fills(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """Executions, newest first.

    Example: trimtab fills --limit 5
    """
    if context.invoked_subcommand is not None:
        return Exit.OK
    options: Options = context.obj
    config = read_config(options.config)
    names = [a.account for a in config.accounts if account in {None, a.account}]
    with open_book(config) as book:
        found = {name: book.executions(name)[::-1][:limit] for name in names}
    if as_json:
        show_json("fills", accounts=found)
        return Exit.OK
    for name, executions in found.items():
        show(_table(name, executions))
    return Exit.OK


def _table(name: str, executions: "tuple[Execution, ...]") -> str:
    from bot.report.amounts import price, quantity
    from bot.report.tables import Align, Column, Table
    from bot.report.text import render

    columns = (
        Column("time UTC", Align.LEFT),
        Column("side", Align.LEFT),
        Column("symbol", Align.LEFT),
        Column("quantity"),
        Column("price"),
        Column("fees"),
        Column("order", Align.LEFT),
    )
    rows = tuple(
        (
            f"{e.time:%Y-%m-%d %H:%M}",
            e.side.value,
            e.symbol,
            quantity(e.quantity),
            price(e.price),
            price(e.fee),
            e.key or "not ours",
        )
        for e in executions
    )
    return render(Table(f"Fills of {name}", columns, rows)) if rows else f"{name}: no fills yet"


@fills.command("import")
def import_(
    context: typer.Context, source: Source, account: Account = None, preview: Preview = False
) -> int:
    """Bring the fills of a hand-kept account in from a CSV file.

    Example: trimtab fills import trades.csv --account ira --preview
    """
    from brokers.manual.importer import import_fills
    from brokers.settings import ManualSettings

    options: Options = context.obj
    config = read_config(options.config)
    manual = [
        a
        for a in config.accounts
        if isinstance(a.broker, ManualSettings) and account in {None, a.account}
    ]
    if len(manual) != 1:
        raise typer.BadParameter('name one account with broker = "manual" by --account')
    settings = manual[0].broker
    assert isinstance(settings, ManualSettings)
    now = real_hands().clock.now()
    summary = import_fills(settings.folder, source, preview=preview, base=settings.base, now=now)
    show(str(summary))
    tell("nothing was written" if preview else "imported")
    next_step(f"trimtab reconcile --account {manual[0].account}")
    return Exit.OK
