"""actions.csv: what companies did, typed by a person, kind by kind; and lines that are wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from manual_accounts import Account, make_account

from brokers.broker import BadAnswer
from brokers.words import Action, Merger, ReturnOfCapital, SpinOff, Split, Symbol, SymbolChange

D = Decimal
A, B = Symbol("A"), Symbol("B")
DAY = date(2026, 10, 1)
COLUMNS = (
    "kind,symbol,effective,ratio,new_symbol,basis_share,cash,value,taxable,cash_in_lieu,amount,paid"
)

TOLD: list[tuple[str, Action]] = [
    ("split,A,2026-10-01,4,,,,,,,,", Split("split:A:2026-10-01", A, D(4), DAY)),
    (
        "split,A,2026-10-01,0.1,,,,,,7.31,,",
        Split("split:A:2026-10-01", A, D("0.1"), DAY, D("7.31")),
    ),
    (
        "spin-off,A,2026-10-01,0.25,B,0.1312,,,,,,",
        SpinOff("spin-off:A:2026-10-01", A, DAY, B, D("0.25"), D("0.1312")),
    ),
    ("merger,A,2026-10-01,,,,31.5,,,,,", Merger("merger:A:2026-10-01", A, DAY, cash=D("31.5"))),
    (
        "merger,A,2026-10-01,0.5,B,,2,44,yes,,,",
        Merger("merger:A:2026-10-01", A, DAY, B, D("0.5"), D(2), D(44), is_taxable=True),
    ),
    ("merger,A,2026-10-01,,,,0,,,,,", Merger("merger:A:2026-10-01", A, DAY)),
    (
        "symbol-change,A,2026-10-01,,B,,,,,,,",
        SymbolChange("symbol-change:A:2026-10-01", A, DAY, B),
    ),
    (
        "Return-of-capital,A,2026-10-01,,,,,,,,0.4321,2026-10-15",
        ReturnOfCapital("return-of-capital:A:2026-10-01", A, DAY, D("0.4321"), date(2026, 10, 15)),
    ),
]


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return make_account(tmp_path)


@pytest.mark.parametrize(("line", "action"), TOLD)
def test_a_line_is_an_action(account: Account, line: str, action: Action) -> None:
    account.put("actions.csv", f"{COLUMNS}\n{line}\n")
    assert account.broker.corporate_actions(None) == (action,)


def test_both_files_are_read_and_an_id_may_be_ones_own(account: Account) -> None:
    account.put("splits.csv", "symbol,ratio,effective,id\nVTI,2,2026-10-01,\nA,3,2026-10-02,Y\n")
    account.put(
        "actions.csv", "kind,symbol,effective,amount,id\nreturn-of-capital,A,2026-10-01,1,X\n"
    )
    ids = [action.action_id for action in account.broker.corporate_actions(None)]
    assert ids == ["split:VTI:2026-10-01", "Y", "X"]


WRONG = [
    ("merge,A,2026-10-01,,,,,,,,,", 'kind: "merge": must be one of split, spin-off, merger'),
    ("question,A,2026-10-01,,,,,,,,,", "kind"),
    ("split,A,2026-10-01,,,,,,,,,", "ratio"),
    ("split,A,2026-10-01,0,,,,,,,,", "must be above 0"),
    ("split,A,2026-10-01,2,B,,,,,,,", 'new_symbol: "B": a split has none'),
    ("split,A,2027-10-01,2,,,,,,,,", "lies in the future"),
    ("split,A,October,2,,,,,,,,", "must be a date"),
    ("spin-off,A,2026-10-01,0.25,B,,,,,,,", "basis_share"),
    ("spin-off,A,2026-10-01,0.25,B,13.12,,,,,,", "0.13 is 13 %"),
    ("spin-off,A,2026-10-01,0.25,A,0.13,,,,,,", "is the old symbol"),
    ("merger,A,2026-10-01,,,,,,,,,", "is 0 where shares went for nothing"),
    ("merger,A,2026-10-01,0.5,,,,,,,,", "by new_symbol and ratio, or neither"),
    ("merger,A,2026-10-01,0.5,B,,2,,,,,", "what a new share was worth"),
    ("merger,A,2026-10-01,0.5,B,,,,yes,,,", "what a new share was worth"),
    ("merger,A,2026-10-01,0.5,B,,,,maybe,,,", "must be yes or no"),
    ("symbol-change,A,2026-10-01,,,,,,,,,", "new_symbol"),
    ("return-of-capital,A,2026-10-01,,,,,,,,-1,", "must be above 0"),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_what_is_wrong_is_said_with_its_place(account: Account, line: str, said: str) -> None:
    account.put("actions.csv", f"{COLUMNS}\n{line}\n")
    with pytest.raises(BadAnswer) as caught:
        account.broker.corporate_actions(None)
    assert "actions.csv:2: " in str(caught.value)
    assert said in str(caught.value)


def test_one_action_on_two_lines_is_said(account: Account) -> None:
    line = "split,A,2026-10-01,4,,,,,,,,"
    account.put("actions.csv", f"{COLUMNS}\n{line}\n{line}\n")
    with pytest.raises(BadAnswer, match=r"is on actions\.csv:2 already"):
        account.broker.corporate_actions(None)
