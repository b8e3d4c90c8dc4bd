"""Returns are taken on the days that names have in common."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brokers.words import Bars, Symbol
from strategies.risk.returns import DAYS_MIN, Returns, align, complete, without_holes
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


def gappy(seed: int, names: int = 4, count: int = 200) -> dict[Symbol, Bars]:
    """Histories where each name lacks a few days of its own."""
    past, random = history(drawn(seed, count, names)), np.random.default_rng(seed)
    for symbol, full in past.items():
        kept = sorted(set(range(count + 1)) - set(random.integers(1, count, 3).tolist()))
        past[symbol] = bars(symbol, [full.closes[i] for i in kept], [full.days[i] for i in kept])
    return past


def test_days_of_the_returns_and_the_day_before_them() -> None:
    aligned = align((A, B), history(drawn(7, 50, 2)))
    assert aligned.start == days(51)[0]
    assert aligned.days == days(51)[1:]
    assert aligned.skipped == 0


@given(st.integers(0, 500))
@example(492)  # a day on which one name of four has a close is none of the calendar's
def test_skipped_days_are_counted_and_lost_to_all(seed: int) -> None:
    past = gappy(seed)
    aligned = align(tuple(past), past)
    common = set.intersection(*(set(b.days) for b in past.values()))
    assert {aligned.start, *aligned.days} == common
    seen = Counter(day for b in past.values() for day in b.days)
    calendar = {day for day, names in seen.items() if 2 * names >= len(past)}
    assert aligned.skipped == len(calendar) - len(common)
    closes = {symbol: dict(zip(b.days, b.closes, strict=True)) for symbol, b in past.items()}
    known = [aligned.start, *aligned.days]
    for t, j in ((0, 0), (50, 2), (len(known) - 2, 3)):
        own, before, day = closes[symbols(4)[j]], known[t], known[t + 1]
        assert before is not None
        assert day is not None
        assert aligned.values[t, j] == pytest.approx(own[day] / own[before] - 1)


@pytest.mark.parametrize("order", [[0, 2, 1, *range(3, 40)], [0, 1, 1, *range(2, 39)]])
def test_days_out_of_order_are_said(order: list[int]) -> None:
    dates = days(40)
    shuffled = bars(A, [10.0 + i for i in range(40)], [dates[i] for i in order])
    aligned = align((A, B), history(drawn(8, 39, 2)) | {A: shuffled})
    assert aligned.columns == (1,)
    assert aligned.notes == (f"S0: days are not in order, or not each once, at {dates[1]}",)


def test_complete_keeps_every_name_and_every_day() -> None:
    values = drawn(9, 300, 2)
    past = history(values)
    past[C] = bars(C, np.linspace(10, 12, 60).tolist(), days(301)[-60:])
    table = complete((A, B, C), past)
    assert table.columns == (0, 1, 2)
    assert table.values.shape == (300, 3)
    assert table.values[:, :2] == pytest.approx(values)
    assert np.isnan(table.values[:-59, 2]).all()
    assert np.isfinite(table.values[-59:, 2]).all()
    assert table.notes == ("S2: 59 of 300 daily returns",)


def test_complete_has_no_return_of_two_days() -> None:
    past = history(drawn(10, 100, 2))
    closes, dates = list(past[A].closes), list(past[A].days)
    del closes[50], dates[50]
    table = complete((A, B), past | {A: bars(A, closes, dates)})
    assert np.flatnonzero(np.isnan(table.values[:, 0])).tolist() == [49, 50]
    assert np.isfinite(table.values[:, 1]).all()
    assert table.notes == ()


def test_complete_leaves_out_a_day_that_hardly_anybody_has() -> None:
    past = history(drawn(11, 40, 4))
    saturday = days(41)[4].replace(day=days(41)[4].day + 1)
    dates = [*past[A].days[:5], saturday, *past[A].days[5:]]
    past[A] = bars(A, [*past[A].closes[:5], 1.0, *past[A].closes[5:]], dates)
    table = complete(symbols(4), past)
    assert saturday not in table.days
    assert np.isfinite(table.values).all()


def test_complete_of_names_that_never_met() -> None:
    dates = days(80)
    past = {A: bars(A, [10.0 + i for i in range(40)], dates[:40])}
    past[B] = bars(B, [20.0 + i for i in range(40)], dates[40:])
    table = complete((A, B), past)
    assert table.values.shape == (79, 2)
    assert not np.isfinite(table.values).all(axis=1).any()
    assert without_holes(table, all_names=True).values.shape == (0, 2)
    assert len(without_holes(table).columns) == 1


def test_complete_of_nothing() -> None:
    assert complete((), {}).values.shape == (0, 0)
    assert complete((A,), {}).notes == ("S0: no history",)


@given(st.integers(0, 500))
def test_complete_without_holes_agrees_with_align_where_nothing_is_missing(seed: int) -> None:
    past = history(drawn(seed, 60, 3))
    assert (complete((A, B, C), past).values == align((A, B, C), past).values).all()
    whole = without_holes(complete((A, B, C), past))
    assert whole.values.shape == (60, 3)


def test_without_holes_drops_the_gappiest_name_first() -> None:
    values = drawn(12, 100, 3)
    values[:60, 1] = np.nan
    values[70, 2] = np.nan
    table = Returns(values, (0, 4, 7), (), days(101)[1:], days(101)[0])
    found = without_holes(table)
    assert found.columns == (0, 7)
    assert found.skipped == 1
    assert days(101)[71] not in found.days
    assert found.start == days(101)[0]
    every = without_holes(table, all_names=True)
    assert every.columns == (0, 4, 7)
    assert every.start == days(101)[60]
    assert len(every.values) == 39
