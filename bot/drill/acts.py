"""What is done to the broker: one order far from the market, from its intent to its end."""

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from bot.drill.bench import Bench, Outcome, failed, passed, unverified
from bot.drill.readings import HALF
from bot.drill.send import commit, send, send_again
from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    CancelRequested,
    KeyKind,
    Refused,
)
from brokers.words import ZERO, AccountState, Order, OrderState, OrderStatus, Quote, Side

TENTH = Decimal("0.1")
RESTING, OFF_TICK = 1, 2
"""Numbers of the orders that a drill sends."""
FREE_SECONDS = 15.0
"""How long after a cancellation the cash of its order may be held back."""
REJECTED_SECONDS = 5.0
"""How long a broker that takes an order first may take to reject it."""


def far_limit(quote: Quote, tick: Decimal) -> Decimal:
    """Half of the bid, down to the tick, and a tick at the least."""
    return max((quote.bid * HALF / tick).to_integral_value(ROUND_DOWN) * tick, tick)


def submit(bench: Bench) -> Outcome:
    """One share at half of the bid: its intent is committed, then it is sent and accepted."""
    quote, known = bench.quote, bench.instrument
    assert quote is not None
    assert known is not None
    tick = known.tick.at(quote.bid * HALF)
    limit = far_limit(quote, tick)
    order = Order(bench.key(RESTING), quote.symbol, Side.BUY, Decimal(1), limit, quote.currency)
    odd = replace(order, key=bench.key(OFF_TICK), limit=limit + tick * TENTH)
    commit(bench, (order, odd), quote.mid)
    result = send(bench, order)
    if isinstance(result, Refused):
        return failed(f"refused: {result.reason}")
    bench.order = order
    if isinstance(result, Accepted):
        bench.broker_id = result.broker_id
        return passed(f"buy 1 {order.symbol} at {limit}, id {result.broker_id}")
    return _looked_up(bench, order, result.reason)


def _looked_up(bench: Bench, order: Order, reason: str) -> Outcome:
    """What became of an order whose answer was lost: it is never sent again."""
    seen: list[OrderState | None] = []

    def is_known() -> bool:
        found = bench.broker.find(order.key)
        if isinstance(found, Absent):
            return found.certain
        seen.append(found.state)
        return True

    known = bench.wait_for(is_known) is not None
    if seen and seen[0] is not None:
        bench.broker_id = seen[0].broker_id
        return unverified(f"the answer was lost ({reason}); found by its key, it was not resent")
    bench.order = None
    if known:
        return failed(f"the answer was lost ({reason}), and the order never arrived")
    return failed(f"the answer was lost ({reason}), and it is not known whether it arrived")


def found(bench: Bench) -> Outcome:
    """It is found by our key, with all that was sent."""
    order = _order(bench)
    waited = bench.wait_for(lambda: bench.look(order.key) is not None)
    state = bench.look(order.key)
    if waited is None or state is None:
        return failed("it is not found by its key")
    wanted = (order.key, order.symbol, order.side, order.quantity, order.limit)
    if (state.key, state.symbol, state.side, state.quantity, state.limit) != wanted:
        return failed(f"another order is found: {state}")
    if bench.broker_id and state.broker_id != bench.broker_id:
        return failed(f"its id was {bench.broker_id} and is {state.broker_id}")
    if state.status is not OrderStatus.OPEN or state.filled:
        return failed(f"it is {state.status} {state.reason}, {state.filled} filled".strip())
    return passed(f"open after {waited:.0f} s, nothing filled")


def listed(bench: Bench) -> Outcome:
    """Among the open orders it stands once."""
    count = _times_open(bench)
    return passed("once") if count == 1 else failed(f"{count} times")


def again(bench: Bench) -> Outcome:
    """The same key once more makes no second order."""
    return _second(bench, send_again(bench, _order(bench)))


def restarted(bench: Bench) -> Outcome:
    """A program that was started again finds it, and its key is still taken."""
    order = _order(bench)
    bench.broker = bench.reopen()
    if bench.wait_for(lambda: bench.look(order.key) is not None) is None:
        return failed("after a restart it is not found by its key")
    if _times_open(bench) != 1:
        return failed(f"after a restart it is open {_times_open(bench)} times")
    if bench.broker.capabilities.key_kind is KeyKind.TAG:
        return passed("found; this broker carries keys and checks none, so none is sent twice")
    bench.broker.clock()
    return _second(bench, send_again(bench, order))


