"""Orders that are priced anew, at every broker that is spoken to, each through its real client."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from contract_bench import ACCOUNT, MAKERS, Bench
from cycle_bench import Desk, desk
from stage import D

from bot.book.book import Book
from strategies.plan import child_number, leg_key
from strategies.policy import OrderPolicy
from strategies.policy.working import WorkingPolicy

STEPS = WorkingPolicy(steps=3, step_seconds=20, start=D("-0.5"), through=D(1))
"""First half a spread away from the market, where nothing trades; then nearer."""


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An account at each broker in turn, whose orders are worked."""
    bench: Bench = request.param(tmp_path)
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        found = desk(bench, book)
        found.policy = replace(found.policy, orders=OrderPolicy(working=STEPS, work_seconds=300))
        yield found
    for broker in bench.opened:
        close = getattr(broker, "close", None)
        if close is not None:
            close()
    for close in bench.closing:
        close()


def test_each_order_takes_the_place_of_one_that_the_broker_says_is_over(account: Desk) -> None:
    account.run()
    account.assert_sound()
    chains: dict[str, list[int]] = {}
    filled = D(0)
    for row in account.book.orders(ACCOUNT):
        number = child_number(row.order.key)
        chains.setdefault(leg_key(row.order.key), []).append(number)
        assert (row.replaces is None) is (number == 0)
        filled += row.filled
        notes = [note.kind for note in account.book.order_notes(row.order.key)]
        assert notes[:2] == ["sent", "accepted"]
        assert notes[-1] in {"filled", "cancelled"}
    assert any(len(numbers) > 1 for numbers in chains.values()), "some were priced anew"
    assert all(sorted(numbers) == list(range(len(numbers))) for numbers in chains.values())
    assert filled == sum(e.quantity for e in account.book.executions(ACCOUNT)) > 0
    assert not account.broker.open_orders()
