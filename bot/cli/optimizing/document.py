"""The problem as JSON text, read into arrays; everything that is wrong with it is named at once.

Lengths, signs and indices are judged here, where their place in the document is known. ``current``
says how many names there are.
"""

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from strategies.optimize.problem import Group, Lots, Problem

VECTORS = ("current", "target", "specific", "spread", "impact", "lower", "upper")
NEVER_NEGATIVE = frozenset({"specific", "spread", "impact"})
REQUIRED = (*VECTORS, "factors", "risk_aversion")
OPTIONAL = ("lots", "groups", "turnover", "tracking_error", "allow_loss_and_buy")
"""What may be left out: no lots, no groups, no limit, no."""
GROUP_KEYS = ("name", "members", "lower", "upper")
SHOWN_MAX = 3
"""Places named of a fault that many entries share."""
SLACK = 1e-9
"""Weight by which lots may exceed the position: what is left of rounding."""
PAIR = 2


class BadDocument(Exception):
    """The document makes no sense; ``faults`` has one sentence for each thing that is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Keep the sentences."""
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class Asked:
    """The problem, and whether a loss may be sold and the same name bought."""

    problem: Problem
    allow_loss_and_buy: bool


@dataclass(slots=True)
class _Reading:
    """The document, how many names it has, and what was found wrong so far."""

    document: Mapping[str, Any]
    size: int
    faults: list[str] = field(default_factory=list)

    def refuse(self, fault: str) -> None:
        self.faults.append(fault)

    def refuse_places(self, name: str, places: list[int], fault: str) -> None:
        """One sentence for all entries of ``name`` that share a fault."""
        if not places:
            return
        shown = ", ".join(f"{name}[{place}]" for place in places[:SHOWN_MAX])
        more = f" and {len(places) - SHOWN_MAX} more" if len(places) > SHOWN_MAX else ""
        self.refuse(f"{shown}{more}: {fault}")


def read(text: str) -> Asked:
    """The problem in ``text``; ``BadDocument`` names everything that is wrong with it."""
    document = _parse(text)
    current = document.get("current")
    reading = _Reading(document, len(current) if isinstance(current, list) else 0)
    _check_keys(reading, document, REQUIRED, (*REQUIRED, *OPTIONAL), "")
    if not isinstance(current, list):
        _refuse_current(reading)
        raise BadDocument(reading.faults)
    if not current:
        reading.refuse("current: there are no names")
    asked = _asked(reading)
    if reading.faults or asked is None:
        raise BadDocument(reading.faults)
    return asked


def _parse(text: str) -> Mapping[str, Any]:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            twice.extend(sorted({name for name in names if names.count(name) > 1}))
        return found

    try:
        document = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as exc:
        raise BadDocument([f"line {exc.lineno}, column {exc.colno}: {exc.msg}"]) from exc
    except (ValueError, RecursionError) as exc:
        raise BadDocument([f"not a problem: {exc}"]) from exc
    if not isinstance(document, dict):
        raise BadDocument([f"expected an object with keys, got {_kind(document)}"])
    if twice:
        raise BadDocument(f'"{name}" is given twice' for name in twice)
    return document


def _refuse_current(reading: _Reading) -> None:
    if "current" in reading.document:
        reading.refuse(f"current: expected a list, got {_kind(reading.document['current'])}")


