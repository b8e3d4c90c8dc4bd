"""The limits of a target as a linear program has them.

A weight has one column, or where its size counts (for the gross limit, or for the turnover) one for
each piece between the points where |w| or |w - current| has its kink: w is the sum of its columns,
and the sizes are linear in them. Filled in another order the pieces only look larger, so the limit
stays the same. Where the number of names is limited there follows a switch for each, zero or one,
and with it zero the weight is zero; that makes the program one of whole numbers.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.targets.limits import Limits
from strategies.targets.linear.stated import Size, bands_of, refuse, sizes_of
from strategies.targets.refusal import NoTarget

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Region:
    """x with ``lower`` <= x <= ``upper``, (columns,), and ``low`` <= ``matrix`` x <= ``high``.

    Column c is a piece of the weight of name ``owner[c]``; the columns after those are switches.
    ``least`` and ``most`` (n,) bound the weights, ``span`` sum |w|. ``said`` are the limits in
    words, for who has to be told that they contradict each other.
    """

    owner: NDArray[np.intp]
    lower: Array
    upper: Array
    matrix: "csr_array"
    low: Array
    high: Array
    least: Array
    most: Array
    budget: float
    span: float
    said: tuple[str, ...]

    @property
    def names(self) -> int:
        """Number of names, n."""
        return len(self.least)

    @property
    def switches(self) -> int:
        """Columns that are zero or one: none where all names may be held."""
        return len(self.lower) - len(self.owner)

    @property
    def somewhere(self) -> Array:
        """Weights (n,) to begin with: the same for all, as far as the bounds let."""
        even = np.full(self.names, self.budget / self.names)
        return np.asarray(np.clip(even, self.least, self.most), dtype=np.float64)

    def weights(self, x: Array) -> Array:
        """The weights (n,) of ``x`` (columns,), as clean as sums of floats are.

        Within their bounds, zero where they are switched off, and on the budget.
        """
        weights = np.zeros(self.names)
        np.add.at(weights, self.owner, x[: len(self.owner)])
        np.clip(weights, self.least, self.most, out=weights)
        if self.switches:
            switch = x[len(self.owner) : len(self.lower)]
            weights[np.rint(switch) == 0] = 0.0
        missing = self.budget - float(weights.sum())
        room = self.most - weights if missing > 0 else weights - self.least
        place = int(np.argmax(np.where(weights != 0, room, -np.inf)))
        if room[place] >= abs(missing):
            weights[place] += missing
        return weights


def region(limits: Limits, names: int) -> Region:
    """``limits`` on ``names`` weights. Raises ``NoTarget`` for those that make no sense here."""
    from scipy.sparse import csr_array, vstack

    refuse(limits)
    bands, sizes = bands_of(limits, names), sizes_of(limits, names)
    least, most = _tightened(*limits.bounds(names), limits.budget, sizes)
    owner, lower, upper, slopes = _pieces(least, most, sizes)
    rows = [csr_array(np.vstack([band.coefficients[owner] for band in bands])), *slopes]
    low = [band.lower for band in bands] + [-np.inf] * len(sizes)
    high = [band.upper for band in bands]
    high += [size.most + _constant(size, least) for size in sizes]
    matrix = csr_array(vstack(rows))
    said = (*(band.said for band in bands[1:]), *(size.said for size in sizes))
    span = float(np.maximum(np.abs(least), np.abs(most)).sum())
    span = min(span, limits.budget + 2 * float(np.maximum(-least, 0.0).sum()))
    plain = Region(
        *(owner, lower, upper, matrix, np.array(low), np.array(high), least, most),
        budget=limits.budget,
        span=span,
        said=said,
    )
    return plain if limits.names_max is None else _switched(plain, limits.names_max)


def _tightened(
    least: Array, most: Array, budget: float, sizes: tuple[Size, ...]
) -> tuple[Array, Array]:
    """Bounds (n,) with what budget and sizes say of them: where they are infinite, proofs need it.

    Of sum |w - r| <= s and sum w = b follows that no weight is above r by more than half of
    s + b - sum r, nor below it by more than half of s - b + sum r.
    """
    for size in sizes:
        apart = budget - float(size.reference.sum())
        most = np.minimum(most, np.maximum(least, size.reference + (size.most + apart) / 2))
        least = np.maximum(least, np.minimum(most, size.reference - (size.most - apart) / 2))
    if np.isfinite(least).all():
        most = np.minimum(most, np.maximum(least, budget - (least.sum() - least)))
    if np.isfinite(most).all():
        least = np.maximum(least, np.minimum(most, budget - (most.sum() - most)))
    return least, most


def _pieces(
    least: Array, most: Array, sizes: tuple[Size, ...]
) -> tuple[NDArray[np.intp], Array, Array, list[Array]]:
    """Whose each column is, its bounds, and what it adds to each size, (1, columns) each.

    The first piece of a weight holds its least, the others start from zero.
    """
    kinks = [np.clip(size.reference, least, most) for size in sizes]
    edges = np.vstack([least, *np.sort(kinks, axis=0), most] if kinks else [least, most])
    begin, end = edges[:-1], edges[1:]
    real = end > begin
    real[0] |= ~real.any(axis=0)
    first = (real & (np.cumsum(real, axis=0) == 1))[real]
    owner = np.broadcast_to(np.arange(len(least)), real.shape)[real]
    begin, end = begin[real], end[real]
    lower, upper = np.where(first, begin, 0.0), end.copy()
    upper[~first] -= begin[~first]
    slopes = [np.where(begin >= size.reference[owner], 1.0, -1.0)[None] for size in sizes]
    return owner, lower, upper, slopes


def _constant(size: Size, least: Array) -> float:
    """What is left of sum |w - r| when the pieces are counted: r or -r by the side of the first."""
    return float(np.where(least >= size.reference, size.reference, -size.reference).sum())


def _switched(plain: Region, names_max: int) -> Region:
    """With a switch z_i: least_i z_i <= w_i <= most_i z_i, and sum z <= ``names_max``."""
    from scipy.sparse import block_array, csr_array, diags_array

    if not (np.isfinite(plain.least).all() and np.isfinite(plain.most).all()):
        raise NoTarget("a limit on the number of names needs finite bounds on their weights")
    names, columns = plain.names, len(plain.owner)
    whose = csr_array((np.ones(columns), (plain.owner, np.arange(columns))), (names, columns))
    matrix = block_array(
        [
            [plain.matrix, None],
            [whose, diags_array(-plain.most)],
            [whose, diags_array(-plain.least)],
            [None, csr_array(np.ones((1, names)))],
        ]
    )
    free = np.full(names, np.inf)
    return Region(
        plain.owner,
        np.concatenate([plain.lower, np.zeros(names)]),
        np.concatenate([plain.upper, np.where((plain.least < 0) | (plain.most > 0), 1.0, 0.0)]),
        csr_array(matrix),
        np.concatenate([plain.low, -free, np.zeros(names), [-np.inf]]),
        np.concatenate([plain.high, np.zeros(names), free, [names_max]]),
        *(plain.least, plain.most, plain.budget, plain.span),
        (*plain.said, f"at most {names_max} names"),
    )
