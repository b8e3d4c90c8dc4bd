"""Strikes a real cycle at every step, one after the other, and lets the next one find out.

Run as a program: ``killing.py FOLDER CASE BLOW`` takes FOLDER/template (an exchange with an
account, an empty book), and for each step of a cycle makes FOLDER/NNN, where a child process ran a
cycle until it was struck at that step, and another ran the next slot to its end. The blow is a
``kill``, or a ``full`` disk from that step on. Children are forks of this process, which has
loaded everything already. FOLDER/steps.json names the steps.
"""

import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stage import (
    EXACT,
    D,
    Relay,
    Setting,
    Stage,
    StillTape,
    equal_policy,
    names,
    quick,
    set_stage,
)

import strategies.proposal  # noqa: F401  # loaded once, here, and not by every child
from bot.book.errors import BookError
from bot.limits import Limits
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.venue import PaperOptions
from strategies.policy import Bands, Policy
from strategies.policy.working import WorkingPolicy

SLOT = timedelta(hours=1)
WEIGHTS = ("0.19", "0.14", "0.185", "0.145", "0.175", "0.155")
ACTS = frozenset({"submit", "cancel"})
WRITES = frozenset(
    {"bind", "record", "keep", "keep_snapshot", "keep_tieout", "mark_plan", "intend", "note"}
)

STILL = StillTape(synthetic_tape(6, seed=1))
NARROW = Bands(absolute=D("0.02"), relative=None, single=D("0.02"))
"""A small drift brings the whole account back: many orders, little turnover."""

TWO_STEPS = WorkingPolicy(steps=2, step_seconds=5)
"""First at the near touch, where nothing trades, then at the far one."""

CASES: dict[str, tuple[Policy, PaperOptions, frozenset[str]]] = {
    "quick, coarse": (equal_policy(names(6), bands=NARROW), EXACT, frozenset()),
    "quick": (equal_policy(names(6), bands=NARROW), EXACT, WRITES),
    "slow": (
        equal_policy(names(6), bands=NARROW, orders=quick(5)),
        PaperOptions(participation=D("0.002"), latency_ms=1000),
        frozenset(),
    ),
    "slow, worked": (
        equal_policy(names(6), bands=NARROW, orders=replace(quick(30), working=TWO_STEPS)),
        EXACT,
        frozenset(),
    ),
}
"""Everything fills at once, told by step or by each commit too; or hardly anything fills; or only
the second price does."""


class Told:
    """Stands before a broker or a book, and tells of each act once it is done.

    Between two acts nothing changes on the disk, so this is as fine as a sweep can be.
    """

    def __init__(self, inner: object, acts: frozenset[str], tell: Callable[[str], None]) -> None:
        """Pass everything on to ``inner``."""
        self._inner = inner
        self._acts = acts
        self._tell = tell

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        if name not in self._acts:
            return found

        def act(*args: object, **named: object) -> object:
            result = found(*args, **named)
            self._tell(f"did {name}")
            return result

        return act


def _patient(limits: Limits) -> Limits:
    """What was interrupted is mended the same day, however much of it is taken back."""
    return replace(limits, reversal_weight_max=D(1), repeats_per_session=9)


def open_stage(folder: Path, case: str, at: datetime) -> Stage:
    """The account in ``folder`` at a moment; ``at`` is on the exchange's clock."""
    policy, options, _ = CASES[case]
    setting = Setting(options=options, start=at, tape=STILL)
    stage = set_stage(folder, folder / "book.db", policy, setting)
    stage.limits = _patient(stage.limits)
    stage.broker = Told(Elsewhere(stage.paper), ACTS, stage.step)
    return stage


def make_template(folder: Path, book: Path, case: str) -> datetime:
    """An account that has something to mend, and a book that has never seen it."""
    policy, *_ = CASES[case]
    stage = set_stage(folder, book, policy, Setting(options=EXACT, tape=STILL))
    stage.hold_weights(dict(zip(names(6), map(D, WEIGHTS), strict=True)), D(100_000))
    now = stage.clock.now()
    stage.close()
    return now


def cycle(folder: Path, case: str, at: datetime, on_step: Callable[[str], None]) -> list[str]:
    """One cycle, telling of every step, every act and every commit."""
    stage = open_stage(folder, case, at)
    stage.on_step = on_step
    stage.book = Told(stage.book, CASES[case][2], stage.step)
    stage.run()
    stage.close()
    return stage.steps


def in_child(act: Callable[[], object]) -> int:
    """Do it in a fork of this process; its exit status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    act()
    os._exit(0)


Blow = Callable[[], None]


def kill() -> None:
    """As suddenly as a process can die."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill_disk() -> None:
    """From now on nothing more fits into any file."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


class Elsewhere(Relay):
    """The exchange has a disk of its own, which is not full."""

    def __getattr__(self, name: str) -> object:
        found = getattr(self.inner, name)
        return self._with_room(found) if callable(found) else found

    def _with_room(self, act: Callable[..., object]) -> Callable[..., object]:
        def spared(*args: object, **named: object) -> object:
            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, before[1]))
            try:
                return act(*args, **named)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)

        return spared


def strike_at(number: int, blow: Blow) -> Callable[[str], None]:
    """Strikes at step ``number``."""
    count = iter(range(10_000))

    def on_step(_name: str) -> None:
        if next(count) == number:
            blow()

    return on_step


def struck(place: Path, case: str, at: datetime, number: int, blow: Blow) -> None:
    """One cycle that is struck; what it said when it could not go on."""
    try:
        cycle(place, case, at, strike_at(number, blow))
    except BookError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        (place / "error").write_text(str(error))


BLOWS: dict[str, Blow] = {"kill": kill, "full": fill_disk}


def places(case: str, steps: list[str]) -> range:
    """At which steps a case is struck: all of them; the worked one while its sales are replaced."""
    if "worked" not in case:
        return range(len(steps))
    first = next(n for n, step in enumerate(steps) if step.startswith("replacing"))
    return range(first - 1, steps.index("wave done"))


def sweep(folder: Path, case: str, blow: str) -> None:
    """Every step in turn."""
    at = datetime.fromisoformat((folder / "template" / "time").read_text())
    trial, steps = folder / "trial", folder / "steps.json"
    shutil.copytree(folder / "template", trial)

    # in this process, so that its children find everything loaded and warm
    steps.write_text(json.dumps(cycle(trial, case, at, lambda _step: None)))
    for number in places(case, json.loads(steps.read_text())):
        place = folder / f"{number:03d}"
        shutil.copytree(folder / "template", place)
        first = in_child(partial(struck, place, case, at, number, BLOWS[blow]))
        (place / "first").write_text(str(first))
        later = in_child(partial(cycle, place, case, at + SLOT, lambda _step: None))
        (place / "outcome").write_text(str(later))


if __name__ == "__main__":
    sweep(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
