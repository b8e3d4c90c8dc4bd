"""Alpaca's stream of trade updates on the stand-in's own port: a websocket, and what it does wrong.

Frames are binary and hold JSON, as Alpaca sends them. What is told of an order goes through
``mischief``: each entry is used up by the next message. ``deaf`` links answer nothing any more.
"""

import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPMessage
from socket import SHUT_RDWR, socket
from threading import Lock
from typing import BinaryIO

from websockets.exceptions import WebSocketException
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from standins.alpaca_model import Json

Send = Callable[[bytes], None]
"""Sends one frame to everybody who listens."""
CONTROL = {"authenticate", "listen"}


class Line:
    """One client's link, from its handshake on."""

    def __init__(self, streams: "Streams", link: socket, source: BinaryIO) -> None:
        self.streams = streams
        self.link = link
        self.source = source
        self.protocol = ServerProtocol()
        self.lock = Lock()
        self.listens = False
        self.is_known = False

    def greet(self, path: str, headers: HTTPMessage) -> None:
        """Answer the handshake, whose head somebody else has read."""
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.protocol.receive_data(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        for asked in self.protocol.events_received():
            assert isinstance(asked, Request)
            self.protocol.send_response(self.protocol.accept(asked))
        self.flush()

    def serve(self) -> None:
        """Hear whatever the client says, until it has gone."""
        while data := self.source.read1(65_536):  # type: ignore[attr-defined]  # it is buffered
            with self.lock:
                if self.streams.deaf:
                    continue
                self.protocol.receive_data(data)
                frames = self.protocol.events_received()
                for frame in frames:
                    if getattr(frame, "opcode", None) in {Opcode.TEXT, Opcode.BINARY}:
                        self.hear(self.read(frame.data))
                self.flush()

    def read(self, data: bytes) -> Json:
        """A message of the client's."""
        said: Json = json.loads(data)
        return said

    def hear(self, said: Json) -> None:
        """What a client may say: who it is, and what it wants to hear."""
        self.streams.heard.append({**said, "data": None} if "key_id" in str(said) else said)
        data = said["data"]
        assert isinstance(data, dict)
        if said["action"] == "authenticate":
            self.is_known = (data["key_id"], data["secret_key"]) == self.streams.keys
            status = "authorized" if self.is_known else "unauthorized"
            told: Json = {"status": status, "action": "authenticate"}
            self.tell(json.dumps({"stream": "authorization", "data": told}).encode())
        elif said["action"] == "listen" and self.is_known:
            self.listens = "trade_updates" in data["streams"]
            told = {"streams": data["streams"]}
            self.tell(json.dumps({"stream": "listening", "data": told}).encode())

    def tell(self, frame: bytes) -> None:
        self.protocol.send_binary(frame)

    def push(self, frame: bytes) -> None:
        """Tell it something that it has not asked for."""
        with self.lock, suppress(OSError, WebSocketException):
            self.tell(frame)
            self.flush()

    def flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.link.sendall(data)

    def cut(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.link.shutdown(SHUT_RDWR)


class Streams:
    """Everybody who listens to one stand-in, and what becomes of what they are told."""

    def __init__(self, keys: tuple[str, str]) -> None:
        self.keys = keys
        self.lines: list[Line] = []
        self.mischief: deque[Callable[[bytes, Send], None]] = deque()
        self.late: list[bytes] = []
        self.deaf = False
        self.refuses = 0
        """Links to come that are answered with 429."""
        self.redirect = ""
        """Where a client is sent in place of being let in."""
        self.connected = 0
        self.told: list[Json] = []
        self.heard: list[Json] = []

    def serve(self, link: socket, source: BinaryIO, path: str, headers: HTTPMessage) -> None:
        """A link, as long as it lasts."""
        if self.refuses or self.redirect:
            self.refuses = max(self.refuses - 1, 0)
            status = "302 Found" if self.redirect else "429 Too Many Requests"
            where = f"Location: {self.redirect}\r\n" if self.redirect else ""
            link.sendall(f"HTTP/1.1 {status}\r\n{where}Content-Length: 0\r\n\r\n".encode())
            return
        line = Line(self, link, source)
        line.greet(path, headers)
        self.connected += 1
        self.lines.append(line)
        try:
            with suppress(OSError, WebSocketException):
                line.serve()
        finally:
            self.lines.remove(line)

    @property
    def listeners(self) -> list[Line]:
        return [line for line in tuple(self.lines) if line.listens]

    def publish(self, event: Json) -> None:
        """Something happened to an order."""
        self.told.append(event)
        frame = json.dumps({"stream": "trade_updates", "data": event}).encode()
        if self.mischief:
            self.mischief.popleft()(frame, self.send)
        else:
            self.send(frame)

    def send(self, frame: bytes) -> None:
        """To everybody who listens."""
        for line in self.listeners:
            line.push(frame)

    def cut(self) -> None:
        """Drop every link."""
        for line in tuple(self.lines):
            line.cut()

    # What may become of a message

    def lost(self, _frame: bytes, _send: Send) -> None:
        """Nobody hears of it."""

    def twice(self, frame: bytes, send: Send) -> None:
        """It is told again."""
        send(frame)
        send(frame)

    def garbled(self, frame: bytes, send: Send) -> None:
        """Half of it is told, which is no JSON."""
        send(frame[: len(frame) // 2])

    def nonsense(self, _frame: bytes, send: Send) -> None:
        """JSON that is no message."""
        for body in (b"[1, null]", b'"?"', b"null", b"\xff\xfe", b'{"stream": 7}', b"[" * 5000):
            send(body)

    def unknown(self, frame: bytes, send: Send) -> None:
        """A kind of event that no list of Alpaca's names."""
        told = json.loads(frame)
        told["data"]["event"] = "trade_bust"
        send(json.dumps(told).encode())

    def behind(self, frame: bytes, _send: Send) -> None:
        """It is told after the next one, or when ``release`` is called."""
        self.late.append(frame)
        self.mischief.append(self.ahead)

    def ahead(self, frame: bytes, send: Send) -> None:
        """It is told, and then what came late."""
        send(frame)
        self.release()

    def release(self) -> None:
        """Tell what was kept back."""
        late, self.late = self.late, []
        for frame in late:
            self.send(frame)

    def dropped(self, _frame: bytes, _send: Send) -> None:
        """The link is dropped before it is told."""
        self.cut()

    def huge(self, frame: bytes, send: Send) -> None:
        """More than any message has."""
        send(frame + b" " * (2**20 + 1))
