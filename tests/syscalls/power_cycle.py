"""Two real cycles in a process of its own, whose journal is written back ever so often.

    power_cycle.py folder template

After each commit the mirror is told; after some of them another connection copies the journal into
the book (a passive checkpoint), as SQLite does by itself in a longer life, so that the journal also
begins anew. Standard output: ``finished PLAN PLAN``.
"""

import sqlite3
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from stage import Setting, Stage, equal_policy, names, set_stage
from typing_extensions import override

from bot.book.book import Book
from bot.book.chain import Link
from bot.book.mirror import Mirror
from bot.book.origin import Beside

COPIES_EVERY = 7
"""Commits from one checkpoint to the next."""


class Copying(Mirror):
    """The mirror, and a checkpoint now and then."""

    book = Path()

    @override
    def keep(self, link: Link) -> None:
        super().keep(link)
        if link.seq % COPIES_EVERY == 0:
            with closing(sqlite3.connect(self.book, isolation_level=None)) as other:
                other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def opened(folder: Path, template: Path, kind: type[Mirror] = Mirror) -> Stage:
    """The account in ``folder``, its book with the mirror beside it."""
    setting = Setting(cash=Decimal(100_000))
    stage = set_stage(folder, template, equal_policy(names(4)), setting)
    stage.book.close()
    mirror = kind(folder / "book.mark", stage.clock.now)
    if isinstance(mirror, Copying):
        mirror.book = folder / "book.db"
    stage.book = Book.open(folder / "book.db", upgrade=False, beside=Beside(mirror))
    return stage


def main(folder: Path, template: Path) -> str:
    """The first allocation, and a look ten minutes later."""
    stage = opened(folder, template, Copying)
    plans = [stage.run_with_consent().plan_id]
    stage.clock.sleep(600)
    plans.append(stage.run_with_consent().plan_id)
    stage.close()
    return " ".join(("finished", *plans))


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1]), Path(sys.argv[2])) + "\n")
