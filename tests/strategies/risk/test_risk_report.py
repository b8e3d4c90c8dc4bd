"""The report of one account: figures agree with each other, and what is missing is said."""

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.risk import measures
from strategies.risk.covariance import estimate
from strategies.risk.drawdown import drawdown
from strategies.risk.exposures import Factors
from strategies.risk.model import Array, FactorModel
from strategies.risk.moments import moments
from strategies.risk.refusal import NoRisk
from strategies.risk.report import report
from strategies.risk.report.nouns import Method, RiskReport, Tail
from strategies.risk.returns import Returns, align, complete
from strategies.risk.tails import historical_cvar, historical_var, normal_var
from tests.strategies.risk.histories import bars, days, drawn, history, symbols

NAMES = symbols(4)
VALUES = drawn(1, 300, 4)
PAST = history(VALUES)
RETURNS = align(NAMES, PAST)
COVARIANCE = np.cov(VALUES.T) * 252
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.05])
GROUPS = ("bonds", "shares", "shares", "gold")


def tail(made: RiskReport, method: Method, level: float) -> Tail:
    (found,) = [t for t in made.tails if t.method is method and t.level == level]
    return found


def test_the_parts_make_the_whole() -> None:
    made = report(WEIGHTS, NAMES, RETURNS, COVARIANCE, groups=GROUPS, nav=1e6)
    total = float(np.sqrt(WEIGHTS @ COVARIANCE @ WEIGHTS))
    assert made.volatility == pytest.approx(total)
    for parts in (made.names, made.groups):
        assert sum(part.contribution for part in parts) == pytest.approx(total)
        assert sum(part.share for part in parts) == pytest.approx(1)
        assert sum(part.weight for part in parts) == pytest.approx(0.95)
    assert [part.label for part in made.groups] == ["bonds", "shares", "gold"]
    assert [part.label for part in made.names] == list(NAMES)
    assert made.names[2].volatility == pytest.approx(np.sqrt(COVARIANCE[2, 2]))
    assert made.nav == 1e6
    assert made.notes == ()


def test_history_is_that_of_todays_weights() -> None:
    made = report(WEIGHTS, NAMES, RETURNS, COVARIANCE)
    past = made.past
    assert past is not None
    series = VALUES @ WEIGHTS
    assert past.returns == pytest.approx(series)
    assert past.days == days(301)[1:]
    assert past.covered == 1
    assert past.moments == moments(np.array(past.returns))
    assert past.downside_deviation == pytest.approx(
        measures.downside_deviation(series, periods=252)
    )
    fallen = drawdown(series)
    assert past.drawdown is not None
    assert past.drawdown.depth == pytest.approx(fallen.depth)
    assert (past.peak, past.trough) == (days(301)[fallen.peak], days(301)[fallen.trough])
    recovered = None if fallen.recovered is None else days(301)[fallen.recovered]
    assert past.recovered == recovered


def test_the_sample_covariance_is_the_volatility_of_that_history() -> None:
    made = report(WEIGHTS, NAMES, RETURNS, COVARIANCE)
    assert made.past is not None
    assert made.past.moments.volatility * np.sqrt(252) == pytest.approx(made.volatility)


def test_losses() -> None:
    made = report(WEIGHTS, NAMES, RETURNS, COVARIANCE)
    series = VALUES @ WEIGHTS
    assert len(made.tails) == 8
    for level in (0.95, 0.99):
        found = tail(made, Method.HISTORICAL, level)
        assert found.var == pytest.approx(historical_var(series, level))
        assert found.cvar == pytest.approx(historical_cvar(series, level))
        known = replace(moments(series), mean=0.0)
        assert tail(made, Method.NORMAL, level).var == pytest.approx(normal_var(known, level))
        assert all(t.cvar >= t.var > 0 for t in made.tails)
    assert tail(made, Method.HISTORICAL, 0.95).note == ""
    assert tail(made, Method.HISTORICAL, 0.99).note == "300 returns: 3.0 of them are this bad"


def test_a_longer_horizon() -> None:
    day, fortnight = (
        report(WEIGHTS, NAMES, RETURNS, COVARIANCE, horizon=horizon) for horizon in (1, 10)
    )
    for method in (Method.HISTORICAL, Method.NORMAL):
        ratio = tail(fortnight, method, 0.99).var / tail(day, method, 0.99).var
        assert ratio == pytest.approx(np.sqrt(10))
    assert "times sqrt(10)" in tail(fortnight, Method.HISTORICAL, 0.95).note
    bent, flat = (tail(fortnight, m, 0.99).var for m in (Method.CORNISH_FISHER, Method.NORMAL))
    assert bent == pytest.approx(flat, rel=0.05)  # sums are nearer to the normal distribution


