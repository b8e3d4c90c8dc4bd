"""The files of a hand-kept account: what they say, and how every mistake in them is named."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from manual_accounts import NOW, Account, make_account, order, said_by

from brokers.broker import BadAnswer, Misconfigured
from brokers.words import (
    USD,
    Cash,
    CashFlow,
    Currency,
    Environment,
    Execution,
    FlowKind,
    FxRate,
    Instrument,
    OrderKey,
    Position,
    Side,
    Split,
    Symbol,
    Transfer,
)

D = Decimal
VTI = Symbol("VTI")
EUR = Currency("EUR")


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return make_account(tmp_path)


def test_positions_and_cash_are_what_the_files_say(account: Account) -> None:
    state = account.broker.account()
    assert state.positions == (Position(VTI, D(120)), Position(Symbol("BND"), D("40.5")))
    assert state.cash == (Cash(USD, D("2500.75"), D(2000)), Cash(EUR, D(10), D(10)))
    assert (state.fingerprint, state.environment) == ("8412-77", Environment.LIVE)
    assert state.time == NOW


def test_columns_come_in_any_order_and_case_with_remarks_between(account: Account) -> None:
    account.put("positions.csv", "# downloaded by hand\n\nQuantity,Symbol\n# account 1\n7,VTI\n\n")
    assert account.broker.account().positions == (Position(VTI, D(7)),)


def test_a_byte_order_mark_is_not_part_of_a_heading(account: Account) -> None:
    account.put("cash.csv", "\ufeffcurrency,amount\r\nUSD,5\r\n")
    assert account.broker.account().cash == (Cash(USD, D(5), D(5)),)


def test_a_quote_has_two_sides_or_a_price_with_its_spread(account: Account) -> None:
    account.put(
        "quotes.csv",
        "symbol,bid,ask,price,spread,time,currency\n"
        "VTI,300.10,300.14,,,2026-11-20T10:29:55-05:00,\n"
        "BND,,,72.5,0.02,2026-11-20T15:29:00Z,EUR\n",
    )
    quotes = account.broker.quotes([VTI, Symbol("BND"), Symbol("XYZ")])
    assert list(quotes) == ["VTI", "BND"]
    assert (quotes[VTI].bid, quotes[VTI].ask) == (D("300.10"), D("300.14"))
    assert quotes[VTI].time == datetime(2026, 11, 20, 15, 29, 55, tzinfo=UTC)
    bond = quotes[Symbol("BND")]
    assert (bond.bid, bond.ask, bond.currency) == (D("72.49"), D("72.51"), EUR)


def test_only_what_is_held_or_quoted_is_known_and_in_whole_shares(account: Account) -> None:
    known = account.broker.instruments([VTI, Symbol("BND"), Symbol("XYZ")])
    assert known == {
        VTI: Instrument(VTI, USD, quantity_step=D(1)),
        Symbol("BND"): Instrument(Symbol("BND"), USD, quantity_step=D(1)),
    }


def test_lots_are_transfers_with_basis_where_known(account: Account) -> None:
    account.put(
        "lots.csv",
        "symbol,quantity,unit_cost,acquired,received\n"
        "VTI,20,,2024-05-02,2025-01-10\n"
        "VTI,100,201.5,2021-03-04,\n",
    )
    first, second = account.broker.transfers(None)
    assert (first.quantity, first.unit_cost, first.acquired) == (
        D(100),
        D("201.5"),
        date(2021, 3, 4),
    )
    assert first.time == datetime(2021, 3, 4, 5, tzinfo=UTC)
    assert (second.unit_cost, second.acquired) == (None, date(2024, 5, 2))
    assert second.time == datetime(2025, 1, 10, 5, tzinfo=UTC)


def test_a_lot_keeps_its_id_wherever_its_line_stands(account: Account) -> None:
    lines = ["VTI,1,9,2024-05-02", "VTI,1,9,2024-05-02", "BND,1.0,9,2024-05-02"]
    ids: list[set[tuple[str, str]]] = []
    for shuffled in (lines, lines[::-1], [line.replace("1.0", "1") for line in lines]):
        account.put("lots.csv", "\n".join(["symbol,quantity,unit_cost,acquired", *shuffled, ""]))
        ids.append({(lot.symbol, lot.transfer_id) for lot in account.broker.transfers(None)})
    assert ids[0] == ids[1] == ids[2]
    assert len(ids[0]) == 3


def test_fills_flows_splits_and_rates_are_read(account: Account) -> None:
    account.put(
        "fills.csv",
        "symbol,side,quantity,price,fee,time,key,id\n"
        "VTI,buy,3,299.5,1,2026-11-19T10:00:00-05:00,-,F-2\n"
        "VTI,SELL,1,298,,2026-11-18T15:00:00Z,p-1,F-1\n",
    )
    account.put(
        "flows.csv",
        "kind,amount,time,symbol,id\ndividend,12.5,2026-11-02T00:00:00Z,BND,D1\n"
        "withdrawal,-100,2026-11-01T00:00:00Z,,\n",
    )
    account.put("splits.csv", "symbol,ratio,effective\nVTI,2,2026-10-01\n")
    account.put("fx.csv", "currency,rate,time\nEUR,1.0812,2026-11-20T15:00:00Z\n")
    broker = account.broker
    sale, buy = broker.executions(None)
    assert (sale.root, sale.key, sale.side, sale.fee) == ("F-1", OrderKey("p-1"), Side.SELL, D(0))
    assert buy == Execution(
        "F-2",
        1,
        None,
        VTI,
        Side.BUY,
        D(3),
        D("299.5"),
        D(1),
        datetime(2026, 11, 19, 15, tzinfo=UTC),
    )
    withdrawal, dividend = broker.cash_flows(None)
    assert withdrawal.amount == D(-100)
    day = datetime(2026, 11, 2, tzinfo=UTC)
    assert dividend == CashFlow("D1", FlowKind.DIVIDEND, D("12.5"), day, USD, Symbol("BND"))
    assert broker.corporate_actions(None) == (
        Split("split:VTI:2026-10-01", VTI, D(2), date(2026, 10, 1)),
    )
    at = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert broker.fx([EUR, Currency("JPY")], USD) == {EUR: FxRate(EUR, USD, D("1.0812"), at)}
    assert broker.fx([EUR], Currency("CHF")) == {}


def test_what_is_typed_in_late_is_told_whatever_was_asked_for(account: Account) -> None:
    account.put(
        "fills.csv", "symbol,side,quantity,price,time\nVTI,buy,3,299,2026-01-02T15:00:00Z\n"
    )
    assert len(account.broker.executions(NOW)) == 1


def test_bars_end_yesterday_and_lack_volume_unless_every_day_has_one(account: Account) -> None:
    account.put(
        "bars.csv",
        "symbol,day,close,volume\n"
        "VTI,2026-11-19,299,1000\nVTI,2026-11-18,298,900\nVTI,2026-11-20,301,5\n"
        "VTI,2026-11-17,297,800\nBND,2026-11-19,72.5,\n",
    )
    bars = account.broker.bars([VTI, Symbol("BND"), Symbol("XYZ")], 2)
    assert bars[VTI].days == (date(2026, 11, 18), date(2026, 11, 19))
    assert bars[VTI].closes == (298.0, 299.0)
    assert bars[VTI].volumes == (900.0, 1000.0)
    assert bars[VTI].consolidated
    assert (bars[Symbol("BND")].volumes, bars[Symbol("BND")].consolidated) == ((), False)
    assert Symbol("XYZ") not in bars


def test_no_folder_is_a_setting_to_mend(tmp_path: Path) -> None:
    said = said_by(Account(tmp_path / "gone").broker.account, Misconfigured)
    assert "gone is not a folder" in said


def test_a_missing_positions_file_is_not_a_flat_account(account: Account) -> None:
    (account.folder / "positions.csv").unlink()
    assert "positions.csv: it is missing" in said_by(account.broker.account, BadAnswer)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "positions.csv:1: no line names the columns: symbol, quantity"),
        ("# account 1\nsymbol,quantity\n", 'add the line "# empty account"'),
        ("# empty account\n# account 1\n", "no line names the columns"),
        ("# empty account\n# account 1\nsymbol,quantity\nVTI,1\n", "and holds positions"),
        ("symbol,quantity\nVTI,1\n", 'say whose positions these are: "# account NUMBER"'),
    ],
)
def test_positions_are_believed_only_in_full(account: Account, text: str, said: str) -> None:
    account.put("positions.csv", text)
    assert said in said_by(account.broker.account, BadAnswer)


def test_an_empty_account_says_so(account: Account) -> None:
    account.put("positions.csv", "# account 1\n# empty account\nsymbol,quantity\n")
    assert account.broker.account().positions == ()


@pytest.mark.parametrize("text", [None, "currency,amount\n"])
def test_no_cash_line_is_not_no_money(account: Account, text: str | None) -> None:
    (account.folder / "cash.csv").unlink()
    if text is not None:
        account.put("cash.csv", text)
    assert 'a line too: "USD,0"' in said_by(account.broker.account, BadAnswer)


def test_every_mistake_is_named_at_once_with_its_place(account: Account) -> None:
    account.put(
        "positions.csv", '# account 1\nsymbol,quantity\nVTI,"1,200"\nvti,-3\nVTI,1\nA,1,2\n'
    )
    account.put("cash.csv", "currency,amount\ndollar,5\n")
    account.put("quotes.csv", "symbol,bid,ask,time\nVTI,10,9.5,2026-11-20T10:00\n")
    account.put("fills.csv", "symbol,side,quantity,price,time\nVTI,hold,1,1,2027-01-01T00:00:00Z\n")
    account.put("lots.csv", "symbol,quantity,acquired,cost\n")
    said = said_by(account.broker.account, BadAnswer)
    for line in (
        'positions.csv:3: quantity: "1,200": must be a plain number',
        'positions.csv:4: symbol: "vti": must be a symbol',
        'positions.csv:4: quantity: "-3": must be above 0',
        'positions.csv:5: symbol: "VTI": is on positions.csv:3 already',
        "positions.csv:6: 3 cells under 2 columns",
        'cash.csv:2: currency: "dollar": must be a currency',
        'quotes.csv:2: time: "2026-11-20T10:00": must be a time with its zone',
        'quotes.csv:2: ask: "9.5": is below the bid of 10',
        'fills.csv:2: side: "hold": must be one of buy, sell',
        'fills.csv:2: time: "2027-01-01T00:00:00Z": lies in the future',
        'lots.csv:1: "cost" is not a column; did you mean "unit_cost"?',
    ):
        assert line in said
    assert said.startswith("11 mistakes in ")


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("quotes.csv", "symbol,price,spread,time\nVTI,1,2,2026-11-20T15:00:00Z", "twice the price"),
        ("quotes.csv", "symbol,price,time\nVTI,1,2026-11-20T15:00:00Z", 'spread: ""'),
        ("quotes.csv", "symbol,bid,ask,price,time\nVTI,1,1,1,2026-11-20T15:00:00Z", "beside bid"),
        ("cash.csv", "currency,amount,amount\nUSD,1,2", "is there twice"),
        ("quotes.csv", "symbol,bid,ask\nVTI,1,2", "the column time is missing"),
        ("quotes.csv", 'symbol,bid,ask,time\n"VTI,1,2,x', "not a line of CSV"),
        ("flows.csv", "kind,amount,time\ndeposit,-5,2026-11-01T00:00:00Z", "a deposit is positive"),
        ("flows.csv", "kind,amount,time\nfee,5,2026-11-01T00:00:00Z", "a fee is negative"),
        ("flows.csv", "kind,amount,time\nfee,-5,0001-01-01T00:00:00+05:00", "with its zone"),
        ("lots.csv", "symbol,quantity,acquired\nVTI,1,2026-12-01", "lies in the future"),
        ("lots.csv", "symbol,quantity,acquired\nVTI,1,May 2024", "must be a date"),
        (
            "lots.csv",
            "symbol,quantity,acquired,received\nVTI,1,2024-01-02,2023-01-02",
            "before the day",
        ),
        ("bars.csv", "symbol,day,close\nVTI,2026-11-19,1\nVTI,2026-11-19,2", "twice for VTI"),
        ("cash.csv", "currency,amount\nUSD,NaN", "plain number"),
        ("cash.csv", "currency,amount\nUSD,1e5", "plain number"),
        ("cash.csv", "currency,amount\nUSD,1\nUSD,2", "is on cash.csv:2 already"),
        ("fx.csv", "currency,rate,time\nEUR,0,2026-11-01T00:00:00Z", "must be above 0"),
        (
            "fills.csv",
            "symbol,side,quantity,price,time,id\n" + "VTI,buy,1,1,2026-11-01T00:00:00Z,A\n" * 2,
            "is on fills.csv:2 already",
        ),
    ],
)
def test_one_mistake_is_one_line(account: Account, file: str, line: str, said: str) -> None:
    account.put(file, f"{line}\n")
    complaint = said_by(account.broker.account, BadAnswer)
    assert said in complaint
    assert file in complaint
    assert "\n" not in complaint


def test_a_file_that_is_no_text_is_named(account: Account) -> None:
    (account.folder / "bars.csv").write_bytes(b"\xff\xfe\x00")
    assert "bars.csv: it cannot be read" in said_by(account.broker.account, BadAnswer)


def test_twins_typed_without_ids_are_two_fills(account: Account) -> None:
    line = "VTI,buy,3,299,2026-01-02T15:00:00Z\n"
    account.put("fills.csv", "symbol,side,quantity,price,time\n" + line * 2)
    first, second = account.broker.executions(None)
    assert second.root == f"{first.root}:2"


def test_positions_older_than_yesterdays_ticket_are_not_believed(account: Account) -> None:
    account.broker.submit(order())
    assert account.broker.account().positions
    account.clock.pass_by(timedelta(days=3))
    said = said_by(account.broker.account, BadAnswer)
    assert said == "positions.csv was not written since TICKET-ira-20261120-a of 2026-11-20"
    account.put("positions.csv", "# account 8412-77\nsymbol,quantity\nVTI,130\n")
    assert account.broker.account().positions == (Position(VTI, D(130)),)


def test_transfers_are_transfers(account: Account) -> None:
    account.put("lots.csv", "symbol,quantity,acquired\nVTI,1,2024-01-02\n")
    [lot] = account.broker.transfers(NOW)
    at = datetime(2024, 1, 2, 5, tzinfo=UTC)
    assert lot == Transfer(lot.transfer_id, VTI, D(1), None, date(2024, 1, 2), at, USD)
