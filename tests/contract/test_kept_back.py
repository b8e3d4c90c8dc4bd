"""What our own adapter keeps back never left, and is no rejection of the broker's."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from contract_bench import ACCOUNT, alpaca
from cycle_bench import Desk, desk
from standins.alpaca_server import AlpacaServer

from bot.book.book import Book


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Desk]:
    """An account at Alpaca."""
    bench = alpaca(tmp_path)
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        yield desk(bench, book)
        for broker in bench.opened:
            broker.close()  # type: ignore[attr-defined]
    for close in bench.closing:
        close()


def test_an_order_that_the_market_closed_before_is_blocked_and_not_rejected(account: Desk) -> None:
    """The exchange's day is short, which only the broker knows: it ends behind the first order."""
    server = account.bench.server
    assert isinstance(server, AlpacaServer)
    now = account.bench.now
    opens, ends = now - timedelta(hours=1), now + timedelta(seconds=0.3)
    usual = server.model.session_of
    server.model.session_of = lambda day: (opens, ends) if day == now.date() else usual(day)
    account.run()
    rows = account.book.orders(ACCOUNT)
    assert sorted(str(row.last_event) for row in rows) == ["blocked", "filled"]
    (kept,) = (row for row in rows if row.last_event == "blocked")
    assert kept.detail == "not sent: the market is closed"
    assert server.count("POST", "/v2/orders") == 1
    activity = account.book.activity(ACCOUNT, opens, opens)
    assert activity.rejects_today == 0
    assert not activity.rejects_by_symbol
