"""A household on paper exchanges, for the tests of harvests: one book, one clock, one market.

Each account has an exchange of its own and is worked as the daemon works it; all of them ask the
same household before they trade. Prices are told, so that what has fallen is known.
"""

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from stage import NEW_YORK, D, Relay, Stage, Weekdays, session_at

from bot.book.book import Book
from bot.clock import VirtualClock
from bot.config.settings import AccountConfig, AlertSettings, HouseholdSettings, Substitutes
from bot.cycle import run_cycle
from bot.household.kin import Kin
from bot.household.work import Rules, work_out
from bot.limits import PROFILES, Profile
from bot.rounds import Desk, Office, post_of, work_slot
from brokers.paper.broker import PaperBroker
from brokers.paper.venue import PaperOptions
from brokers.settings import PaperSettings
from brokers.words import (
    ZERO,
    AccountId,
    Bars,
    Environment,
    Instrument,
    Quote,
    Relief,
    Side,
    Symbol,
)
from strategies.plan import Plan
from strategies.policy import Bands, CashPolicy, Mode, OrderPolicy, Policy, TaxKind, TaxPolicy
from strategies.policy.target import Target
from strategies.policy.taxpayer import HarvestPolicy
from strategies.washes.nouns import Household
from tests.strategies.washes.brute import Piece, World
from tests.strategies.washes.brute import work_out as law

VTI, ITOT, SCHB, BND, GLD = map(Symbol, ("VTI", "ITOT", "SCHB", "BND", "GLD"))
NAMES = (VTI, ITOT, SCHB, BND, GLD)
STOCKS = (VTI, ITOT, SCHB)
"""They stand for one another."""
SUBSTITUTES = ((VTI, (ITOT, SCHB)),)
BOUGHT = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
MAY = datetime(2026, 5, 4, 14, 0, tzinfo=UTC)
HARVESTED = datetime(2026, 6, 15, 14, 0, tzinfo=UTC)
"""A Monday, half an hour after the open; the market has fallen by a fifth since January."""
ROOMY = replace(
    PROFILES[Profile.DESK],
    order_weight_max=D(1),
    cycle_turnover_max=D(2),
    day_turnover_max=D(4),
    order_adv_max=D("0.5"),
)
"""Limits that no order of these accounts meets."""
AT_ONCE = PaperOptions(participation=D(1), latency_ms=0)

Price = Callable[[Symbol, date], float]


class Folk(NamedTuple):
    """One account: its kind, what it wants in percent, and what it held since January."""

    kind: TaxKind
    wants: str
    holds: str
    harvests: bool = True


MAIN = Folk(TaxKind.TAXABLE, "VTI 50, BND 50", "VTI 1000, BND 1000, GLD 600")
"""Its gold is sold in May: a gain of about 60,000 for losses to meet."""
HERS = Folk(TaxKind.TAXABLE, "VTI 30, BND 70", "VTI 300, BND 700", harvests=False)
IRA = Folk(TaxKind.TRADITIONAL, "VTI 60, BND 40", "VTI 600, BND 400", harvests=False)


def fallen(symbol: Symbol, day: date) -> float:
    """The stocks fall from 100 to 80 by the end of April; gold has tripled by then."""
    gone = (day - BOUGHT.date()).days / 100
    if symbol == GLD:
        return 50 + 100 * min(1.0, max(0.0, gone))
    if symbol == BND:
        return 80.0
    return (100 - 20 * min(1.0, max(0.0, gone))) / {VTI: 1, ITOT: 2, SCHB: 4}[symbol]


