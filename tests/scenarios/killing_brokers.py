"""Kills a real cycle at every step while it speaks to a broker over a socket; the next finds out.

Run as a program: ``killing_brokers.py FOLDER BROKER FIRST EVERY [URL]`` makes FOLDER/template (an
account with some names at a stand-in of BROKER, a book that knows it) and then, for every step or
for each EVERYth from FIRST on, FOLDER/NNN: there a child ran a cycle that wants other weights until
it was killed at that step, and another ran one to its end. The stand-in is a process of its own
that keeps its account in a file. Broker, cycle and next cycle share a clock that runs ``SPEED``
times as fast as the wall's. With URL, that of an empty database on a server, the books are
databases beside it, and FOLDER/NNN/url says which. FOLDER/steps.json names the steps.
"""

import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Event
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg
from killing import ACTS, WRITES, Told, kill, strike_at
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url
from stage import equal_policy, session_at
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of
from standins.flex_server import secret_of
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

import strategies.proposal  # noqa: F401  # loaded once, here, and not by every child
from bot.book.book import Book
from bot.cycle import run_approved, run_cycle
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from brokers.alpaca.broker import AlpacaBroker  # noqa: F401  # as above
from brokers.broker import Broker
from brokers.connect import open_broker
from brokers.ibkr.broker import IbkrBroker  # noqa: F401  # as above
from brokers.settings import AlpacaSettings, IbkrSettings
from brokers.words import AccountId, Environment, Symbol
from strategies.plan import Plan
from strategies.policy import Policy, WorthPolicy
from strategies.policy.target import Target

D = Decimal
ACCOUNT = AccountId("killed")
SPEED = 10.0
BEGINS = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
AFTER = timedelta(days=4)
"""From the first allocation to the cycle that is killed."""
LATER = timedelta(minutes=20)
"""From that to the next one."""
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "KO": (D("49.99"), D("50.00")),
    "MSFT": (D("149.95"), D("150.05")),
}
FIRST = ("0.5", "0.25", "0.25")
THEN = ("0.3", "0.4", "0.3")
CALLS = ACTS | {"find", "executions", "open_orders"}


@dataclass(frozen=True, slots=True)
class FastClock:
    """The wall's, ``SPEED`` times as fast from a moment that all processes know."""

    began: float
    at: datetime

    def now(self) -> datetime:
        return self.at + timedelta(seconds=SPEED * (time.monotonic() - self.began))

    def sleep(self, seconds: float) -> None:
        Event().wait(seconds / SPEED)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with what the broker and the book have kept, and the broker's port."""

    folder: Path
    broker: str
    clock: FastClock
    port: int = 0
    url: str = ""

    @property
    def book(self) -> str:
        return self.url or str(self.folder / "book.db")

    @property
    def kept(self) -> Path:
        """What the stand-in keeps."""
        return self.folder / "broker.kept"


