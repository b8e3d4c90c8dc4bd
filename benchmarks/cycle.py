"""How long a full cycle takes at 500 positions, from the exchange's files to acknowledged orders.

Run ``python benchmarks/cycle.py [runs] [names]``. The account is real to the cycle: positions,
quotes and bars come from the paper exchange (its ledger file and a synthetic market), the plan and
every order go through the real book, each commit synced to the disk. Only the clock is virtual,
so that waiting for fills costs nothing. Every run starts from a copy of the same files.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

from bot.book.book import Book
from bot.book.maintain import upgrade
from bot.clock import VirtualClock
from bot.cycle import prepare, run_cycle
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post, Step
from brokers.paper.broker import PaperBroker
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.tape import Tape
from brokers.paper.venue import PaperOptions
from brokers.words import AccountId, Environment, Order, OrderKey, Session, Side, Symbol
from strategies.policy import Mode, Policy, TaxKind, TaxPolicy, WorthPolicy
from strategies.policy.target import Target

ACCOUNT = AccountId("bench")
NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2020, 3, 12, 14, 0, tzinfo=UTC)
NAV = Decimal(10_000_000)
HEAVY, LIGHT = Decimal("1.3"), Decimal("0.7")
"""Every other name weighs so much more, and so much less, than it should."""
WARM_UP = 3
PHASES = (
    ("catching up", "what happened since is in the book"),
    ("tying out", "book and broker agree"),
    ("observing", "account, quotes, bars, lots"),
    ("planning", "the judgement"),
    ("keeping the plan", "the plan is committed"),
    ("planned", "limits opened, intents of the sells committed"),
    ("intended", "sells sent and acknowledged, each on its own commits"),
)


def session_at(moment: datetime) -> Session | None:
    """09:30 to 16:00 in New York, every day."""
    day = moment.astimezone(NEW_YORK).date()
    opens, closes = (
        datetime.combine(day, hour, NEW_YORK).astimezone(UTC) for hour in (time(9, 30), time(16))
    )
    return Session(day, opens, closes) if opens <= moment < closes else None


def symbols(names: int) -> list[Symbol]:
    """All names of the market."""
    return [Symbol(f"S{number:04d}") for number in range(1, names + 1)]


def policy_of(names: int, mode: Mode) -> Policy:
    """Equal parts of all names, rebalanced whatever it gains."""
    return Policy(
        ACCOUNT,
        Target("equal", tuple((symbol, Decimal(1)) for symbol in symbols(names))),
        mode=mode,
        worth=WorthPolicy(enabled=False),
        tax=TaxPolicy(kind=TaxKind.TAXABLE),
    )


@dataclass(frozen=True, slots=True)
class Account:
    """An account on the files of one folder."""

    clock: VirtualClock
    broker: PaperBroker
    book: Book

    def close(self) -> None:
        """Let go of the files."""
        self.book.close()
        self.broker.close()


def open_account(folder: Path, tape: Tape, at: datetime) -> Account:
    """The account in ``folder``, at a moment."""
    clock = VirtualClock(at)
    options = PaperOptions(cash=NAV, participation=Decimal(1), latency_ms=0)
    broker = PaperBroker(folder / "ledger.db", tape, clock.now, session_at, ACCOUNT, options)
    return Account(clock, broker, Book.open(folder / "book.db", upgrade=False))


def post_of(account: Account, policy: Policy, step: Step) -> Post:
    """A desk's limits; nothing else is in the way."""
    session = session_at(account.clock.now())
    assert session is not None
    return Post(
        policy=policy,
        policy_digest="bench",
        identity=Identity(Environment.PAPER, None),
        limits=PROFILES[Profile.DESK],
        clock=account.clock,
        session=session,
        lookback=session.opens - timedelta(days=13),
        step=step,
        stopping=lambda: False,
        disk_free_mib=lambda: 10_000,
    )


