"""Executions, commissions and corrections: complete, once, and in the order in which they come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Timer

import pytest
from ibkr_bench import PLACE, Desk, buy, desk, sell, state_of
from standins import tws_faults as faults
from standins.faults import Fault, drop_after

from brokers.broker import Accepted, BadAnswer, Unclear
from brokers.ibkr import ledger
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.ledger import latest
from brokers.words import Execution, FlowKind, OrderKey, OrderStatus, Side, Symbol

D = Decimal


@pytest.fixture
def parted() -> Iterator[Desk]:
    """A gateway whose orders fill in three parts."""
    with desk(parts=3) as made:
        yield made


def shares(done: tuple[Execution, ...]) -> Decimal:
    return sum((e.side.sign * e.quantity for e in latest(done)), D(0))


def test_every_part_is_told_with_its_commission(parted: Desk) -> None:
    broker = parted.open()
    assert isinstance(broker.submit(buy("k", "100", limit="70.02")), Accepted)
    done = broker.executions(None)
    assert [e.quantity for e in done] == [33, 33, 34]
    assert {(e.key, e.side, e.price, e.currency) for e in done} == {
        ("k", Side.BUY, D("70.02"), "USD")
    }
    assert sum(e.fee for e in done) == 1, "a dollar is the least of an order"
    assert len({e.root for e in done}) == 3
    assert all(e.time == parted.clock.at for e in done)


def test_a_status_that_is_filled_waits_for_its_executions(ib: Desk, broker: IbkrBroker) -> None:
    ib.model.execution_delay = timedelta(seconds=3)
    assert isinstance(broker.submit(buy("k")), Accepted)
    state = state_of(broker, "k")
    assert (state.status, state.filled) == (OrderStatus.FILLED, 10)
    assert broker.executions(None) == (), "the book waits for what the status promises"
    ib.clock.on(5)
    assert shares(broker.executions(None)) == 10


def test_a_commission_that_comes_later_makes_a_new_version(ib: Desk, broker: IbkrBroker) -> None:
    ib.model.fee_delay = timedelta(minutes=1)
    assert isinstance(broker.submit(buy("k")), Accepted)
    (early,) = broker.executions(None)
    assert early.fee == 0
    ib.clock.on(90)
    (late,) = broker.executions(None)
    assert (late.root, late.fee) == (early.root, 1)
    assert late.version == early.version + 1


def test_a_correction_replaces_what_it_corrects(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k", "3")), Accepted)
    (first,) = broker.executions(None)
    ib.clock.on(60)
    with ib.server.lock:
        ib.model.correct(ib.model.books.executions[0].exec_id, shares="2")
    ib.server.settle()
    ib.clock.on(2)
    done = broker.executions(None)
    assert [(e.root, e.quantity) for e in done] == [(first.root, 3), (first.root, 2)]
    assert done[1].version > done[0].version
    assert shares(done) == 2 == broker.account().positions[0].quantity
    again = ib.reopen(broker)
    assert latest(again.executions(None))[0].quantity == 2


def test_an_execution_that_is_undone_is_told_as_nothing(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k", "3")), Accepted)
    broker.executions(None)
    with ib.server.lock:
        ib.model.correct(ib.model.books.executions[0].exec_id, shares="0")
    ib.clock.on(2)
    assert shares(broker.executions(None)) == 0
    assert broker.account().positions == ()


@pytest.mark.parametrize("how", [faults.twice, faults.backwards], ids=["twice", "backwards"])
def test_what_is_told_twice_or_in_disorder_counts_once(
    parted: Desk, how: Callable[[str, str], Fault]
) -> None:
    broker = parted.open()
    assert isinstance(broker.submit(buy("k", "100")), Accepted)
    plain = broker.executions(None)
    parted.clock.on(2)
    parted.server.faults.tell(how("reqExecutions", ""))
    assert broker.executions(None) == plain
    again = parted.reopen(broker)
    parted.server.faults.tell(how("reqExecutions", ""))
    assert latest(again.executions(None)) == latest(plain)


def test_an_execution_that_was_never_pushed_is_found_by_asking(
    ib: Desk, broker: IbkrBroker
) -> None:
    ib.server.faults.tell(faults.without("push", "execDetails", 11))
    assert isinstance(broker.submit(buy("k")), Accepted)
    assert shares(broker.executions(None)) == 10


def test_what_was_filled_while_the_line_was_down_is_found(ib: Desk, broker: IbkrBroker) -> None:
    ib.server.faults.tell(drop_after(*PLACE))
    assert isinstance(broker.submit(buy("k")), Unclear)
    assert shares(broker.executions(None)) == 10
    assert state_of(broker, "k").status is OrderStatus.FILLED


def test_no_end_where_there_is_nothing_is_nothing(ib: Desk, broker: IbkrBroker) -> None:
    ib.server.faults.tell(faults.without("reqExecutions", "", 55))
    assert broker.executions(None) == ()


def test_executions_that_come_slowly_are_waited_for_to_the_end(parted: Desk) -> None:
    first = parted.open()
    assert isinstance(first.submit(buy("k", "100")), Accepted)
    broker = parted.reopen(first, timeout_seconds=10)
    broker.clock()
    parted.server.faults.tell(Fault("reqExecutions", "", drip_seconds=0.003))
    assert shares(broker.executions(None)) == 100


def test_a_commission_that_comes_a_moment_later_is_waited_for(ib: Desk) -> None:
    first = ib.open()
    assert isinstance(first.submit(buy("k")), Accepted)
    broker = ib.reopen(first)
    broker.clock()
    ib.server.faults.tell(faults.late("reqExecutions", "", 59))
    Timer(0.2, ib.server.release).start()
    (done,) = broker.executions(None)
    assert done.fee == 1


def test_trades_that_we_did_not_order_are_told(ib: Desk, broker: IbkrBroker) -> None:
    other = ib.open(client_id=3)
    assert isinstance(other.submit(buy("theirs", "2")), Accepted)
    ib.clock.on(1)
    (done,) = broker.executions(None)
    assert (done.key, done.quantity) == ("theirs", 2)


def test_times_without_a_zone_are_those_of_the_login(ib: Desk) -> None:
    ib.model.zoned = False
    broker = ib.open()
    assert isinstance(broker.submit(buy("k")), Accepted)
    assert broker.executions(None)[0].time == ib.clock.at
    again = ib.reopen(broker, zone="Europe/Zurich")
    assert again.executions(None)[0].time == ib.clock.at - timedelta(hours=5)


def test_from_when_on_is_kept(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("early")), Accepted)
    ib.clock.on(60)
    assert isinstance(broker.submit(sell("late", "1", "69.98")), Accepted)
    ib.clock.on(2)
    found = broker.executions(ib.clock.at - timedelta(seconds=30))
    assert [e.key for e in found] == ["late"]


@dataclass
class Told:
    """An execution as the library decodes it, of which some fields are looked at."""

    execId: str = "0001.01.01"  # noqa: N815
    acctNumber: str = "DU1"  # noqa: N815
    side: str = "BOT"
    shares: float = 1000.0
    price: float = 1.25
    orderRef: str = ""  # noqa: N815
    time: datetime = datetime(2020, 3, 12, tzinfo=UTC)


@dataclass
class Paper:
    """A contract, of which some fields are looked at."""

    secType: str = "STK"  # noqa: N815
    symbol: str = "EUR"
    currency: str = "USD"
    multiplier: str = ""


@dataclass
class Charge:
    """A commission report."""

    commission: float = 2.0
    currency: str = "USD"
    execId: str = field(default="0001.01.01")  # noqa: N815


def name_of(contract: object) -> Symbol:
    return Symbol(getattr(contract, "symbol", ""))


def test_a_trade_of_currencies_moves_cash_of_both_and_no_shares() -> None:
    fills = {"0001.01.01": (Paper("CASH"), Told())}
    reports = {"0001.01.01": Charge()}
    assert ledger.executions(fills, reports, "DU1", name_of) == ()
    flows = ledger.cash_flows(fills, reports, "DU1")
    assert {(f.currency, f.amount, f.kind) for f in flows} == {
        ("EUR", D(1000), FlowKind.OTHER),
        ("USD", D(-1250), FlowKind.OTHER),
        ("USD", D(-2), FlowKind.FEE),
    }
    assert len({f.flow_id for f in flows}) == 3


def test_a_commission_in_other_money_is_a_flow_of_its_own() -> None:
    fills = {"0001.01.01": (Paper(), Told())}
    reports = {"0001.01.01": Charge(currency="CHF")}
    (done,) = ledger.executions(fills, reports, "DU1", name_of)
    assert done.fee == 0
    (flow,) = ledger.cash_flows(fills, reports, "DU1")
    assert (flow.amount, flow.currency, flow.kind) == (-2, "CHF", FlowKind.FEE)


@pytest.mark.parametrize(
    ("exec_id", "base", "version"),
    [
        ("0000e0d5.5f3b.01.01", "0000e0d5.5f3b.01", 0),
        ("0000e0d5.5f3b.01.02", "0000e0d5.5f3b.01", 1),
        ("0000e0d5.5f3b.01.12", "0000e0d5.5f3b.01", 11),
        ("manual", "manual", 0),
        ("a.b", "a.b", 0),
        ("a.0", "a", 0),
    ],
)
def test_the_last_part_of_an_id_is_its_version(exec_id: str, base: str, version: int) -> None:
    assert ledger.split_id(exec_id) == (base, version)


@pytest.mark.parametrize(
    "wrong",
    [{"shares": float("nan")}, {"shares": -1.0}, {"side": "SIDEWAYS"}, {"price": float("inf")}],
    ids=str,
)
def test_an_execution_that_makes_no_sense_is_not_booked(wrong: dict[str, object]) -> None:
    fills = {"0001.01.01": (Paper(), Told(**wrong))}  # type: ignore[arg-type]
    with pytest.raises(BadAnswer):
        ledger.executions(fills, {}, "DU1", name_of)


def test_what_others_traded_is_not_ours() -> None:
    fills = {"0001.01.01": (Paper(), Told(acctNumber="DU2"))}
    assert ledger.executions(fills, {}, "DU1", name_of) == ()
    assert ledger.cash_flows(fills, {}, "DU1") == ()
    assert OrderKey("k") == "k"
