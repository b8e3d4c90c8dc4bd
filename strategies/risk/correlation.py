"""How much the correlations of two spans of days differ."""

from dataclasses import dataclass

import numpy as np

from strategies.risk.model import Array

CLIP = 3.0
"""Deviations beyond which a day counts as this many: one wild day is no correlation."""
NORMAL = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Change:
    """``typical`` is the root mean square change of a pair; the others are average correlations."""

    typical: float
    before: float
    after: float


def change(before: Array, after: Array) -> Change:
    """What became of the correlations between returns ``before`` (T, n) and ``after`` (S, n).

    typical = ||C1 - C0||_F / sqrt(n (n - 1)), C0 and C1 the two correlation matrices; what chance
    alone does, (1 - rho^2)^2 / T for each estimate (Fisher 1915), is taken off its square first.
    No (n, n) matrix is formed: ||X'X||_F = ||X X'||_F, and <X'X, Y'Y> = ||X Y'||_F^2. Names that do
    not move in one of the spans are left out; with fewer than two that do nothing has changed.
    """
    moves = (np.ptp(before, axis=0) > 0) & (np.ptp(after, axis=0) > 0)
    names = int(moves.sum())
    if names < 2:  # noqa: PLR2004 - a pair
        return Change(0.0, 0.0, 0.0)
    x, y = _standard(before[:, moves]), _standard(after[:, moves])
    pairs = names * (names - 1)
    one, other = _squares(x, x), _squares(y, y)
    differs = (one + other - 2 * _squares(x, y)) / pairs
    chance = sum(
        (1 - np.clip((own - names) / pairs, 0.0, 1.0)) ** 2 / len(z)
        for own, z in ((one, x), (other, y))
    )
    typical = float(np.sqrt(max(differs - chance, 0.0)))
    return Change(typical, _average(x), _average(y))


def _standard(values: Array) -> Array:
    """Columns clipped and less their mean, of length one: X'X is the correlation matrix.

    What is far out is told by the median absolute deviation, which wild days do not stretch.
    """
    centred = values - np.median(values, axis=0)
    size = NORMAL * np.median(np.abs(centred), axis=0)
    size = np.where(size > 0, size, centred.std(axis=0))
    clipped = np.clip(centred, -CLIP * size, CLIP * size)
    clipped = clipped - clipped.mean(axis=0)
    return np.asarray(clipped / np.sqrt(np.sum(clipped**2, axis=0)), dtype=np.float64)


def _squares(x: Array, y: Array) -> float:
    """<X'X, Y'Y>, the sum of products of their entries."""
    return float(np.sum((x @ y.T) ** 2))


def _average(x: Array) -> float:
    """Mean correlation of two different names."""
    names = x.shape[1]
    return float((np.sum(x.sum(axis=1) ** 2) - names) / (names * (names - 1)))
