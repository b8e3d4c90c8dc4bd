"""Positions and quotes of an account, fetched, parsed, and made into what a cycle plans from."""

import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from benchmarks.adapters.world import THURSDAY, Since, names_of, open_one, standin
from benchmarks.cycle import ACCOUNT, policy_of, session_at
from bot.book.book import Book
from bot.cycle import prepare
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from brokers.broker import Broker
from brokers.words import Bars, Environment, Symbol
from strategies.policy import Mode, Policy
from strategies.policy.target import Target

D = Decimal


class WithHistories:
    """A broker of whose price histories another source tells."""

    def __init__(self, broker: Broker, names: Iterable[Symbol]) -> None:
        """A year of bars for every name."""
        self.broker = broker
        weekdays = (THURSDAY.date() - timedelta(days=back) for back in range(365, 0, -1))
        days = tuple(day for day in weekdays if day.weekday() < 5)
        closes = tuple(50 + n % 7 / 10 for n in range(len(days)))
        volumes = (5e6,) * len(days)
        self.told = {
            s: Bars(s, days, closes, volumes, source="bench", consolidated=True) for s in names
        }

    def bars(self, symbols: Sequence[Symbol], days: int) -> dict[Symbol, Bars]:
        """A year, whatever was asked for."""
        del days
        return {symbol: self.told[symbol] for symbol in symbols}

    def __getattr__(self, name: str) -> object:
        return getattr(self.broker, name)


class Enough(Exception):
    """What was to be measured is over."""


@dataclass(slots=True)
class Watch:
    """Milliseconds on the wall and of our own processor time, by what was done."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    own: dict[str, list[float]] = field(default_factory=dict)
    since: tuple[float, float] = (0.0, 0.0)

    def start(self) -> None:
        """From here on."""
        self.since = time.perf_counter(), time.process_time()

    def stop(self, what: str) -> None:
        """To here, it was this."""
        wall, own = time.perf_counter() - self.since[0], time.process_time() - self.since[1]
        self.wall.setdefault(what, []).append(wall * 1000)
        self.own.setdefault(what, []).append(own * 1000)


FETCHED = "positions and quotes, fetched and parsed"
TIED = "positions again, held against the book, which is told"
SEEN = "quotes again, instruments, histories, lots: a Snapshot"


def look(broker: Broker, book: Book, clock: Since, policy: Policy, watch: Watch) -> None:
    """Read both once alone, and once as a cycle does."""
    symbols = [symbol for symbol, _ in policy.target.weights]
    watch.start()
    state, quotes = broker.account(), broker.quotes(symbols)
    watch.stop(FETCHED)
    assert len(state.positions) == len(quotes) == len(symbols), (len(state.positions), len(quotes))

    def step(name: str) -> None:
        if name == "tying out":
            watch.start()
        elif name == "observing":
            watch.stop(TIED)
            watch.start()
        elif name == "planning":
            watch.stop(SEEN)
            raise Enough

    session = session_at(clock.now())
    assert session is not None
    post = Post(
        policy=policy,
        policy_digest="bench",
        identity=Identity(Environment.PAPER, None),
        limits=PROFILES[Profile.DESK],
        clock=clock,
        session=session,
        lookback=session.opens - timedelta(days=13),
        step=step,
        stopping=lambda: False,
        disk_free_mib=lambda: 10_000,
    )
    try:
        prepare(post, broker, book)
    except Enough:
        return


def snapshots(kind: str, runs: int, names: int) -> Watch:
    """What reading everything takes; the first time, with all that is then remembered, apart."""
    clock, watch = Since(time.monotonic()), Watch()
    policy = policy_of(1, Mode.PROPOSE)
    policy = Policy(
        ACCOUNT, Target("equal", tuple((s, D(1)) for s in names_of(names))), tax=policy.tax
    )
    with tempfile.TemporaryDirectory() as place, standin(kind, clock.begun, names) as (port, _):
        broker = open_one(kind, port, clock)
        seen: Broker = WithHistories(broker, names_of(names))  # type: ignore[assignment]
        with Book.open(Path(place) / "book.db", upgrade=True) as book:
            look(seen, book, clock, policy, Watch())
            for _ in range(runs):
                look(seen, book, clock, policy, watch)
        broker.close()  # type: ignore[attr-defined]
    return watch


def paper(runs: int, names: int) -> Watch:
    """The same at the embedded exchange, which is in this process: all of it is our own time."""
    from benchmarks.cycle import make_template, open_account, post_of, symbols
    from brokers.paper.synthetic import synthetic_tape

    tape, watch = synthetic_tape(names, seed=1), Watch()
    policy = policy_of(names, Mode.PROPOSE)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "account"
        account = open_account(folder, tape, make_template(folder, tape, names))
        post = post_of(account, policy, lambda _: None)
        clock = Since(time.monotonic() - (post.clock.now() - THURSDAY).total_seconds())
        for _ in range(runs):
            look(account.broker, account.book, clock, policy, watch)
        assert len(symbols(names)) == names
        account.close()
    return watch


def report(kind: str, watch: Watch, names: int) -> None:
    """One table."""
    print(f"{kind}: {names} names, {len(watch.wall[FETCHED])} runs")
    print(f"{'ms, median':56}{'in all':>10}{'waiting':>10}{'our own':>10}")
    for what in (FETCHED, TIED, SEEN):
        wall, own = median(watch.wall[what]), median(watch.own[what])
        print(f"  {what:54}{wall:10.1f}{max(wall - own, 0):10.1f}{own:10.1f}")
