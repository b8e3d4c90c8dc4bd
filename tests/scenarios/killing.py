"""Strikes a real cycle at every step, one after the other, and lets the next one find out.

Run as a program: ``killing.py FOLDER CASE BLOW`` makes FOLDER/template (an exchange with an
account, an empty book), and for each step of a cycle copies it to FOLDER/here, where a child
process runs a cycle until it is struck at that step, and another the next slot to its end, and
looks whether all is well. The blow is a ``kill``, or a ``full`` disk from that step on. Children
are forks of this process, which has loaded everything and asked every question of a book once.
FOLDER/steps.json names the steps, FOLDER/outcomes.json says what came of each blow.
"""

import json
import os
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection, Engine, event
from stage import (
    EXACT,
    D,
    Relay,
    Setting,
    Stage,
    StillTape,
    assert_sound,
    equal_policy,
    names,
    quick,
    set_stage,
)

import strategies.proposal  # noqa: F401  # loaded once, here, and not by every child
from bot.book.book import Book
from bot.book.engine import BUSY_SECONDS, locate
from bot.book.errors import BookError
from bot.book.leases import Leases
from bot.book.maintain import upgrade
from bot.book.opening import open_engine
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.venue import PaperOptions
from brokers.words import AccountId
from strategies.plan import Hold
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

    Between two acts nothing changes on the disk, so this is as fine as a sweep of them can be;
    ``tell_commits`` tells of what is in the middle of one.
    """

    doing: ClassVar[str] = "lease"
    """The act that is under way; ``lease`` where it is none of ours."""

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
            Told.doing = name
            result = found(*args, **named)
            Told.doing = "lease"
            self._tell(f"did {name}")
            return result

        return act


class ToldBook(Told):
    """Before a book: it also tells when the lease of an account is held."""

    @property
    def leases(self) -> "ToldLeases":
        """Those of the book."""
        return ToldLeases(self._inner.leases, self._tell)


class ToldLeases(Relay):
    """Before the leases of a book."""

    def __init__(self, inner: Leases, tell: Callable[[str], None]) -> None:
        """Pass everything on to ``inner``."""
        super().__init__(inner)
        self._tell = tell

    @contextmanager
    def held(self, account: AccountId, clock: Callable[[], datetime]) -> Iterator[None]:
        """Hold it, and say so."""
        with self.inner.held(account, clock):
            self._tell("lease held")
            yield


def tell_commits(tell: Callable[[str], None]) -> None:
    """Tell of each transaction that writes when all is said and nothing is kept yet."""

    @event.listens_for(Engine, "commit")
    def within(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            tell(f"within {Told.doing}")


FRESH = 4
"""One book in so many is opened anew by a child."""


@dataclass(slots=True)
class Warm:
    """An engine that has been asked everything, for a book that is always at the same place."""

    engine: Engine | None = None
    opened: int = 0

    def open(self, book: str) -> Book:
        """The book; every ``FRESH``th time as a new process opens it, with all that is checked."""
        self.opened += 1
        if self.engine is None or self.opened % FRESH == 0:
            return Book.open(book, upgrade=False)
        return Book(self.engine, locate(book))

    def learn(self, book: str) -> None:
        """From now on books are opened by this engine; it holds no connection when it is idle."""
        self.engine = open_engine(locate(book), upgrade=False, busy_seconds=BUSY_SECONDS)


WARM = Warm()


def open_stage(folder: Path, case: str, at: datetime) -> Stage:
    """The account in ``folder`` at a moment; ``at`` is on the exchange's clock."""
    policy, options, _ = CASES[case]
    setting = Setting(options=options, start=at, tape=STILL)
    book = folder / "book.db"
    stage = set_stage(folder, book, policy, setting, WARM.open(str(book)))
    stage.broker = Told(Elsewhere(stage.paper), ACTS, stage.step)
    return stage


def make_template(folder: Path, case: str) -> datetime:
    """An account that has something to mend, and a book that has never seen it."""
    policy, *_ = CASES[case]
    upgrade(folder.with_name("empty.db"))
    setting = Setting(options=EXACT, tape=STILL)
    stage = set_stage(folder, folder.with_name("empty.db"), policy, setting)
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
    status = 1
    try:
        act()
        status = 0
    finally:  # a fork must never go on as its parent
        if status:
            traceback.print_exc()
        os._exit(status)


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


def recovered(place: Path, case: str, at: datetime) -> None:
    """The next slot, which asks nobody, and after which all is as it should be."""
    stage = open_stage(place, case, at)
    stage.run()
    assert_recovered(stage)
    replaced = any(row.replaces for row in stage.book.orders(limit=1000))
    if case != "slow":  # where hardly anything fills there is always something left
        assert isinstance(stage.run_later(60).decision, Hold)
    (place / "replaced").write_text(str(int(replaced)))
    stage.close()


def assert_recovered(stage: Stage) -> None:
    """The exchange and the book agree, and no plan and no order is left hanging."""
    assert_sound(stage)
    account = stage.policy.account
    assert not stage.book.unsettled(account)
    assert not stage.paper.open_orders()
    states = [row.state for row in stage.book.plans(account)]
    assert set(states) <= {"proposed", "finished", "void"}, states
    tieout = stage.book.last_tieout(account)
    assert tieout is not None
    assert tieout.ok
    assert not stage.book.halted(account)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a blow: exit statuses of the cycle that was struck and of the next one."""

    step: str
    first: int
    later: int
    error: str = ""
    replaced: bool = False


BLOWS: dict[str, Blow] = {"kill": kill, "full": fill_disk}


def places(case: str, steps: list[str]) -> range:
    """At which steps a case is struck: all of them; the worked one while its sales are replaced."""
    if "worked" not in case:
        return range(len(steps))
    first = next(n for n, step in enumerate(steps) if step.startswith("replacing"))
    return range(first - 1, steps.index("wave done"))


def sweep(folder: Path, case: str, blow: str) -> list[Outcome]:
    """Every step in turn."""
    at, here = make_template(folder / "template", case), folder / "here"
    shutil.copytree(folder / "template", here)
    WARM.learn(str(here / "book.db"))
    steps = cycle(here, case, at, lambda _step: None)  # in this process, which thereby knows it
    (folder / "steps.json").write_text(json.dumps(steps))
    outcomes = []
    for number in places(case, steps):
        shutil.rmtree(here)
        shutil.copytree(folder / "template", here)
        WARM.opened += 2  # what children add is forgotten
        first = in_child(partial(struck, here, case, at, number, BLOWS[blow]))
        later = in_child(partial(recovered, here, case, at + SLOT))
        told = {name: _told(here / name) for name in ("error", "replaced")}
        outcomes.append(
            Outcome(steps[number], first, later, told["error"], told["replaced"] == "1")
        )
    return outcomes


def _told(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def main(folder: Path, case: str, blow: str) -> None:
    """Sweep, and say what came of it."""
    folder.mkdir(exist_ok=True)
    outcomes = [asdict(each) for each in sweep(folder, case, blow)]
    (folder / "outcomes.json").write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
