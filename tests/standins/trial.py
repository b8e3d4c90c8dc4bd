"""A stand-in that is told by lines what befalls it: ``python -m standins.trial ibkr``.

Each line of the standard input is a JSON object whose ``do`` names what is to be done; each is
answered by one line of JSON. It is how ``trimtab selftest`` tries the adapters in a checkout: the
product cannot import a stand-in, and this process knows nothing of the product.

    {"do": "cases"}                                  the cases there are, and which of them are
                                                     of an account that holds shares
    {"do": "begin", "now": "2020-03-12T15:00:00Z"}   a new account; how to reach it
    {"do": "strike", "case": "order slow"}           from now on that is what happens
    {"do": "now", "now": "..."}                      the broker's clock goes on
    {"do": "release"}                                what was held back is told
    {"do": "truth"}                                  what is in the broker's own books, and whether
                                                     what was to befall it did
    {"do": "calm"}                                   nothing befalls it any more
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TextIO

from standins import alpaca_server
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer
from standins.fault_kinds import (
    ALPACA,
    IBKR,
    befall_alpaca,
    befall_ibkr,
    spoil_alpaca,
    spoil_ibkr,
)
from standins.faults import Fault, Schedule
from standins.flex_server import SECRETS, FlexServer, deposit, statement
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

QUOTES = {
    "AAPL": (Decimal("69.98"), Decimal("70.02")),
    "KO": (Decimal("49.99"), Decimal("50.00")),
}
Answer = Mapping[str, object]


class Account(Protocol):
    """An account at one stand-in."""

    faults: Schedule

    def reached(self) -> Answer:
        """Settings of the adapter, and the secrets that it asks for."""

    def cases(self) -> Mapping[str, Callable[[], object]]:
        """What can befall it."""

    def spoils(self) -> Mapping[str, Callable[[], object]]:
        """What can befall it once it holds shares."""

    def carry(self) -> None:
        """Let the time that has gone by take effect."""

    def release(self) -> None:
        """Tell what was held back."""

    def truth(self) -> Answer:
        """Orders by key and whether they are open, shares, cash; who came to listen for news."""

    def stop(self) -> None:
        """Close the port."""


class AtAlpaca:
    """An account at Alpaca's stand-in."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.server = AlpacaServer(AlpacaModel(now, dict(QUOTES), parts=3))
        self.faults = self.server.faults

    def reached(self) -> Answer:
        url = self.server.url
        keys = {
            "alpaca_key_id": alpaca_server.KEY_ID,
            "alpaca_secret_key": alpaca_server.SECRET_KEY,
        }
        return {"settings": {"trading_url": url, "data_url": url}, "secrets": keys}

    def cases(self) -> Mapping[str, Callable[[], object]]:
        told = {name: telling(self.faults, replace(fault)) for name, fault in ALPACA.items()}
        return {**told, **befall_alpaca(self.server)}

    def spoils(self) -> Mapping[str, Callable[[], object]]:
        return spoil_alpaca(self.server)

    def carry(self) -> None:
        self.server.carry()

    def release(self) -> None:
        self.server.streams.release()

    def truth(self) -> Answer:
        model = self.server.model
        return {
            "orders": [[str(o.body["client_order_id"]), o.is_live] for o in model.orders],
            "held": {symbol: f"{held:f}" for symbol, held in model.positions.items()},
            "cash": f"{model.cash:f}",
            "listened": self.server.streams.connected,
        }

    def stop(self) -> None:
        self.server.stop()


class AtInteractiveBrokers:
    """An account at the stand-ins of TWS and of IB's statements."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.server = TwsServer(TwsModel(now, dict(QUOTES), parts=3))
        self.server.per_second = None
        self.faults = self.server.faults
        self.number = self.server.model.accounts[0]
        self.flex = FlexServer(lambda: statement(self.number, deposit(self.number, "20000")))

    def reached(self) -> Answer:
        settings = {
            "port": self.server.port,
            "flex_token": "ibkr_flex_token",
            "flex_url": self.flex.url,
        }
        return {"settings": settings, "secrets": SECRETS}

    def cases(self) -> Mapping[str, Callable[[], object]]:
        told = {name: telling(self.faults, made()) for name, made in IBKR.items()}
        return {**told, **befall_ibkr(self.server)}

    def spoils(self) -> Mapping[str, Callable[[], object]]:
        return spoil_ibkr(self.server)

    def carry(self) -> None:
        self.server.settle()

    def release(self) -> None:
        self.server.release()

    def truth(self) -> Answer:
        books = self.server.model.books
        account = books.accounts[self.number]
        held = account.holdings.values()
        return {
            "orders": [[order.wanted.ref, order.is_live] for order in books.orders],
            "held": {each.listing.symbol: f"{each.shares:f}" for each in held if each.shares},
            "cash": f"{account.cash['USD']:f}",
            "listened": self.server.count("startApi"),
        }

    def stop(self) -> None:
        self.server.stop()
        self.flex.stop()


def telling(schedule: Schedule, fault: Fault) -> Callable[[], None]:
    """Has the fault happen next."""
    return lambda: schedule.tell(fault)


ACCOUNTS: Mapping[str, Callable[[Callable[[], datetime]], Account]] = {
    "alpaca": AtAlpaca,
    "ibkr": AtInteractiveBrokers,
}


class Trial:
    """One account after the other, in a time that is told."""

    def __init__(self, broker: str) -> None:
        self.make = ACCOUNTS[broker]
        self.now = datetime.fromisoformat("2020-03-12T15:00:00+00:00")
        self.account = self.make(lambda: self.now)
        self.left = 0

    def answer(self, asked: Mapping[str, str]) -> Answer:
        """What is said to a line."""
        match asked["do"]:
            case "cases":
                return {"cases": list(self.account.cases()), "holding": list(self.account.spoils())}
            case "begin":
                self.now = datetime.fromisoformat(asked["now"])
                self.account.stop()
                self.account = self.make(lambda: self.now)
                return self.account.reached()
            case "strike":
                {**self.account.cases(), **self.account.spoils()}[asked["case"]]()
                self.left = self._ahead()
            case "now":
                self.now = datetime.fromisoformat(asked["now"])
                self.account.carry()
            case "release":
                self.account.release()
            case "calm":
                self.account.faults.faults.clear()
            case "truth":
                struck = self.left == 0 or self._ahead() < self.left
                return {"struck": struck, **self.account.truth()}
        return {}

    def _ahead(self) -> int:
        """How often a fault will still happen."""
        return sum(fault.times for fault in self.account.faults.faults)


def serve(trial: Trial, lines: Iterable[str], out: TextIO) -> None:
    """Answer every line."""
    for line in lines:
        print(json.dumps(trial.answer(json.loads(line))), file=out, flush=True)
    trial.account.stop()


if __name__ == "__main__":
    serve(Trial(sys.argv[1]), sys.stdin, sys.stdout)
