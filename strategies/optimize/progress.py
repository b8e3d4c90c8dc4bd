"""How far a search has come, said to whoever listens; a listener may end it.

The search reads no clock and draws no risk figures: it hands over its best weights, and whoever
listens times it, measures them and decides how often to look.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Problem

OBJECTIVE_MIN = 1e-4
"""The gap is relative to the objective, or to this (1 bp of NAV) where that is smaller."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a search.

    ``iteration`` counts on through all solves and moves. ``weights``, shape (n,), are the best
    that keep every limit, None as long as there are none; ``objective`` is what they come to and
    ``bound`` what no plan can go below, both shares of NAV, infinite where nothing is known.
    ``stage`` is what is being done, in a word or two; ``problem`` what is asked, where whoever
    called the search says so.
    """

    iteration: int
    stage: str
    weights: NDArray[np.float64] | None = None
    objective: float = float("inf")
    bound: float = -float("inf")
    problem: Problem | None = None

    @property
    def gap(self) -> float:
        """(objective - bound) / max(1 bp of NAV, |objective|); infinite where one is not known."""
        if self.weights is None or self.bound == -float("inf"):
            return float("inf")
        return (self.objective - self.bound) / max(OBJECTIVE_MIN, abs(self.objective))


Tick = Callable[[Progress], bool]
"""Called at each iteration; the search ends, with its best plan so far, when it answers False."""


def silent(_progress: Progress) -> bool:
    """Nobody listens: go on."""
    return True
