"""The dead man's switch: while all is well another machine hears of it, and so also when not.

A daemon that hangs, a machine without power and a network that is cut all look the same from
outside: the ping stays away, and whoever waits for it raises the alarm. What is known to be wrong
is told at once, at the same address with ``/fail`` behind it, as healthchecks.io understands it.

A thread of its own sends, one ping at a time and never two for one: nobody waits for it, and
nothing that goes wrong with it is worse than a line in the log.
"""

import logging
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from bot.redaction import keep_url_out, redacted

TOTAL_SECONDS = 10.0
"""From the first packet to the status line."""

AGAIN_SECONDS = 15.0
"""After a ping that failed the next one may go so soon."""

QUEUE_MAX = 4
"""Words that wait to be sent; where one hangs the oldest make room."""

ANSWER_MAX = 1024
TEXT_MAX = 2000
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OK, _REDIRECT, _ERROR = 200, 300, 400

log = logging.getLogger("trimtab.ping")


class NoPing(Exception):
    """The ping did not arrive, or the address is none that we may ask."""

    def __init__(self, what: str) -> None:
        """Say why; never with the path of the address, which is a secret."""
        super().__init__(what)
        self.remedy = "see watch.ping_url in docs/config.md"


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told. ``context`` says which certificates are trusted, where not the system's."""

    host: str
    port: int
    path: str = field(repr=False)
    is_safe: bool = True
    context: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """As much of the address as may be told."""
        return f"{self.host}:{self.port}"


def read_target(url: str) -> Target:
    """The target that ``url`` names. ``NoPing`` where it is open to others on its way."""
    keep_url_out(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NoPing("watch.ping_url is not an address") from None
    host = parts.hostname or ""
    is_safe = parts.scheme == "https"
    if not host or parts.username is not None or not (is_safe or parts.scheme == "http"):
        raise NoPing("watch.ping_url must be an address that starts with https://")
    if not is_safe and host not in _LOOPBACK:
        raise NoPing("watch.ping_url must start with https://, or name this machine")
    if not url.isascii() or any(not "!" <= letter <= "~" for letter in url):
        raise NoPing("watch.ping_url holds a character that no address has")
    return Target(host, port or (443 if is_safe else 80), _path(parts), is_safe)


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path.rstrip('/')}{query}"


def send(target: Target, what: str = "", text: str = "", seconds: float = TOTAL_SECONDS) -> None:
    """Tell ``target`` once; ``NoPing`` where it does not say that it heard, or not in time.

    ``what`` is ``""``, ``"/start"`` or ``"/fail"``. An answer that leads elsewhere is not followed.
    """
    status = 0
    try:
        with (
            socket.create_connection((target.host, target.port), timeout=seconds) as link,
            _cut_after(seconds, link),
        ):
            status = _exchange(link, target, what, text)
    except (OSError, ValueError) as error:
        raise NoPing(f"{target.name} was not reached: {_why(error)}") from error
    if not _OK <= status < _REDIRECT:
        leads = ", which leads elsewhere" if _REDIRECT <= status < _ERROR else ""
        raise NoPing(f"{target.name} answered {status or 'nothing that is HTTP'}{leads}")


def _exchange(link: socket.socket, target: Target, what: str, text: str) -> int:
    """Send the request and read the status; 0 where the answer has none."""
    if not target.is_safe:
        return _ask(link, target, what, text)
    context = target.context or ssl.create_default_context()
    with context.wrap_socket(link, server_hostname=target.host) as safe:
        return _ask(safe, target, what, text)


def _ask(link: socket.socket, target: Target, what: str, text: str) -> int:
    body = redacted(text)[:TEXT_MAX].encode()
    path, mark, query = target.path.partition("?")
    host = f"[{target.host}]" if ":" in target.host else target.host
    head = (
        f"{'POST' if body else 'GET'} {path}{what}{mark}{query} HTTP/1.1",
        f"Host: {host}:{target.port}",
        "User-Agent: trimtab",
        "Connection: close",
        *((f"Content-Length: {len(body)}", "Content-Type: text/plain") if body else ()),
    )
    link.sendall("\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body)
    answer = b""
    while b"\r\n" not in answer and len(answer) < ANSWER_MAX and (more := link.recv(ANSWER_MAX)):
        answer += more
    words = answer.split(b"\r\n", 1)[0].split(b" ")
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/1.") and words[1].isdigit()
    return int(words[1]) if is_http and len(words[1]) == len("200") else 0


@contextmanager
def _cut_after(seconds: float, link: socket.socket) -> Iterator[None]:
    """End whatever goes on over ``link``: a deadline for each packet is none for all of them."""
    with link.dup() as spare:  # the other one goes over into the hands of TLS
        guard = threading.Timer(seconds, _cut, (spare,))
        guard.daemon = True
        guard.start()
        try:
            yield
        finally:
            guard.cancel()
            guard.join()


def _cut(link: socket.socket) -> None:
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)


class Pinger:
    """Tells ``target`` how we are, at most every ``seconds`` while all is well."""

    def __init__(
        self, target: Target, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing is sent before ``running``."""
        self._target = target
        self._seconds = seconds
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._waiting: deque[tuple[str, str]] = deque(maxlen=QUEUE_MAX)
        self._due = float("-inf")
        self._told_trouble = ""
        self._ends = False
        self._was_silent = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """A thread sends for as long as the block takes; one that hangs is not waited for."""
        thread = threading.Thread(target=self._work, name="ping", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._ends = True
                self._changed.notify()

    def began(self) -> None:
        """We are up."""
        with self._changed:
            self._waiting.append(("/start", ""))
            self._changed.notify()

    def alive(self) -> None:
        """We make progress: a ping, where one is due."""
        self._told_trouble = ""
        if self._monotonic() >= self._due:
            self._say("", "")

    def trouble(self, text: str) -> None:
        """We no longer do: said at once, and again as often as a ping would be."""
        kind = text.translate({ord(digit): None for digit in "0123456789"})
        if kind != self._told_trouble or self._monotonic() >= self._due:
            self._told_trouble = kind
            self._say("/fail", text)

    def _say(self, what: str, text: str) -> None:
        with self._changed:
            self._due = self._monotonic() + self._seconds
            self._waiting.append((what, text))
            self._changed.notify()

    def _work(self) -> None:
        while (word := self._take()) is not None:
            try:
                send(self._target, *word)
            except NoPing as error:
                self._failed(error)
            else:
                if self._was_silent:
                    log.info("%s hears us again", self._target.name)
                self._was_silent = False

    def _take(self) -> tuple[str, str] | None:
        with self._changed:
            while not self._waiting and not self._ends:
                self._changed.wait()
            return None if self._ends else self._waiting.popleft()

    def _failed(self, error: NoPing) -> None:
        with self._changed:
            self._due = min(self._due, self._monotonic() + AGAIN_SECONDS)
            self._told_trouble = ""
        level = logging.DEBUG if self._was_silent else logging.WARNING
        log.log(level, "the dead man's switch was not told: %s; %s", error, error.remedy)
        self._was_silent = True
