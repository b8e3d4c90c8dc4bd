"""What an account may have sold at a loss, and nobody knows of, is bought by no other account."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.book.book import Book
from bot.cli.wiring import read_config
from bot.config.settings import Config
from bot.household.asking import objection
from brokers.words import Side
from strategies.washes.enforce import Seat
from strategies.washes.home import Home
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.household.kin_homes import kins, looked, order, trades_file

TRADES = {
    "main": "B1 2024-03-04 buy 100 VTI 200 0",
    "hers": "H1 2024-03-04 buy 100 BND 70 0",
    "ira": "I1 2024-03-04 buy 10 VNQ 80 0",
}
KINDS = {"main": "taxable", "hers": "taxable", "ira": "traditional"}
LONG_AGO = TODAY - timedelta(days=5)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Two taxable accounts and an IRA, all of real money."""
    return read_config(Path(install(tmp_path, TRADES, KINDS)))


@pytest.fixture
def book(config: Config) -> Iterator[Book]:
    with Book.open(config.book_url, upgrade=False) as opened:
        yield opened


def with_table(config: Config, table: str) -> Config:
    text = config.path.read_text(encoding="utf-8")
    config.path.write_text(f"{text}\n{table}\n", encoding="utf-8")
    return read_config(config.path)


def against(home: Home, account: str, symbol: str, *, may_defer: bool = False) -> str:
    """Why ``account`` may not buy it."""
    kind = "ira" if account == "ira" else "taxable"
    seat = Seat(account, kind, TODAY.date())
    return objection(order("K", Side.BUY, "1", symbol), (), home, seat, may_defer=may_defer)


def home_of(config: Config, book: Book) -> Home:
    return kins(config, book)["main"].home(TODAY)


def test_all_is_bought_while_every_account_is_known(config: Config, book: Book) -> None:
    looked(book, "main", "hers", "ira")
    home = home_of(config, book)
    assert home.unseen == ()
    assert not any(against(home, who, what) for who in TRADES for what in ("VTI", "BND", "VNQ"))


def test_what_it_held_is_bought_by_no_other(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    looked(book, "hers", now=LONG_AGO)
    home = home_of(config, book)
    for who in ("main", "ira"):
        assert against(home, who, "BND").startswith(
            "hers may have sold some at a loss: hers was last looked at on 2026-01-15"
        )
        assert not against(home, who, "VTI"), "hers never held it"
    assert not against(home, "hers", "BND"), "it is looked at before it buys"


def test_a_book_that_differs_from_its_broker_is_not_known(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    looked(book, "hers", ok=False)
    home = home_of(config, book)
    assert "book and broker of hers differ" in against(home, "ira", "BND")
    assert not against(home, "ira", "VTI")


def test_one_that_was_never_looked_at_may_have_sold_anything(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    home = home_of(config, book)
    assert "nothing is known yet of what hers bought" in against(home, "ira", "VNQ")
    assert against(home, "main", "VTI")


def test_what_an_ira_sold_is_no_loss(config: Config, book: Book) -> None:
    looked(book, "main", "hers")
    home = home_of(config, book)
    assert len(home.doubts) == 1
    assert not any(against(home, who, "VNQ") for who in ("main", "hers"))


def test_a_file_that_is_missing_may_tell_of_anything(config: Config, book: Book) -> None:
    looked(book, "main", "hers", "ira")
    config = with_table(config, '[household]\ntrades = ["his.csv"]')
    home = home_of(config, book)
    assert against(home, "ira", "VTI").startswith(
        "an account held elsewhere may have sold some at a loss: trades of accounts held elsewhere"
        " are not known"
    )
    trades_file(config.path.parent / "his.csv", "2025-07-01,his,taxable,VTI,buy,3,90,0,H1,")
    assert not against(home_of(config, book), "ira", "VTI")


def test_the_like_of_what_it_held_is_not_bought_either(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    looked(book, "hers", now=LONG_AGO)
    config = with_table(config, '[household]\nidentical = [["BND", "AGG"]]')
    assert against(home_of(config, book), "ira", "AGG")


def test_who_lets_losses_move_buys_in_what_is_taxed(config: Config, book: Book) -> None:
    """A loss that moves is no harm to him; one that an IRA takes is lost for good."""
    looked(book, "main", "ira")
    looked(book, "hers", now=LONG_AGO)
    home = home_of(config, book)
    assert not against(home, "main", "BND", may_defer=True)
    assert against(home, "ira", "BND", may_defer=True)


def test_the_owner_may_buy_all_the_same(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    config = with_table(config, "[household]\nbuys_in_doubt = true")
    home = home_of(config, book)
    assert home.doubts
    assert not any(against(home, who, "BND") for who in ("main", "ira"))


def test_a_look_ends_it(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    kin = kins(config, book)["main"]
    assert against(kin.home(TODAY), "ira", "BND")
    looked(book, "hers")
    assert not against(kin.home(TODAY), "ira", "BND")
