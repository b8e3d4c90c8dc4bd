"""A whole account on the paper exchange, for the tests of the cycle: market, clock, book, policy.

Time is a virtual clock, prices are those of a synthetic tape, the exchange and the book are real
files. What ``Relay`` passes on can be bent by a test that wants a broker to misbehave.
"""

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.book.book import Book
from bot.clock import VirtualClock
from bot.cycle import run_approved, run_cycle
from bot.limits import PROFILES, Limits, Profile
from bot.post import Identity, Post
from bot.switch import Switch
from brokers.broker import Broker
from brokers.paper.broker import PaperBroker
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.tape import Tape
from brokers.paper.venue import PaperOptions
from brokers.words import (
    AccountId,
    Bars,
    Environment,
    Instrument,
    Order,
    OrderKey,
    Quote,
    Session,
    Side,
    Symbol,
)
from strategies.lots import ledger
from strategies.plan import Plan
from strategies.policy import Mode, OrderPolicy, Policy, TaxKind, TaxPolicy
from strategies.policy.target import Target

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")
THURSDAY = datetime(2020, 3, 12, 14, 0, tzinfo=UTC)
"""10:00 in New York, half an hour after the open."""
ACCOUNT = AccountId("main")
EXACT = PaperOptions(participation=D(1), latency_ms=0)
"""Every order that can trade fills at once, as far as the minute's volume goes."""


def session_at(moment: datetime) -> Session | None:
    """09:30 to 16:00 in New York, Monday to Friday, with no holidays."""
    day = moment.astimezone(NEW_YORK).date()
    if day.weekday() > 4:
        return None
    opens, closes = (
        datetime.combine(day, hour, NEW_YORK).astimezone(UTC) for hour in (time(9, 30), time(16))
    )
    return Session(day, opens, closes) if opens <= moment < closes else None


@dataclass(frozen=True, slots=True)
class Weekdays:
    """The exchange's sessions."""

    def session_at(self, moment: datetime) -> Session | None:
        """The one that is open."""
        return session_at(moment)

    def previous_sessions(self, moment: datetime, count: int) -> tuple[Session, ...]:
        """The last ones, at this time of the day."""
        found: list[Session] = []
        while len(found) < count:
            moment -= timedelta(days=1)
            if (session := session_at(moment)) is not None:
                found.append(session)
        return tuple(reversed(found))


def names(count: int) -> list[Symbol]:
    """The first names of the synthetic market."""
    return [Symbol(f"S{number:04d}") for number in range(1, count + 1)]


def equal_policy(symbols: Sequence[Symbol], **changes: object) -> Policy:
    """Equal parts, no taxes, acting alone."""
    target = Target("equal", tuple((symbol, D(1)) for symbol in symbols))
    policy = Policy(ACCOUNT, target, mode=Mode.AUTO, tax=TaxPolicy(kind=TaxKind.ROTH))
    return replace(policy, **changes)


class Relay:
    """A broker that passes everything on; a test bends what it wants to see go wrong."""

    def __init__(self, inner: Broker) -> None:
        """Stand in front of ``inner``."""
        self.inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@dataclass(frozen=True, slots=True)
