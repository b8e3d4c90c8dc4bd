"""Where sessions come from: the calendar library, or the cache of what it said before.

The only file that imports ``exchange_calendars``, and it does so only when the cache will not do:
the cache is made by another release of the library (a closure may have been added), is too short,
or has been damaged.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from brokers.words import Session

LIBRARY = "exchange_calendars"

Row = tuple[str, int, int]
"""Day, and when it opens and closes in seconds since 1970: how a session is kept in the cache."""


class NoCalendar(Exception):
    """The library has no calendar of this name, or none that reaches as far as we must see."""

    def __init__(self, what: str, remedy: str) -> None:
        """Say what is missing, and how to get it."""
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def covers(self, other: "Span") -> bool:
        """Whether ``other`` lies within."""
        return self.first <= other.first and self.last >= other.last


def sessions(calendar: str, wanted: Span, enough: Span, cache: Path | None) -> tuple[Session, ...]:
    """The sessions of ``wanted``; those of the cache where they cover ``enough``."""
    rows = None if cache is None else _cached(calendar, enough, cache)
    if rows is None:
        rows = _ask_library(calendar, wanted)
        if cache is not None:
            _keep(calendar, wanted, rows, cache)
    return tuple(_session(row) for row in rows)


def _session(row: Row) -> Session:
    day, opens, closes = row
    return Session(
        date.fromisoformat(day),
        datetime.fromtimestamp(opens, UTC),
        datetime.fromtimestamp(closes, UTC),
    )


def _ask_library(calendar: str, span: Span) -> tuple[Row, ...]:
    from exchange_calendars import errors, get_calendar

    try:
        built = get_calendar(calendar, start=span.first, end=span.last)
    except errors.InvalidCalendarName as exc:
        raise NoCalendar(
            f"there is no exchange calendar {calendar!r}",
            "use the exchange's market identifier code, such as XNYS for New York",
        ) from exc
    except ValueError as exc:  # some exchanges publish their holidays one year at a time
        raise NoCalendar(
            f"the {calendar} calendar does not reach from {span.first} to {span.last}: {exc}",
            "upgrade exchange_calendars; until it reaches that far nothing can be scheduled",
        ) from exc
    table = built.schedule
    days = (day.date().isoformat() for day in table.index)
    opens = (int(moment.timestamp()) for moment in table["open"])
    closes = (int(moment.timestamp()) for moment in table["close"])
    return tuple(zip(days, opens, closes, strict=True))


def _cached(calendar: str, enough: Span, cache: Path) -> tuple[Row, ...] | None:
    """What the cache holds, or None where it does not exist or will not do."""
    try:
        kept = json.loads(cache.read_bytes())
        body = kept["body"]
        sound = kept["digest"] == _digest(body) and body["made_by"] == _maker(calendar)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not sound or not _span(body["span"]).covers(enough):
        return None
    return tuple((day, opens, closes) for day, opens, closes in body["rows"])


def _keep(calendar: str, span: Span, rows: tuple[Row, ...], cache: Path) -> None:
    """Write the cache in one step; a directory that cannot be written to is no reason to stop."""
    days = [span.first.isoformat(), span.last.isoformat()]
    body = {"made_by": _maker(calendar), "span": days, "rows": rows}
    text = json.dumps({"digest": _digest(body), "body": body})
    fresh = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        fresh.write_text(text)
        fresh.replace(cache)
    except OSError:
        with suppress(OSError):
            fresh.unlink()


def _span(days: Sequence[str]) -> Span:
    first, last = days
    return Span(date.fromisoformat(first), date.fromisoformat(last))


def _maker(calendar: str) -> str:
    return f"{LIBRARY} {version(LIBRARY)} {calendar}"


def _digest(body: object) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()
