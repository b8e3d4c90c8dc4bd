"""Hears how the searches of other processes go, and asks them to stop."""

import selectors
import socket
from collections.abc import Generator, Iterator
from pathlib import Path

from bot.progress.lines import Cancelled, NotUnderstood, Report, Said, decode, encode_cancel
from bot.progress.sockets import connect, found_in

REST_SECONDS = 0.2
"""How often the folder is looked at for processes that are new."""
ANSWER_SECONDS = 2.0
"""How long a process may take to answer; it only takes longer when it is stopped or dying."""
RECEIVED_MAX = 65536


class Hearing:
    """One connection to a process that searches."""

    def __init__(self, link: socket.socket) -> None:
        """Nothing has been heard yet."""
        self.link = link
        self._heard = b""

    def read(self) -> list[Said] | None:
        """What has come since; waits for something to come. None where the process is gone."""
        try:
            said = self.link.recv(RECEIVED_MAX)
        except OSError:
            said = b""
        if not said:
            return None
        *lines, self._heard = (self._heard + said).split(b"\n")
        return list(_understood(lines))

    def ask(self, account: str | None) -> None:
        """Ask for the end of the search for ``account``, or of all."""
        self.link.sendall(encode_cancel(account))


def _understood(lines: list[bytes]) -> Iterator[Said]:
    for line in lines:
        try:
            yield decode(line)
        except NotUnderstood:  # another version of this program says more than we know
            continue


def follow(folder: Path) -> Generator[Report | None]:
    """Reports of every search of every process, for ever; None where nothing came for a while."""
    hearings: dict[Path, Hearing] = {}
    with selectors.DefaultSelector() as selector:
        while True:
            _join(folder, hearings, selector)
            ready = selector.select(REST_SECONDS)
            if not ready:
                yield None
            for key, _ in ready:
                said = key.data[1].read()
                if said is None:
                    _leave(key.data[0], hearings, selector)
                yield from (each for each in said or () if isinstance(each, Report))


def _join(folder: Path, hearings: dict[Path, Hearing], selector: selectors.BaseSelector) -> None:
    for path in found_in(folder):
        if path not in hearings and (link := connect(path)) is not None:
            hearings[path] = Hearing(link)
            selector.register(link, selectors.EVENT_READ, (path, hearings[path]))


def _leave(path: Path, hearings: dict[Path, Hearing], selector: selectors.BaseSelector) -> None:
    link = hearings.pop(path).link
    selector.unregister(link)
    link.close()


def cancel(folder: Path, account: str | None = None) -> tuple[str, ...]:
    """Stop the searches for ``account``, or all, in every process; the accounts of those."""
    stopped: list[str] = []
    for path in found_in(folder):
        if (link := connect(path)) is not None:
            with link:
                stopped += _cancelled(Hearing(link), account)
    return tuple(stopped)


def _cancelled(hearing: Hearing, account: str | None) -> tuple[str, ...]:
    """The answer of one process; nothing where it does not answer."""
    hearing.link.settimeout(ANSWER_SECONDS)
    try:
        hearing.ask(account)
    except OSError:
        return ()
    while (said := hearing.read()) is not None:
        for each in said:
            if isinstance(each, Cancelled):
                return each.accounts
    return ()
