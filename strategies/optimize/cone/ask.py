"""What a caller calls: check, state, run, and put the outcome into a ``Solution``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from strategies.optimize.cone.check import check_terms
from strategies.optimize.cone.envelope import tax_in_order
from strategies.optimize.cone.measure import added, broken
from strategies.optimize.cone.own import NO_OWN, BadOwnTerm, Own, OwnTerm, ask_own
from strategies.optimize.cone.run import Ran, run_clarabel, run_qp
from strategies.optimize.cone.statement import Statement, state
from strategies.optimize.cone.terms import NOTHING, Terms
from strategies.optimize.kernel.solve import TOLERANCE, VIOLATION_MAX, Solution, Status
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import SQUARE_ROOT_LAW, Array, Problem, check
from strategies.optimize.progress import OBJECTIVE_MIN, Tick, silent

if TYPE_CHECKING:
    import cvxpy as cp

SCALE = 1e3
"""The solver sees the objective in tenths of a per cent, where its tolerances fit."""
BROKEN_MAX = 1e-6
"""Breach beyond which weights are no answer, whatever the solver says of them."""
UNSURE_MAX = 1e-7
"""The same where the solver does not vouch for them."""
WORDS: dict[str, Status] = {
    "Solved": "optimal",
    "optimal": "optimal",
    "PrimalInfeasible": "infeasible",
    "AlmostPrimalInfeasible": "infeasible",
    "infeasible": "infeasible",
    "infeasible_inaccurate": "infeasible",
}
UNBOUNDED = ("DualInfeasible", "AlmostDualInfeasible", "unbounded", "unbounded_inaccurate")
INFINITE = float("inf")


def solve_cone(
    problem: Problem, terms: Terms = NOTHING, own: OwnTerm | None = None, tick: Tick = silent
) -> Solution:
    """``problem`` with ``terms`` and a user's ``own`` term, by Clarabel. Imports cvxpy.

    A loss may be sold and bought back where that pays: the objective then counts it. Lots that are
    relieved in an order of the broker's are taken at their convex envelope; then ``bound`` is
    below every plan, ``objective`` what the plan really comes to, and ``why`` says so.
    ``violation`` is measured from the weights. Where ``tick`` ends the search its weights are
    hardly ever within all limits yet. Where Clarabel jams on the power cones of an impact of 3/2
    that is stated anew by cones of second order. Raises ``BadProblem``, of which ``BadOwnTerm`` is
    one.
    """
    return _solve(problem, terms, own, lambda program, before: run_clarabel(program, tick, before))


def solve_by(problem: Problem, solver: str) -> Solution:
    """``problem`` by the QP solver of that name in cvxpy: no power, no cone. Nobody can stop it.

    Raises ``BadProblem``.
    """
    return _solve(problem, NOTHING, None, lambda program, _: run_qp(program, solver))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, and how it was stated."""

    problem: Problem
    terms: Terms
    own: Own
    statement: Statement
    program: "cp.Problem"


def _solve(
    problem: Problem, terms: Terms, own: OwnTerm | None, run: Callable[["cp.Problem", int], Ran]
) -> Solution:
    check(_averse(problem, terms, own))
    check_terms(problem, terms)
    stated = _state(problem, terms, own, second_order=False)
    ran = run(stated.program, 0)
    if ran.jammed and problem.exponent == SQUARE_ROOT_LAW and problem.impact.any():
        again = _state(problem, terms, own, second_order=True)
        ran_again = run(again.program, ran.iterations)
        if ran_again.settled:
            return _solution(again, ran_again)
    return _solution(stated, ran)


def _state(problem: Problem, terms: Terms, own: OwnTerm | None, *, second_order: bool) -> _Asked:
    import cvxpy as cp

    statement = state(problem, terms, second_order=second_order)
    theirs = NO_OWN if own is None else ask_own(own, statement, problem)
    goal = cp.Minimize(SCALE * (statement.objective + theirs.added))
    program = cp.Problem(goal, [*statement.limits, *theirs.limits])
    return _Asked(problem, terms, theirs, statement, program)


