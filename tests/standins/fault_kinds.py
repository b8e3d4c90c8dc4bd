"""Every kind of fault that the stand-ins can make, one row each, for both brokers spoken to.

A row is what befalls one exchange of a cycle. ``POST`` and ``PLACE`` send an order; the rest reads.
The last two tables are of an account that holds shares: what is told of them afterwards is wrong.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from standins import tws_faults
from standins.alpaca_events import correct
from standins.alpaca_server import AlpacaServer
from standins.faults import (
    HTML,
    Fault,
    answer,
    drop_after,
    drop_before,
    hang_after,
    hang_before,
    says,
)
from standins.tws_server import TwsServer

POST = ("POST", "/v2/orders$")
ORDERS = ("GET", "/v2/orders$")
PAST = ("GET", "/v2/account/activities")
HOLDINGS = ("GET", "/v2/positions")
PRICES = ("GET", "/v2/stocks/quotes/latest")
TIME = ("GET", "/v2/clock")
STALE = b'{"code": 40110000, "message": "request is not authorized"}'
SLOW_DOWN = b'{"code": 42910000, "message": "rate limit exceeded"}'
PLACE = ("placeOrder", "")

Rows = Callable[[list[object]], list[object]]


def rows(method: str, path: str, change: Rows, **more: int) -> Fault:
    """The true list, changed."""
    return Fault(
        method, path, rewrite=lambda body: json.dumps(change(json.loads(body))).encode(), **more
    )


ALPACA: Mapping[str, Fault] = {
    "order dropped before its effect": drop_before(*POST),
    "order dropped after its effect": drop_after(*POST),
    "order slow": Fault(*POST, wait_seconds=0.2),
    "order hangs before its effect": hang_before(*POST),
    "order hangs after its effect": hang_after(*POST),
    "order cut in the head": Fault(*POST, cut_at=20),
    "order cut in the body": Fault(*POST, cut_at=300),
    "order 429": answer(*POST, 429, SLOW_DOWN),
    "order 500": answer(*POST, 500, HTML),
    "order 504 after its effect": says(*POST, HTML, 504),
    "order twice on the way": Fault(*POST, effects=2),
    "order answered with nothing": says(*POST, b""),
    "order under a stale token": answer(*POST, 401, STALE),
    "orders dropped": drop_before(*ORDERS),
    "orders empty": says(*ORDERS, b"[]"),
    "orders backwards": rows(*ORDERS, lambda told: told[::-1]),
    "past dropped": drop_before(*PAST),
    "past 503": answer(*PAST, 503, HTML),
    "past cut": Fault(*PAST, cut_at=260),
    "past told twice": rows(*PAST, lambda told: [*told, *told], times=9),
    "past told late": rows(*PAST, lambda told: told[:-1], skip=4, times=2),
    "past backwards": rows(*PAST, lambda told: told[::-1], times=9),
    "past empty": rows(*PAST, lambda _: [], skip=4, times=2),
    "positions cut": Fault(*HOLDINGS, cut_at=100),
    "positions under a stale token": answer(*HOLDINGS, 401, STALE),
    "quotes 429": answer(*PRICES, 429, SLOW_DOWN),
    "quotes hang": hang_before(*PRICES),
    "clock a byte at a time": Fault(*TIME, drip_seconds=0.001),
}

IBKR: Mapping[str, Callable[[], Fault]] = {
    "order dropped before its effect": lambda: drop_before(*PLACE),
    "order dropped after its effect": lambda: drop_after(*PLACE),
    "order slow": lambda: Fault(*PLACE, wait_seconds=0.2),
    "order lost": lambda: tws_faults.lost(*PLACE),
    "order unanswered": lambda: tws_faults.unanswered(*PLACE),
    "order hangs after its effect": lambda: hang_after(*PLACE),
    "order cut": lambda: Fault(*PLACE, cut_at=40),
    "order too fast": lambda: tws_faults.error(*PLACE, 100, "Max rate of messages exceeded"),
    "order of unknown error": lambda: tws_faults.error(*PLACE, 9999),
    "order cancelled by IB": lambda: tws_faults.error(*PLACE, 202),
    "order answered twice": lambda: tws_faults.twice(*PLACE),
    "order answered backwards": lambda: tws_faults.backwards(*PLACE),
    "order garbled": lambda: tws_faults.garbled(*PLACE, 5),
    "execution told late": lambda: tws_faults.late("push", "execDetails", 11),
    "execution told twice": lambda: tws_faults.twice("push", "execDetails"),
    "execution never told": lambda: tws_faults.without("push", "execDetails", 11),
    "executions dropped": lambda: drop_before("reqExecutions", ""),
    "executions backwards": lambda: tws_faults.backwards("reqExecutions", ""),
    "executions twice": lambda: tws_faults.twice("reqExecutions", ""),
    "executions without an end": lambda: tws_faults.without("reqExecutions", "", 55),
    "open orders hang": lambda: hang_before("reqAllOpenOrders", ""),
    "completed orders unanswered": lambda: tws_faults.unanswered("reqCompletedOrders", ""),
    "positions cut": lambda: Fault("reqPositionsMulti", "", cut_at=10),
    "prices dropped": lambda: drop_before("reqMktData", ""),
}


def befall_alpaca(server: AlpacaServer) -> Mapping[str, Callable[[], object]]:
    """What befalls the whole server."""
    return {
        "pages of one": lambda: setattr(server, "page_max", 1),
        "stream dead": lambda: setattr(server.streams, "deaf", True),
    }


def befall_ibkr(server: TwsServer) -> Mapping[str, Callable[[], object]]:
    """What befalls the whole gateway."""
    return {
        "gateway restarts": lambda: server.nightly_restart(17),
        "IB lost and found": lambda: (
            server.lose_connectivity(),
            server.restore_connectivity(data_lost=True),
        ),
        "links dropped": server.drop_links,
    }


ALWAYS = 99
POSITION_MULTI = 71


def spoil_alpaca(server: AlpacaServer) -> Mapping[str, Callable[[], object]]:
    """What becomes of what Alpaca has told already."""
    empty = Fault(*HOLDINGS, body=b"[]", times=ALWAYS)

    def corrected() -> None:
        price = Decimal(str(server.model.events[-1]["price"]))
        correct(server.model, price=f"{price - CENT}")

    return {
        "positions empty": lambda: server.faults.tell(empty),
        "execution corrected": corrected,
    }


def spoil_ibkr(server: TwsServer) -> Mapping[str, Callable[[], object]]:
    """What becomes of what IB has told already."""
    empty = replace(tws_faults.without("reqPositionsMulti", "", POSITION_MULTI), times=ALWAYS)

    def correct() -> None:
        last = server.model.books.executions[-1]
        server.model.correct(last.exec_id, price=f"{last.price - CENT}")

    return {"positions empty": lambda: server.faults.tell(empty), "execution corrected": correct}


CENT = Decimal("0.01")
