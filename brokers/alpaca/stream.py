"""Alpaca's stream of trade updates, which wakes whoever waits and is believed in nothing.

alpaca-py has a stream of its own. It looks alive on a link on which nobody speaks, an event is lost
where its reader stumbles, and what happened while the link was down is told to nobody. This one
speaks the same protocol and needs none of it: a message, whatever it says, is a reason to look, and
so is each link that is lost or stands again. A link on which nobody answers is dropped within 25
seconds; its thread, should it ever die, is missed at the next wait and started again.
"""

import json
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

from typing_extensions import override
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from brokers.alpaca.identity import Access
from brokers.alpaca.pace import Timing
from brokers.news import News

MESSAGE_MAX = 2**20
TRADE_UPDATES = "trade_updates"


class Deaf(Exception):
    """The other end does not speak as Alpaca does; caught at this border and never seen outside."""


FAILURES = (OSError, EOFError, WebSocketException, Deaf)
"""What a link can die of; a time-out is an ``OSError``."""


class _Straight(ClientConnection):
    """A link to the address that was named: the keys are not for where that one points to."""

    @override
    def handshake(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().handshake(*args, **kwargs)
        except InvalidStatus as exc:
            raise Deaf(f"status {exc.response.status_code}") from exc


class Stream:
    """One link, kept up by a thread of its own for as long as somebody waits."""

    def __init__(self, access: Access, timing: Timing) -> None:
        """Connect to nothing yet."""
        self._access = access
        self._url = f"ws{access.trading_url.removeprefix('http')}/stream"
        self._seconds, self._patience = timing.seconds, timing.patience
        self._news = News(self._patience.burst, self._patience.every, timing.seconds)
        self._wanted = float("-inf")
        self._closing = Event()
        self._starting = Lock()
        self._thread: Thread | None = None
        self._link: ClientConnection | None = None
        self.stands = False
        """Whether Alpaca has let us in and is listened to."""

    def wait(self, seconds: float) -> bool:
        """Wait until something may have happened, ``seconds`` at most; whether it may."""
        self._wanted = self._seconds()
        self._start()
        return self._news.wait(seconds)

    def close(self) -> None:
        """Let go of the link and end the thread."""
        with self._starting:
            self._closing.set()
            thread, link = self._thread, self._link
        if link is not None:
            _cut(link)
        if thread is not None:
            thread.join(1)

    def _start(self) -> None:
        with self._starting:
            is_alive = self._thread is not None and self._thread.is_alive()
            if not is_alive and not self._closing.is_set():
                self._thread = Thread(target=self._live, name="alpaca-stream", daemon=True)
                self._thread.start()

    # In the thread of its own

    def _is_wanted(self) -> bool:
        is_waited_for = self._seconds() - self._wanted < self._patience.unwanted
        return is_waited_for and not self._closing.is_set()

    def _live(self) -> None:
        patience = self._patience
        pause = patience.again
        while self._is_wanted():
            begun = self._seconds()
            with suppress(*FAILURES):
                self._listen()
            if self.stands:
                self.stands = False
                if not self._closing.is_set():
                    self._news.ring()
            if self._seconds() - begun > patience.stood:
                pause = patience.again
            self._closing.wait(pause)
            pause = min(2 * pause, patience.again_max)

    def _listen(self) -> None:
        """Connect, be let in, and ring at each message until the link is lost or unwanted."""
        with connect(
            self._url,
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
                greet(link, self._access, self._patience.answer, self._seconds)
                self.stands = True
                self._news.ring()
                while self._is_wanted():
                    self._hear(link)
            finally:
                self._link = None

    def _hear(self, link: ClientConnection) -> None:
        """Wait for a message; where none comes, ask whether anybody is there."""
        try:
            link.recv(timeout=self._patience.quiet)
        except TimeoutError:
            if not link.ping().wait(self._patience.answer):
                raise Deaf("nobody answers") from None
        else:
            self._news.ring()


def greet(
    link: ClientConnection, access: Access, patience: float, seconds: Callable[[], float]
) -> None:
    """Be let in and subscribed, or raise: what is said before is of no interest."""
    end = seconds() + patience
    keys = {"key_id": access.key_id, "secret_key": access.secret_key}
    link.send(json.dumps({"action": "authenticate", "data": keys}))
    if _answer(link, "authorization", end, seconds).get("status") != "authorized":
        raise Deaf("Alpaca does not let us in")
    link.send(json.dumps({"action": "listen", "data": {"streams": [TRADE_UPDATES]}}))
    streams = _answer(link, "listening", end, seconds).get("streams")
    if not isinstance(streams, list) or TRADE_UPDATES not in streams:
        raise Deaf("Alpaca does not subscribe us")


def _answer(
    link: ClientConnection, name: str, end: float, seconds: Callable[[], float]
) -> dict[str, object]:
    """What Alpaca says on the stream ``name``, until the time is over."""
    while (left := end - seconds()) > 0:
        try:
            said = json.loads(link.recv(timeout=left))
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and said.get("stream") == name:
            data = said.get("data")
            return data if isinstance(data, dict) else {}
    raise Deaf(f"Alpaca does not answer with {name}")


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
