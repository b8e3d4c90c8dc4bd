"""``trimtab selftest``: which bugs of other bots this installation survives."""

import resource
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson
from bot.cli.screen import complain, next_step, show, show_json, tell
from bot.cli.teach import teach

if TYPE_CHECKING:
    from bot.cli.selftesting.bugs import Bug
    from bot.cli.selftesting.plays import Ended
    from bot.daemon.sessions import Sessions
    from bot.report.selftest import SelfTest, Survival

Seconds = Annotated[
    float, typer.Option("--seconds", metavar="N", min=1, help="When no further play is begun.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Another one: other faults.")]

Say = Callable[[str], None]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        selftest,
        ("trimtab selftest", "within a minute; no account, no network"),
        ("trimtab selftest --seconds 10", "as far as ten seconds go"),
        ("trimtab selftest --seed 7 --json > selftest.json", "for a script"),
    )


def selftest(seconds: Seconds = 60, seed: Seed = 1, as_json: AsJson = False) -> int:
    """Play what killed other bots, and see whether this one survives.

    The daemon's own work on the embedded exchange, on a virtual clock, with faults on: lost
    orders, lost answers, crashes, a full disk, corrections, splits. In a source checkout also
    through the real libraries of the brokers, against stand-in servers on loopback, at the same
    time. In a temporary folder; your book and your accounts are not touched. Leaves with 0 where
    all that was played was survived, else with 1. The same seed does the same again.
    """
    from bot.daemon.signals import stop_on_signals
    from bot.report.selftest import page

    stop = threading.Event()
    with stop_on_signals(stop), _line() as say:
        told = _play_all(seconds, seed, say, stop)
    if as_json:
        show_json(told)
    else:
        show(page(told))
    return leave(told, seconds, interrupted=stop.is_set())


def leave(told: "SelfTest", seconds: float, *, interrupted: bool) -> int:
    """The exit code, and what to do next."""
    from bot.report.selftest import Fate

    if interrupted:
        complain("interrupted; nothing was left behind", "run it again")
        return Exit.INTERRUPTED
    if not told.passed:
        complain("this installation does not survive all of it", "report it, with the seed")
        return Exit.FAILED
    fates = [bug.fate for bug in told.bugs]
    fates += [trial.fate for at in told.brokers for trial in at.trials]
    if Fate.NOT_TRIED in fates:
        tell("the time was over before all of them were played")
        next_step(f"trimtab selftest --seconds {seconds * 2:g}")
    return Exit.OK


@contextmanager
def _line() -> Iterator[Say]:
    """A progress line that is redrawn in place; silent where nobody would see it."""
    from bot.cli.demo_screen import wants_cursor
    from bot.cli.searching.bar import Redrawn

    if not wants_cursor():
        yield lambda _text: None
        return
    with Redrawn(sys.stderr) as drawn:
        yield drawn.draw


def _play_all(seconds: float, seed: int, say: Say, stop: threading.Event) -> "SelfTest":
    from bot.cli.selftesting.beside import LAST_WORDS_SECONDS, beside
    from bot.cli.selftesting.checkout import find_checkout
    from bot.daemon.clock import SystemClock
    from bot.report.selftest import Fate, SelfTest

    clock = SystemClock()
    begun = clock.now()

    def left() -> float:
        return seconds - (clock.now() - begun).total_seconds()

    checkout = find_checkout()
    with beside(checkout, seconds) as others:
        found = _plays(seed, say, lambda: stop.is_set() or left() <= 0)
        say("selftest: the stand-ins of brokers")
        brokers = others.results(left() + LAST_WORDS_SECONDS, stop)
    ended = [end for _, end in found if end is not None]
    bugs = tuple(bug for bug, _ in found)
    return SelfTest(
        passed=all(b.fate is not Fate.FAILED for b in bugs) and all(at.passed for at in brokers),
        seed=seed,
        seconds=round(seconds - left(), 1),
        processor_seconds=round(_processor_seconds(), 1),
        sessions=sum(end.sessions for end in ended),
        orders=sum(end.orders for end in ended),
        faults=sum(end.faults for end in ended),
        restarts=sum(end.restarts for end in ended),
        bugs=bugs,
        brokers=brokers,
        left_out="" if checkout is not None else "not a source checkout",
    )


def _processor_seconds() -> float:
    """What this process and those that it has started have taken so far."""
    took = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in took)


def _plays(
    seed: int, say: Say, is_over: Callable[[], bool]
) -> "list[tuple[Survival, Ended | None]]":
    """Every bug, the first of them in any case; those for which no time is left are not tried."""
    from bot.cli.selftesting.bugs import BUGS
    from bot.cli.selftesting.plays import empty_book, folder_apart
    from bot.daemon.sessions import Sessions

    found: list[tuple[Survival, Ended | None]] = []
    with folder_apart() as folder:
        empty = empty_book(Path(folder))
        sessions = Sessions("XNYS", datetime(2024, 3, 1, tzinfo=UTC))
        for number, bug in enumerate(BUGS):
            if found and is_over():
                found.append((_untried(bug), None))
                continue
            say(f"selftest: {number + 1} of {len(BUGS)}, {bug.cited}: {bug.what}")
            found.append(_tried(number, empty, bug, seed, sessions))
    return found


def _tried(
    number: int, empty: Path, bug: "Bug", seed: int, sessions: "Sessions"
) -> "tuple[Survival, Ended]":
    from bot.cli.selftesting.plays import perform
    from bot.report.selftest import Fate, Survival

    folder = empty.with_name(str(number))
    folder.mkdir()
    end = perform(folder, empty, bug, seed * 1000 + number, sessions)
    shutil.rmtree(folder)
    fate = Fate.FAILED if end.wrong else Fate.SURVIVED if end.faults else Fate.NOT_MET
    told = Survival(bug.cited, bug.what, bug.kinds, fate, end.faults, end.orders, end.wrong)
    return told, end


def _untried(bug: "Bug") -> "Survival":
    from bot.report.selftest import Fate, Survival

    return Survival(bug.cited, bug.what, bug.kinds, Fate.NOT_TRIED, 0, 0, ())