def _second(bench: Bench, result: object) -> Outcome:
    """What it means that a key was sent twice: refused, or known as the order that is there."""
    open_ones = _times_open(bench)
    if open_ones > 1:
        return failed(f"{open_ones} orders are open under one key")
    match result:
        case Refused(reason):
            return passed(f"refused: {reason}")
        case Accepted(broker_id) if broker_id == bench.broker_id:
            return passed("recognised as the order that is there")
        case Accepted(broker_id):
            return failed(f"taken as another order: {broker_id}")
        case _:
            return unverified(f"one order is open, but the answer was unclear: {result}")


def cancel(bench: Bench) -> Outcome:
    """The cancellation is taken and then confirmed; nothing was filled."""
    order = _order(bench)
    result = bench.broker.cancel(order.key)
    waited = bench.wait_for(lambda: _is_over(bench, order))
    state = bench.look(order.key)
    if waited is None or state is None:
        return failed(f"not confirmed; it answered {result}")
    if state.status is not OrderStatus.CANCELLED or state.filled:
        return failed(f"it is {state.status}, {state.filled} filled")
    if not isinstance(result, CancelRequested):
        return unverified(f"cancelled after {waited:.0f} s, but it answered {result}")
    return passed(f"confirmed after {waited:.0f} s")


def gone(bench: Bench) -> Outcome:
    """It is found as cancelled, is no longer open, and cannot be cancelled again."""
    key = _order(bench).key
    state = bench.look(key)
    if state is None or state.status is not OrderStatus.CANCELLED:
        return failed(f"it is found as {state.status if state else 'absent'}")
    if _times_open(bench):
        return failed("it is still among the open orders")
    result = bench.broker.cancel(key)
    if not isinstance(result, AlreadyDone):
        return failed(f"cancelled once more, it answers {result}")
    return passed("cancelled, not open, a second cancellation has nothing to do")


def off_tick(bench: Bench) -> Outcome:
    """A price between two ticks is refused."""
    rows = bench.book.orders(bench.account, bench.plan_id)
    order = next(row.order for row in rows if row.order.key == bench.key(OFF_TICK))
    result = send(bench, order)
    if isinstance(result, Refused):
        return passed(f"refused: {result.reason}")
    bench.wait_for(lambda: _is_over(bench, order), REJECTED_SECONDS)
    state = bench.look(order.key)
    if state is None:
        return unverified(f"the answer was {result}, and it is not found")
    if state.status is OrderStatus.REJECTED:
        return passed(f"rejected: {state.reason}")
    return failed(f"{order.limit} was taken: it is {state.status} at {state.limit}")


def untouched(bench: Bench) -> Outcome:
    """Nothing was traded: executions, shares and cash are as before."""
    keys = {bench.key(RESTING), bench.key(OFF_TICK)}
    told = bench.broker.executions(None)
    if mine := [each for each in told if each.key in keys]:
        return failed(f"{len(mine)} executions of this drill")
    if {e.root for e in bench.executions} - {e.root for e in told}:
        return failed("executions that were told before are told no more")
    before, after = bench.before, bench.broker.account()
    if before.positions != after.positions:
        return failed("positions have changed: was anybody else trading in it?")
    cash = {c.currency: c.amount for c in before.cash}, {c.currency: c.amount for c in after.cash}
    if cash[0] != cash[1]:
        return failed("cash has changed: was anybody else trading in it?")
    if bench.wait_for(lambda: _free(bench.broker.account()) == _free(before), FREE_SECONDS) is None:
        return failed(f"{_free(before)} could be spent before, {_free(after)} can be now")
    return passed("executions, positions and cash are as before")


def _free(state: AccountState) -> Decimal:
    """Cash that may be spent."""
    return sum((cash.settled for cash in state.cash), ZERO)


def _order(bench: Bench) -> Order:
    assert bench.order is not None, "it was sent"
    return bench.order


def _times_open(bench: Bench) -> int:
    key = _order(bench).key
    return sum(state.key == key for state in bench.broker.open_orders())


def _is_over(bench: Bench, order: Order) -> bool:
    state = bench.look(order.key)
    return state is not None and not state.status.is_live
