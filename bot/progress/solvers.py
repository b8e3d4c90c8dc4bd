"""The solvers that a plan may be searched with: the house's own, the slow one aside."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.optimize.ladder import Rung


def solvers() -> "tuple[Rung, ...]":
    """The ladder's rungs in their order; loaded when it is called, as the optimiser is large."""
    from bot.progress.interruptible import interruptible
    from strategies.optimize.ladder import RUNGS, by_cone

    return tuple(interruptible(rung) if rung.answer is by_cone else rung for rung in RUNGS)
