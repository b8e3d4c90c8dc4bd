"""The limits of a target, read and checked: bands on sums, and limits on sizes."""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, Exposure, Group
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget


@dataclass(frozen=True, slots=True)
class Band:
    """lower <= coefficients . w <= upper; ``coefficients`` (n,), ``said`` in words."""

    coefficients: Array
    lower: float
    upper: float
    said: str


@dataclass(frozen=True, slots=True)
class Size:
    """sum |w - reference| <= most; ``reference`` (n,), ``said`` in words."""

    reference: Array
    most: float
    said: str


def refuse(limits: Limits) -> None:
    """Raise ``NoTarget`` for what is no linear limit, or none at all."""
    if limits.volatility is not None:
        raise NoTarget(
            "a limit on volatility is not linear, and minimum-cvar takes linear ones: leave it out,"
            " or choose minimum-variance or mean-variance"
        )
    if limits.names_max is not None and limits.names_max < 1:
        raise NoTarget(f"names_max = {limits.names_max}: at least one name has to be held")


def bands_of(limits: Limits, names: int) -> tuple[Band, ...]:
    """The budget, all groups, all exposures. Raises ``NoTarget`` that names the place."""
    budget = Band(np.ones(names), limits.budget, limits.budget, f"weights sum to {limits.budget:g}")
    groups = (_group(group, names) for group in limits.groups)
    exposures = (_exposure(exposure, names) for exposure in limits.exposures)
    found = (budget, *groups, *exposures)
    for band in found:
        if not band.lower <= band.upper:
            raise NoTarget(f"{band.said}: these are no limits")
    return found


def _group(group: Group, names: int) -> Band:
    members = np.array(group.members, dtype=np.intp)
    if members.size and not 0 <= members.min() <= members.max() < names:
        raise NoTarget(f"group {group.name} has a member that is not among {names} names")
    row = np.zeros(names)
    row[members] = 1.0
    return Band(row, group.lower, group.upper, f"group {group.name} {_sides(group)}")


def _exposure(exposure: Exposure, names: int) -> Band:
    row = exposure.coefficients
    if row.shape != (names,) or not np.isfinite(row).all():
        raise NoTarget(f"exposure {exposure.name} has not one finite number for each name")
    return Band(row, exposure.lower, exposure.upper, f"{exposure.name} {_sides(exposure)}")


def _sides(band: Group | Exposure) -> str:
    if band.lower == -np.inf:
        return f"<= {band.upper:g}"
    return f">= {band.lower:g}" if band.upper == np.inf else f"{band.lower:g} to {band.upper:g}"


def sizes_of(limits: Limits, names: int) -> tuple[Size, ...]:
    """Gross and turnover, where they are limited. Raises ``NoTarget``."""
    found = []
    if limits.gross is not None:
        found.append(Size(np.zeros(names), limits.gross, f"gross <= {limits.gross:g}"))
    if limits.turnover is not None:
        current = limits.current
        if current is None or current.shape != (names,) or not np.isfinite(current).all():
            raise NoTarget("a limit on turnover needs the current weight of each name")
        found.append(Size(current, limits.turnover, f"turnover <= {limits.turnover:g}"))
    for size in found:
        if not 0 <= size.most < np.inf:
            raise NoTarget(f"{size.said}: that is no limit")
    return tuple(found)
