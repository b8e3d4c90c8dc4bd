"""Plan, execute, reconcile, book: every broker, each through its real client, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_bench import ACCOUNT, Bench
from cycle_bench import ALL, Desk, desk
from postgres_server import NewDatabase

from bot.book.book import Book
from strategies.plan import Hold


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Book]:
    """A new book, on each database in turn."""
    url = str(tmp_path / "book.db")
    if request.param == "postgresql":
        create: NewDatabase = request.getfixturevalue("new_database")
        url = create(None)
    with Book.open(url, upgrade=True) as opened:
        yield opened


@pytest.fixture(params=ALL, ids=lambda maker: maker.__name__)
def account(request: pytest.FixtureRequest, tmp_path: Path, book: Book) -> Iterator[Desk]:
    """An account at each broker in turn."""
    bench: Bench = request.param(tmp_path)
    yield desk(bench, book)
    for broker in bench.opened:
        close = getattr(broker, "close", None)
        if close is not None:
            close()
    for close in bench.closing:
        close()


def test_a_wish_is_planned_traded_and_booked_and_another_after_a_restart(account: Desk) -> None:
    first = account.run()
    assert not isinstance(first.decision, Hold)
    account.bench.wait(3600)
    account.run()
    account.assert_sound()
    assert {p.symbol for p in account.broker.account().positions} == set(account.bench.symbols)
    account.next_day()
    account.restart()
    account.wish("0.3")
    second = account.run()
    assert {str(leg.order.side) for leg in second.legs} == {"buy", "sell"}
    account.next_day()
    account.run()
    account.assert_sound()
    orders = account.book.orders(ACCOUNT)
    filled = {row.order.key: row.filled for row in orders if row.filled}
    assert len(filled) >= 4, "two bought; one sold, and the other bought for it"
    assert sum(e.quantity for e in account.book.executions(ACCOUNT)) == sum(filled.values())
