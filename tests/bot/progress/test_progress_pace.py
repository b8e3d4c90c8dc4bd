"""How fast, and how long still: against gaps whose end is known."""

from math import inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.progress.pace import Look, iterations_per_second, seconds_to_gap


def halving(seconds: float, count: int, step: float = 0.1) -> list[Look]:
    """A gap of 1 % that halves every ``seconds``."""
    return [Look(i * step, 7 * i, 0.01 * 0.5 ** (i * step / seconds)) for i in range(count)]


@given(st.floats(0.05, 100), st.integers(4, 60))
def test_a_gap_that_shrinks_steadily_ends_when_it_must(seconds: float, count: int) -> None:
    """It halves every ``seconds``: at a thousandth of what it is now after ten halvings, nearly."""
    looks = halving(seconds, count)
    found = seconds_to_gap(looks, looks[-1].gap / 1024)
    shrinks = looks[-1].gap < looks[0].gap * (1 - 1e-3)
    assert isclose(found or 0.0, 10 * seconds, rel_tol=1e-6) if shrinks else found is None


@pytest.mark.parametrize(
    "looks",
    [
        [],
        [Look(0.0, 0, inf), Look(1.0, 9, inf)],
        [Look(1.0, 9, 0.01)],
        [Look(0.0, 0, 0.01), Look(5.0, 9, 0.01)],
        [Look(0.0, 0, 0.01), Look(5.0, 9, 0.02)],
        [Look(0.0, 0, 0.02), Look(0.1, 9, 0.01)],
    ],
)
def test_no_end_is_foretold_where_nothing_says_so(looks: list[Look]) -> None:
    assert seconds_to_gap(looks, 1e-6) is None


def test_a_gap_within_the_tolerance_is_the_end() -> None:
    assert seconds_to_gap([Look(1.0, 9, 1e-7)], 1e-6) == 0.0
    assert seconds_to_gap([Look(1.0, 9, 0.0)], 1e-6) == 0.0
    assert seconds_to_gap([Look(1.0, 9, -1e-12)], 0.0) == 0.0


def test_iterations_are_counted_over_the_window() -> None:
    assert isclose(iterations_per_second(halving(1.0, 11)) or 0.0, 70.0)
    assert isclose(iterations_per_second([Look(2.0, 50, inf)]) or 0.0, 25.0)
    assert iterations_per_second([]) is None
    assert iterations_per_second([Look(0.0, 0, inf)]) is None
