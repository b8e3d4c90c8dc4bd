"""Where the pages are answered: this machine alone, and only by its own names.

A page in a browser can have its own name resolve to 127.0.0.1 and then read what is answered there
(DNS rebinding). So each request must name the very address that is listened at.
"""

import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.progress.sockets import serve_at

UNIX = "unix:"
LOOPBACK = ("127.0.0.1", "[::1]", "localhost")


class NotOurs(Exception):
    """The address is not one of this machine alone, or somebody else has it."""

    def __init__(self, what: str) -> None:
        """Say what is wrong with it."""
        super().__init__(what)
        self.remedy = 'write watch.listen = "127.0.0.1:9464", or another free port'


@dataclass(frozen=True, slots=True)
class Address:
    """A path of a unix socket, or else a loopback host and a port."""

    text: str
    path: Path | None = None
    host: str = ""
    port: int = 0

    @property
    def names(self) -> frozenset[str]:
        """What a request may call us."""
        if self.path is not None:
            return frozenset({"localhost"})
        return frozenset(f"{name}:{self.port}" for name in LOOPBACK)


def read_address(text: str) -> Address:
    """The address that ``text`` spells; ``NotOurs`` where others could reach it."""
    if text.startswith(UNIX):
        return Address(text, Path(text.removeprefix(UNIX)))
    host, _, port = text.rpartition(":")
    bare = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        is_ours = ipaddress.ip_address(bare).is_loopback
    except ValueError:
        is_ours = False
    if not is_ours or not port.isdecimal():
        raise NotOurs(f"{text} is not an address of this machine alone")
    return Address(text, None, bare, int(port))


def listen_at(address: Address) -> socket.socket:
    """A socket that listens; ``NotOurs`` where the port is taken, ``NoSocket`` where it cannot."""
    if address.path is not None:
        return serve_at(address.path)
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    try:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address.host, address.port))
        server.listen(128)
    except (OSError, OverflowError) as error:
        server.close()
        why = getattr(error, "strerror", None) or str(error)
        raise NotOurs(f"nothing can listen at {address.text}: {why.lower()}") from error
    server.settimeout(0)
    return server


def let_go(address: Address) -> None:
    """Take the name of a unix socket away."""
    if address.path is not None:
        with suppress(OSError):
            address.path.unlink()
