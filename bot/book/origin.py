"""Where an open book comes from: the newest of its copies, or an older one that must not send."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from bot.book import restores
from bot.book.chain import Link, newest
from bot.book.engine import Disk, Place, comparing, reading, writing
from bot.book.errors import BookError
from bot.book.mirror import Mirror
from bot.book.orders import Fence
from bot.book.reserve import Reserve
from bot.book.restores import Restored
from bot.book.schema import intents, tieouts
from bot.book.verify import broken
from brokers.words import AccountId
from strategies.planned import ORIGIN_LETTERS


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
        self.lost = ""
        """What ``look`` has found of a mirror that was gone or illegible; a person must hear it."""
        self._letters = ""

    def look(self) -> None:
        """Mark the book as an older copy where the mirror is ahead of it; set the room aside.

        A mirror that is not there is made anew from a book that is as it was written, ``lost``
        says so; from any other it is not: ``BookError``. That of a book in which no order was
        meant yet is simply made.
        """
        if self._reserve is not None:
            self._reserve.fill()
        if (mirror := self._mirror) is None:
            return
        mirror.ready()
        seen = mirror.last()
        with reading(self._engine, self._place) as connection:
            last, old, why = restores.compare(connection, seen)
        if old is None and seen is None:
            mirror.start_again(self._proven(mirror) if self._has_meant() else last)
            return
        if old is None and not why:
            mirror.keep(last)
            return
        mirror.stand_still()
        if old is None:
            with writing(self._engine, self._place) as connection:
                restores.mark(connection, Restored("trimtab", why, mirror.now()))

    def _has_meant(self) -> bool:
        with reading(self._engine, self._place) as connection:
            return connection.execute(select(intents.c.key).limit(1)).first() is not None

    def _proven(self, mirror: Mirror) -> Link:
        """The newest link of a book that is as its whole chain says."""
        with comparing(self._engine, self._place) as connection:
            last, fault = newest(connection), next(broken(connection), None)
        what = f"{mirror.path}, which says how far the book {self._place.name} has come, was gone"
        if fault is not None:
            raise BookError(f"{what}; and in the book {fault}", "run: trimtab db check")
        self.lost = what
        return last

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

    def letters(self) -> str:
        """Two letters that the names of this book's plans begin with, and of few others.

        They come from the moment at which it first looked at an account, so that a copy has the
        same; empty before. Two books have the same once in 400 times.
        """
        if not self._letters:
            with reading(self._engine, self._place) as connection:
                self._letters = _letters(connection)
        return self._letters

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


def _letters(connection: Connection) -> str:
    first = select(tieouts.c.account, tieouts.c.time).order_by(tieouts.c.seq).limit(1)
    row = connection.execute(first).first()
    if row is None:
        return ""
    number = int.from_bytes(sha256(f"{row.account} {row.time.isoformat()}".encode()).digest())
    count = len(ORIGIN_LETTERS)
    return ORIGIN_LETTERS[number % count] + ORIGIN_LETTERS[number // count % count]
