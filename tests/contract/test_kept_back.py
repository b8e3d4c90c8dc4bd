"""What our own adapter keeps back never left, and is no rejection of the broker's."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from contract_bench import ACCOUNT, alpaca
from cycle_bench import Desk, desk, manual
from standins.alpaca_server import AlpacaServer

from bot.book.book import Book
from brokers.broker import Broker, SubmitResult
from brokers.settings import ManualSettings
from brokers.words import Order


@pytest.fixture
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An account at Alpaca, or the one that is asked for."""
    bench = getattr(request, "param", alpaca)(tmp_path)
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        yield desk(bench, book)
        for broker in bench.opened:
            getattr(broker, "close", lambda: None)()
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


class Damaged:
    """A broker by hand of whose tickets one cannot be read as the first order comes."""

    def __init__(self, broker: Broker, tickets: Path) -> None:
        self.broker = broker
        self.bad = tickets / "TICKET-0.csv"
        self.submits = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.broker, name)

    def submit(self, order: Order) -> SubmitResult:
        self.submits += 1
        if self.submits > 1:
            return self.broker.submit(order)
        self.bad.parent.mkdir(exist_ok=True)
        self.bad.write_text("nonsense\n")
        try:
            return self.broker.submit(order)
        finally:
            self.bad.unlink()


@pytest.mark.parametrize("account", [manual], indirect=True)
def test_a_ticket_that_cannot_be_written_is_no_rejection_of_anybody(account: Desk) -> None:
    settings = account.bench.settings
    assert isinstance(settings, ManualSettings)
    account.broker = Damaged(account.broker, settings.folder / "tickets")  # type: ignore[assignment]
    account.run()
    (kept,) = (row for row in account.book.orders(ACCOUNT) if row.last_event == "blocked")
    assert kept.detail.startswith("not written: 2 mistakes in ")
    opens = account.bench.now - timedelta(hours=1)
    activity = account.book.activity(ACCOUNT, opens, opens)
    assert activity.rejects_today == 0
    assert not activity.rejects_by_symbol
