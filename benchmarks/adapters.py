"""What a broker's adapter costs: 500 positions and quotes, and whether a burst keeps the pace.

Run ``python -m benchmarks.adapters [adapters] [runs] [names]``. Each adapter speaks, through the
real client library, to its stand-in in a process of its own, so the time of this process is ours
alone: what we and the library compute, and not what we wait for. Price histories are in the book,
as they are on every day but the first. Unsaid, ibkr is left out: at its pace a run takes a minute.
"""

import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from pathlib import Path
from statistics import median
from string import ascii_uppercase

from benchmarks.cycle import ACCOUNT, policy_of, session_at
from bot.book.book import Book
from bot.cycle import prepare
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from brokers.broker import Accepted, Broker
from brokers.connect import open_alpaca, open_ibkr
from brokers.settings import AlpacaSettings, IbkrSettings
from brokers.words import Bars, Environment, Order, OrderKey, Side, Symbol
from strategies.policy import Mode, Policy
from strategies.policy.target import Target

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))  # the stand-ins live there

D = Decimal
THURSDAY = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
BURST = 500
ALPACA_PER_MINUTE, IB_PER_SECOND = 200, 50


def names_of(count: int) -> list[Symbol]:
    """AAA, AAB and so on: what every broker takes for a symbol."""
    letters = map("".join, product(ascii_uppercase, repeat=3))
    return [Symbol(name) for name in islice(letters, count)]


def quotes_of(count: int) -> dict[str, tuple[Decimal, Decimal]]:
    """A cent wide, from 50 dollars upwards."""
    return {s: (D(50) + n, D(50) + n + D("0.01")) for n, s in enumerate(names_of(count))}


@dataclass(slots=True)
class Since:
    """A clock that two processes share: Thursday morning, and the seconds since ``begun``."""

    begun: float

    def now(self) -> datetime:
        """The moment."""
        return THURSDAY + timedelta(seconds=time.monotonic() - self.begun)

    def sleep(self, seconds: float) -> None:
        """Nobody waits for fills here."""
        raise AssertionError(f"nothing here waits {seconds} seconds")


@dataclass(slots=True)
class Stamps:
    """A clock in seconds that remembers when it was asked: the stand-in asks at each request."""

    clock: Callable[[], float] = time.monotonic
    asked: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """The seconds, which are remembered."""
        self.asked.append(self.clock())
        return self.asked[-1]

    def peak(self, window: float) -> int:
        """Most of them within ``window`` seconds."""
        inside, most = deque[float](), 0
        for stamp in self.asked:
            inside.append(stamp)
            while inside[0] <= stamp - window:
                inside.popleft()
            most = max(most, len(inside))
        return most


def serve(kind: str, begun: float, names: int) -> None:
    """Be the stand-in: say the port, and at the end of input what was counted."""
    stamps = Stamps()
    clock = Since(begun)
    if kind == "alpaca":
        from standins.alpaca_model import AlpacaModel
        from standins.alpaca_server import AlpacaServer

        model = AlpacaModel(clock.now, quotes_of(names), cash=D(10_000_000))
        model.positions = dict.fromkeys(names_of(names), D(10))
        server = AlpacaServer(model)
        print(server.url.rsplit(":", 1)[1], flush=True)
    else:
        from standins.tws_book import Holding
        from standins.tws_model import TwsModel
        from standins.tws_server import TwsServer

        books = TwsModel(clock.now, quotes_of(names), cash=D(10_000_000))
        held = books.books.accounts["DU1234567"].holdings
        held.update({each.con_id: Holding(each, D(10), D(700)) for each in books.listings})
        gateway = TwsServer(books)
        gateway.seconds, gateway.per_second = stamps, IB_PER_SECOND
        print(gateway.port, flush=True)
    sys.stdin.read()
    print(stamps.peak(1.0), flush=True)


