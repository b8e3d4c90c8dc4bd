"""A book that is open: its transactions, and what it keeps beside its rows."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine

from bot.book.engine import BUSY_SECONDS, Place, locate, reading, written
from bot.book.errors import BookError
from bot.book.latches import Latches
from bot.book.leases import TERMS, Leases, Terms
from bot.book.opening import open_engine
from bot.book.origin import Beside, Origin
from bot.book.price_rows import Prices
from bot.book.timing import Timings

P = ParamSpec("P")
R = TypeVar("R")


class Opened:
    """What ``Book`` stands on: one way in, one way to read, one way to write."""

    def __init__(
        self, engine: Engine, place: Place, terms: Terms = TERMS, beside: Beside | None = None
    ) -> None:
        """Use ``Book.open``."""
        self._engine = engine
        self._place = place
        self._prices: dict[str, Prices] = {}
        self.leases = Leases(engine, place, terms)
        self.latches = Latches(engine, place)
        self.origin = Origin(engine, place, beside)
        self.timings = Timings()
        self.posted: Callable[[], None] = lambda: None  # who sends the mails may want to know

    @classmethod
    def open(
        cls,
        url_or_path: str | Path,
        *,
        upgrade: bool,
        busy_seconds: float = BUSY_SECONDS,
        terms: Terms = TERMS,
        beside: Beside | None = None,
    ) -> Self:
        """Open a sound book; ``upgrade`` makes one, or brings it to this schema, first.

        Where the mirror ``beside`` it is ahead of it, it is marked as an older copy, and sends
        nothing. On a full disk the reserve is given up for all but new orders.
        """
        place = locate(url_or_path)
        engine = open_engine(place, upgrade=upgrade, busy_seconds=busy_seconds)
        if beside is not None:
            engine = engine.execution_options(mirror=beside.mirror, reserve=beside.reserve)
        book = cls(engine, place, terms, beside)
        try:
            book.origin.look()
        except BookError:
            book.close()
            raise
        return book

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()
        self.origin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def _read(
        self, ask: Callable[Concatenate[Connection, P], R], *args: P.args, **named: P.kwargs
    ) -> R:
        with reading(self._engine, self._place) as connection:
            return ask(connection, *args, **named)

    def _write(
        self, act: Callable[Concatenate[Connection, P], R], *args: P.args, **named: P.kwargs
    ) -> R:
        return self._timed(lambda connection: act(connection, *args, **named))

    def _timed(self, act: Callable[[Connection], R], *, spares: bool = True) -> R:
        with self.timings.timed():
            return written(self._engine, self._place, act, spares=spares)
