"""Requests for bars: a history is asked for once, through the real client library."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from alpaca_bench import ACCOUNT, Alpaca, D, standin

from bot.book.book import Book
from bot.config.settings import PriceSettings
from bot.prices.history import History, Moment, Owner, history
from brokers.alpaca.broker import AlpacaBroker
from brokers.words import Symbol

NAMES = tuple(Symbol("".join(letters)) for letters in product("ABCDEFGH", repeat=3))[:60]
"""With 500 of them it is 16 requests, none, and 2."""
BARS = ("GET", "/v2/stocks/bars")
THURSDAY, FRIDAY = date(2020, 3, 12), date(2020, 3, 13)
PATIENCE = 30
"""Seconds: the stand-in writes all bars anew for each page."""


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    """Sixty names, on pages of 10,000 bars as Alpaca's own are."""
    with standin() as made:
        made.model.quotes.update({name: (D("50.00"), D("50.02")) for name in NAMES})
        yield made


def look(alpaca: Alpaca, broker: AlpacaBroker, book: Book, through: date) -> tuple[History, int]:
    """What one look finds, and how many requests for bars it made."""
    before = alpaca.server.count(*BARS)
    moment = Moment(alpaca.clock.now(), through)
    found = history(Owner(ACCOUNT, PriceSettings()), broker, book, NAMES, moment)
    return found, alpaca.server.count(*BARS) - before


def test_bars_are_asked_for_once_a_session(alpaca: Alpaca, tmp_path: Path) -> None:
    yesterday = date(2020, 3, 11)
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        first, requests = look(alpaca, alpaca.open(timeout_seconds=PATIENCE), book, yesterday)
        assert (requests, first.notes) == (2, ())
        assert {len(each.days) for each in first.bars.values()} == {252}
        alpaca.clock.on(3600)
        again, requests = look(alpaca, alpaca.open(timeout_seconds=PATIENCE), book, yesterday)
        assert (requests, again) == (0, first)
        alpaca.clock.on(86_400)
        second, requests = look(alpaca, alpaca.open(timeout_seconds=PATIENCE), book, THURSDAY)
        assert requests == 1
        assert {each.days[-1] for each in second.bars.values()} == {THURSDAY}
        assert {len(each.days) for each in second.bars.values()} == {252}
    direct = alpaca.open(timeout_seconds=PATIENCE).bars(NAMES, 252)
    assert {s: (b.days, b.closes) for s, b in second.bars.items()} == {
        s: (b.days, b.closes) for s, b in direct.items()
    }
