"""The table of faults: each kind has its deed, each seed its story, each deed does what it says."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_bench import ACCOUNT, ACME, THURSDAY, D, SetClock, buy, session_at, told

from brokers.broker import (
    Absent,
    Accepted,
    BadAnswer,
    CancelRequested,
    Found,
    Refused,
    Unclear,
    Unreachable,
)
from brokers.paper.broker import PaperBroker
from brokers.paper.faults.acts import CANCELS, SUBMITS
from brokers.paper.faults.answers import ANSWERS
from brokers.paper.faults.broker import Faulty
from brokers.paper.faults.kinds import BY_NAME, KINDS
from brokers.paper.faults.record import HAPPENINGS
from brokers.paper.faults.schedule import Fault, schedule
from brokers.paper.faults.tape import BentTape
from brokers.paper.venue import PaperOptions
from brokers.words import OrderKey, OrderStatus, Symbol

YEAR = (date(2020, 1, 1), date(2020, 12, 31))


def test_each_kind_has_its_deed_and_each_deed_its_kind() -> None:
    deeds = {**SUBMITS, **CANCELS, **ANSWERS, **HAPPENINGS}
    ours = {kind.name for kind in KINDS if kind.seam != "host"}
    assert set(deeds) == ours
    assert len(deeds) == len(SUBMITS) + len(CANCELS) + len(ANSWERS) + len(HAPPENINGS)


def test_a_seed_tells_the_whole_story() -> None:
    assert schedule(7, *YEAR, 500) == schedule(7, *YEAR, 500)
    assert schedule(7, *YEAR, 500) != schedule(8, *YEAR, 500)


def test_a_year_meets_every_kind_about_as_often() -> None:
    drawn = [fault.kind.name for fault in schedule(1, *YEAR, 600)]
    counts = [drawn.count(kind.name) for kind in KINDS]
    assert len(drawn) == 600
    assert min(counts) >= max(counts) - 1 >= 4


Open = Callable[..., Faulty]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def struck_by(tmp_path: Path, clock: SetClock) -> Iterator[Open]:
    """An exchange at which 10 ACME are held, struck by these kinds at once."""
    made: list[PaperBroker] = []

    def opened(*names: str) -> Faulty:
        tape = BentTape(told())
        options = PaperOptions(latency_ms=0)
        folder = tmp_path / f"{len(made)}.db"
        exchange = PaperBroker(folder, tape, clock.now, session_at, ACCOUNT, options)
        made.append(exchange)
        exchange.submit(buy("TT-0", "10", "100.01"))
        due = THURSDAY - timedelta(hours=1)
        faults = [Fault(n, BY_NAME[name], due, 0, f"{n}") for n, name in enumerate(names)]
        return Faulty(exchange, tape, clock.now, session_at, faults)

    yield opened
    for exchange in made:
        exchange.close()


def orders_at(faulty: Faulty) -> list[str]:
    return [str(o.key) for o in faulty.exchange.open_orders()]


ORDER = buy("TT-1", "1", "50")
"""Far from the market: it stays open."""


def test_without_a_fault_it_is_the_exchange_itself(struck_by: Open) -> None:
    faulty = struck_by()
    assert faulty.account() == faulty.exchange.account()
    assert isinstance(faulty.submit(ORDER), Accepted)
    assert faulty.open_orders() == faulty.exchange.open_orders()
    assert faulty.struck == []


@pytest.mark.parametrize("name", ["request-lost", "server-error-before"])
def test_an_order_that_never_arrives(struck_by: Open, name: str) -> None:
    faulty = struck_by(name)
    assert isinstance(faulty.submit(ORDER), Unclear)
    assert orders_at(faulty) == []


@pytest.mark.parametrize("name", ["answer-lost", "server-error-after"])
def test_an_answer_that_never_comes(struck_by: Open, name: str) -> None:
    faulty = struck_by(name)
    assert isinstance(faulty.submit(ORDER), Unclear)
    assert orders_at(faulty) == ["TT-1"]


@pytest.mark.parametrize("name", ["request-late", "request-zombie"])
def test_an_order_that_arrives_later(struck_by: Open, clock: SetClock, name: str) -> None:
    faulty = struck_by(name)
    assert isinstance(faulty.submit(ORDER), Unclear)
    assert isinstance(faulty.find(ORDER.key), Absent)
    assert faulty.is_under_way(ACME)
    clock.on(minutes=30)
    assert isinstance(faulty.find(ORDER.key), Found)
    assert not faulty.is_under_way(ACME)


REFUSALS = [name for name in SUBMITS if name.startswith("refused")]


@pytest.mark.parametrize("name", [*REFUSALS, "rate-limited"])
def test_a_refusal_is_one_and_only_one(struck_by: Open, name: str) -> None:
    faulty = struck_by(name)
    assert isinstance(faulty.submit(ORDER), Refused)
    assert isinstance(faulty.submit(ORDER), Accepted)


def test_an_order_that_is_thrown_out_later(struck_by: Open) -> None:
    faulty = struck_by("accepted-then-rejected")
    assert isinstance(faulty.submit(ORDER), Accepted)
    found = faulty.find(ORDER.key)
    assert isinstance(found, Found)
    assert found.state.status is OrderStatus.REJECTED


def test_more_is_filled_than_was_ordered(struck_by: Open, clock: SetClock) -> None:
    faulty = struck_by("filled-too-much")
    faulty.submit(buy("TT-1", "10", "100.01"))
    clock.on(minutes=1)
    filled = sum(e.quantity for e in faulty.executions(None) if e.key == "TT-1")
    assert filled == D(12)


@pytest.mark.parametrize("name", ["cancel-lost", "cancel-stuck", "cancel-too-late"])
def test_a_cancellation_that_does_nothing(struck_by: Open, name: str) -> None:
    faulty = struck_by(name)
    faulty.submit(ORDER)
    faulty.cancel(ORDER.key)
    assert orders_at(faulty) == ["TT-1"]


def test_a_cancellation_that_a_fill_beats(struck_by: Open) -> None:
    faulty = struck_by("fill-beats-cancel")
    faulty.submit(ORDER)
    assert isinstance(faulty.cancel(ORDER.key), CancelRequested)
    found = faulty.find(ORDER.key)
    assert isinstance(found, Found)
    assert found.state.status is OrderStatus.FILLED


@pytest.mark.parametrize("name", ["unreachable", "outage", "account-error", "slow-to-come-back"])
def test_no_answer_at_all(struck_by: Open, name: str) -> None:
    faulty = struck_by(name)
    with pytest.raises(Unreachable, match=name):
        faulty.account()


def test_while_the_link_is_down_no_order_arrives(struck_by: Open) -> None:
    faulty = struck_by("outage")
    with pytest.raises(Unreachable):
        faulty.account()
    assert isinstance(faulty.submit(ORDER), Unclear)
    assert orders_at(faulty) == []


def test_an_answer_that_makes_no_sense(struck_by: Open) -> None:
    with pytest.raises(BadAnswer):
        struck_by("account-garbage").account()


def test_positions_that_are_not_there(struck_by: Open) -> None:
    assert struck_by("positions-empty").account().positions == ()
    assert struck_by("positions-shrunken").account().positions == ()
    (doubled,) = struck_by("positions-doubled").account().positions
    assert doubled.quantity == D(20)


def test_a_fault_is_over_when_its_time_is(struck_by: Open, clock: SetClock) -> None:
    faulty = struck_by("positions-empty")
    assert faulty.account().positions == ()
    clock.on(minutes=5)
    assert faulty.account() == faulty.exchange.account()


def test_executions_that_are_cut_doubled_and_held_back(struck_by: Open, clock: SetClock) -> None:
    assert struck_by("executions-empty").executions(None) == ()
    assert struck_by("executions-newest-cut").executions(None) == ()
    assert len(struck_by("executions-doubled").executions(None)) == 2
    late = struck_by("execution-very-late")
    assert late.executions(None) == ()
    clock.on(hours=1)
    assert len(late.executions(None)) == 1


QUOTES = [name for name in ANSWERS if name.startswith("quote-")]


@pytest.mark.parametrize("name", QUOTES)
def test_a_quote_that_nobody_should_believe(struck_by: Open, name: str) -> None:
    faulty = struck_by(name)
    assert faulty.quotes([ACME]).get(ACME) != faulty.exchange.quotes([ACME])[ACME]


def test_a_split_is_in_the_price_and_in_the_shares(struck_by: Open, clock: SetClock) -> None:
    faulty = struck_by("split")
    clock.on(days=1)
    faulty.clock()  # the first look of the next session
    (act,) = faulty.corporate_actions(None)
    ratio = act.ratio  # type: ignore[union-attr]
    (position,) = faulty.account().positions
    assert position.quantity == D(10) * ratio
    quote = faulty.quotes([ACME])[ACME]
    assert abs(quote.mid * ratio - D(100)) < D("0.1")
    bars = faulty.bars([ACME], 5)[ACME]
    assert bars.closes[-1] == pytest.approx(100 / float(ratio))


def test_a_new_name_is_traded_in_place_of_the_old(struck_by: Open, clock: SetClock) -> None:
    faulty = struck_by("renamed")
    clock.on(days=1)
    faulty.clock()
    new = Symbol("ACMEN")
    assert [p.symbol for p in faulty.account().positions] == [new]
    assert set(faulty.instruments([ACME, new])) == {new}
    assert set(faulty.quotes([ACME, new])) == {new}
    clock.on(days=28)
    faulty.clock()
    assert [p.symbol for p in faulty.account().positions] == [ACME]


def test_what_the_owner_does_by_hand_carries_no_key(struck_by: Open, clock: SetClock) -> None:
    faulty = struck_by("manual-buy", "manual-order")
    faulty.clock()
    clock.on(minutes=1)
    assert [o.key for o in faulty.open_orders()] == [None]
    assert [e.key for e in faulty.executions(None)] == [OrderKey("TT-0"), None]


@pytest.mark.parametrize("name", [k.name for k in KINDS if k.seam != "host"])
def test_each_kind_strikes_and_is_written_down_once(
    struck_by: Open, clock: SetClock, name: str
) -> None:
    faulty = struck_by(name)
    clock.on(days=1, minutes=5)
    for number in range(3):
        _use_everything(faulty, number)
        clock.on(minutes=1)
    kinds = [struck.kind for struck in faulty.struck]
    assert kinds == [name] or name in MAY_FIND_NOTHING


MAY_FIND_NOTHING = {"reverse-split", "busted-long-after"}
"""Nobody splits a share of 100 so that it costs 2000 or more; what is of today is not old."""


def _use_everything(faulty: Faulty, number: int) -> None:
    readings: list[Callable[[], object]] = [
        faulty.clock,
        faulty.account,
        lambda: faulty.instruments([ACME]),
        lambda: faulty.quotes([ACME]),
        lambda: faulty.bars([ACME], 5),
        lambda: faulty.executions(None),
        lambda: faulty.cash_flows(None),
        lambda: faulty.transfers(None),
        faulty.open_orders,
    ]
    order = replace(ORDER, key=OrderKey(f"TT-{number + 1}"))
    faulty.submit(order)
    for reading in [*readings, lambda: faulty.find(order.key)]:
        try:
            reading()
        except (Unreachable, BadAnswer):
            continue
    faulty.cancel(order.key)
