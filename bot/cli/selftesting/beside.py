"""The trials at the stand-ins, in processes beside the plays: one for each broker.

``python -m bot.cli.selftesting.beside BROKER SECONDS`` is such a process; it tells each trial on a
line as soon as it is over. A process of its own, since the plays fill a disk and stop a clock.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bot.cli.selftesting.checkout import (
    BROKERS,
    END_SECONDS,
    PACKAGE,
    NoStandin,
    Standin,
    find_checkout,
    standin,
)

if TYPE_CHECKING:
    from bot.daemon.sessions import Sessions
    from bot.report.selftest import AtBroker

LAST_WORDS_SECONDS = 15.0
"""How long the trial that is under way when the time is over may still take."""

LOOK_SECONDS = 0.05
ENDED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Running:
    """A process, and the files that hold what it says: a pipe could be full."""

    broker: str
    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def end(self) -> None:
        """Have it let go of all that it has started, and end."""
        if self.is_over():
            return
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def told(self) -> "AtBroker":
        """What it has found."""
        from bot.report.selftest import AtBroker, Fate, Trial

        name, library = BROKERS[self.broker]
        head, *rows = [json.loads(line) for line in _lines(self.out)] or [{"cases": []}]
        trials = [Trial(row["case"], Fate(row["fate"]), tuple(row["wrong"])) for row in rows]
        done = {trial.case for trial in trials}
        left = [Trial(case, Fate.NOT_TRIED, ()) for case in head["cases"] if case not in done]
        is_well = self.process.returncode in {0, ENDED, -signal.SIGTERM}
        why = "" if is_well else (_lines(self.err) or ["it died without a word"])[-1].strip()
        return AtBroker(name, library, (*trials, *left), why)


def _lines(file: Path) -> list[str]:
    """All whole lines: of one that was being written as the process was ended there is a part."""
    return [line for line in file.read_text("utf-8").splitlines(keepends=True) if "\n" in line]


@dataclass(frozen=True, slots=True)
class Beside:
    """The processes beside this one; none where there is no checkout."""

    running: tuple[Running, ...]

    def results(self, seconds: float, stop: threading.Event) -> "tuple[AtBroker, ...]":
        """What each has found, once it is over; who takes longer than ``seconds`` is ended."""
        waited = 0.0
        while waited < seconds and not all(each.is_over() for each in self.running):
            if stop.wait(LOOK_SECONDS):
                break
            waited += LOOK_SECONDS
        for each in self.running:
            each.end()
        return tuple(each.told() for each in self.running)


@contextmanager
def beside(checkout: Path | None, seconds: float) -> Iterator[Beside]:
    """A process for each broker; none of them begins a trial later than ``seconds`` from now."""
    from bot.cli.selftesting.plays import folder_apart

    with ExitStack() as stack:
        folder = Path(stack.enter_context(folder_apart()))
        brokers = () if checkout is None else tuple(BROKERS)
        running = tuple(_start(folder, broker, seconds) for broker in brokers)
        for each in running:
            stack.callback(each.end)
        yield Beside(running)


def _start(folder: Path, broker: str, seconds: float) -> Running:
    """In a session of its own: who interrupts the selftest does not interrupt this one."""
    out, err = folder / f"{broker}.out", folder / f"{broker}.err"
    with out.open("wb") as said, err.open("wb") as complained:
        process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-m", "bot.cli.selftesting.beside", broker, str(seconds)],
            cwd=PACKAGE.parent,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            start_new_session=True,
        )
    return Running(broker, process, out, err)


def run(broker: str, seconds: float, out: IO[str]) -> None:
    """Try everything that can befall an account at ``broker``, as far as the time goes."""
    from bot.cli.selftesting.plays import empty_book, folder_apart
    from bot.daemon.clock import SystemClock
    from bot.daemon.sessions import Sessions

    checkout, clock = find_checkout(), SystemClock()
    assert checkout is not None, "whoever starts this has found it"
    begun = clock.now()
    with folder_apart() as folder, standin(checkout, broker) as there:
        cases = there.cases()
        _say(out, {"cases": [case for case, _ in cases]})
        empty = empty_book(Path(folder))
        sessions = Sessions("XNYS", datetime(2020, 3, 1, tzinfo=UTC))
        for number, (case, holding) in enumerate(cases):
            if (clock.now() - begun).total_seconds() >= seconds:
                return
            place = Path(folder) / str(number)
            _say(out, _trial(there, case, place, empty, sessions, holding=holding))


def _trial(
    there: Standin,
    case: str,
    place: Path,
    empty: Path,
    sessions: "Sessions",
    *,
    holding: bool,
) -> dict[str, object]:
    from bot.book.errors import BookError
    from bot.cli.selftesting.trials import attempt, new_place
    from bot.report.selftest import Fate

    try:
        end = attempt(there, case, new_place(place, empty), sessions, holding=holding)
    except (BookError, NoStandin) as error:
        return {"case": case, "fate": Fate.FAILED, "wrong": [f"{type(error).__name__}: {error}"]}
    fate = Fate.FAILED if end.wrong else Fate.SURVIVED if end.struck else Fate.NOT_MET
    return {"case": case, "fate": fate, "wrong": list(end.wrong)}


def _say(out: IO[str], told: dict[str, object]) -> None:
    print(json.dumps(told), file=out, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    run(sys.argv[1], float(sys.argv[2]), sys.stdout)
