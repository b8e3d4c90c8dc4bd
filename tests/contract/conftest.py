"""Opens every broker that must keep the contract, one after the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_bench import MAKERS, Bench
from postgres_server import NewDatabase, postgresql

from brokers.broker import Broker


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each broker in turn."""
    made: Bench = request.param(tmp_path)
    yield made
    for broker in made.opened:
        close = getattr(broker, "close", None)
        if close is not None:
            close()
    for close in made.closing:
        close()


@pytest.fixture(scope="session")
def new_database() -> Iterator[NewDatabase]:
    """A real server, as long as these tests run."""
    with postgresql() as create:
        yield create


@pytest.fixture
def broker(bench: Bench) -> Broker:
    """The account, opened once."""
    return bench.make_broker()
