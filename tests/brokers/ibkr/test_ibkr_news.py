"""What TWS says by itself wakes who waits; what it answers to questions of ours does not."""

import time
from collections.abc import Callable
from decimal import Decimal
from threading import Timer

import pytest
from ibkr_bench import Desk, buy, state_of, until

from brokers.broker import Accepted, Pushes
from brokers.ibkr.broker import IbkrBroker
from brokers.words import OrderStatus

LONG = 8.0
"""Seconds that nothing here may take: a wait this long that is not cut short fails its test."""


@pytest.fixture
def watched(ib: Desk) -> IbkrBroker:
    """The account, with one order in the market that does not fill yet, and all of it known."""
    broker = ib.open()
    broker.account()
    assert isinstance(broker.submit(buy("k1", limit="60")), Accepted)
    quiet(broker)
    return broker


def quiet(broker: IbkrBroker) -> None:
    """Look until nothing is new."""
    end = time.monotonic() + LONG
    while broker.await_news(0.3):
        broker.executions(None)
        broker.open_orders()
        assert time.monotonic() < end, "looking is news to itself"


def fill(ib: Desk) -> None:
    """The market comes to the order."""
    ib.model.quotes["AAPL"] = Decimal("59.98"), Decimal("60.00")
    ib.server.settle()


def heard(broker: IbkrBroker) -> bool:
    """Whether a long wait was cut short."""
    begun = time.monotonic()
    return broker.await_news(LONG) and time.monotonic() - begun < LONG - 1


def test_a_fill_is_heard_of_and_then_read(ib: Desk, watched: IbkrBroker) -> None:
    assert isinstance(watched, Pushes)
    assert watched.capabilities.pushes
    fill(ib)
    assert heard(watched)
    assert state_of(watched, "k1").status is OrderStatus.FILLED
    assert [each.quantity for each in watched.executions(None)] == [10]


def test_a_look_is_no_news(ib: Desk, watched: IbkrBroker) -> None:
    for _ in range(3):
        ib.clock.on(5)
        watched.executions(None)
        watched.open_orders()
        assert not watched.await_news(0.1)


LOSSES: dict[str, Callable[[Desk], object]] = {
    "the socket": lambda ib: ib.server.drop_links(),
    "IB": lambda ib: ib.server.lose_connectivity(),
}


@pytest.mark.parametrize("what", LOSSES)
def test_a_line_that_is_lost_is_a_reason_to_look(what: str, ib: Desk, watched: IbkrBroker) -> None:
    timer = Timer(0.1, LOSSES[what], [ib])
    timer.start()
    assert heard(watched)
    timer.join()


def test_what_was_filled_while_the_line_was_down_is_found(ib: Desk, watched: IbkrBroker) -> None:
    ib.server.drop_links()
    assert heard(watched)
    fill(ib)
    watched.account()
    until(lambda: watched.executions(None))
    assert state_of(watched, "k1").status is OrderStatus.FILLED


def test_before_it_was_ever_connected_a_wait_is_a_wait(ib: Desk) -> None:
    assert not ib.open().await_news(0.05)
