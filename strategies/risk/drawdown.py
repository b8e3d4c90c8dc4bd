"""The fall from a peak: how deep it was, when, and how deep it is now."""

from dataclasses import dataclass

import numpy as np

from strategies.risk.model import Array
from strategies.risk.moments import observed
from strategies.risk.refusal import NoRisk


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of wealth from its peak, as a share of the peak (0.2: a fifth was lost).

    ``peak``, ``trough`` and ``recovered`` count returns: wealth after that many, 0 being the start;
    ``recovered`` is the first time that the peak is reached again, None where it is not yet.
    ``current`` is how far wealth is below its highest now.
    """

    depth: float
    peak: int
    trough: int
    recovered: int | None
    current: float


def wealth(returns: Array) -> Array:
    """What 1 has become, shape (T + 1,), with the start: 1, 1 + r[0], (1 + r[0])(1 + r[1]), ..."""
    series = observed(returns, 0)
    if (series < -1).any():
        place = int(np.argmax(series < -1))
        raise NoRisk(f"return {place} is {series[place]:g}: more than all is lost")
    return np.concatenate([[1.0], np.cumprod(1 + series)])


def drawdown(returns: Array) -> Drawdown:
    """The deepest fall in ``returns``, shape (T,); the start counts as a peak, too.

    Where nothing ever fell, depth is 0 and peak and trough are the start.
    """
    value = wealth(returns)
    highest = np.maximum.accumulate(value)
    fall = 1 - value / highest
    trough = int(np.argmax(fall))
    peak = int(np.flatnonzero(value[: trough + 1] == highest[trough])[-1])
    again = np.flatnonzero(value[trough:] >= highest[trough])
    recovered = trough + int(again[0]) if again.size else None
    return Drawdown(float(fall[trough]), peak, trough, recovered, float(fall[-1]))
