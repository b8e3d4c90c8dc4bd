"""Asking another solver about a plan: who is asked, and what is said where nobody answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from strategies.optimize.problem import Array, BadProblem, Problem
from strategies.optimize.progress import Tick
from strategies.optimize.whole.grid import Grid

if TYPE_CHECKING:  # the other solvers are large, and hardly ever asked
    from strategies.optimize.second.ask import Second


@dataclass(frozen=True, slots=True)
class Doubt:
    """What another solver is asked: ``plan`` (n,) are the weights in doubt, ``grid`` its steps."""

    problem: Problem
    plan: Array
    grid: Grid | None


Ask = Callable[[Doubt, Tick], "Second | str"]
"""Gives the second opinion, or says why there is none; it never fails."""


def ask_here(doubt: Doubt, tick: Tick) -> "Second | str":
    """In this process: it takes a second or more, and not every solver can be stopped."""
    try:
        from strategies.optimize.second.ask import second_opinion

        return second_opinion(doubt.problem, plan=doubt.plan, grid=doubt.grid, tick=tick)
    except ImportError as exc:
        return f"there is none, the other solvers cannot be loaded: {exc}"
    except BadProblem as exc:
        return f"there is none: {exc}"
