"""The TWS API as a gateway serves it, in its text protocol, on a loopback socket.

    with TwsServer(TwsModel(clock, {"AAPL": (Decimal("69.98"), Decimal("70.02"))})) as tws:
        ib.connect("127.0.0.1", tws.port, clientId=7)

Each client has a thread; one more tells clients what has happened. Faults come from a
``Schedule`` (tws_faults.py); what only a gateway does (losing its broker, restarting) is done by
methods of the server.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, RLock, Thread

from standins.faults import Fault, Schedule
from standins.tws_client import Client
from standins.tws_faults import TwsFault
from standins.tws_market import local
from standins.tws_model import Happening, TwsModel
from standins.tws_requests import NUMBERS, REQUESTS, answer
from standins.tws_wire import (
    Fields,
    Garbled,
    agree,
    exactly,
    fields_of,
    frame,
    frames,
    read_frame,
    text,
)

LOWEST, HIGHEST = 157, 178
NAMES = {3: "orderStatus", 5: "openOrder", 11: "execDetails", 59: "commissionReport", 4: "error"}
TICK_SECONDS = 0.005
RATE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of a client, and what was truly answered to it at once."""

    client_id: int
    name: str
    fields: Fields
    answer: tuple[Fields, ...]


@dataclass(slots=True)
class Link:
    """A socket with a client at its end."""

    socket: socket.socket
    client: Client
    started: bool = False
    muted: bool = False
    """Nothing more is ever sent, but the link is not closed."""
    late: bytes = b""
    """What is held back until it is released."""
    recent: deque[float] = field(default_factory=deque)
    lock: Lock = field(default_factory=Lock)

    def send(self, data: bytes) -> None:
        """Write it; a client that has gone does not hear it."""
        with self.lock:
            if data and not self.muted:
                try:
                    self.socket.sendall(data)
                except OSError:
                    self.muted = True

    def has_gone(self) -> bool:
        """Whether the client has closed its end."""
        poll = select.poll()
        try:
            poll.register(self.socket, getattr(select, "POLLRDHUP", select.POLLHUP))
        except ValueError:
            return True
        return bool(poll.poll(0))

    def cut(self) -> None:
        """Drop the link."""
        self.muted = True
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class TwsServer:
    """The stand-in, at ``port`` of 127.0.0.1. Use as a context, or call ``stop``."""

    def __init__(
        self,
        model: TwsModel,
        port: int = 0,
        highest: int = HIGHEST,
        seconds: Callable[[], float] = time.monotonic,
        state: Path | None = None,
    ) -> None:
        """Serve ``model`` at once, at no version above ``highest``.

        What is in the file ``state`` is taken up, and kept there before it is told to anyone.
        """
        self.model = model
        self.state = state
        if state is not None and state.exists():
            model.load(state)
        self.highest = highest
        self.seconds = seconds
        self.faults = Schedule()
        self.exchanges: list[Exchange] = []
        self.unknown: list[Fields] = []
        self.per_second: int | None = 50
        self.market_data_lines = 100
        self.paced = 0
        self.links: list[Link] = []
        self.lingering: dict[int, int] = {}
        """Client ids that a gateway still thinks are in use, and for how many more tries."""
        self.is_lost = False
        self.waiting: list[tuple[Link, str, Fields]] = []
        self.lock = RLock()
        self.stopping = Event()
        self.port = port
        self._listener: socket.socket | None = None
        self.come_up()
        Thread(target=self._tell, daemon=True).start()

    def __enter__(self) -> "TwsServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # What a gateway does

    def stop(self) -> None:
        """End every hanging answer, and close the port."""
        self.stopping.set()
        self.go_down()

    def go_down(self) -> None:
        """The gateway ends: links are dropped and the port is closed."""
        with self.lock:
            if self._listener is not None:
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None
            self.waiting.clear()
            self.is_lost = False
        self.drop_links()

    def come_up(self) -> None:
        """The gateway serves its port again."""
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        Thread(target=self._accept, args=(listener,), daemon=True).start()

    def restart(self, *lingering: int) -> None:
        """Down and up; ``lingering`` client ids are refused once with error 326."""
        self.go_down()
        self.lingering = dict.fromkeys(lingering, 1)
        self.come_up()

    def lose_connectivity(self) -> None:
        """Error 1100: IB cannot be reached, and every link to a client stays."""
        with self.lock:
            self.is_lost = True
            self.model.happenings.clear()
        words = "Connectivity between IB and Trader Workstation has been lost."
        self.say(1100, words)

    def restore_connectivity(self, *, data_lost: bool = False) -> None:
        """Error 1102, or 1101 when market data must be asked for again."""
        words = "Connectivity between IB and Trader Workstation has been restored"
        with self.lock:
            self.model.carry()
            self.model.happenings.clear()
            self.is_lost = False
            for link in self.links:
                if data_lost:
                    link.client.streams.clear()
        if data_lost:
            self.say(1101, f"{words}- data lost.")
        else:
            self.say(1102, f"{words} - data maintained.")
        waiting, self.waiting = self.waiting, []
        for link, name, fields in waiting:
            self.serve(link, name, fields)

    def nightly_restart(self, *lingering: int) -> None:
        """What happens every night: 1100, links dropped, and another start."""
        self.lose_connectivity()
        self.restart(*lingering)

    def drop_links(self) -> None:
        """Every client is cut off; the gateway stays."""
        with self.lock:
            links, self.links = self.links, []
        for link in links:
            link.cut()

    def say(self, code: int, text: str) -> None:
        """A notice to every client."""
        for link in list(self.links):
            link.send(frame(link.client.error(-1, code, text)))

    def release(self) -> None:
        """Send what was held back."""
        for link in list(self.links):
            data, link.late = link.late, b""
            link.send(data)

    def settle(self) -> None:
        """Carry the broker to its now, and tell clients what happened, before this returns."""
        with self.lock:
            self.model.carry()
            told = [] if self.is_lost else self.model.due()
            if self.state is not None and told:
                self.model.save(self.state)
            for link in list(self.links):
                if link.started:
                    self._tell_one(link, told)

    def count(self, name: str) -> int:
        """Messages of this name so far."""
        return sum(1 for each in self.exchanges if each.name == name)

    # Sockets

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Thread(target=self._link, args=(taken,), daemon=True).start()

    def _link(self, taken: socket.socket) -> None:
        link = Link(taken, Client(self.model, 0, lines=self.market_data_lines))
        try:
            with taken:
                self._greet(link)
                while True:
                    self._hear(link, read_frame(taken.recv))
        except (EOFError, OSError, Garbled, UnicodeDecodeError):
            link.cut()
        finally:
            with self.lock:
                if link in self.links:
                    self.links.remove(link)

    def _greet(self, link: Link) -> None:
        """Agree on a version."""
        if exactly(link.socket.recv, 4) != b"API\0":
            raise Garbled("no greeting")
        hello = read_frame(link.socket.recv).decode()
        link.client.version = agree(hello, LOWEST, self.highest)
        greeting = frame([link.client.version, local(self.model.now())])
        self._send(link, self.faults.next("handshake", hello) or Fault("", ""), greeting)

    def _hear(self, link: Link, body: bytes) -> None:
        fields = tuple(body.decode().split("\0")[:-1])
        if not fields or not fields[0].isdecimal():
            raise Garbled(f"no message: {body!r}")
        name = NUMBERS.get(int(fields[0]), "")
        if self._is_too_fast(link):
            words = "Max rate of messages per second has been exceeded"
            link.send(frame(link.client.error(-1, 100, f"{words}:max={self.per_second}")))
        elif name == "startApi" and self._is_taken(int(fields[2])):
            words = "Unable to connect as the client id is already in use. Retry with a unique"
            link.send(frame(link.client.error(-1, 326, f"{words} client id.")))
            link.cut()
        elif not name or not (link.started or name == "startApi"):
            self.unknown.append(fields)
        elif self.is_lost and REQUESTS[name].needs_broker:
            self.waiting.append((link, name, fields))
        else:
            self.serve(link, name, fields)

    def _is_too_fast(self, link: Link) -> bool:
        """Whether this is one message too many within a second."""
        if self.per_second is None:
            return False
        now = self.seconds()
        while link.recent and link.recent[0] <= now - RATE_SECONDS:
            link.recent.popleft()
        link.recent.append(now)
        if len(link.recent) <= self.per_second:
            return False
        self.paced += 1
        return True

    def _is_taken(self, client_id: int) -> bool:
        """Whether the client id is in use, or thought to be."""
        with self.lock:
            if self.lingering.get(client_id):
                self.lingering[client_id] -= 1
                return True
            same = [each for each in self.links if each.client.client_id == client_id]
            for link in [each for each in same if each.has_gone()]:
                self.links.remove(link)
                same.remove(link)
            return bool(same)

    # Answers

    def serve(self, link: Link, name: str, fields: Fields) -> None:
        """Do what is asked, as often as the fault says, and answer."""
        fault = self.faults.next(name, "|".join(fields)) or Fault("", "")
        said = b""
        with self.lock:
            for _ in range(fault.effects):
                said = b"".join(map(frame, answer(link.client, name, fields)))
                told = tuple(map(fields_of, frames(said)))
                self.exchanges.append(Exchange(link.client.client_id, name, fields, told))
            if name == "startApi":
                self.links.append(link)
        if isinstance(fault, TwsFault) and fault.code:
            number = int(fields[REQUESTS[name].skip]) if REQUESTS[name].numbered else -1
            said = frame(link.client.error(number, fault.code, fault.text))
        self._send(link, fault, said)
        link.started = True
        self.settle()

    def _send(self, link: Link, fault: Fault, said: bytes) -> None:
        self.stopping.wait(fault.wait_seconds)
        if fault.hangs:
            link.muted = True
            return
        if fault.rewrite is not None:
            said = fault.rewrite(said)
        if fault.body is not None:
            said = fault.body
        if isinstance(fault, TwsFault) and fault.late:
            said = self._hold_back(link, said, fault.late)
        whole = said if fault.cut_at is None else said[: fault.cut_at]
        at_once = fault.drips_from if fault.drip_seconds else len(whole)
        link.send(whole[:at_once])
        for byte in whole[at_once:]:
            self.stopping.wait(fault.drip_seconds)
            link.send(bytes([byte]))
        if fault.cut_at is not None:
            link.cut()

    @staticmethod
    def _hold_back(link: Link, said: bytes, kinds: Iterable[int]) -> bytes:
        """What is sent now; the rest is kept."""
        parts = [(int(fields_of(each)[0]) in kinds, each) for each in frames(said)]
        link.late += b"".join(each for is_late, each in parts if is_late)
        return b"".join(each for is_late, each in parts if not is_late)

    # What happens by itself

    def _tell(self) -> None:
        """Tell clients what happens, all the time."""
        while not self.stopping.wait(TICK_SECONDS):
            self.settle()

    def _tell_one(self, link: Link, told: list[Happening]) -> None:
        said = bytearray()
        for each in told:
            for row in link.client.news(each):
                said += self._pushed(link, said, row)
            if each.what == "execution" and each.execution is not None:
                said += b"".join(map(frame, link.client.holdings(each.execution)))
        if not self.is_lost:
            said += b"".join(map(frame, link.client.fresh_ticks()))
        link.send(bytes(said))

    def _pushed(self, link: Link, said: bytearray, row: list[object]) -> bytes:
        """What joins the rest that is said at once; a fault has its message go alone."""
        words = "|".join([NAMES[int(str(row[0]))], *map(text, row[1:])])
        fault = self.faults.next("push", words) if self.faults.faults else None
        if fault is None:
            return frame(row)
        link.send(bytes(said))
        said.clear()
        self._send(link, fault, frame(row) * min(1, fault.effects))
        return b""
