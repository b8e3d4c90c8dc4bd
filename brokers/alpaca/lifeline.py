"""A websocket to Alpaca, kept up by a thread of its own for as long as somebody wants it.

What is said on it is a ``Talk``'s business: there is one for trade updates and one for quotes. A
link on which nobody answers is dropped within 25 seconds, one that is lost is made again, later
each time; a thread, should it ever die, is missed when the link is wanted next and started again.
"""

import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any, Protocol

from typing_extensions import override
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from brokers.alpaca.pace import Timing

MESSAGE_MAX = 2**20


class Deaf(Exception):
    """The other end does not speak as Alpaca does; caught at this border and never seen outside."""


class TurnedAway(Deaf):
    """It does not let us in, and will not the moment after."""


FAILURES = (OSError, EOFError, WebSocketException, Deaf)
"""What a link can die of; a time-out is an ``OSError``."""


class Talk(Protocol):
    """What is said on a link. All of it is called in the link's own thread."""

    def greet(self, link: ClientConnection, end: float) -> None:
        """Be let in before ``end``, or raise ``Deaf``."""
        ...

    def stood(self) -> None:
        """We are let in."""
        ...

    def hear(self, said: str | bytes) -> None:
        """A message came. Raises ``Deaf`` where the link is of no use any more."""
        ...

    def turn(self, link: ClientConnection) -> None:
        """Say what is to be said; there was a message, or none for a while."""
        ...

    def lost(self) -> None:
        """A link that had let us in is lost."""
        ...


class _Straight(ClientConnection):
    """A link to the address that was named: the keys are not for where that one points to."""

    @override
    def handshake(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().handshake(*args, **kwargs)
        except InvalidStatus as exc:
            raise Deaf(f"status {exc.response.status_code}") from exc


class Lifeline:
    """One link at a time, for as long as it is wanted."""

    def __init__(
        self,
        name: str,
        url: str,
        talk: Talk,
        timing: Timing,
        turn_seconds: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Connect to nothing yet. ``talk`` is given a turn at least each ``turn_seconds``."""
        self._name, self._url, self._talk = name, url, talk
        self._headers = dict(headers or {})
        self._seconds, self._patience = timing.seconds, timing.patience
        self._turn = self._patience.quiet if turn_seconds is None else turn_seconds
        self._wanted = float("-inf")
        self._closing = Event()
        self._starting = Lock()
        self._thread: Thread | None = None
        self._link: ClientConnection | None = None
        self._heard = 0.0
        self.stands = False
        """Whether Alpaca has let us in and is listened to."""

    def want(self) -> None:
        """Have it for a while longer, and begin where there is none."""
        self._wanted = self._seconds()
        with self._starting:
            is_alive = self._thread is not None and self._thread.is_alive()
            if not is_alive and not self._closing.is_set():
                self._thread = Thread(target=self._live, name=self._name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Let go of the link and end the thread."""
        with self._starting:
            self._closing.set()
            thread, link = self._thread, self._link
        if link is not None:
            _cut(link)
        if thread is not None:
            thread.join(1)

    # In the thread of its own

    def _is_wanted(self) -> bool:
        is_asked_for = self._seconds() - self._wanted < self._patience.unwanted
        return is_asked_for and not self._closing.is_set()

    def _live(self) -> None:
        pause = self._patience.again
        while self._is_wanted():
            begun = self._seconds()
            turned_away = self._once()
            if self._seconds() - begun > self._patience.stood:
                pause = self._patience.again
            if turned_away:
                pause = self._patience.again_max
            self._closing.wait(pause)
            pause = min(2 * pause, self._patience.again_max)

    def _once(self) -> bool:
        """One link, from its beginning to its end; whether we were not let in."""
        try:
            self._listen()
        except TurnedAway:
            return True
        except FAILURES:
            return False
        return False

    def _listen(self) -> None:
        """Connect, be let in, and hear each message until the link is lost or unwanted."""
        with connect(
            self._url,
            additional_headers=self._headers,
            open_timeout=self._patience.answer,
            close_timeout=1,
            ping_interval=None,
            max_size=MESSAGE_MAX,
            compression=None,
            logger=_silent(),
            create_connection=_Straight,
        ) as link:
            self._link = link
            try:
                self._talk.greet(link, self._seconds() + self._patience.answer)
                self._heard = self._seconds()
                self.stands = True
                self._talk.stood()
                while self._is_wanted():
                    self._hear(link)
            except Deaf:
                _cut(link)
                raise
            finally:
                self._link = None
                self._end()

    def _end(self) -> None:
        """Say that the link is lost before it is closed, which takes a while."""
        if self.stands:
            self.stands = False
            if not self._closing.is_set():
                self._talk.lost()

    def _hear(self, link: ClientConnection) -> None:
        """Wait for a message; where none came for long, ask whether anybody is there."""
        try:
            said = link.recv(timeout=self._turn)
        except TimeoutError:
            if self._seconds() - self._heard >= self._patience.quiet:
                if not link.ping().wait(self._patience.answer):
                    raise Deaf("nobody answers") from None
                self._heard = self._seconds()
        else:
            self._heard = self._seconds()
            self._talk.hear(said)
        self._talk.turn(link)


def message_by(
    link: ClientConnection, end: float, seconds: Callable[[], float], what: str
) -> str | bytes:
    """The next message, or ``Deaf`` where none comes before ``end``."""
    left = end - seconds()
    if left <= 0:
        raise Deaf(f"Alpaca does not answer with {what}")
    try:
        return link.recv(timeout=left)
    except TimeoutError as exc:
        raise Deaf(f"Alpaca does not answer with {what}") from exc


def _cut(link: ClientConnection) -> None:
    """End a link from another thread; whoever waits on it is told at once."""
    with suppress(OSError):
        link.socket.shutdown(socket.SHUT_RDWR)


def _silent() -> logging.Logger:
    """A log that writes nothing: the library's writes every message, also the one with the keys."""
    quiet = logging.Logger("alpaca-stream", logging.CRITICAL + 1)
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    return quiet