def test_outside_its_domain_cornish_fisher_says_so() -> None:
    values = VALUES.copy()
    values[100] = -0.15
    covariance = np.cov(values.T) * 252
    made = report(WEIGHTS, NAMES, align(NAMES, history(values)), covariance)
    assert made.past is not None
    assert made.past.moments.kurtosis > 8
    assert "outside the domain" in tail(made, Method.CORNISH_FISHER, 0.99).note
    matched = [t for t in made.tails if t.method is Method.CORNISH_FISHER_MATCHED]
    assert all(t.cvar >= t.var > 0 for t in matched)


def test_beside_target_and_benchmark() -> None:
    target, benchmark = np.full(4, 0.25), np.array([0.0, 0.0, 0.5, 0.5])
    made = report(
        WEIGHTS, NAMES, RETURNS, COVARIANCE, target=target, benchmark=benchmark, groups=GROUPS
    )
    for active, other in ((made.target, target), (made.benchmark, benchmark)):
        assert active is not None
        off = WEIGHTS - other
        error = float(np.sqrt(off @ COVARIANCE @ off))
        assert active.tracking_error == pytest.approx(error)
        assert sum(part.contribution for part in active.names) == pytest.approx(error)
        assert sum(part.contribution for part in active.groups) == pytest.approx(error)
        assert [part.weight for part in active.names] == pytest.approx(off)
        assert active.beta == pytest.approx(measures.beta(COVARIANCE, WEIGHTS, other))
    same = report(target, NAMES, RETURNS, COVARIANCE, target=target).target
    assert same is not None
    assert (same.tracking_error, same.beta) == (0, pytest.approx(1))


def test_cash_as_a_benchmark_has_no_beta() -> None:
    found = report(WEIGHTS, NAMES, RETURNS, COVARIANCE, benchmark=np.zeros(4)).benchmark
    assert found is not None
    assert found.beta is None
    assert found.tracking_error == pytest.approx(np.sqrt(WEIGHTS @ COVARIANCE @ WEIGHTS))


def test_all_cash() -> None:
    made = report(np.zeros(4), NAMES, RETURNS, COVARIANCE, groups=GROUPS)
    assert made.volatility == 0
    assert {part.share for part in made.names} == {0}
    assert made.spread.concentration is None
    assert made.spread.diversification_ratio is None
    assert made.past is not None
    assert made.past.moments.volatility == 0
    assert all(t.var == t.cvar == 0 for t in made.tails)


def test_a_factor_model_shows_its_factors() -> None:
    model = estimate(NAMES, PAST)
    made = report(WEIGHTS, NAMES, RETURNS, model)
    exposures = model.loadings.T @ WEIGHTS
    assert made.exposures == pytest.approx(exposures)
    assert made.common == pytest.approx(exposures @ exposures / made.volatility**2)
    assert report(WEIGHTS, NAMES, RETURNS, COVARIANCE).common is None


def test_returns_of_factors_are_matched_by_day() -> None:
    market = VALUES @ [0.5, 0.5, 0, 0]
    other = days(400)
    factors = Factors(("market",), np.concatenate([[9.0], market])[:, None], other[:301])
    made = report(np.array([1.0, 1.0, 0, 0]), NAMES, RETURNS, COVARIANCE, factors=factors)
    assert made.past is not None
    assert made.past.factors is not None
    assert made.past.factors.betas == pytest.approx((2.0,))
    assert made.past.factors.observations == 300
    late = replace(factors, days=other[99:400])
    made = report(WEIGHTS, NAMES, RETURNS, COVARIANCE, factors=late)
    assert made.past is not None
    assert made.past.factors is not None
    assert made.past.factors.observations == 202
    never = Factors(("oil",), np.zeros((1, 1)), (days(1)[0],))
    made = report(WEIGHTS, NAMES, RETURNS, COVARIANCE, factors=never)
    assert "no exposures to factors: 0 returns, at least 3 needed" in made.notes[0]


def test_a_name_without_history_is_taken_like_the_rest_and_named() -> None:
    names = (*NAMES, Symbol("NEW"))
    weights = np.array([0.4, 0.3, 0.2, 0.0, 0.1])
    returns = align(names, PAST)
    made = report(weights, names, returns, estimate(names, PAST))
    assert made.past is not None
    assert made.past.covered == pytest.approx(0.9)
    assert made.past.returns == pytest.approx(VALUES @ weights[:4] / 0.9)
    assert any("10.0% of what is held is not in the history" in n for n in made.notes)
    assert any(n.startswith("NEW: no history") for n in made.notes)
    assert len(set(made.notes)) == len(made.notes)


def test_too_little_history_gives_no_figures_from_it() -> None:
    names = (*NAMES, Symbol("NEW"))
    weights = np.array([0.1, 0.1, 0.1, 0.0, 0.7])
    made = report(weights, names, align(names, PAST), estimate(names, PAST))
    assert made.past is None
    assert {t.method for t in made.tails} == {Method.NORMAL}
    assert any("no figures from history: 30% of what is held" in n for n in made.notes)


