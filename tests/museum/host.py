"""A process that has imported everything: from it children are forked, a mutant each.

A child forgets what has to do with its mutant, imports that anew, plays its days, and leaves what
was seen. So it begins at once; one that had to import everything would take seconds.
"""

import json
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from museum.finder import mutate, touched
from museum.mutants import Days, Edit

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one
CPU_SECONDS = 30
"""After so much work a child that does not come to an end is stopped."""

WARM = """
alembic.command alembic.config alembic.script charset_normalizer email.mime.text
exchange_calendars jinja2 numpy pandas pydantic scipy.linalg smtplib sqlalchemy
sqlalchemy.dialects.sqlite unittest bot.book.book bot.cli.service bot.config.digest
bot.config.read bot.cycle bot.daemon.fastforward bot.halting bot.rounds brokers.connect
brokers.paper.broker brokers.paper.faults.broker brokers.paper.faults.disk museum.strike
"""


def main() -> None:
    """Answer requests, a line of JSON each: {"edits": [...], "days": {...}}."""
    for name in WARM.split():
        import_module(name)
    place = MEMORY if MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="trimtab-museum-", dir=place) as name:
        folder = Path(name)
        _child(_prepare, folder)
        touched(set())  # so that each file is read once
        for line in sys.stdin:
            request = json.loads(line)
            edits = tuple(Edit(**edit) for edit in request["edits"])
            answer = _child(_strike, folder, edits, Days(**request["days"]))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _child(act: Callable[..., None], folder: Path, *given: object) -> dict[str, object]:
    """What a child leaves in the folder; how it died where it leaves nothing."""
    told, cries, begun = folder / "told", folder / "cries", _spent()
    told.unlink(missing_ok=True)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_apart, args=(act, folder, cries, given))
    child.start()
    child.join()
    answer = json.loads(told.read_text()) if told.exists() else {}
    if child.exitcode:
        last = [*cries.read_text().strip().splitlines(), f"ended with {child.exitcode}"]
        answer = {"died": last[-2] if len(last) > 1 else last[-1]}
    return answer | {"seconds": round(_spent() - begun, 2)}


def _spent() -> float:
    """Seconds of processor that all children have had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _apart(act: Callable[..., None], folder: Path, cries: Path, given: Sequence[object]) -> None:
    """In the child."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with cries.open("w") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    act(folder, *given)


def _prepare(folder: Path) -> None:
    from bot.book.book import Book
    from museum.strike import sessions_of

    Book.open(folder / "empty.db", upgrade=True).close()
    sessions_of(folder)


def _strike(folder: Path, edits: Sequence[Edit], days: Days) -> None:
    mutate(edits)
    from museum.strike import strike

    (folder / "told").write_text(json.dumps(strike(days, folder)))


if __name__ == "__main__":
    main()
