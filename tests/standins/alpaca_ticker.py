"""Alpaca's stream of quotes on the stand-in's own port, as its documentation has it.

Messages are lists of objects, as text or as MessagePack, whichever the client asks for with
``Content-Type``. A quote is told when ``tick`` is called, of the names that a client has
subscribed; each tick goes through ``mischief``, whose entries are used up one by one.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from http.client import HTTPMessage
from socket import socket
from typing import BinaryIO

import msgpack
from websockets.exceptions import WebSocketException

from standins.alpaca_model import AlpacaModel, Json, stamp
from standins.alpaca_stream import Line

FEEDS = ("/v2/iex", "/v2/sip")
ERRORS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    409: "insufficient subscription",
    500: "internal error",
}
"""https://docs.alpaca.markets/docs/streaming-market-data"""

Rows = list[Json]
Mischief = Callable[[Rows], Iterable[Rows | bytes]]
"""What a tick becomes: messages in their order, and bytes that are none."""


def quote_row(model: AlpacaModel, symbol: str, **other: object) -> Json:
    """A quote as it is told; ``other`` has other values."""
    bid, ask = map(float, model.quotes[symbol])
    made = stamp(model.now() - model.quote_age)
    prices: Json = {"bx": "V", "bp": bid, "bs": 2, "ax": "V", "ap": ask, "as": 1}
    return {"T": "q", "S": symbol, **prices, "c": ["R"], "z": "C", "t": made, **other}


class TickerLine(Line):
    """One client's link."""

    def __init__(self, tickers: "Tickers", link: socket, source: BinaryIO) -> None:
        super().__init__(tickers, link, source)  # type: ignore[arg-type]  # they share what is used
        self.tickers = tickers
        self.packed = False
        self.feed = ""
        self.names: set[str] = set()

    def greet(self, path: str, headers: HTTPMessage) -> None:
        self.packed = headers.get("Content-Type") == "application/msgpack"
        self.feed = path
        super().greet(path, headers)
        self.say([{"T": "success", "msg": "connected"}])

    def read(self, data: bytes) -> Json:
        said: Json = msgpack.unpackb(data) if self.packed else json.loads(data)
        return said

    def hear(self, said: Json) -> None:
        """Who it is, and what it wants to hear."""
        self.tickers.heard.append({name: said[name] for name in said if name != "secret"})
        if said["action"] == "auth":
            self._authenticate(said)
        elif not self.is_known:
            self.object(401)
        else:
            self._subscribe(said)

    def _authenticate(self, said: Json) -> None:
        tickers = self.tickers
        others = [line for line in tickers.lines if line.is_known and line.feed == self.feed]
        if (said["key"], said["secret"]) != tickers.keys:
            self.object(402)
        elif self.feed not in tickers.feeds:
            self.object(409)
        elif self.is_known:
            self.object(403)
        elif len(others) >= tickers.connections_max:
            self.object(406)
        else:
            self.is_known = True
            self.say([{"T": "success", "msg": "authenticated"}])

    def _subscribe(self, said: Json) -> None:
        names = set(map(str, said.get("quotes", ())))  # type: ignore[call-overload]
        after = self.names | names if said["action"] == "subscribe" else self.names - names
        if any(not name.replace(".", "").isalpha() for name in names):
            self.object(400)
        elif len(after) > self.tickers.names_max:
            self.object(405)
        elif not self.tickers.mute:
            self.names = after
            told = dict.fromkeys(("trades", "bars", "statuses", "lulds"), ())
            self.say([{"T": "subscription", **told, "quotes": sorted(after)}])

    def object(self, code: int) -> None:
        """Say what is wrong; a link that is not let in is dropped."""
        self.say([{"T": "error", "code": code, "msg": ERRORS[code]}])
        if code not in {400, 405}:
            self.cut()

    def say(self, rows: Rows) -> None:
        """One message, at once."""
        if self.packed:
            self.protocol.send_binary(msgpack.packb([packed(row) for row in rows]))
        else:
            self.protocol.send_text(json.dumps(rows).encode())
        self.flush()

    def push_rows(self, rows: Rows | bytes) -> None:
        """Tell it what it has not asked for: of the names that it subscribed alone."""
        with self.lock, suppress(OSError, WebSocketException):
            if isinstance(rows, bytes):
                self.protocol.send_text(rows)
                self.flush()
            elif mine := [row for row in rows if row.get("S") in self.names or row["T"] != "q"]:
                self.say(mine)


def packed(row: Json) -> Json:
    """A row in MessagePack has times of its own."""
    if "t" not in row:
        return row
    made = datetime.fromisoformat(str(row["t"]))
    return {**row, "t": msgpack.Timestamp.from_datetime(made)}


