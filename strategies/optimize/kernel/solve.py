"""The search: climb the dual to the top, read off the weights, and say how good they are.

Every answer carries its own certificate: the value of the dual is a lower bound of the objective,
so ``gap`` is how much any other weights could still gain.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from strategies.optimize.kernel.certificate import contradiction, price_sizes
from strategies.optimize.kernel.compiled import mountain_of
from strategies.optimize.kernel.dual import Anchor, Coupling, Point, couple
from strategies.optimize.kernel.newton import Climb, residual
from strategies.optimize.kernel.pieces import cost, jagged, torn
from strategies.optimize.kernel.repair import repair
from strategies.optimize.measure import risk, violation, wishes
from strategies.optimize.problem import SQUARE_ROOT_LAW, Array, BadProblem, Problem, check
from strategies.optimize.progress import OBJECTIVE_MIN, Progress, Tick, silent

Status = Literal["optimal", "feasible", "infeasible", "error"]

TOLERANCE = 1e-6
"""Default gap."""
ROUNDING = 1e-7
"""By how much, relative to the objective, a bound may lie above it through rounding."""
VIOLATION_MAX = 1e-9
"""Breach of a limit, in weight, that counts as rounding."""
STEPS_MAX = 40
"""Newton steps with one anchor before it is made stiffer."""
STIFFER = 100.0
SOFTER = 10.0
STIFF_MAX = 1e-1
ANCHORS_MAX = 60
RESIDUAL = 1e-12
HALVINGS = 20
SOFT, SOFT_MAX = 1e-5, 1e-5
"""Curvature that a name is lent, relative to the median of gamma x variance, and at most."""
FIRM, FIRM_MAX = 1e-3, 1e-1
"""The same where many names (a share of ``MANY``) have little of their own: then it guides."""
MANY = 0.1
SOFT_MIN, SOFT_LEAST = 1e-7, 1e-9
"""What it is at least at the start of a climb, and how soft the last ones may become."""
RAY_SIZE = 1e2
"""Prices (per dollar) beyond which the limits are suspected to contradict each other."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Weights and how good they are.

    ``optimal``: all limits kept and gap within tolerance. ``feasible``: limits kept, gap larger.
    ``infeasible``: proven that no weights keep the limits. ``error``: neither, see ``why``.
    ``weights`` has shape (n,) and may only be used when ``is_usable``. ``gap`` is
    (objective - bound) / max(1e-4, |objective|); ``violation`` the largest breach of a limit, in
    weight. ``dual`` are the prices, to start the next solve from.
    """

    status: Status
    weights: Array
    objective: float
    bound: float
    gap: float
    violation: float
    iterations: int
    why: str
    dual: Array

    @property
    def is_usable(self) -> bool:
        """Whether the weights keep all limits."""
        return self.status in ("optimal", "feasible")


@dataclass(frozen=True, slots=True)
class _Search:
    """A problem made ready once, and what the caller asked of the search."""

    problem: Problem
    coupling: Coupling
    tolerance: float
    tick: Tick


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the climb with one anchor ended, after ``steps`` of all stages."""

    point: Point
    steps: int
    ended: Literal["top", "contradiction", "stopped", "stuck"]


def solve(
    problem: Problem,
    *,
    start: Array | None = None,
    tolerance: float = TOLERANCE,
    tick: Tick = silent,
) -> Solution:
    """The best weights of ``problem``, with a certificate.

    ``start`` is the ``dual`` of an earlier solution of a problem of the same shape; any other is
    ignored. Raises ``BadProblem`` for arrays that make no sense, and where a name has several ways
    to trade (``sides.solve_sides`` finds the best) or the exponent is not that of the kernel.
    """
    coupling = couple(problem, check(problem))
    refuse_other_laws(problem)
    _refuse_ways(coupling)
    return solve_coupled(problem, coupling, start=start, tolerance=tolerance, tick=tick)


def solve_coupled(
    problem: Problem,
    coupling: Coupling,
    *,
    start: Array | None = None,
    tolerance: float = TOLERANCE,
    tick: Tick = silent,
) -> Solution:
    """``solve`` for a problem that is checked and coupled already.

    For who solves many that differ only in the bounds of x: the prices of one then fit the next.
    """
    search = _Search(problem, coupling, tolerance, tick)
    z, steps, answers = _start(coupling, start), 0, list[Solution]()
    centre, floor = problem.current, _floor(problem)
    for _ in range(ANCHORS_MAX):
        stage = _climb_to_top(search, z, Anchor(centre, _stiffness(problem, floor)), steps)
        z, steps = stage.point.z, stage.steps
        answers.append(_answer(search, stage))
        if answers[-1].status in ("optimal", "infeasible") or stage.ended == "stopped":
            break
        if stage.ended == "stuck":
            floor = min(floor * STIFFER, STIFF_MAX)
        else:
            floor = max(floor / SOFTER, SOFT_LEAST)
            centre = problem.current + stage.point.x
    return _best(answers)


def refuse_other_laws(problem: Problem) -> None:
    """Raise ``BadProblem`` for an impact that has no closed form here."""
    if problem.exponent != SQUARE_ROOT_LAW and problem.impact.any():
        law = f"exponent = {problem.exponent:g} is not {SQUARE_ROOT_LAW:g}"
        raise BadProblem(f"{law}: it is the cone solver's, cone.solve_cone")


def _refuse_ways(coupling: Coupling) -> None:
    pieces = coupling.pieces
    for bad, fault in (
        (torn(pieces), "is a loss that pays for selling and buying back"),
        (jagged(pieces), "comes before a lot that is cheaper to sell"),
    ):
        if bad.any():
            name = int(np.argmax(bad))
            rate = float(pieces.sell.rates[name, 0])
            raise BadProblem(f"lots[{name}].taxes = {rate:g} {fault}; sides.solve_sides decides")


