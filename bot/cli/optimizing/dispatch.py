"""Which solver takes a problem, and what it says besides the weights.

| asked for | solver |
|---|---|
| a term or an exponent beyond the kernel, or losses that pay for a round trip and may | cone |
| ``netting`` | ``netted``: the kernel at constant rates, again and again |
| ``grid`` | ``shares``: the kernel, then whole shares |
| everything else | ``sides``: the kernel, with one side for each loss |

Where the kernel alone ends without an answer, and nobody stopped it, the cone solver is asked.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from bot.cli.optimizing.answer import NOTHING_ELSE, Beside
from bot.cli.optimizing.document import Asked
from bot.cli.optimizing.round_trips import pay, round_trips
from bot.progress.interruptible import interruptible
from strategies.optimize.cone import solve_cone
from strategies.optimize.cone.terms import Terms
from strategies.optimize.kernel.repair import repair
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.ladder import Call, Rung, by_holding
from strategies.optimize.netting.law import Netting
from strategies.optimize.netting.solve import Netted, solve_netted
from strategies.optimize.problem import Problem
from strategies.optimize.progress import Progress, Tick
from strategies.optimize.sides.solve import choose, solve_sides, undecided
from strategies.optimize.whole.shares import Rounded, round_to_shares


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a solver answers.

    ``certified``: the bound is proven, not a cone solver's word. ``round_trips`` is what each name
    sells and buys back besides its trade, where that is allowed. ``beside`` is what the check of
    the answer must know; ``netted`` and ``rounded`` are there where they were asked for.
    """

    answer: Solution
    certified: bool = True
    round_trips: dict[int, float] = field(default_factory=dict)
    beside: Beside = NOTHING_ELSE
    netted: Netted | None = None
    rounded: Rounded | None = None


def solve(asked: Asked, tick: Tick, *, apart: bool = False) -> Outcome:
    """The answer of the solver that takes ``asked``. Raises ``BadProblem``.

    ``apart``: where that is the cone solver it works in a process of its own, since it cannot be
    stopped while it compiles. It takes longer to start.
    """
    if asked.needs_cone or (asked.allow_loss_and_buy and pay(asked.problem)):
        return _by_cone(asked, _Cone(asked, tick, apart and asked.own is None))
    if asked.netting is not None:
        return _netted(asked, asked.netting, tick)
    if asked.grid is not None:
        rounded = round_to_shares(asked.problem, asked.grid, tick=tick)
        beside = Beside(orders=(asked.grid, rounded.counts))
        return Outcome(_plain(rounded), beside=beside, rounded=rounded)
    answer = solve_sides(asked.problem, tick=tick)
    if answer.status == "error" and tick(Progress(0, "cone solver")):
        second = _by_cone(asked, _Cone(asked, tick, apart))
        return Outcome(answer) if second.answer.status == "error" else second
    return Outcome(answer)


def _netted(asked: Asked, netting: Netting, tick: Tick) -> Outcome:
    found = solve_netted(asked.problem, asked.gains, netting, tick=tick)
    beside = Beside(year=(asked.gains, netting), taken=found.sold)
    return Outcome(found.solution, beside=beside, netted=found)


def _plain(rounded: Rounded) -> Solution:
    """A plan in whole shares as a plan in weights."""
    return Solution(
        status=rounded.status,
        weights=rounded.weights,
        objective=rounded.objective,
        bound=rounded.bound,
        gap=rounded.gap,
        violation=rounded.violation,
        iterations=rounded.iterations,
        why=rounded.why,
        dual=np.empty(0),
    )


@dataclass(frozen=True, slots=True)
class _Beyond:
    """What the process apart is asked, as it can be sent there."""

    terms: Terms

    def __call__(self, call: Call) -> Solution:
        return solve_cone(call.problem, self.terms, None, call.tick)


@dataclass(frozen=True, slots=True)
class _Cone:
    """The cone solver with the terms that were asked, here or in a process apart."""

    asked: Asked
    tick: Tick
    apart: bool

    def solve(self, problem: Problem) -> Solution:
        """The cone solver's plan for ``problem``."""
        if not self.apart:
            return solve_cone(problem, self.asked.terms, self.asked.own, self.tick)
        rung = interruptible(Rung("cone solver", _Beyond(self.asked.terms), solves=True))
        return rung.answer(Call(problem, tick=self.tick))


def _by_cone(asked: Asked, cone: _Cone) -> Outcome:
    """The cone solver's plan; it sells losses and buys them back, so that it bounds who may not."""
    problem = asked.problem
    beside = Beside(terms=asked.terms)
    free = cone.solve(problem)
    if not free.is_usable and not cone.tick(Progress(0, "cone solver")):
        held = by_holding(Call(problem))
        best = replace(held, why=f"nothing is traded: {free.why}") if held.is_usable else free
        return Outcome(best, certified=False, beside=beside)
    if asked.allow_loss_and_buy or not free.is_usable or not undecided(problem):
        answer = _tidied(asked, free)
        may = asked.allow_loss_and_buy and pay(problem)
        back = round_trips(problem, answer.weights.tolist()) if may else {}
        return Outcome(answer, certified=False, round_trips=back, beside=beside)
    selling = np.flatnonzero(free.weights < problem.current).tolist()
    sided = cone.solve(choose(problem, selling))  # which the free weights keep
    answer = _tidied(asked, replace(sided, bound=free.bound, why=sided.why or SIDES_WORD))
    return Outcome(answer, certified=False, beside=beside)


SIDES_WORD = "the side of each loss is that of the plan that may buy it back, whose bound it is"


def _tidied(asked: Asked, answer: Solution) -> Solution:
    """The cone solver's weights within their bounds and budget exactly."""
    if not answer.is_usable:
        return answer
    weights = repair(asked.problem, answer.weights, np.ones(asked.problem.size))
    return replace(answer, weights=weights)