def make_template(folder: Path, tape: Tape, names: int) -> datetime:
    """Buy the positions, and let the book meet them; the time when that is done."""
    folder.mkdir()
    upgrade(folder / "book.db")
    account = open_account(folder, tape, START)
    quotes = account.broker.quotes(symbols(names))
    part = NAV * Decimal("0.99") / names
    for number, symbol in enumerate(symbols(names)):
        ask = quotes[symbol].ask
        quantity = (part * (HEAVY if number % 2 else LIGHT) / ask).quantize(Decimal(1))
        order = Order(OrderKey(f"HAND-{symbol}"), symbol, Side.BUY, quantity, ask)
        account.broker.submit(order)
    account.clock.sleep(3600)
    prepare(post_of(account, policy_of(names, Mode.PROPOSE), lambda _step: None), *market(account))
    account.clock.sleep(60)
    account.close()
    return account.clock.now()


def market(account: Account) -> tuple[PaperBroker, Book]:
    """Whom a plan is made from."""
    return account.broker, account.book


@dataclass(frozen=True, slots=True)
class Run:
    """Milliseconds since the cycle began at each of its steps, and its orders."""

    at: tuple[tuple[str, float], ...]
    orders: int

    def first(self, step: str) -> float:
        """When a step first began."""
        return next(ms for name, ms in self.at if name == step)

    @property
    def acknowledged(self) -> float:
        """When the last order was."""
        return max(ms for name, ms in self.at if name.startswith("sent "))

    def phase(self, number: int) -> float:
        """How long a phase took: until the next began."""
        start = self.first(PHASES[number][0])
        if number + 1 < len(PHASES):
            return self.first(PHASES[number + 1][0]) - start
        intended = [ms for name, ms in self.at if name == "intended"]
        wave = (ms for name, ms in self.at if name.startswith("sent ") and ms < intended[-1])
        return max(wave, default=start) - start


def measure(folder: Path, tape: Tape, policy: Policy, at: datetime) -> Run:
    """One cycle on a copy of the files."""
    account = open_account(folder, tape, at)
    steps: list[tuple[str, float]] = []
    begin = perf_counter()
    post = post_of(account, policy, lambda s: steps.append((s, (perf_counter() - begin) * 1000)))
    plan = run_cycle(post, account.broker, account.book)
    account.close()
    assert plan.legs, plan.decision
    assert any(name == "finished" for name, _ in steps), "the plan was carried out"
    return Run(tuple(steps), len(plan.legs))


def told(what: str, values: Sequence[float]) -> str:
    """A row: median and 99th percentile in milliseconds."""
    worst = quantiles(values, n=100, method="inclusive")[-1]
    return f"{what:58}{median(values):10.1f}{worst:10.1f}"


def report(runs: Sequence[Run], names: int) -> None:
    """The table."""
    print(f"{names} positions, {runs[0].orders} orders, {len(runs)} runs")
    print(f"{'ms':58}{'median':>10}{'p99':>10}")
    for number, (step, what) in enumerate(PHASES):
        print(told(f"  {step}: {what}", [run.phase(number) for run in runs]))
    planned = [run.first("intended") - run.first("observing") for run in runs]
    print(told("observe, plan, keep, intend", planned))
    print(told("from files to committed intents", [run.first("intended") for run in runs]))
    print(told("from files to the last acknowledged order", [run.acknowledged for run in runs]))


def main(runs: int, names: int) -> None:
    """Make the files once, then run on copies."""
    tape = synthetic_tape(names, seed=1)
    policy = policy_of(names, Mode.AUTO)
    found: list[Run] = []
    with tempfile.TemporaryDirectory() as place:
        template = Path(place) / "template"
        at = make_template(template, tape, names)
        for number in range(WARM_UP + runs):
            folder = Path(place) / str(number)
            shutil.copytree(template, folder)
            found.append(measure(folder, tape, policy, at))
            shutil.rmtree(folder)
    report(found[WARM_UP:], names)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [30, 500][len(given) :]))
