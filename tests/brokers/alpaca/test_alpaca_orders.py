"""An order on its way: whatever goes wrong, it is sent once, and what is told of it is true."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from alpaca_bench import AAPL, Alpaca, buy, sell, standin, state_of
from standins.faults import (
    HTML,
    Fault,
    answer,
    drop_after,
    drop_before,
    hang_after,
    hang_before,
    says,
)

from brokers.alpaca.broker import AlpacaBroker
from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    BadAnswer,
    CancelRequested,
    Found,
    Refused,
    Unclear,
    Unreachable,
)
from brokers.words import Currency, OrderKey, OrderStatus

POST, PATH = "POST", "/v2/orders"
K = OrderKey("k")

LOST = {
    "dropped before": drop_before(POST, PATH),
    "hanging before": hang_before(POST, PATH),
    "too many": answer(POST, PATH, 429, b'{"code": 42910000, "message": "rate limit exceeded"}'),
    "a proxy's page": answer(POST, PATH, 502, HTML),
    "a firewall's page": answer(POST, PATH, 403, HTML),
    "500": answer(POST, PATH, 500, b'{"code": 50010000, "message": "internal server error"}'),
    "503 and nothing": answer(POST, PATH, 503),
    "404": answer(POST, PATH, 404, b'{"code": 40410000, "message": "endpoint not found."}'),
    "a redirect": answer(POST, PATH, 307),
}

TAKEN = {
    "dropped after": drop_after(POST, PATH),
    "hanging after": hang_after(POST, PATH),
    "504": says(POST, PATH, HTML, 504),
    "500": says(POST, PATH, b'{"message": "internal server error"}', 500),
    "an empty answer": says(POST, PATH, b""),
    "a page for an answer": says(POST, PATH, HTML),
    "half of the answer": Fault(POST, PATH, cut_at=400),
    "a slow drip": Fault(POST, PATH, drip_seconds=0.05),
    "a late answer": Fault(POST, PATH, wait_seconds=1.5),
    "nonsense": says(POST, PATH, b'{"id": 7}'),
    "a list": says(POST, PATH, b"[]"),
    "not a number": Fault(POST, PATH, rewrite=lambda b: b.replace(b'"qty": "10"', b'"qty": NaN')),
    "another's order": Fault(POST, PATH, rewrite=lambda b: b.replace(b'"k"', b'"other"')),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_an_order_that_was_lost_is_unclear_and_absent_for_certain_only_later(
    alpaca: Alpaca, broker: AlpacaBroker, fault: Fault
) -> None:
    alpaca.server.faults.tell(replace(fault))
    assert isinstance(broker.submit(buy("k")), Unclear)
    assert alpaca.posts() == 0
    assert broker.find(K) == Absent(certain=False)
    alpaca.clock.on(14)
    assert broker.find(K) == Absent(certain=False)
    alpaca.clock.on(1)
    assert broker.find(K) == Absent(certain=True)


@pytest.mark.parametrize("fault", TAKEN.values(), ids=TAKEN.keys())
def test_an_order_that_was_taken_without_a_clear_answer_is_found(
    alpaca: Alpaca, broker: AlpacaBroker, fault: Fault
) -> None:
    alpaca.server.faults.tell(replace(fault))
    assert isinstance(broker.submit(buy("k")), Unclear)
    assert alpaca.posts() == len(alpaca.model.orders) == 1
    assert state_of(broker, "k").status is OrderStatus.OPEN
    alpaca.clock.on(5)
    assert state_of(broker, "k").status is OrderStatus.FILLED
    assert [e.key for e in broker.executions(None)] == [K]


def test_wherever_an_answer_is_cut_off_the_order_is_unclear_and_found(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    offsets = (*range(0, 300, 3), *range(300, 940, 16))
    for cut_at in offsets:
        key = f"cut{cut_at}"
        alpaca.server.faults.tell(Fault(POST, PATH, cut_at=cut_at))
        assert isinstance(broker.submit(buy(key, "1", "1.00")), Unclear), cut_at
        assert state_of(broker, key).quantity == 1
    assert alpaca.posts() == len(alpaca.model.orders) == len(offsets)


def test_a_head_that_drips_is_cut_off_in_time(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    alpaca.server.faults.tell(Fault("GET", "/v2/clock", drip_seconds=0.2))
    with pytest.raises(Unreachable):
        broker.clock()


REFUSED = {
    "no money": ("403", buy("k", "1000"), "insufficient buying power (40310000)"),
    "no shares": ("403", sell("k", "1", "69.98"), "insufficient qty available for order"),
    "off the tick": ("422", buy("k", "1", "69.999"), "sub-penny increment"),
    "no such thing": ("422", replace(buy("k"), symbol="NOPE"), 'asset "NOPE" not found'),
    "a long key": ("422", buy("k" * 129), "no more than 128 characters"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_alpaca_refuses_is_refused_in_its_words(broker: AlpacaBroker, case: tuple) -> None:  # type: ignore[type-arg]
    _, order, words = case
    outcome = broker.submit(order)
    assert isinstance(outcome, Refused)
    assert words in outcome.reason
    assert broker.open_orders() == ()


def test_an_order_that_something_on_the_way_sends_twice_is_one_order_and_accepted(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    alpaca.server.faults.tell(Fault(POST, PATH, effects=2))
    outcome = broker.submit(buy("k"))
    assert alpaca.posts() == 2
    assert len(alpaca.model.orders) == 1
    assert outcome == Accepted(alpaca.model.orders[0].broker_id)


def test_a_key_that_alpaca_has_is_looked_up_and_told_by_what_it_stands_for(
    alpaca: Alpaca,
) -> None:
    first = alpaca.open().submit(buy("k", "3"))
    assert isinstance(first, Accepted)
    assert alpaca.open().submit(buy("k", "3")) == first
    other = alpaca.open().submit(buy("k", "4"))
    assert isinstance(other, Refused)
    assert "another order with this key" in other.reason
    broker = alpaca.open()
    alpaca.server.faults.tell(answer("GET", "/v2/orders:by_client_order_id", 500))
    assert isinstance(broker.submit(buy("k", "3")), Unclear)
    assert len(alpaca.model.orders) == 1


def test_a_key_that_alpaca_has_and_does_not_show_is_unclear(alpaca: Alpaca) -> None:
    alpaca.model.place(body("k"))
    gone = b'{"code": 40410000, "message": "order not found"}'
    alpaca.server.faults.tell(answer("GET", "/v2/orders:by_client_order_id", 404, gone))
    broker = alpaca.open()
    assert isinstance(broker.submit(buy("k")), Unclear)
    assert isinstance(broker.cancel(K), CancelRequested)
    alpaca.server.faults.tell(answer("GET", "/v2/orders:by_client_order_id", 404, gone))
    assert isinstance(broker.cancel(K), Unclear)


def test_an_order_that_goes_neither_way_stops_everything(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    broker.submit(buy("k"))
    sideways = Fault("GET", PATH, rewrite=lambda b: b.replace(b'"side": "buy"', b'"side": "hold"'))
    alpaca.server.faults.tell(sideways)
    with pytest.raises(BadAnswer, match="side = 'hold'"):
        broker.open_orders()


def test_the_same_key_is_not_even_sent_again(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    alpaca.server.faults.tell(drop_after(POST, PATH))
    assert isinstance(broker.submit(buy("k")), Unclear)
    assert broker.submit(buy("k")) == Refused("this key was sent before")
    assert alpaca.posts() == 1


UNSENT = {
    "another currency": replace(buy("k"), currency=Currency("EUR")),
    "not a number": replace(buy("k"), quantity=Decimal("NaN")),
    "no end of it": replace(buy("k"), limit=Decimal("Infinity")),
}


@pytest.mark.parametrize("order", UNSENT.values(), ids=UNSENT.keys())
def test_what_is_no_order_at_alpaca_is_not_sent(
    alpaca: Alpaca, broker: AlpacaBroker, order: object
) -> None:
    outcome = broker.submit(order)  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("not sent: ")
    assert alpaca.posts() == 0


def test_an_order_is_not_sent_into_the_next_morning(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    alpaca.clock.on(5 * 3600)
    assert broker.submit(buy("k")) == Refused("not sent: the market is closed", left=False)
    alpaca.server.faults.tell(drop_before("GET", "/v2/clock"))
    refused = broker.submit(buy("l"))
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("not sent: Alpaca: ")
    assert alpaca.posts() == 0


def test_the_clock_is_asked_once_for_many_orders(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    for number in range(10):
        assert isinstance(broker.submit(buy(f"k{number}", "1")), Accepted)
    assert alpaca.server.count("GET", "/v2/clock") == 1


def test_numbers_go_out_as_text_and_come_back_to_the_last_digit(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    alpaca.model.quotes["AAPL"] = (Decimal("69.98"), Decimal("70.020001"))
    order = buy("k", "0.123456789", "70.10")
    assert isinstance(broker.submit(order), Accepted)
    sent = next(each.body for each in alpaca.server.exchanges if each.method == POST)
    assert sent == {
        "symbol": "AAPL",
        "qty": "0.123456789",
        "side": "buy",
        "type": "limit",
        "time_in_force": "day",
        "limit_price": "70.10",
        "client_order_id": "k",
        "extended_hours": False,
    }
    alpaca.clock.on(1)
    (done,) = broker.executions(None)
    assert (done.quantity, done.price) == (order.quantity, Decimal("70.020001"))
    assert broker.account().cash[0].amount == 20_000 - done.quantity * done.price
    assert isinstance(broker.submit(buy("big", "1E+1", "70.1")), Accepted)
    assert state_of(broker, "big").quantity == 10


@pytest.mark.parametrize("page", [1, 3, 500])
def test_open_orders_are_read_to_the_end_of_the_list(alpaca: Alpaca, page: int) -> None:
    broker = alpaca.open()
    keys = [OrderKey(f"k{number:03d}") for number in range(1 if page == 500 else 7)]
    for key in keys:
        assert isinstance(broker.submit(buy(key, "1", "1.00")), Accepted)
    alpaca.server.page_max = page
    assert [state.key for state in broker.open_orders()] == keys


def test_more_open_orders_than_a_page_holds_are_all_seen(alpaca: Alpaca) -> None:
    for number in range(1001):
        alpaca.model.place(body(f"k{number}"))
    seen = alpaca.open().open_orders()
    assert len({state.broker_id for state in seen}) == len(seen) == 1001
    assert alpaca.server.count("GET", PATH) == 4


def body(key: str | None, **more: object) -> dict[str, object]:
    """What somebody else sends."""
    own = {} if key is None else {"client_order_id": key}
    order = {"symbol": "KO", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1"}
    return {**order, "time_in_force": "day", **own, **more}


def test_a_list_that_repeats_its_page_is_not_believed(alpaca: Alpaca) -> None:
    for number in range(501):
        alpaca.model.place(body(f"k{number}"))
    first = alpaca.server.answer("GET", PATH, {"limit": "500", "direction": "asc"}, None)
    told = json.dumps(first.body).encode()
    alpaca.server.faults.tell(replace(says("GET", PATH, told), times=2))
    with pytest.raises(BadAnswer, match="the same page of orders again"):
        alpaca.open().open_orders()


def test_an_order_of_somebody_else_has_no_key_of_ours(alpaca: Alpaca) -> None:
    alpaca.model.place(body(None, limit_price="50"))
    broker = alpaca.open()
    (state,) = broker.open_orders()
    assert state.key is None
    alpaca.clock.on(1)
    (done,) = broker.executions(None)
    assert done.key is None


MANY = 40


def test_many_orders_are_looked_up_by_one_question(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    keys = [OrderKey(f"k{number}") for number in range(MANY)]
    for key in keys:
        broker.submit(buy(key, "1"))
    alpaca.clock.on(5)
    before = len(alpaca.server.exchanges)
    found = [broker.find(key) for key in keys]
    assert all(isinstance(each, Found) for each in found)
    assert len(alpaca.server.exchanges) == before + 1


def test_an_order_of_last_week_is_still_found(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(7 * 86400)
    assert state_of(broker, "k").status is OrderStatus.FILLED


def waiting(broker: AlpacaBroker) -> None:
    assert isinstance(broker.submit(buy("k", "1", "1.00")), Accepted)


def test_a_cancel_is_one_request(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    waiting(broker)
    before = len(alpaca.server.exchanges)
    assert broker.cancel(K) == CancelRequested()
    assert len(alpaca.server.exchanges) == before + 1
    assert state_of(broker, "k").reason == "pending_cancel"
    assert state_of(broker, "k").status is OrderStatus.OPEN
    assert broker.cancel(K) == CancelRequested()
    alpaca.clock.on(1)
    assert broker.cancel(K) == AlreadyDone()


def test_an_order_of_before_the_restart_is_cancelled(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    waiting(broker)
    assert alpaca.open().cancel(K) == CancelRequested()


def test_a_cancel_that_a_fill_overtook_says_so(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    broker.submit(buy("k"))
    alpaca.clock.on(1)
    assert broker.cancel(K) == AlreadyDone()
    assert state_of(broker, "k").status is OrderStatus.FILLED


@pytest.mark.parametrize(
    "fault",
    [
        drop_before("DELETE", PATH),
        drop_after("DELETE", PATH),
        hang_after("DELETE", PATH),
        answer("DELETE", PATH, 500, HTML),
        answer("DELETE", PATH, 429, b"{}"),
        answer("DELETE", PATH, 401, b'{"message": "unauthorized."}'),
    ],
)
def test_a_cancel_without_a_clear_answer_is_unclear(
    alpaca: Alpaca, broker: AlpacaBroker, fault: Fault
) -> None:
    waiting(broker)
    alpaca.server.faults.tell(replace(fault))
    assert isinstance(broker.cancel(K), Unclear)
    assert isinstance(broker.cancel(K), CancelRequested)


def test_a_cancel_of_nothing_is_unclear(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    assert isinstance(broker.cancel(OrderKey("never")), Unclear)
    waiting(broker)
    again = alpaca.open()
    alpaca.server.faults.tell(drop_before("GET", "/v2/orders:by_client_order_id"))
    assert isinstance(again.cancel(K), Unclear)
    alpaca.server.faults.tell(answer("DELETE", PATH, 422, b'{"message": "not cancelable"}'))
    alpaca.server.faults.tell(drop_before("GET", "/v2/orders:by_client_order_id"))
    assert isinstance(broker.cancel(K), Unclear)


STATUSES = {
    "accepted": OrderStatus.OPEN,
    "pending_new": OrderStatus.OPEN,
    "held": OrderStatus.OPEN,
    "suspended": OrderStatus.OPEN,
    "done_for_day": OrderStatus.OPEN,
    "a_word_of_next_year": OrderStatus.OPEN,
    "replaced": OrderStatus.CANCELLED,
    "canceled": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}


@pytest.mark.parametrize(("theirs", "ours"), STATUSES.items())
def test_only_what_is_known_to_be_an_end_is_one(
    alpaca: Alpaca, broker: AlpacaBroker, theirs: str, ours: OrderStatus
) -> None:
    broker.submit(buy("k", "1", "1.00"))
    alpaca.model.orders[0].status = theirs
    assert state_of(broker, "k").status is ours


def test_an_order_that_is_filled_whole_is_filled_whatever_is_reckoned_still(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    broker.submit(buy("k", "4", "1.00"))
    booked = alpaca.model.orders[0]
    booked.status, booked.filled = "calculated", Decimal(4)
    assert state_of(broker, "k").status is OrderStatus.FILLED


def test_an_order_rejected_at_once_is_refused(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    reject = Fault(POST, PATH, rewrite=lambda b: b.replace(b'"new"', b'"rejected"'))
    alpaca.server.faults.tell(reject)
    assert broker.submit(buy("k")) == Refused("rejected")


def test_an_order_that_fills_in_parts_is_told_part_by_part() -> None:
    with standin(parts=4) as alpaca:
        broker = alpaca.open()
        broker.submit(buy("k", "10"))
        alpaca.clock.on(1)
        done = broker.executions(None)
        assert sorted(e.quantity for e in done) == [2, 2, 2, 4]
        assert {e.symbol for e in done} == {AAPL}
        assert len({e.root for e in done}) == 4
