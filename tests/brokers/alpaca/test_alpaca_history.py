"""What happened, out of Alpaca's activities: all of it, once, the same each time it is told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from alpaca_bench import AAPL, KO, THURSDAY, Alpaca, buy, standin
from hypothesis import given
from hypothesis import strategies as st
from standins.faults import Fault, answer, drop_before, says

from brokers.alpaca import ledger
from brokers.alpaca.actions import corporate_actions
from brokers.alpaca.broker import AlpacaBroker
from brokers.broker import Accepted, BadAnswer, Unreachable
from brokers.words import ActionRecord, CashFlow, FlowKind, OrderKey, Split, Symbol, Transfer

D = Decimal
PATH = "/v2/account/activities"
Row = dict[str, object]


def entry(number: int, kind: str, day: str = "2020-03-10", **more: object) -> Row:
    """An activity that is no trade, as Alpaca tells it."""
    stamp = day.replace("-", "")
    own = f"{stamp}000000{number:03d}::{number:08d}-6f23-4cef-bdf1-3806aae57dbf"
    made = f"{day}T12:00:00.00{number}Z"
    row: Row = {"id": own, "activity_type": kind, "date": day, "created_at": made}
    return {**row, "status": "executed", "currency": "USD", **more}


def told(row: Row) -> tuple[FlowKind, Decimal, Symbol | None]:
    """The one flow that a row becomes."""
    (flow,) = ledger.cash_flows([row])
    return flow.kind, flow.amount, flow.symbol


FLOWS = [
    ("CSD", "1000", FlowKind.DEPOSIT),
    ("CSW", "-250.5", FlowKind.WITHDRAWAL),
    ("JNLC", "10", FlowKind.DEPOSIT),
    ("JNLC", "-10", FlowKind.WITHDRAWAL),
    ("ACATC", "77", FlowKind.DEPOSIT),
    ("DIV", "1.02", FlowKind.DIVIDEND),
    ("DIVNRA", "-0.15", FlowKind.DIVIDEND),
    ("DIVCGL", "3", FlowKind.CAPITAL_GAIN),
    ("DIVCGS", "3", FlowKind.DIVIDEND),
    ("DIVFEE", "-0.01", FlowKind.FEE),
    ("CGD", "3", FlowKind.DIVIDEND),
    ("INT", "0.07", FlowKind.INTEREST),
    ("INTNRA", "-0.01", FlowKind.INTEREST),
    ("FEE", "-0.02", FlowKind.FEE),
    ("PTC", "-0.03", FlowKind.FEE),
    ("MA", "55.5", FlowKind.OTHER),
    ("A TYPE OF NEXT YEAR", "1", FlowKind.OTHER),
]


@pytest.mark.parametrize(("kind", "amount", "flow"), FLOWS)
def test_cash_is_told_by_what_it_was(kind: str, amount: str, flow: FlowKind) -> None:
    row = entry(1, kind, net_amount=amount, symbol="KO")
    assert told(row) == (flow, D(amount), KO)


@pytest.mark.parametrize(
    ("sub", "flow"), [("LTCG", FlowKind.CAPITAL_GAIN), ("STCG", FlowKind.DIVIDEND)]
)
def test_capital_gains_of_a_fund_are_told_by_their_subtype(sub: str, flow: FlowKind) -> None:
    """Those of a short term are an ordinary dividend to who gets them (26 CFR 1.852-4)."""
    row = entry(1, "CGD", activity_sub_type=sub, net_amount="3", symbol="KO")
    assert told(row) == (flow, D(3), KO)


def test_a_dividend_is_cash_and_no_shares() -> None:
    row = entry(1, "DIV", activity_sub_type="CDIV", net_amount="1.02", symbol="KO", qty="2")
    assert told(row) == (FlowKind.DIVIDEND, D("1.02"), KO)
    assert ledger.transfers([row]) == ()


def test_cash_that_is_called_a_dividend_in_shares_is_cash() -> None:
    row = entry(1, "DIV", activity_sub_type="SDIV", net_amount="1.02", symbol="T", qty="2")
    assert told(row) == (FlowKind.DIVIDEND, D("1.02"), "T")
    assert ledger.transfers([row]) == ()


def test_a_transfer_without_its_day_stops_everything() -> None:
    with pytest.raises(BadAnswer, match="date = 'soon'"):
        ledger.transfers([entry(1, "JNLS", symbol="KO", qty="1") | {"date": "soon"}])


def test_a_dividend_in_shares_is_shares() -> None:
    row = entry(1, "DIV", activity_sub_type="SDIV", net_amount="0", symbol="KO", qty="0.5")
    (transfer,) = ledger.transfers([row])
    assert (transfer.symbol, transfer.quantity, transfer.unit_cost) == (KO, D("0.5"), None)
    assert transfer.acquired == date(2020, 3, 10)
    assert ledger.cash_flows([row]) == ()


@pytest.mark.parametrize("kind", ["JNLS", "ACATS", "FOPT", "SPIN", "MA", "REORG", "REO"])
def test_shares_that_come_and_go_are_transfers_without_a_basis(kind: str) -> None:
    came, went = entry(1, kind, symbol="KO", qty="3"), entry(2, kind, symbol="AAPL", qty="-4")
    rows = ledger.transfers([came, went])
    assert [(t.symbol, t.quantity, t.unit_cost) for t in rows] == [(KO, 3, None), (AAPL, -4, None)]


def test_what_is_still_under_way_is_told_when_it_has_happened() -> None:
    row = entry(1, "CSD", net_amount="5", status="pending")
    assert ledger.cash_flows([row]) == ()
    assert len(ledger.cash_flows([{**row, "status": "executed"}])) == 1


def test_what_was_undone_is_told_with_its_undoing_and_what_was_told_before_stays() -> None:
    row = entry(1, "CSD", net_amount="5")
    before = ledger.cash_flows([row])
    after = ledger.cash_flows([{**row, "status": "canceled"}])
    assert after[:1] == before
    assert [flow.amount for flow in after] == [5, -5]
    shares = entry(2, "JNLS", symbol="KO", qty="3")
    undone = ledger.transfers([{**shares, "status": "canceled"}])
    assert undone[:1] == ledger.transfers([shares])
    assert [transfer.quantity for transfer in undone] == [3, -3]


def legs(out: str, back: str, kind: str = "SPLIT", **more: object) -> list[Row]:
    """The two entries that a split or a renaming makes."""
    return [
        entry(1, kind, symbol="KO", qty=out, net_amount="0", **more),
        entry(2, kind, symbol="KO", qty=back, net_amount="0", **more),
    ]


@pytest.mark.parametrize(
    ("out", "back", "ratio"), [("-10", "30", "3"), ("-33", "1.65", "0.05"), ("-0.5", "0.75", "1.5")]
)
@pytest.mark.parametrize("group", [{}, {"group_id": "g"}])
def test_a_split_is_one_action_out_of_two_legs(
    out: str, back: str, ratio: str, group: dict[str, object]
) -> None:
    rows = legs(out, back, **group)
    (action,) = corporate_actions(rows)
    assert isinstance(action, Split)
    assert (action.symbol, action.ratio) == (KO, D(ratio))
    assert ledger.transfers(rows) == ()
    assert ledger.cash_flows(rows) == ()


def test_half_a_split_is_not_told() -> None:
    for leg in legs("-10", "30"):
        assert corporate_actions([leg]) == ledger.transfers([leg]) == ()


SPLIT_DAYS = [
    ("2020-03-10", "2020-03-10T12:00:00Z", date(2020, 3, 10)),
    ("2020-03-10", "2020-03-09T22:30:00Z", date(2020, 3, 10)),
    ("2020-03-10", "2020-03-10T22:30:00Z", date(2020, 3, 11)),
    ("2020-03-10", "2020-03-11T08:00:00Z", date(2020, 3, 11)),
    ("2020-03-10", None, date(2020, 3, 10)),
]


@pytest.mark.parametrize(("day", "created", "effective"), SPLIT_DAYS)
def test_a_split_that_is_booked_after_the_close_holds_from_the_next_day(
    day: str, created: str | None, effective: date
) -> None:
    rows = [{**leg, "date": day, "created_at": created} for leg in legs("-1", "2")]
    (action,) = corporate_actions(rows)
    assert action.effective == effective


def test_a_new_number_under_the_same_name_changes_nothing() -> None:
    rows = legs("-4.68546239", "4.68546239", "NC", activity_sub_type="CNC")
    assert ledger.transfers(rows) == corporate_actions(rows) == ()


DECIMALS = st.decimals("0.000000001", "100000", places=9)


@given(st.lists(st.tuples(DECIMALS, st.sampled_from(["CSD", "FEE", "DIV", "JNLC"]))))
def test_flows_add_up_to_the_cash_that_moved(moves: list[tuple[Decimal, str]]) -> None:
    rows = [
        entry(i % 1000, kind, net_amount=f"{amount:f}") for i, (amount, kind) in enumerate(moves)
    ]
    total = sum((flow.amount for flow in ledger.cash_flows(rows)), D(0))
    assert total == sum((amount for amount, _ in moves), D(0))


def test_flows_transfers_and_splits_come_through_the_wire(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    alpaca.model.pay("DIV", "1.02", symbol="KO", qty="2", per_share_amount="0.51")
    alpaca.model.pay("FEE", "-0.02", activity_sub_type="TAF")
    alpaca.model.activities += [
        entry(5, "JNLS", symbol="KO", qty="10", net_amount="0"),
        *legs("-10", "20", group_id="g"),
    ]
    flows = broker.cash_flows(None)
    assert [flow.kind for flow in flows] == [FlowKind.DEPOSIT, FlowKind.DIVIDEND, FlowKind.FEE]
    assert (
        sum(flow.amount for flow in flows) == alpaca.model.cash == broker.account().cash[0].amount
    )
    assert [t.quantity for t in broker.transfers(None)] == [10]
    assert [type(a) for a in broker.corporate_actions(None)] == [Split]
    later = THURSDAY + timedelta(days=1)
    for reading in (broker.cash_flows, broker.transfers, broker.corporate_actions):
        told_later: tuple[CashFlow | Transfer | ActionRecord, ...] = reading(later)
        assert told_later == ()


@pytest.mark.parametrize("page", [1, 7, 100, 500])
def test_activities_are_read_to_the_end(alpaca: Alpaca, page: int) -> None:
    for number in range(230 if page >= 100 else 9):
        alpaca.model.pay("INT", "0.01", number=number)
    alpaca.server.page_max = page
    flows = alpaca.open().cash_flows(None)
    assert len(flows) == len(alpaca.model.activities)
    assert len({flow.flow_id for flow in flows}) == len(flows)


def test_a_record_that_repeats_its_page_is_not_believed(alpaca: Alpaca) -> None:
    for number in range(120):
        alpaca.model.pay("INT", "0.01", number=number)
    ids = [str(row["id"]) for row in alpaca.model.entries()]
    hundred = b"[" + b",".join(b'{"id": "%s"}' % name.encode() for name in ids[:100]) + b"]"
    alpaca.server.faults.tell(replace(says("GET", PATH, hundred), times=2))
    with pytest.raises(BadAnswer, match="same page of activities"):
        alpaca.open().cash_flows(None)


def test_one_look_answers_for_all_that_is_made_of_it(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(5)
    for reading in (broker.executions, broker.cash_flows, broker.transfers):
        reading(None)
    broker.corporate_actions(None)
    assert alpaca.server.count("GET", PATH) == 2


def test_later_only_the_end_is_read_again(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    start = alpaca.clock.now()
    for day in range(400):
        alpaca.model.book("INT", D("0.01"), start - timedelta(days=400 - day))
    assert len(broker.cash_flows(None)) == 401
    first = alpaca.server.count("GET", PATH)
    assert first == 6
    alpaca.clock.on(3600)
    alpaca.model.book("FEE", D("-0.05"), start - timedelta(days=1))
    assert len(broker.cash_flows(None)) == 402
    assert alpaca.server.count("GET", PATH) == first + 2


def test_a_link_that_breaks_half_way_leaves_nothing_half_known(alpaca: Alpaca) -> None:
    for number in range(250):
        alpaca.model.pay("INT", "0.01", number=number)
    broker = alpaca.open()
    alpaca.server.faults.tell(drop_before("GET", PATH, skip=1))
    with pytest.raises(Unreachable):
        broker.cash_flows(None)
    assert len(broker.cash_flows(None)) == 251


def test_executions_are_told_from_a_moment_on(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    for number in range(3):
        assert isinstance(broker.submit(buy(f"k{number}", "1")), Accepted)
        alpaca.clock.on(60)
    done = broker.executions(None)
    assert [e.key for e in done] == ["k0", "k1", "k2"]
    assert broker.executions(done[1].time) == done[1:]
    assert broker.executions(done[2].time + timedelta(microseconds=1)) == ()
    assert alpaca.open().executions(None) == done


def test_keys_of_many_fills_are_found_by_few_questions(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    for number in range(60):
        broker.submit(buy(f"k{number}", "1"))
    alpaca.clock.on(5)
    fresh = alpaca.open()
    before = len(alpaca.server.exchanges)
    assert {e.key for e in fresh.executions(None)} == {f"k{n}" for n in range(60)}
    assert len(alpaca.server.exchanges) - before == 5


def test_a_fill_whose_order_is_not_shown_yet_is_waited_for(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(1)
    fresh = alpaca.open()
    empty, gone = says("GET", "/v2/orders$", b"[]"), b'{"code": 40410000, "message": "no order"}'
    alpaca.server.faults.tell(empty, says("GET", "/v2/orders/", gone, 404))
    with pytest.raises(Unreachable, match="does not show the filled order"):
        fresh.executions(None)
    assert [e.key for e in fresh.executions(None)] == [OrderKey("k")]


def test_an_order_that_no_list_shows_is_looked_up_by_its_number(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(1)
    fresh = alpaca.open()
    alpaca.server.faults.tell(says("GET", "/v2/orders$", b"[]"))
    assert [e.key for e in fresh.executions(None)] == [OrderKey("k")]


def test_a_fill_whose_order_is_gone_for_ever_is_told_without_a_key(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(3 * 86400)
    fresh = alpaca.open()
    empty, gone = says("GET", "/v2/orders$", b"[]"), b'{"code": 40410000, "message": "no order"}'
    alpaca.server.faults.tell(empty, says("GET", "/v2/orders/", gone, 404))
    assert [e.key for e in fresh.executions(None)] == [None]


BAD_FILLS = {
    "no price": {"price": None},
    "a price in words": {"price": "a lot"},
    "an exponent": {"price": "1e400"},
    "not a number": {"qty": "NaN"},
    "a correction": {"type": "trade_correct"},
    "a bust": {"type": "trade_bust"},
    "nothing": {"qty": "0"},
    "less than nothing": {"qty": "-3"},
    "no side": {"side": "both"},
    "no time": {"transaction_time": None, "id": "x::y"},
    "no order": {"order_id": None},
    "no symbol": {"symbol": ""},
}


@pytest.mark.parametrize("change", BAD_FILLS.values(), ids=BAD_FILLS.keys())
def test_a_fill_that_makes_no_sense_stops_everything(
    alpaca: Alpaca, broker: AlpacaBroker, change: Row
) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(1)
    broker.account()
    alpaca.model.activities[-1] |= change
    with pytest.raises(BadAnswer, match="Alpaca's"):
        broker.executions(None)


EMPTY: Iterable[Fault] = (
    says("GET", PATH, b"{}"),
    says("GET", PATH, b'["x"]'),
    says("GET", PATH, b'[{"id": ""}]'),
    says("GET", PATH, b""),
)


@pytest.mark.parametrize("fault", EMPTY)
def test_a_record_that_is_no_list_of_entries_stops_everything(alpaca: Alpaca, fault: Fault) -> None:
    alpaca.server.faults.tell(replace(fault))
    with pytest.raises(BadAnswer):
        alpaca.open().cash_flows(None)


def test_times_are_kept_to_the_microsecond_in_utc() -> None:
    row = entry(1, "CSD", net_amount="1", created_at="2020-03-10T08:00:00.123456789-04:00")
    (flow,) = ledger.cash_flows([row])
    assert flow.time == datetime(2020, 3, 10, 12, 0, 0, 123456, tzinfo=UTC)
    (bare,) = ledger.cash_flows([{**row, "created_at": None}])
    assert bare.time == datetime(2020, 3, 10, 0, 0, 0, 1000, tzinfo=UTC)


def test_a_position_that_vanishes_or_comes_twice(alpaca: Alpaca) -> None:
    with standin(positions={"KO": D(5), "AAPL": D("0.5")}) as held:
        broker = held.open()
        assert [(p.symbol, p.quantity) for p in broker.account().positions] == [
            (AAPL, D("0.5")),
            (KO, 5),
        ]
        twice = b'[{"symbol": "KO", "qty": "1"}, {"symbol": "KO", "qty": "1"}]'
        held.server.faults.tell(says("GET", "/v2/positions", twice))
        with pytest.raises(BadAnswer, match="twice"):
            broker.account()
        short = b'[{"symbol": "KO", "qty": "%s", "side": "short"}]'
        for quantity in (b"3", b"-3"):
            held.server.faults.tell(says("GET", "/v2/positions", short % quantity))
            assert broker.account().positions[0].quantity == -3
    alpaca.server.faults.tell(answer("GET", "/v2/positions", 200, b"[]"))
    assert alpaca.open().account().positions == ()