def serve(place: Place, ready: int) -> None:
    """Be the broker until we are told to end; ``ready`` is told the port."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    if place.broker == "alpaca":
        model = AlpacaModel(place.clock.now, dict(QUOTES))
        with AlpacaServer(model, state=place.kept) as alpaca:
            os.write(ready, alpaca.url.rpartition(":")[2].encode())
            signal.sigwait({signal.SIGTERM})
        return
    with TwsServer(TwsModel(place.clock.now, dict(QUOTES)), state=place.kept) as tws:
        tws.per_second = None
        os.write(ready, str(tws.port).encode())
        signal.sigwait({signal.SIGTERM})


@contextmanager
def served(place: Place) -> Iterator[Place]:
    """The place with its broker up, in a process of its own."""
    told, ready = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        alone(partial(serve, place, ready))
    os.close(ready)
    port = int(os.read(told, 16))
    os.close(told)
    try:
        yield Place(place.folder, place.broker, place.clock, port, place.url)
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def alone(act: Callable[[], object]) -> NoReturn:
    """Do it and be gone, whatever happens: a fork must never go on as its parent."""
    status = 1
    try:
        act()
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def in_child(act: Callable[[], object]) -> int:
    """Do it in a fork of this process; its exit status."""
    child = os.fork()
    if child == 0:
        alone(act)
    return os.waitpid(child, 0)[1]


def broker_at(place: Place, now: Callable[[], datetime]) -> Broker:
    """The account, through the real client library."""
    if place.broker == "alpaca":
        url = f"http://127.0.0.1:{place.port}"
        alpaca = AlpacaSettings(
            trading_url=url, data_url=url, requests_per_minute=100_000, timeout_seconds=5
        )
        return open_broker(ACCOUNT, alpaca, now, session_at, key_of)
    ibkr = IbkrSettings(port=place.port, messages_per_second=10_000, timeout_seconds=5)
    return open_broker(ACCOUNT, ibkr, now, session_at, secret_of)


def policy_of(weights: Sequence[str]) -> Policy:
    """The owner wants these weights."""
    wanted = tuple((Symbol(name), D(share)) for name, share in zip(QUOTES, weights, strict=True))
    policy = equal_policy([Symbol(name) for name in QUOTES], account=ACCOUNT)
    return replace(policy, target=Target("fixed", wanted), worth=WorthPolicy(enabled=False))


def cycle(
    place: Place, weights: Sequence[str], on_step: Callable[[str], None], *, consent: bool = False
) -> list[str]:
    """One cycle over real sockets, telling of every step, act, look and commit."""
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name.split(maxsplit=1)[0] if name.startswith(("sending", "sent ")) else name)
        on_step(name)

    clock = place.clock
    broker = broker_at(place, clock.now)
    step("opened")
    with Book.open(place.book, upgrade=False) as book:
        told_book, told_broker = Told(book, WRITES, step), Told(broker, CALLS, step)
        post = _post(policy_of(weights), clock, step)
        plan: Plan = run_cycle(post, told_broker, told_book)  # type: ignore[arg-type]
        if consent and book.plan_state(plan.plan_id) == "awaiting":
            book.mark_plan(plan.plan_id, "approved", "owner", "", clock.now())
            run_approved(post, plan, told_broker, told_book)  # type: ignore[arg-type]
    getattr(broker, "close", lambda: None)()
    step("closed")
    return steps


def _post(policy: Policy, clock: FastClock, step: Callable[[str], None]) -> Post:
    session = session_at(clock.now())
    assert session is not None
    roomy = replace(
        PROFILES[Profile.DESK],
        order_weight_max=D(1),
        cycle_turnover_max=D(2),
        day_turnover_max=D(4),
        quote_age_seconds=120,
        clock_stop_seconds=60,
        snapshot_age_seconds=600,
    )
    return Post(
        policy=policy,
        policy_digest="digest",
        identity=Identity(Environment.PAPER, None),
        limits=roomy,
        clock=clock,
        session=session,
        lookback=session.opens - timedelta(days=13),
        step=step,
        stopping=lambda: False,
        disk_free_mib=lambda: 10_000,
    )


def begin(folder: Path, broker: str, url: str) -> None:
    """An account that holds ``FIRST``, and a book that knows how it came to."""
    template = folder / "template"
    template.mkdir(parents=True)
    with Book.open(url or str(template / "book.db"), upgrade=True):
        pass
    place = Place(template, broker, FastClock(time.monotonic(), BEGINS), url=url)
    with served(place) as up:
        status = in_child(partial(cycle, up, FIRST, lambda _step: None, consent=True))
        assert status == 0, status
    (template / "time").write_text(place.clock.now().isoformat())


def copied(folder: Path, name: str, url: str) -> tuple[Path, str]:
    """The template again, under a name: its folder, and its book where that is on a server."""
    place = folder / name
    shutil.copytree(folder / "template", place)
    if not url:
        return place, ""
    server = make_url(url).set(drivername="postgresql", database="postgres")
    copy = make_url(url).set(database=f"{make_url(url).database}_{name}")
    with psycopg.connect(_shown(server), autocommit=True) as admin:
        names = (Identifier(copy.database or ""), Identifier(make_url(url).database or ""))
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    (place / "url").write_text(_shown(copy))
    return place, _shown(copy)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def strike(folder: Path, broker: str, number: int, template: str) -> None:
    """The cycle that is killed at step ``number``, and the one that follows it."""
    place, url = copied(folder, f"{number:03d}", template)
    at = datetime.fromisoformat((place / "time").read_text())
    with served(Place(place, broker, FastClock(time.monotonic(), at + AFTER), url=url)) as up:
        first = in_child(partial(cycle, up, THEN, strike_at(number, kill)))
    (place / "first").write_text(str(first))
    later = FastClock(time.monotonic(), up.clock.now() + LATER)
    with served(Place(place, broker, later, url=url)) as up:
        outcome = in_child(partial(cycle, up, THEN, lambda _step: None))
    (place / "outcome").write_text(str(outcome))


def sweep(folder: Path, broker: str, first: int, every: int, url: str) -> None:
    """Every step in turn, or each ``every``th from ``first`` on."""
    begin(folder, broker, url)
    steps = folder / "steps.json"
    trial, copy = copied(folder, "trial", url)
    at = datetime.fromisoformat((trial / "time").read_text())
    with served(Place(trial, broker, FastClock(time.monotonic(), at + AFTER), url=copy)) as up:
        told = in_child(lambda: steps.write_text(json.dumps(cycle(up, THEN, lambda _step: None))))
    assert told == 0, told
    for number in range(first, len(json.loads(steps.read_text())), every):
        strike(folder, broker, number, url)


if __name__ == "__main__":
    sweep(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:5]), "".join(sys.argv[5:]))
