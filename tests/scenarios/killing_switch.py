"""Throws the kill switch at random moments of a cycle that carries a plan out, and looks what left.

Run as a program: ``killing_switch.py FOLDER SEED COUNT`` makes FOLDER/trials.json. The flag goes up
in another process, as a person would do it: the file, then the wait for an order that is on its
way. Moments are even over the time that carrying out takes when nobody stops it, one in ten even
over the whole cycle. Times are of the monotonic clock, which all processes of a machine share.
"""

import json
import os
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import IO

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

import strategies.proposal  # noqa: F401  # loaded once, before the clock runs
from bot.book.book import Book
from bot.book.maintain import upgrade
from bot.cycle import run_approved
from bot.reconcile import Refusal
from bot.switch import STATES, Switch, barrier, raise_flag
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.venue import PaperOptions
from brokers.words import Order, OrderKey, Side
from strategies.plan import Plan
from strategies.policy import Bands, Mode, Policy

COUNT = 8
"""Names that are traded; the owner has an order of his own in one more."""

STILL = StillTape(synthetic_tape(COUNT + 1, seed=1))
NARROW = Bands(absolute=D("0.003"), relative=None, single=D("0.003"))
SLOW = PaperOptions(participation=D("0.002"), latency_ms=1000)
HIS = OrderKey("HAND-OF-THE-OWNER")
BARRIER_SECONDS = 20.0

CASES: dict[str, tuple[PaperOptions, int]] = {"quick": (EXACT, 600), "slow": (SLOW, 60)}
"""How fast orders fill, and how many seconds they are worked."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one throw of the switch came to. Times are seconds since the flag was up."""

    case: str
    state: str
    moment: float
    """When it was to go up, in seconds since the cycle began or began to carry out."""
    up_after: float
    """Seconds that it took to go up."""
    quiet: float
    """When whoever threw it knew that nothing leaves any more."""
    is_quiet: bool
    sent_before: int
    sent_on_the_way: int
    """Orders whose last look was over when the flag came up."""
    sent_after: int
    """Orders that left when whoever threw the switch had been told that none does."""
    last_sent: float
    """When the last order left; 0 where none did after the flag was up."""
    done: float
    """When every order was cancelled and that was confirmed; 0 where all was over before."""
    left_open: int
    his_is_open: bool
    unsettled: int
    plan: str
    later: str
    """What the next cycle, after a restart, says; empty where none was run."""


class Watched(Relay):
    """Tells when each order left."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.sent: list[float] = []

    def submit(self, order: Order) -> object:
        self.sent.append(time.monotonic())
        return self.inner.submit(order)


def policy_of(case: str) -> Policy:
    return equal_policy(names(COUNT), bands=NARROW, mode=Mode.APPROVE, orders=quick(CASES[case][1]))


def open_stage(folder: Path, case: str, at: datetime, book: Book | None = None) -> Stage:
    setting = Setting(options=CASES[case][0], start=at, tape=STILL, relay=Watched)
    return set_stage(folder, folder / "book.db", policy_of(case), setting, book)


def make_template(folder: Path, case: str, empty: Path) -> tuple[Plan, datetime]:
    """An account whose plan of many orders was approved, and an order that the owner sent."""
    setting = Setting(options=EXACT, tape=STILL, relay=Watched)
    stage = set_stage(folder, empty, policy_of(case), setting)
    uneven = (D("0.9"), D("1.1"))
    stage.hold_weights(
        {s: D("0.97") / COUNT * uneven[n % 2] for n, s in enumerate(names(COUNT))}, D(100_000)
    )
    his = names(COUNT + 1)[-1]
    far = (stage.paper.quotes([his])[his].bid / 2).quantize(D("0.01"))
    stage.paper.submit(Order(HIS, his, Side.BUY, Decimal(1), far))
    plan = stage.run()
    assert len(plan.legs) == COUNT, plan.decision
    stage.approve(plan)
    now = stage.clock.now()
    stage.close()
    return plan, now


def killer(orders: IO[str], answers: IO[str]) -> None:
    """Throws the switch when told: folder, state and seconds a line."""
    pause = threading.Event()
    for line in orders:
        folder, state, seconds = line.split("\t")
        pause.wait(float(seconds))
        before = time.monotonic()
        raise_flag(Path(folder), STATES[int(state)], "a random moment")
        up = time.monotonic()
        is_quiet = barrier(Path(folder), BARRIER_SECONDS, pause.wait)
        answers.write(f"{before} {up} {time.monotonic()} {int(is_quiet)}\n")
        answers.flush()


def start_killer() -> tuple[IO[str], IO[str]]:
    """A process that throws switches: where it is told, and where it answers."""
    told, tell = os.pipe()
    said, say = os.pipe()
    if os.fork() == 0:
        os.close(tell)
        killer(os.fdopen(told), os.fdopen(say, "w"))
        os._exit(0)
    os.close(told)
    os.close(say)
    return os.fdopen(tell, "w"), os.fdopen(said)


def carried_out(stage: Stage, plan: Plan, folder: Path) -> float:
    """The approved plan, carried out under a switch; when it was over."""
    stage.switch = Switch(folder)
    stage.on_step("begun")
    with suppress(Refusal):  # it came before the first order
        run_approved(stage.post(), plan, stage.broker, stage.book)
    return time.monotonic()


def open_at_the_exchange(folder: Path) -> list[str]:
    """What the exchange's own file says."""
    exchange = sqlite3.connect(folder / "ledger.db")
    rows = exchange.execute("SELECT key FROM orders WHERE status = 'open'").fetchall()
    exchange.close()
    return [key for (key,) in rows]


