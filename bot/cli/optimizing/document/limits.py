"""Limits and wishes over many names: groups, exposures, tilts, and who may trade how much."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from bot.cli.optimizing.document.reading import ABOVE_ZERO, AMOUNT, ANY, Reading, Table, kind
from bot.progress.figures import NORMAL_95
from strategies.optimize.problem import Array, Exposure, Group, Tilt

GROUP_KEYS = ("name", "members", "lower", "upper")
EXPOSURE_KEYS = ("name", "coefficients", "lower", "upper")
TILT_KEYS = ("name", "coefficients", "level", "weight")
PARTICIPATION_KEYS = ("adv", "share")
DAYS_PER_YEAR = 252


def groups(reading: Reading) -> tuple[Group, ...]:
    """Names whose weights together stay within limits."""
    found = [_group(reading, at, row) for at, row in enumerate(reading.entries("groups"))]
    return tuple(group for group in found if group is not None)


def _group(reading: Reading, number: int, row: object) -> Group | None:
    named = _named(reading, "groups", number, row, (("name", "members"), GROUP_KEYS))
    if named is None:
        return None
    place, table = named
    before = len(reading.faults)
    members = reading.indices(place, table.get("members", []), "member")
    lower, upper = _sides(reading, place, table)
    if len(reading.faults) > before or "members" not in table:
        return None
    return Group(str(table.get("name")), members, lower, upper)


def exposures(reading: Reading) -> tuple[Exposure, ...]:
    """Limits on factors."""
    found: list[Exposure] = []
    for number, row in enumerate(reading.entries("exposures")):
        named = _named(reading, "exposures", number, row, (EXPOSURE_KEYS[:2], EXPOSURE_KEYS))
        if named is None:
            continue
        place, table = named
        coefficients = _coefficients(reading, place, table)
        lower, upper = _sides(reading, place, table)
        if coefficients is not None:
            found.append(Exposure(str(table.get("name")), coefficients, lower, upper))
    return tuple(found)


def tilts(reading: Reading) -> tuple[Tilt, ...]:
    """Wishes about factors."""
    found: list[Tilt] = []
    for number, row in enumerate(reading.entries("tilts")):
        named = _named(reading, "tilts", number, row, (TILT_KEYS, TILT_KEYS))
        if named is None:
            continue
        place, table = named
        coefficients = _coefficients(reading, place, table)
        level = _asked(reading, place, table, "level", ANY)
        weight = _asked(reading, place, table, "weight", ABOVE_ZERO)
        if coefficients is not None and level is not None and weight is not None:
            found.append(Tilt(str(table.get("name")), coefficients, level, weight))
    return tuple(found)


def _named(
    reading: Reading, key: str, number: int, row: object, keys: tuple[tuple[str, ...], ...]
) -> tuple[str, Table] | None:
    """An entry and its place, with its name where it has one."""
    if not isinstance(row, dict):
        reading.refuse(f"{key}[{number}]: expected an object, got {kind(row)}")
        return None
    name = row.get("name")
    place = f"{key}[{number}]" + (f" {name}" if isinstance(name, str) else "")
    required, known = keys
    reading.check_keys(row, required, known, f"{place}: ")
    if "name" in row and not isinstance(name, str):
        reading.refuse(f"{place}: expected a name in text, got {kind(name)}")
    return place, row


def _coefficients(reading: Reading, place: str, table: Table) -> Array | None:
    if "coefficients" not in table:
        return None
    return reading.vector(f"{place}: coefficients", table["coefficients"])


def _asked(reading: Reading, place: str, table: Table, key: str, range_: Any) -> float | None:  # noqa: ANN401
    return reading.scalar(f"{place}: {key}", table[key], range_) if key in table else None


def _sides(reading: Reading, place: str, table: Table) -> tuple[float, float]:
    lower = reading.side(place, table, "lower", -math.inf)
    upper = reading.side(place, table, "upper", math.inf)
    if lower > upper:
        reading.refuse(f"{place}: lower {lower:g} is above upper {upper:g}")
    return lower, upper


def volatility_limit(limits: Mapping[str, float | None]) -> float | None:
    """The tighter of ``volatility`` and ``value_at_risk``: one day, 95 %, normal, mean zero."""
    given = [limits["volatility"]]
    if limits["value_at_risk"] is not None:
        given.append(limits["value_at_risk"] * math.sqrt(DAYS_PER_YEAR) / NORMAL_95)
    return min((limit for limit in given if limit is not None), default=None)


def bounds(reading: Reading, current: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """The bounds that are left by participation, and for names not to be traded or bought."""
    crossed = np.flatnonzero(lower > upper).tolist()
    reading.refuse_places("lower", crossed, "is above upper")
    low, high = lower.copy(), upper.copy()
    reach = _participation(reading)
    if reach is not None:
        low, high = np.maximum(low, current - reach), np.minimum(high, current + reach)
    for name in _names(reading, "no_buy"):
        high[name] = min(high[name], current[name])
    for name in _names(reading, "no_trade"):
        low[name] = high[name] = current[name]
    apart = np.flatnonzero((low > high) & (lower <= upper)).tolist()
    reading.refuse_places("current", apart, OUT_OF_REACH)
    return low, high


OUT_OF_REACH = "no weight within lower and upper can be reached under participation and no_buy"


def _names(reading: Reading, key: str) -> tuple[int, ...]:
    values = reading.document.get(key)
    return () if values is None else reading.indices(key, values, "name")


def _participation(reading: Reading) -> Array | None:
    """The most that each name may trade, shape (n,)."""
    value = reading.document.get("participation")
    if value is None:
        return None
    table = reading.table("participation", value, PARTICIPATION_KEYS, PARTICIPATION_KEYS)
    if table is None or any(key not in table for key in PARTICIPATION_KEYS):
        return None
    adv = reading.vector("participation.adv", table["adv"], negative=False)
    share = reading.scalar("participation.share", table["share"], AMOUNT)
    return None if adv is None or share is None else share * adv


def cash(reading: Reading) -> int | None:
    """The name whose trades are no turnover; None where all are."""
    value = reading.document.get("cash")
    if value is None:
        return None
    found = reading.indices("cash", [value], "name")
    return found[0] if found else None
