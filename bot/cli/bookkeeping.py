"""Care for the book: upgrade, backup, check."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson, Options
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.wiring import read_config, real_hands

Folder = Annotated[Path, typer.Option("--folder", help="Where the copy goes.")]

db = typer.Typer(name="db", help="Care for the book.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.add_typer(db)


@db.command()
def upgrade(context: typer.Context) -> int:
    """Bring the book to this version's form; what it holds stays.

    Example: trimtab db upgrade
    """
    from bot.book import maintain

    options: Options = context.obj
    url = read_config(options.config).book_url
    done = maintain.upgrade(url)
    tell(f"the book is at version {done.after} (before: {done.before or 'there was none'})")
    next_step("trimtab db check")
    return Exit.OK


@db.command()
def backup(context: typer.Context, folder: Folder = Path("backups")) -> int:
    """Copy the book while it is in use, and prove that the copy opens.

    Example: trimtab db backup --folder /mnt/safe
    """
    from bot.book import maintain

    options: Options = context.obj
    url = read_config(options.config).book_url
    copy = maintain.backup(url, folder, real_hands().clock.now())
    show(str(copy))
    next_step("keep it on another disk")
    return Exit.OK


@db.command()
def check(context: typer.Context, as_json: AsJson = False) -> int:
    """Look through the whole book for anything that cannot be.

    Example: trimtab db check && echo sound
    """
    from bot.book import maintain

    options: Options = context.obj
    findings = maintain.check(read_config(options.config).book_url)
    if as_json:
        show_json("db-check", findings=findings)
    else:
        show("\n".join(f"{f.rule}: {f.detail}" for f in findings) or "the book is sound")
    if findings:
        complain(f"{len(findings)} findings", "halt, and restore the last backup beside this book")
        return Exit.REFUSED
    return Exit.OK
