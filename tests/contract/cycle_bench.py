"""Whole cycles for an account at any broker: the clock of its bench, a book, an owner who agrees.

``Kept`` is the account held by hand: its owner carries the tickets out as soon as they are
written, and puts the broker's new lists into the folder.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from contract_bench import ACCOUNT, MAKERS, Bench
from stage import equal_policy, session_at

from bot.book.book import Book
from bot.cycle import run_approved, run_cycle
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from brokers.broker import Broker
from brokers.manual.importer import import_fills
from brokers.settings import ManualSettings
from brokers.words import USD, Environment, Side, Symbol
from strategies.lots import ledger
from strategies.plan import Plan
from strategies.policy import Policy, WorthPolicy
from strategies.policy.target import Target

D = Decimal
NUMBER = "8412-77"
START = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)


@dataclass(slots=True)
class BenchClock:
    """The clock of a bench: who waits for a broker lets its time go by too."""

    bench: Bench

    def now(self) -> datetime:
        return self.bench.now

    def sleep(self, seconds: float) -> None:
        self.bench.wait(seconds)


def untouched() -> None:
    """Nothing befalls anything."""


@dataclass(slots=True)
class Hands:
    """What a person does around a cycle; at a broker that is spoken to, nothing."""

    environment: Environment = Environment.PAPER
    number: str | None = None
    spoil: Callable[[], None] = untouched
    """What befalls the files before they are read."""

    def before(self) -> None:
        """Put prices and lists where the program reads them."""

    def after(self) -> None:
        """Carry out what the program asks for."""


class Kept(Hands):
    """The owner of an account that is held by hand, and the folder that is kept of it."""

    PRICES = (D("70.00"), D("50.00"))

    def __init__(self, bench: Bench, folder: Path) -> None:
        """An account with cash alone."""
        super().__init__(Environment.LIVE, NUMBER)
        self.bench, self.folder = bench, folder
        self.prices = dict(zip(bench.symbols, self.PRICES, strict=True))
        self.held: dict[Symbol, Decimal] = {}
        self.cash = D(20_000)
        self.done: set[str] = set()

    def put(self, name: str, head: str, rows: list[str]) -> None:
        (self.folder / name).write_text("\n".join([head, *rows, ""]))

    def before(self) -> None:
        now, cent = self.bench.now, D("0.01")
        quotes = [f"{s},{p - cent},{p + cent},{now.isoformat()}" for s, p in self.prices.items()]
        self.put("quotes.csv", "symbol,bid,ask,time", quotes)
        days = [now.date() - timedelta(days=back) for back in range(120, 0, -1)]
        bars = [
            f"{symbol},{day},{price + place % 3},9000000"
            for symbol, price in self.prices.items()
            for place, day in enumerate(days)
        ]
        self.put("bars.csv", "symbol,day,close,volume", bars)
        empty = "" if self.held else "\n# empty account"
        positions = [f"{symbol},{quantity}" for symbol, quantity in self.held.items()]
        self.put("positions.csv", f"# account {NUMBER}{empty}\nsymbol,quantity", positions)
        self.put("cash.csv", "currency,amount", [f"USD,{self.cash}"])

    def after(self) -> None:
        rows = [self.carry_out(line) for line in self.lines() if line["key"] not in self.done]
        if rows:
            source = self.folder.parent / "trades.csv"
            source.write_text("\n".join(["symbol,side,quantity,price,fee,time,key", *rows, ""]))
            import_fills(self.folder, source, base=USD, now=self.bench.now)

    def carry_out(self, line: dict[str, str]) -> str:
        """Trade one line of a ticket at its limit."""
        self.done.add(line["key"])
        symbol, quantity, limit = Symbol(line["symbol"]), D(line["quantity"]), D(line["limit"])
        sign = Side(line["side"]).sign
        self.held[symbol] = self.held.get(symbol, D(0)) + sign * quantity
        self.cash -= sign * quantity * limit
        when = self.bench.now.isoformat()
        return f"{symbol},{line['side']},{quantity},{limit},0,{when},{line['key']}"

    def lines(self) -> list[dict[str, str]]:
        """Every line of every ticket."""
        texts = [path.read_text() for path in (self.folder / "tickets").glob("*.csv")]
        return [
            line
            for text in texts
            for line in csv.DictReader(t for t in text.splitlines() if not t.startswith("#"))
        ]


@dataclass(slots=True)
class Desk:
    """One account at one broker, its book, and who works it."""

    bench: Bench
    broker: Broker
    book: Book
    policy: Policy
    hands: Hands

    def wish(self, first: str) -> None:
        """The owner wants this share of the first name, and the rest in the other."""
        one, other = self.bench.symbols
        weights = ((one, D(first)), (other, 1 - D(first)))
        self.policy = replace(self.policy, target=Target("fixed", weights))

    def post(self) -> Post:
        session = session_at(self.bench.now)
        assert session is not None
        return Post(
            policy=self.policy,
            policy_digest="digest",
            identity=Identity(self.hands.environment, self.hands.number),
            limits=PROFILES[Profile.PERSON],
            clock=BenchClock(self.bench),
            session=session,
            lookback=session.opens - timedelta(days=13),
            step=lambda _: None,
            stopping=lambda: False,
            disk_free_mib=lambda: 10_000,
        )

    def run(self) -> Plan:
        """One cycle, an owner who agrees, and hands that carry out what is theirs to do."""
        self.hands.before()
        self.hands.spoil()
        plan = run_cycle(self.post(), self.broker, self.book)
        if self.book.plan_state(plan.plan_id) == "awaiting":
            self.book.mark_plan(plan.plan_id, "approved", "owner", "", self.bench.now)
            run_approved(self.post(), plan, self.broker, self.book)
        self.hands.after()
        return plan

    def next_day(self) -> None:
        """The same time of the next day on which the market is open."""
        self.bench.wait(86_400)
        while session_at(self.bench.now) is None:
            self.bench.wait(86_400)

    def restart(self) -> None:
        """The program was started again."""
        self.broker = self.bench.restart()

    def assert_sound(self) -> None:
        """Book and broker tell the same shares, and the same trades of as long as it tells."""
        book, told = self.book, self.broker.executions(None)
        lots = ledger(
            book.executions(ACCOUNT),
            book.transfers(ACCOUNT),
            book.corporate_actions(ACCOUNT),
            self.policy.tax.relief,
        )
        held = {each.symbol: each.quantity for each in self.broker.account().positions}
        assert {symbol: lots.quantity(symbol) for symbol in lots.lots} == held
        booked = {e.root: e.quantity for e in book.executions(ACCOUNT)}
        assert {e.root: e.quantity for e in told}.items() <= booked.items()
        today = (e for e in book.executions(ACCOUNT) if e.time.date() == self.bench.now.date())
        assert {e.root for e in today} <= {e.root for e in told}
        assert {e.key for e in told} <= {row.order.key for row in book.orders(ACCOUNT)}
        assert not book.unsettled(ACCOUNT)
        tied = book.last_tieout(ACCOUNT)
        assert tied is not None
        assert tied.ok, tied.text


def manual(folder: Path) -> Bench:
    """A folder that a person keeps."""
    place = folder / "kept"
    place.mkdir(mode=0o700)
    return Bench(ManualSettings(place), (Symbol("AAPL"), Symbol("KO")))


ALL: tuple[Callable[[Path], Bench], ...] = (*MAKERS, manual)


def desk(bench: Bench, book: Book) -> Desk:
    """The account, opened, with a wish of 60 to 40."""
    settings = bench.settings
    hands = Kept(bench, settings.folder) if isinstance(settings, ManualSettings) else Hands()
    policy = equal_policy(bench.symbols, account=ACCOUNT, worth=WorthPolicy(enabled=False))
    made = Desk(bench, bench.make_broker(), book, policy, hands)
    made.wish("0.6")
    return made
