"""The solvers that a plan may be searched with: the house's own, the slow one aside."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.border.second import Doubt
    from strategies.optimize.ladder import Rung
    from strategies.optimize.progress import Tick
    from strategies.optimize.second.ask import Second


def solvers() -> "tuple[Rung, ...]":
    """The ladder's rungs in their order; loaded when it is called, as the optimiser is large."""
    from bot.progress.interruptible import interruptible
    from strategies.optimize.ladder import RUNGS, by_cone

    return tuple(interruptible(rung) if rung.answer is by_cone else rung for rung in RUNGS)


def ask_another(doubt: "Doubt", tick: "Tick") -> "Second | str":
    """A second opinion that holds up and takes down nobody."""
    from bot.progress.interruptible import ask_aside

    return ask_aside(doubt, tick)