def _check_keys(
    reading: _Reading,
    table: Mapping[str, Any],
    required: tuple[str, ...],
    known: tuple[str, ...],
    place: str,
) -> None:
    """Name keys that are missing and keys that nobody reads, with what they may have meant."""
    unknown = [key for key in table if key not in known]
    for key in unknown:
        near = difflib.get_close_matches(key, [k for k in known if k not in table], 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        reading.refuse(f'{place}unknown key "{key}"{hint}')
    for key in required:
        if key not in table:
            reading.refuse(f'{place}the key "{key}" is missing')


def _asked(reading: _Reading) -> Asked | None:
    """All parts, each judged even where another is wrong."""
    vectors = {name: _vector(reading, name) for name in VECTORS}
    factors = _factors(reading)
    lots = _lots(reading, vectors["current"])
    groups = _groups(reading)
    aversion = _scalar(reading, "risk_aversion", above_zero=True)
    turnover = _scalar(reading, "turnover")
    error = _scalar(reading, "tracking_error", above_zero=True)
    allowed = reading.document.get("allow_loss_and_buy", False)
    if not isinstance(allowed, bool):
        reading.refuse(f"allow_loss_and_buy: expected true or false, got {_kind(allowed)}")
    _check_bounds(reading, vectors["lower"], vectors["upper"])
    if reading.faults or aversion is None:
        return None
    arrays = {name: np.array(values, dtype=np.float64) for name, values in vectors.items()}
    problem = Problem(
        **arrays,
        factors=np.array(factors, dtype=np.float64).reshape(reading.size, -1),
        risk_aversion=aversion,
        lots=lots,
        groups=groups,
        turnover=turnover,
        tracking_error=error,
    )
    return Asked(problem, bool(allowed))


def _vector(reading: _Reading, name: str) -> list[float] | None:
    if name not in reading.document:
        return None
    values = _numbers(reading, name, reading.document[name], reading.size)
    if values is not None and name in NEVER_NEGATIVE:
        places = [place for place, value in enumerate(values) if value < 0]
        reading.refuse_places(name, places, "is negative")
    return values


def _numbers(
    reading: _Reading, name: str, values: object, length: int | None
) -> list[float] | None:
    """``values`` as a list of finite numbers, ``length`` of them; None where they are not."""
    if not isinstance(values, list):
        reading.refuse(f"{name}: expected a list, got {_kind(values)}")
        return None
    if length is not None and len(values) != length:
        reading.refuse(f"{name}: {len(values)} entries, expected {length} as in current")
        return None
    wrong = [place for place, value in enumerate(values) if not _is_number(value)]
    if wrong:
        kind = _kind(values[wrong[0]])
        reading.refuse_places(name, wrong, f"expected a number, got {kind}")
        return None
    infinite = [place for place, value in enumerate(values) if not _is_finite(value)]
    reading.refuse_places(name, infinite, "is not a finite number")
    return None if infinite else [float(value) for value in values]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_finite(value: float) -> bool:
    """Also false for a whole number that no float can hold."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _factors(reading: _Reading) -> list[list[float]]:
    """Exposures, one row a name; no rows at all where there are no factors."""
    rows = reading.document.get("factors", [])
    if not isinstance(rows, list):
        reading.refuse(f"factors: expected a list of rows, got {_kind(rows)}")
        return []
    if len(rows) != reading.size:
        reading.refuse(f"factors: {len(rows)} rows, expected {reading.size} as in current")
    found = [_numbers(reading, f"factors[{place}]", row, None) for place, row in enumerate(rows)]
    widths = [None if row is None else len(row) for row in found]
    other = [place for place, width in enumerate(widths) if width not in {None, widths[0]}]
    if widths and widths[0] is not None:
        reading.refuse_places("factors", other, f"expected {widths[0]} entries as in factors[0]")
    return [row for row in found if row is not None]


def _lots(reading: _Reading, current: list[float] | None) -> tuple[Lots, ...]:
    rows = reading.document.get("lots")
    if rows is None:
        return ()
    if not isinstance(rows, list):
        reading.refuse(f"lots: expected a list for each name, got {_kind(rows)}")
        return ()
    if len(rows) != reading.size:
        reading.refuse(f"lots: {len(rows)} entries, expected {reading.size} as in current")
        current = None
    found = [_lots_of(reading, name, row, current) for name, row in enumerate(rows)]
    return tuple(each for each in found if each is not None)


def _lots_of(reading: _Reading, name: int, row: object, current: list[float] | None) -> Lots | None:
    """The lots of one name, none where it has none."""
    place = f"lots[{name}]"
    if not isinstance(row, list):
        reading.refuse(f"{place}: expected a list of [weight, tax_per_dollar], got {_kind(row)}")
        return None
    pairs = [_pair(reading, f"{place}[{lot}]", pair) for lot, pair in enumerate(row)]
    good = [pair for pair in pairs if pair is not None]
    if not good or len(good) < len(pairs):
        return None
    weights, taxes = np.array(good).T.copy()
    total, held = float(weights.sum()), current[name] if current is not None else math.inf
    if total > max(held, 0.0) + SLACK:
        reading.refuse(f"{place}: the lots weigh {total:g}, but current[{name}] is {held:g}")
    return Lots(name, weights, taxes)


def _pair(reading: _Reading, place: str, pair: object) -> list[float] | None:
    if not isinstance(pair, list) or len(pair) != PAIR:
        reading.refuse(f"{place}: expected [weight, tax_per_dollar], got {_kind(pair)}")
        return None
    numbers = _numbers(reading, place, pair, None)
    if numbers is not None and numbers[0] < 0:
        reading.refuse(f"{place}: the weight {numbers[0]:g} is negative")
    return numbers


def _groups(reading: _Reading) -> tuple[Group, ...]:
    rows = reading.document.get("groups")
    if rows is None:
        return ()
    if not isinstance(rows, list):
        reading.refuse(f"groups: expected a list, got {_kind(rows)}")
        return ()
    found = [_group(reading, place, row) for place, row in enumerate(rows)]
    return tuple(group for group in found if group is not None)


def _group(reading: _Reading, number: int, row: object) -> Group | None:
    """One group; a side that is null or left out has no limit."""
    if not isinstance(row, dict):
        reading.refuse(f"groups[{number}]: expected an object, got {_kind(row)}")
        return None
    name = row.get("name")
    place = f"groups[{number}]" + (f" {name}" if isinstance(name, str) else "")
    before = len(reading.faults)
    _check_keys(reading, row, ("name", "members"), GROUP_KEYS, f"{place}: ")
    if "name" in row and not isinstance(name, str):
        reading.refuse(f"{place}: expected a name in text, got {_kind(name)}")
    members = _members(reading, place, row.get("members", []))
    lower = _side(reading, place, "lower", row.get("lower"), -math.inf)
    upper = _side(reading, place, "upper", row.get("upper"), math.inf)
    if lower > upper:
        reading.refuse(f"{place}: lower {lower:g} is above upper {upper:g}")
    if len(reading.faults) > before:
        return None
    return Group(str(name), members, lower, upper)


def _members(reading: _Reading, place: str, members: object) -> tuple[int, ...]:
    if not isinstance(members, list):
        reading.refuse(f"{place}: expected a list of members, got {_kind(members)}")
        return ()
    for member in members:
        if not isinstance(member, int) or isinstance(member, bool):
            reading.refuse(f"{place}: members are indices, got {_kind(member)}")
            return ()
    outside = [str(member) for member in members if not 0 <= member < reading.size]
    if outside:
        names = ", ".join(outside[:SHOWN_MAX]) + (" ..." if len(outside) > SHOWN_MAX else "")
        reading.refuse(f"{place}: member {names} is not within 0 to {reading.size - 1}")
    if len(set(members)) < len(members):
        reading.refuse(f"{place}: a member is named twice")
    return tuple(members)


def _side(reading: _Reading, place: str, side: str, value: Any, absent: float) -> float:  # noqa: ANN401
    """One limit of a group."""
    if value is None:
        return absent
    if not _is_number(value) or not _is_finite(value):
        reading.refuse(f"{place}: {side} is not a finite number but {_kind(value)}")
        return absent
    return float(value)


def _scalar(reading: _Reading, name: str, *, above_zero: bool = False) -> float | None:
    """One number, not negative; None where it is null or left out."""
    value = reading.document.get(name)
    if value is None and (name in OPTIONAL or name not in reading.document):
        return None
    if not _is_number(value) or not _is_finite(value):
        reading.refuse(f"{name}: expected a finite number, got {_kind(value)}")
        return None
    if value < 0 or (above_zero and value == 0):
        least = "above zero" if above_zero else "zero or more"
        reading.refuse(f"{name}: {value:g} is not {least}")
    return float(value)


def _check_bounds(reading: _Reading, lower: list[float] | None, upper: list[float] | None) -> None:
    if lower is None or upper is None:
        return
    crossed = [place for place in range(reading.size) if lower[place] > upper[place]]
    reading.refuse_places("lower", crossed, "is above upper")


def _kind(value: object) -> str:
    """What ``value`` is, in a word and a glance."""
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
        case str():
            return f'the text "{value[:20]}"'
        case int() | float() if not _is_finite(value):
            return "no finite number"
    return json.dumps(value)
