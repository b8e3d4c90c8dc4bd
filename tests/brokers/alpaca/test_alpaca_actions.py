"""Corporate actions out of Alpaca's activities: what is told in full, what the owner is asked."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from alpaca_bench import KO

from brokers.alpaca import ledger
from brokers.alpaca.actions import corporate_actions
from brokers.words import (
    ActionRecord,
    Execution,
    Merger,
    OpenQuestion,
    Relief,
    Retraction,
    ReturnOfCapital,
    Side,
    Symbol,
    SymbolChange,
    Transfer,
)
from strategies.lots import Ledger
from strategies.lots import ledger as lots_of
from strategies.lots.actions.told import in_question, open_questions

D = Decimal
DAY = date(2020, 3, 10)
NEW = Symbol("INFQ")
Row = dict[str, object]
EIGHT = Execution(
    "b",
    0,
    None,
    KO,
    Side.BUY,
    D(8),
    D(50),
    D(0),
    datetime.fromisoformat("2020-03-02T15:00:00+00:00"),
)


def entry(number: int, kind: str, **more: object) -> Row:
    """An activity that is no trade, as Alpaca tells it."""
    own = f"20200310000000{number:03d}::{number:08d}-6f23-4cef-bdf1-3806aae57dbf"
    row: Row = {"id": own, "activity_type": kind, "date": "2020-03-10", "status": "executed"}
    return {**row, "created_at": "2020-03-10T12:00:00Z", "currency": "USD", **more}


def renamed(**more: object) -> list[Row]:
    """KO under a new name, as two legs of a group."""
    out = entry(1, "NC", symbol="KO", qty="-8", net_amount="0", group_id="g")
    return [out, entry(2, "NC", symbol="INFQ", qty="8", net_amount="0", group_id="g", **more)]


def counted(transfers: tuple[Transfer, ...], actions: tuple[ActionRecord, ...]) -> Ledger:
    """The ledger after 8 KO at 50 were bought."""
    return lots_of([EIGHT], transfers, actions, Relief.FIFO)


def held(found: Ledger) -> dict[Symbol, list[tuple[Decimal, Decimal | None]]]:
    """Shares and basis of each open lot."""
    return {s: [(lot.quantity, lot.unit_cost) for lot in lots] for s, lots in found.lots.items()}


def test_a_new_name_is_the_same_shares_under_it() -> None:
    rows = renamed()
    (action,) = corporate_actions(rows)
    ids = (str(rows[0]["id"]), str(rows[1]["id"]))
    assert action == SymbolChange(ids[1], KO, DAY, NEW, ids)
    assert ledger.transfers(rows) == ()
    assert held(counted((), (action,))) == {NEW: [(8, 50)]}


def test_a_book_that_has_the_legs_as_transfers_already_counts_them_once() -> None:
    rows = renamed()
    transfers = ledger.transfers([{**row, "activity_type": "JNLS"} for row in rows])
    assert len(transfers) == 2
    assert held(counted(transfers, corporate_actions(rows))) == {NEW: [(8, 50)]}


def test_half_a_new_name_is_not_told() -> None:
    for leg in renamed():
        assert corporate_actions([leg]) == ledger.transfers([leg]) == ()


@pytest.mark.parametrize("kind", ["NC", "SPLIT"])
def test_more_legs_than_two_are_shares_that_come_and_go_and_are_asked_about(kind: str) -> None:
    out, back = ({**row, "activity_type": kind} for row in renamed())
    rows = [out, back, entry(3, kind, symbol="W", qty="2", group_id="g")]
    moved = [(t.symbol, t.quantity) for t in ledger.transfers(rows)]
    assert moved == [("KO", -8), ("INFQ", 8), ("W", 2)]
    assert [q.symbol for q in open_questions(corporate_actions(rows))] == ["KO", "INFQ", "W"]


def test_a_new_name_for_another_number_of_shares_is_asked_about() -> None:
    out, back = renamed()
    rows = [out, {**back, "qty": "4"}]
    assert {type(action) for action in corporate_actions(rows)} == {OpenQuestion}
    assert [t.quantity for t in ledger.transfers(rows)] == [-8, 4]


def test_a_merger_for_cash_alone_is_a_sale_of_every_share() -> None:
    row = entry(1, "MA", activity_sub_type="CMA", symbol="KO", qty="-8", net_amount="252.00")
    (action,) = corporate_actions([row])
    assert action == Merger(str(row["id"]), KO, DAY, cash=D("31.5"), records=(str(row["id"]),))
    found = counted(ledger.transfers([row]), (action,))
    assert (found.lots, [r.gain for r in found.realized]) == ({}, [D("-148.0")])
    assert [flow.amount for flow in ledger.cash_flows([row])] == [252]


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ({"activity_type": "DIVROC", "per_share_amount": "0.43"}, "0.43"),
        ({"activity_type": "DIVROC"}, "0.5"),
        ({"activity_type": "DIV", "activity_sub_type": "ROC"}, "0.5"),
    ],
)
def test_a_return_of_capital_lowers_the_basis(told: Row, amount: str) -> None:
    row = entry(1, "DIVROC", symbol="KO", qty="8", net_amount="4.00") | told
    (action,) = corporate_actions([row])
    assert action == ReturnOfCapital(str(row["id"]), KO, DAY, D(amount))
    assert ledger.transfers([row]) == ()
    assert held(counted((), (action,))) == {KO: [(8, 50 - D(amount))]}


QUESTIONS = [
    ("SPIN", None, "5", "0", "Alpaca booked SPIN of +5 KO"),
    ("MA", "SMA", "-8", "0", "Alpaca booked MA SMA of -8 KO"),
    ("MA", "SCMA", "-8", "12.10", "Alpaca booked MA SCMA of -8 KO and +12.1 USD"),
    ("REORG", "WRM", "-8", "0", "Alpaca booked REORG WRM of -8 KO"),
    ("DIV", "SDIV", "0.5", "0", "Alpaca booked DIV SDIV of +0.5 KO"),
    ("DIVROC", None, "0", "-4.00", "Alpaca booked DIVROC of -4 USD"),
    ("CIL", None, "0", "7.31", "Alpaca booked CIL of +7.31 USD"),
]


@pytest.mark.parametrize(("kind", "sub", "shares", "cash", "said"), QUESTIONS)
def test_what_alpaca_does_not_tell_in_full_is_asked(
    kind: str, sub: str | None, shares: str, cash: str, said: str
) -> None:
    row = entry(1, kind, activity_sub_type=sub, symbol="KO", qty=shares, net_amount=cash)
    (asked,) = corporate_actions([row])
    assert asked == OpenQuestion(str(row["id"]), KO, DAY, said, (str(row["id"]),))
    assert [t.quantity for t in ledger.transfers([row])] == [D(shares)] * (shares != "0")
    assert said in in_question([asked])[KO]


@pytest.mark.parametrize("kind", ["JNLS", "ACATS", "FOPT", "CSD", "DIV", "FEE"])
def test_shares_and_cash_that_no_company_moved_ask_nothing(kind: str) -> None:
    assert corporate_actions([entry(1, kind, symbol="KO", qty="3", net_amount="1")]) == ()


def test_the_owners_answer_closes_the_question_and_stands_for_the_shares() -> None:
    rows = [
        entry(1, "MA", activity_sub_type="SMA", symbol="KO", qty="-8"),
        entry(2, "MA", activity_sub_type="SMA", symbol="INFQ", qty="4"),
    ]
    asked = corporate_actions(rows)
    assert set(in_question(asked)) == {KO, NEW}
    ids = tuple(question.action_id for question in asked)
    told = (*asked, Merger("mine", KO, DAY, NEW, D("0.5"), records=ids))
    assert (open_questions(told), in_question(told)) == ((), {})
    found = counted(ledger.transfers(rows), told)
    assert held(found) == {NEW: [(4, 100)]}
    assert found.lots[NEW][0].acquired == date(2020, 3, 2)


def test_an_answer_that_is_taken_back_opens_the_question_again() -> None:
    asked = corporate_actions([entry(1, "SPIN", symbol="KO", qty="5")])
    answer = SymbolChange("mine", NEW, DAY, KO, (asked[0].action_id,))
    told = (*asked, answer, Retraction("oops", NEW, DAY + timedelta(days=1), ("mine",)))
    assert open_questions(told) == asked


def test_what_was_undone_is_told_with_its_undoing() -> None:
    row = entry(1, "SPIN", symbol="KO", qty="5")
    before = corporate_actions([row])
    after = corporate_actions([{**row, "status": "canceled"}])
    assert after[:1] == before
    assert open_questions(after) == ()
    assert corporate_actions([{**row, "status": "pending"}]) == ()
