"""A linear program with a certificate that does not rest on the solver's word.

    maximise  gain . x   with  sum of each row = level (or <= level),  0 <= x <= upper

HiGHS looks for the answer (Huangfu and Hall, Parallelizing the dual revised simplex method,
Mathematical Programming Computation 10, 2018). Whatever prices y it tells of the rows, by weak
duality no x within the bounds can be worth more than

    y . level + sum_j upper_j max(0, gain_j - y . column_j),   y >= 0 where a row is "<="

and that number is worked out in fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """``parts``: coefficients by the place of the variable."""

    parts: Mapping[int, Decimal]
    level: Decimal
    is_equal: bool = True


@dataclass(frozen=True, slots=True)
class Program:
    """``gain`` and ``upper``, one a variable, in units of the caller."""

    gain: tuple[Decimal, ...]
    upper: tuple[Decimal, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """``x`` as the solver has it, within its tolerance; ``bound``: nothing is worth more."""

    x: tuple[float, ...]
    bound: Fraction


def solve(program: Program) -> Answer | None:
    """The best x; None where no x keeps all rows."""
    if not program.gain:
        return _without_variables(program)
    from scipy.optimize import linprog

    equal = [row for row in program.rows if row.is_equal]
    most = [row for row in program.rows if not row.is_equal]
    found: Any = linprog(
        [-float(one) for one in program.gain],
        A_eq=_matrix(equal, len(program.gain)),
        b_eq=[float(row.level) for row in equal] or None,
        A_ub=_matrix(most, len(program.gain)),
        b_ub=[float(row.level) for row in most] or None,
        bounds=[(0.0, float(one)) for one in program.upper],
        method="highs",
    )
    if found.x is None:
        return None
    prices = [Fraction(-float(y)) for y in found.eqlin.marginals] if equal else []
    prices += [max(Fraction(0), Fraction(-float(y))) for y in found.ineqlin.marginals]
    return Answer(tuple(map(float, found.x)), bound(program, [*equal, *most], prices))


def bound(program: Program, rows: Sequence[Row], prices: Sequence[Fraction]) -> Fraction:
    """What weak duality allows at these ``prices`` of ``rows``, exactly."""
    left = [Fraction(one) for one in program.gain]
    most = Fraction(0)
    for row, price in zip(rows, prices, strict=True):
        most += price * Fraction(row.level)
        for place, part in row.parts.items():
            left[place] -= price * Fraction(part)
    spare = zip(left, program.upper, strict=True)
    return most + sum((one * Fraction(high) for one, high in spare if one > 0), Fraction(0))


def _without_variables(program: Program) -> Answer | None:
    fits = all(row.level == 0 if row.is_equal else row.level >= 0 for row in program.rows)
    return Answer((), Fraction(0)) if fits else None


def _matrix(rows: Sequence[Row], wide: int) -> list[list[float]] | None:
    filled = []
    for row in rows:
        line = [0.0] * wide
        for place, part in row.parts.items():
            line[place] = float(part)
        filled.append(line)
    return filled or None
