"""A gateway for each test, and an account at it."""

from collections.abc import Iterator

import pytest
from ibkr_bench import Desk, desk

from brokers.ibkr.broker import IbkrBroker


@pytest.fixture
def ib() -> Iterator[Desk]:
    """A fresh gateway."""
    with desk() as made:
        yield made


@pytest.fixture
def broker(ib: Desk) -> IbkrBroker:
    """The account at it, with the market known to be open."""
    made = ib.open()
    assert made.clock().is_open
    return made