class StillTape:
    """A market whose prices stand where they were at ``moment``."""

    inner: Tape
    moment: datetime = THURSDAY
    remembers: bool = True

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of the tape."""
        return self.inner.instruments(symbols)

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        """Always the same, and always fresh."""
        found = self.inner.quotes(symbols, self.moment)
        return {symbol: replace(quote, time=at) for symbol, quote in found.items()}

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        """Those of the tape."""
        return self.inner.bars(symbols, before, days)

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        """That of the tape."""
        return self.inner.volume_rate(symbol, at)


@dataclass(slots=True)
class Stage:
    """One account: everything that a cycle needs, and what it has done so far."""

    folder: Path
    clock: VirtualClock
    paper: PaperBroker
    book: Book
    policy: Policy
    limits: Limits
    broker: Any
    steps: list[str] = field(default_factory=list)
    on_step: Callable[[str], None] = lambda _step: None
    stopping: Callable[[], bool] = lambda: False
    disk_free_mib: Callable[[], int] = lambda: 10_000
    environment: Environment = Environment.PAPER
    digest: str = "digest"
    switch: Switch = field(default_factory=Switch)

    def post(self) -> Post:
        """The post of the session that is open now."""
        session = session_at(self.clock.now())
        assert session is not None, "the exchange is closed"
        return Post(
            policy=self.policy,
            policy_digest=self.digest,
            identity=Identity(self.environment, None),
            limits=self.limits,
            clock=self.clock,
            session=session,
            lookback=session.opens - timedelta(days=13),
            step=self.step,
            stopping=self.stopping,
            disk_free_mib=self.disk_free_mib,
            folder=self.folder,
            switch=self.switch,
        )

    def step(self, name: str) -> None:
        """Remember a step, and tell who listens."""
        self.steps.append(name)
        self.on_step(name)

    def run(self) -> Plan:
        """One cycle."""
        return run_cycle(self.post(), self.broker, self.book)

    def run_later(self, seconds: float) -> Plan:
        """One cycle, a while on."""
        self.clock.sleep(seconds)
        return self.run()

    def run_with_consent(self) -> Plan:
        """One cycle, and a person who says yes where it asks."""
        plan = self.run()
        if self.book.plan_state(plan.plan_id) == "awaiting":
            self.approve(plan)
            run_approved(self.post(), plan, self.broker, self.book)
        return plan

    def approve(self, plan: Plan) -> None:
        """A person says yes."""
        self.book.mark_plan(plan.plan_id, "approved", "owner", "", self.clock.now())

    def next_day(self) -> None:
        """Half an hour after the next open."""
        self.clock.move_to(self.clock.now() + timedelta(hours=12))
        while session_at(self.clock.now() - timedelta(minutes=30)) is None:
            self.clock.move_to(self.clock.now() + timedelta(minutes=30))

    def hold(self, shares: Mapping[Symbol, Decimal], side: Side = Side.BUY) -> None:
        """Trade by hand, behind the machine's back, whatever it costs."""
        quotes = self.paper.quotes(list(shares))
        for symbol, quantity in shares.items():
            stamp = f"HAND-{self.clock.now():%m%dT%H%M%S}-{symbol}"
            far = quotes[symbol].mid * (D("1.05") if side is Side.BUY else D("0.95"))
            limit = far.quantize(D("0.01"))
            self.paper.submit(Order(OrderKey(stamp), symbol, side, quantity, limit))
        for _ in range(60):
            self.clock.sleep(60)
            if not self.paper.open_orders():
                return
        raise AssertionError("a trade by hand did not fill")

    def hold_weights(self, weights: Mapping[Symbol, Decimal], nav: Decimal) -> None:
        """Hold whole shares worth about these shares of ``nav``."""
        quotes = self.paper.quotes(list(weights))
        self.hold({s: (w * nav / quotes[s].ask).quantize(D(1)) for s, w in weights.items()})

    def held(self) -> dict[Symbol, Decimal]:
        """What the exchange says is held."""
        return {p.symbol: p.quantity for p in self.paper.account().positions}

    def cash(self) -> Decimal:
        """What the exchange says is there."""
        return self.paper.account().cash[0].amount

    def nav(self) -> Decimal:
        """Cash and shares at mid."""
        held = self.held()
        quotes = self.paper.quotes(list(held))
        return self.cash() + sum(q * quotes[s].mid for s, q in held.items())

    def weights(self) -> dict[Symbol, Decimal]:
        """Shares of NAV at mid."""
        held, nav = self.held(), self.nav()
        quotes = self.paper.quotes(list(held))
        return {s: q * quotes[s].mid / nav for s, q in held.items()}

    def close(self) -> None:
        """Let go of both files."""
        self.book.close()
        self.paper.close()


@dataclass(frozen=True, slots=True)
class Setting:
    """How a stage is set."""

    cash: Decimal = Decimal(100_000)
    profile: Profile = Profile.PERSON
    options: PaperOptions = EXACT
    start: datetime = THURSDAY
    tape: Tape | None = None
    relay: Callable[[Broker], Any] = Relay


MakeStage = Callable[..., Stage]
"""Sets a stage: so many names, or a policy, and how it is set."""


def set_stage(
    folder: Path,
    template: Path,
    policy: Policy,
    setting: Setting | None = None,
    book: Book | None = None,
) -> Stage:
    """An account in ``folder``, new or as it was left there; ``template`` is an empty book."""
    setting = setting or Setting()
    folder.mkdir(exist_ok=True)
    if not (folder / "book.db").exists():
        shutil.copy(template, folder / "book.db")
    clock = VirtualClock(setting.start)
    tape = setting.tape or synthetic_tape(len(policy.target.weights), seed=1)
    options = replace(setting.options, cash=setting.cash)
    paper = PaperBroker(folder / "ledger.db", tape, clock.now, session_at, ACCOUNT, options)
    return Stage(
        folder=folder,
        clock=clock,
        paper=paper,
        book=book or Book.open(folder / "book.db", upgrade=False),
        policy=policy,
        limits=PROFILES[setting.profile],
        broker=setting.relay(paper),
    )


