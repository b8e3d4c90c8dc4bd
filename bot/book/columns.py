"""How the house's own types are stored: exactly, in both databases, or not at all.

SQLite knows no decimals and no times: its ``NUMERIC`` is a float, which loses cents from the
sixteenth digit on. There an amount is text, and a moment is text of one width that sorts by time.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Date, DateTime, Dialect, Integer, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from bot.redaction import redacted

E = TypeVar("E", bound=StrEnum)


def _is_sqlite(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


class Exact(TypeDecorator[Decimal]):
    """A finite ``Decimal``: plain digits as text on SQLite, ``NUMERIC`` on PostgreSQL."""

    impl = Numeric
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Column type of each database."""
        return dialect.type_descriptor(Text() if _is_sqlite(dialect) else Numeric())

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        """Refuse what is not a finite ``Decimal``: a float has already lost its cents."""
        if value is None:
            return None
        exact: object = value  # whatever the annotation says, a float may have come this far
        if not isinstance(exact, Decimal) or not exact.is_finite():
            raise ValueError(f"the book keeps finite Decimals only, not {value!r}")
        return format(value, "f") if _is_sqlite(dialect) else value

    @override
    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> Decimal | None:
        """As it was written."""
        return None if value is None else Decimal(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware moment: ISO 8601 text in UTC on SQLite, ``timestamptz`` on PostgreSQL."""

    impl = DateTime
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Column type of each database."""
        return dialect.type_descriptor(Text() if _is_sqlite(dialect) else DateTime(timezone=True))

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Refuse a naive time: nobody could say later which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the book keeps aware times only, and {value!r} has no zone")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if _is_sqlite(dialect) else moment

    @override
    def process_result_value(
        self, value: datetime | str | None, dialect: Dialect
    ) -> datetime | None:
        """The same moment, in UTC."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A calendar day: ISO 8601 text on SQLite, ``DATE`` on PostgreSQL."""

    impl = Date
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Column type of each database."""
        return dialect.type_descriptor(Text() if _is_sqlite(dialect) else Date())

    @override
    def process_bind_param(self, value: date | None, dialect: Dialect) -> object:
        """Refuse a moment where a day is meant."""
        if value is None:
            return None
        if isinstance(value, datetime):
            raise ValueError(f"the book keeps a day here, not the moment {value!r}")  # noqa: TRY004
        return value.isoformat() if _is_sqlite(dialect) else value

    @override
    def process_result_value(self, value: date | str | None, dialect: Dialect) -> date | None:
        """The same day."""
        if value is None:
            return None
        return date.fromisoformat(value) if isinstance(value, str) else value


class Choice(TypeDecorator[E]):
    """One word of a closed set, stored as that word."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        """Only members of ``words`` go in and come out."""
        super().__init__()
        self.words = words

    @override
    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """Refuse a word that the set does not have."""
        return None if value is None else self.words(value).value

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The member that the word stands for."""
        return None if value is None else self.words(value)


class OneOf(TypeDecorator[str]):
    """One of a few words, as a ``Literal`` lists them."""

    impl = Text
    cache_ok = True

    def __init__(self, words: tuple[str, ...]) -> None:
        """Only ``words`` go in."""
        super().__init__()
        self.words = words

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse a word that is not in the list."""
        if value is not None and value not in self.words:
            raise ValueError(f"{value!r} is none of {', '.join(self.words)}")
        return value


class Flag(TypeDecorator[bool]):
    """Yes or no, as 1 or 0 in both databases."""

    impl = Integer
    cache_ok = True

    @override
    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """One for yes."""
        return None if value is None else int(value)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """As it was written."""
        return None if value is None else bool(value)


class Names(TypeDecorator[tuple[str, ...]]):
    """Some ids, in their order: a JSON list as text."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """All of them."""
        return None if value is None else json.dumps(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """As they were written."""
        return None if value is None else tuple(json.loads(value))


class Prose(TypeDecorator[str]):
    """Free text from outside: what no database can hold is replaced, so that no event is lost.

    So is a secret: this is where text is kept for ever.
    """

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """PostgreSQL has no NUL in text, and neither database has half a surrogate pair."""
        if value is None:
            return None
        whole = value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        return redacted(whole)
