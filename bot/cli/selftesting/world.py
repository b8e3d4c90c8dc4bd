"""What outlives a process: the exchange, the time, the disk, and what befalls the machine."""

import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import VirtualClock

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from bot.daemon.sessions import Sessions
    from brokers.paper.faults.broker import Faulty
    from brokers.words import Order, OrderKey

BOOK_ENDS = ("", "-wal")
"""Of the book's file: what is on the disk when a process dies."""

PLENTY_MIB = 10_000


Witness = Callable[[str, "OrderKey", "Order | None"], None]
"""Told of what goes over the wire, before anything becomes of it."""


def unseen(_act: str, _key: "OrderKey", _order: "Order | None") -> None:
    """Nobody looks."""


class Torn(BaseException):
    """The process is killed: nobody catches this but who starts the next one."""


@dataclass(slots=True)
class World:
    """One account in one folder. ``skew`` is how far the machine's clock is off just now."""

    folder: Path
    config: "Config"
    account: "AccountConfig"
    sessions: "Sessions"
    clock: VirtualClock
    faulty: "Faulty"
    skew: timedelta = timedelta(0)
    free_mib: int = PLENTY_MIB
    is_full: bool = False
    stopping: bool = False
    crashes: int = 0
    stops: int = 0
    sent: int = 0
    witness: Witness = unseen
    failures: list[str] = field(default_factory=list)
    """What ended slots early, oldest first."""

    @property
    def book(self) -> Path:
        """The book's file."""
        return Path(self.config.book_url)

    @property
    def ledger(self) -> Path:
        """The exchange's own file."""
        return self.faulty.exchange.file

    @property
    def wreck(self) -> Path:
        """Where the disk is kept as it was at the moment of a crash."""
        return self.folder / "wreck"

    def now(self) -> datetime:
        """What the machine's clock says."""
        return self.clock.now() + self.skew

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.clock.sleep(seconds)

    def tear(self) -> None:
        """Kill the process: what is on the disk now is all that is left of it."""
        self.crashes += 1
        self.wreck.mkdir(exist_ok=True)
        for end in BOOK_ENDS:
            source, kept = self.book.with_name(self.book.name + end), self.wreck / f"book{end}"
            kept.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, kept)
        raise Torn

    def clear_wreck(self) -> None:
        """Put the disk back as it was at the moment of the crash."""
        for end in ("", "-wal", "-shm"):
            self.book.with_name(self.book.name + end).unlink(missing_ok=True)
        for end in BOOK_ENDS:
            kept = self.wreck / f"book{end}"
            if kept.exists():
                kept.replace(self.book.with_name(self.book.name + end))

    def fill_disk(self) -> None:
        """From now on nothing more fits into any file of this process."""
        self.is_full = True
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def well(self) -> None:
        """The machine is well again: its clock and its disk."""
        self.skew, self.free_mib = timedelta(0), PLENTY_MIB
        if self.is_full:
            self.is_full = False
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
