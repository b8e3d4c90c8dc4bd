"""The trade-off: what a plan comes to as one of its parts counts for less or more.

Along ``tax`` the tax of the best plan never rises and all the rest of its bill never falls; along
``cost`` and ``risk`` the same with theirs (for any minimiser of f + factor x g: Bertsekas,
Nonlinear Programming, 2nd ed., proposition 5.1.1 applied twice).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import Tick, silent
from strategies.optimize.whatif.outcome import Answer, Outcome, best
from strategies.optimize.whatif.scaled import scaled

Along = Literal["tax", "cost", "risk"]
WIDEST = 32.0
"""The largest factor, and one over the smallest that is not zero."""
POINTS_MIN = 3


@dataclass(frozen=True, slots=True)
class Point:
    """The best plan where one part counts ``factor`` times, measured as if it counted once."""

    factor: float
    answer: Answer


def factors(points: int, along: Along) -> tuple[float, ...]:
    """Zero, then in equal ratios from 1/32 to 32, with 1 among them; ``points`` in all.

    Risk that counts nothing leaves nothing to weigh, so that there zero is left out.
    """
    assert points >= POINTS_MIN, "the curve has two ends and today's point"
    others = points - (1 if along == "risk" else 2)
    below = others // 2
    above = others - below
    steps = (
        [WIDEST ** (-step / below) for step in range(below, 0, -1)]
        + [1.0]
        + [WIDEST ** (step / above) for step in range(1, above + 1)]
    )
    return tuple(steps) if along == "risk" else (0.0, *steps)


def curve(
    problem: Problem, along: Along, multiples: tuple[float, ...], *, tick: Tick = silent
) -> Iterator[Point]:
    """One point for each of ``multiples``, each solve started from the one before."""
    start: Array | None = None
    for factor in multiples:
        answer = best(at(problem, along, factor), start, judged=problem, tick=tick)
        if isinstance(answer, Outcome):
            start = answer.dual
        yield Point(factor, answer)


def at(problem: Problem, along: Along, factor: float) -> Problem:
    """``problem`` where that part counts ``factor`` times."""
    match along:
        case "tax":
            return scaled(problem, tax=factor)
        case "cost":
            return scaled(problem, cost=factor)
        case "risk":
            return scaled(problem, risk=factor)


def part(answer: Outcome, along: Along) -> float:
    """What that part of the bill comes to."""
    return {"tax": answer.bill.tax, "cost": answer.cost, "risk": answer.bill.risk}[along]