class Tickers:
    """Everybody who listens to quotes, and what becomes of what they are told."""

    def __init__(self, model: AlpacaModel, keys: tuple[str, str]) -> None:
        self.model = model
        self.keys = keys
        self.lines: list[TickerLine] = []
        self.mischief: deque[Mischief] = deque()
        self.feeds = set(FEEDS)
        self.names_max = 30
        self.connections_max = 1
        self.deaf = False
        """Nothing that is said is heard any more."""
        self.mute = False
        """A subscription is not answered."""
        self.refuses = 0
        """Links to come that are answered with 429."""
        self.connected = 0
        self.heard: list[Json] = []

    def serve(self, link: socket, source: BinaryIO, path: str, headers: HTTPMessage) -> None:
        """A link, as long as it lasts."""
        if self.refuses:
            self.refuses -= 1
            link.sendall(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
            return
        line = TickerLine(self, link, source)
        line.greet(path, headers)
        self.connected += 1
        self.lines.append(line)
        try:
            with suppress(OSError, WebSocketException):
                line.serve()
        finally:
            self.lines.remove(line)

    def names(self) -> set[str]:
        """The names that somebody has subscribed."""
        return {name for line in tuple(self.lines) for name in line.names}

    def tick(self, *names: str) -> None:
        """Tell the quotes of ``names``, or of all that are subscribed, as they are now."""
        rows = [quote_row(self.model, name) for name in names or sorted(self.names())]
        told: Iterable[Rows | bytes] = self.mischief.popleft()(rows) if self.mischief else [rows]
        for each in told:
            self.send(each)

    def send(self, rows: Rows | bytes) -> None:
        """To everybody who listens."""
        for line in tuple(self.lines):
            if line.is_known:
                line.push_rows(rows)

    def error(self, code: int) -> None:
        """Say an error to everybody; those that end a link do."""
        for line in tuple(self.lines):
            with line.lock, suppress(OSError, WebSocketException):
                line.object(code)

    def cut(self) -> None:
        """Drop every link."""
        for line in tuple(self.lines):
            line.cut()

    # What may become of a tick

    def lost(self, _: Rows) -> Iterable[Rows | bytes]:
        """Nobody hears of it."""
        return []

    def twice(self, rows: Rows) -> Iterable[Rows | bytes]:
        """It is told again."""
        return [rows, rows]

    def dropped(self, _: Rows) -> Iterable[Rows | bytes]:
        """The link is dropped before it is told."""
        self.cut()
        return []

    def old(self, rows: Rows) -> Iterable[Rows | bytes]:
        """Its times are of a minute ago."""
        made = stamp(self.model.now() - timedelta(minutes=1))
        return [[{**row, "t": made} for row in rows]]

    def ahead(self, rows: Rows) -> Iterable[Rows | bytes]:
        """Its times are of the next minute."""
        made = stamp(self.model.now() + timedelta(minutes=1))
        return [[{**row, "t": made} for row in rows]]

    def before(self, rows: Rows) -> Iterable[Rows | bytes]:
        """One that was made earlier, at another price, comes behind it."""
        made = stamp(self.model.now() - self.model.quote_age - timedelta(milliseconds=300))
        return [rows, [{**row, "t": made, "bp": 1.0, "ap": 2.0} for row in rows]]

    def loose(self, rows: Rows) -> Iterable[Rows | bytes]:
        """Nobody has to trade at it."""
        return [[{**row, "c": ["N"]} for row in rows]]

    def empty(self, rows: Rows) -> Iterable[Rows | bytes]:
        """Nobody bids and nobody asks."""
        return [[{**row, "bp": 0, "ap": 0} for row in rows]]

    def crossed(self, rows: Rows) -> Iterable[Rows | bytes]:
        """The bid is above the ask."""
        return [[{**row, "bp": row["ap"], "ap": row["bp"]} for row in rows]]

    def timeless(self, rows: Rows) -> Iterable[Rows | bytes]:
        """It has no time."""
        return [[{name: row[name] for name in row if name != "t"} for row in rows]]

    def garbled(self, rows: Rows) -> Iterable[Rows | bytes]:
        """Half of it is told, which is no JSON."""
        whole = json.dumps(rows).encode()
        return [whole[: len(whole) // 2]]

    def nonsense(self, _: Rows) -> Iterable[Rows | bytes]:
        """JSON that is no list of messages."""
        return [b'{"T": "q"}']

    def unknown(self, rows: Rows) -> Iterable[Rows | bytes]:
        """A kind of message that no list names, and the tick."""
        return [[{"T": "hello", "S": "AAPL"}], rows]

    def huge(self, rows: Rows) -> Iterable[Rows | bytes]:
        """More than any message has."""
        return [json.dumps(rows).encode() + b" " * (2**20 + 1)]
