"""Executions: those in the book, and those of a hand-kept account that are brought in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, environments, label
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Limit, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import laid_out, teach
from bot.cli.wiring import hands_of, open_book, read_config

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from brokers.words import Execution

HELP = f"""\
Executions: what changed hands, and at which price.

Newest first. Without a word behind it, it lists what is in the book; "import" brings in what was
traded by hand.

{laid_out((("trimtab fills --limit 5", "the last five"), ("trimtab fills --json", "for a script")))}
"""

fills = typer.Typer(name="fills", help=HELP, invoke_without_command=True)

Source = Annotated[
    Path, typer.Argument(metavar="FILE", help="A CSV file; docs/manual.md tells its columns.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what would be imported.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.add_typer(fills)


@fills.callback()
def list_fills(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """List them; the help of the group is what is shown."""
    if context.invoked_subcommand is not None:
        return Exit.OK
    from bot.cli.documents import FillsDocument

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    with open_book(config) as book:
        found = [(each, book.executions(each.account)[::-1][:limit]) for each in accounts]
    if as_json:
        named = {str(each.account): executions for each, executions in found}
        show_json(FillsDocument(environments(accounts), named))
    else:
        show("\n\n".join(_table(label(each), rows) for each, rows in found))
        next_step("trimtab reconcile holds the book against the broker")
    return Exit.OK


def _table(title: str, executions: "tuple[Execution, ...]") -> str:
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
    return render(Table(f"{title}: fills", columns, rows)) if rows else f"{title}: no fills yet"


def import_(
    context: typer.Context, source: Source, account: Account = None, preview: Preview = False
) -> int:
    """Bring in the fills of a hand-kept account from a CSV file.

    The same file twice changes nothing.
    """
    from brokers.manual.importer import import_fills
    from brokers.settings import ManualSettings

    options: Options = context.obj
    config = read_config(options.config)
    held = _by_hand(config, account)
    settings = held.broker
    assert isinstance(settings, ManualSettings), "it was chosen for that"
    now = hands_of(config).clock.now()
    summary = import_fills(settings.folder, source, preview=preview, base=settings.base, now=now)
    show(f"{label(held)}: {summary}")
    tell("nothing was written" if preview else "imported")
    next_step(f"trimtab reconcile --account {held.account}")
    return Exit.OK


def _by_hand(config: "Config", name: str | None) -> "AccountConfig":
    """The account that is meant: one whose broker is a person."""
    from brokers.settings import ManualSettings

    manual = [a for a in chosen(config, name) if isinstance(a.broker, ManualSettings)]
    if len(manual) == 1:
        return manual[0]
    if manual:
        names = ", ".join(account.account for account in manual)
        raise WrongUse("which account the fills belong to is not clear", f"--account: {names}")
    remedy = 'only an account with broker = "manual" takes fills from a file'
    raise WrongUse(f"{name or 'no account'} is not kept by hand", remedy)


teach(
    fills,
    import_,
    ("trimtab fills import trades.csv --preview", "what would be taken"),
    ("trimtab fills import trades.csv -a ira", "take it"),
    name="import",
)