def restarted(folder: Path, case: str, at: datetime) -> str:
    """What the next cycle says, in a process that has just begun."""
    stage = open_stage(folder, case, at)
    try:
        stage.switch = Switch(folder)
        stage.run()
    except Refusal as refusal:
        return str(refusal)
    finally:
        stage.close()
    return f"{len(stage.broker.sent)} sent"


@dataclass(frozen=True, slots=True)
class Throw:
    """When the switch is thrown: so many seconds after a step of a cycle."""

    case: str
    state: int
    step: str
    seconds: float
    is_restarted: bool


class Bench:
    """One case, set up anew for each trial in the same place, with the same open book.

    Opening a book costs more than a trial, and most of that is learning its queries.
    """

    def __init__(self, folder: Path, case: str) -> None:
        self.template, self.case = folder / case, case
        self.place = folder / f"{case} trial"
        self.plan, self.now = make_template(self.template, case, folder / "empty.db")
        self.stage: Stage | None = None

    def set(self) -> Stage:
        """The account as it was before, open."""
        if self.stage is not None:
            self.stage.close()
            shutil.rmtree(self.place)
        shutil.copytree(self.template, self.place)
        fresh = open_stage(self.place, self.case, self.now, self.stage and self.stage.book)
        self.stage = fresh
        return fresh

    def lasts(self) -> dict[str, float]:
        """How long the cycle takes from its beginning, and from when it carries out."""
        since = dict[str, float]()
        for _ in range(2):  # the first one warms up
            stage = self.set()
            stage.on_step = lambda step: since.update({step: time.monotonic()})
            over = carried_out(stage, self.plan, self.place)
        return {step: over - since[step] for step in ("begun", "started")}


def thrown(bench: Bench, throw: Throw, wires: tuple[IO[str], IO[str]]) -> Trial:
    """One trial."""
    plan, folder, stage = bench.plan, bench.place, bench.set()

    def on_step(step: str) -> None:
        if step == throw.step:
            wires[0].write(f"{folder}\t{throw.state}\t{throw.seconds}\n")
            wires[0].flush()

    stage.on_step = on_step
    over = carried_out(stage, plan, folder)
    answer = wires[1].readline().split()
    before, up, quiet = map(float, answer[:3])
    sent = stage.broker.sent
    unsettled = len(stage.book.unsettled(stage.policy.account))
    ended = str(stage.book.plan_state(plan.plan_id))
    at = stage.clock.now()
    still = open_at_the_exchange(folder)
    return Trial(
        case=throw.case,
        state=STATES[throw.state],
        moment=throw.seconds,
        up_after=up - before,
        quiet=quiet - up,
        is_quiet=answer[3] == "1",
        sent_before=sum(each <= up for each in sent),
        sent_on_the_way=sum(up < each <= quiet for each in sent),
        sent_after=sum(each > quiet for each in sent),
        last_sent=max(0.0, max(sent, default=up) - up),
        done=max(0.0, over - up),
        left_open=sum(key.startswith("TT-") for key in still),
        his_is_open=HIS in still,
        unsettled=unsettled,
        plan=ended,
        later=restarted(folder, throw.case, at) if throw.is_restarted else "",
    )


def run(folder: Path, seed: int, count: int, tell: Callable[[str], None]) -> None:
    """``count`` trials, one after the other."""
    random, trials = Random(seed), list[Trial]()  # noqa: S311 moments, no secrets
    upgrade(folder / "empty.db")
    wires = start_killer()
    benches = {case: Bench(folder, case) for case in CASES}
    spans = {case: bench.lasts() for case, bench in benches.items()}
    for number in range(count):
        case = random.choice(list(CASES))
        step = "begun" if number % 10 == 9 else "started"
        seconds = random.random() * spans[case][step]
        throw = Throw(case, random.choice((2, 3)), step, seconds, number % 5 == 4)
        trials.append(thrown(benches[case], throw, wires))
        if number % 500 == 499:
            tell(f"{number + 1} of {count}\n")
    wires[0].close()
    (folder / "trials.json").write_text(json.dumps([asdict(trial) for trial in trials]))


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.stdout.write)
