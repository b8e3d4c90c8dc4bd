"""Which orders are for the closing auction, over many plans, as each open book remembers it."""

from dataclasses import replace
from pathlib import Path

from book_makers import ACCOUNT, NOW, bound, held, make_intent, make_plan

from bot.book.book import Book
from bot.book.engine import connect, locate, reading
from bot.book.forces import at_close
from brokers.words import OrderKey, TimeInForce
from strategies.plan import Plan, PlanId

MANY = 120
"""More plans than one question takes."""


def plan_of(number: int, *forces: TimeInForce) -> Plan:
    """A plan with a leg for each of ``forces``."""
    plan = make_plan(f"p-{number:03}")
    (leg,) = plan.legs
    legs = tuple(
        replace(leg, order=replace(leg.order, key=OrderKey(f"k-{number}-{n}"), force=force))
        for n, force in enumerate(forces)
    )
    return replace(plan, legs=legs)


def test_every_plan_of_many_is_asked(path: Path) -> None:
    plans = [
        plan_of(n, TimeInForce.DAY, TimeInForce.CLOSE if n % 3 else TimeInForce.DAY)
        for n in range(MANY)
    ]
    with Book.open(path, upgrade=False) as book:
        held(bound(book))
        for plan in plans:
            book.keep(plan, "digest")
            orders = [leg.order for leg in plan.legs]
            wanted = [make_intent(order, leg, NOW) for leg, order in enumerate(orders)]
            book.intend(plan.plan_id, ACCOUNT, wanted)
        rows = book.orders(limit=2 * MANY)
    assert {row.order.key: row.order.force for row in rows} == {
        leg.order.key: leg.order.force for plan in plans for leg in plan.legs
    }


def test_a_plan_that_comes_later_is_read_when_it_is_asked_for(path: Path) -> None:
    first, later = plan_of(1, TimeInForce.CLOSE), plan_of(2, TimeInForce.CLOSE, TimeInForce.CLOSE)
    place = locate(path)
    engine = connect(place)

    def asked(*plan_ids: str) -> set[str]:
        with reading(engine, place) as connection:
            return set(at_close(connection, plan_ids))

    with Book.open(path, upgrade=False) as book:
        bound(book).keep(first, "digest")
        assert asked("p-001", "p-002") == {"k-1-0"}
        book.keep(later, "digest")
    assert asked("p-002") == {"k-2-0", "k-2-1"}, "that it was not there is not remembered"
    assert asked("p-002", "p-001", "p-001") == {"k-1-0", "k-2-0", "k-2-1"}
    assert asked() == asked(PlanId("p-003")) == set()
    engine.dispose()
