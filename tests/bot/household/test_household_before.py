"""What an account sold in the 30 days before the first look: known where its broker tells of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.book.book import Book
from bot.cli.wiring import read_config
from bot.config.settings import Config
from bot.household.asking import objection
from bot.household.before import what_was_not_told
from brokers.words import AccountId, Execution, Side, Symbol, Transfer
from strategies.washes.enforce import Seat
from strategies.washes.home import Home
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.household.kin_homes import D, kins, looked, order, trades_file

KINDS = {"main": "taxable", "ira": "traditional"}
TRADES = {"ira": "I1 2024-03-04 buy 10 VNQ 80 0"}
MAIN = AccountId("main")
DAYS_AGO = TODAY - timedelta(days=12)
"""When the first look was; TODAY is 20 January 2026."""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read_config(Path(install(tmp_path, TRADES, KINDS)))


@pytest.fixture
def book(config: Config) -> Iterator[Book]:
    with Book.open(config.book_url, upgrade=False) as opened:
        yield opened


def first_look(book: Book, horizon: timedelta | None, when: datetime = DAYS_AGO) -> None:
    """10 VTI were there, and the broker tells executions of so long ago."""
    came = Transfer(f"opening:{when:%Y%m%d}:VTI", Symbol("VTI"), D(10), None, when.date(), when)
    book.record(MAIN, (), (), (came,), ())
    book.keep_tieout(MAIN, when, ok=True, text=what_was_not_told(horizon, when))
    looked(book, "main", "ira")


def home_of(config: Config, book: Book, now: datetime = TODAY) -> Home:
    looked(book, "main", "ira", now=now)
    return kins(config, book)["main"].home(now)


def against(home: Home, account: str, symbol: str, now: datetime = TODAY) -> str:
    seat = Seat(account, "ira" if account == "ira" else "taxable", now.date())
    return objection(order("K", Side.BUY, "1", symbol), (), home, seat, may_defer=False)


def sold(book: Book, cost: str | None, days_ago: int = 10) -> None:
    """10 BND, which cost so much, or nobody knows what, were sold at 70."""
    when = TODAY - timedelta(days=days_ago)
    acquired = date(2024, 3, 4)
    basis = None if cost is None else D(cost)
    came = Transfer("T", Symbol("BND"), D(10), basis, acquired, when - timedelta(days=1))
    sale = Execution("S", 1, None, Symbol("BND"), Side.SELL, D(10), D(70), D(0), when)
    book.record(MAIN, (sale,), (), (came,), ())


def test_a_broker_that_tells_of_today_alone_leaves_it_open_for_30_days(
    config: Config, book: Book
) -> None:
    first_look(book, timedelta(days=1))
    home = home_of(config, book)
    said = against(home, "ira", "VTI")
    assert said.startswith(
        "main may have sold some at a loss: it was first looked at on 2026-01-08"
    )
    assert 'as account "main before"' in said
    assert not against(home, "ira", "BND"), "main did not hold it"
    assert not against(home, "main", "VTI"), "its own loss would move, and is told"
    (unseen,) = home.unseen
    (note,) = kins(config, book)["main"].known(TODAY).notes[-1:]
    assert unseen.own == note
    assert note.startswith("what main buys may take a loss of its own: it was first looked at on")


@pytest.mark.parametrize(("days", "is_open"), [(30, True), (31, False)])
def test_it_matters_up_to_the_thirtieth_day(
    config: Config, book: Book, *, days: int, is_open: bool
) -> None:
    """A sale of the day before the look is 31 days away on the day that is 30 days after it."""
    first_look(book, timedelta(days=1))
    later = DAYS_AGO + timedelta(days=days)
    home = home_of(config, book, later)
    assert bool(against(home, "ira", "VTI", later)) is is_open


@pytest.mark.parametrize("horizon", [None, timedelta(days=31), timedelta(days=365)])
def test_a_broker_that_tells_of_all_30_days_leaves_nothing_open(
    config: Config, book: Book, horizon: timedelta | None
) -> None:
    first_look(book, horizon)
    assert not home_of(config, book).unseen


def test_a_file_that_tells_of_the_time_before_settles_it(config: Config, book: Book) -> None:
    """Its losses count: what was sold there on 5 January no account buys until 4 February."""
    first_look(book, timedelta(days=1))
    text = config.path.read_text(encoding="utf-8")
    table = '[household]\ntrades = ["before.csv"]\n'
    config.path.write_text(f"{text}\n{table}", encoding="utf-8")
    trades_file(
        config.path.parent / "before.csv",
        "2025-02-03,main before,taxable,VTI,buy,30,300,0,A,",
        "2026-01-05,main before,taxable,VTI,sell,30,250,0,A,",
    )
    home = home_of(read_config(config.path), book)
    assert not home.unseen
    assert "VTI was sold at a loss on 2026-01-05" in against(home, "ira", "VTI")
    assert "would only move to other lots" in against(home, "main", "VTI")


def test_what_the_broker_tells_of_the_time_before_counts(config: Config, book: Book) -> None:
    """A sale at a loss two days before the first look is in the ledger like any other."""
    sold(book, "80", days_ago=14)
    first_look(book, None)
    home = home_of(config, book)
    assert "BND was sold at a loss on 2026-01-06" in against(home, "ira", "BND")
    assert "lost for good" in against(home, "ira", "BND")


def test_what_was_sold_at_a_cost_that_nobody_knows_may_have_been_a_loss(
    config: Config, book: Book
) -> None:
    sold(book, None)
    home = home_of(config, book)
    assert against(home, "ira", "BND") == (
        "main may have sold some at a loss: what BND had cost that was sold on 2026-01-10 is not "
        "known"
    )
    assert not against(home, "main", "BND"), "only an IRA loses it for good"
    assert not against(home, "ira", "VTI")


def test_what_was_sold_so_long_ago_is_no_matter(config: Config, book: Book) -> None:
    sold(book, None, days_ago=31)
    assert not home_of(config, book).unseen


def test_the_first_look_is_the_first(book: Book) -> None:
    assert book.first_tieout(MAIN) is None
    looked(book, "main", now=datetime(2026, 1, 2, tzinfo=UTC))
    looked(book, "main")
    first = book.first_tieout(MAIN)
    assert first is not None
    assert first.time.day == 2
