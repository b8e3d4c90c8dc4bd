"""Which point of the frontier is wanted, as the price of a unit of return in variance.

While the same limits bind, the weights are w = a + price b (Markowitz 1956): b is the answer to
return alone, so that C b = mean + what the limits say, and b' C b = mean . b, a' C b = 0 (without
a pull). So each aim finds its price in closed form.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from strategies.optimize.problem import Array

ROUNDING = 1e-12
"""Part of a return by which it is not told apart from the risk-free rate: where cash is held."""


@dataclass(frozen=True, slots=True)
class Line:
    """Return and variance along w = a + price b.

    Return is ``start`` + price ``rise``; variance ``least`` + price^2 ``rise``.
    """

    start: float
    rise: float
    least: float


class Aim(Protocol):
    """Decides the price on a line; None where no price on it will do."""

    def price(self, line: Line) -> float | None:
        """The price of return in variance, at least zero."""
        ...


@dataclass(frozen=True, slots=True)
class Utility:
    """A price that is given: 1 / gamma for the utility mean . w - gamma/2 w'Cw."""

    of: float

    def price(self, line: Line) -> float | None:  # noqa: ARG002 - the same on every line
        """The given one."""
        return self.of


@dataclass(frozen=True, slots=True)
class Return:
    """Least variance at an expected return of at least ``of``."""

    of: float

    def price(self, line: Line) -> float | None:
        """Where the line reaches the return, if it rises at all."""
        if line.start >= self.of:
            return 0.0
        return (self.of - line.start) / line.rise if line.rise > 0 else None


@dataclass(frozen=True, slots=True)
class Volatility:
    """Most return at a volatility of at most ``of``."""

    of: float

    def price(self, line: Line) -> float | None:
        """Where the line reaches the variance, if it rises at all."""
        room = self.of**2 - line.least
        if room <= 0:
            return 0.0
        return float(np.sqrt(room / line.rise)) if line.rise > 0 else None


@dataclass(frozen=True, slots=True)
class Sharpe:
    """Most (return - ``risk_free``) / volatility: where price = variance / excess return."""

    risk_free: float

    def price(self, line: Line) -> float | None:
        """Variance over excess return, in which the price itself cancels out."""
        excess = line.start - self.risk_free
        return line.least / excess if excess > ROUNDING * abs(line.start) else None


def line_of(a: Array, b: Array, slope_a: Array, mean: Array) -> Line:
    """The line through ``a`` along ``b`` (n,); ``slope_a`` is C a."""
    return Line(float(mean @ a), max(0.0, float(mean @ b)), float(a @ slope_a))
