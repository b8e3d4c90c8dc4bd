"""One real cycle on the paper exchange, in a process of its own whose disk may fail.

    disk_cycle.py folder template seconds

``seconds`` is how late it is since the tests' Thursday. Standard output: ``finished PLAN``, or the
name of the error that the book ended it with.
"""

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from stage import Setting, Stage, equal_policy, names, set_stage

from bot.book.book import Book
from bot.book.errors import BookError
from bot.book.mirror import Mirror
from bot.book.origin import Beside
from bot.book.reserve import Reserve, reserve_path


def at(folder: Path, template: Path, seconds: float) -> Stage:
    """The account in ``folder``, its book with all that is kept beside it."""
    setting = Setting(cash=Decimal(100_000))
    stage = set_stage(folder, template, equal_policy(names(5)), setting)
    stage.book.close()
    stage.clock.sleep(timedelta(seconds=seconds).total_seconds())
    mirror = Mirror(folder / "book.mark", stage.clock.now)
    beside = Beside(mirror, Reserve(reserve_path(folder / "book.db")))
    stage.book = Book.open(folder / "book.db", upgrade=False, beside=beside)
    return stage


def main(folder: Path, template: Path, seconds: float) -> str:
    """A cycle with its owner's consent."""
    try:
        stage = at(folder, template, seconds)
        return f"finished {stage.run_with_consent().plan_id}"
    except BookError as error:
        return type(error).__name__


if __name__ == "__main__":
    said = main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
    sys.stdout.write(said + "\n")
