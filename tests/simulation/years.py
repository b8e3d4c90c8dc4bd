"""An account-year: played by the daemon's own work on a virtual clock, and judged as it goes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bot.cli.selftesting.life import Life, alive
from bot.cli.selftesting.owner import Owner
from bot.cli.selftesting.replay import Play, play_on, stage
from bot.cli.selftesting.world import World
from bot.daemon.sessions import Sessions
from brokers.words import Order, OrderKey
from simulation.judge import (
    ALWAYS,
    IN_PEACE,
    Files,
    Memory,
    judge,
    ready,
    scanned,
)
from simulation.records import opened
from simulation.witness import Heard, Sent, Witness

FAULTS_A_YEAR = 700
"""Drawn; a few find nothing to strike. At least 500 do."""

HARMLESS = frozenset({"host", "quotes", "bars", "instruments", "clock", "find"})
"""Seams whose faults change nothing that the account holds or is believed to hold."""

NAN = Decimal("NaN")
CALM_SESSIONS = 2
AUDIT_EVERY = 21
"""Sessions between two looks at everything."""

MEMORY_FILES = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one

CONFIG = """
book = "{book}"
calendar = "XNYS"

[mail]
outbox = "outbox"

[alerts]
drift_warning = 0.2
weekly_report = "off"

[accounts.sim]
broker = "paper"
environment = "paper"
mode = "{mode}"
profile = "{profile}"
schedule = {{ at = [{at}], period = "never", cooldown_days = 0 }}

[accounts.sim.target]
strategy = "equal"
symbols = [{symbols}]

[accounts.sim.bands]
relative = {band}

[accounts.sim.orders]
work_seconds = {work}
limit_fraction = {limit}

[accounts.sim.tax]
kind = "roth"

[accounts.sim.paper]
cash = {cash}
tape = "synthetic:{names}"
seed = {seed}
margin = {margin}
"""


@dataclass(slots=True)
class Year:
    """What came of one seed."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    faults: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    sessions: int = 0
    traded: int = 0
    planned: int = 0
    orders: int = 0
    crashes: int = 0
    resumed: int = 0
    adopted: int = 0
    unmended: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    halts: Counter[str] = field(default_factory=Counter)


def text_of(seed: int, folder: Path) -> str:
    """The account of a seed: few names or some, patient or not, with or without approval."""
    dice = Random(f"{seed}|account")  # noqa: S311
    names = dice.choice((6, 8, 10))
    return CONFIG.format(
        book=folder / "book.db",
        mode=dice.choice(("auto", "auto", "auto", "approve")),
        profile=dice.choice(("desk", "desk", "person")),
        at=dice.choice(('"open+30m"', '"open+45m"', '"close-1h"')),
        symbols=", ".join(f'"S{number:04d}"' for number in range(1, names + 1)),
        band=dice.choice(("0.05", "0.08", "0.15")),
        work=dice.choice(("60", "90")),
        limit=dice.choice(("1", "1", "0.5", "0")),
        cash=dice.choice(("100000", "250000", "1000000")),
        names=names,
        margin=dice.choice(("true", "false")),
        seed=seed,
    )


