"""What every broker must keep, whoever it is: the promises of ``brokers/broker.py``, tried."""

from decimal import Decimal

import pytest
from contract_bench import Bench

from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    Broker,
    CancelRequested,
    Found,
    Refused,
)
from brokers.words import (
    ZERO,
    Environment,
    Order,
    OrderKey,
    OrderState,
    OrderStatus,
    Side,
    Symbol,
)

NOPE = Symbol("NOPE")


def make_order(bench: Bench, broker: Broker, key: str, **how: object) -> Order:
    """A buy of ten at the ask, or ``away`` from it, or else as told."""
    symbol = bench.symbols[0]
    quote = broker.quotes([symbol])[symbol]
    side = how.get("side", Side.BUY)
    touch = quote.ask if side is Side.BUY else quote.bid
    away = Decimal(str(how.get("away", 0)))
    quantity = Decimal(str(how.get("quantity", 10)))
    return Order(OrderKey(key), symbol, Side(str(side)), quantity, touch - side.sign * away)


def state_of(broker: Broker, key: str) -> OrderState:
    found = broker.find(OrderKey(key))
    assert isinstance(found, Found)
    return found.state


def bought(bench: Bench, broker: Broker, key: str = "bought") -> Order:
    """An order that is filled."""
    order = make_order(bench, broker, key)
    assert isinstance(broker.submit(order), Accepted)
    bench.wait(120)
    assert state_of(broker, key).status is OrderStatus.FILLED
    return order


def test_an_account_says_who_it_is_and_what_it_holds(bench: Bench, broker: Broker) -> None:
    state = broker.account()
    assert state.environment is Environment.PAPER
    assert state.account == bench.account
    assert state.fingerprint
    assert state.positions == ()
    assert {cash.currency for cash in state.cash} >= {state.base}
    assert all(0 <= cash.settled <= cash.amount for cash in state.cash)
    assert state.time == broker.clock().time == bench.now


def test_the_clock_knows_the_session(bench: Bench, broker: Broker) -> None:
    assert broker.clock().is_open
    bench.wait(5 * 3600)
    assert not broker.clock().is_open


def test_quotes_are_sound_and_strangers_are_left_out(bench: Bench, broker: Broker) -> None:
    quotes = broker.quotes([*bench.symbols, NOPE])
    assert set(quotes) == set(bench.symbols)
    assert all(0 < quote.bid < quote.ask for quote in quotes.values())
    assert all(quote.time <= bench.now for quote in quotes.values())
    known = broker.instruments([*bench.symbols, NOPE])
    assert set(known) == set(bench.symbols)
    assert all(instrument.tradable for instrument in known.values())
    for name, quote in quotes.items():
        assert quote.bid % known[name].tick.at(quote.bid) == 0


def test_bars_are_of_days_that_are_over(bench: Bench, broker: Broker) -> None:
    bars = broker.bars([*bench.symbols, NOPE], 20)
    assert set(bars) == set(bench.symbols)
    for each in bars.values():
        assert 0 < len(each.days) == len(each.closes) == len(each.volumes) <= 20
        assert list(each.days) == sorted(set(each.days))
        assert each.days[-1] < bench.now.date()


def test_an_accepted_order_is_found_by_its_key(bench: Bench, broker: Broker) -> None:
    order = make_order(bench, broker, "k", away=5)
    accepted = broker.submit(order)
    state = state_of(broker, "k")
    assert accepted == Accepted(state.broker_id)
    assert (state.key, state.symbol, state.side) == (order.key, order.symbol, order.side)
    assert (state.quantity, state.limit, state.filled) == (order.quantity, order.limit, ZERO)
    assert state.status is OrderStatus.OPEN
    assert broker.open_orders() == (state,)


def test_what_was_never_sent_is_absent_and_soon_for_certain(bench: Bench, broker: Broker) -> None:
    assert isinstance(broker.find(OrderKey("never")), Absent)
    bench.wait(60)
    assert broker.find(OrderKey("never")) == Absent(certain=True)


def test_a_key_is_good_for_one_order(bench: Bench, broker: Broker) -> None:
    first = make_order(bench, broker, "k", away=5)
    second = make_order(bench, broker, "k", away=6, quantity=3)
    assert isinstance(broker.submit(first), Accepted)
    assert isinstance(broker.submit(first), Refused)
    assert isinstance(broker.submit(second), Refused)
    assert state_of(broker, "k").quantity == first.quantity
    assert len(broker.open_orders()) == 1


def test_a_key_stays_taken_when_its_order_is_done(bench: Bench, broker: Broker) -> None:
    order = bought(bench, broker)
    assert isinstance(broker.submit(order), Refused)
    bench.wait(120)
    assert sum(e.quantity for e in broker.executions(None)) == order.quantity


