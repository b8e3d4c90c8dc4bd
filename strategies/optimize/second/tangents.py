"""A mixed-integer linear program that grows: columns, rows, and curves bounded by tangents.

HiGHS keeps rows to 1e-6 and whole numbers to 1e-6, so that columns should be of a size at which
that is little.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array

INFINITE = float("inf")
INTEGER_GAP = 1e-9


@dataclass(frozen=True, slots=True)
class Affine:
    """``row`` . x + ``level``; ``row`` maps columns to coefficients."""

    row: dict[int, float]
    level: float = 0.0

    def times(self, factor: float) -> "Affine":
        """The multiple."""
        return Affine({c: factor * v for c, v in self.row.items()}, factor * self.level)

    def at(self, x: Array) -> float:
        """The value at ``x`` (columns,)."""
        return sum(v * float(x[c]) for c, v in self.row.items()) + self.level


def total(parts: Iterable[Affine]) -> Affine:
    """The sum of all."""
    row, level = dict[int, float](), 0.0
    for part in parts:
        level += part.level
        for column, value in part.row.items():
            row[column] = row.get(column, 0.0) + value
    return Affine(row, level)


def combination(coefficients: Array, parts: list[Affine], level: float = 0.0) -> Affine:
    """``coefficients`` . ``parts`` + ``level``."""
    some = np.flatnonzero(coefficients).tolist()
    scaled = [parts[i].times(float(coefficients[i])) for i in some]
    return total([*scaled, Affine({}, level)])


@dataclass(frozen=True, slots=True)
class Found:
    """What HiGHS says: ``x`` (columns,) or None; ``bound`` holds also where it was cut short."""

    status: int
    x: Array | None
    bound: float
    message: str


@dataclass(frozen=True, slots=True)
class _Curve:
    """Column ``above`` is at least |u|^power, as far as tangents say."""

    u: Affine
    above: int
    power: float


class Program:
    """Minimise the prices of the columns, under rows, bounds and curves."""

    def __init__(self) -> None:
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._is_whole: list[int] = []
        self._prices: dict[int, float] = {}
        self._level = 0.0
        self._rows: list[tuple[Affine, float, float]] = []
        self._curves: list[_Curve] = []

    def column(self, lower: float, upper: float, *, whole: bool = False) -> int:
        """A new unknown within bounds; its index."""
        self._lower.append(lower)
        self._upper.append(upper)
        self._is_whole.append(int(whole))
        return len(self._lower) - 1

    def keep(self, row: Affine, lower: float = -INFINITE, upper: float = INFINITE) -> None:
        """Lower <= row <= upper."""
        self._rows.append((row, lower, upper))

    def pay(self, row: Affine) -> None:
        """Add ``row`` to what is minimised."""
        self._level += row.level
        for column, value in row.row.items():
            self._prices[column] = self._prices.get(column, 0.0) + value

    def power(self, u: Affine, power: float) -> Affine:
        """What is at least |u|^power: a new column, touched where u is zero and one."""
        curve = _Curve(u, self.column(0.0, INFINITE), power)
        self._curves.append(curve)
        for point in (-1.0, 1.0):
            self._touch(curve, point)
        return Affine({curve.above: 1.0})

    def touch(self, x: Array, error: float) -> int:
        """Tangents at ``x`` to every curve that is missed by more than ``error``; how many."""
        added = 0
        for curve in self._curves:
            u = curve.u.at(x)
            price = max(self._prices.get(curve.above, 0.0), 1.0 / max(abs(u), 1.0))
            if price * (abs(u) ** curve.power - float(x[curve.above])) > error:
                self._touch(curve, u)
                added += 1
        return added

    def _touch(self, curve: _Curve, point: float) -> None:
        """The tangent of |u|^p at ``point``: slope (u - point) + |point|^p."""
        slope = np.sign(point) * curve.power * abs(point) ** (curve.power - 1)
        rest = abs(point) ** curve.power - slope * point
        line = total([Affine({curve.above: 1.0}), curve.u.times(-slope)])
        self.keep(line, lower=rest)

    def solve(self, *, whole: bool, nodes_max: int) -> Found:
        """The best columns; as if none had to be whole unless ``whole``."""
        from scipy.optimize import Bounds, milp

        prices = np.zeros(len(self._lower))
        prices[list(self._prices)] = list(self._prices.values())
        answer = milp(
            prices,
            integrality=np.array(self._is_whole) * int(whole),
            bounds=Bounds(np.array(self._lower), np.array(self._upper)),
            constraints=[self._constraint()],
            options={"mip_rel_gap": INTEGER_GAP, "node_limit": nodes_max},
        )
        bound = answer.fun if answer.mip_dual_bound is None else answer.mip_dual_bound
        bound = -INFINITE if bound is None else float(bound) + self._level
        return Found(int(answer.status), answer.x, bound, str(answer.message))

    def _constraint(self) -> object:
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        count = [len(row.row) for row, _, _ in self._rows]
        places = np.repeat(np.arange(len(count)), count)
        columns = [column for row, _, _ in self._rows for column in row.row]
        values = [value for row, _, _ in self._rows for value in row.row.values()]
        shape = (len(count), len(self._lower))
        level = np.array([row.level for row, _, _ in self._rows])
        lower = np.array([low for _, low, _ in self._rows]) - level
        upper = np.array([high for _, _, high in self._rows]) - level
        return LinearConstraint(csr_array((values, (places, columns)), shape), lower, upper)
