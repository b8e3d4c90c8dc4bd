"""A mail server on a loopback socket (RFC 5321, AUTH PLAIN of RFC 4954), with faults.

Its faults come from the same ``Schedule`` as those of the brokers. The method of a fault is the
client's verb (``MAIL``, ``RCPT``, ``DATA`` ...), its path a pattern for what stands behind it. A
link that is taken has the method ``CONNECT``, the text of a mail up to the lone dot ``MESSAGE``,
with the addresses for a path. What a mail server takes it has taken with its 250 (RFC 5321, 4.2.5),
whether the client hears of it or not.
"""

import base64
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from threading import Event, Lock, Thread
from typing import BinaryIO

from standins.faults import Fault, Schedule

OFFERS = "250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN"


@dataclass(slots=True)
class SmtpFault(Fault):
    """A fault that can also strike in the middle of what the client says."""

    hears: int | None = None
    """Bytes of the mail after which the link is dropped; it is then not taken."""


def cut_off(after: int, **more: int) -> SmtpFault:
    """The link is dropped when so many bytes of a mail have come."""
    return SmtpFault("MESSAGE", "", effects=0, cut_at=0, hears=after, **more)


def no(verb: str, code: int, words: str = "not now", path: str = "", **more: int) -> Fault:
    """Nothing is done, and this is answered."""
    return Fault(verb, path, effects=0, status=code, body=words.encode(), **more)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server is answerable for."""

    message_id: str
    subject: str
    recipients: tuple[str, ...]


class Hangup(Exception):
    """The link is over."""


class SmtpServer:
    """The stand-in at ``port``; ``login`` is the user and password that it wants, if any."""

    def __init__(self, login: tuple[str, str] | None = None) -> None:
        """Serve at once."""
        self.login = login
        self.faults = Schedule()
        self.taken: list[Taken] = []
        self.heard: list[str] = []
        """The verbs, in the order in which they came."""
        self.stopping = Event()
        self.lock = Lock()
        self.port = 0
        self._links: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.come_up()

    def __enter__(self) -> "SmtpServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.go_down()

    def come_up(self) -> None:
        """Serve the port; the same one after a restart."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        Thread(target=self._accept, args=(listener,), daemon=True).start()

    def go_down(self) -> None:
        """Close the port, and hang up on everybody."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for link in tuple(self._links):
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def count(self, verb: str) -> int:
        """How often a verb was said so far."""
        return self.heard.count(verb)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        self._links.add(link)
        with link, link.makefile("rb") as lines, suppress(OSError, Hangup):
            _Talk(self, link, lines).go_on()
        self._links.discard(link)


class _Talk:
    """One link, from its greeting to its end."""

    def __init__(self, server: SmtpServer, link: socket.socket, lines: BinaryIO) -> None:
        self.server = server
        self.link = link
        self.lines = lines
        self.recipients: list[str] = []
        self.is_known = server.login is None

    def go_on(self) -> None:
        self.exchange("CONNECT", "", lambda: "220 mail.example.org ready")
        while line := self.lines.readline():
            verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            self.exchange(verb.upper(), rest, self.deeds().get(verb.upper(), _unknown))

    def deeds(self) -> dict[str, Callable[[str], str]]:
        """What is done at each verb; the verb DATA goes on with the mail itself."""
        return {
            "EHLO": lambda _: OFFERS,
            "HELO": lambda _: "250 mail.example.org",
            "AUTH": self.log_in,
            "MAIL": lambda _: "250 ok" if self.is_known else "530 log in first",
            "RCPT": self.address,
            "DATA": lambda _: "354 go on",
            "RSET": self.forget,
            "NOOP": lambda _: "250 ok",
            "QUIT": lambda _: "221 bye",
        }

    def exchange(self, verb: str, rest: str, deed: Callable[..., str]) -> None:
        """Do what is asked as often as a fault says, and answer."""
        said = self.answered(verb, rest, lambda: deed() if verb == "CONNECT" else deed(rest))
        if verb == "QUIT":
            raise Hangup
        if verb == "DATA" and said.startswith("354"):
            self.exchange_mail()

    def exchange_mail(self) -> None:
        to = ",".join(self.recipients)
        fault = self.fault("MESSAGE", to)
        if isinstance(fault, SmtpFault) and fault.hears is not None:
            self.lines.read(fault.hears)
            raise Hangup
        parts: list[bytes] = []
        while (line := self.lines.readline()) not in {b".\r\n", b""}:
            parts.append(line)
        if not line:
            raise Hangup  # it is not whole, and not taken
        self.answer(fault, lambda: self.take(b"".join(parts)))

    def take(self, text: bytes) -> str:
        mail = message_from_bytes(text, policy=default)
        made = Taken(str(mail["Message-ID"]), str(mail["Subject"]), tuple(self.recipients))
        with self.server.lock:
            self.server.taken.append(made)
        return "250 ok, queued"

    def log_in(self, rest: str) -> str:
        """AUTH PLAIN with the password in the same line."""
        _, user, password = base64.b64decode(rest.rsplit(maxsplit=1)[-1]).decode().split("\0")
        self.is_known = self.server.login in {None, (user, password)}
        return "235 welcome" if self.is_known else "535 5.7.8 wrong user or password"

    def address(self, rest: str) -> str:
        self.recipients.append(rest.partition("<")[2].partition(">")[0])
        return "250 ok"

    def forget(self, _rest: str) -> str:
        self.recipients.clear()
        return "250 ok"

    def fault(self, verb: str, path: str) -> Fault:
        with self.server.lock:
            self.server.heard.append(verb)
        return self.server.faults.next(verb, path) or Fault("", "")

    def answered(self, verb: str, rest: str, deed: Callable[[], str]) -> str:
        return self.answer(self.fault(verb, rest), deed)

    def answer(self, fault: Fault, deed: Callable[[], str]) -> str:
        said = "250 ok"
        for _ in range(fault.effects):
            said = deed()
        if fault.status is not None:
            said = f"{fault.status} {(fault.body or b'').decode()}"
        self.send(fault, f"{said}\r\n".encode())
        return said

    def send(self, fault: Fault, whole: bytes) -> None:
        stopping = self.server.stopping
        stopping.wait(fault.wait_seconds)
        if fault.hangs:
            stopping.wait()
            raise Hangup
        cut = whole if fault.cut_at is None else whole[: fault.cut_at]
        at_once = fault.drips_from if fault.drip_seconds else len(cut)
        self.link.sendall(cut[:at_once])
        for byte in cut[at_once:]:
            stopping.wait(fault.drip_seconds)
            self.link.sendall(bytes([byte]))
        if fault.cut_at is not None:
            raise Hangup


def _unknown(_rest: str) -> str:
    return "502 not known here"
