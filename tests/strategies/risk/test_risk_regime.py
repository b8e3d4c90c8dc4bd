"""Calm, tense, crisis: worlds whose regime is known, real prices, and no look ahead."""

import csv
from decimal import Decimal
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.paper.us20 import FILE
from strategies.policy.regime import RegimePolicy, Threshold
from strategies.risk.model import Array
from strategies.risk.regime import State, history, judge, walk
from tests.strategies.risk.worlds import CALM, CRASH, QUIET, RISE, STORM, Spell, agree, world

POLICY = RegimePolicy()
SIGNALS = ["volatility", "correlation", "absorption", "turbulence", "breakdown"]
WIDE = 100
"""More names than days in a window."""


def digits(text: str) -> np.ndarray:
    """One number a day: "0012" is four days."""
    return np.array([int(digit) for digit in text])


@pytest.mark.parametrize(
    ("values", "on"),
    [
        ("00000", "00000"),
        ("02000", "00000"),
        ("03000", "01000"),
        ("03200", "01100"),
        ("03230210", "01110000"),
        ("02321", "00110"),
    ],
)
def test_a_signal_goes_on_at_three_and_off_below_two(values: str, on: str) -> None:
    threshold = Threshold(Decimal(3), Decimal(2))
    assert walk.switched(digits(values).astype(float), threshold).tolist() == [
        digit == "1" for digit in on
    ]


def test_a_signal_without_a_value_stays_as_it_is() -> None:
    values = np.array([np.nan, 4, np.nan, 2.5, np.nan, 1, np.nan])
    on = walk.switched(values, Threshold(Decimal(3), Decimal(2)))
    assert on.tolist() == [False, True, True, True, True, False, False]


@pytest.mark.parametrize(
    ("volatile", "others", "level"),
    [(0, 0, 0), (0, 1, 0), (0, 2, 1), (0, 4, 1), (1, 0, 1), (1, 1, 2), (1, 4, 2)],
)
def test_a_crisis_takes_volatility_and_one_other(volatile: int, others: int, level: int) -> None:
    flags = [np.array([bool(volatile)]), *(np.array([i < others]) for i in range(4))]
    assert walk.called(flags, POLICY).tolist() == [level]


@pytest.mark.parametrize(
    ("called", "states"),
    [
        ("0000000", "0000000"),
        ("0200000", "0000000"),
        ("0220000", "0022200"),
        ("0220000000", "0022200000"),
        ("02120000", "00111100"),
        ("02211110", "00222111"),
        ("0220220000", "0022222200"),
        ("2200000", "0222000"),
    ],
)
def test_two_days_in_a_row_lead_in_and_three_lead_out(called: str, states: str) -> None:
    policy = RegimePolicy(enter_days=2, leave_days=3)
    assert walk.levels(digits(called), policy).tolist() == digits(states).tolist()


@pytest.mark.parametrize("names", [8, WIDE])
@pytest.mark.parametrize("seed", range(6))
def test_a_calm_world_has_no_crisis(names: int, seed: int) -> None:
    past = history(world([CALM, CALM, CALM], names, seed), POLICY)
    assert (past.states < walk.CRISIS).all()
    assert (past.states[past.first :] == walk.CALM).mean() > 0.85


@pytest.mark.parametrize("names", [8, WIDE])
@pytest.mark.parametrize("seed", range(4))
def test_a_crash_is_a_crisis_within_three_weeks_and_over_two_months_later(
    names: int, seed: int
) -> None:
    returns = world([CALM, CRASH, CALM], names, seed)
    end = CALM.days + CRASH.days
    during, after = judge(returns[:end], POLICY), judge(returns[: end + 60], POLICY)
    assert during.state is State.CRISIS
    assert during.since_index is not None
    assert CALM.days < during.since_index < CALM.days + 15
    assert during.notes == ()
    assert [signal.name for signal in during.signals] == SIGNALS
    assert during.signals[0].is_on
    assert during.signals[0].value > 1.5
    assert after.state is not State.CRISIS
    assert after.since_index is not None
    assert after.since_index > end


def test_correlation_alone_is_no_crisis() -> None:
    found = judge(world([CALM, RISE], 20, 1), POLICY)
    on = {signal.name for signal in found.signals if signal.is_on}
    assert found.state is State.TENSE
    assert {"correlation", "breakdown"} <= on
    assert "volatility" not in on


@pytest.mark.parametrize("seed", range(3))
def test_volatility_that_comes_slowly_and_alone_is_no_crisis(seed: int) -> None:
    """What comes slowly is no surprise, so the turbulence stays low."""
    climb = [Spell(1, QUIET * 1.008**day, 0.2) for day in range(150)]
    past = history(world([CALM, *climb], 20, seed), POLICY)
    assert past.flags["volatility"][-1]
    assert past.states[-1] == walk.TENSE
    assert past.states.max() == walk.TENSE


def test_a_storm_is_a_crisis_also_where_correlations_stay() -> None:
    found = judge(world([CALM, STORM], 20, 1)[: CALM.days + 12], POLICY)
    on = {signal.name for signal in found.signals if signal.is_on}
    assert found.state is State.CRISIS
    assert {"volatility", "turbulence"} <= on
    assert "correlation" not in on


def test_a_signal_says_what_it_is_held_against() -> None:
    returns = world([CALM, CRASH], 20, 1)
    assert "times its median (on, until below 1.3)" in judge(returns, POLICY).signals[0].words
    calm = judge(returns[: CALM.days], POLICY)
    assert calm.signals[3].words.endswith("times its median (on from 1.8)")


