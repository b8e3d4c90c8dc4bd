"""The linear program: against every vertex there is, and its bound at whatever prices."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.location.program import Program, Row, bound, solve

D = Decimal
small = st.integers(-4, 4).map(D)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Up to five variables, up to three rows through a point within the bounds."""
    size = draw(st.integers(2, 5))
    inside = [D(draw(st.integers(0, 8))) / 2 for _ in range(size)]
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        parts = {n: draw(small) for n in range(size)}
        level = sum((part * inside[n] for n, part in parts.items()), D(0))
        is_equal = draw(st.booleans())
        rows.append(Row(parts, level if is_equal else level + draw(st.integers(0, 3)), is_equal))
    gain = tuple(draw(small) for _ in range(size))
    return Program(gain, (D(4),) * size, tuple(rows))


def vertices(program: Program) -> Iterator[np.ndarray]:
    """Every point where as many rows or bounds hold as there are variables."""
    size = len(program.gain)
    lines = [([float(row.parts[n]) for n in range(size)], float(row.level)) for row in program.rows]
    for n, high in product(range(size), (0.0, 4.0)):
        lines.append(([1.0 if m == n else 0.0 for m in range(size)], high))
    for some in combinations(lines, size):
        matrix = np.array([line for line, _ in some])
        if abs(np.linalg.det(matrix)) > 1e-6:
            yield np.linalg.solve(matrix, np.array([level for _, level in some]))


def keeps(program: Program, x: np.ndarray) -> bool:
    for row in program.rows:
        over = sum(float(part) * x[n] for n, part in row.parts.items()) - float(row.level)
        if over > 1e-7 or (row.is_equal and over < -1e-7):
            return False
    return bool(np.all(x >= -1e-7) and np.all(x <= 4 + 1e-7))


@given(program=programs())
@settings(max_examples=60, deadline=None)
def test_no_vertex_is_better_and_the_bound_meets_it(program: Program) -> None:
    answer = solve(program)
    assert answer is not None
    gain = np.array([float(one) for one in program.gain])
    best = max(float(gain @ x) for x in vertices(program) if keeps(program, x))
    assert float(gain @ np.array(answer.x)) == pytest.approx(best, abs=1e-6)
    assert float(answer.bound) == pytest.approx(best, abs=1e-6)


@given(program=programs(), prices=st.lists(st.integers(-9, 9), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_whatever_the_prices_nothing_is_above_the_bound(
    program: Program, prices: list[int]
) -> None:
    told = [
        Fraction(price if row.is_equal else max(0, price))
        for row, price in zip(program.rows, prices, strict=False)
    ]
    answer = solve(program)
    assert answer is not None
    best = sum(float(g) * x for g, x in zip(program.gain, answer.x, strict=True))
    assert float(bound(program, program.rows, told)) >= best - 1e-6


def test_rows_that_contradict_each_other_have_no_answer() -> None:
    rows = (Row({0: D(1)}, D(1)), Row({0: D(1)}, D(2)))
    assert solve(Program((D(1),), (D(9),), rows)) is None
