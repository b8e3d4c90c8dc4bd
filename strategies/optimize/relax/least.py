"""Where no weights keep all limits: the least that must give way, by name and in words.

The budget never gives way. The rest does in three steps, each with those before it settled:

1. bounds of names, where they alone leave no room for the budget;
2. groups, exposures, turnover and gross weight: the least sum of breaches, each relative to its
   limit (L1; a linear program, solved exactly), so that few limits give way rather than all of
   them a little;
3. the tracking error, then the volatility, to the least that the limits before them allow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from strategies.optimize.kernel.solve import Solution, solve
from strategies.optimize.measure import squared_tracking_error, variance
from strategies.optimize.problem import UNLIMITED, Array, Problem
from strategies.optimize.progress import Progress, Tick, silent
from strategies.optimize.relax.linear import (
    Limit,
    NoLeast,
    Partners,
    held_against,
    least_breaches,
    limits_of,
    runs_into,
)
from strategies.optimize.rows import bands_of
from strategies.optimize.sides.solve import solve_sides

ROOMS = (1e-7, 1e-6, 1e-5)
"""What a limit that gave way is given beyond the least, in weight, until the rest can be solved:
at the least itself there is a single point."""
TIGHT = 1e-9
"""Gap to which the least tracking error is found, relative to the limit's square."""
AVERSION_MAX = 1e4
"""More than that only makes the numbers large: nothing else is minimised then."""
REACHED = 1e-7
"""A limit with less room than this, in weight, is one that the answer runs into."""
NAMED_MAX = 5
DIGITS_MAX = 9


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One limit that gave way: ``name`` says what it asked, ``limit`` and ``least`` are numbers.

    ``least`` is the nearest to ``limit`` that can be kept (the most, where it is a lower limit).
    """

    name: str
    limit: float
    least: float
    words: str


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The answer to the problem whose limits gave way where they had to, and which those are."""

    solution: Solution
    broken: tuple[Relaxation, ...]


def relax(problem: Problem, *, tick: Tick = silent) -> Relaxed:
    """``problem`` solved after the least relaxation that makes it solvable.

    Nothing gives way where ``problem`` can be solved as it is. Raises ``BadProblem``.
    """
    first = solve_sides(problem, tick=tick)
    told_to_stop = first.status == "error" and not tick(Progress(first.iterations, "relaxing"))
    if first.status not in ("infeasible", "error") or told_to_stop:
        return Relaxed(first, ())
    try:
        return _relaxed(problem, first, tick)
    except NoLeast as exc:
        return Relaxed(replace(first, why=f"{first.why}; no least relaxation: {exc}"), ())


def _relaxed(problem: Problem, first: Solution, tick: Tick) -> Relaxed:
    roomy, bounds = _free_bounds(problem)
    limits = limits_of(roomy)
    breaches = least_breaches(roomy, limits) if limits else np.zeros(0)
    broken = bounds + _explain(roomy, limits, breaches)
    answer, risks = first, tuple[Relaxation, ...]()
    for room in ROOMS:
        wide, risks = _wide_risks(_give_way(roomy, limits, breaches, room), room)
        answer = solve_sides(wide, tick=tick)
        if answer.is_usable:
            break
    return Relaxed(answer, broken + risks)


def _wide_risks(linear: Problem, room: float) -> tuple[Problem, tuple[Relaxation, ...]]:
    """``linear`` with the risk limits at the least that can be kept, where that is above them."""
    wide, found = linear, []
    for risk in RISKS:
        open_ends: dict[str, Any] = dict.fromkeys(LATER[risk.limit])
        before = replace(wide, **open_ends)
        least = _least_risk(before, risk, getattr(wide, risk.limit))
        if least is not None:
            found.append(least)
            level = least.least * (1 + room / ROOMS[0] * TIGHT**0.5)
            moved: dict[str, Any] = {risk.limit: level}
            wide = replace(wide, **moved)
    return wide, tuple(found)


def _free_bounds(problem: Problem) -> tuple[Problem, tuple[Relaxation, ...]]:
    """Bounds moved towards what is held, in proportion, until they leave room for the budget.

    The weights held sum to the budget, so that half way at most is always enough.
    """
    for is_lower in (True, False):
        bound = problem.lower if is_lower else problem.upper
        sign = 1.0 if is_lower else -1.0
        beyond = np.maximum(sign * (bound - problem.current), 0.0)
        excess = sign * (float(bound.sum()) - problem.budget)
        if excess > 0:
            share = min(1.0, (excess + ROOMS[0]) / float(beyond.sum()))
            moved = bound - sign * share * beyond
            names = int((beyond > 0).sum())
            return _with_bounds(problem, moved, is_lower=is_lower), (
                _bounds_in_words(problem, float(bound.sum()), names, is_lower=is_lower),
            )
    return problem, ()


def _with_bounds(problem: Problem, moved: Array, *, is_lower: bool) -> Problem:
    return replace(problem, lower=moved) if is_lower else replace(problem, upper=moved)


def _bounds_in_words(problem: Problem, total: float, names: int, *, is_lower: bool) -> Relaxation:
    side = "lower" if is_lower else "upper"
    name = f"the {side} bounds of {_names(names)}"
    asked, budget = _percents(total, problem.budget)
    words = (
        f"the {side} bounds sum to {asked}, the weights to {budget}: "
        f"those of {_names(names)} move towards what is held"
    )
    return Relaxation(name, total, problem.budget, words)


def _give_way(problem: Problem, limits: tuple[Limit, ...], breaches: Array, room: float) -> Problem:
    """``problem`` with the limits moved by their breaches, and ``room`` more for those."""
    wide = problem
    for limit, breach in zip(limits, breaches.tolist(), strict=True):
        if breach:
            wide = _moved(wide, limit, limit.level + breach + room)
    return wide


