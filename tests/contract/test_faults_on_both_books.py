"""Every kind of fault, every adapter that is spoken to, and books of both databases.

Whatever befalls one exchange: no order is lost or doubled, the book tells what the broker tells,
and the wish is carried out in the end. A tenth of the cases is kept in PostgreSQL.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from contract_bench import ACCOUNT, Bench, alpaca, ibkr
from cycle_bench import Desk, desk
from fault_kinds import ALPACA, IBKR, befall_alpaca, befall_ibkr
from postgres_server import NewDatabase
from standins.alpaca_server import AlpacaServer
from standins.faults import Fault
from standins.tws_server import TwsServer

from bot.book.book import Book
from bot.reconcile import Refusal
from brokers.broker import BrokerError

PATIENCE_SECONDS = 1
"""How long an answer may take here."""
TENTH = 10
FAULTS = [("alpaca", kind) for kind in ALPACA] + [("ibkr", kind) for kind in IBKR]
EVENTS = [("alpaca", "pages of one")] + [
    ("ibkr", kind) for kind in ("gateway restarts", "IB lost and found", "links dropped")
]
CASES = [(each, "sqlite") for each in FAULTS] + [(each, "postgresql") for each in FAULTS[::TENTH]]
MAKERS: dict[str, Callable[[Path], Bench]] = {"alpaca": alpaca, "ibkr": ibkr}


@pytest.fixture(scope="module")
def empty_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new book in a file, made once."""
    made = tmp_path_factory.mktemp("empty") / "book.db"
    Book.open(made, upgrade=True).close()
    return made


@pytest.fixture
def book(request: pytest.FixtureRequest, tmp_path: Path, empty_book: Path) -> Iterator[Book]:
    """A new book on the database of the case."""
    url = str(shutil.copy(empty_book, tmp_path / "book.db"))
    if getattr(request, "param", "sqlite") == "postgresql":
        create: NewDatabase = request.getfixturevalue("new_database")
        url = create(None)
    with Book.open(url, upgrade=True) as opened:
        yield opened


@pytest.fixture
def account(request: pytest.FixtureRequest, tmp_path: Path, book: Book) -> Iterator[Desk]:
    """An account at the broker of the case."""
    bench = MAKERS[request.param](tmp_path)
    bench.settings = replace(bench.settings, timeout_seconds=PATIENCE_SECONDS)  # type: ignore[call-arg]
    yield desk(bench, book)
    for broker in bench.opened:
        broker.close()  # type: ignore[attr-defined]
    for close in bench.closing:
        close()


def keys_at_broker(account: Desk) -> list[str]:
    """The key of every order that the broker ever took."""
    server = account.bench.server
    if isinstance(server, AlpacaServer):
        return [str(each.body["client_order_id"]) for each in server.model.orders]
    assert isinstance(server, TwsServer)
    return [each.wanted.ref for each in server.model.books.orders]


def live_on(account: Desk, is_over: Callable[[], bool]) -> None:
    """Look at the account again and again, at last on the next day, until all is as wished."""
    for pause in (60, 3600, 86_400):
        with suppress(BrokerError, Refusal):
            account.run()
        if is_over() and is_carried_out(account):
            return
        server = account.bench.server
        if isinstance(server, TwsServer):
            server.release()
        account.bench.wait(pause)
    account.run()


def is_carried_out(account: Desk) -> bool:
    with suppress(BrokerError):
        held = {p.symbol for p in account.broker.account().positions}
        return held == set(account.bench.symbols) and not account.book.unsettled(ACCOUNT)
    return False


def assert_carried_out_once(account: Desk) -> None:
    account.assert_sound()
    assert {p.symbol for p in account.broker.account().positions} == set(account.bench.symbols)
    keys = keys_at_broker(account)
    assert len(keys) == len(set(keys)), "no order is at the broker twice"
    assert set(keys) <= {row.order.key for row in account.book.orders(ACCOUNT, None, 99)}


@pytest.mark.parametrize(
    ("account", "kind", "book"),
    [(broker, kind, database) for (broker, kind), database in CASES],
    ids=[f"{broker}-{kind}-{database}" for (broker, kind), database in CASES],
    indirect=["account", "book"],
)
def test_a_fault_in_one_exchange_is_lived_through(account: Desk, kind: str) -> None:
    server = account.bench.server
    fault: Fault = replace(ALPACA[kind]) if isinstance(server, AlpacaServer) else IBKR[kind]()
    server.faults.tell(fault)  # type: ignore[attr-defined]
    begun = fault.times
    live_on(account, lambda: fault.times < begun)
    assert fault.times < begun, "the fault has struck"
    assert_carried_out_once(account)


@pytest.mark.parametrize(("account", "kind"), EVENTS, indirect=["account"])
def test_what_befalls_the_whole_server_is_lived_through(account: Desk, kind: str) -> None:
    server = account.bench.server
    account.broker.account()
    events = befall_alpaca(server) if isinstance(server, AlpacaServer) else befall_ibkr(server)  # type: ignore[arg-type]
    events[kind]()
    live_on(account, lambda: True)
    assert_carried_out_once(account)
