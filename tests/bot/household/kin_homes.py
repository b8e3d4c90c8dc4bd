"""Households with a book of their own, and everything that may be added to it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from bot.book.book import Book
from bot.book.rows import Intent, Note, OrderStep
from bot.config.settings import Config
from bot.household.kin import Kin, kin_of
from brokers.words import (
    USD,
    AccountId,
    Environment,
    Execution,
    Order,
    OrderKey,
    Side,
    Symbol,
)
from strategies.lots import Lot
from strategies.plan import Leg, Plan, PlanId, Rebalance
from tests.bot.cli.tax_books import TODAY, execution

D = Decimal
HEADER = "date,account,kind,symbol,side,quantity,price,fee,lot,order"


def kins(config: Config, book: Book) -> dict[str, Kin]:
    """The household of each account, by its name."""
    return {str(name): kin for name, kin in kin_of(config, book).items()}


def looked(book: Book, *accounts: str, now: datetime = TODAY, ok: bool = True) -> None:
    """Book and broker were compared."""
    for name in accounts:
        book.keep_tieout(AccountId(name), now, ok=ok, text="")


def traded(book: Book, account: str, line: str) -> None:
    """One line of a trade, as ``tax_books`` tells it."""
    book.record(AccountId(account), [execution(line.split())], (), (), ())


def planned(book: Book, account: str, *orders: tuple[Order, Sequence[Lot]]) -> PlanId:
    """A plan with these orders was kept, and all of them were committed."""
    plan_id = PlanId(f"plan-{orders[0][0].key}")
    legs = tuple(
        Leg(order, order.limit, tuple(lots), D(0), D(0), D(0), D(0)) for order, lots in orders
    )
    plan = Plan(
        plan_id=plan_id,
        account=AccountId(account),
        environment=Environment.LIVE,
        time=TODAY,
        session=TODAY.date(),
        base=USD,
        nav=D(10_000),
        cash_before=D(500),
        cash_after=D(500),
        decision=Rebalance("it drifted", full=False),
        reasons=(),
        legs=legs,
        lines=(),
        worth=None,
        is_first=False,
        warnings=(),
    )
    book.keep(plan, "digest")
    patience = TODAY + timedelta(minutes=5)
    intents = [Intent(leg.order, n, TODAY, patience) for n, leg in enumerate(legs)]
    book.leases.release(AccountId(account), TODAY)
    book.leases.take(AccountId(account), TODAY)
    book.intend(plan_id, AccountId(account), intents)
    return plan_id


def order(key: str, side: Side, quantity: str, symbol: str = "VTI", limit: str = "230") -> Order:
    """An order."""
    return Order(OrderKey(key), Symbol(symbol), side, D(quantity), D(limit))


def lot(name: str, quantity: str, symbol: str = "VTI") -> Lot:
    """A lot that a plan sells."""
    return Lot(name, Symbol(symbol), D(quantity), D(250), date(2024, 3, 4), USD)


def step(book: Book, key: str, *kinds: OrderStep) -> None:
    """What happened to an order."""
    book.note([Note(OrderKey(key), kind, TODAY) for kind in kinds])


def filled(book: Book, account: str, key: str, side: Side, quantity: str, root: str) -> None:
    """A part of an order was filled."""
    when = datetime.combine(TODAY.date(), time(16, tzinfo=UTC))
    shares = D(quantity)
    fill = Execution(root, 1, OrderKey(key), Symbol("VTI"), side, shares, D(230), D(0), when)
    book.record(AccountId(account), [fill], (), (), ())


def trades_file(path: Path, *rows: str) -> Path:
    """A file of trades of an account held elsewhere."""
    path.write_text("\n".join((HEADER, *rows, "")), encoding="utf-8")
    return path
