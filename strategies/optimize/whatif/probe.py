"""The worth of a limit by solving again with it a unit looser and a unit tighter.

A price holds for the first bit; where several limits meet in a corner it holds for one side only,
or for none (a limit next to it takes over at once). Solving again leaves no doubt.
"""

from dataclasses import dataclass

from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Tick, silent
from strategies.optimize.whatif.limits import loosened
from strategies.optimize.whatif.outcome import NoPlan, Outcome, best
from strategies.optimize.whatif.prices import Price

ALIKE = 0.5
"""A corner: less than so much of what the price promises is gained by a tenth of a unit."""
FIRST_BIT = 0.1


@dataclass(frozen=True, slots=True)
class Probe:
    """What a unit of a limit really does, as shares of NAV; None where it cannot be had.

    ``gain`` is what a unit more gains, ``loss`` what a unit less costs: None where no plan is left
    or where the limit cannot be moved (the budget). ``is_corner`` where the price overstates even
    the first bit: other limits stand in the way at the same point.
    """

    price: Price
    gain: float | None
    loss: float | None
    is_corner: bool = False


def probe(problem: Problem, answer: Outcome, price: Price, *, tick: Tick = silent) -> Probe:
    """``price`` put to the test."""
    if price.limit.kind == "budget":
        return Probe(price, None, None)
    gain = _gained(problem, answer, price, price.unit, tick)
    bit = _gained(problem, answer, price, FIRST_BIT * price.unit, tick)
    loss = _gained(problem, answer, price, -price.unit, tick)
    promised = FIRST_BIT * price.gain
    slack = (answer.gap or 0.0) * abs(answer.objective)
    is_corner = bit is not None and bit < ALIKE * promised - slack
    return Probe(price, gain, None if loss is None else -loss, is_corner)


def _gained(problem: Problem, answer: Outcome, price: Price, by: float, tick: Tick) -> float | None:
    try:
        other = best(loosened(problem, price.limit, by), answer.dual, tick=tick)
    except BadProblem:  # tighter than a limit can be: below zero, or across the other side
        return None
    return None if isinstance(other, NoPlan) else answer.objective - other.objective
