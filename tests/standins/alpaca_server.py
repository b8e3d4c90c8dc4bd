"""Alpaca's REST interfaces for trading and market data, as published, on a loopback socket.

One port serves both. Each exchange is kept (``exchanges``), so that a test can hold what was said
against the published schema. Faults come from a ``Schedule``.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from ssl import SSLContext, SSLError
from threading import Event, Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid5

from standins.alpaca_model import IDS, NEW_YORK, ZERO, AlpacaModel, Json, Refusal, session_of, stamp
from standins.faults import Fault, Schedule

KEY_ID = "PKSTANDIN0000000TEST"
SECRET_KEY = "standin-secret-0000000000000000000000000"  # noqa: S105 - of a server in a test


def key_of(name: str) -> str:
    """The keys that this server takes, by the names of their secrets."""
    return {"alpaca_key_id": KEY_ID, "alpaca_secret_key": SECRET_KEY}[name]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what was truly answered to it."""

    method: str
    path: str
    query: dict[str, str]
    body: object
    status: int
    answer: object


@dataclass(slots=True)
class Reply:
    """A status and a body that becomes JSON; None is no body at all."""

    status: int
    body: object = None


class AlpacaServer:
    """The stand-in: ``url`` is both base addresses. Use as a context, or call ``stop``."""

    def __init__(self, model: AlpacaModel, tls: SSLContext | None = None) -> None:
        """Serve ``model`` at once, behind ``tls`` where it is given."""
        self.model = model
        self.faults = Schedule()
        self.exchanges: list[Exchange] = []
        self.stopping = Event()
        self.page_max = 500
        self.per_minute: int | None = None
        self.seconds: Callable[[], float] = time.monotonic
        self.asked: dict[bool, deque[float]] = {False: deque(), True: deque()}
        self.limited = 0
        self.headers: list[dict[str, str]] = []
        self.refused_key = 401
        self.lock = Lock()
        self._http = _Http(self)
        if tls is not None:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_port}"
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> "AlpacaServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End every hanging answer, and close the port."""
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def count(self, method: str, path: str) -> int:
        """Requests so far to ``path``."""
        return sum(1 for each in self.exchanges if (each.method, each.path) == (method, path))

    def over_limit(self, path: str) -> bool:
        """Whether this request is one too many for the last minute of its interface."""
        if self.per_minute is None:
            return False
        now, asked = self.seconds(), self.asked[path.startswith("/v2/stocks")]
        while asked and asked[0] <= now - 60:
            asked.popleft()
        if len(asked) >= self.per_minute:
            self.limited += 1
            return True
        asked.append(now)
        return False

    def answer(self, method: str, path: str, query: dict[str, str], body: object) -> Reply:
        """What Alpaca would answer."""
        for route in ROUTES:
            if route.method == method and (path == route.path or path.startswith(route.under)):
                try:
                    return route.serve(self, Asked(path, query, body))
                except Refusal as no:
                    return Reply(no.status, {"code": no.code, "message": no.message})
        return Reply(404, {"code": 40410000, "message": "endpoint not found."})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, taken apart."""

    path: str
    query: dict[str, str]
    body: object

    @property
    def last(self) -> str:
        """The last part of the path."""
        return unquote(self.path.rsplit("/", 1)[1])


def _account(server: AlpacaServer, _: Asked) -> Reply:
    model = server.model
    model.carry()
    worth = sum((q * model.quotes[s][0] for s, q in model.positions.items()), ZERO)
    return Reply(
        200,
        {
            "id": str(uuid5(IDS, model.number)),
            "account_number": model.number,
            "status": "ACTIVE",
            "currency": "USD",
            "cash": f"{model.cash:f}",
            "portfolio_value": f"{model.cash + worth:f}",
            "equity": f"{model.cash + worth:f}",
            "long_market_value": f"{worth:f}",
            "short_market_value": "0",
            "buying_power": f"{model.buying_power():f}",
            "regt_buying_power": f"{model.buying_power():f}",
            "non_marginable_buying_power": f"{model.buying_power():f}",
            "multiplier": model.multiplier,
            "created_at": stamp(model.now() - timedelta(days=100)),
            "trading_blocked": False,
            "transfers_blocked": False,
            "account_blocked": False,
            "trade_suspended_by_user": False,
            "shorting_enabled": False,
            "accrued_fees": "0",
            "pending_reg_taf_fees": "0",
        },
    )


def _positions(server: AlpacaServer, _: Asked) -> Reply:
    server.model.carry()
    return Reply(200, [_position(server.model, s, q) for s, q in server.model.positions.items()])


def _position(model: AlpacaModel, symbol: str, quantity: Decimal) -> Json:
    price = model.quotes[symbol][0]
    return {
        "asset_id": str(uuid5(IDS, symbol)),
        "symbol": symbol,
        "exchange": "NASDAQ",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": f"{quantity:f}",
        "qty_available": f"{model.free(symbol):f}",
        "side": "long",
        "avg_entry_price": f"{price:f}",
        "market_value": f"{price * quantity:f}",
        "cost_basis": f"{price * quantity:f}",
        "unrealized_pl": "0",
        "unrealized_plpc": "0",
        "unrealized_intraday_pl": "0",
        "unrealized_intraday_plpc": "0",
        "current_price": f"{price:f}",
        "lastday_price": f"{price:f}",
        "change_today": "0",
    }


def _place(server: AlpacaServer, asked: Asked) -> Reply:
    assert isinstance(asked.body, dict)
    return Reply(200, server.model.place(asked.body).json())


def _list_orders(server: AlpacaServer, asked: Asked) -> Reply:
    server.model.carry()
    query = asked.query
    wanted = {"open": {True}, "closed": {False}, "all": {True, False}}[query.get("status", "open")]
    orders = [order for order in server.model.orders if order.is_live in wanted]
    if after := query.get("after"):
        orders = [o for o in orders if o.sent > datetime.fromisoformat(after)]
    if after_id := query.get("after_order_id"):
        first = server.model.by_id(after_id).number
        orders = [o for o in orders if o.number > first]
    if query.get("direction", "desc") == "desc":
        orders.reverse()
    limit = min(int(query.get("limit", 50)), server.page_max)
    return Reply(200, [order.json() for order in orders[:limit]])


def _order_by_key(server: AlpacaServer, asked: Asked) -> Reply:
    server.model.carry()
    return Reply(200, server.model.by_key(asked.query["client_order_id"]).json())


def _order(server: AlpacaServer, asked: Asked) -> Reply:
    server.model.carry()
    return Reply(200, server.model.by_id(asked.last).json())


def _cancel(server: AlpacaServer, asked: Asked) -> Reply:
    server.model.cancel(asked.last)
    return Reply(204)


def _activities(server: AlpacaServer, asked: Asked) -> Reply:
    server.model.carry()
    rows = server.model.entries()
    if after := asked.query.get("after"):
        first = f"{datetime.fromisoformat(after).astimezone(UTC):%Y%m%d%H%M%S}"
        rows = [row for row in rows if str(row["id"]) > first]
    if asked.query.get("direction", "desc") == "desc":
        rows.reverse()
    ids = [row["id"] for row in rows]
    token = asked.query.get("page_token")
    start = ids.index(token) + 1 if token in ids else 0
    size = min(int(asked.query.get("page_size", 100)), 100, server.page_max)
    return Reply(200, rows[start : start + size])


def _clock(server: AlpacaServer, _: Asked) -> Reply:
    now = server.model.now()
    session = server.model.session_at(now)
    ahead = (session_of(now.astimezone(NEW_YORK).date() + timedelta(days=n)) for n in range(8))
    coming = next(each for each in ahead if each and each[0] > now)
    return Reply(
        200,
        {
            "timestamp": now.astimezone(NEW_YORK).isoformat(),
            "is_open": session is not None,
            "next_open": coming[0].astimezone(NEW_YORK).isoformat(),
            "next_close": (session or coming)[1].astimezone(NEW_YORK).isoformat(),
        },
    )


def _asset_json(model: AlpacaModel, symbol: str) -> Json:
    return {
        "id": str(uuid5(IDS, symbol)),
        "class": "us_equity",
        "exchange": "NASDAQ",
        "symbol": symbol,
        "name": f"{symbol} Common Stock",
        "status": "active",
        "tradable": True,
        "marginable": True,
        "shortable": True,
        "easy_to_borrow": True,
        "fractionable": symbol not in model.whole_only,
    }


def _asset(server: AlpacaServer, asked: Asked) -> Reply:
    if asked.last not in server.model.quotes:
        raise Refusal(404, 40410000, f"asset not found for {asked.last}")
    return Reply(200, _asset_json(server.model, asked.last))


def _assets(server: AlpacaServer, _: Asked) -> Reply:
    return Reply(200, [_asset_json(server.model, symbol) for symbol in server.model.quotes])


def _symbols(asked: Asked) -> list[str]:
    """The symbols asked for; one that could not be a symbol spoils the whole question."""
    symbols = asked.query["symbols"].split(",")
    for symbol in symbols:
        if not symbol.replace(".", "").isalpha():
            raise Refusal(400, 40010000, f"invalid symbol: {symbol}")
    return symbols


def _quotes(server: AlpacaServer, asked: Asked) -> Reply:
    model = server.model
    made = stamp(model.now() - model.quote_age)
    found: Json = {}
    for symbol in _symbols(asked):
        if symbol in model.quotes:
            bid, ask = map(float, model.quotes[symbol])
            quote: Json = {"ap": ask, "as": 1, "ax": "V", "bp": bid, "bs": 2, "bx": "V"}
            found[symbol] = {**quote, "c": ["R"], "t": made, "z": "C"}
    return Reply(200, {"quotes": found})


def _bars(server: AlpacaServer, asked: Asked) -> Reply:
    """Every symbol's bars one after the other, as many as a page may hold."""
    start, end = (datetime.fromisoformat(asked.query[name]) for name in ("start", "end"))
    days = [
        start.astimezone(NEW_YORK).date() + timedelta(days=n) for n in range((end - start).days + 2)
    ]
    rows = [
        (symbol, _bar(server.model.quotes[symbol][0], day))
        for symbol in sorted(_symbols(asked))
        if symbol in server.model.quotes
        for day in days
        if session_of(day) and start <= _midnight(day) <= end
    ]
    first = int(asked.query.get("page_token", 0))
    limit = min(int(asked.query.get("limit", 1000)), 10_000, server.page_max * 20)
    page: dict[str, list[Json]] = {}
    for symbol, bar in rows[first : first + limit]:
        page.setdefault(symbol, []).append(bar)
    more = str(first + limit) if first + limit < len(rows) else None
    return Reply(200, {"bars": page, "next_page_token": more})


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)


