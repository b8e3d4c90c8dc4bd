"""What befalls an account of the contract suite, at each broker in its own way, and how to tell.

At Alpaca and Interactive Brokers the stand-in goes wrong, and so does the embedded exchange; where
the account is held by hand it is the files that a person keeps.
"""

import os
import resource
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from contract_bench import Bench, session_at
from cycle_bench import Desk, Kept
from standins.alpaca_server import AlpacaServer
from standins.fault_kinds import (
    ALPACA,
    IBKR,
    befall_alpaca,
    befall_ibkr,
    spoil_alpaca,
    spoil_ibkr,
)
from standins.faults import Fault
from standins.tws_server import TwsServer

from brokers.broker import Broker, SubmitResult
from brokers.connect import open_faulty
from brokers.paper.faults.broker import Faulty
from brokers.paper.faults.kinds import BY_NAME
from brokers.paper.faults.schedule import Fault as PaperFault
from brokers.settings import PaperSettings
from brokers.words import Order

HasStruck = Callable[[], bool]

PAPER = (
    "request-lost",
    "answer-lost",
    "request-late",
    "server-error-after",
    "rate-limited",
    "delivered-twice",
    "partly-then-expired",
    "outage",
    "account-garbage",
    "positions-lag",
    "executions-newest-cut",
    "executions-doubled",
    "execution-late",
    "orders-empty",
    "quote-stale",
)
"""The exchange's kinds of fault that are like those of the others, and call for nobody."""


def open_struck(bench: Bench, kind: str) -> Faulty:
    """The embedded exchange, at the first call that fits it struck by ``kind``."""
    settings = bench.settings
    assert isinstance(settings, PaperSettings)
    fault = PaperFault(0, BY_NAME[kind], bench.now - timedelta(hours=1), 0, kind)
    made = open_faulty(bench.account, settings, lambda: bench.now, session_at, [fault])
    bench.closing.append(made.exchange.close)
    return made


# The files of an account that is held by hand.

Spoil = Callable[[Kept], None]


def cut(name: str, keep: float) -> Spoil:
    """The file was being written, and this share of it is there."""

    def spoil(kept: Kept) -> None:
        path = kept.folder / name
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * keep)])

    return spoil


def rewritten(name: str, change: Callable[[str], str], encoding: str = "utf-8") -> Spoil:
    """The file says something else."""

    def spoil(kept: Kept) -> None:
        path = kept.folder / name
        path.write_bytes(change(path.read_text()).encode(encoding))

    return spoil


def missing(name: str) -> Spoil:
    """The file is not there."""
    return lambda kept: (kept.folder / name).unlink()


def doubled(text: str) -> str:
    """Every row twice."""
    head, *rows = text.splitlines(keepends=True)
    return "".join([head, *(row if row.startswith("#") else row * 2 for row in rows)])


def long_ago(kept: Kept) -> None:
    """Nobody has brought the list of today."""
    old = (kept.bench.now - timedelta(days=40)).timestamp()
    os.utime(kept.folder / "positions.csv", (old, old))


FILES: Mapping[str, Spoil] = {
    "positions half written": cut("positions.csv", 0.6),
    "positions missing": missing("positions.csv"),
    "positions without a word": rewritten("positions.csv", lambda _: ""),
    "positions in UTF-16": rewritten("positions.csv", str, "utf-16"),
    "positions of another account": rewritten(
        "positions.csv", lambda text: text.replace("8412-77", "8412-78")
    ),
    "cash missing": missing("cash.csv"),
    "cash half written": cut("cash.csv", 0.7),
    "cash twice": rewritten("cash.csv", doubled),
    "quotes half written": cut("quotes.csv", 0.8),
    "quotes of last month": rewritten("quotes.csv", lambda text: text.replace("-03-", "-02-")),
    "bars in another encoding": rewritten("bars.csv", lambda text: f"{text}# \xe4\n", "latin-1"),
}
"""What befalls a list before anything is held: nothing may be ordered by it."""

HELD_FILES: Mapping[str, Spoil] = {
    "positions shrunken": cut("positions.csv", 0.85),
    "positions empty": rewritten(
        "positions.csv", lambda text: f"{text.splitlines()[0]}\n# empty account\nsymbol,quantity\n"
    ),
    "positions twice": rewritten("positions.csv", doubled),
    "positions stale": long_ago,
    "fills half written": cut("fills.csv", 0.9),
    "fills missing": missing("fills.csv"),
    "fills twice": rewritten("fills.csv", doubled),
}
"""The same once shares are held."""


@dataclass(slots=True)
class Once:
    """Spoils the files of one cycle, and has them mended for the next."""

    kept: Kept
    spoil: Spoil
    times: int = 1
    fills: str | None = None
    """What fills.csv said before, which nobody else writes anew."""

    def __call__(self) -> None:
        path = self.kept.folder / "fills.csv"
        if self.times:
            self.times -= 1
            self.fills = path.read_text() if path.exists() else None
            self.spoil(self.kept)
        elif self.fills is not None:
            path.write_text(self.fills)
            self.fills = None

    def has_struck(self) -> bool:
        return not self.times


def spoil_once(account: Desk, spoil: Spoil) -> Once:
    """The next cycle finds the files like that, and the one after it finds them mended."""
    assert isinstance(account.hands, Kept)
    account.hands.spoil = made = Once(account.hands, spoil)
    return made


class OnFullDisk:
    """A broker by hand on whose disk there is no room for the first ticket."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.answers: list[SubmitResult] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.broker, name)

    def submit(self, order: Order) -> SubmitResult:
        if self.answers:
            return self.broker.submit(order)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        try:
            self.answers.append(self.broker.submit(order))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        return self.answers[-1]


# All of them.


def strike(account: Desk, kind: str) -> HasStruck:
    """Have ``kind`` befall the account; what is given tells whether it did."""
    server = account.bench.server
    if isinstance(account.hands, Kept):
        return spoil_once(account, {**FILES, **HELD_FILES}[kind]).has_struck
    if isinstance(server, AlpacaServer | TwsServer):
        return _tell(server, kind)
    account.broker = struck = open_struck(account.bench, kind)
    return lambda: bool(struck.struck)


def _tell(server: AlpacaServer | TwsServer, kind: str) -> HasStruck:
    """One row of the stand-in's own table, or what befalls all of it at once."""
    if isinstance(server, AlpacaServer):
        rows: Mapping[str, Callable[[], Fault]] = {
            name: (lambda fault=fault: replace(fault)) for name, fault in ALPACA.items()
        }
        events = {**befall_alpaca(server), **spoil_alpaca(server)}
    else:
        rows, events = IBKR, {**befall_ibkr(server), **spoil_ibkr(server)}
    if kind in events:
        events[kind]()
        return lambda: True
    fault = rows[kind]()
    server.faults.tell(fault)
    begun = fault.times
    return lambda: fault.times < begun


def keys_at_broker(account: Desk) -> list[str]:
    """The key of every order that the broker ever took."""
    server, settings = account.bench.server, account.bench.settings
    if isinstance(account.hands, Kept):
        return [line["key"] for line in account.hands.lines()]
    if isinstance(server, AlpacaServer):
        return [str(each.body["client_order_id"]) for each in server.model.orders]
    if isinstance(server, TwsServer):
        return [each.wanted.ref for each in server.model.books.orders]
    assert isinstance(settings, PaperSettings)
    return _keys_in(settings.ledger)


def _keys_in(ledger: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as opened:
        return [key for (key,) in opened.execute("SELECT key FROM orders")]
