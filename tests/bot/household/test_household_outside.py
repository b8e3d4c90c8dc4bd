"""Options and short sales in any account of the household keep losses of the share from harvest.

Symbols are those of the Options Clearing Corporation's 21-character format (OSI, 2010), as Alpaca
writes them without blanks and Interactive Brokers with them and the contract's number.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.book.book import Book
from bot.cli.wiring import read_config
from bot.config.settings import Config
from bot.household.outside import shorts_in, shorts_said, underlying
from brokers.words import (
    USD,
    AccountId,
    AccountState,
    Environment,
    Execution,
    Position,
    Side,
    Symbol,
    Transfer,
)
from strategies.washes.home import Home
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.household.kin_homes import D, kins, looked

KINDS = {"main": "taxable", "ira": "traditional"}
TRADES = {"main": "B1 2024-03-04 buy 100 VTI 200 0"}
IRA = AccountId("ira")
CALL = "VTI260320C00250000"

SYMBOLS = [
    ("AAPL240119C00100000", "AAPL"),
    ("AAPL  240119C00100000#680123", "AAPL"),
    ("SPY   251219P00450000", "SPY"),
    ("AAPL1240119C00100000", "AAPL"),
    ("BRKB  260116P00400000#9", "BRKB"),
    ("F240119C00010000", "F"),
    ("VTI#756733", "VTI"),
    ("VTI", ""),
    ("BRK.B", ""),
    ("ESZ4", ""),
    ("AAPL240119X00100000", ""),
    ("240119C00100000", ""),
    ("", ""),
]


@pytest.mark.parametrize(("symbol", "share"), SYMBOLS)
def test_the_share_that_a_contract_is_about(symbol: str, share: str) -> None:
    assert underlying(symbol) == share


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return read_config(Path(install(tmp_path, TRADES, KINDS)))


@pytest.fixture
def book(config: Config) -> Iterator[Book]:
    with Book.open(config.book_url, upgrade=False) as opened:
        yield opened


def home_of(config: Config, book: Book) -> Home:
    return kins(config, book)["main"].home(TODAY)


def bought(book: Book, symbol: str, days_ago: int = 60) -> None:
    when = TODAY - timedelta(days=days_ago)
    came = Transfer(f"T:{symbol}", Symbol(symbol), D(2), None, when.date(), when)
    book.record(IRA, (), (), (came,), ())


def test_an_option_that_is_open_in_another_account(config: Config, book: Book) -> None:
    bought(book, CALL)
    looked(book, "main", "ira")
    home = home_of(config, book)
    assert home.outside["VTI"] == (
        f"{CALL}, a contract on VTI, is open in ira: outside this ledger, and it may take a loss "
        "of it"
    )
    assert not home.doubts
    assert "BND" not in home.outside


@pytest.mark.parametrize(("days", "counts"), [(30, True), (31, False)])
def test_it_counts_for_thirty_days_after_it_is_gone(
    config: Config, book: Book, *, days: int, counts: bool
) -> None:
    bought(book, CALL)
    when = TODAY - timedelta(days=days)
    sale = Execution("S", 1, None, Symbol(CALL), Side.SELL, D(2), D(3), D(0), when)
    book.record(IRA, (sale,), (), (), ())
    looked(book, "main", "ira")
    said = home_of(config, book).outside.get("VTI", "")
    assert bool(said) is counts
    assert not counts or "was open in ira until 2025-12-21" in said


def test_a_class_of_shares_and_its_like_are_meant_too(config: Config, book: Book) -> None:
    text = config.path.read_text(encoding="utf-8")
    table = '[household]\nidentical = [["BRK.B", "LIKE"]]\n'
    config.path.write_text(f"{text}\n{table}", encoding="utf-8")
    bought(book, "BRKB  260116P00400000#9")
    bought(book, "BRK.B")
    looked(book, "main", "ira")
    home = home_of(read_config(config.path), book)
    assert home.ledger.group("LIKE") in home.outside


def state(**held: int) -> AccountState:
    positions = tuple(Position(Symbol(name), D(shares)) for name, shares in held.items())
    return AccountState(IRA, Environment.LIVE, "n", USD, (), positions, (), TODAY)


def test_what_a_look_found_sold_short_is_remembered_with_it(config: Config, book: Book) -> None:
    said = shorts_said(state(VTI=-10, BND=5, VNQ=-1))
    assert said == "held short: VNQ, VTI"
    assert shorts_in(f"executions before 2026-01-07 were not told; {said}") == ("VNQ", "VTI")
    assert shorts_said(state(VTI=10)) == ""
    assert shorts_in("") == ()
    looked(book, "main")
    book.keep_tieout(IRA, TODAY, ok=True, text=said)
    home = home_of(config, book)
    assert home.outside["VTI"].startswith("VTI is held short in ira: outside this ledger")
    looked(book, "ira")
    assert not home_of(config, book).outside, "the next look found none"
