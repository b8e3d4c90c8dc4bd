"""Numbers, days and moments as brokers write them: ``$1,234.56``, ``(12.00)``, ``--``, ``1/5/26``.

What cannot be understood goes on the frame's list of mistakes with its place, and a stand-in is
answered, so that all mistakes of a file are told at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.importers.nouns import Frame, Place, shown
from brokers.words import ZERO, Symbol

NEW_YORK = ZoneInfo("America/New_York")
DAWN = time(1)
"""Of a trade whose hour is not told, in New York: in the past on the very day, and not before lots
that came on it."""

DIGITS = re.compile(r"([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?|\.[0-9]+")
EUROPEAN = re.compile(r"([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]*)?|,[0-9]+")
NOTHING = frozenset({"", "-", "--", "---", "n/a", "na", "none", "null", "unknown"})
"""Words for no number, in lower case."""

LENGTH_MAX = 34
LEAST = Decimal("1e-12")
WHOLE_MAX = Decimal("1e15")
DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y%m%d", "%d-%b-%Y", "%b-%d-%Y", "%b %d, %Y")
"""A day with slashes is American: month first."""

OLDEST = date(1900, 1, 1)
AS_OF = re.compile(r".* as of +(\S+)")


@lru_cache(maxsize=1 << 14)
def parsed_number(text: str, *, decimal_comma: bool = False) -> Decimal | None:
    """A number, or None where there is none; raises ``ValueError`` where it is no number."""
    bare = text.strip().strip("'").replace("\N{MINUS SIGN}", "-")
    if bare.lower() in NOTHING:
        return None
    is_negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if is_negative else bare
    for sign in ("$", "USD", "+", "-", "$"):
        if bare.strip().startswith(sign):
            bare = bare.strip().removeprefix(sign)
            is_negative ^= sign == "-"
    bare = bare.strip()
    if len(bare) > LENGTH_MAX or not (EUROPEAN if decimal_comma else DIGITS).fullmatch(bare):
        raise ValueError(text)
    plain = bare.replace(".", "").replace(",", ".") if decimal_comma else bare.replace(",", "")
    found = Decimal(plain)
    if found >= WHOLE_MAX:
        raise ValueError(text)
    found = found.quantize(LEAST, ROUND_HALF_EVEN).normalize() + ZERO
    return -found if is_negative and found else found


@lru_cache(maxsize=4096)
def parsed_day(text: str, forms: tuple[str, ...] = DAYS) -> date:
    """A day in one of ``forms``; raises ``ValueError``."""
    for form in forms:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
        if found >= OLDEST and text.isascii():
            return found
    raise ValueError(text)


@lru_cache(maxsize=4096)
def on_day(day: date) -> datetime:
    """The moment of a trade of which only the day is told."""
    return datetime.combine(day, DAWN, NEW_YORK).astimezone(UTC)


def at_hour(day: date, hour: str) -> datetime:
    """A moment in New York, ``hour`` as ``093005`` or ``09:30:05``; DAWN where none is told."""
    digits = re.sub(r"[:\s]", "", hour).split(".")[0]
    if not digits:
        return on_day(day)
    if not (
        digits.isascii() and digits.isdecimal() and len(digits) in {len("0930"), len("093005")}
    ):
        raise ValueError(hour)
    clock = time(int(digits[:2]), int(digits[2:4]), int(digits[4:] or 0))
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


@lru_cache(maxsize=4096)
def spelt(symbol: str) -> Symbol:
    """A ticker as we spell it: a class of shares behind a point, whatever the broker writes."""
    return Symbol(re.sub(r"[ /]+", ".", symbol.strip().upper()))


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its place, and its cells by the plain spelling of their headings."""

    place: Place
    by: Mapping[str, str]
    frame: Frame
    decimal_comma: bool = False
    day_forms: tuple[str, ...] = DAYS

    def text(self, *names: str) -> str:
        """The first of ``names`` that has anything in it."""
        for name in names:
            if cell := self.by.get(name):
                return cell
        return ""

    def wrong(self, name: str, what: str) -> None:
        """Put a cell on the list of mistakes."""
        self.frame.refuse(self.place, f"{name}: {shown(self.by.get(name, ''))} {what}")

    def number_or_none(self, *names: str) -> Decimal | None:
        """A number, None where there is none."""
        name = next((name for name in names if self.by.get(name)), names[0])
        try:
            return parsed_number(self.by.get(name, ""), decimal_comma=self.decimal_comma)
        except ValueError:
            self.wrong(name, "is no number like 1,234.56")
            return Decimal(1)

    def number(self, *names: str) -> Decimal:
        """A number that must be there."""
        found = self.number_or_none(*names)
        if found is None:
            name = next((name for name in names if name in self.by), names[0])
            self.wrong(name, "is no number like 1,234.56")
            return Decimal(1)
        return found

    def amount(self, *names: str) -> Decimal:
        """A number, zero where there is none."""
        return self.number_or_none(*names) or ZERO

    def day(self, *names: str) -> date:
        """A day; where two are told, as ``01/05/2026 as of 12/31/2025``, the one as of which."""
        name = next((name for name in names if self.by.get(name)), names[0])
        cell = self.by.get(name, "")
        as_of = AS_OF.fullmatch(cell)
        try:
            return parsed_day(as_of.group(1) if as_of else cell, self.day_forms)
        except ValueError:
            self.wrong(name, f"is no day like {self._sample()}")
            return OLDEST

    def _sample(self) -> str:
        """How a day is written here."""
        if self.day_forms == DAYS:
            return "2026-01-31 or 01/31/2026"
        return date(2026, 1, 31).strftime(self.day_forms[0])

    def symbol(self, *names: str) -> Symbol:
        """A ticker."""
        return spelt(self.text(*names))
