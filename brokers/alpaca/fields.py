"""Alpaca's JSON in our types: each field is what it must be, or a ``BadAnswer`` names it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from brokers.broker import BadAnswer

NEW_YORK = ZoneInfo("America/New_York")
DIGITS_MAX = 15
"""Of a number before its point: a mistyped exponent must not become a gigabyte of zeros."""
SHOWN_MAX = 80
"""Characters of a value in a message: a line of a terminal."""

WORDS = {
    "activity_type",
    "activity_sub_type",
    "class",
    "date",
    "group_id",
    "side",
    "status",
    "symbol",
    "type",
}
"""Fields that are compared with words, wherever they are."""

Row = Mapping[str, Any]


def row_of(answer: object, what: str) -> Row:
    """The answer, where it is one JSON object; its words are words."""
    if isinstance(answer, dict):
        for name in WORDS & answer.keys():
            if not isinstance(answer[name], str | None):
                raise bad(what, name, answer[name])
        return answer
    raise BadAnswer(f"Alpaca's {what} is not an object: {shown(answer)}", SAY_SO)


def rows_of(answer: object, what: str) -> list[Row]:
    """The answer, where it is a list of JSON objects."""
    if isinstance(answer, list):
        return [row_of(each, what) for each in answer]
    raise BadAnswer(f"Alpaca's {what} is not a list: {shown(answer)}", SAY_SO)


def text(row: Row, name: str, what: str) -> str:
    """A field that must be text, and not empty."""
    value = row.get(name)
    if isinstance(value, str) and value:
        return value
    raise bad(what, name, value)


def number(row: Row, name: str, what: str) -> Decimal:
    """A field that must be a finite number, as text or as JSON number, exactly as it was sent."""
    value = row.get(name)
    found = exact(value)
    if found is None:
        raise bad(what, name, value)
    return found


def number_or_none(row: Row, name: str, what: str) -> Decimal | None:
    """A number, or None where the field is null, empty or not there."""
    value = row.get(name)
    return None if value is None or value == "" else number(row, name, what)


def exact(value: object) -> Decimal | None:
    """A finite number of sensible size; None for anything else. A float never gets this far."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    if not found.is_finite() or (found and abs(found.adjusted()) > DIGITS_MAX):
        return None
    return found


def moment(row: Row, name: str, what: str) -> datetime:
    """A time with its zone, in UTC, to the microsecond."""
    value = row.get(name)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError) as exc:  # no time, or one at the end of all times
        raise bad(what, name, value) from exc
    raise bad(what, name, value)


def day(row: Row, name: str, what: str) -> date:
    """A date, of which only the first ten characters are looked at."""
    value = row.get(name)
    try:
        return date.fromisoformat(value[:10] if isinstance(value, str) else "")
    except ValueError as exc:
        raise bad(what, name, value) from exc


def flag(row: Row, name: str) -> bool:
    """A field that is true; absent, null and anything else are false."""
    return row.get(name) is True


def bad(what: str, name: str, value: object) -> BadAnswer:
    """The error that names a field which is not what it must be."""
    return BadAnswer(f"Alpaca's {what} has {name} = {shown(value)}", SAY_SO)


def shown(value: object) -> str:
    """Enough of a value to see what is wrong with it, on one line."""
    seen = repr(value)
    return seen if len(seen) <= SHOWN_MAX else f"{seen[:SHOWN_MAX]}..."


SAY_SO = "nothing is done from an answer that makes no sense; look at the account, then ask Alpaca"
