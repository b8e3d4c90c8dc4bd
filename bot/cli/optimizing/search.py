"""The solve itself. ``seconds`` is the time of that alone: reading and checking are not in it.

A name with a loss takes one side (``solve_sides``), unless the problem allows it to be sold and
bought in one go: what pays then is not of the kernel's kind, and the cone solver is asked.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.cli.optimizing.answer import Checked, Verdict, check, judge
from bot.cli.optimizing.document import Asked
from bot.cli.optimizing.round_trips import pay, round_trips
from strategies.optimize.cone import solve_cone
from strategies.optimize.kernel import Solution, Tick
from strategies.optimize.relax import Relaxed, relax
from strategies.optimize.sides import solve_sides

QUIET_SECONDS = 0.5
"""A solve that takes less shows no progress."""
REFRESH_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """The answer, what checking it gave, and the seconds that the solve took.

    ``round_trips`` is what each name sells and buys back besides its trade, where that is allowed;
    ``relaxed`` is the least that must give way where no weights keep all limits.
    """

    answer: Solution
    checked: Checked
    verdict: Verdict
    round_trips: dict[int, float]
    relaxed: Relaxed | None
    seconds: float


def find(asked: Asked, seconds_max: float | None) -> Found:
    """Solve ``asked`` and check the answer against the problem as it was given."""
    by_cone = asked.allow_loss_and_buy and pay(asked.problem)
    began = time.perf_counter()
    tick = _ticker(began, seconds_max)
    answer = solve_cone(asked.problem) if by_cone else solve_sides(asked.problem, tick=tick)
    took = time.perf_counter() - began
    relaxed = relax(asked.problem, tick=tick) if answer.status == "infeasible" else None
    _progress_done(time.perf_counter() - began)
    weights = answer.weights.tolist()
    back = round_trips(asked.problem, weights) if by_cone else {}
    checked = check(asked.problem, weights, back)
    verdict = judge(answer, checked, certified=not by_cone)
    return Found(answer, checked, verdict, back, relaxed, took)


def _ticker(began: float, seconds_max: float | None) -> Tick:
    """Stops the search at the deadline; on a terminal it says now and then how far it is."""
    shown = [0.0]
    talks = sys.stderr.isatty()

    def tick(step: int) -> bool:
        passed = time.perf_counter() - began
        if talks and passed > QUIET_SECONDS and passed - shown[0] > REFRESH_SECONDS:
            shown[0] = passed
            _write(f"\r{step} iterations, {passed:.1f} s")
        return seconds_max is None or passed < seconds_max

    return tick


def _progress_done(took: float) -> None:
    if sys.stderr.isatty() and took > QUIET_SECONDS:
        _write("\r\033[K")


_write: Callable[[str], int] = sys.stderr.write
