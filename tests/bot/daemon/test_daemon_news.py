"""Waiting for a broker: cut short where it pushes and time is real, and exact everywhere else."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import cast

import pytest
from rota_standins import utc

from bot.clock import VirtualClock, Wakeable, wait_for_news
from bot.daemon.clock import PACE_SECONDS, SystemClock
from brokers.alpaca.broker import CAPABILITIES
from brokers.broker import Capabilities, Market, Pushes

NOON = utc("2026-11-25T12:00")
LONG = 30.0


PUSHES = replace(CAPABILITIES, pushes=True)


@dataclass
class Pushing:
    """A broker that pushes when it is rung, and counts how often it was waited for."""

    pushes: bool = True
    rung: threading.Event = field(default_factory=threading.Event)
    waits: list[float] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, pushes=self.pushes)

    def await_news(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.rung.wait(seconds)


@dataclass
class Silent:
    """A broker with nothing to be waited for by, whatever it states."""

    capabilities: Capabilities = PUSHES


def took(wait: Callable[[], None]) -> float:
    begun = monotonic()
    wait()
    return monotonic() - begun


def market(broker: object) -> Market:
    return cast("Market", broker)


def test_a_broker_that_pushes_cuts_the_wait_short() -> None:
    broker = Pushing()
    timer = threading.Timer(0.2, broker.rung.set)

    def ring_and_wait() -> None:
        timer.start()
        wait_for_news(LONG, SystemClock(), market(broker))

    gone = took(ring_and_wait)
    timer.join()
    assert 0.2 <= gone < 2
    assert max(broker.waits) <= PACE_SECONDS, "so a stop is seen in between"


def test_without_news_the_wait_is_as_long_as_ever() -> None:
    broker = Pushing()
    assert 1.3 <= took(lambda: wait_for_news(1.3, SystemClock(), market(broker))) < 3
    assert isinstance(broker, Pushes)


def test_a_stop_ends_it_after_the_pace() -> None:
    stop, broker = threading.Event(), Pushing()
    clock = SystemClock(stop)
    stop.set()
    assert took(lambda: wait_for_news(LONG, clock, market(broker))) < PACE_SECONDS + 1
    assert len(broker.waits) == 1


@pytest.mark.parametrize("broker", [Pushing(pushes=False), Silent()], ids=["unset", "unable"])
def test_a_broker_that_does_not_push_is_waited_for_by_the_clock(broker: object) -> None:
    assert took(lambda: wait_for_news(0.3, SystemClock(), market(broker))) >= 0.3
    assert getattr(broker, "waits", []) == []


def test_virtual_time_hangs_on_no_thread() -> None:
    clock, broker = VirtualClock(NOON), Pushing()
    broker.rung.set()
    wait_for_news(5, clock, market(broker))
    assert clock.now() == NOON + timedelta(seconds=5)
    assert broker.waits == []
    assert not isinstance(clock, Wakeable)
    assert isinstance(SystemClock(), Wakeable)