def trusted(bound: float, value: float) -> float:
    """``bound``, or none at all (minus infinity) where it lies above the ``value`` it is to bound.

    By more than rounding, that is: then one of the two is wrong, and nothing is proven.
    """
    rounding = ROUNDING * max(OBJECTIVE_MIN, abs(value))
    return bound if bound <= value + rounding else -float("inf")


def _start(coupling: Coupling, start: Array | None) -> Array:
    """Prices to begin with: those given, or none at all.

    What the factors cost where we are looks like a better guess and is a worse one: each name by
    itself would trade as if it had to offset the exposure of all.
    """
    if start is not None and start.shape == (coupling.unknowns,) and np.isfinite(start).all():
        z = np.where(coupling.fixed, 0.0, start)
        return np.where(coupling.signed, np.maximum(z, 0.0), z)
    return np.zeros(coupling.unknowns)


def _floor(problem: Problem) -> float:
    """The least curvature that a name starts with."""
    total = np.einsum("ij,ij->i", problem.factors, problem.factors) + problem.specific
    usual = _aversion(problem) * float(np.median(total))
    firm = float(np.clip(FIRM * usual, SOFT_MIN, FIRM_MAX))
    if float((_own_curvature(problem) < firm).mean()) >= MANY:
        return firm
    return float(np.clip(SOFT * usual, SOFT_MIN, SOFT_MAX))


def _stiffness(problem: Problem, floor: float) -> Array:
    """Curvature lent to names that have less than ``floor``: shape (n,)."""
    return np.maximum(0.0, floor - _own_curvature(problem))


def _aversion(problem: Problem) -> float:
    """Twice the aversion to both risks: what a unit of variance adds to the curvature."""
    return 2 * (problem.risk_aversion + problem.variance_aversion)


def _own_curvature(problem: Problem) -> Array:
    """What each name has without any price: shape (n,)."""
    own = _aversion(problem) * problem.specific
    return own if problem.closeness is None else own + 2 * problem.closeness


def _climb_to_top(search: _Search, z: Array, anchor: Anchor, steps: int) -> _Stage:
    """Newton steps until the residual is rounding, or something else ends the climb."""
    coupling = search.coupling
    mountain = mountain_of(coupling, anchor)
    here = Climb(mountain.evaluate(z))
    for step in range(steps, steps + STEPS_MAX):
        go_on = search.tick(Progress(step, "kernel"))
        if residual(coupling, here.point) <= RESIDUAL:
            return _Stage(here.point, step, "top")
        if not go_on:
            return _Stage(here.point, step, "stopped")
        suspect = price_sizes(coupling, here.point.z).max() > RAY_SIZE
        if suspect and contradiction(coupling, here.point.z):
            return _Stage(here.point, step, "contradiction")
        here = mountain.climb(here)
        if here.stuck:
            return _Stage(here.point, step + 1, "stuck")
    return _Stage(here.point, steps + STEPS_MAX, "stuck")


def _answer(search: _Search, stage: _Stage) -> Solution:
    """Weights that keep budget and bounds, what they are worth, and whether they will do."""
    problem, point = search.problem, stage.point
    weights = repair(problem, problem.current + point.x, point.slope)
    if stage.ended == "stopped":
        weights = _towards(problem, weights)
    value, broken = _objective(search, weights), violation(problem, weights)
    bound = mountain_of(search.coupling, None).evaluate(point.z).value
    gap = (value - bound) / max(OBJECTIVE_MIN, abs(value))
    status, why = _judge(search, stage, gap, broken)
    if status == "infeasible":
        bound = gap = float("inf")
    return Solution(status, weights, value, bound, gap, broken, stage.steps, why, point.z)


def _towards(problem: Problem, weights: Array) -> Array:
    """As far from what is held toward ``weights`` as the limits let; ``weights`` if not at all."""
    held = problem.current
    if violation(problem, weights) <= VIOLATION_MAX or violation(problem, held) > VIOLATION_MAX:
        return weights
    near, far = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        if violation(problem, held + middle * (weights - held)) <= VIOLATION_MAX:
            near = middle
        else:
            far = middle
    return held + near * (weights - held)


def _objective(search: _Search, weights: Array) -> float:
    """``measure.objective``, from the pieces that are sorted already."""
    problem, coupling = search.problem, search.coupling
    traded = cost(coupling.pieces, weights - problem.current)
    return risk(problem, weights) + traded + coupling.constant + wishes(problem, weights)


def _judge(search: _Search, stage: _Stage, gap: float, broken: float) -> tuple[Status, str]:
    """Status, and why it is not optimal."""
    after = f"after {stage.steps} iterations ({stage.ended})"
    if broken <= VIOLATION_MAX:
        good = -ROUNDING <= gap <= search.tolerance
        return ("optimal", "") if good else ("feasible", f"gap {gap:.2g} {after}")
    found = contradiction(search.coupling, stage.point.z)
    if found is None:
        return "error", f"a limit is broken by {broken:.2g} {after}"
    limits = ", ".join(found.limits)
    return "infeasible", f"no weights within their bounds keep all of: {limits}"


def _best(answers: list[Solution]) -> Solution:
    """The last answer that settles the matter, else the usable one with the least objective."""
    last = answers[-1]
    usable = [answer for answer in answers if answer.is_usable]
    if last.status in ("optimal", "infeasible") or not usable:
        return last
    return min(usable, key=lambda answer: answer.objective)