@dataclass(slots=True)
class ToldTape:
    """A market whose daily prices are told; a test takes quotes or volume away."""

    price: Price = fallen
    per_second: dict[Symbol, Decimal] = field(default_factory=dict)
    gone: set[Symbol] = field(default_factory=set)
    remembers: bool = True
    known: dict[tuple[Symbol, date], Decimal] = field(default_factory=dict)

    def mid(self, symbol: Symbol, day: date) -> Decimal:
        """The price of a day, with a swing that names of one kind have together."""
        found = self.known.get((symbol, day))
        if found is None:
            found = self.known[symbol, day] = self._mid(symbol, day)
        return found

    def _mid(self, symbol: Symbol, day: date) -> Decimal:
        place = day.toordinal()
        common = math.sin((1.7 if symbol in STOCKS else 0.9) * place)
        own = math.cos(2.3 * place + NAMES.index(symbol))
        told = self.price(symbol, day) * (1 + 0.008 * common + 0.0003 * own)
        return Decimal(round(told * 100)) / 100

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """All of them, in dollars."""
        return {symbol: Instrument(symbol) for symbol in symbols if symbol in NAMES}

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        """A cent on either side."""
        day, cent = at.astimezone(NEW_YORK).date(), D("0.01")
        mids = {s: self.mid(s, day) for s in symbols if s in NAMES and s not in self.gone}
        return {s: Quote(s, mid - cent, mid + cent, at) for s, mid in mids.items()}

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        """Weekdays before the day."""
        back = (before - timedelta(days=n) for n in range(2 * days + 7, 0, -1))
        told = tuple(day for day in back if day.weekday() < 5)[-days:]
        return {
            s: Bars(s, told, tuple(float(self.mid(s, day)) for day in told), (5e6,) * days, "told")
            for s in symbols
            if s in NAMES
        }

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        """Much, where nothing else is said."""
        del at
        return self.per_second.get(symbol, D(10_000))


