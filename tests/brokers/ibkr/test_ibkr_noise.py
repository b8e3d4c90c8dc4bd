"""Answers with bytes that are wrong, missing or too many: an error in time, and nothing worse."""

import random
import struct
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from ibkr_bench import AAPL, Desk, buy
from standins.tws_faults import TwsFault

from brokers.broker import Accepted, BrokerError
from brokers.ibkr.broker import IbkrBroker
from brokers.words import OrderKey

READINGS: dict[str, Callable[[IbkrBroker], object]] = {
    "reqAccountUpdatesMulti": lambda broker: broker.account(),
    "reqPositionsMulti": lambda broker: broker.account(),
    "reqAllOpenOrders": lambda broker: broker.open_orders(),
    "reqCompletedOrders": lambda broker: broker.find(OrderKey("k")),
    "reqExecutions": lambda broker: broker.executions(None),
    "reqContractDetails": lambda broker: broker.instruments([AAPL]),
    "reqHistoricalData": lambda broker: broker.bars([AAPL], 5),
    "reqMktData": lambda broker: broker.quotes([AAPL]),
    "reqCurrentTime": lambda broker: broker.clock(),
}


def flip(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]


def lose(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + data[at + dice.randrange(1, 8) :]


def add(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(dice.randrange(1, 8)) + data[at:]


def swell(data: bytes, _: random.Random) -> bytes:
    return struct.pack(">I", 10_000_000) + data


def stuff(data: bytes, _: random.Random) -> bytes:
    return struct.pack(">I", 1_000_000) + b"9" * 1_000_000 + data


NOISES = [flip, lose, add, swell, stuff]


@pytest.mark.parametrize("seed", range(45))
def test_noise_in_an_answer_is_an_error_in_time_and_nothing_is_done_twice(
    ib: Desk, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - noise, no secret
    name, noise = list(READINGS)[seed % len(READINGS)], NOISES[seed // len(READINGS)]
    broker = ib.open(timeout_seconds=0.2, heartbeat_seconds=0.3)
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    truth = broker.account()
    ib.clock.on(2)
    ib.server.faults.tell(TwsFault(name, "", rewrite=lambda data: noise(data, dice)))
    began = time.monotonic()
    with suppress(BrokerError):
        READINGS[name](broker)
    assert time.monotonic() - began < 3
    ib.server.faults.faults.clear()
    with suppress(BrokerError):
        broker.account()
    after = broker.account()
    assert (after.cash, after.positions) == (truth.cash, truth.positions)
    broker.executions(None)
    assert [state.key for state in broker.open_orders()] == ["k"]
    assert isinstance(broker.submit(buy("next", limit="51")), Accepted)
    assert [len(ib.model.by_ref(key)) for key in ("k", "next")] == [1, 1]