def _bar(price: Decimal, day: date) -> Json:
    """A day that trades within a tenth of a percent of ``price``."""
    close = round(float(price) * (1 + (day.toordinal() % 7 - 3) / 3000), 2)
    made = f"{_midnight(day).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    prices: Json = {"o": close, "h": close, "l": close, "c": close, "vw": close}
    return {**prices, "t": made, "v": 5_000_000 + day.toordinal() % 1000, "n": 900}


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, or everything under one."""

    method: str
    path: str
    serve: Callable[[AlpacaServer, Asked], Reply]
    under: str = "\n"
    """A path begins with this; no path begins with a newline."""


ROUTES = (
    Route("GET", "/v2/account", _account),
    Route("GET", "/v2/positions", _positions),
    Route("POST", "/v2/orders", _place),
    Route("GET", "/v2/orders", _list_orders),
    Route("GET", "/v2/orders:by_client_order_id", _order_by_key),
    Route("GET", "", _order, under="/v2/orders/"),
    Route("DELETE", "", _cancel, under="/v2/orders/"),
    Route("GET", "/v2/account/activities", _activities),
    Route("GET", "/v2/clock", _clock),
    Route("GET", "/v2/assets", _assets),
    Route("GET", "", _asset, under="/v2/assets/"),
    Route("GET", "/v2/stocks/quotes/latest", _quotes),
    Route("GET", "/v2/stocks/bars", _bars),
)


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, standin: AlpacaServer) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no news; anything else is told."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError | SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _serve(self) -> None:
        standin, parts = self.server.standin, urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        standin.headers.append({**self.headers, "_port": str(self.client_address[1])})
        fault = standin.faults.next(self.command, parts.path) or Fault("", "")
        reply = Reply(200)
        for _ in range(fault.effects):
            with standin.lock:
                reply = self._true_answer(parts.path, query, body)
                kept = Exchange(self.command, parts.path, query, body, reply.status, reply.body)
                standin.exchanges.append(kept)
        self._send(fault, reply)

    def _true_answer(self, path: str, query: dict[str, str], body: object) -> Reply:
        standin = self.server.standin
        keys = (self.headers.get("APCA-API-KEY-ID"), self.headers.get("APCA-API-SECRET-KEY"))
        if keys != (KEY_ID, SECRET_KEY):
            return Reply(
                standin.refused_key, {"code": 40110000, "message": "request is not authorized"}
            )
        if standin.over_limit(path):
            return Reply(429, {"code": 42910000, "message": "rate limit exceeded"})
        return standin.answer(self.command, path, query, body)

    def _send(self, fault: Fault, reply: Reply) -> None:
        stopping = self.server.standin.stopping
        stopping.wait(fault.wait_seconds)
        if fault.hangs:
            stopping.wait()
        whole = b"" if fault.hangs else self._whole(fault, reply)
        cut = whole[: fault.cut_at] if fault.cut_at is not None else whole
        at_once = fault.drips_from if fault.drip_seconds else len(cut)
        self.wfile.write(cut[:at_once])
        for byte in cut[at_once:]:
            if stopping.wait(fault.drip_seconds):
                break
            self.wfile.write(bytes([byte]))
        if fault.cut_at is not None or fault.hangs:
            self.connection.shutdown(SHUT_RDWR)
            self.close_connection = True

    def _whole(self, fault: Fault, reply: Reply) -> bytes:
        """The answer, head and body."""
        status = fault.status or reply.status
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        if fault.rewrite is not None:
            body = fault.rewrite(body)
        if fault.body is not None:
            body = fault.body
        kind = "text/html" if body.startswith(b"<") else "application/json"
        head = (
            f"HTTP/1.1 {status} Stand-in\r\nDate: {formatdate(usegmt=True)}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{fault.head}"
            f"X-RateLimit-Limit: {self.server.standin.per_minute or 200}\r\n\r\n"
        )
        return head.encode() + body
