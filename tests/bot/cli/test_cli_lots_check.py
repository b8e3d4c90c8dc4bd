"""``trimtab lots check`` and ``lots name``: which lots were sold, what the broker says of it."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.book.book import Book
from bot.book.rows import ReliefRow
from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.cli.wiring import read_config
from bot.household.relieved import sheet_of
from brokers.words import AccountId, Relief
from tests.bot.cli.tax_books import HOUSEHOLD, TODAY, install

D = Decimal
MAIN = AccountId("main")
TRADES = {
    "main": """
        B1 2024-03-04 buy 10 VTI 250 0
        B2 2024-06-04 buy 10 VTI 300 0
        S1 2026-01-20 sell 12 VTI 280 0
    """
}
Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trimtab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Called:
    """Runs ``trimtab -c CONFIG lots ...``; exit code, stdout and stderr."""

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", str(tmp_path / "config.toml"), "lots", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def by_broker(folder: Path, relief: Relief) -> None:
    """The book knows how the broker relieves lots."""
    with Book.open(folder / "book.db", upgrade=False) as book:
        book.keep_relief(MAIN, ReliefRow(date.min, relief, D("0.37"), D("0.2")), TODAY)


def checked(trimtab: Called, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The first account of the document."""
    left, out, err = trimtab("check", "--json", *arguments)
    assert left == code, err
    found: dict[str, Any] = json.loads(out)
    jsonschema.validate(found, document_schema("lots-check"))
    account: dict[str, Any] = found["accounts"][0]
    return account


def lots_of(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["lot"], row["quantity"]) for row in rows]


def test_where_the_broker_does_as_wanted_there_is_nothing_to_name(
    trimtab: Called, tmp_path: Path
) -> None:
    install(tmp_path, TRADES, {"main": "taxable"}, relief="hifo")
    by_broker(tmp_path, Relief.HIFO)
    account = checked(trimtab)
    assert (account["relief"], account["wanted"], account["sales"]) == ("hifo", "hifo", [])


def test_a_sale_says_which_lots_to_name_and_until_when(trimtab: Called, tmp_path: Path) -> None:
    install(tmp_path, TRADES, {"main": "taxable"}, relief="hifo")
    by_broker(tmp_path, Relief.FIFO)
    (sale,) = checked(trimtab)["sales"]
    assert (sale["state"], sale["until"]) == ("to be named", "2026-01-21")
    assert lots_of(sale["took"]) == [("B1", "10"), ("B2", "2")]
    assert lots_of(sale["wanted"]) == [("B2", "10"), ("B1", "2")]
    _, out, _ = trimtab("check")
    assert "trimtab lots name S1 B2=10 B1=2" in " ".join(out.split())


def test_the_sales_of_a_day_are_a_sheet_for_the_owner(tmp_path: Path) -> None:
    config = read_config(Path(install(tmp_path, TRADES, {"main": "taxable"}, relief="hifo")))
    by_broker(tmp_path, Relief.FIFO)
    (main,) = config.accounts
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        head, line = sheet_of(main, book, TODAY.date())
        assert sheet_of(main, book, TODAY.date() + timedelta(days=1)) == ()
    assert "until 2026-01-21" in head
    assert line.startswith("sell 12 VTI: 10 of B2 (bought 2024-06-04 at 300.00), 2 of B1")


def test_what_was_named_counts_from_then_on(trimtab: Called, tmp_path: Path) -> None:
    install(tmp_path, TRADES, {"main": "taxable"}, relief="hifo")
    by_broker(tmp_path, Relief.FIFO)
    assert trimtab("name", "S1", "B2=10", "B1=2")[0] == 0
    (sale,) = checked(trimtab)["sales"]
    assert (sale["state"], lots_of(sale["took"])) == ("named", [("B2", "10"), ("B1", "2")])
    out = trimtab("--csv")[1].splitlines()
    assert [line.split(",")[2:4] for line in out[1:]] == [["B1", "8"]]
    trimtab("name", "S1", "B1=10", "B2")
    out = trimtab("--csv")[1].splitlines()
    assert [line.split(",")[2:4] for line in out[1:]] == [["B2", "8"]]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (("name", "S9", "B1"), 2, "no sale is called S9"),
        (("name", "B1", "B1"), 2, "no sale is called B1"),
        (("name", "S1", "B1=many"), 2, "is no number of shares"),
        (("name", "S1", "B1=0"), 2, "is no number of shares"),
        (("name", "S1", "B7"), 4, "names the lot B7, which is not held"),
        (("name", "S1", "B1=5"), 4, "shares more than the lots that it names"),
    ],
)
def test_lots_that_cannot_have_been_sold_are_refused(
    trimtab: Called, tmp_path: Path, line: tuple[str, ...], code: int, said: str
) -> None:
    install(tmp_path, TRADES, {"main": "taxable"})
    left, _, err = trimtab(*line)
    assert left == code
    assert said in " ".join(err.split())
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        assert book.named_lots(MAIN) == ()


PLAIN = "symbol,quantity,acquired,basis\n"


def statement(folder: Path, *rows: str) -> tuple[str, ...]:
    (folder / "broker.csv").write_text(PLAIN + "\n".join(rows) + "\n")
    return "-a", "main", "--statement", str(folder / "broker.csv")


def test_a_statement_that_agrees_is_said_to(trimtab: Called, tmp_path: Path) -> None:
    install(tmp_path, TRADES, {"main": "taxable"})
    account = checked(trimtab, *statement(tmp_path, "VTI,8,2024-06-04,2400.00"))
    assert (account["compared"], account["differences"]) == (1, [])


DIFFERENT = [
    (("VTI,8,2024-03-04,2000",), "other lots were sold than the book has"),
    (("VTI,9,2024-06-04,2700",), "the number of shares differs"),
    (("VTI,8,2024-06-04,2412",), "the basis differs"),
    (("VTI,8,2024-06-04,2400", "BND,5,2024-06-04,350"), "the number of shares differs"),
]


@pytest.mark.parametrize(("rows", "why"), DIFFERENT)
def test_a_statement_that_differs_says_in_what_and_why(
    trimtab: Called, tmp_path: Path, rows: tuple[str, ...], why: str
) -> None:
    install(tmp_path, TRADES, {"main": "taxable"})
    account = checked(trimtab, *statement(tmp_path, *rows), code=4)
    assert all(why in row["why"] and not row["explained"] for row in account["differences"])
    assert account["differences"]


def test_losses_that_moved_in_explain_a_higher_basis(trimtab: Called, tmp_path: Path) -> None:
    install(tmp_path, HOUSEHOLD)
    rows = statement(tmp_path, "VTI,40,2024-03-04,10000.40", "VTI,20,2025-07-10,4960.40")
    (row,) = checked(trimtab, *rows)["differences"]
    assert row["explained"]
    assert "by the household's ledger as well" in row["why"]


def test_a_statement_of_several_accounts_needs_a_number(trimtab: Called, tmp_path: Path) -> None:
    install(tmp_path, HOUSEHOLD)
    (tmp_path / "broker.csv").write_text(PLAIN)
    code, _, err = trimtab("check", "--statement", str(tmp_path / "broker.csv"))
    assert (code, "--account" in err) == (2, True)


def test_a_statement_that_cannot_be_read_is_said_with_its_line(
    trimtab: Called, tmp_path: Path
) -> None:
    install(tmp_path, TRADES, {"main": "taxable"})
    code, out, err = trimtab("check", *statement(tmp_path, "VTI,eight,2024-06-04,2400"))
    assert (code, out) == (2, "")
    assert "broker.csv:2" in err