def first_day(seed: int) -> date:
    """Some day of the years that the calendar knows."""
    return date(2020, 1, 1) + timedelta(days=Random(f"{seed}|day").randrange(1200))  # noqa: S311


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder that is gone afterwards, in memory where the machine has such a place."""
    place = MEMORY_FILES if MEMORY_FILES.is_dir() else None
    with TemporaryDirectory(prefix="trimtab-sim-", dir=place) as name:
        yield Path(name)


@dataclass(slots=True)
class Court:
    """Looks on: at the wire, after each slot, and at the end."""

    world: World
    year: Year
    witness: Witness
    memory: Memory = field(default_factory=Memory)
    looks: int = 0
    struck: int = 0
    audit_every: int = AUDIT_EVERY

    def wire(self, act: str, key: OrderKey, order: Order | None) -> None:
        """An order goes over the wire, or a cancellation."""
        if act == "cancel":
            self.witness.asked(self.world.clock.now(), key)
        if act != "submit" or order is None:
            return
        now, faulty = self.world.clock.now(), self.world.faulty
        quote = faulty.exchange.quotes([order.symbol]).get(order.symbol)
        session, wanted = faulty.session(), dict(self.world.account.policy.target.weights)
        self.witness.saw(
            Sent(
                at=now,
                key=key,
                symbol=order.symbol,
                side=order.side.value,
                quantity=order.quantity,
                limit=order.limit,
                mid=None if quote is None else quote.mid,
                opens=None if session is None else session.opens,
                closes=None if session is None else session.closes,
                disturbed_at=self._disturbed_at(),
                heard=self._heard(order),
                weight=self._weight(order),
                share=wanted.get(order.symbol),
            )
        )

    def _heard(self, order: Order) -> Heard:
        faulty = self.world.faulty
        quote = faulty.quoted.get(order.symbol)
        if quote is None:
            return Heard(NAN, NAN, self.world.clock.now())
        return Heard(
            bid=quote.bid,
            ask=quote.ask,
            at=quote.time,
            currency=quote.currency,
            clock_ahead=faulty.clock_ahead,
            says_open=faulty.said_open,
        )

    def _weight(self, order: Order) -> Decimal | None:
        """What the name weighs at the exchange, had the order filled."""
        state = self.world.faulty.exchange.account()
        held = {position.symbol: position.quantity for position in state.positions}
        held[order.symbol] = held.get(order.symbol, Decimal(0)) + order.side.sign * order.quantity
        quotes = self.world.faulty.exchange.quotes(sorted(held))
        if held.keys() - quotes.keys():
            return None
        nav = state.cash[0].amount - order.side.sign * order.quantity * quotes[order.symbol].mid
        nav += sum(held[symbol] * quote.mid for symbol, quote in quotes.items())
        return held[order.symbol] * quotes[order.symbol].mid / nav

    def _disturbed_at(self) -> datetime | None:
        seams = {s.kind: s for s in self.world.faulty.struck[-30:] if _seam(s.kind) not in HARMLESS}
        return max((struck.time for struck in seams.values()), default=None)

    def after(self, world: World, life: Life, _owner: Owner) -> None:
        """A slot is over."""
        self.looks += 1
        calm = len(world.faulty.struck) == self.struck
        self.struck = len(world.faulty.struck)
        runs = life.book.runs(life.desk.account, 1)
        ok = bool(runs) and runs[0].ok is True
        if self.looks % self.audit_every == 0:
            self._judge(ALWAYS)
            self._remember()
        if calm and ok and life.book.halted(life.desk.account) is None:
            self._judge(IN_PEACE)

    def _judge(self, judges: tuple[object, ...] | object) -> None:
        ledger = self.witness.ledger
        for said in judge(self.world.book, ledger, judges):  # type: ignore[arg-type]
            self.year.wrong.append(f"{self.world.clock.now():%Y-%m-%d %H:%M} {said}")

    def _remember(self) -> None:
        with opened(self.world.book) as one, opened(self.witness.ledger) as other:
            self.year.wrong += self.memory.look(Files(one, other))


def _seam(kind: str) -> str:
    from brokers.paper.faults.kinds import BY_NAME

    return BY_NAME[kind].seam


def play_year(
    seed: int, sessions: Sessions, folder: Path, days: int = 365, faults: int = FAULTS_A_YEAR
) -> Year:
    """One account-year of ``seed``, judged."""
    first = first_day(seed)
    last = first + timedelta(days=days)
    year = Year(seed)
    play = Play(text_of(seed, folder), seed, first, last, faults, sessions)
    with stage(folder, play) as world:
        court = Court(world, year, Witness(world.book, world.ledger))
        world.witness = court.wire
        owner = Owner(world, seed)
        play_on(world, owner, last, court.after)
        peace(world, owner, court, last)
        year.wrong += court.witness.wrong
        _count(world, owner, court, sessions, (first, last))
    return year


def peace(
    world: World, owner: Owner, court: Court, last: date, sessions: int = CALM_SESSIONS + 1
) -> None:
    """The faults are over: some sessions later all must be well."""
    world.faulty.heal()
    opens = last
    for _ in range(sessions):
        opens = world.sessions.next_session(world.clock.now()).day
        play_on(world, owner, opens)
        with alive(world) as life:
            owner.look(life, at_once=True)
    court._judge((*ALWAYS, *IN_PEACE, ready))  # noqa: SLF001
    court._remember()  # noqa: SLF001


def _count(
    world: World, owner: Owner, court: Court, sessions: Sessions, days: tuple[date, date]
) -> None:
    year, struck = court.year, world.faulty.struck
    year.faults = len(struck)
    year.kinds.update(each.kind for each in struck)
    year.pairs.update((each.kind, each.state) for each in struck)
    year.orders, year.crashes = court.witness.orders, world.crashes
    year.resumed, year.adopted = len(owner.resumed), owner.adopted
    year.unmended.update(owner.failed)
    year.halts.update(owner.resumed)
    year.failures.update(world.failures)
    open_days = sessions.sessions_between(*days)
    year.sessions = len(open_days)
    hours = [(_stamp(s.opens), _stamp(s.closes)) for s in open_days]
    with opened(world.book) as one, opened(court.witness.ledger) as other:
        year.wrong += scanned(Files(one, other), hours)
        year.traded = _distinct(
            one, "SELECT count(DISTINCT p.session) FROM intents i JOIN plans p USING (plan_id)"
        )
        year.planned = _distinct(one, "SELECT count(DISTINCT session) FROM plans")


def _distinct(connection: object, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])  # type: ignore[attr-defined]


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
