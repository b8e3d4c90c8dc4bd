"""What the tests of the gate share: a small purchase that every rule lets through, to be bent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.book.recent import Traded, Worked
from bot.book.rows import Activity
from bot.gate import Moment, Passage, Past
from bot.limits import PROFILES, Profile
from brokers.words import (
    USD,
    ZERO,
    AccountId,
    Environment,
    Order,
    OrderKey,
    Quote,
    Session,
    Side,
    Symbol,
)
from strategies.lots import Lot
from strategies.plan import Leg, Line, Plan, PlanId, Rebalance
from strategies.washes.enforce import Seat
from strategies.washes.home import Home
from strategies.washes.ledger import household
from strategies.washes.nouns import Trade

D = Decimal
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
"""A Friday, an hour after the open."""
SESSION = Session(
    date(2026, 11, 20),
    datetime(2026, 11, 20, 14, 30, tzinfo=UTC),
    datetime(2026, 11, 20, 21, 0, tzinfo=UTC),
)
AAA = Symbol("AAA")
PERSON = PROFILES[Profile.PERSON]
IDLE = Activity(0, {}, 0, 0, 0, {}, 0, 0, frozenset())
ORDER = Order(OrderKey("TT-P-001"), AAA, Side.BUY, D(10), D("100.01"))
"""Worth 1000.10."""


def line(symbol: str, quantity: str = "0", price: str = "100") -> Line:
    """A name that stays what it is."""
    return Line(Symbol(symbol), D(price), D(quantity), D(quantity), *[D(0)] * 5)


def leg(order: Order) -> Leg:
    """An order of a plan, priced at 100."""
    lots = (LOT,) if order.side is Side.SELL else ()
    return Leg(order, D(100), lots, ZERO, ZERO, ZERO, ZERO)


def plan(*orders: Order, names: int = 25, nav: str = "100000", **other: object) -> Plan:
    """A plan for an account of ``names`` names that holds 100 AAA."""
    more = (line(f"N{number:03d}") for number in range(1, names))
    made = Plan(
        plan_id=PlanId("P"),
        account=AccountId("main"),
        environment=Environment.PAPER,
        time=NOW,
        session=SESSION.day,
        base=USD,
        nav=D(nav),
        cash_before=D(50_000),
        cash_after=D(50_000),
        decision=Rebalance("drifted", full=False),
        reasons=(),
        legs=tuple(leg(order) for order in orders or (ORDER,)),
        lines=(line("AAA", "100"), *more),
        worth=None,
        is_first=False,
        warnings=(),
    )
    return replace(made, **other)


def passage(made: Plan | None = None, **other: object) -> Passage:
    """Half of it is cash, nothing was sent today, and AAA trades 100 million dollars a day."""
    found = Passage(
        plan=made or plan(),
        limits=PERSON,
        session=SESSION,
        approved=False,
        closes={AAA: D(100)},
        volumes={AAA: D(1_000_000)},
        rates={AAA: D(1)},
        activity=IDLE,
        value_before=ZERO,
        busy={},
        cash=D(50_000),
        held={AAA: D(100)},
        invested=D(10_000),
        open=0,
        rejects=0,
        unknowns=0,
        seat=Seat("main", "taxable", SESSION.day),
    )
    return replace(found, **other)


def moment(now: datetime = NOW, **other: object) -> Moment:
    """The market is open and nobody has said halt."""
    quote = Quote(AAA, D("99.99"), D("100.01"), now)
    found = Moment(now, NOW + timedelta(hours=9), quote, "", "", is_open=True)
    return replace(found, **other)


LOT = Lot("L1", AAA, D(100), D(120), date(2026, 1, 5), USD)
"""What is held, bought at 120: a sale at 100 is a loss of 20 a share."""


def home(*rows: str, **other: object) -> Home:
    """The household: ``main`` bought the lot, and ``2026-11-10 ira buys 5 at 100`` and the like."""
    return Home(household(map(trade, ("2026-01-05 main buys 100 at 120 as L1", *rows))), **other)


KINDS = {"main": "taxable", "hers": "taxable", "ira": "ira"}


def trade(row: str) -> Trade:
    """A row of the household's journal, always in AAA."""
    day, account, does, quantity, _, price, *rest = row.split()
    lot = rest[1] if rest else day
    side = does.removesuffix("s")
    kind = KINDS[account]
    when = date.fromisoformat(day)
    return Trade(when, account, kind, "AAA", side, D(quantity), D(price), ZERO, lot, "")


def quoted(bid: str, ask: str, **other: object) -> Moment:
    """A moment at which AAA is quoted so."""
    return moment(quote=replace(Quote(AAA, D(bid), D(ask), NOW), **other))


def buy(quantity: str = "10", limit: str = "100.01") -> Order:
    """A purchase of AAA."""
    return replace(ORDER, quantity=D(quantity), limit=D(limit))


def sell(quantity: str = "10", limit: str = "99.99") -> Order:
    """A sale of AAA."""
    return replace(buy(quantity, limit), side=Side.SELL)


def limited(**limits: object) -> Passage:
    """A passage under other limits."""
    return passage(limits=replace(PERSON, **limits))


def meant(order: Order, before: Passage) -> Passage:
    """``before`` for a plan of this order alone."""
    return replace(before, plan=replace(before.plan, legs=(leg(order),)))


def traded(side: Side, **other: object) -> Past:
    """AAA was traded on this side in this session: 100 shares, all that one plan meant."""
    found = Traded(plans=1, meant=D(100), done=D(100), lately=D(100))
    return Past({(AAA, side): replace(found, **other)})


def worked(done: str, *, times: int = 1, is_live: bool = False) -> Worked:
    """So many shares of AAA were filled, at 100, of what was sent for the same leg."""
    return Worked(times, D(done), D(done) * 100, is_live)
