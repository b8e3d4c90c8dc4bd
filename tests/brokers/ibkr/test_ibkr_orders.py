"""One order from key to end, through every way in which the line to IB can fail."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ibkr_bench import AAPL, KO, PLACE, Desk, buy, desk, sell, state_of
from standins import tws_faults as faults
from standins.faults import Fault, drop_after, drop_before, hang_after
from standins.tws_wire import frame

from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    CancelRequested,
    Refused,
    Unclear,
)
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.errors import CODES, Kind
from brokers.words import Currency, Order, OrderKey, OrderStatus, Symbol

D = Decimal


def test_an_order_is_a_day_order_at_a_limit_for_the_named_account(
    ib: Desk, broker: IbkrBroker
) -> None:
    assert isinstance(broker.submit(buy("k", "3", "69.50")), Accepted)
    (booked,) = ib.model.by_ref("k")
    wanted = booked.wanted
    assert (wanted.kind, wanted.tif, wanted.account) == ("LMT", "DAY", "DU1234567")
    assert (wanted.quantity, wanted.limit, wanted.outside_rth) == (3, D("69.50"), False)


def test_numbers_reach_the_wire_as_they_are(ib: Desk) -> None:
    broker = ib.open(fractional=True)
    assert isinstance(broker.submit(buy("k", "0.3333", "70.1")), Accepted)
    placed = next(e for e in ib.server.exchanges if e.name == "placeOrder")
    assert {"0.3333", "70.1"} <= set(placed.fields)


def test_a_key_is_good_for_one_order_also_after_a_restart(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    assert isinstance(broker.submit(buy("k", limit="51")), Refused)
    again = ib.reopen(broker)
    assert isinstance(again.submit(buy("k", limit="52")), Refused)
    assert len(ib.model.by_ref("k")) == 1


def test_what_was_filled_is_known_by_its_executions_when_it_is_listed_no_more(
    ib: Desk, broker: IbkrBroker
) -> None:
    assert isinstance(broker.submit(buy("k")), Accepted)
    again = ib.reopen(broker)
    ib.server.faults.tell(faults.without("reqCompletedOrders", "", 101))
    state = state_of(again, "k")
    assert not state.status.is_live
    assert state.filled == 10


def test_lost_before_it_arrived_it_is_absent_and_soon_for_certain(
    ib: Desk, broker: IbkrBroker
) -> None:
    ib.server.faults.tell(drop_before(*PLACE))
    assert isinstance(broker.submit(buy("k")), Unclear)
    assert broker.find(OrderKey("k")) == Absent(certain=False)
    ib.clock.on(20)
    assert broker.find(OrderKey("k")) == Absent(certain=True)
    assert ib.model.by_ref("k") == []


def test_taken_and_the_line_cut_it_is_found_over_a_new_connection(
    ib: Desk, broker: IbkrBroker
) -> None:
    ib.server.faults.tell(drop_after(*PLACE))
    assert isinstance(broker.submit(buy("k", limit="50")), Unclear)
    assert state_of(broker, "k").status is OrderStatus.OPEN
    assert isinstance(broker.submit(buy("k", limit="50")), Refused)
    assert len(ib.model.by_ref("k")) == 1


def test_taken_and_the_line_cut_it_is_found_by_a_program_that_was_started_again(
    ib: Desk, broker: IbkrBroker
) -> None:
    ib.server.faults.tell(drop_after(*PLACE))
    assert isinstance(broker.submit(buy("k", limit="50")), Unclear)
    again = ib.reopen(broker)
    assert state_of(again, "k").status is OrderStatus.OPEN
    assert again.cancel(OrderKey("k")) == CancelRequested()
    assert state_of(again, "k").status is OrderStatus.CANCELLED


@pytest.mark.parametrize(
    "fault", [hang_after(*PLACE), faults.lost(*PLACE)], ids=["mute", "lost, the line stays"]
)
def test_without_an_answer_it_is_unclear_within_the_deadline(ib: Desk, fault: Fault) -> None:
    broker = ib.open(timeout_seconds=0.4)
    assert broker.clock().is_open
    ib.server.faults.tell(replace(fault))
    assert isinstance(broker.submit(buy("k", limit="50")), Unclear)
    assert ib.sent() <= 1
    broker.find(OrderKey("k"))  # over a new connection at once, where the old one is mute


def test_taken_in_silence_it_is_found_and_not_sent_again(ib: Desk) -> None:
    broker = ib.open(timeout_seconds=0.4)
    broker.open_orders()
    for name in ("openOrder", "orderStatus", "error"):
        ib.server.faults.tell(faults.TwsFault("push", name, effects=0, times=9))
    assert isinstance(broker.submit(buy("k", limit="50")), Unclear)
    assert state_of(broker, "k").status is OrderStatus.OPEN


def test_a_frame_that_cannot_be_read_leaves_it_unclear_and_then_found(ib: Desk) -> None:
    broker = ib.open(timeout_seconds=0.4)
    broker.open_orders()
    ib.server.faults.tell(replace(faults.garbled("push", "openOrder", 5), times=9))
    ib.server.faults.tell(faults.TwsFault("push", "orderStatus", effects=0, times=9))
    assert isinstance(broker.submit(buy("k", limit="50")), Unclear)
    assert state_of(broker, "k").status is OrderStatus.OPEN


SAMPLE = {
    201: Refused, 110: Refused, 321: Refused, 203: Refused, 10243: Refused, 200: Refused,
    399: Unclear, 404: Unclear, 10349: Unclear, 2109: Unclear, 161: Unclear, 10147: Unclear,
    100: Unclear, 322: Unclear, 105: Unclear, 9999: Unclear, 10500: Unclear, 1: Unclear,
}  # fmt: skip


@pytest.mark.parametrize(("code", "means"), SAMPLE.items(), ids=map(str, SAMPLE))
def test_only_a_known_refusal_is_one(ib: Desk, code: int, means: type) -> None:
    broker = ib.open(timeout_seconds=0.3)
    ib.server.faults.tell(faults.error(*PLACE, code, "The words of TWS."))
    result = broker.submit(buy("k", limit="50"))
    assert isinstance(result, means)
    if means is Refused:
        assert "The words of TWS." in result.reason
        assert f"({code})" in result.reason


@pytest.mark.parametrize("code", [399, 10349, 2109, 404])
def test_a_warning_about_a_live_order_changes_nothing(
    ib: Desk, broker: IbkrBroker, code: int
) -> None:
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    order_id = ib.model.by_ref("k")[0].wanted.order_id
    with ib.server.lock:
        for link in ib.server.links:
            link.send(frame(link.client.error(order_id, code, "Order Message: a warning")))
    assert state_of(broker, "k").status is OrderStatus.OPEN
    assert broker.cancel(OrderKey("k")) == CancelRequested()


def test_taken_and_then_rejected_it_is_rejected_with_the_words(
    ib: Desk, broker: IbkrBroker
) -> None:
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    with ib.server.lock:
        ib.model.reject(ib.model.by_ref("k")[0], "the margin is not enough")
    ib.server.settle()
    assert state_of(broker, "k").status is OrderStatus.REJECTED
    assert broker.open_orders() == ()


def test_a_cancellation_that_comes_too_late_is_looked_up(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k", limit="69")), Accepted)
    ib.model.cancel_loses = True
    assert isinstance(broker.cancel(OrderKey("k")), AlreadyDone | CancelRequested)
    assert state_of(broker, "k").status is OrderStatus.FILLED
    assert broker.cancel(OrderKey("k")) == AlreadyDone()


@pytest.mark.parametrize("code", [161, 321, 10147, 10148, 9999])
def test_a_cancellation_that_is_objected_to_is_looked_up(
    ib: Desk, broker: IbkrBroker, code: int
) -> None:
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    ib.server.faults.tell(faults.error("cancelOrder", "", code))
    assert isinstance(broker.cancel(OrderKey("k")), Unclear)
    assert state_of(broker, "k").status is OrderStatus.OPEN
    assert broker.cancel(OrderKey("k")) == CancelRequested()
    assert state_of(broker, "k").status is OrderStatus.CANCELLED


def test_an_order_of_another_client_is_seen_and_not_ours_to_cancel(
    ib: Desk, broker: IbkrBroker
) -> None:
    other = ib.open(client_id=99)
    assert isinstance(other.submit(buy("theirs", limit="50")), Accepted)
    (seen,) = broker.open_orders()
    assert (seen.key, seen.symbol, seen.limit) == ("theirs", AAPL, 50)
    result = broker.cancel(OrderKey("theirs"))
    assert isinstance(result, Unclear)
    assert "client id 99" in result.reason


def test_two_orders_under_one_key_are_told_as_one(ib: Desk, broker: IbkrBroker) -> None:
    other = ib.open(client_id=99)
    assert isinstance(broker.submit(buy("k", "4", "50")), Accepted)
    ib.server.faults.tell(faults.without("reqAllOpenOrders", "", 5))
    assert isinstance(other.submit(buy("k", "3")), Accepted)
    state = state_of(broker, "k")
    assert state.status is OrderStatus.OPEN
    assert state.filled == 3


def test_a_partial_fill_is_open_until_it_is_cancelled(ib: Desk, broker: IbkrBroker) -> None:
    ib.model.liquidity["AAPL"] = D(4)
    assert isinstance(broker.submit(buy("k")), Accepted)
    state = state_of(broker, "k")
    assert (state.status, state.filled, state.quantity) == (OrderStatus.OPEN, 4, 10)
    assert broker.cancel(OrderKey("k")) == CancelRequested()
    state = state_of(broker, "k")
    assert (state.status, state.filled) == (OrderStatus.CANCELLED, 4)
    assert sum(e.quantity for e in broker.executions(None)) == 4


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("k", "0"), "is not an order"),
        (buy("k", "NaN"), "is not an order"),
        (buy("k", "1", "Infinity"), "is not an order"),
        (buy("k", "0.5"), "steps of 1"),
        (buy("k" * 41), "at most 40 characters"),
        (replace(buy("k"), currency=Currency("EUR")), "trades in USD"),
        (buy("k", symbol=Symbol("NOPE")), "does not know NOPE"),
    ],
)
def test_what_is_no_order_is_never_sent(
    ib: Desk, broker: IbkrBroker, order: Order, why: str
) -> None:
    result = broker.submit(order)
    assert isinstance(result, Refused)
    assert why in result.reason
    assert ib.sent() == 0


def test_a_closed_market_is_asked_nothing(ib: Desk, broker: IbkrBroker) -> None:
    ib.clock.on(8 * 3600)
    result = broker.submit(buy("k"))
    assert isinstance(result, Refused)
    assert "closed" in result.reason
    assert ib.sent() == 0


def test_orders_of_a_day_before_are_over(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    assert isinstance(broker.submit(buy("done", "2", symbol=KO, limit="50")), Accepted)
    assert state_of(broker, "done").status is OrderStatus.FILLED
    ib.clock.on(24 * 3600)
    assert not state_of(broker, "k").status.is_live
    assert state_of(broker, "done").status is OrderStatus.FILLED
    assert broker.open_orders() == ()


def test_a_gateway_that_never_tells_of_completed_orders_is_lived_with(ib: Desk) -> None:
    broker = ib.open(timeout_seconds=0.3)
    ib.server.faults.tell(replace(faults.lost("reqCompletedOrders", ""), times=99))
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    assert state_of(broker, "k").status is OrderStatus.OPEN
    assert broker.cancel(OrderKey("k")) == CancelRequested()
    assert state_of(broker, "k").status is OrderStatus.CANCELLED
    assert isinstance(broker.submit(buy("done")), Accepted)
    assert state_of(broker, "done").status is OrderStatus.FILLED
    assert ib.server.count("reqCompletedOrders") <= 1, "asked once a connection"
    assert ib.server.count("startApi") == 1, "and the connection kept"
    broker.find(OrderKey("never"))
    ib.clock.on(60)
    assert broker.find(OrderKey("never")) == Absent(certain=False)


def test_sold_shares_are_gone(broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("b")), Accepted)
    assert isinstance(broker.submit(sell("s", "4", "69.98")), Accepted)
    assert [p.quantity for p in broker.account().positions] == [6]
    result = broker.submit(sell("short", "7", "69.98"))
    assert isinstance(result, Refused)
    assert "201" in result.reason


def test_a_burst_keeps_below_what_tws_grants(ib: Desk) -> None:
    broker = ib.open(timeout_seconds=10, messages_per_second=30)
    ib.server.per_second = 35
    for number in range(60):
        assert isinstance(broker.submit(buy(f"k{number}", "1", "10")), Accepted)
    assert ib.server.paced == 0
    assert len(broker.open_orders()) == 60


@pytest.mark.parametrize("version", [157, 163, 164, 170, 176, 177, 178])
def test_older_gateways_are_spoken_to_as_well(version: int) -> None:
    with desk(highest=version) as old:
        broker = old.open()
        assert isinstance(broker.submit(buy("k")), Accepted)
        assert state_of(broker, "k").filled == 10
        assert broker.cancel(OrderKey("k")) == AlreadyDone()


def test_the_sample_has_every_kind() -> None:
    named = {CODES[code].kind for code in SAMPLE if code in CODES}
    assert named >= {Kind.REFUSAL, Kind.WARNING, Kind.LOOK, Kind.PACING, Kind.NOT_FOUND}
