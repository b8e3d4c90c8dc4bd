"""The socket of the pages, and the one thread that serves it.

It waits for nobody: who speaks slowly is let go after some seconds, who comes when too many are
there is let go at once. Whatever is asked of it, a cycle shares neither its thread nor its
connection to the book.
"""

import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bot.health.address import Address, let_go, listen_at
from bot.health.pages import Answer
from bot.health.request import END, HEAD_MAX, answer_to, response

GUESTS_MAX = 64
PATIENCE_SECONDS = 5.0
"""How long a request may take to arrive, and its answer to be taken."""

TICK_SECONDS = 0.5

Page = Callable[[str], Answer]


class Guest:
    """One connection: what has arrived of its request, and what is left of the answer."""

    def __init__(self, link: socket.socket, until: float) -> None:
        """Nothing has arrived."""
        self.link = link
        self.until = until
        self.heard = b""
        self.answer = b""

    @property
    def is_answered(self) -> bool:
        """Whether there is something to say to it."""
        return bool(self.answer)

    def hear(self, names: frozenset[str], page: Page) -> bool:
        """Take what has arrived; False where the guest is gone."""
        try:
            said = self.link.recv(HEAD_MAX)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.heard += said
        head, end, _ = self.heard.partition(END)
        if end:
            self.answer = answer_to(head, names, page)
        elif len(self.heard) > HEAD_MAX:
            self.answer = response(Answer(431, "a request has no room for so much\n"))
        return bool(said)

    def say(self) -> bool:
        """Send what can be sent without waiting; False where nothing is left to say."""
        try:
            self.answer = self.answer[self.link.send(self.answer) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return bool(self.answer)


class Server:
    """Serves ``page`` at ``address``."""

    def __init__(
        self, address: Address, page: Page, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing listens yet."""
        self._monotonic = monotonic
        self._address = address
        self._page = page
        self._closing = threading.Event()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Listen for as long as the block takes; ``NotOurs`` or ``NoSocket`` where it cannot."""
        with listen_at(self._address) as server:
            thread = threading.Thread(
                target=self._serve, args=(server,), name="health", daemon=True
            )
            thread.start()
            try:
                yield
            finally:
                self._closing.set()
                thread.join()
                let_go(self._address)

    def _serve(self, server: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, _ in selector.select(TICK_SECONDS):
                    if key.data is None:
                        self._greet(server, selector)
                    elif not self._attend(key.data, selector):
                        _part(key.data, selector)
                self._part_with_the_slow(selector)
            for guest in _guests(selector):
                _part(guest, selector)

    def _greet(self, server: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            link, _ = server.accept()
        except BlockingIOError:  # gone before we came
            return
        except OSError:  # no more handles for now
            self._closing.wait(TICK_SECONDS / 10)
            return
        link.settimeout(0)
        if len(_guests(selector)) >= GUESTS_MAX:
            link.close()
            return
        guest = Guest(link, self._monotonic() + PATIENCE_SECONDS)
        selector.register(link, selectors.EVENT_READ, guest)

    def _attend(self, guest: Guest, selector: selectors.BaseSelector) -> bool:
        if guest.answer:
            return guest.say()
        if not guest.hear(self._address.names, self._page):
            return False
        if guest.is_answered:
            selector.modify(guest.link, selectors.EVENT_WRITE, guest)
        return True

    def _part_with_the_slow(self, selector: selectors.BaseSelector) -> None:
        now = self._monotonic()
        for guest in _guests(selector):
            if now > guest.until:
                _part(guest, selector)


def _guests(selector: selectors.BaseSelector) -> list[Guest]:
    return [key.data for key in selector.get_map().values() if key.data is not None]


def _part(guest: Guest, selector: selectors.BaseSelector) -> None:
    """End the connection; what it still says is not waited for."""
    selector.unregister(guest.link)
    with suppress(OSError):
        guest.link.shutdown(socket.SHUT_WR)
        guest.link.recv(HEAD_MAX)  # what is left unread would take the answer with it
    guest.link.close()
