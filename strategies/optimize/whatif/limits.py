"""The limits of a problem one by one: which there are, where they stand, and how one is moved."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from strategies.optimize.problem import Problem
from strategies.optimize.rows import bands_of

Kind = Literal[
    "budget", "group", "exposure", "turnover", "gross", "tracking_error", "volatility", "name"
]
SCALARS: tuple[Kind, ...] = ("turnover", "gross", "tracking_error", "volatility")


@dataclass(frozen=True, slots=True)
class Limit:
    """One side of one limit; ``place`` is the index of the group, the exposure or the name."""

    kind: Kind
    place: int = -1
    is_lower: bool = False


BUDGET = Limit("budget")


def limits_of(problem: Problem) -> Iterator[Limit]:
    """Every limit that there is, without the bounds of names: those are n of a kind."""
    for kind in SCALARS:
        if getattr(problem, kind) is not None:
            yield Limit(kind)
    groups = len(problem.groups)
    for place, band in enumerate(bands_of(problem)):
        one: Kind = "group" if place < groups else "exposure"
        at = place if place < groups else place - groups
        if np.isfinite(band.lower):
            yield Limit(one, at, is_lower=True)
        if np.isfinite(band.upper):
            yield Limit(one, at)


def level_of(problem: Problem, limit: Limit) -> float:
    """Where ``limit`` stands; infinite where there is none."""
    side = "lower" if limit.is_lower else "upper"
    match limit.kind:
        case "budget":
            return problem.budget
        case "group":
            return float(getattr(problem.groups[limit.place], side))
        case "exposure":
            return float(getattr(problem.exposures[limit.place], side))
        case "name":
            return float(getattr(problem, side)[limit.place])
    level = getattr(problem, limit.kind)
    return float("inf") if level is None else float(level)


def loosened(problem: Problem, limit: Limit, by: float) -> Problem:
    """``problem`` with ``limit`` looser by ``by`` (tighter below zero)."""
    return at_level(problem, limit, level_of(problem, limit) + (-by if limit.is_lower else by))


def at_level(problem: Problem, limit: Limit, level: float) -> Problem:
    """``problem`` with ``limit`` at ``level``; the budget is what is held and cannot be moved."""
    assert limit.kind != "budget", "the budget is the sum of what is held"
    if limit.kind in SCALARS:
        change: dict[str, Any] = {limit.kind: level}
        return replace(problem, **change)
    side = "lower" if limit.is_lower else "upper"
    if limit.kind == "name":
        bounds = getattr(problem, side).copy()
        bounds[limit.place] = level
        change = {side: bounds}
        return replace(problem, **change)
    field = "groups" if limit.kind == "group" else "exposures"
    rows = list(getattr(problem, field))
    change = {side: level}
    rows[limit.place] = replace(rows[limit.place], **change)
    change = {field: tuple(rows)}
    return replace(problem, **change)