@contextmanager
def standin(kind: str, begun: float, names: int) -> Iterator[tuple[int, Callable[[], int]]]:
    """The port of a stand-in in another process, and what ends it and tells its peak."""
    command = [sys.executable, "-m", "benchmarks.adapters", "serve", kind, str(begun), str(names)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - ours
    assert process.stdout is not None

    def peak() -> int:
        told, _ = process.communicate("")
        return int(told)

    try:
        yield int(process.stdout.readline()), peak
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def secret(name: str) -> str:
    """The keys of the stand-in."""
    from standins.alpaca_server import key_of

    return key_of(name)


def open_one(kind: str, port: int, clock: Since) -> Broker:
    """The account, through the real library."""
    if kind == "alpaca":
        url = f"http://127.0.0.1:{port}"
        settings = AlpacaSettings(trading_url=url, data_url=url, timeout_seconds=60)
        return open_alpaca(ACCOUNT, settings, clock.now, secret)
    gateway = IbkrSettings(port=port, timeout_seconds=60)
    return open_ibkr(ACCOUNT, gateway, clock.now, session_at, secret)


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


def burst_at_alpaca() -> tuple[int, int, float]:
    """500 orders as fast as they are taken: most in a minute, refused with 429, minutes.

    The clock is virtual: waiting for the next minute takes no time.
    """
    from standins.alpaca_model import AlpacaModel
    from standins.alpaca_server import AlpacaServer

    from bot.clock import VirtualClock
    from brokers.alpaca.broker import AlpacaBroker
    from brokers.alpaca.pace import Pace, Timing

    clock = VirtualClock(THURSDAY)
    seconds = lambda: clock.now().timestamp()  # noqa: E731
    model = AlpacaModel(clock.now, quotes_of(1), cash=D(10_000_000))
    with AlpacaServer(model) as server:
        stamps = Stamps(seconds)
        server.per_minute, server.seconds = ALPACA_PER_MINUTE, stamps
        pace = lambda: Pace(ALPACA_PER_MINUTE, seconds, clock.sleep)  # noqa: E731
        settings = AlpacaSettings(trading_url=server.url, data_url=server.url)
        timing = Timing(clock.now, time.monotonic, pace)
        broker = AlpacaBroker(settings, ACCOUNT, timing, secret)
        for number in range(BURST):
            while not isinstance(broker.submit(order(number)), Accepted):
                clock.sleep(1)
        assert len(model.orders) == BURST
        broker.close()
        minutes = (clock.now() - THURSDAY).total_seconds() / 60
        return stamps.peak(60.0), server.limited, minutes


def order(number: int) -> Order:
    """One share, far below the market."""
    return Order(OrderKey(f"k{number}"), names_of(1)[0], Side.BUY, D(1), D(10))


def burst_at_ib() -> tuple[int, float]:
    """The same at TWS, in real time: most messages in a second, and seconds."""
    clock = Since(time.monotonic())
    with standin("ibkr", clock.begun, 1) as (port, peak):
        broker = open_one("ibkr", port, clock)
        broker.account()
        begun = time.perf_counter()
        for number in range(BURST):
            assert isinstance(broker.submit(order(number)), Accepted)
        taken = time.perf_counter() - begun
        broker.close()  # type: ignore[attr-defined]
        return peak(), taken


def report(kind: str, watch: Watch, names: int) -> None:
    """One table."""
    print(f"{kind}: {names} names, {len(watch.wall[FETCHED])} runs")
    print(f"{'ms, median':56}{'in all':>10}{'waiting':>10}{'our own':>10}")
    for what in (FETCHED, TIED, SEEN):
        wall, own = median(watch.wall[what]), median(watch.own[what])
        print(f"  {what:54}{wall:10.1f}{max(wall - own, 0):10.1f}{own:10.1f}")


def main(kinds: str = "paper,alpaca", runs: int = 5, names: int = 500) -> None:
    """Read at every adapter, and then send a burst."""
    for kind in kinds.split(","):
        watch = paper(runs, names) if kind == "paper" else snapshots(kind, runs, names)
        report(kind, watch, names)
    if "alpaca" in kinds:
        most, refused, minutes = burst_at_alpaca()
        print(f"alpaca: {BURST} orders in {minutes:.1f} minutes (virtual), at most {most} requests")
        print(f"  in any minute of {ALPACA_PER_MINUTE}; {refused} answered with 429")
    if "ibkr" in kinds:
        peak, seconds = burst_at_ib()
        print(f"ibkr: {BURST} orders in {seconds:.1f} s, at most {peak} messages in any second")
        print(f"  of {IB_PER_SECOND}")


if __name__ == "__main__":
    told = sys.argv[1:]
    if told[:1] == ["serve"]:
        serve(told[1], float(told[2]), int(told[3]))
    else:
        main(*told[:1], *map(int, told[1:]))
