"""How much each input matters: it is taken smaller and larger, and the plan is made again.

Three figures each: what the objective becomes, how much would be placed otherwise (half the sum of
|w' - w|), and the regret: what it costs to have planned with the number of today if the other is
true. A small regret means that the number need not be known well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from strategies.optimize.kernel.solve import VIOLATION_MAX
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Tick, silent
from strategies.optimize.whatif.limits import SCALARS, Limit, at_level, level_of
from strategies.optimize.whatif.outcome import NoPlan, Outcome, best
from strategies.optimize.whatif.scaled import Scale, resized

MULTIPLES = (0.5, 0.9, 1.1, 1.5)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One input times ``multiple``; ``why`` says why there is no plan, empty where there is one.

    ``change`` of the objective and ``regret`` are shares of NAV, ``moved`` a share that is placed
    otherwise. ``regret`` is None where today's plan would break a limit.
    """

    name: str
    multiple: float
    change: float = 0.0
    moved: float = 0.0
    regret: float | None = None
    why: str = ""


def sensitivities(
    problem: Problem, answer: Outcome, *, tick: Tick = silent
) -> Iterator[Sensitivity]:
    """Every input that ``problem`` has, each at ``MULTIPLES``."""
    for name in inputs(problem):
        for multiple in MULTIPLES:
            yield _one(problem, answer, name, multiple, tick)


SCALES = {
    "spread": "spread",
    "impact": "impact",
    "tax": "tax",
    "risk aversion": "risk",
    "market volatility": "volatility",
}
"""What each input is in ``Scale``."""
LIMIT = " limit"


def inputs(problem: Problem) -> tuple[str, ...]:
    """What there is to vary: nothing that is zero, no limit that is not there."""
    nothing = {
        "spread": not problem.spread.any(),
        "impact": not problem.impact.any(),
        "tax": not any(lots.taxes.any() for lots in problem.lots),
    }
    limits = (kind for kind in SCALARS if getattr(problem, kind) is not None)
    return (
        *(name for name in SCALES if not nothing.get(name)),
        *(kind.replace("_", " ") + LIMIT for kind in limits),
    )


def varied(problem: Problem, name: str, multiple: float) -> Problem:
    """``problem`` with the input ``name`` times ``multiple``."""
    for kind in SCALARS:
        if kind.replace("_", " ") + LIMIT == name:
            limit = Limit(kind)
            return at_level(problem, limit, multiple * level_of(problem, limit))
    return resized(problem, Scale(**{SCALES[name]: multiple}))


def _one(problem: Problem, answer: Outcome, name: str, multiple: float, tick: Tick) -> Sensitivity:
    other = varied(problem, name, multiple)
    try:
        found = best(other, answer.dual, tick=tick)
    except BadProblem as exc:
        return Sensitivity(name, multiple, why=str(exc))
    if isinstance(found, NoPlan):
        return Sensitivity(name, multiple, why=found.why)
    kept = violation(other, answer.weights) <= VIOLATION_MAX
    regret = objective(other, answer.weights) - found.objective
    return Sensitivity(
        name,
        multiple,
        change=found.objective - answer.objective,
        moved=0.5 * float(np.abs(found.weights - answer.weights).sum()),
        regret=max(regret, 0.0) if kept else None,
    )
