"""Splits, wrong closes and stale closes are named, and ordinary days are not."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Bars, Symbol
from strategies.risk.model import Array
from strategies.risk.oddities import SPLITS, jumps, split_ratio, stale
from strategies.risk.returns import align
from tests.strategies.risk.histories import days, symbols

A, B = symbols(2)
DAY = 60


def quiet(seed: int, count: int = 120) -> Array:
    """Returns of a name that moves 1 % a day, shape (count,)."""
    return np.random.default_rng(seed).normal(0, 0.01, count)


def after_split(returns: Array, ratio: float, day: int = DAY) -> Array:
    """The same returns where one share became ``ratio`` and nobody adjusted for it."""
    split = returns.copy()
    split[day] = (1 + returns[day]) / ratio - 1
    return split


@given(st.sampled_from(SPLITS), st.integers(0, 5000), st.integers(5, 115))
def test_every_simple_split_is_recognised_on_an_ordinary_day(
    ratio: Fraction, seed: int, day: int
) -> None:
    returns = np.clip(quiet(seed), -0.02, 0.02)
    assert split_ratio(after_split(returns, float(ratio), day), day) == ratio


@given(st.integers(0, 5000))
def test_a_move_between_the_ratios_is_none(seed: int) -> None:
    returns = quiet(seed)
    returns[DAY] = 1 / 1.75 - 1
    assert split_ratio(returns, DAY) is None


def test_a_split_is_named_with_its_day_and_corrected_by_nobody() -> None:
    values = np.column_stack([quiet(1), after_split(quiet(2), 2)])
    sentence = jumps((A, B), values, days(120))
    day = days(120)[DAY]
    shown = f"which shows a return of {values[DAY, 1]:+.0%} there"
    assert sentence == [f"S1: a 2:1 split on {day} seems to be missing from its history, {shown}"]


@pytest.mark.parametrize(("ratio", "words"), [(0.1, "1:10"), (1.5, "3:2"), (3, "3:1")])
def test_splits_are_said_as_they_are_announced(ratio: float, words: str) -> None:
    (sentence,) = jumps((A,), after_split(quiet(3), ratio)[:, None])
    assert f"a {words} split seems to be missing" in sentence


def test_a_wrong_close_is_told_from_a_split() -> None:
    returns = quiet(4)
    returns[DAY], returns[DAY + 1] = -0.6, 1.5
    (sentence,) = jumps((A,), returns[:, None], days(120))
    assert "did not last, a wrong close?" in sentence
    halved = quiet(4)
    halved[DAY], halved[DAY + 1] = -0.5, 1.0
    assert split_ratio(halved, DAY) is None
    assert split_ratio(halved, DAY + 1) is None


def test_a_name_that_moves_as_far_every_week_has_no_split() -> None:
    wild = np.random.default_rng(5).normal(0, 0.10, 250)
    wild[DAY] = -1 / 3
    assert split_ratio(wild, DAY) is None


def test_in_a_crash_a_fall_is_no_split() -> None:
    returns = quiet(6, 500)
    returns[DAY - 10 : DAY + 11] *= 10
    returns[DAY] = -0.33
    assert split_ratio(returns, DAY) is None


def test_with_ten_times_the_usual_volume_it_was_news() -> None:
    closes = np.concatenate([[100.0], 100 * np.cumprod(1 + after_split(quiet(7), 1.5))])
    volumes = [1e6] * 121
    calm = Bars(A, days(121), tuple(closes.tolist()), tuple(volumes), "drawn")
    volumes[DAY + 1] = 1e7
    busy = Bars(A, days(121), tuple(closes.tolist()), tuple(volumes), "drawn")
    assert "3:2 split" in align((A,), {A: calm}).notes[0]
    assert align((A,), {A: busy}).notes == ()


def test_a_split_on_the_last_day_is_named_at_once() -> None:
    returns = after_split(quiet(8), 4, day=119)
    assert split_ratio(returns, 119) == 4


def test_days_without_return_are_stepped_over() -> None:
    values = after_split(quiet(9), 2)
    values[[10, 11, 90]] = np.nan
    (sentence,) = jumps((A,), values[:, None], days(120))
    assert f"2:1 split on {days(120)[DAY]}" in sentence


def test_total_loss_and_nothing_at_all_do_no_harm() -> None:
    values = quiet(10)[:, None]
    values[DAY] = -1.0
    assert "-100%" in jumps((A,), values)[0]
    assert jumps((), np.empty((0, 0))) == []
    assert jumps((A,), np.full((40, 1), np.nan)) == []


def test_closes_that_stay_the_same_are_named() -> None:
    values = np.column_stack([quiet(11), quiet(12)])
    values[20:27, 1] = 0.0
    values[50:52, 1] = 0.0
    assert stale((A, Symbol("OLD")), values, days(120)) == [
        f"OLD: the same close 8 days in a row until {days(120)[26]}"
    ]


def test_a_few_equal_closes_are_not() -> None:
    values = quiet(13)[:, None]
    values[20:24] = 0.0
    assert stale((A,), values, ()) == []
    assert stale((A,), values[:3], ()) == []
