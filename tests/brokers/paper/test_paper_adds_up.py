"""Whatever an owner does, the paper ledger adds up to the last cent and the last share."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from paper_bench import (
    COMMISSION,
    D,
    SetClock,
    buy,
    open_at,
    sell,
    told,
)

from brokers.broker import Found
from brokers.paper.advance import minute_of
from brokers.paper.broker import PaperBroker
from brokers.paper.exchange import US_FEES
from brokers.paper.standing import AccountKind
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.us20 import us20_tape
from brokers.paper.venue import PaperOptions
from brokers.words import OrderKey, Symbol

TAPE = us20_tape(seed=3)
NAMES = TAPE.symbols[:3]
Step = tuple[str, Symbol, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "sell", "cancel", "pay", "wait"]),
        st.sampled_from(NAMES),
        st.integers(1, 3_000_000_000),
        st.integers(-40, 40),
    ),
    max_size=25,
)


def act(broker: PaperBroker, clock: SetClock, number: int, script: Step) -> None:
    """One random thing that an owner can do, most of them sensible."""
    what, name, size, ticks = script
    quantity = str(D(size) / 10**6)
    match what:
        case "buy" | "sell":
            limit = str(broker.quotes([name])[name].bid + D(ticks) / 100)
            order = (buy if what == "buy" else sell)(f"k{number}", quantity, limit, name)
            broker.submit(order)
        case "cancel":
            broker.cancel(OrderKey(f"k{number - 1}"))
        case "pay":
            broker.deposit(D(ticks) * 1000, clock.at + timedelta(seconds=size % 500))
        case _:
            clock.on(seconds=size % 100_000)


@given(acts, st.sampled_from(AccountKind))
@settings(max_examples=60)
def test_every_cent_and_every_share_is_accounted_for(script: list[Step], kind: AccountKind) -> None:
    options = PaperOptions(kind=kind, fees=(*US_FEES, COMMISSION), cash=D(50_000))
    clock = SetClock()
    with TemporaryDirectory() as folder:
        broker = open_at(Path(folder), TAPE, clock, options)
        for number, step in enumerate(script):
            act(broker, clock, number, step)
            adds_up(broker)
            clock.on(milliseconds=30)
        again = open_at(Path(folder), TAPE, clock, options)
        assert again.account() == broker.account()
        assert again.open_orders() == broker.open_orders()
        broker.close()
        again.close()


def adds_up(broker: PaperBroker) -> None:
    """Cash and shares are exactly what flows and executions come to; nothing is owed."""
    state, done = broker.account(), broker.executions(None)
    held: dict[Symbol, Decimal] = {}
    paid = sum((flow.amount for flow in broker.cash_flows(None)), D(0))
    for each in done:
        held[each.symbol] = held.get(each.symbol, D(0)) + each.side.sign * each.quantity
        paid -= each.side.sign * each.quantity * each.price + each.fee
    assert {p.symbol: p.quantity for p in state.positions} == {s: q for s, q in held.items() if q}
    assert state.cash[0].amount == paid
    assert 0 <= state.cash[0].settled <= state.cash[0].amount
    assert all(quantity >= 0 for quantity in held.values())
    for each in done:
        found = broker.find(OrderKey(str(each.key)))
        assert isinstance(found, Found)
        assert found.state.limit is not None
        assert (each.price - found.state.limit) * each.side.sign <= 0
        parts = [e.quantity for e in done if e.key == each.key]
        assert found.state.filled == sum(parts) <= found.state.quantity


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=12), st.integers(1, 50))
@settings(max_examples=40)
def test_no_minute_gives_more_than_its_part_of_the_volume(sizes: list[int], rate: int) -> None:
    clock, tape = SetClock(), told()
    tape.rate = Decimal(rate) / 7
    with TemporaryDirectory() as folder:
        broker = open_at(Path(folder), tape, clock, PaperOptions(cash=D(10_000_000)))
        for number, size in enumerate(sizes):
            broker.submit(buy(f"k{number}", str(size), "100.01"))
            clock.on(seconds=11)
        clock.on(minutes=20)
        by_minute: dict[object, Decimal] = {}
        for each in broker.executions(None):
            minute = minute_of(each.time)
            by_minute[minute] = by_minute.get(minute, D(0)) + each.quantity
        broker.close()
    assert by_minute
    assert max(by_minute.values()) <= tape.rate * 60 / 10


def test_a_year_of_a_synthetic_account_starts_the_same_everywhere() -> None:
    tapes = [synthetic_tape(5, seed=9) for _ in range(2)]
    seen = []
    for tape in tapes:
        clock = SetClock()
        with TemporaryDirectory() as folder:
            broker = open_at(Path(folder), tape, clock, PaperOptions(cash=D(1_000_000)))
            for number, name in enumerate(tape.symbols):
                ask = broker.quotes([name])[name].ask
                broker.submit(buy(f"k{number}", "100", str(ask), name))
            clock.on(minutes=30)
            seen.append((broker.executions(None), broker.account()))
            broker.close()
    assert len(seen[0][0]) >= 5
    assert seen[0] == seen[1]
