"""Take every order of a drill back, and show that it is gone: the last thing of each drill.

Also the first of the next: what a drill that was killed left behind is found in its book.
"""

from collections.abc import Iterator
from contextlib import suppress

from bot.book.life import NoRecord, Recorded, Write, advance, life_of
from bot.book.rows import FINAL_STEPS, Note, OrderRow
from bot.drill.bench import POLL_SECONDS, PREFIX, Bench
from brokers.broker import BrokerError, Found
from brokers.words import OrderKey, OrderState

SWEEP_SECONDS = 120.0
"""How long the broker is asked until an order is given up as perhaps still open."""
AGAIN_SECONDS = 15.0
"""How long a cancellation may go unconfirmed until it is asked for again."""


def sweep(bench: Bench) -> tuple[str, ...]:
    """Cancel and verify until nothing is left; what may still be open, a sentence each.

    Nobody can interrupt it but by killing the program: an order is worth a minute's wait.
    """
    asked: dict[OrderKey, float] = {}
    waited = 0.0
    while left := tuple(_left(bench, asked, waited)):
        if waited >= SWEEP_SECONDS:
            return left
        bench.clock.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    return ()


def _left(bench: Bench, asked: dict[OrderKey, float], waited: float) -> Iterator[str]:
    """One round: each order that is not known to be gone, after it was asked to go."""
    unsettled = bench.book.unsettled(bench.account)
    try:
        listed = {o.key: o for o in bench.broker.open_orders() if o.key is not None}
    except BrokerError as error:
        if unsettled or bench.sent:
            yield f"the broker does not tell its open orders: {error}"
        return
    ours = {row.order.key for row in unsettled} | bench.sent
    for key in sorted(key for key in listed if key in ours or key.startswith(PREFIX)):
        yield _take_back(bench, listed[key], asked, waited)
    for row in unsettled:
        if row.order.key not in listed and (why := _fate(bench, row, asked, waited)):
            yield why


def _fate(bench: Bench, row: OrderRow, asked: dict[OrderKey, float], waited: float) -> str:
    """What became of an order that is not listed as open; empty where that is known for good."""
    key, now = row.order.key, bench.clock.now()
    try:
        found = bench.broker.find(key)
    except BrokerError as error:
        return f"{_named(row)}: not looked up: {error}"
    if isinstance(found, Found) and found.state.status.is_live:
        return _take_back(bench, found.state, asked, waited)
    event = Recorded(found.state) if isinstance(found, Found) else NoRecord(found.certain)
    apart = bench.broker.capabilities.lookups_apart
    life, commands = advance(life_of(row), event, now, apart)
    bench.book.note([command.note for command in commands if isinstance(command, Write)])
    if life.step in FINAL_STEPS:
        return ""
    word = f"{life.word}, told once" if life.step == "looked" else "not, or not yet"
    return f"{_named(row)}: the broker has it {word}"


def _take_back(bench: Bench, state: OrderState, asked: dict[OrderKey, float], waited: float) -> str:
    """Ask for the cancellation, and again where it is not confirmed; it is gone when it is seen."""
    key = state.key
    assert key is not None, "an order of ours has our key"
    if waited - asked.get(key, -AGAIN_SECONDS) >= AGAIN_SECONDS:
        asked[key] = waited
        with suppress(BrokerError):
            bench.broker.cancel(key)
        if bench.book.order_notes(key):  # of a drill that another machine ran there are none
            bench.book.note([Note(key, "cancel-requested", bench.clock.now(), state.broker_id)])
    return (
        f"{state.side} {state.quantity} {state.symbol} at {state.limit}, our id {key},"
        f" the broker's {state.broker_id}"
    )


def _named(row: OrderRow) -> str:
    order = row.order
    return f"{order.side} {order.quantity} {order.symbol} at {order.limit}, our id {order.key}"
