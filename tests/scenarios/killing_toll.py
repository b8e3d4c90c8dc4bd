"""A line between a client and a server at which something happens when a certain byte passes.

Requests are known by name: of HTTP by method and path, of the TWS API by the number of the
message. What happens is a function of the link: it is cut, reset, falls silent, or whoever is at
its end is killed. It happens once; every link before and after is whole.
"""

import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Spot:
    """Byte ``offset`` of a request whose name fits ``what``, or of what is said after it.

    At 0 of the answer the request has arrived, and nothing of the answer is passed on.
    """

    what: str
    way: str
    """``ask`` or ``answer``."""
    offset: int
    skip: int = 0
    """How many that fit go well before."""


@dataclass(slots=True)
class Said:
    """A request by name, and how many bytes it and what followed it had."""

    name: str
    asked: int = 0
    chunks: list[int] = field(default_factory=list)
    """Bytes that came back, by packet."""

    @property
    def answered(self) -> int:
        """Bytes that came back."""
        return sum(self.chunks)


HTTP = re.compile(rb"(GET|POST|DELETE|PATCH|PUT) ([^ ?]+)[^ ]* HTTP/1\.1\r\n")


class HttpNames:
    """Finds requests in what a client says; each begins a packet."""

    def __call__(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Where in ``data`` which request begins."""
        if found := HTTP.match(data):
            yield 0, f"{found[1].decode()} {found[2].decode()}"


class TwsNames:
    """Finds messages in what a client says: 4 bytes of length, then fields that end in NUL."""

    def __init__(self) -> None:
        """The greeting comes first, and has 4 bytes before its length."""
        self._left = 0
        self._greeted = False

    def __call__(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Where in ``data`` which message begins, by its number."""
        at = self._left
        if not self._greeted:
            self._greeted, at = True, 4
            yield 0, "hello"
            at += 4 + int.from_bytes(data[4:8], "big") if len(data) >= 8 else 0
        while at + 4 <= len(data):
            end = data.find(b"\0", at + 4)
            yield at, data[at + 4 : end].decode("ascii", "replace")
            at += 4 + int.from_bytes(data[at : at + 4], "big")
        self._left = max(at - len(data), 0)


def pieces(data: bytes, names: list[tuple[int, str]]) -> Iterator[tuple[str, bytes]]:
    """The rest of what began before, without a name, then each request with its own."""
    starts = [at for at, _ in names] + [len(data)]
    if starts[0]:
        yield "", data[: starts[0]]
    for (at, name), end in zip(names, starts[1:], strict=True):
        yield name, data[at:end]


class Link:
    """A client's connection and ours to the server, each pumped into the other."""

    def __init__(self, toll: "Toll", client: socket.socket, server: socket.socket) -> None:
        """Pump."""
        self.toll, self.client, self.server = toll, client, server
        self.names = toll.names()
        self.passed = {"ask": 0, "answer": 0}
        self.stop: dict[str, int] = {}
        self.said = Said("")
        self.silent = False
        for pump in (self._asks, self._answers):
            Thread(target=pump, daemon=True).start()

    def _asks(self) -> None:
        with suppress(OSError):
            while data := self.client.recv(CHUNK):
                for name, piece in pieces(data, list(self.names(data))):
                    if name:
                        self.toll.note(self, name)
                    self._pass("ask", piece, self.server)
        if not self.silent:
            self.cut()

    def _answers(self) -> None:
        with suppress(OSError):
            while data := self.server.recv(CHUNK):
                self._pass("answer", data, self.client)
        if not self.silent:
            self.cut()

    def _pass(self, way: str, data: bytes, to: socket.socket) -> None:
        """Pass it on, up to the byte at which something happens."""
        room = self.stop.get(way, len(data) + self.passed[way] + 1) - self.passed[way]
        here = data if room > len(data) else data[:room]
        self.passed[way] += len(here)
        self._count(way, len(here))
        if here and not self.silent:
            to.sendall(here)
        if room <= len(data):
            self.stop.clear()
            self.toll.blow(self)
            self.toll.struck.set()
            raise OSError("struck")

    def _count(self, way: str, size: int) -> None:
        if way == "ask":
            self.said.asked += size
        else:
            self.said.chunks.append(size)

    def cut(self) -> None:
        """Both ends are told that it is over."""
        for each in (self.client, self.server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def reset(self) -> None:
        """Both ends are told that there never was such a link."""
        for each in (self.client, self.server):
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cut()

    def fall_silent(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self.silent = True


Blow = Callable[[Link], None]


Aim = tuple[int, Spot | None]
"""Where something happens, and its number: of each number once."""


@dataclass(slots=True)
class Toll:
    """Listens at ``here`` and passes on to ``port``, until ``blow`` happens where it is ``aimed``.

    ``aimed`` is asked at each request; ``arm`` is for those who are in the same process.
    """

    port: int
    names: Callable[[], Callable[[bytes], Iterator[tuple[int, str]]]]
    aimed: Callable[[], Aim] = lambda: (0, None)
    blow: Blow = Link.cut
    number: int = 0
    left: int = -1
    """How many requests that fit go well before; below 0 nothing is to come."""
    struck: Event = field(default_factory=Event)
    said: list[Said] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        Thread(target=self._serve, daemon=True).start()

    @property
    def here(self) -> int:
        """The port at which clients come."""
        return int(self.listener.getsockname()[1])

    def arm(self, spot: Spot, blow: Blow) -> None:
        """Something happens there, once."""
        with self.lock:
            number = self.number + 1
            self.aimed, self.blow = lambda: (number, spot), blow
            self.struck.clear()

    def disarm(self) -> None:
        """Nothing happens any more, and no link is left."""
        with self.lock:
            number = self.number
            self.aimed = lambda: (number, None)
            links, self.links = self.links, []
        for link in links:
            link.cut()

    def close(self) -> None:
        """No link is left."""
        self.listener.close()
        for link in self.links:
            link.cut()

    def note(self, link: Link, name: str) -> None:
        """A request begins with the next byte."""
        with self.lock:
            link.said = Said(name)
            self.said.append(link.said)
            number, spot = self.aimed()
            if number != self.number:
                self.number, self.left = number, -1 if spot is None else spot.skip
            if spot is None or self.left < 0 or not re.fullmatch(spot.what, name):
                return
            self.left -= 1
            if self.left < 0:
                link.stop[spot.way] = link.passed[spot.way] + spot.offset

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                try:
                    server = socket.create_connection(("127.0.0.1", self.port))
                except OSError:
                    client.close()
                    continue
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.links.append(Link(self, client, server))