def test_executions_are_complete_and_keep_their_ids(bench: Bench, broker: Broker) -> None:
    order = bought(bench, broker)
    done = broker.executions(None)
    assert sum(e.quantity for e in done) == order.quantity == state_of(broker, "bought").filled
    assert {e.key for e in done} == {order.key}
    assert all(e.price <= order.limit and e.fee >= 0 for e in done)
    assert len({(e.root, e.version) for e in done}) == len(done)
    bought(bench, broker, "later")
    again = broker.executions(None)
    assert again[: len(done)] == done
    assert [e.time for e in again] == sorted(e.time for e in again)
    assert broker.executions(again[-1].time)[-1] == again[-1]
    assert all(e.time >= again[-1].time for e in broker.executions(again[-1].time))


def test_cash_and_positions_are_what_happened(bench: Bench, broker: Broker) -> None:
    bought(bench, broker)
    order = make_order(bench, broker, "sold", side=Side.SELL, quantity=4)
    assert isinstance(broker.submit(order), Accepted)
    bench.wait(120)
    state, done = broker.account(), broker.executions(None)
    flows = sum((flow.amount for flow in broker.cash_flows(None)), ZERO)
    spent = sum((e.side.sign * e.quantity * e.price + e.fee for e in done), ZERO)
    assert state.cash[0].amount == flows - spent
    assert {p.symbol: p.quantity for p in state.positions} == {bench.symbols[0]: Decimal(6)}
    assert all(p.quantity == 6 for p in state.positions)


def test_nothing_moves_without_a_trade_or_a_flow(bench: Bench, broker: Broker) -> None:
    bought(bench, broker)
    held = {p.symbol: p.quantity for p in broker.account().positions}
    assert broker.transfers(None) == ()
    assert broker.corporate_actions(None) == ()
    bench.wait(3600)
    assert {p.symbol: p.quantity for p in broker.account().positions} == held


def test_a_waiting_order_is_cancelled_and_then_done(bench: Bench, broker: Broker) -> None:
    order = make_order(bench, broker, "k", away=20)
    broker.submit(order)
    bench.wait()
    assert broker.cancel(order.key) == CancelRequested()
    bench.wait()
    assert state_of(broker, "k").status is OrderStatus.CANCELLED
    assert broker.cancel(order.key) == AlreadyDone()
    assert broker.open_orders() == ()
    bench.wait(600)
    assert broker.executions(None) == ()


def test_a_filled_order_cannot_be_cancelled(bench: Bench, broker: Broker) -> None:
    order = bought(bench, broker)
    assert broker.cancel(order.key) == AlreadyDone()


def test_an_order_ends_with_its_session(bench: Bench, broker: Broker) -> None:
    order = make_order(bench, broker, "k", away=20)
    broker.submit(order)
    bench.wait(24 * 3600)
    assert not state_of(broker, "k").status.is_live
    assert broker.open_orders() == ()


@pytest.mark.parametrize(
    "how",
    [
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 1_000_000},
        {"side": Side.SELL},
        {"away": "0.001"},
    ],
    ids=["nothing", "less than nothing", "beyond the cash", "a short sale", "off the tick"],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    bench: Bench, broker: Broker, how: dict[str, object]
) -> None:
    before = broker.account()
    assert isinstance(broker.submit(make_order(bench, broker, "k", **how)), Refused)
    found = broker.find(OrderKey("k"))
    assert isinstance(found, Absent) or found.state.status is OrderStatus.REJECTED
    assert broker.open_orders() == ()
    bench.wait(0)
    assert broker.account() == before


def test_cash_never_goes_below_zero(bench: Bench, broker: Broker) -> None:
    cash = broker.account().cash[0].settled
    for number in range(8):
        order = make_order(bench, broker, f"k{number}")
        third = (cash / 3 / order.limit).quantize(Decimal(1))
        broker.submit(make_order(bench, broker, f"k{number}", quantity=third))
        bench.wait(61)
        assert all(each.amount >= 0 for each in broker.account().cash)
    assert broker.account().cash[0].amount < cash / 3


def test_a_closed_market_takes_no_order(bench: Bench, broker: Broker) -> None:
    order = make_order(bench, broker, "k")
    bench.wait(8 * 3600)
    assert isinstance(broker.submit(order), Refused)


def test_a_restart_finds_everything_again(bench: Bench, broker: Broker) -> None:
    bought(bench, broker)
    broker.submit(make_order(bench, broker, "waiting", away=20))
    account, done, flows = broker.account(), broker.executions(None), broker.cash_flows(None)
    waiting, found = broker.open_orders(), broker.find(OrderKey("bought"))
    again = bench.restart()
    assert again.account() == account
    assert again.executions(None) == done
    assert again.cash_flows(None) == flows
    assert again.open_orders() == waiting
    assert again.find(OrderKey("bought")) == found
    bench.wait()
    assert again.cancel(OrderKey("waiting")) == CancelRequested()
    bench.wait()
    assert state_of(again, "waiting").status is OrderStatus.CANCELLED
