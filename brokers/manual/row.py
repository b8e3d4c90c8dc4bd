"""One line of a file as values: exact numbers, aware times, the words of the house.

A cell that cannot be understood is written on the list of mistakes, as ``file:line: column:
"value": what is allowed``, and answered with a stand-in, so that reading goes on and all mistakes
are named at once. Whoever reads raises when the list is not empty; no stand-in is ever used.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from brokers.words import ZERO, Currency, Symbol

Word = TypeVar("Word", bound=StrEnum)

NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?")
SYMBOL = re.compile(r"[A-Z0-9.-]{1,12}")
CURRENCY = re.compile(r"[A-Z]{3}")
NAME = re.compile(r"[\x21-\x7e]{1,80}")

SOME_DAY = date(1970, 1, 1)
SOME_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: where it stands, its cells by column, and the list that its mistakes go on."""

    place: str
    cells: Mapping[str, str]
    mistakes: list[str]

    def wrong(self, column: str, allowed: str) -> None:
        """Put the cell under ``column`` on the list of mistakes."""
        self.mistakes.append(f'{self.place}: {column}: "{self.cells.get(column, "")}": {allowed}')

    def has(self, column: str) -> bool:
        """Whether anything is written under ``column``."""
        return bool(self.cells.get(column))

    def any_number(self, column: str) -> Decimal:
        """A number of any sign."""
        text = self.cells.get(column, "")
        if not NUMBER.fullmatch(text):
            self.wrong(column, "must be a plain number like 1234.5, without currency or separators")
            return Decimal(1)
        return Decimal(text)

    def positive(self, column: str) -> Decimal:
        """A number above zero."""
        number = self.any_number(column)
        if number <= 0:
            self.wrong(column, "must be above 0")
        return number

    def not_negative(self, column: str) -> Decimal:
        """Zero or more; an empty cell is zero."""
        number = self.any_number(column) if self.has(column) else ZERO
        if number < 0:
            self.wrong(column, "must be 0 or more")
        return number

    def symbol(self, column: str = "symbol") -> Symbol:
        """A ticker."""
        text = self.cells.get(column, "")
        if not SYMBOL.fullmatch(text):
            self.wrong(column, "must be a symbol: up to 12 capital letters, digits, dots, dashes")
        return Symbol(text)

    def currency(self, base: Currency, column: str = "currency") -> Currency:
        """A currency; an empty cell is ``base``."""
        text = self.cells.get(column) or base
        if not CURRENCY.fullmatch(text):
            self.wrong(column, "must be a currency of three capital letters, like USD")
        return Currency(text)

    def name(self, column: str) -> str:
        """An id: up to 80 characters without a blank."""
        text = self.cells.get(column, "")
        if not NAME.fullmatch(text):
            self.wrong(column, "must be up to 80 characters without blanks")
        return text

    def day(self, column: str) -> date:
        """A date."""
        try:
            return date.fromisoformat(self.cells.get(column, ""))
        except ValueError:
            self.wrong(column, "must be a date like 2026-11-20")
            return SOME_DAY

    def time(self, column: str) -> datetime:
        """A moment with its zone, in UTC."""
        try:
            moment = datetime.fromisoformat(self.cells.get(column, ""))
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # said below, like a time without a zone
        self.wrong(column, "must be a time with its zone, like 2026-11-20T10:30:00-05:00")
        return SOME_TIME

    def past(self, column: str, now: datetime) -> datetime:
        """A moment that has been."""
        moment = self.time(column)
        if moment > now:
            self.wrong(column, f"lies in the future: it is {now:%Y-%m-%dT%H:%M:%SZ} now")
        return moment

    def word(self, column: str, words: type[Word]) -> Word:
        """One of a closed set of words, in any case."""
        text = self.cells.get(column, "").lower()
        try:
            return words(text)
        except ValueError:
            self.wrong(column, f"must be one of {', '.join(words)}")
            return next(iter(words))
