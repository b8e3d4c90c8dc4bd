"""The same problem by another solver, chosen by what the problem holds; ``opinion`` compares.

| the problem | solver |
|---|---|
| whole shares, at most ``whole.NAMES_MAX`` names | HiGHS, over tangents |
| squares and lines alone | PIQP where it is installed, else OSQP |
| everything else | Clarabel |

More names in whole shares than HiGHS can prove are solved in fractions: the second opinion is then
no plan that could be ordered, but a bound that none can go below.
"""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from strategies.optimize.cone import OwnTerm, installed, solve_by, solve_cone
from strategies.optimize.cone.terms import NOTHING, Terms
from strategies.optimize.kernel.solve import Status
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import Tick, silent
from strategies.optimize.second.whole import NAMES_MAX, solve_whole
from strategies.optimize.whole.grid import Grid

QP_SOLVERS = ("PIQP", "OSQP")
"""The better one first."""
SQUARE = 2.0


class Answer(Protocol):
    """What the solvers have in common: ``Solution``, ``Rounded`` and ``Whole``."""

    @property
    def status(self) -> Status:
        """Optimal, feasible, infeasible or error."""

    @property
    def weights(self) -> Array:
        """Shape (n,)."""

    @property
    def objective(self) -> float:
        """A share of NAV."""

    @property
    def bound(self) -> float:
        """What no plan can go below, or minus infinity."""

    @property
    def why(self) -> str:
        """Why it is not optimal."""

    @property
    def is_usable(self) -> bool:
        """Whether the weights keep all limits."""


@dataclass(frozen=True, slots=True)
class Second:
    """Another solver's answer. Where it ``gives`` a bound only, it answers in fractions."""

    solver: str
    answer: Answer
    gives: Literal["plan", "bound"] = "plan"


def second_opinion(
    problem: Problem,
    *,
    plan: Array | None = None,
    grid: Grid | None = None,
    terms: Terms = NOTHING,
    own: OwnTerm | None = None,
    tick: Tick = silent,
) -> Second:
    """``problem`` solved anew. Imports cvxpy (a second or so), or scipy for whole shares.

    ``plan`` (n,) are the weights in doubt: a name with a loss is given the side that it takes
    there, since a convex solver would sell the loss and buy it back. Only Clarabel can be stopped
    by ``tick`` at any time, HiGHS between two programs. Raises ``BadProblem``.
    """
    if grid is not None and problem.size <= NAMES_MAX:
        return Second("HiGHS", solve_whole(problem, grid, tick))
    gives: Literal["plan", "bound"] = "plan" if grid is None else "bound"
    sided = problem if plan is None or grid is not None else at_sides(problem, plan)
    if is_quadratic(sided) and terms.are_none and own is None:
        solver = next((name for name in QP_SOLVERS if name in installed()), "")
        if solver:
            return Second(solver, solve_by(sided, solver), gives)
    return Second("Clarabel", solve_cone(sided, terms, own, tick), gives)


def is_quadratic(problem: Problem) -> bool:
    """Whether there are only squares and lines: no power, no limit on a deviation."""
    has_power = bool(problem.impact.any()) and problem.exponent != SQUARE
    return not has_power and problem.tracking_error is None and problem.volatility is None


def at_sides(problem: Problem, plan: Array) -> Problem:
    """``problem`` with every loss that pays for a round trip on the side that ``plan`` takes.

    What is sold is not bought, and the reverse: then its lots do not matter. A name that is not
    traded may be on either side, and is put on the one where it is bought.
    """
    pays = [lots for lots in problem.lots if (lots.taxes < -2 * problem.spread[lots.name]).any()]
    names = np.array([lots.name for lots in pays], dtype=np.intp)
    is_sold = plan[names] < problem.current[names]
    sold, bought = names[is_sold], set(names[~is_sold].tolist())
    upper, lower = problem.upper.copy(), problem.lower.copy()
    upper[sold] = np.minimum(upper[sold], problem.current[sold])
    lower[list(bought)] = np.maximum(lower, problem.current)[list(bought)]
    lots = tuple(each for each in problem.lots if each.name not in bought)
    return replace(problem, lower=lower, upper=upper, lots=lots)