def _moved(problem: Problem, limit: Limit, level: float) -> Problem:
    """``problem`` with ``limit`` at ``level``."""
    change: dict[str, Any] = {limit.kind: level}
    if limit.kind != "band":
        return replace(problem, **change)
    change = {"lower": -level} if limit.is_lower else {"upper": level}
    place, groups, exposures = limit.place, list(problem.groups), list(problem.exposures)
    if place < len(groups):
        groups[place] = replace(groups[place], **change)
    else:
        place -= len(groups)
        exposures[place] = replace(exposures[place], **change)
    return replace(problem, groups=tuple(groups), exposures=tuple(exposures))


def _explain(
    problem: Problem, limits: tuple[Limit, ...], breaches: Array
) -> tuple[Relaxation, ...]:
    """One relaxation for each limit that is breached."""
    found = []
    for place in np.flatnonzero(breaches).tolist():
        least, partners = runs_into(problem, limits, breaches, place)
        settled = breaches.copy()
        settled[place] = max(least, breaches[place])
        found.append(_in_words(problem, limits, place, settled, partners))
    return tuple(found)


def _in_words(
    problem: Problem, limits: tuple[Limit, ...], place: int, breaches: Array, partners: Partners
) -> Relaxation:
    limit, sign = limits[place], -1.0 if limits[place].is_lower else 1.0
    level, least = sign * limit.level, sign * (limit.level + float(breaches[place]))
    asked, given = _percents(level, least)
    name = f"{_what(problem, limit)} {asked}"
    others = [_asks(problem, limits[row], breaches[row]) for row in partners.limits]
    if partners.names:
        others.append(f"the bounds of {_names(len(partners.names))}")
    best = "the most" if limit.is_lower else "the least"
    words = f"{name} cannot hold together with {_listed(others)}: {given} is {best}"
    return Relaxation(name, level, least, words)


def _asks(problem: Problem, limit: Limit, breach: float) -> str:
    """``limit`` with its level after it gave way by ``breach``."""
    level = limit.level + breach
    return f"{_what(problem, limit)} {_percent(-level if limit.is_lower else level)}"


def _what(problem: Problem, limit: Limit) -> str:
    named = {"turnover": "turnover", "gross": "gross weight"}
    subject = named.get(limit.kind) or bands_of(problem)[limit.place].name
    return f"{subject} {'>=' if limit.is_lower else '<='}"


@dataclass(frozen=True, slots=True)
class _Risk:
    """A risk limit: its field and that of its aversion, its words, and what it is of weights."""

    limit: Literal["tracking_error", "volatility"]
    aversion: str
    words: str
    square: Callable[[Problem, Array], float]


RISKS = (
    _Risk("tracking_error", "risk_aversion", "tracking error", squared_tracking_error),
    _Risk("volatility", "variance_aversion", "volatility", variance),
)
LATER = {"tracking_error": ("tracking_error", "volatility"), "volatility": ("volatility",)}
"""What is left out while the least of a risk is sought: itself, and those that come after it."""


def _least_risk(problem: Problem, risk: _Risk, limit: float | None) -> Relaxation | None:
    """The least of a risk among weights that keep the other limits, where it is above its own."""
    if limit is None:
        return None
    nothing = np.zeros(problem.size)
    alone = replace(
        problem,
        spread=nothing,
        impact=nothing,
        lots=(),
        tilts=(),
        reward=None,
        borrow=None,
        opportunity=None,
        closeness=None,
        risk_aversion=0.0,
        variance_aversion=0.0,
    )
    aversion: dict[str, Any] = {risk.aversion: min(1 / limit**2, AVERSION_MAX)}
    alone = replace(alone, **aversion)
    answer = solve(alone, tolerance=TIGHT)
    least = float(np.sqrt(risk.square(problem, answer.weights)))
    if not answer.is_usable or least <= limit:
        return None
    asked, given = _percents(limit, least)
    name = f"{risk.words} <= {asked}"
    others = _binding(alone, answer)
    words = f"{name} cannot hold together with {_listed(others)}: {given} is the least"
    return Relaxation(name, limit, least, words)


def _binding(problem: Problem, answer: Solution) -> list[str]:
    """The limits that ``answer`` reaches, and how many names are held up by their bounds."""
    weights = answer.weights
    others = [
        _asks(problem, limit, 0.0)
        for limit in limits_of(problem)
        if held_against(problem, limit, weights) >= limit.level - REACHED
    ]
    low = (weights <= problem.lower) & (problem.lower != 0)
    held = int((low | (weights >= problem.upper)).sum())
    return [*others, f"the bounds of {_names(held)}"] if held else others


def _names(count: int) -> str:
    return f"{count} name" if count == 1 else f"{count} names"


def _listed(parts: Sequence[str]) -> str:
    if not parts:
        return "the budget"
    if len(parts) > NAMED_MAX:
        rest = len(parts) - NAMED_MAX + 1
        parts = [*parts[-1:], *parts[: NAMED_MAX - 2], f"{rest} other limits"]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _percents(one: float, other: float) -> tuple[str, str]:
    """Both as percentages, with as many digits as it takes to tell them apart."""
    for digits in range(1, DIGITS_MAX):
        texts = _percent(one, digits), _percent(other, digits)
        nothing = _percent(0.0, digits)
        hidden = (one and texts[0] == nothing) or (other and texts[1] == nothing)
        if texts[0] != texts[1] and not hidden:
            return texts
    return _percent(one, DIGITS_MAX), _percent(other, DIGITS_MAX)


def _percent(value: float, digits: int = 1) -> str:
    return "no limit" if abs(value) == UNLIMITED else f"{100 * value:.{digits}f} %"
