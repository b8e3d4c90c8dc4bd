"""How long the book takes: single commits of 500 rows, and a book of ten years.

Run ``python benchmarks/book.py [url]``; without a url an embedded book is made in a temporary
folder. A url must name an empty database.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from bot.book.book import Book
from bot.book.rows import Intent, Note
from brokers.words import (
    AccountId,
    Environment,
    Execution,
    Order,
    OrderKey,
    Side,
    Symbol,
)
from strategies.plan import Line, Plan, PlanId, Rebalance

ACCOUNT = AccountId("bench")
START = datetime(2016, 1, 4, 15, 0, tzinfo=UTC)
ORDERS = 500
YEARS = 10
PLANS_A_YEAR = 60
ORDERS_A_PLAN = 30


@contextmanager
def took(what: str) -> Iterator[None]:
    """Print how long the block took."""
    begin = perf_counter()
    yield
    print(f"{(perf_counter() - begin) * 1000:9.1f} ms  {what}")


def plan_at(number: int, orders: int, time: datetime) -> Plan:
    """A plan with as many lines as orders."""
    line = Line(Symbol("VTI"), *[Decimal("0.5")] * 8)
    return Plan(
        plan_id=PlanId(f"plan-{number}"),
        account=ACCOUNT,
        environment=Environment.PAPER,
        time=time,
        session=time.date(),
        base=orders_of(0, 1)[0].currency,
        nav=Decimal(1_000_000),
        cash_before=Decimal(0),
        cash_after=Decimal(0),
        decision=Rebalance("drifted", full=True),
        reasons=(),
        legs=(),
        lines=(line,) * orders,
        worth=None,
        is_first=False,
        warnings=(),
    )


def orders_of(plan: int, count: int) -> list[Order]:
    """Small purchases."""
    return [
        Order(OrderKey(f"k-{plan}-{n}"), Symbol(f"S{n}"), Side.BUY, Decimal(3), Decimal("101.23"))
        for n in range(count)
    ]


def execution_of(order: Order, time: datetime) -> Execution:
    """All of it at its limit."""
    return Execution(
        f"x-{order.key}",
        1,
        order.key,
        order.symbol,
        order.side,
        order.quantity,
        order.limit,
        Decimal("0.01"),
        time,
    )


def cycle(book: Book, number: int, orders: list[Order], time: datetime) -> None:
    """Everything that one traded cycle writes."""
    plan = plan_at(number, len(orders), time)
    book.keep(plan, "digest")
    book.mark_plan(plan.plan_id, "started", "bench", "", time)
    intents = [Intent(order, leg, time, time) for leg, order in enumerate(orders)]
    book.intend(plan.plan_id, ACCOUNT, intents)
    book.note([Note(order.key, "sent", time) for order in orders])
    book.note([Note(order.key, "accepted", time, f"b-{order.key}") for order in orders])
    book.record(ACCOUNT, [execution_of(order, time) for order in orders], [], [], [])
    book.note([Note(order.key, "filled", time) for order in orders])
    book.mark_plan(plan.plan_id, "finished", "bench", "", time)


def single_commits(book: Book) -> None:
    """500 rows of each kind, each in one commit."""
    orders = orders_of(-1, ORDERS)
    plan = plan_at(-1, ORDERS, START)
    with took(f"keep a plan of {ORDERS} lines"):
        book.keep(plan, "digest")
    book.mark_plan(plan.plan_id, "started", "bench", "", START)
    with took(f"{ORDERS} intents in one commit"):
        book.intend(plan.plan_id, ACCOUNT, [Intent(o, 0, START, START) for o in orders])
    with took(f"{ORDERS} notes in one commit"):
        book.note([Note(order.key, "sent", START) for order in orders])
    executions = [execution_of(order, START) for order in orders]
    with took(f"{ORDERS} executions in one commit"):
        book.record(ACCOUNT, executions, [], [], [])
    with took(f"the same {ORDERS} executions again"):
        book.record(ACCOUNT, executions, [], [], [])
    with took(f"{ORDERS} commits of one note"):
        for order in orders:
            book.note([Note(order.key, "filled", START)])


def ten_years(book: Book) -> datetime:
    """Fill the book with ten years of one account."""
    time = START
    with took(f"{YEARS} years: {YEARS * PLANS_A_YEAR} cycles of {ORDERS_A_PLAN} orders"):
        for number in range(YEARS * PLANS_A_YEAR):
            time += timedelta(days=365 / PLANS_A_YEAR)
            cycle(book, number, orders_of(number, ORDERS_A_PLAN), time)
    return time


def readings(book: Book, now: datetime) -> None:
    """What every cycle and every page asks."""
    asked: dict[str, Callable[[], object]] = {
        "unsettled": lambda: book.unsettled(ACCOUNT),
        "activity": lambda: book.activity(ACCOUNT, now, now - timedelta(days=14)),
        "executions, all": lambda: book.executions(ACCOUNT),
        "last_execution_time": lambda: book.last_execution_time(ACCOUNT),
        "last_traded": lambda: book.last_traded(ACCOUNT),
        "orders, newest 100": book.orders,
        "plans, newest 50": book.plans,
        "waiting_plans": lambda: book.waiting_plans(None, now),
        "latest_plan": lambda: book.latest_plan(ACCOUNT),
        "halted": lambda: book.halted(ACCOUNT),
    }
    for what, ask in asked.items():
        with took(what):
            ask()


def main(url: str) -> None:
    """Write, then read."""
    with took("make a book"):
        book = Book.open(url, upgrade=True)
    with book:
        book.bind(ACCOUNT, "paper", Environment.PAPER, "bench")
        book.leases.take(ACCOUNT, START)
        single_commits(book)
        now = ten_years(book)
        readings(book, now)
    with took("open a book of ten years"):
        Book.open(url, upgrade=False).close()
    if "://" not in url:
        from bot.book.glance import glance

        print(f"{Path(url).stat().st_size / 2**20:9.1f} MiB the file")
        with took("glance"):
            glance(url)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"{folder}/book.db")
