"""Capital gains that a fund paid, out of the book: in the household, on Schedule D and the form."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.wiring import read_config
from bot.household.fund_gains import fund_gains, held_before
from brokers.words import AccountId, CashFlow, Currency, FlowKind, Symbol
from strategies.lots import Ledger, Lot, Realized
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.household.kin_homes import kins, looked

D = Decimal
BND = Symbol("BND")
TRADES = {
    "main": """B1 2025-09-02 buy 100 BND 80 0
    B2 2025-12-05 buy 100 BND 70 0
    S1 2025-11-03 sell 60 BND 75 0""",
    "ira": "I1 2025-09-02 buy 10 BND 80 0",
}


def paid(name: str, day: str, amount: str, kind: FlowKind = FlowKind.CAPITAL_GAIN) -> CashFlow:
    return CashFlow(name, kind, D(amount), datetime.fromisoformat(f"{day}T17:00+00:00"), symbol=BND)


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A loss of 300 USD on 60 shares, on which the fund had paid 2 USD each: 120 in all."""
    path = install(tmp_path, TRADES)
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        flows = [
            paid("F1", "2025-10-01", "200"),
            paid("F2", "2025-10-01", "999", FlowKind.DIVIDEND),
            paid("F3", "2025-11-10", "40"),
        ]
        book.record(AccountId("main"), (), flows, (), ())
        book.record(AccountId("ira"), (), [paid("F4", "2025-10-01", "20")], (), ())
    return path


def test_the_household_knows_what_was_paid_on_each_share(config: str) -> None:
    read = read_config(Path(config))
    with Book.open(read.book_url, upgrade=False) as book:
        looked(book, "main", "ira")
        home = kins(read, book)["main"].home(TODAY)
    assert home.fund_gains == {
        ("main", "BND"): ((date(2025, 10, 1), D(2)), (date(2025, 11, 10), D(1)))
    }
    (sold,) = home.ledger.disposals
    assert (sold.recognised, sold.term, sold.as_long) == (-300, "short", 120)


def document(config: str, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["-c", config, "tax", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_schedule_d_has_it_in_both_parts(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = document(config, capsys, "2025")
    schedule = told["schedule_d"]
    assert (D(schedule["short"]), D(schedule["long"])) == (-180, -120)
    rows = [(r["term"], D(r["quantity"]), D(r["recognised"])) for r in told["disposals"]]
    assert rows == [("long", D(24), D(-120)), ("short", D(36), D(-180))]
    assert any(
        "120.00 USD of the loss on BND sold on 2025-11-03 are long-term" in note
        and "852(b)(4)(A)" in note
        for note in told["notes"]
    )
    form = document(config, capsys, "2025", "--form8949")
    assert (D(form["short"]["gain"]), D(form["long"]["gain"])) == (-180, -120)


def test_so_it_would_be_if_all_were_sold_today(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """40 shares of 80 USD are worth 70, and 3 USD were paid on each; 100 have neither loss nor pay.

    Those of the IRA are worth no tax.
    """
    told = document(config, capsys)["if_sold"]
    (row,) = told["names"]
    assert (row["symbol"], D(row["quantity"]), D(row["price"])) == ("BND", 140, 70)
    assert (D(row["short"]), D(row["long"]), D(row["disallowed"])) == (-280, -120, 0)
    assert (D(told["short"]), D(told["long"])) == (-280, -120)


def test_what_each_share_got_is_of_those_held_the_day_before() -> None:
    def lot(quantity: int, day: date) -> Lot:
        return Lot("l", BND, D(quantity), D(1), day, Currency("USD"))

    gone = Realized("g", BND, D(5), D(5), D(5), date(2025, 1, 2), date(2025, 6, 2))
    plain = Ledger({BND: (lot(10, date(2025, 1, 2)), lot(7, date(2025, 6, 2)))}, (gone,))
    days = [date(2025, 1, 2), date(2025, 1, 3), date(2025, 6, 2), date(2025, 6, 3)]
    assert [held_before(plain, BND, day) for day in days] == [0, 15, 15, 17]
    at = datetime(2025, 6, 2, 17, tzinfo=UTC)
    flow = CashFlow("f", FlowKind.CAPITAL_GAIN, D(30), at, symbol=BND)
    assert fund_gains([("a", flow, plain)]) == {("a", "BND"): ((date(2025, 6, 2), D(2)),)}
    assert fund_gains([("a", flow, Ledger({}, ()))]) == {}, "nobody held any"
    euros = CashFlow("f", FlowKind.CAPITAL_GAIN, D(30), at, Currency("EUR"), BND)
    assert fund_gains([("a", euros, plain)]) == {}


@pytest.mark.parametrize(("told", "is_said"), [(FlowKind.DIVIDEND, True), (None, False)])
def test_where_nobody_tells_what_a_dividend_was_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: FlowKind | None, *, is_said: bool
) -> None:
    path = install(tmp_path, TRADES)
    with Book.open(tmp_path / "book.db", upgrade=False) as book:
        flows = [] if told is None else [paid("F", "2025-10-01", "200", told)]
        book.record(AccountId("main"), (), flows, (), ())
    notes = document(path, capsys, "2025")["notes"]
    said = [
        note for note in notes if note.startswith("main: BND: sold at a loss within six months")
    ]
    assert len(said) == is_said
    assert all("box 2a of Form 1099-DIV" in note for note in said)
