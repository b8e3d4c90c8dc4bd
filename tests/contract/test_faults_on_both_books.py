"""Every kind of fault, every adapter, and books of both databases.

Whatever befalls one exchange, one answer or one file: no order is lost or doubled, the book tells
what the broker tells, and the wish is carried out in the end. A tenth of the cases is kept in
PostgreSQL.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from contract_bench import ACCOUNT, Bench, alpaca, ibkr, paper
from cycle_bench import Desk, desk, manual
from fault_benches import (
    FILES,
    HELD_FILES,
    PAPER,
    HasStruck,
    OnFullDisk,
    keys_at_broker,
    strike,
)
from postgres_server import NewDatabase
from standins.alpaca_events import bust
from standins.alpaca_server import AlpacaServer
from standins.fault_kinds import ALPACA, IBKR
from standins.tws_server import TwsServer

from bot.book.book import Book
from bot.reconcile import Refusal
from brokers.broker import BrokerError, Unclear

PATIENCE_SECONDS = 1
"""How long an answer may take here."""
TENTH = 10
KINDS = {"paper": PAPER, "alpaca": ALPACA, "ibkr": IBKR, "manual": FILES}
FAULTS = [(broker, kind) for broker, kinds in KINDS.items() for kind in kinds]
EVENTS = [("alpaca", kind) for kind in ("pages of one", "stream dead")] + [
    ("ibkr", kind) for kind in ("gateway restarts", "IB lost and found", "links dropped")
]
CASES = [(each, "sqlite") for each in [*FAULTS, *EVENTS]] + [
    (each, "postgresql") for each in FAULTS[::TENTH]
]
HOLDING = [
    *(("alpaca", kind) for kind in ("positions empty", "execution corrected")),
    *(("ibkr", kind) for kind in ("positions empty", "execution corrected")),
    *(("manual", kind) for kind in HELD_FILES),
]
MAKERS: dict[str, Callable[[Path], Bench]] = {
    "paper": paper,
    "alpaca": alpaca,
    "ibkr": ibkr,
    "manual": manual,
}


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
    if hasattr(bench.settings, "timeout_seconds"):
        bench.settings = replace(bench.settings, timeout_seconds=PATIENCE_SECONDS)  # type: ignore[call-arg]
    yield desk(bench, book)
    for broker in bench.opened:
        getattr(broker, "close", lambda: None)()
    for close in bench.closing:
        close()


def look(account: Desk) -> None:
    """A cycle; one that may not go on has not traded."""
    with suppress(BrokerError, Refusal):
        account.run()


def live_on(account: Desk, has_struck: HasStruck) -> None:
    """Look at the account again and again, at last on the next day, until all is as wished."""
    for pause in (60, 3600, 86_400):
        look(account)
        if has_struck() and is_carried_out(account):
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
def test_a_fault_is_lived_through(account: Desk, kind: str) -> None:
    if kind in {name for _, name in EVENTS}:
        account.broker.account()
    has_struck = strike(account, kind)
    live_on(account, has_struck)
    assert has_struck(), "nothing was put to the test"
    assert_carried_out_once(account)


@pytest.mark.parametrize(("account", "kind"), HOLDING, indirect=["account"])
def test_what_is_told_wrong_of_what_is_held_is_not_traded_on(account: Desk, kind: str) -> None:
    account.run()
    account.bench.wait(3600)
    look(account)
    before = keys_at_broker(account)
    assert before
    has_struck = strike(account, kind)
    account.bench.wait(3600)
    look(account)
    assert has_struck()
    assert keys_at_broker(account) == before
    mend(account)
    for _ in range(2):
        account.next_day()
        account.run()
    assert_carried_out_once(account)


@pytest.mark.parametrize("account", ["alpaca"], indirect=True)
def test_a_busted_trade_is_made_again(account: Desk) -> None:
    """The book knows of it at once, so it is no difference and stops nothing."""
    account.run()
    account.bench.wait(60)
    before = keys_at_broker(account)
    server = account.bench.server
    assert isinstance(server, AlpacaServer)
    bust(server.model)
    account.bench.wait(3600)
    account.run()
    assert account.book.halted(ACCOUNT) is None
    assert len(keys_at_broker(account)) == len(before) + 1
    account.bench.wait(3600)
    account.run()
    assert_carried_out_once(account)


def mend(account: Desk) -> None:
    """All is told as it is, and a person who has looked lets the account go on."""
    if account.bench.server is not None:
        account.bench.server.faults.faults.clear()  # type: ignore[attr-defined]
    if account.book.halted(ACCOUNT) is not None:
        account.book.resume(ACCOUNT, "looked at", "owner", account.bench.now)


@pytest.mark.parametrize("account", ["manual"], indirect=True)
def test_a_ticket_that_the_disk_has_no_room_for_is_written_later(account: Desk) -> None:
    account.broker = full = OnFullDisk(account.broker)  # type: ignore[assignment]
    look(account)
    assert isinstance(full.answers[0], Unclear)
    live_on(account, lambda: True)
    assert_carried_out_once(account)