def _averse(problem: Problem, terms: Terms, own: OwnTerm | None) -> Problem:
    """For the check: who states risk in another way may leave the aversion to variance at zero."""
    if own is None and terms.are_none:
        return problem
    return replace(problem, variance_aversion=problem.variance_aversion or 1.0)


def _solution(asked: _Asked, ran: Ran) -> Solution:
    if ran.word in UNBOUNDED and asked.own is not NO_OWN:
        raise BadOwnTerm("own term: the objective has no lower end; limit its own variables")
    if not ran.has_values:
        return _nothing(asked.problem, WORDS.get(ran.word, "error"), ran)
    weights = np.asarray(asked.statement.weights.value, dtype=np.float64)
    breach = _breach(asked, weights)
    status = WORDS.get(ran.word, "feasible")
    if not breach <= (BROKEN_MAX if status == "optimal" else UNSURE_MAX):
        return _nothing(asked.problem, "error", ran, f"limits broken by {breach:.2g}")
    bent = _bent(asked)
    stated = float(asked.program.value) / SCALE + bent
    value = stated if status == "optimal" else _worth(asked, weights)
    bound = ran.bound / SCALE
    gap = (value - bound) / max(OBJECTIVE_MIN, abs(value))
    if status == "optimal" and bent > 0 and gap > TOLERANCE:
        status = "feasible"
    why = "; ".join(_remarks(asked, ran, breach))
    return Solution(status, weights, value, bound, gap, breach, ran.iterations, why, np.empty(0))


def _breach(asked: _Asked, weights: Array) -> float:
    """The most that any limit is broken by, those of the terms and of the user among them."""
    if not np.isfinite(weights).all():
        return INFINITE
    problem, terms = asked.problem, asked.terms
    theirs = [float(np.max(limit.violation(), initial=0.0)) for limit in asked.own.limits]
    return max(violation(problem, weights), broken(problem, terms, weights), *theirs, 0.0)


def _worth(asked: _Asked, weights: Array) -> float:
    """What weights come to that the solver does not vouch for: nothing bought and sold in one."""
    theirs = asked.own.added
    more = theirs if isinstance(theirs, float) else float(theirs.value)
    plain = objective(asked.problem, weights)
    return plain + added(asked.problem, asked.terms, weights) + more


def _bent(asked: _Asked) -> float:
    """What the sales of lots in an order of the broker's really cost beyond their envelope."""
    steps, sold = asked.statement.steps, np.maximum(asked.statement.sold.value, 0.0)
    more = 0.0
    for lots in steps.bent:
        rows = steps.name == lots.name
        stated = float(steps.tax[rows] @ sold[rows])
        more += tax_in_order(lots, float(sold[rows].sum())) - stated
    return max(more, 0.0)


def _remarks(asked: _Asked, ran: Ran, breach: float) -> list[str]:
    """What a reader must know of an answer that is not simply the best."""
    remarks = []
    if WORDS.get(ran.word) != "optimal":
        remarks.append(f"the solver ended with: {ran.word}")
    if breach > VIOLATION_MAX:
        remarks.append(f"limits kept to {breach:.2g}")
    if asked.statement.steps.bent:
        count = len(asked.statement.steps.bent)
        names = "1 name" if count == 1 else f"{count} names"
        remarks.append(f"the bound takes the lots of {names} at their convex envelope")
    return remarks


def _nothing(problem: Problem, status: Status, ran: Ran, more: str = "") -> Solution:
    why = f"the solver ended with: {ran.word} after {ran.iterations} iterations"
    return Solution(
        status=status,
        weights=problem.current,
        objective=INFINITE,
        bound=-INFINITE,
        gap=INFINITE,
        violation=INFINITE,
        iterations=ran.iterations,
        why=f"{why}, {more}" if more else why,
        dual=np.empty(0),
    )