def test_a_heavy_name_with_a_short_history_shortens_it_for_all() -> None:
    names = (*NAMES, Symbol("NEW"))
    closes = (50 * np.cumprod(1 + drawn(2, 80, 1)[:, 0])).tolist()
    past = PAST | {Symbol("NEW"): bars(Symbol("NEW"), closes, days(301)[-80:])}
    weights = np.array([0.1, 0.1, 0.1, 0.0, 0.7])
    heavy = report(weights, names, complete(names, past), estimate(names, past))
    assert heavy.past is not None
    assert (len(heavy.past.returns), heavy.past.covered) == (79, 1)
    assert heavy.past.days[0] == days(301)[-79]
    light = report(weights[::-1], names, complete(names, past), estimate(names, past))
    assert light.past is not None
    assert (len(light.past.returns), light.past.covered) == (300, pytest.approx(0.9))


def test_stale_closes_and_days_left_out_are_said() -> None:
    values = VALUES.copy()
    values[50:60, 1] = 0.0
    past = history(values)
    lacking = past[NAMES[0]]
    cut = slice(100, 101)
    closes, dates = list(lacking.closes), list(lacking.days)
    del closes[cut], dates[cut]
    past[NAMES[0]] = bars(NAMES[0], closes, dates)
    made = report(WEIGHTS, NAMES, align(NAMES, past), COVARIANCE)
    assert made.notes == (
        "1 days are left out, since not all names have a close on them",
        f"S1: the same close 11 days in a row until {days(301)[60]}",
    )


def test_weights_that_lose_more_than_all_have_no_drawdown() -> None:
    values = VALUES.copy()
    values[10, 0] = -0.9
    made = report(np.array([3.0, -1, -1, 0]), NAMES, align(NAMES, history(values)), COVARIANCE)
    assert made.past is not None
    assert made.past.drawdown is None
    assert any("no drawdown: return 10" in n for n in made.notes)


def test_plain_returns_without_days() -> None:
    made = report(WEIGHTS, NAMES, Returns(VALUES, (0, 1, 2, 3), ()), COVARIANCE)
    assert made.past is not None
    assert (made.past.days, made.past.peak) == ((), None)
    factors = Factors(("market",), VALUES[:, :1])
    made = report(WEIGHTS, NAMES, Returns(VALUES, (0, 1, 2, 3), ()), COVARIANCE, factors=factors)
    assert made.past is not None
    assert made.past.factors is not None


@given(st.integers(0, 2000), st.integers(2, 40))
def test_any_account_has_a_sound_report(seed: int, names: int) -> None:
    random = np.random.default_rng(seed)
    values = drawn(seed, 31, names)
    values[random.random(values.shape) < 0.02] = np.nan
    weights = random.normal(0.1, 0.2, names)
    model = FactorModel(random.normal(0, 0.2, (names, 2)), random.uniform(0.01, 0.1, names))
    made = report(weights, symbols(names), Returns(values, tuple(range(names)), ()), model)
    assert sum(part.contribution for part in made.names) == pytest.approx(made.volatility)
    assert all(np.isfinite([t.var, t.cvar]).all() for t in made.tails)
    assert all(t.cvar >= t.var for t in made.tails if not t.note)


def bad(weights: Array, place: int) -> Array:
    spoiled = weights.copy()
    spoiled[place] = np.nan
    return spoiled


def test_what_makes_no_sense_is_named() -> None:
    for says, made in (
        ("weights of S2 are nan", lambda: report(bad(WEIGHTS, 2), NAMES, RETURNS, COVARIANCE)),
        (
            "target of S0 are nan",
            lambda: report(WEIGHTS, NAMES, RETURNS, COVARIANCE, target=bad(WEIGHTS, 0)),
        ),
        (r"weights have shape \(3,\)", lambda: report(WEIGHTS[:3], NAMES, RETURNS, COVARIANCE)),
        ("covariance of 3 names", lambda: report(WEIGHTS, NAMES, RETURNS, COVARIANCE[:3, :3])),
        ("covariance holds", lambda: report(WEIGHTS, NAMES, RETURNS, COVARIANCE * np.nan)),
        ("1 group labels", lambda: report(WEIGHTS, NAMES, RETURNS, COVARIANCE, groups=("a",))),
        (
            "returns are of other names",
            lambda: report(WEIGHTS, NAMES, Returns(VALUES, (0, 1, 2, 9), ()), COVARIANCE),
        ),
    ):
        with pytest.raises(NoRisk, match=says):
            made()


def test_three_thousand_names_form_no_matrix() -> None:
    random = np.random.default_rng(3)
    names = symbols(3000)
    model = FactorModel(random.normal(0, 0.1, (3000, 20)), random.uniform(0.01, 0.1, 3000))
    values = random.normal(0, 0.01, (500, 3000))
    even = np.full(3000, 1 / 3000)
    began = perf_counter()
    made = report(even, names, Returns(values, tuple(range(3000)), ()), model, target=even * 1.01)
    assert perf_counter() - began < 5
    assert made.spread.effective_names == pytest.approx(3000)
    assert made.target is not None
    assert made.target.tracking_error == pytest.approx(0.01 * made.volatility)
