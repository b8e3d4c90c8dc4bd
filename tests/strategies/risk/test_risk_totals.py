"""Raw closes become total-return ones, by the definition and to the cent."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Bars, Symbol
from strategies.risk.refusal import NoRisk
from strategies.risk.totals import total_return
from tests.strategies.risk.histories import bars, days

A = Symbol("A")
D = days(5)


def returns(history: Bars) -> list[float]:
    closes = np.array(history.closes)
    return (closes[1:] / closes[:-1] - 1).tolist()


def test_a_dividend_is_part_of_the_return_of_its_ex_date() -> None:
    adjusted = total_return(bars(A, [100, 102, 99, 99, 100]), {D[2]: 3.0})
    assert returns(adjusted) == pytest.approx([0.02, 0.0, 0.0, 1 / 99], abs=1e-14)
    assert adjusted.closes[-1] == 100


def test_a_split_is_no_return() -> None:
    adjusted = total_return(bars(A, [100, 102, 51, 51, 52.02]), {}, {D[2]: 2.0})
    assert returns(adjusted) == pytest.approx([0.02, 0.0, 0.0, 0.02], abs=1e-14)
    assert adjusted.closes[:2] == pytest.approx([50, 51])
    assert adjusted.volumes == (2e6, 2e6, 1e6, 1e6, 1e6)


def test_apple_in_2014() -> None:
    """Closes about the 7:1 split of 9 June 2014 and the dividend of 3.29 of 8 May 2014."""
    dates = (date(2014, 5, 7), date(2014, 5, 8), date(2014, 6, 6), date(2014, 6, 9))
    raw = bars(A, [592.33, 587.99, 645.57, 93.70], dates)
    adjusted = total_return(raw, {dates[1]: 3.29}, {dates[3]: 7.0})
    assert returns(adjusted) == pytest.approx(
        [(587.99 + 3.29) / 592.33 - 1, 645.57 / 587.99 - 1, 7 * 93.70 / 645.57 - 1], abs=1e-12
    )


def test_a_reverse_split_and_a_dividend_for_the_shares_from_before_it() -> None:
    adjusted = total_return(bars(A, [10, 100, 100, 100, 100]), {D[1]: 0.5}, {D[1]: 0.1})
    assert returns(adjusted)[0] == pytest.approx((100 * 0.1 + 0.5) / 10 - 1)


def test_what_falls_between_two_closes_counts_at_the_later_one() -> None:
    raw = bars(A, [100, 60, 60], (D[0], D[3], D[4]))
    adjusted = total_return(raw, {D[2]: 1.0}, {D[1]: 2.0})
    assert returns(adjusted)[0] == pytest.approx((60 * 2 + 2 * 1.0) / 100 - 1)


def test_what_falls_outside_is_left_out() -> None:
    raw = bars(A, [100, 101, 102, 103, 104])
    outside = {D[0]: 5.0, date(2030, 1, 1): 5.0, date(2000, 1, 1): 5.0}
    adjusted = total_return(raw, outside, {D[0]: 2.0, date(2030, 1, 1): 2.0})
    assert adjusted.closes == pytest.approx(raw.closes, abs=1e-12)
    assert adjusted.volumes == raw.volumes


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=30))
def test_without_events_nothing_changes(closes: list[float]) -> None:
    assert total_return(bars(A, closes), {}).closes == pytest.approx(closes, rel=1e-12)


@given(st.integers(0, 1000))
def test_wealth_reinvested_grows_by_the_adjusted_closes(seed: int) -> None:
    random = np.random.default_rng(seed)
    dates = days(40)
    closes = random.uniform(20, 60, 40)
    dividends = {dates[i]: float(random.uniform(0, 2)) for i in (5, 17, 30)}
    splits = {dates[11]: 2.0, dates[25]: 0.2}
    shares = 1.0
    for day, close in zip(dates, closes, strict=True):
        cash = shares * dividends.get(day, 0.0) * (day != dates[0])
        shares *= splits.get(day, 1.0)
        shares += cash / close
    adjusted = total_return(bars(A, closes.tolist(), dates), dividends, splits)
    assert adjusted.closes[-1] / adjusted.closes[0] == pytest.approx(
        shares * closes[-1] / closes[0], rel=1e-10
    )


@pytest.mark.parametrize(
    ("dividends", "splits", "says"),
    [
        ({D[1]: -1.0}, {}, "A: unusable dividend -1 on"),
        ({D[1]: float("nan")}, {}, "A: unusable dividend nan on"),
        ({}, {D[1]: 0.0}, "A: unusable split ratio 0 on"),
        ({}, {D[1]: float("inf")}, "A: unusable split ratio inf on"),
    ],
)
def test_amounts_that_make_no_sense_are_named(
    dividends: dict[date, float], splits: dict[date, float], says: str
) -> None:
    with pytest.raises(NoRisk, match=says):
        total_return(bars(A, [1, 2, 3, 4, 5]), dividends, splits)


def test_histories_that_make_no_sense_are_named() -> None:
    with pytest.raises(NoRisk, match="A: 5 days but 4 closes"):
        total_return(bars(A, [1, 2, 3, 4], D), {})
    with pytest.raises(NoRisk, match=f"A: unusable close nan on {D[1]}"):
        total_return(bars(A, [1, float("nan"), 3, 4, 5]), {})
    with pytest.raises(NoRisk, match=f"{D[0]} comes after {D[1]}"):
        total_return(bars(A, [1, 2], (D[1], D[0])), {})
    with pytest.raises(NoRisk, match="5 closes but 1 volumes"):
        total_return(Bars(A, D, (1.0,) * 5, (1.0,), "drawn"), {})
    assert total_return(bars(A, []), {}).closes == ()