def assert_sound(stage: Stage) -> None:
    """Nothing lost, nothing repeated, nothing owed: read from both files, not from their rooms."""
    book = sqlite3.connect(stage.folder / "book.db")
    exchange = sqlite3.connect(stage.folder / "ledger.db")
    try:
        _assert_orders(book, exchange)
        _assert_never_in_debt(exchange)
        _assert_same_executions(book, exchange)
        _assert_lots(stage, exchange)
    finally:
        book.close()
        exchange.close()


Rows = list[tuple[Any, ...]]


def rows(database: sqlite3.Connection, query: str) -> Rows:
    """What the file itself says."""
    return database.execute(query).fetchall()


def _assert_orders(book: sqlite3.Connection, exchange: sqlite3.Connection) -> None:
    placed = rows(exchange, "SELECT key, placed_at FROM orders WHERE key NOT LIKE 'HAND-%'")
    assert len({key for key, _ in placed}) == len(placed), "one order at the broker per key"
    intents = {
        key: row
        for key, *row in rows(book, "SELECT key, created, plan_id, leg, replaces FROM intents")
    }
    for key, at in placed:
        assert key in intents, f"{key} was sent without an intent"
        assert intents[key][0] <= at, f"{key} was sent before its intent"
    _assert_one_at_a_time([(key, *intents[key]) for key, _ in placed], exchange)
    sent = {key for (key,) in rows(book, "SELECT key FROM order_events WHERE kind = 'sent'")}
    assert {key for key, _ in placed} <= sent, "an order left before the book knew"


def _assert_one_at_a_time(sent: Rows, exchange: sqlite3.Connection) -> None:
    """Of the orders of one leg each but the first takes the place of one that was over before."""
    last: dict[tuple[Any, ...], str] = {}
    ends = dict(rows(exchange, "SELECT key, cancel_at FROM orders"))
    whole = {key for (key,) in rows(exchange, "SELECT key FROM orders WHERE status = 'filled'")}
    traded = dict(rows(exchange, "SELECT key, max(time) FROM executions GROUP BY key"))
    for key, created, plan_id, leg, replaces in sent:
        before = last.get((plan_id, leg))
        assert replaces == before, "two orders were sent for one leg of a plan"
        if before is not None:
            assert before in whole or (ends[before] and ends[before] <= created), "two were live"
            assert traded.get(before, "") <= created, "the one before it traded on"
        last[plan_id, leg] = key


def _assert_never_in_debt(exchange: sqlite3.Connection) -> None:
    cash, shares = Decimal(0), dict[str, Decimal]()
    events: Rows = rows(exchange, "SELECT time, 0, '', 'flow', '0', '0', amount FROM flows")
    events += rows(exchange, "SELECT time, seq, symbol, side, quantity, price, fee FROM executions")
    for _, _, symbol, side, quantity, price, amount in sorted(events):
        sign = {"flow": 0, "buy": 1, "sell": -1}[side]
        moved = sign * Decimal(quantity)
        fee = Decimal(amount) if sign else -Decimal(amount)
        cash -= moved * Decimal(price) + fee
        shares[symbol] = shares.get(symbol, Decimal(0)) + moved
        assert cash >= 0, "cash was spent that was not there"
        assert shares[symbol] >= 0, f"{symbol} was sold short"


def _assert_same_executions(book: sqlite3.Connection, exchange: sqlite3.Connection) -> None:
    ours = {row[0]: row[1:] for row in rows(book, "SELECT root, key, quantity FROM executions")}
    theirs = rows(exchange, "SELECT seq, key, quantity FROM executions")
    assert len(ours) == len(theirs), "an execution is missing in the book"
    for seq, key, quantity in theirs:
        known = ours[f"E{seq:08d}"]
        assert (known[0], Decimal(known[1])) == (key, Decimal(quantity))


def _assert_lots(stage: Stage, exchange: sqlite3.Connection) -> None:
    executions = stage.book.executions(ACCOUNT)
    transfers = stage.book.transfers(ACCOUNT)
    lots = ledger(executions, transfers, (), stage.policy.tax.relief)
    summed: dict[Symbol, Decimal] = {}
    for symbol, side, quantity in rows(exchange, "SELECT symbol, side, quantity FROM executions"):
        sign = 1 if side == "buy" else -1
        summed[symbol] = summed.get(symbol, Decimal(0)) + sign * Decimal(quantity)
    assert stage.held() == {symbol: held for symbol, held in summed.items() if held}
    for symbol, held in summed.items():
        moved = sum(t.quantity for t in transfers if t.symbol == symbol)
        assert lots.quantity(symbol) == held + moved


def quick(seconds: int = 600) -> OrderPolicy:
    """Orders that are given up after ``seconds``."""
    return OrderPolicy(work_seconds=seconds)
