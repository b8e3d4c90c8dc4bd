"""Alpaca's stream wakes who waits, whatever it says or does, and is believed in nothing."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Thread

import pytest
from alpaca_bench import Alpaca, buy, standin, state_of
from standins.alpaca_server import SECRET_KEY
from standins.alpaca_stream import Streams

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import Patience
from brokers.broker import Accepted, Pushes
from brokers.words import OrderStatus

LONG = 8.0
"""Seconds that nothing here may take: a wait this long that is not cut short fails its test."""


QUICK = Patience(quiet=0.3, answer=0.6, again=0.05, again_max=0.2, burst=100)
"""Pauses of a person made those of a test; what is done in them is the same."""


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    """A fresh stand-in, for a client without patience."""
    with standin() as made:
        made.patience = QUICK
        yield made


@pytest.fixture
def woken(alpaca: Alpaca) -> AlpacaBroker:
    """The account, listening, and everything heard that listening itself brings."""
    broker = alpaca.open()
    assert broker.clock().is_open
    assert broker.await_news(LONG), "that it listens now is news"
    return broker


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, "it never came"


def heard(broker: AlpacaBroker) -> bool:
    """Whether a long wait was cut short."""
    begun = time.monotonic()
    return broker.await_news(LONG) and time.monotonic() - begun < LONG - 1


def test_an_order_that_is_taken_and_filled_is_heard_of(alpaca: Alpaca, woken: AlpacaBroker) -> None:
    assert isinstance(woken, Pushes)
    assert woken.capabilities.pushes
    assert isinstance(woken.submit(buy("k1")), Accepted)
    assert heard(woken)
    alpaca.clock.on(5)
    alpaca.server.carry()
    assert heard(woken)
    assert state_of(woken, "k1").status is OrderStatus.FILLED
    events = [told["event"] for told in alpaca.server.streams.told]
    assert events == ["new", "fill"]


def test_nothing_is_opened_before_somebody_waits(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    broker.account()
    broker.submit(buy("k1"))
    assert alpaca.server.streams.connected == 0


MISCHIEF: dict[str, Callable[[Streams], object]] = {
    "twice": lambda streams: streams.twice,
    "garbled": lambda streams: streams.garbled,
    "no message": lambda streams: streams.nonsense,
    "of an unknown kind": lambda streams: streams.unknown,
    "dropped": lambda streams: streams.dropped,
    "too long": lambda streams: streams.huge,
}


@pytest.mark.parametrize("kind", MISCHIEF)
def test_whatever_a_message_says_the_fill_is_found_once(
    kind: str, alpaca: Alpaca, woken: AlpacaBroker
) -> None:
    streams = alpaca.server.streams
    woken.submit(buy("k1"))
    assert heard(woken)
    alpaca.clock.on(5)
    streams.mischief.append(MISCHIEF[kind](streams))  # type: ignore[arg-type]
    alpaca.server.carry()
    assert heard(woken)
    assert [e.quantity for e in woken.executions(None)] == [10]
    until(lambda: streams.listeners)
    woken.submit(buy("k2"))
    assert heard(woken), "it goes on listening"


def test_messages_late_and_out_of_order_change_nothing(alpaca: Alpaca, woken: AlpacaBroker) -> None:
    streams = alpaca.server.streams
    streams.mischief.append(streams.behind)
    woken.submit(buy("k1"))
    alpaca.clock.on(5)
    alpaca.server.carry()
    assert heard(woken)
    assert state_of(woken, "k1").status is OrderStatus.FILLED
    assert len(woken.executions(None)) == 1


def test_a_message_that_is_lost_is_made_up_for_by_the_next_look(
    alpaca: Alpaca, woken: AlpacaBroker
) -> None:
    streams = alpaca.server.streams
    streams.mischief.extend([streams.lost, streams.lost])
    woken.submit(buy("k1"))
    alpaca.clock.on(5)
    alpaca.server.carry()
    assert not woken.await_news(0.2), "the wait is as long as it was asked to be"
    alpaca.clock.on(2)
    assert len(woken.executions(None)) == 1


def test_what_happens_while_the_link_is_down_is_found_when_it_stands_again(
    alpaca: Alpaca, woken: AlpacaBroker
) -> None:
    woken.submit(buy("k1"))
    assert heard(woken)
    streams = alpaca.server.streams
    streams.refuses = 2
    streams.cut()
    until(lambda: not streams.lines)
    alpaca.clock.on(5)
    alpaca.server.carry()
    assert heard(woken), "a lost link is a reason to look"
    assert len(woken.executions(None)) == 1
    until(lambda: streams.listeners)
    assert heard(woken), "and so is one that stands again"
    assert streams.connected == 2


def test_a_link_on_which_nobody_answers_is_dropped(alpaca: Alpaca, woken: AlpacaBroker) -> None:
    streams = alpaca.server.streams
    streams.deaf = True
    assert heard(woken)
    streams.deaf = False
    until(lambda: streams.connected > 1 and streams.listeners)
    woken.submit(buy("k1"))
    assert heard(woken)


def test_a_quiet_link_is_kept(alpaca: Alpaca, woken: AlpacaBroker) -> None:
    assert not woken.await_news(1.0)
    assert alpaca.server.streams.connected == 1


def test_silence_is_noticed_within_half_a_minute() -> None:
    real = Patience()
    assert real.quiet + real.answer <= 30


def test_a_key_that_is_refused_only_makes_the_waits_long(alpaca: Alpaca) -> None:
    alpaca.server.streams.keys = ("PKOTHER", "other")
    broker = alpaca.open()
    begun = time.monotonic()
    assert not broker.await_news(0.4)
    assert time.monotonic() - begun >= 0.39
    assert isinstance(broker.clock().is_open, bool), "everything else goes on"


def test_who_answers_with_something_else_than_a_stream_is_not_listened_to() -> None:
    """Prism, for one, speaks plain HTTP."""
    with standin() as alpaca:
        alpaca.server.streams.refuses = 10_000
        broker = alpaca.open()
        assert not broker.await_news(0.3)
        assert broker.account().positions == ()


def test_the_keys_go_nowhere_but_to_the_named_address(
    alpaca: Alpaca, caplog: pytest.LogCaptureFixture
) -> None:
    with standin() as other, caplog.at_level(logging.DEBUG):
        alpaca.server.streams.redirect = f"{other.server.url}/stream"
        broker = alpaca.open()
        assert not broker.await_news(0.4)
        assert other.server.streams.connected == 0
        alpaca.server.streams.redirect = ""
        assert heard(broker)
    assert SECRET_KEY not in caplog.text


def test_a_link_that_nobody_waits_for_is_let_go_of_and_made_again(alpaca: Alpaca) -> None:
    """A thread that died of something unforeseen is made again in the same way."""
    alpaca.patience = replace(QUICK, unwanted=0.3)
    broker, streams = alpaca.open(), alpaca.server.streams
    broker.await_news(0)
    until(lambda: streams.connected)
    until(lambda: not streams.lines)
    until(lambda: broker.await_news(0.1) and streams.listeners)
    assert streams.connected == 2


def test_closing_ends_the_thread_and_the_link_at_once(alpaca: Alpaca, woken: AlpacaBroker) -> None:
    begun = time.monotonic()
    woken.close()
    assert time.monotonic() - begun < 1
    until(lambda: not alpaca.server.streams.lines)
    assert not woken.await_news(0.01)


def test_without_the_setting_it_says_that_it_hears_nothing(alpaca: Alpaca) -> None:
    assert not alpaca.open(stream=False).capabilities.pushes


def test_many_may_wait_at_once(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    threads = [Thread(target=broker.await_news, args=(0.2,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert alpaca.server.streams.connected == 1