@settings(max_examples=8, deadline=None)
@given(
    names=st.sampled_from([2, 9, 70]),
    seed=st.integers(0, 10**6),
    cut=st.integers(POLICY.days_min + 1, 400),
)
def test_what_comes_later_changes_nothing_that_was_said(names: int, seed: int, cut: int) -> None:
    returns = world([CALM, CRASH, Spell(80, QUIET, 0.5)], names, seed)
    whole, early = history(returns, POLICY), history(returns[:cut], POLICY)
    assert whole.states[:cut].tolist() == early.states.tolist()
    found = judge(returns[:cut], POLICY)
    assert found.state == list(State)[whole.states[cut - 1]]
    changed = returns.copy()
    changed[cut:] *= -3
    assert judge(changed[:cut], POLICY) == found


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.sampled_from([1e-3, 0.5, 100.0]))
def test_the_unit_of_returns_and_the_order_of_names_do_not_matter(seed: int, factor: float) -> None:
    returns = world([CALM, CRASH], 12, seed)
    whole = history(returns, POLICY)
    other = history(factor * returns[:, ::-1], POLICY)
    assert whole.states.tolist() == other.states.tolist()
    for name in SIGNALS:
        agree(other.values[name], whole.values[name], rtol=1e-6, atol=1e-7)


def test_a_name_that_swings_more_has_no_more_say_in_correlations() -> None:
    returns = world([CALM, CRASH], 12, 3)
    louder = returns * np.linspace(1, 30, 12)
    whole, other = history(returns, POLICY), history(louder, POLICY)
    for name in SIGNALS[1:]:
        agree(other.values[name], whole.values[name], rtol=1e-6, atol=1e-7)


def test_two_years_of_history_say_what_all_of_it_says() -> None:
    """Memory ends: the state of today does not hang on when the history began."""
    returns = world([CALM, CRASH, CALM, STORM, CALM], 12, 4)
    whole = history(returns, POLICY)
    days = range(POLICY.days_wanted, len(returns), 20)
    states = [judge(returns[day - POLICY.days_wanted : day], POLICY).state for day in days]
    assert states == [list(State)[whole.states[day - 1]] for day in days]


def real() -> tuple[list[str], Array]:
    """Days and daily returns of the 20 companies whose closes ship with the package."""
    text = files("brokers").joinpath("data", FILE).read_text("utf-8")
    _, *rows = csv.reader(text.splitlines())
    closes = np.array([[float(close) for close in row[1:]] for row in rows])
    return [row[0] for row in rows][1:], closes[1:] / closes[:-1] - 1


def test_the_crash_of_2020_on_real_prices() -> None:
    """Falls began on 2020-02-20; the S&P 500 was back at its old high in August."""
    days, returns = real()
    past = history(returns, POLICY)
    crisis = [day for day, state in zip(days, past.states, strict=True) if state == walk.CRISIS]
    assert "2020-02-24" <= crisis[0] <= "2020-03-06"
    assert "2020-06-01" <= crisis[-1] <= "2020-09-01"
    spell = [day for day in days if crisis[0] <= day <= crisis[-1]]
    assert crisis == spell, "in and out once"


def test_the_crash_of_2020_with_the_history_that_an_account_has() -> None:
    days, returns = real()
    for day, state in [
        ("2020-02-14", State.CALM),
        ("2020-03-12", State.CRISIS),
        ("2020-04-15", State.CRISIS),
        ("2020-12-31", State.CALM),
    ]:
        end = days.index(day) + 1
        assert judge(returns[end - 251 : end], POLICY).state is state


@pytest.mark.parametrize(
    ("bad", "note"),
    [
        (np.zeros((0, 0)), "regime unknown: 0 daily returns, more than 150 needed"),
        (world([CALM], 5, 0)[:100], "regime unknown: 100 daily returns, more than 150 needed"),
        (world([CALM], 1, 0), "regime unknown: 1 names with whole histories, two are needed"),
        (
            np.full((300, 4), np.nan),
            "regime unknown: 0 names with whole histories, two are needed",
        ),
    ],
)
def test_what_cannot_be_judged_is_calm_and_says_so(bad: Array, note: str) -> None:
    found = judge(bad, POLICY)
    assert (found.state, found.since_index, found.signals) == (State.CALM, None, ())
    assert found.notes == (note,)


def test_names_with_holes_are_left_out_and_counted() -> None:
    returns = world([CALM, CRASH], 12, 3)
    holes = np.hstack([returns, returns[:, :2]])
    holes[5, 12], holes[-1, 13] = np.nan, np.inf
    found = judge(holes, POLICY)
    assert found.notes == ("2 of 14 names left out: returns are missing",)
    assert found.state == judge(returns, POLICY).state


@pytest.mark.parametrize(
    "returns",
    [
        np.zeros((300, 6)),
        np.repeat(world([CALM], 1, 0), 6, axis=1),
        np.hstack([world([CALM], 3, 0), np.zeros((300, 3))]),
        np.vstack([np.zeros((150, 6)), world([CALM], 6, 0)]),
        np.vstack([world([CALM], 6, 0), np.zeros((150, 6))]),
        1e-12 * world([CALM], 70, 0),
    ],
    ids=["still", "one movement", "half are still", "still, then not", "not, then still", "tiny"],
)
def test_worlds_that_cannot_be_divided_by_are_judged(returns: Array) -> None:
    found = judge(returns, POLICY)
    assert found.since_index is not None
    assert found.state is not State.CRISIS