@dataclass(slots=True)
class Family:
    """Accounts of one household, which share a book, a clock and a market."""

    folder: Path
    book: Book
    clock: VirtualClock
    tape: ToldTape
    settings: HouseholdSettings = field(default_factory=HouseholdSettings)
    options: PaperOptions = AT_ONCE
    stages: dict[str, Stage] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    kin: Kin | None = None

    def add(self, name: str, one: Folk, **changes: object) -> Stage:
        """An account that buys now what it is said to hold."""
        shares = {Symbol(symbol): D(number) for symbol, number in _pairs(one.holds)}
        today = self.clock.now().date()
        worth = sum((q * self.tape.mid(s, today) for s, q in shares.items()), ZERO)
        self.options = replace(self.options, cash=worth * D("1.1"))
        self.join(name, one, **changes)
        stage = self.stages[name]
        stage.hold(shares)
        self.take_out(name)
        return stage

    def harvest_into(self, name: str, listed: Substitutes) -> None:
        """Other substitutes than those of all."""
        stage, desk = self.stages[name], self.desks[name]
        stage.policy = replace(stage.policy, harvest=HarvestPolicy(substitutes=listed))
        self.desks[name] = replace(desk, config=replace(desk.config, policy=stage.policy))

    def take_out(self, name: str) -> None:
        """Cash but for a hundredth leaves the account."""
        stage = self.stages[name]
        stage.paper.deposit((stage.nav() - stage.cash()) // 99 - stage.cash(), self.clock.now())

    def sell_gold(self, name: str) -> None:
        """By hand, in May."""
        self.until(MAY)
        stage = self.stages[name]
        stage.hold({GLD: stage.held()[GLD]}, Side.SELL)
        self.next_day()
        self.take_out(name)

    def join(self, name: str, one: Folk, **changes: object) -> None:
        """An account as it is found in the folder, or a new one."""
        policy = replace(policy_of(name, one), **changes)
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        ledger = folder / "ledger.db"
        paper = PaperBroker(
            ledger, self.tape, self.clock.now, session_at, policy.account, self.options
        )
        stage = Stage(folder, self.clock, paper, self.book, policy, ROOMY, Relay(paper))
        self.stages[name] = stage
        self.desks[name] = desk_of(stage)
        self.kin = Kin(self.settings, tuple(d.config for d in self.desks.values()), self.book)

    def slot(self, name: str) -> Plan:
        """What the daemon does for an account when its turn comes."""
        return work_slot(self.desks[name], self.office(name))

    def cycle(self, name: str) -> Plan:
        """The same, and nobody is told: mails take longer than the rest."""
        desk, office = self.desks[name], self.office(name)
        return run_cycle(post_of(desk, office), desk.broker, self.book)

    def slots(self) -> dict[str, Plan]:
        """Everybody's turn, a minute apart, those first who harvest nothing."""
        return self._each(self.slot)

    def cycles(self) -> dict[str, Plan]:
        """The same, and nobody is told."""
        return self._each(self.cycle)

    def _each(self, work: Callable[[str], Plan]) -> dict[str, Plan]:
        done = {}
        for name in sorted(self.stages, key=lambda n: self.stages[n].policy.harvest is not None):
            done[name] = work(name)
            self.clock.sleep(60)
        return done

    def office(self, name: str) -> Office:
        """What all share, told of the steps of this account."""
        stage = self.stages[name]
        assert self.kin is not None, "an account joins first"
        return Office(
            book=self.book,
            sessions=Weekdays(),
            clock=self.clock,
            alerts=AlertSettings(D("0.5"), None),
            step=stage.step,
            stopping=stage.stopping,
            disk_free_mib=stage.disk_free_mib,
            kin=dict.fromkeys((s.policy.account for s in self.stages.values()), self.kin),
        )

    def next_day(self) -> None:
        """Half an hour after the next open."""
        next(iter(self.stages.values())).next_day()

    def until(self, moment: datetime) -> None:
        """A later moment, at which nothing has happened yet."""
        self.clock.move_to(moment)

    def deposit(self, name: str, amount: int) -> None:
        """Money comes in."""
        self.stages[name].paper.deposit(D(amount), self.clock.now())

    def ledger(self) -> Household:
        """The household by the book as it is now, worked out from nothing."""
        rules = Rules(Relief.FIFO, self.settings.group_of, frozenset())
        accounts = [desk.config for desk in self.desks.values()]
        return work_out((), rules, self.clock.now(), accounts, self.book).household

    def by_law(self) -> tuple[Piece, ...]:
        """The same by the slow oracle, which knows the statute alone."""
        rules = Rules(Relief.FIFO, self.settings.group_of, frozenset())
        accounts = [desk.config for desk in self.desks.values()]
        worked = work_out((), rules, self.clock.now(), accounts, self.book)
        trades = tuple(row.trade for row in worked.held.book.rows)
        return law(World(trades, self.settings.group_of))

    def bought(self, name: str, since: date) -> set[Symbol]:
        """What the machine bought in an account from a day on."""
        found = self.book.executions(AccountId(name))
        return {
            e.symbol
            for e in found
            if e.side is Side.BUY and e.time.date() >= since and not str(e.key).startswith("HAND")
        }

    def close(self) -> None:
        """Let go of all files."""
        for stage in self.stages.values():
            stage.paper.close()
        self.book.close()


def policy_of(name: str, one: Folk) -> Policy:
    """Bands so wide that nothing is traded but cash and losses."""
    weights = tuple((Symbol(s), D(share) / 100) for s, share in _pairs(one.wants))
    return Policy(
        account=AccountId(name),
        target=Target("fixed", weights),
        mode=Mode.AUTO,
        bands=Bands(absolute=D("0.2"), relative=None, single=None, concentration=None),
        cash=CashPolicy(weight=D("0.01"), band=D("0.02")),
        tax=TaxPolicy(kind=one.kind),
        harvest=HarvestPolicy(substitutes=SUBSTITUTES) if one.harvests else None,
        orders=OrderPolicy(work_seconds=300),
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    """``VTI 50, BND 50`` as pairs."""
    return [tuple(each.split()) for each in text.split(",") if each]  # type: ignore[misc]


def desk_of(stage: Stage) -> Desk:
    """The account as the daemon sees it."""
    config = AccountConfig(
        account=stage.policy.account,
        broker=PaperSettings(stage.folder / "ledger.db"),
        environment=Environment.PAPER,
        live_account=None,
        profile=Profile.DESK,
        policy=stage.policy,
        limits=stage.limits,
        times=(),
        every=None,
        folder=stage.folder,
    )
    return Desk(config, stage.broker, "digest")


def open_family(folder: Path, template: Path, start: datetime = BOUGHT, **more: object) -> Family:
    """One without an account so far, with the book in ``folder`` or a new one."""
    path = folder / "book.db"
    if not path.exists():
        shutil.copy(template, path)
    return Family(
        folder, Book.open(path, upgrade=False), VirtualClock(start), **{"tape": ToldTape(), **more}
    )


def taken(home: Household) -> Decimal:
    """Dollars of loss that the rule took, in all accounts."""
    return sum((one.disallowed for one in home.disposals), ZERO)


def lost(home: Household) -> Decimal:
    """Those of them that no basis receives."""
    return sum((one.permanently_lost for one in home.disposals), ZERO)


def losses(home: Household) -> Decimal:
    """Dollars of loss that were realised, positive."""
    return -sum((min(one.gain, ZERO) for one in home.disposals), ZERO)
