"""Where an open book comes from: the newest of its copies, or an older one that must not send."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from bot.book import restores
from bot.book.chain import newest
from bot.book.engine import Disk, Place, reading, writing
from bot.book.mirror import Mirror
from bot.book.orders import Fence
from bot.book.reserve import Reserve
from bot.book.restores import Restored
from brokers.words import AccountId


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside a book: how far it has come, and room on its disk where it is a file."""

    mirror: Mirror
    reserve: Reserve | None = None


class Origin:
    """What the mirror and the marks in the book say; without a mirror, the marks alone."""

    def __init__(self, engine: Engine, place: Place, beside: Beside | None) -> None:
        """``look`` comes first."""
        self._engine = engine
        self._place = place
        self._mirror = beside.mirror if beside else None
        self._reserve = beside.reserve if beside else None

    def look(self) -> None:
        """Mark the book as an older copy where the mirror is ahead of it; set the room aside."""
        if self._reserve is not None:
            self._reserve.fill()
        if (mirror := self._mirror) is None:
            return
        mirror.ready()
        with reading(self._engine, self._place) as connection:
            last, old, why = restores.compare(connection, mirror.last())
        if old is None and not why:
            mirror.keep(last)
            return
        mirror.stand_still()
        if old is None:
            with writing(self._engine, self._place) as connection:
                restores.mark(connection, Restored("trimtab", why, mirror.now()))

    def fenced(self, fence: Fence) -> Fence:
        """The same fence, behind which an older copy does not come either: ``RolledBack``."""

        def both(connection: Connection, account: AccountId, now: datetime) -> int:
            restores.refuse_old(connection)
            return fence(connection, account, now)

        return both

    def refuse_old(self) -> None:
        """``RolledBack`` where the book is an older copy of itself."""
        with reading(self._engine, self._place) as connection:
            restores.refuse_old(connection)

    def restored(self) -> Restored | None:
        """Since when the book is an older copy, and why; None where it is the newest."""
        with reading(self._engine, self._place) as connection:
            return restores.standing(connection)

    def accept(self, who: str, why: str, time: datetime) -> None:
        """Take an older copy that was rebuilt for the book; ``IllegalStep`` where it is none."""
        with writing(self._engine, self._place) as connection:
            restores.accept(connection, who, why, time)
        if self._mirror is not None:
            with reading(self._engine, self._place) as connection:
                self._mirror.start_again(newest(connection))

    def refuse_broken(self) -> None:
        """``BookBroken`` once the disk has failed: this process writes no more, and must end."""
        disk: Disk = self._engine.get_execution_options()["disk"]
        disk.refuse()

    def sync(self) -> None:
        """Have the mirror on the disk; ``BookError`` where it is not, and nothing may be sent."""
        if self._mirror is not None:
            self._mirror.sync()

    def close(self) -> None:
        """Let go of the mirror."""
        if self._mirror is not None:
            self._mirror.close()
