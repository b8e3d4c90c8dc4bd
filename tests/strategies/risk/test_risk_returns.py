"""Returns are taken on the days that names have in common."""

import numpy as np
import pytest

from brokers.words import Symbol
from strategies.risk.returns import DAYS_MIN, align
from tests.strategies.risk.histories import bars, days, drawn, history, symbols

A, B, C = symbols(3)


def test_returns_are_simple_and_in_order() -> None:
    values = drawn(1, 50, 3)
    aligned = align((C, A, B), history(values))
    assert aligned.columns == (0, 1, 2)
    assert aligned.values == pytest.approx(values[:, [2, 0, 1]], rel=1e-9, abs=1e-12)


def test_a_short_history_does_not_shorten_the_others() -> None:
    past = history(drawn(2, 300, 2))
    dates = days(301)
    past[C] = bars(C, np.linspace(10, 12, 60).tolist(), dates[-60:])
    aligned = align((A, B, C), past)
    assert aligned.columns == (0, 1)
    assert len(aligned.values) == 300
    assert aligned.notes == ("S2: too few of the days that the other names have",)


def test_a_day_that_one_name_lacks_is_left_out_for_all() -> None:
    values = drawn(3, 100, 2)
    past = history(values)
    closes, dates = list(past[A].closes), list(past[A].days)
    del closes[50], dates[50]
    past[A] = bars(A, closes, dates)
    aligned = align((A, B), past)
    two_days = (1 + values[49]) * (1 + values[50]) - 1
    assert aligned.columns == (0, 1)
    assert len(aligned.values) == 99
    assert aligned.values[49] == pytest.approx(two_days, rel=1e-9)


def test_a_day_that_only_one_name_has_does_not_count_against_the_rest() -> None:
    past = history(drawn(4, 100, 3))
    longer = days(400)
    past[C] = bars(C, np.linspace(10, 20, 400).tolist(), longer)
    aligned = align((A, B, C), past)
    assert aligned.columns == (0, 1, 2)
    assert len(aligned.values) == 100


def test_too_few_days_are_said() -> None:
    aligned = align((A,), {A: bars(A, [10.0] * (DAYS_MIN - 1))})
    assert aligned.columns == ()
    assert aligned.values.shape == (0, 0)
    assert aligned.notes == ("S0: only 29 days of history, 30 are needed",)


def test_closes_that_do_not_match_their_days_are_said() -> None:
    aligned = align((A,), {A: bars(A, [10.0] * 40, days(41))})
    assert aligned.notes == ("S0: 41 days but 40 closes",)


def test_no_history_is_said() -> None:
    assert align((A,), {A: bars(A, [])}).notes == ("S0: no history",)


def test_a_jump_is_named() -> None:
    values = drawn(5, 60, 2)
    values[30, 1] = -0.5 - 1 / 30
    aligned = align((A, B), history(values))
    assert aligned.columns == (0, 1)
    assert aligned.notes == ("S1: a daily return of -53%, is a split missing from its history?",)


def test_the_same_name_twice_is_the_same_column_twice() -> None:
    aligned = align((A, Symbol("S0")), history(drawn(6, 40, 1)))
    assert aligned.columns == (0, 1)
    assert (aligned.values[:, 0] == aligned.values[:, 1]).all()
