"""Care for the book: upgrade, backup, check."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson, Options
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import hands_of, read_config

Folder = Annotated[
    Path, typer.Option("--folder", metavar="FOLDER", help="Where the copy goes; it is made.")
]

db = typer.Typer(name="db", help="Care for the book: upgrade, backup, check.")


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.add_typer(db, no_args_is_help=True)


def upgrade(context: typer.Context) -> int:
    """Bring the book to this version's form; what it holds stays.

    Verbs that write do so by themselves where that is safe.
    """
    from bot.book import maintain

    options: Options = context.obj
    done = maintain.upgrade(read_config(options.config).book_url)
    tell(f"the book is at version {done.after} (before: {done.before or 'there was none'})")
    next_step("trimtab db check")
    return Exit.OK


def backup(context: typer.Context, folder: Folder = Path("backups")) -> int:
    """Copy the book while it is in use, and prove that the copy opens.

    Prints where the copy is. A book on a PostgreSQL server is copied by that server's own tool;
    the command for it is shown.
    """
    from bot.book import maintain

    options: Options = context.obj
    config = read_config(options.config)
    show(str(maintain.backup(config.book_url, folder, hands_of(config).clock.now())))
    next_step("keep it on another disk")
    return Exit.OK


def check(context: typer.Context, as_json: AsJson = False) -> int:
    """Look through the whole book for anything that cannot be."""
    from bot.book import maintain
    from bot.cli.documents import DbCheckDocument

    options: Options = context.obj
    findings = tuple(maintain.check(read_config(options.config).book_url))
    if as_json:
        show_json(DbCheckDocument(findings))
    else:
        show("\n".join(f"{f.rule}: {f.detail}" for f in findings) or "the book is sound")
    if findings:
        complain(
            f"the book contradicts itself in {len(findings)} places",
            "run: trimtab halt; then restore the last backup beside this book, and compare",
        )
        return Exit.REFUSED
    next_step("trimtab db backup")
    return Exit.OK


teach(db, upgrade, ("trimtab db upgrade", "after a new version was installed"))
teach(db, backup, ("trimtab db backup --folder /mnt/safe", "to another disk"))
teach(db, check, ("trimtab -q db check && echo sound", "for a script"))
