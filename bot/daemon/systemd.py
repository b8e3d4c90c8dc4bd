"""Tells systemd how we are: ready, alive, stopping (sd_notify(3)). Silent where nobody listens."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

US_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends states to ``address``, a unix datagram socket, "@" first where it is abstract.

    ``watchdog_seconds`` is how long systemd waits for ``alive`` before it kills us; None if it
    does not watch.
    """

    address: str = ""
    watchdog_seconds: float | None = None

    def ready(self) -> None:
        """We are up."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send("STATUS=" + " ".join(text.split()))

    def alive(self) -> None:
        """We make progress."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """We are going down in good order."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if not self.address:
            return
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)  # noqa: FBT003 whoever does not listen must not stop us
            sender.sendto(state.encode(), name)


def notifier(environ: Mapping[str, str]) -> Notifier:
    """The notifier that systemd's environment variables describe."""
    watched = environ.get("WATCHDOG_USEC", "")
    is_ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    seconds = int(watched) / US_PER_SECOND if watched.isdigit() and is_ours else None
    return Notifier(environ.get("NOTIFY_SOCKET", ""), seconds)
