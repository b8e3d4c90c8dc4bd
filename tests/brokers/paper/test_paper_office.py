"""The exchange's back office: what it does afterwards adds up, also when it is read anew."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from paper_bench import ACME, D, SetClock, buy, open_at, told

from brokers.broker import Found
from brokers.paper.broker import PaperBroker
from brokers.words import (
    Execution,
    FlowKind,
    OrderKey,
    OrderStatus,
    Side,
    Split,
    Symbol,
    SymbolChange,
)

START = D(100_000)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def broker(tmp_path: Path, clock: SetClock) -> Iterator[PaperBroker]:
    """An account that has bought 10 ACME at 100.01."""
    made = open_at(tmp_path, told(), clock)
    made.submit(buy("k1", "10", "100.01"))
    yield made
    made.close()


def held(broker: PaperBroker) -> dict[Symbol, object]:
    return {p.symbol: p.quantity for p in broker.account().positions}


def cash(broker: PaperBroker) -> object:
    return broker.account().cash[0].amount


def same_when_read_anew(broker: PaperBroker, folder: Path, clock: SetClock) -> None:
    other = open_at(folder, told(), clock)
    assert (held(other), cash(other)) == (held(broker), cash(broker))
    other.close()


def test_a_correction_is_a_higher_version(
    broker: PaperBroker, tmp_path: Path, clock: SetClock
) -> None:
    clock.on(hours=1)
    broker.office.correct("E00000001", clock.at, price=D("99.01"), fee=D("0.5"))
    first, second = broker.executions(None)
    assert (first.version, second.version) == (1, 2)
    assert (second.root, second.price, second.fee) == (first.root, D("99.01"), D("0.5"))
    assert cash(broker) == START - D("990.1") - D("0.5")
    same_when_read_anew(broker, tmp_path, clock)


def test_a_correction_of_long_ago_is_told_to_who_asks_for_what_is_new(
    broker: PaperBroker, clock: SetClock
) -> None:
    clock.on(days=40)
    asked = clock.at
    assert broker.executions(asked) == ()
    broker.office.correct("E00000001", clock.at, quantity=D(9))
    assert [e.version for e in broker.executions(asked)] == [1, 2]


def test_a_busted_execution_comes_to_nothing(broker: PaperBroker) -> None:
    broker.office.correct("E00000001", broker.clock().time, quantity=D(0), fee=D(0))
    assert held(broker) == {}
    assert cash(broker) == START


def test_a_split_multiplies_what_was_held_before(
    broker: PaperBroker, tmp_path: Path, clock: SetClock
) -> None:
    clock.on(days=1)
    broker.office.act(ACME, clock.at, clock.at.date(), ratio=D(3))
    broker.submit(buy("k2", "1", "100.01"))
    assert held(broker) == {ACME: D(31)}
    (split,) = broker.corporate_actions(None)
    assert isinstance(split, Split)
    assert (split.symbol, split.ratio, split.effective) == (ACME, D(3), date(2020, 3, 13))
    same_when_read_anew(broker, tmp_path, clock)


def test_a_new_name_takes_the_shares(broker: PaperBroker, clock: SetClock) -> None:
    clock.on(days=1)
    broker.office.act(ACME, clock.at, clock.at.date(), ratio=D(1), new_symbol="NEW")
    assert held(broker) == {Symbol("NEW"): D(10)}
    (change,) = broker.corporate_actions(None)
    assert isinstance(change, SymbolChange)
    assert (change.symbol, change.new_symbol) == (ACME, Symbol("NEW"))


def test_shares_come_and_go_told_and_untold(
    broker: PaperBroker, tmp_path: Path, clock: SetClock
) -> None:
    broker.office.move(ACME, D(5), clock.at)
    broker.office.move(ACME, D(-2), clock.at, told=False)
    assert held(broker) == {ACME: D(13)}
    (transfer,) = broker.transfers(None)
    assert (transfer.quantity, transfer.unit_cost) == (D(5), None)
    same_when_read_anew(broker, tmp_path, clock)


def test_a_dividend_names_its_share(broker: PaperBroker, clock: SetClock) -> None:
    before = cash(broker)
    broker.office.pay(FlowKind.DIVIDEND, D("3.21"), clock.at, ACME)
    opening, dividend = broker.cash_flows(None)
    assert (opening.symbol, dividend.symbol, dividend.amount) == (None, ACME, D("3.21"))
    assert cash(broker) == before + D("3.21")


def test_an_order_is_thrown_out(broker: PaperBroker, clock: SetClock) -> None:
    broker.submit(buy("k2", "1", "50"))
    broker.office.end(OrderKey("k2"), OrderStatus.REJECTED, "risk check", clock.at)
    found = broker.find(OrderKey("k2"))
    assert isinstance(found, Found)
    assert (found.state.status, found.state.reason) == (OrderStatus.REJECTED, "risk check")
    assert broker.open_orders() == ()


def test_a_fill_beyond_all_rules(broker: PaperBroker, tmp_path: Path, clock: SetClock) -> None:
    broker.submit(buy("k2", "4", "50"))
    broker.office.take(OrderKey("k2"), D(4), D("51"), clock.at)
    found = broker.find(OrderKey("k2"))
    assert isinstance(found, Found)
    assert (found.state.status, found.state.filled) == (OrderStatus.FILLED, D(4))
    assert held(broker) == {ACME: D(14)}
    same_when_read_anew(broker, tmp_path, clock)


def test_the_broker_sells_by_itself(broker: PaperBroker, tmp_path: Path, clock: SetClock) -> None:
    sold = Execution("", 1, None, ACME, Side.SELL, D(3), D(90), D(0), clock.at)
    done = broker.office.trade(
        Execution("", 1, OrderKey("X"), ACME, Side.SELL, D(3), D(90), D(0), clock.at), clock.at
    )
    assert done.root == "E00000002"
    assert done.quantity == sold.quantity
    assert held(broker) == {ACME: D(7)}
    same_when_read_anew(broker, tmp_path, clock)
