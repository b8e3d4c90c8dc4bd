"""Care for the book: upgrade, backup, check, restore."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import label
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options, Reason
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.stopping import Who, named
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, hands_of, open_office, read_config

if TYPE_CHECKING:
    from bot.cli.wiring import Hands
    from bot.rounds import Desk, Office

Folder = Annotated[
    Path, typer.Option("--folder", metavar="FOLDER", help="Where the copy goes; it is made.")
]

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="A backup of this book.")]

db = typer.Typer(name="db", help="Care for the book: upgrade, backup, check, restore.")


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
            "run: trimtab halt; then trimtab db restore FILE, with the last backup that is sound",
        )
        return Exit.REFUSED
    next_step("trimtab db backup")
    return Exit.OK


def restore(context: typer.Context, file: Backup, who: Who = "") -> int:
    """Put a backup in the place of the book, once it is proven sound.

    The old book is kept beside it. A backup has forgotten what was sent since it was made, so the
    restored book sends nothing until it was rebuilt from the broker: trimtab reconcile, and then
    trimtab db accept. A book on a PostgreSQL server is restored by that server's own tool; the
    command for it is shown.
    """
    from bot.book import restoring
    from bot.daemon.lock import hold

    options: Options = context.obj
    config = read_config(options.config)
    person, now = named(who), hands_of(config).clock.now()
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with hold(config.state_dir / LOCK):
        done = restoring.restore(config.book_url, file, person, now)
    if done.kept is not None:
        tell(f"the book that was there is kept: {done.kept}")
    show(str(done.book))
    next_step("trimtab reconcile, then trimtab db accept: until then nothing is sent")
    return Exit.OK


def accept(context: typer.Context, reason: Reason = "", who: Who = "") -> int:
    """Let a restored book send again, once it agrees with the broker in every account.

    What happened at the broker is written down first, as trimtab reconcile does.
    """
    options: Options = context.obj
    config = read_config(options.config)
    person, hands = named(who), hands_of(config)
    if not reason.strip():
        raise WrongUse("nobody said why", 'say it: trimtab db accept --reason "..."')
    with open_office(config, hands, config.accounts) as (office, desks):
        if differing := [desk for desk in desks if _differs(desk, office, hands)]:
            complain(
                f"{label(differing[0].config)}: book and broker differ",
                "explain it, or book it: trimtab reconcile --adopt; then accept",
            )
            return Exit.REFUSED
        office.book.origin.accept(person, reason, hands.clock.now())
    tell("this is the book now; orders may leave again")
    next_step("trimtab plan")
    return Exit.OK


def _differs(desk: "Desk", office: "Office", hands: "Hands") -> bool:
    from bot.cli.safety import compare

    return bool(compare(desk, office, hands))


teach(db, upgrade, ("trimtab db upgrade", "after a new version was installed"))
teach(db, backup, ("trimtab db backup --folder /mnt/safe", "to another disk"))
teach(db, check, ("trimtab -q db check && echo sound", "for a script"))
teach(db, restore, ("trimtab db restore backups/trimtab-20260302T150000Z.db", "after a loss"))
teach(db, accept, ('trimtab db accept --reason "disk replaced"', "once all agrees"))
