"""The linear limits and the soft ones as rows: coefficients . w against a level."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """coefficients . w = level, or <= level where it is ``signed``; ``coefficients`` is (n,).

    A soft row may miss its level by ``give`` for a unit of its price.
    """

    coefficients: Array
    level: float
    signed: bool
    name: str
    give: float = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """lower <= coefficients . w <= upper, of a group or a factor; ``coefficients`` is (n,)."""

    name: str
    coefficients: Array
    lower: float
    upper: float


def bands_of(problem: Problem) -> tuple[Band, ...]:
    """All groups, then all exposures."""
    found = []
    for group in problem.groups:
        row = np.zeros(problem.size)
        row[list(group.members)] = 1.0
        found.append(Band(f"group {group.name}", row, group.lower, group.upper))
    found += [
        Band(f"exposure {e.name}", e.coefficients, e.lower, e.upper) for e in problem.exposures
    ]
    return tuple(found)


def rows_of(problem: Problem) -> list[Row]:
    """The budget, then every side of a band that the bounds alone do not keep, then the tilts."""
    rows = [Row(np.ones(problem.size), problem.budget, signed=False, name="the budget")]
    bands = bands_of(problem)
    for band, (least, most) in zip(bands, _reach(problem, bands), strict=True):
        rows += _sides(band, least, most)
    rows += [
        Row(tilt.coefficients, tilt.level, signed=False, name=tilt.name, give=0.5 / tilt.weight)
        for tilt in problem.tilts
    ]
    return rows


def _reach(problem: Problem, bands: tuple[Band, ...]) -> list[tuple[float, float]]:
    """How far each band could go within the bounds of the names."""
    if not bands:
        return []
    matrix = np.vstack([band.coefficients for band in bands])
    above, below = np.maximum(matrix, 0.0), np.minimum(matrix, 0.0)
    least = above @ problem.lower + below @ problem.upper
    most = above @ problem.upper + below @ problem.lower
    return list(zip(least.tolist(), most.tolist(), strict=True))


def _sides(band: Band, least: float, most: float) -> Iterator[Row]:
    row = band.coefficients
    if band.lower == band.upper:
        yield Row(row, band.upper, signed=False, name=f"{band.name} = {band.upper:g}")
        return
    if most > band.upper:
        yield Row(row, band.upper, signed=True, name=f"{band.name} <= {band.upper:g}")
    if least < band.lower:
        yield Row(-row, -band.lower, signed=True, name=f"{band.name} >= {band.lower:g}")
