"""Alpaca's REST interfaces for trading and market data, as published, on a loopback socket.

One port serves both, and the streams of trade updates (``streams``) and of quotes (``tickers``).
Each exchange is kept (``exchanges``), so that a test can hold what was said against the published
schema. Faults come from a ``Schedule``. ``SEAT`` puts every stand-in of a run behind one address,
at which ``standins.prism`` judges what is said.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from ssl import SSLContext, SSLError
from threading import Event, Lock, Thread
from urllib.parse import parse_qs, urlsplit

from standins.alpaca_model import AlpacaModel, Refusal
from standins.alpaca_routes import ROUTES, Asked, Reply
from standins.alpaca_state import load, save
from standins.alpaca_stream import Streams
from standins.alpaca_ticker import FEEDS, Tickers
from standins.faults import Fault, Schedule

KEY_ID = "PKSTANDIN0000000TEST"
SECRET_KEY = "standin-secret-0000000000000000000000000"  # noqa: S105 - of a server in a test


def key_of(name: str) -> str:
    """The keys that this server takes, by the names of their secrets."""
    return {"alpaca_key_id": KEY_ID, "alpaca_secret_key": SECRET_KEY}[name]


@dataclass(slots=True)
class Seat:
    """Where a stand-in listens and which address it tells; unsaid, a free port and its own."""

    port: int = 0
    url: str = ""


SEAT = Seat()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what was truly answered to it."""

    method: str
    path: str
    query: dict[str, str]
    body: object
    status: int
    answer: object


class AlpacaServer:
    """The stand-in: ``url`` is both base addresses. Use as a context, or call ``stop``."""

    def __init__(
        self,
        model: AlpacaModel,
        tls: SSLContext | None = None,
        port: int | None = None,
        state: Path | None = None,
    ) -> None:
        """Serve ``model`` at once, behind ``tls`` where it is given.

        What is in the file ``state`` is taken up, and kept there before it is told to anyone.
        """
        self.model = model
        self.state = state
        if state is not None and state.exists():
            load(model, state)
        self.faults = Schedule()
        self.exchanges: list[Exchange] = []
        self.stopping = Event()
        self.page_max = 500
        self.per_minute: int | None = None
        self.seconds: Callable[[], float] = time.monotonic
        self.asked: dict[bool, deque[float]] = {False: deque(), True: deque()}
        self.limited = 0
        self.headers: list[dict[str, str]] = []
        self.keys = (KEY_ID, SECRET_KEY)
        self.refused_key = 401
        self.lock = Lock()
        self.streams = Streams((KEY_ID, SECRET_KEY))
        self.tickers = Tickers(model, (KEY_ID, SECRET_KEY))
        model.tell = self.streams.publish
        self._http = _Http(self, SEAT.port if port is None else port)
        if tls is not None:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        own = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_port}"
        self.url = own if tls or port is not None else SEAT.url or own
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> "AlpacaServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End every hanging answer, close the port, and hang up on whoever is connected."""
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        for link in tuple(self._http.links):
            with suppress(OSError):
                link.shutdown(SHUT_RDWR)

    def carry(self) -> None:
        """Let the time that has gone by take effect, and tell who listens."""
        with self.lock:
            self.model.carry()
            self.keep()

    def keep(self) -> None:
        """Keep what has changed, before it is told."""
        if self.state is not None:
            save(self.model, self.state)

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
                    return route.serve(self.model, Asked(path, query, body, self.page_max))
                except Refusal as no:
                    return Reply(no.status, {"code": no.code, "message": no.message})
        return Reply(404, {"code": 40410000, "message": "endpoint not found."})


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, standin: AlpacaServer, port: int) -> None:
        self.standin = standin
        self.links: set[socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no news; anything else is told."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError | SSLError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.links.add(self.connection)

    def finish(self) -> None:
        self.server.links.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        standin = self.server.standin
        sockets = {"/stream": standin.streams} | dict.fromkeys(FEEDS, standin.tickers)
        if self.path in sockets and self.headers.get("Upgrade"):
            sockets[self.path].serve(self.connection, self.rfile, self.path, self.headers)
            self.close_connection = True
        else:
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
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        if len(raw) < size:  # the client has gone in the middle of it
            self.close_connection = True
            return
        body = json.loads(raw) if raw else None
        standin.headers.append({**self.headers, "_port": str(self.client_address[1])})
        fault = standin.faults.next(self.command, parts.path) or Fault("", "")
        reply = Reply(200)
        for _ in range(fault.effects):
            with standin.lock:
                reply = self._true_answer(parts.path, query, body)
                kept = Exchange(self.command, parts.path, query, body, reply.status, reply.body)
                standin.exchanges.append(kept)
                standin.keep()
        self._send(fault, reply)

    def _true_answer(self, path: str, query: dict[str, str], body: object) -> Reply:
        standin = self.server.standin
        keys = (self.headers.get("APCA-API-KEY-ID"), self.headers.get("APCA-API-SECRET-KEY"))
        if keys != standin.keys:
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
        is_stream = isinstance(reply.body, bytes)
        body = reply.body if isinstance(reply.body, bytes) else _json(reply.body)
        if fault.rewrite is not None:
            body = fault.rewrite(body)
        if fault.body is not None:
            body = fault.body
        kind = "text/html" if body.startswith(b"<") else "application/json"
        kind = "text/event-stream" if is_stream and not fault.status else kind
        head = (
            f"HTTP/1.1 {status} Stand-in\r\nDate: {formatdate(usegmt=True)}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{fault.head}"
            f"X-RateLimit-Limit: {self.server.standin.per_minute or 200}\r\n\r\n"
        )
        return head.encode() + body


def _json(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
