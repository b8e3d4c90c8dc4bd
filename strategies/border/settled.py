"""Weights for one wish: within it, else as far as the owner's limits let, else why there are none.

Where limits cannot all be kept by any weights the least that must give way is named, and it gives
way where the owner said so. Where a search ends without an answer the next rung of ``ladder`` is
asked; the last of all is to bring each name straight to where the wish wants it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from brokers.words import ZERO
from strategies.border.gauge import Case, array, exact
from strategies.border.statement import problem
from strategies.cash import Room, Weights, Wish, glide, rooms
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.ladder import solve_or_fall
from strategies.optimize.measure import objective, turnover
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Progress
from strategies.optimize.relax.least import relax
from strategies.orders.promises import After, broken, loosened
from strategies.policy import OnConflict, Optimizer
from strategies.standing import Unjudgeable

TOO_SOON = "the search was ended before it found trades that keep every limit"
GAP = 1e-4
"""To which trades in fractions are proven: 0.01 % of what they cost and risk."""
ROOM = 1e-7
"""What is left above the turnover of a plan whose limit gave way to it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Weights after the trades, one a row, and how they were come by.

    ``limits`` are those that they keep: the owner's, but for what gave way (``relaxed``, in words).
    ``bound`` is what no weights of ``problem`` can go below, a share of NAV, or minus infinity;
    ``answer`` is the solver's, None where none was asked.
    """

    weights: Weights
    room: Room
    limits: Optimizer
    problem: Problem
    bound: float
    answer: Solution | None = None
    steps: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def settle(wish: Wish, case: Case) -> Settled:
    """The best weights for ``wish``. Raises ``Unjudgeable`` where no weights keep every limit."""
    exactly, *wider = rooms(wish, case.stand)
    limits = case.policy.optimizer
    if wish.full and _is_open(wish.end, case):
        return _at_target(wish, exactly, case)
    tried = wider if wish.full else [exactly, *wider]
    warnings: tuple[str, ...] = (ON_THE_WAY,) if wish.full else ()
    for room in tried:
        try:
            found = _asked(room, problem(room, case, limits), case)
        except BadProblem as exc:
            return _straight(wish, exactly, case, str(exc))
        if found is not None:
            return replace(found, warnings=(*warnings, *found.warnings))
        warnings = (ON_THE_WAY,)
    return _conflict(tried[-1], case)


ON_THE_WAY = "limits keep this plan from going all the way: it goes as far as they let it"


def as_far_as_worth(room: Room, case: Case) -> Settled:
    """The best weights in ``room``, which holds those of today. Raises ``Unjudgeable``."""
    try:
        found = _asked(room, problem(room, case, case.policy.optimizer), case)
    except BadProblem as exc:
        raise Unjudgeable(f"no weights keep every limit ({exc})") from exc
    return _conflict(room, case) if found is None else found


def measured(weights: Sequence[Decimal], case: Case) -> After:
    """``weights`` with their risk; no risk is measured that has no limit."""
    return After(tuple(weights), case.gauge.risk(case.stand, weights))


def _is_open(end: Weights, case: Case) -> bool:
    """Whether nothing stands in the way of ``end``."""
    pairs = zip(case.stand.rows, end, strict=True)
    if any(not row.barred and row.within_reach(weight) != weight for row, weight in pairs):
        return False
    limits = case.policy.optimizer
    return limits == NO_LIMITS or not broken(case.stand, limits, measured(end, case))


NO_LIMITS = Optimizer()


def _at_target(wish: Wish, room: Room, case: Case) -> Settled:
    """The one point of a full wish: nothing is left to choose, and so it is the best."""
    made = problem(room, case, case.policy.optimizer)
    weights = array([*wish.end, 1 - sum(wish.end, ZERO)])
    bound = objective(made, weights)
    steps = ("every name goes to its target: there is nothing to choose",)
    return Settled(wish.end, room, case.policy.optimizer, made, bound, steps=steps)


def _asked(room: Room, made: Problem, case: Case) -> Settled | None:
    """What the solvers make of ``room``; None where it is proven that no weights are in it."""
    tick = case.hearing(made)
    fallen = solve_or_fall(made, tolerance=GAP, tick=tick, rungs=case.rungs)
    solution = fallen.solution
    if solution.status == "infeasible":
        return None
    if not solution.is_usable:
        raise BadProblem("; ".join(fallen.steps))
    value, bound = solution.objective, solution.bound
    tick(Progress(solution.iterations, "found", solution.weights, value, bound))
    warnings = () if solution.status == "optimal" else fallen.steps
    return Settled(
        weights=_inside(solution, room),
        room=room,
        limits=case.policy.optimizer,
        problem=made,
        bound=solution.bound,
        answer=solution,
        steps=fallen.steps,
        warnings=tuple(f"the optimiser: {step}" for step in warnings),
    )


def _straight(wish: Wish, room: Room, case: Case, why: str) -> Settled:
    """Each name straight to its band, where that can be ordered and keeps every limit."""
    weights, limits = glide(wish), case.policy.optimizer
    if weights is None or not _is_open(weights, case):
        if case.has_ended():
            raise Unjudgeable(TOO_SOON)
        raise Unjudgeable(f"no weights keep every limit ({why})")
    said = f"the optimiser found nothing, trades go straight to band: {why}"
    made = problem(room, case, limits)
    return Settled(weights, room, limits, made, -np.inf, steps=(said,), warnings=(said,))


def _conflict(room: Room, case: Case) -> Settled:
    """The least that must give way: it is named, and gives way where the owner said so."""
    limits = case.policy.optimizer
    made = problem(room, case, limits)
    found = relax(made, tick=case.hearing(made))
    words = tuple(each.words for each in found.broken)
    if limits.on_conflict is OnConflict.HOLD or not found.solution.is_usable:
        why = "; ".join(words) or found.solution.why
        raise Unjudgeable(f"the limits cannot hold together: {why}")
    weights = _inside(found.solution, room)
    wide = loosened(case.stand, limits, measured(weights, case))
    return Settled(
        weights=weights,
        room=room,
        limits=wide,
        problem=_remade(problem(room, case, wide), found.solution),
        bound=found.solution.bound,
        answer=found.solution,
        steps=tuple(f"gave way: {each}" for each in words),
        relaxed=words,
        warnings=(ON_THE_WAY, *(f"a limit gave way: {each}" for each in words)),
    )


def _remade(made: Problem, solution: Solution) -> Problem:
    """``made`` with as much turnover as ``solution`` has, where it allows less."""
    if made.turnover is None:
        return made
    turned = turnover(made, solution.weights)
    return replace(made, turnover=max(made.turnover, turned + ROOM))


def _inside(solution: Solution, room: Room) -> Weights:
    found = zip(solution.weights.tolist(), room.lower, room.upper, strict=False)
    return tuple(min(max(exact(weight), low), high) for weight, low, high in found)
