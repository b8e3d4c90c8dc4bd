"""What a plan comes to: its risk, its bill, its turnover; or why there is none."""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.kernel.solve import Solution
from strategies.optimize.measure import Bill, bill, squared_tracking_error, turnover, variance
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import Tick, silent
from strategies.optimize.sides.solve import solve_sides


@dataclass(frozen=True, slots=True)
class Outcome:
    """Weights (n,) and what they come to. Risks are annual, the bill and turnover shares of NAV.

    ``gap`` is None where nobody looked for better weights. ``dual`` are the prices, to start the
    next solve from; empty where there are none.
    """

    weights: Array
    bill: Bill
    tracking_error: float
    volatility: float
    turnover: float
    gap: float | None
    dual: Array

    @property
    def cost(self) -> float:
        """Spread, fees and impact."""
        return self.bill.spread + self.bill.impact

    @property
    def objective(self) -> float:
        """All that was minimised."""
        return self.bill.total


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No weights keep all limits, or none were found; ``why`` says which."""

    why: str


Answer = Outcome | NoPlan


def measured(problem: Problem, weights: Array) -> Outcome:
    """What ``weights`` (n,) come to, whoever chose them."""
    return Outcome(
        weights=weights,
        bill=bill(problem, weights),
        tracking_error=float(np.sqrt(squared_tracking_error(problem, weights))),
        volatility=float(np.sqrt(variance(problem, weights))),
        turnover=turnover(problem, weights),
        gap=None,
        dual=np.empty(0),
    )


def best(
    problem: Problem,
    start: Array | None = None,
    *,
    judged: Problem | None = None,
    tick: Tick = silent,
) -> Answer:
    """The best weights of ``problem``, measured by ``judged`` where that is another one.

    ``start`` are prices of an earlier answer. Raises ``BadProblem``.
    """
    return answer_of(judged or problem, solve_sides(problem, start=start, tick=tick))


def answer_of(problem: Problem, solution: Solution) -> Answer:
    """A solution as an answer, measured by ``problem``."""
    if not solution.is_usable:
        return NoPlan(solution.why)
    found = measured(problem, solution.weights)
    return replace(found, gap=solution.gap, dual=solution.dual)
