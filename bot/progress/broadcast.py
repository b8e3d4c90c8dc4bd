"""Tells any number of listeners in other processes how a search goes, and takes their wish to stop.

A thread of its own serves the socket. The search only puts a line into the queue of each listener;
where a listener reads slowly its oldest line makes room, and where it is dead it is let go: the
search waits for nobody.
"""

import contextlib
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.progress.lines import (
    Cancelled,
    NotUnderstood,
    Refused,
    Report,
    Said,
    decode_cancel,
    encode,
)
from bot.progress.sockets import clean, fresh_path, serve_at

LISTENERS_MAX = 16
QUEUE_MAX = 32
"""Lines that wait for one listener."""
REQUEST_MAX = 256
"""Bytes of one line of a listener."""
SEND_BUFFER = 8192
"""Bytes that the system keeps for a listener: not many, so that what it reads late is not old."""

PAUSE_SECONDS = 0.05
"""Rest after a connection that could not be taken: it is still there, and asks again at once."""

Cancel = Callable[[str | None], tuple[str, ...]]
"""Stops the searches for an account, or all, and names those that it stopped."""


class Broadcaster:
    """An audience of searches that passes on what it is shown, and what listeners wish."""

    def __init__(self, folder: Path) -> None:
        """It will listen in ``folder``."""
        self.path = fresh_path(folder)
        self._listeners: tuple[_Listener, ...] = ()
        self._bell, self._rung = socket.socketpair()
        self._closing = threading.Event()

    @contextmanager
    def serving(self, cancel: Cancel) -> Iterator[None]:
        """Listen for as long as the block takes. ``NoSocket`` where the folder can hold none."""
        with self._bell, self._rung:
            clean(self.path.parent)
            with serve_at(self.path) as server:
                room = threading.Thread(
                    target=self._serve, args=(server, cancel), name="searches", daemon=True
                )
                room.start()
                try:
                    yield
                finally:
                    self._closing.set()
                    self._ring()
                    room.join()
                    self.path.unlink(missing_ok=True)

    def is_looking(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._listeners)

    def show(self, report: Report) -> None:
        """Pass ``report`` on; waits for nobody."""
        line = encode(report)
        for listener in self._listeners:
            listener.queue.append(line)
        self._ring()

    def _ring(self) -> None:
        """Wake the thread; where it has not answered the last ring another one is not needed."""
        with contextlib.suppress(BlockingIOError):
            self._bell.send(b"!", socket.MSG_DONTWAIT)

    def _serve(self, server: socket.socket, cancel: Cancel) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            selector.register(self._rung, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, events in selector.select():
                    if key.fileobj is server:
                        self._accept(server, selector)
                    elif key.fileobj is self._rung:
                        self._rung.recv(1024)
                    elif events & selectors.EVENT_READ:
                        key.data.hear(cancel)
                self._send(selector)
            for listener in self._listeners:
                listener.link.close()
            self._listeners = ()

    def _accept(self, server: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            link, _ = server.accept()
        except BlockingIOError:  # gone before we came
            return
        except OSError:  # no more handles for now: those who listen already go on
            self._closing.wait(PAUSE_SECONDS)
            return
        link.settimeout(0)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener = _Listener(link)
        if len(self._listeners) >= LISTENERS_MAX:
            listener.say(Refused(f"{LISTENERS_MAX} listen already"))
            listener.send()
            link.close()
            return
        selector.register(link, selectors.EVENT_READ, listener)
        self._listeners = (*self._listeners, listener)

    def _send(self, selector: selectors.BaseSelector) -> None:
        """Send what can be sent without waiting; let go of those who are gone."""
        for listener in self._listeners:
            listener.send()
            if listener.is_gone:
                self._listeners = tuple(each for each in self._listeners if each is not listener)
                selector.unregister(listener.link)
                listener.link.close()
            else:
                waits = selectors.EVENT_WRITE if listener.sending else 0
                selector.modify(listener.link, selectors.EVENT_READ | waits, listener)


class _Listener:
    """One connection: the lines that wait for it, the one that is on its way, what it said."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.queue = deque[bytes](maxlen=QUEUE_MAX)
        self.sending = b""
        self.is_gone = False
        self._heard = b""

    def say(self, said: Said) -> None:
        self.queue.append(encode(said))

    def send(self) -> None:
        """As much as it takes at once; a line that was begun is ended before the next."""
        while self.sending or self.queue:
            self.sending = self.sending or self.queue.popleft()
            try:
                sent = self.link.send(self.sending)
            except BlockingIOError:
                return
            except OSError:
                self.is_gone = True
                return
            self.sending = self.sending[sent:]

    def hear(self, cancel: Cancel) -> None:
        """Do what it wishes; who says too much at once, or nothing for ever, is let go."""
        try:
            said = self.link.recv(REQUEST_MAX)
        except OSError:
            said = b""
        *lines, self._heard = (self._heard + said).split(b"\n")
        self.is_gone = not said or len(self._heard) > REQUEST_MAX
        for line in lines:
            self.say(_answer(line, cancel))


def _answer(line: bytes, cancel: Cancel) -> Said:
    try:
        return Cancelled(cancel(decode_cancel(line)))
    except NotUnderstood as exc:
        return Refused(str(exc))
