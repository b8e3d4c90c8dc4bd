"""What the owner's code is told: days that are over, and gaps as gaps."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from hypothesis import given as drawn
from hypothesis import strategies as st
from owners_code import NAMES, RETURNS, TODAY

from bot.outside import ARGUMENTS
from bot.outside.given import Given, from_history, from_returns
from brokers.words import Bars, Symbol

A, B, C = NAMES


def bars(symbol: Symbol, closes: dict[int, float]) -> Bars:
    """Closes so many days before TODAY."""
    days = tuple(TODAY - timedelta(days=back) for back in closes)
    return Bars(symbol, days, tuple(closes.values()), (1.0,) * len(closes), "test")


def test_every_day_that_any_name_has_is_a_row_and_a_gap_is_no_number() -> None:
    history = {A: bars(A, {3: 10, 2: 11, 1: 12}), B: bars(B, {4: 5, 1: 6, 0: 99, -1: 99})}
    seen = from_history(NAMES, history, TODAY, current={B: 0.25}, cash=0.75)
    assert [TODAY - day for day in seen.days.astype(object)] == [
        timedelta(days=back) for back in (4, 3, 2, 1)
    ]
    nan = np.nan
    wanted = [[nan, 5, nan], [10, nan, nan], [11, nan, nan], [12, 6, nan]]
    np.testing.assert_array_equal(seen.prices, wanted)
    returns = seen.arguments()["returns"]
    assert isinstance(returns, np.ndarray)
    np.testing.assert_allclose(returns[:, 0], [nan, 0.1, 1 / 11])
    assert np.isnan(returns[:, 1:]).all()
    np.testing.assert_array_equal(seen.current, [0, 0.25, 0])


def test_what_is_no_price_is_a_gap() -> None:
    wrong = {4: float("nan"), 3: -1.0, 2: 0.0, 1: float("inf")}
    assert from_history([A], {A: bars(A, wrong)}, TODAY).prices.shape == (0, 1)
    assert from_history([A], {}, TODAY).arguments()["prices"].shape == (0, 1)  # type: ignore[attr-defined]


@drawn(
    st.dictionaries(st.integers(-5, 20), st.floats(1, 1e6), max_size=20),
    st.dictionaries(st.integers(-5, 0), st.floats(1, 1e6), min_size=1, max_size=6),
)
def test_nothing_of_the_future_is_seen(closes: dict[int, float], other: dict[int, float]) -> None:
    known = {back: close for back, close in closes.items() if back > 0}
    one = from_history([A], {A: bars(A, closes)}, TODAY)
    two = from_history([A], {A: bars(A, {**known, **other})}, TODAY)
    np.testing.assert_array_equal(one.days, two.days)
    np.testing.assert_array_equal(one.prices, two.prices)
    assert (one.days < np.datetime64(TODAY)).all()
    assert len(one.prices) == len(known)


def test_returns_alone_make_a_history() -> None:
    seen = from_returns(NAMES, RETURNS, TODAY)
    returns = seen.arguments()["returns"]
    assert isinstance(returns, np.ndarray)
    np.testing.assert_allclose(returns, RETURNS, rtol=0, atol=1e-13)
    assert seen.days[-1] == np.datetime64(TODAY) - 1
    assert len(seen.days) == len(seen.prices) == 251


def test_what_can_be_asked_for_is_what_is_offered() -> None:
    empty = Given((), np.zeros(0, "datetime64[D]"), np.zeros((0, 0)), np.zeros(0), 1.0, date.min)
    assert tuple(empty.arguments()) == ARGUMENTS
    assert replace(empty, lower=0.1).arguments()["lower"] == 0.1
