"""Tables of a TOML file, key by key: each is read once, and what is wrong or unknown is kept.

Numbers are decimals as they are written, never floats.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table at ``place``; what is wrong in it or below goes to ``wrong``, a sentence each."""

    place: str
    values: Mapping[str, Any]
    wrong: list[str]
    asked: set[str] = field(default_factory=set)

    def number(self, key: str) -> Decimal | None:
        """A number, or None where there is none."""
        value = self._value(key)
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            return Decimal(value)
        self._refuse(key, value, "a number like 1234.56")
        return None

    def whole(self, key: str) -> int | None:
        """A whole number."""
        value = self._value(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._refuse(key, value, "a whole number")
        return None

    def text(self, key: str) -> str | None:
        """Words in quotes."""
        value = self._value(key)
        if isinstance(value, str):
            return value
        self._refuse(key, value, "text in quotes")
        return None

    def day(self, key: str) -> date | None:
        """A day without quotes."""
        value = self._value(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self._refuse(key, value, "a day like 2026-01-31, without quotes")
        return None

    def flag(self, key: str) -> bool:
        """True or false; false where it is not there."""
        value = self._value(key)
        if isinstance(value, bool):
            return value
        self._refuse(key, value, "true or false")
        return False

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of words."""
        value = self._value(key)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self._refuse(key, value, 'a list like ["VTI", "BND"]')
        return None

    def table(self, key: str) -> "Table":
        """The table of this name, empty where there is none."""
        value = self._value(key)
        if not isinstance(value, dict):
            self._refuse(key, value, "a table")
            value = {}
        return Table(f"{self.place}.{key}" if self.place else key, value, self.wrong)

    def tables(self, key: str) -> Iterator["Table"]:
        """A list of tables, numbered from 1."""
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._refuse(key, value, f"tables, each under [[{self.place}.{key}]]")
            value = []
        for number, one in enumerate(value, 1):
            yield Table(f"{self.place}.{key} {number}", one, self.wrong)

    def each(self) -> Iterator[tuple[str, "Table"]]:
        """Every table in this one, by its name."""
        for key in self.values:
            yield key, self.table(key)

    def years(self, key: str) -> dict[int, Decimal]:
        """Amounts by year: { 2025 = 480000 }."""
        inner = self.table(key)
        found: dict[int, Decimal] = {}
        for year in inner.values:
            amount = inner.number(year)
            if not (year.isdecimal() and len(year) == len("2026")):
                self.wrong.append(f"{inner.place}: {year} is no year like 2026")
            elif amount is not None:
                found[int(year)] = amount
        return found

    def choice(self, key: str, known: tuple[str, ...], otherwise: str) -> str:
        """One of a few words."""
        value = self.text(key)
        if value is None or value in known:
            return value or otherwise
        self.wrong.append(f"{self._at(key)}: {value!r} is none of: {', '.join(known)}")
        return otherwise

    def finished(self) -> None:
        """Say which keys nobody knows."""
        for key in self.values.keys() - self.asked:
            near = get_close_matches(key, self.asked, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there is: {', '.join(self._known())}"
            self.wrong.append(f"{self._at(key)}: there is no such key; {hint}")

    def _known(self) -> list[str]:
        return sorted(self.asked)

    def _at(self, key: str) -> str:
        return f"{self.place}: {key}" if self.place else key

    def _value(self, key: str) -> Any:  # noqa: ANN401  # whatever TOML holds
        self.asked.add(key)
        return self.values.get(key)

    def _refuse(self, key: str, value: object, what: str) -> None:
        if value is not None:
            self.wrong.append(f"{self._at(key)}: {value!r} must be {what}")
