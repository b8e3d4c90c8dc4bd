"""A stand-in for each test, and an account at it."""

from collections.abc import Iterator

import pytest
from alpaca_bench import Alpaca, standin

from brokers.alpaca.broker import AlpacaBroker


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    """A fresh stand-in."""
    with standin() as made:
        yield made


@pytest.fixture
def broker(alpaca: Alpaca) -> AlpacaBroker:
    """The account at it, with the market known to be open."""
    made = alpaca.open()
    assert made.clock().is_open
    return made
