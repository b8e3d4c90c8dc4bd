"""Numbers, lists and tables of a document, each judged with its place; faults are gathered."""

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from strategies.optimize.problem import Array

SHOWN_MAX = 3
"""Places named of a fault that many entries share."""
Table = Mapping[str, Any]


class BadDocument(Exception):
    """The document makes no sense; ``faults`` has one sentence for each thing that is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Keep the sentences."""
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be: at least zero, above zero, or anything finite; at most ``most``."""

    least: float = 0.0
    above: bool = False
    most: float = math.inf

    def fault(self, value: float) -> str:
        """What is wrong with ``value``; empty where nothing is."""
        if value < self.least or (self.above and value == self.least):
            least = "zero" if self.least == 0 else f"{self.least:g}"
            return f"{value:g} is not " + (f"above {least}" if self.above else f"{least} or more")
        return f"{value:g} is above {self.most:g}" if value > self.most else ""


AMOUNT = Range()
ABOVE_ZERO = Range(above=True)
ANY = Range(least=-math.inf)
SHARE = Range(most=1.0)


@dataclass(slots=True)
class Reading:
    """The document, how many names it has, and what was found wrong so far."""

    document: Table
    size: int
    faults: list[str] = field(default_factory=list)

    def refuse(self, fault: str) -> None:
        """Keep a fault."""
        self.faults.append(fault)

    def refuse_places(self, name: str, places: list[int], fault: str) -> None:
        """One sentence for all entries of ``name`` that share a fault."""
        if not places:
            return
        shown = ", ".join(f"{name}[{place}]" for place in places[:SHOWN_MAX])
        more = f" and {len(places) - SHOWN_MAX} more" if len(places) > SHOWN_MAX else ""
        self.refuse(f"{shown}{more}: {fault}")

    def check_keys(
        self, table: Table, required: Iterable[str], known: Iterable[str], place: str
    ) -> None:
        """Name keys that are missing and keys that nobody reads, with what they may have meant."""
        known = tuple(known)
        for key in [key for key in table if key not in known]:
            near = difflib.get_close_matches(key, [k for k in known if k not in table], 1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            self.refuse(f'{place}unknown key "{key}"{hint}')
        for key in required:
            if key not in table:
                self.refuse(f'{place}the key "{key}" is missing')

    def numbers(self, place: str, values: object, length: int | None) -> list[float] | None:
        """``values`` as a list of finite numbers, ``length`` of them; None where they are not."""
        if not isinstance(values, list):
            self.refuse(f"{place}: expected a list, got {kind(values)}")
            return None
        if length is not None and len(values) != length:
            self.refuse(f"{place}: {len(values)} entries, expected {length} as in current")
            return None
        wrong = [at for at, value in enumerate(values) if not is_number(value)]
        if wrong:
            self.refuse_places(place, wrong, f"expected a number, got {kind(values[wrong[0]])}")
            return None
        infinite = [at for at, value in enumerate(values) if not is_finite(value)]
        self.refuse_places(place, infinite, "is not a finite number")
        return None if infinite else [float(value) for value in values]

    def vector(self, place: str, values: object, *, negative: bool = True) -> Array | None:
        """``values`` for each name, shape (n,); refused below zero unless ``negative`` may be."""
        found = self.numbers(place, values, self.size)
        if found is None:
            return None
        if not negative:
            below = [at for at, value in enumerate(found) if value < 0]
            self.refuse_places(place, below, "is negative")
        return np.array(found, dtype=np.float64)

    def matrix(self, place: str, rows: object, height: int | None, width: int | None) -> Array:
        """Rows of numbers, all as wide as the first, or as ``width``; empty where they are not.

        ``height`` is the number of rows, ``width`` the number of entries, that ``current`` asks
        for; None where any will do.
        """
        if not isinstance(rows, list):
            self.refuse(f"{place}: expected a list of rows, got {kind(rows)}")
            return np.empty((0, 0))
        if height is not None and len(rows) != height:
            self.refuse(f"{place}: {len(rows)} rows, expected {height} as in current")
        found = [self.numbers(f"{place}[{at}]", row, width) for at, row in enumerate(rows)]
        good = [row for row in found if row is not None]
        wide = len(found[0]) if found and found[0] is not None else None
        if wide is not None:
            other = [i for i, row in enumerate(found) if row is not None and len(row) != wide]
            self.refuse_places(place, other, f"expected {wide} entries as in {place}[0]")
            if other:
                return np.empty((0, 0))
        return np.array(good, dtype=np.float64).reshape(len(good), -1 if good else 0)

    def scalar(self, place: str, value: object, range_: Range = AMOUNT) -> float | None:
        """One finite number within ``range_``; None where it is not."""
        if not is_number(value) or not is_finite(value):
            self.refuse(f"{place}: expected a finite number, got {kind(value)}")
            return None
        fault = range_.fault(value)
        if fault:
            self.refuse(f"{place}: {fault}")
        return None if fault else float(value)

    def side(self, place: str, table: Table, key: str, absent: float) -> float:
        """One end of a limit; ``absent`` where it is null or left out."""
        value = table.get(key)
        if value is None:
            return absent
        if not is_number(value) or not is_finite(value):
            self.refuse(f"{place}: {key} is not a finite number but {kind(value)}")
            return absent
        return float(value)

    def indices(self, place: str, values: object, what: str) -> tuple[int, ...]:
        """Indices of names, each at most once; ``what`` is one of them in a word."""
        if not isinstance(values, list):
            self.refuse(f"{place}: expected a list of {what}s, got {kind(values)}")
            return ()
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool):
                self.refuse(f"{place}: {what}s are indices, got {kind(value)}")
                return ()
        outside = [str(value) for value in values if not 0 <= value < self.size]
        if outside:
            names = ", ".join(outside[:SHOWN_MAX]) + (" ..." if len(outside) > SHOWN_MAX else "")
            self.refuse(f"{place}: {what} {names} is not within 0 to {self.size - 1}")
        if len(set(values)) < len(values):
            self.refuse(f"{place}: a {what} is named twice")
        return () if outside else tuple(values)

    def table(
        self, place: str, value: object, required: Iterable[str], known: Iterable[str]
    ) -> Table | None:
        """An object with the keys it must and may have; None where it is no object."""
        if not isinstance(value, dict):
            self.refuse(f"{place}: expected an object, got {kind(value)}")
            return None
        self.check_keys(value, required, known, f"{place}: ")
        return value

    def entries(self, name: str) -> list[object]:
        """The list under ``name``, empty where it is null or left out."""
        rows = self.document.get(name)
        if rows is not None and not isinstance(rows, list):
            self.refuse(f"{name}: expected a list, got {kind(rows)}")
        return rows if isinstance(rows, list) else []


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: float) -> bool:
    """Also false for a whole number that no float can hold."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def kind(value: object) -> str:
    """What ``value`` is, in a word and a glance."""
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
        case str():
            return f'the text "{value[:20]}"'
        case int() | float() if not is_finite(value):
            return "no finite number"
    return json.dumps(value)
