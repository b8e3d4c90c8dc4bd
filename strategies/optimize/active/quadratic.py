"""What is asked: least variance, less a reward, within bounds and rows.

    minimise    1/2 w' C w - pull . w - price mean . w
    subject to  lower <= w <= upper
                low_j <= a_j . w <= high_j          for each row; equal sides make an equation
                sum_i |w_i - centre_i| <= most      for each limit on absolute values

``price`` is what a unit of return is worth in variance; the aim decides it (``aims``).
"""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import UNLIMITED, Array
from strategies.risk.model import Covariance, size, times, variance


@dataclass(frozen=True, slots=True)
class Rows:
    """``low`` <= matrix w <= ``high``: ``matrix`` (m, n), ``low`` and ``high`` (m,).

    ``names`` (m,) are what a person calls them, where they have names.
    """

    matrix: Array
    low: Array
    high: Array
    names: tuple[str, ...] = ()

    def name(self, row: int) -> str:
        """What a person calls it."""
        return self.names[row] if self.names else f"row {row}"


@dataclass(frozen=True, slots=True)
class Absolute:
    """sum |w - centre| <= most: gross where ``centre`` (n,) is zero, turnover where it is held."""

    centre: Array
    most: float


@dataclass(frozen=True, slots=True)
class Quadratic:
    """``mean`` (n,) is what an aim pays for, ``pull`` (n,) a reward that has no price of its own.

    The distance from a benchmark b is half its square w'Cw - 2 (C b).w + ...: ``pull`` = C b.
    """

    covariance: Covariance
    lower: Array
    upper: Array
    rows: Rows
    mean: Array
    pull: Array
    absolute: tuple[Absolute, ...] = ()

    @property
    def size(self) -> int:
        """Number of names, n."""
        return size(self.covariance)

    def value(self, weights: Array, price: float) -> float:
        """The objective at ``weights`` (n,)."""
        reward = self.pull @ weights + price * (self.mean @ weights)
        return 0.5 * variance(self.covariance, weights) - float(reward)

    def slope(self, weights: Array, price: float) -> Array:
        """Its gradient, shape (n,)."""
        return times(self.covariance, weights) - self.pull - price * self.mean

    def violation(self, weights: Array) -> float:
        """The most by which ``weights`` break a limit, in weight."""
        at = self.rows.matrix @ weights
        parts = [
            *(self.lower - weights, weights - self.upper, self.rows.low - at, at - self.rows.high),
            *(np.array([np.abs(weights - a.centre).sum() - a.most]) for a in self.absolute),
        ]
        return max(0.0, *(float(part.max(initial=-UNLIMITED)) for part in parts))


def budget_row(names: int, budget: float) -> Rows:
    """The one row that there always is: the weights sum to ``budget``."""
    side = np.array([budget])
    return Rows(np.ones((1, names)), side, side)
