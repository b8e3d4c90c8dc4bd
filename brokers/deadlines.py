"""A deadline on a whole exchange: a socket's own time-out begins anew with each byte that comes."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer


@contextmanager
def cut_after(seconds: float, link: socket.socket) -> Iterator[None]:
    """Shut ``link`` down if what is done with it takes longer: whoever waits on it is told."""
    let_go = cut_later(seconds, link)
    try:
        yield
    finally:
        let_go()


def cut_later(seconds: float, link: socket.socket) -> Callable[[], None]:
    """The same, until the function that is returned is called.

    What is cut is the connection, and not the object: a socket that TLS is put around meanwhile is
    another object.
    """
    twin = socket.fromfd(link.fileno(), link.family, link.type)

    def cut() -> None:
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()

    def let_go() -> None:
        timer.cancel()
        twin.close()

    return let_go
