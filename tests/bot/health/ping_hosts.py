"""Hosts that are pinged: each does one thing with every connection, well or badly."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Queue

Deed = Callable[[socket.socket], None]


def says(answer: bytes) -> Deed:
    """Answers at once."""

    def act(link: socket.socket) -> None:
        link.sendall(answer)

    return act


def drips(link: socket.socket) -> None:
    """A byte now and then, and never a whole line."""
    with suppress(OSError):
        while True:
            link.sendall(b"H")
            threading.Event().wait(0.1)


def hangs(link: socket.socket) -> None:
    """Says nothing until the other side has had enough."""
    with suppress(OSError):
        while link.recv(4096):
            pass


def cuts(link: socket.socket) -> None:
    """Resets the connection."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


class Host:
    """Listens on loopback, keeps what it was sent, and does its deed."""

    def __init__(self, deed: Deed, context: ssl.SSLContext | None = None) -> None:
        self.deed = deed
        self.heard: Queue[str] = Queue()
        self._context = context
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    @contextmanager
    def listening(self) -> Iterator["Host"]:
        thread = threading.Thread(target=self._listen, daemon=True)
        thread.start()
        yield self
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        thread.join(10)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._server.accept()
                link.settimeout(10)
                with suppress(OSError), link:
                    self._serve(link)

    def _serve(self, link: socket.socket) -> None:
        if self._context is not None:
            with self._context.wrap_socket(link, server_side=True) as safe:
                self._hear(safe)
        else:
            self._hear(link)

    def _hear(self, link: socket.socket) -> None:
        said = b""
        while b"\r\n\r\n" not in said and (more := link.recv(4096)):
            said += more
        head, _, body = said.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if b"Content-Length" in line),
            0,
        )
        while len(body) < length:
            body += link.recv(4096)
        self.heard.put(f"{head.split(b' HTTP')[0].decode()} {body.decode()}".strip())
        self.deed(link)


OK = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
