"""What cannot be used is left out with a sentence, the rest still counts, and nothing is raised."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.book.book import Book
from bot.cli.wiring import read_config
from bot.config.settings import Config
from bot.household.kin import Kin, rules_of
from bot.household.trades import BadTrades
from bot.household.work import work_out
from strategies.lots import BadLots
from strategies.washes.home import Home
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.household.kin_homes import D, kins, looked, trades_file

UNKNOWN = "trades of accounts held elsewhere are not known: "
GOOD = "2025-07-01,his,taxable,VTI,buy,3,90,0,G,"
BAD = {
    "is not there": ("{path}: no such file or directory", None),
    "is empty": ("{path}:1: there is no column date, account,", ""),
    "has a bad cell": (
        '{path}:2: quantity: "many" is no number like 1234.56',
        "2025-07-01,hers,taxable,VTI,buy,many,90,0,H1,",
    ),
    "is of another kind": (
        "{path}:2: kind:",
        "2025-07-01,hers,pension,VTI,buy,3,90,0,H1,",
    ),
    "sells what it has not": (
        "{path}:2: quantity: 3 VTI sold from hers, which held 0",
        "2025-07-01,hers,taxable,VTI,sell,3,90,0,,",
    ),
    "is of the future": ("{path}:2: date:", "2027-07-01,hers,taxable,VTI,buy,3,90,0,H1,"),
    "tells of our own": (
        "{path}:2: main is an account of the config",
        "2025-07-01,main,taxable,VTI,buy,3,90,0,H1,",
    ),
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Two accounts of real money, and two files of those held elsewhere."""
    path = Path(install(tmp_path))
    table = '[household]\ntrades = ["hers.csv", "his.csv"]\n'
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    trades_file(tmp_path / "his.csv", GOOD)
    return read_config(path)


@pytest.fixture
def book(config: Config) -> Iterator[Book]:
    with Book.open(config.book_url, upgrade=False) as opened:
        looked(opened, "main", "ira")
        yield opened


def accounts(home: Home) -> set[str]:
    return {lot.account for lot in home.ledger.open_lots}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_used_is_a_doubt(what: str, config: Config, book: Book) -> None:
    words, row = BAD[what]
    hers = config.path.parent / "hers.csv"
    if row is not None:
        trades_file(hers, row) if row else hers.write_text("", encoding="utf-8")
    kin = kins(config, book)["main"]
    home = kin.home(TODAY)
    (doubt,) = home.doubts
    assert doubt.startswith(UNKNOWN + words.format(path=hers))
    assert accounts(home) == {"main", "ira", "his"}, "the rest still counts"
    assert kin.known(TODAY).unusable == (doubt,)
    assert doubt in kin.notes


def test_who_asks_for_figures_is_refused_instead(config: Config, book: Book) -> None:
    kin = kins(config, book)["main"]
    strict = Kin(kin.settings, kin.accounts, book, strict=True)
    with pytest.raises(FileNotFoundError):
        strict.home(TODAY)
    trades_file(config.path.parent / "hers.csv", BAD["has a bad cell"][1] or "")
    with pytest.raises(BadTrades, match="many"):
        strict.home(TODAY)
    trades_file(config.path.parent / "hers.csv", GOOD.replace("his", "hers"))
    assert accounts(strict.home(TODAY)) == {"main", "ira", "his", "hers"}


def test_a_file_that_is_mended_counts_again(config: Config, book: Book) -> None:
    kin = kins(config, book)["main"]
    assert kin.home(TODAY).doubts
    hers = trades_file(config.path.parent / "hers.csv", GOOD.replace("his", "hers"))
    assert not kin.home(TODAY).doubts
    assert accounts(kin.home(TODAY)) == {"main", "ira", "his", "hers"}
    hers.unlink()
    assert kin.home(TODAY).doubts


def test_a_file_of_the_same_length_and_another_time_is_read_again(
    config: Config, book: Book
) -> None:
    kin = kins(config, book)["main"]
    row = GOOD.replace("his", "hers")
    hers = trades_file(config.path.parent / "hers.csv", row)
    before = kin.home(TODAY)
    trades_file(hers, row.replace(",3,", ",4,"))
    changed = hers.stat().st_mtime_ns + 1_000_000
    os.utime(hers, ns=(changed, changed))
    quantities = [
        [lot.quantity for lot in home.ledger.open_lots if lot.account == "hers"]
        for home in (before, kin.home(TODAY))
    ]
    assert quantities == [[D(3)], [D(4)]]


def test_several_that_are_bad_are_all_told(config: Config, book: Book) -> None:
    trades_file(config.path.parent / "hers.csv", BAD["sells what it has not"][1] or "")
    trades_file(config.path.parent / "his.csv", BAD["tells of our own"][1] or "")
    home = kins(config, book)["main"].home(TODAY)
    assert len(home.doubts) == 2
    assert accounts(home) == {"main", "ira"}


def test_an_account_that_cannot_be_true_leaves_the_others(tmp_path: Path) -> None:
    """Its own cycle is refused for it; the other account's goes on, and takes no loss."""
    trades = {
        "main": "B1 2024-03-04 buy 10 VTI 250 0",
        "ira": "S1 2025-05-05 sell 10 VTI 75 0",
    }
    config = read_config(Path(install(tmp_path, trades)))
    with Book.open(config.book_url, upgrade=False) as book:
        looked(book, "main", "ira")
        with pytest.raises(BadLots):
            work_out((), rules_of(config.households[0]), TODAY, config.accounts, book)
        home = kins(config, book)["main"].home(TODAY)
    (doubt,) = home.doubts
    assert doubt.startswith("what ira bought and sold is not known: ira: ")
    assert accounts(home) == {"main"}
