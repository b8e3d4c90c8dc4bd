"""Least conditional value at risk: the whole program, a cone solver and brute force agree."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from strategies.optimize.problem import Array, Exposure, Group
from strategies.risk.model import FactorModel
from strategies.targets.cvar import at_least, minimum_cvar, tail_mean
from strategies.targets.limits import LONG_ONLY, Limits
from strategies.targets.refusal import NoTarget

GAP_MAX = 1e-8
"""HiGHS finds prices to 1e-10 each, and there are hundreds."""


def returns_of(seed: int, count: int, names: int) -> Array:
    """Daily returns with fat tails, a market and some sectors."""
    random = np.random.default_rng(seed)
    market = random.standard_t(4, (count, 1)) * 0.008
    sectors = random.standard_t(4, (count, 5)) * 0.005
    own = random.standard_t(4, (count, names)) * 0.012
    moved = market * random.uniform(0.5, 1.5, names) + sectors[:, random.integers(0, 5, names)]
    return 0.0003 + moved + own


def whole_program(returns: Array, limits: Limits, level: float) -> float | None:
    """The least CVaR by the program with every period in it; None where no weights keep the limits.

    Columns are long, short, bought and sold parts of the weights, then alpha and the excesses: no
    bound but zero on any of them, every limit a row.
    """
    count, n = returns.shape
    weights = np.hstack([np.eye(n), -np.eye(n), np.zeros((n, 2 * n + 1 + count))])
    trades = np.hstack([np.zeros((n, 2 * n)), np.eye(n), -np.eye(n), np.zeros((n, 1 + count))])
    rest = np.hstack([np.zeros((count, 4 * n)), np.ones((count, 1)), np.eye(count)])
    rows, most = _rows(limits, weights)
    held = np.zeros(n) if limits.current is None else limits.current
    found = linprog(
        np.concatenate([np.zeros(4 * n), [1.0], np.full(count, 1 / ((1 - level) * count))]),
        A_ub=np.vstack([-returns @ weights - rest, rows]),
        b_ub=np.concatenate([np.zeros(count), most]),
        A_eq=np.vstack([weights.sum(axis=0), weights - trades]),
        b_eq=np.append(limits.budget, held),
        bounds=[(0, None)] * (4 * n) + [(None, None)] + [(0, None)] * count,
        method="highs",
    )
    return None if found.x is None else float(found.fun)


def _rows(limits: Limits, weights: Array) -> tuple[Array, Array]:
    """Rows and what they are at most, for all limits but the budget."""
    n = len(weights)
    lower, upper = limits.bounds(n)
    sizes = np.zeros((2, weights.shape[1]))
    sizes[0, : 2 * n] = sizes[1, 2 * n : 4 * n] = 1.0
    members = [np.isin(np.arange(n), group.members) * 1.0 for group in limits.groups]
    bands = np.array([*members, *(e.coefficients for e in limits.exposures)]).reshape(-1, n)
    both = (*limits.groups, *limits.exposures)
    sums = [np.inf if most is None else most for most in (limits.gross, limits.turnover)]
    rows = np.vstack([weights, -weights, bands @ weights, -bands @ weights, sizes])
    high, low = [band.upper for band in both], [-band.lower for band in both]
    sides = np.concatenate([upper, -lower, high, low, sums])
    return rows[np.isfinite(sides)], sides[np.isfinite(sides)]


def assert_kept(weights: Array, limits: Limits) -> None:
    """Every limit, to rounding; bounds exactly."""
    lower, upper = limits.bounds(len(weights))
    assert (weights >= lower).all()
    assert (weights <= upper).all()
    assert weights.sum() == pytest.approx(limits.budget, abs=1e-12)
    for group in limits.groups:
        assert group.lower - 1e-9 <= weights[list(group.members)].sum() <= group.upper + 1e-9
    for exposure in limits.exposures:
        assert exposure.lower - 1e-9 <= exposure.coefficients @ weights <= exposure.upper + 1e-9
    if limits.gross is not None:
        assert np.abs(weights).sum() <= limits.gross + 1e-9
    if limits.turnover is not None and limits.current is not None:
        assert np.abs(weights - limits.current).sum() <= limits.turnover + 1e-9
    if limits.names_max is not None:
        assert (weights != 0).sum() <= limits.names_max


def some_limits(seed: int, names: int) -> Limits:
    """Of every kind, at random."""
    random = np.random.default_rng(seed)
    short = bool(random.integers(2))
    limits = Limits(lower=-0.3 if short else 0.0, upper=float(random.uniform(0.4, 1.0)))
    if random.integers(2):
        members = tuple(range(int(random.integers(1, names + 1))))
        limits = replace(limits, groups=(Group("first", members, 0.05, 0.7),))
    if random.integers(2):
        beta = random.uniform(0.5, 1.5, names)
        limits = replace(limits, exposures=(Exposure("beta", beta, 0.7, 1.1),))
    if short:
        limits = replace(limits, gross=float(random.uniform(1.0, 2.0)))
    if random.integers(2):
        current = random.dirichlet(np.ones(names))
        limits = replace(limits, turnover=float(random.uniform(0.1, 1.0)), current=current)
    return limits


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 100_000), st.integers(1, 8), st.integers(2, 80), st.floats(0.3, 0.99))
def test_it_is_the_whole_program(seed: int, names: int, count: int, level: float) -> None:
    returns, limits = returns_of(seed, count, names), some_limits(seed, names)
    try:
        expected = whole_program(returns, limits, level)
    except NoTarget:  # bounds that leave no room
        expected = None
    if expected is None:
        with pytest.raises(NoTarget):
            minimum_cvar(returns, limits, level=level)
        return
    found = minimum_cvar(returns, limits, level=level)
    assert found.cvar == pytest.approx(expected, abs=1e-9)
    assert found.portfolio.gap <= GAP_MAX
    assert_kept(found.portfolio.weights, limits)


def test_a_cone_solver_agrees() -> None:
    import cvxpy as cp

    returns = returns_of(9, 250, 20)
    w, alpha = cp.Variable(20), cp.Variable()
    tail = cp.sum(cp.pos(-returns @ w - alpha)) / (0.05 * 250)
    limits = [cp.sum(w) == 1, w >= -0.1, w <= 0.25, cp.norm1(w) <= 1.4]
    asked = cp.Problem(cp.Minimize(alpha + tail), limits)
    asked.solve(solver=cp.CLARABEL)
    found = minimum_cvar(returns, Limits(lower=-0.1, upper=0.25, gross=1.4))
    assert found.cvar == pytest.approx(float(asked.value), abs=1e-7)
    assert np.abs(found.portfolio.weights - w.value).max() <= 1e-4


def test_two_names_by_brute_force() -> None:
    returns = returns_of(3, 60, 2)
    tried = [
        tail_mean(-returns @ np.array([part, 1 - part]), 0.1 * 60)
        for part in np.linspace(0, 1, 20_001)
    ]
    found = minimum_cvar(returns, level=0.9)
    assert found.cvar <= min(tried) + 1e-12
    assert found.cvar == pytest.approx(min(tried), abs=1e-6)


def test_rockafellar_and_uryasev() -> None:
    """Their example: stocks, bonds and small companies, normal, 1.1 % a month wanted.

    Journal of Risk 2 (2000), tables 1 to 4: for normal returns the least CVaR is that of the least
    variance, at weights 0.452013, 0.115573, 0.432414. The sample here has their moments exactly and
    is normal else, so that its tail is theirs but for what 40,000 draws leave.
    """
    mean = np.array([0.0101110, 0.0043532, 0.0137058])
    covariance = np.array(
        [
            [0.00324625, 0.00022983, 0.00420395],
            [0.00022983, 0.00049937, 0.00019247],
            [0.00420395, 0.00019247, 0.00764097],
        ]
    )
    draws = np.random.default_rng(1).normal(size=(20_000, 3))
    draws = np.vstack([draws, -draws])
    draws = np.linalg.solve(np.linalg.cholesky(draws.T @ draws / len(draws)), draws.T).T
    returns = mean + draws @ np.linalg.cholesky(covariance).T
    for level, cvar, var in ((0.90, 0.096975, 0.067847), (0.95, 0.115908, 0.090200)):
        found = minimum_cvar(returns, at_least(LONG_ONLY, mean, 0.011), level=level, mean=mean)
        assert found.cvar == pytest.approx(cvar, rel=0.01)
        assert found.value_at_risk == pytest.approx(var, rel=0.01)
        assert np.abs(found.portfolio.weights - [0.452013, 0.115573, 0.432414]).max() <= 0.05
        assert found.portfolio.expected_return == pytest.approx(0.011, abs=1e-12)
        assert found.portfolio.volatility == pytest.approx(np.sqrt(0.00378529), rel=0.002)


@pytest.mark.parametrize("names_max", [1, 2, 3])
def test_few_names_by_all_choices(names_max: int) -> None:
    returns = returns_of(17, 60, 7)
    best = min(
        minimum_cvar(returns[:, list(chosen)], level=0.9).cvar
        for chosen in combinations(range(7), names_max)
    )
    limits = Limits(names_max=names_max)
    found = minimum_cvar(returns, limits, level=0.9)
    assert found.cvar == pytest.approx(best, abs=1e-8)
    assert found.portfolio.gap <= 1e-6
    assert_kept(found.portfolio.weights, limits)


def test_few_names_may_be_short() -> None:
    returns = returns_of(18, 50, 6)
    limits = Limits(lower=-0.4, upper=0.9, gross=1.5, names_max=3)
    found = minimum_cvar(returns, limits, level=0.9)
    assert_kept(found.portfolio.weights, limits)
    best = min(
        minimum_cvar(returns[:, list(c)], Limits(lower=-0.4, upper=0.9, gross=1.5), level=0.9).cvar
        for c in combinations(range(6), 3)
    )
    assert found.cvar == pytest.approx(best, abs=1e-8)


def test_figures_are_of_the_returns_as_given() -> None:
    returns = returns_of(4, 200, 10)
    found = minimum_cvar(returns, risk_free=0.0001)
    series = returns @ found.portfolio.weights
    assert found.portfolio.expected_return == pytest.approx(series.mean(), rel=1e-12)
    assert found.portfolio.volatility == pytest.approx(series.std(ddof=1), rel=1e-12)
    sharpe = (series.mean() - 0.0001) / series.std(ddof=1)
    assert found.portfolio.sharpe == pytest.approx(sharpe, rel=1e-12)
    worst = np.sort(-series)[::-1]
    assert found.cvar == pytest.approx(worst[:10].mean(), rel=1e-12)
    assert found.value_at_risk == worst[10]


def test_figures_are_of_the_moments_that_are_given() -> None:
    returns = returns_of(4, 200, 10)
    mean, model = np.full(10, 0.08), FactorModel(np.full((10, 1), 0.15), np.full(10, 0.02))
    found = minimum_cvar(returns, mean=mean, covariance=model, risk_free=0.02).portfolio
    assert found.expected_return == pytest.approx(0.08)
    variance = 0.15**2 + 0.02 * (found.weights**2).sum()
    assert found.volatility == pytest.approx(np.sqrt(variance))
    assert (found.weights == minimum_cvar(returns).portfolio.weights).all()
    alone = minimum_cvar(returns, covariance=model).portfolio
    assert (alone.expected_return, alone.sharpe) == (None, None)
    assert alone.volatility == found.volatility


def test_a_frontier_costs_more_tail_for_more_return() -> None:
    returns = returns_of(5, 300, 12)
    mean = returns.mean(axis=0)
    least = minimum_cvar(returns)
    start = least.portfolio.expected_return
    assert start is not None
    tails = []
    for wanted in np.linspace(start, mean.max(), 8):
        found = minimum_cvar(returns, at_least(LONG_ONLY, mean, float(wanted)))
        assert found.portfolio.expected_return == pytest.approx(wanted, abs=1e-12)
        tails.append(found.cvar)
    assert tails[0] == pytest.approx(least.cvar, abs=1e-12)
    assert (np.diff(tails) > 0).all()
    assert (np.diff(tails, 2) >= -1e-10).all()  # convex


def test_a_tail_of_less_than_a_period_is_the_worst_one() -> None:
    returns = returns_of(6, 10, 3)
    found = minimum_cvar(returns, level=0.95)
    assert found.cvar == pytest.approx((-returns @ found.portfolio.weights).max(), abs=1e-15)
    assert "less than one: the worst counts" in found.portfolio.notes[0]


def test_five_hundred_names_and_five_years() -> None:
    """Seconds, where all periods at once take many; the whole program's answer is the same."""
    returns = returns_of(0, 1250, 500)
    found = minimum_cvar(returns)
    assert found.portfolio.gap <= GAP_MAX
    assert_kept(found.portfolio.weights, LONG_ONLY)
    dual = linprog(  # the largest eta with sum_t q_t loss_ti >= eta for every name
        np.append(np.zeros(1250), -1.0),
        A_ub=np.hstack([returns.T, np.ones((500, 1))]),
        b_ub=np.zeros(500),
        A_eq=np.append(np.ones(1250), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, 1 / 62.5)] * 1250 + [(None, None)],
    )
    assert found.cvar == pytest.approx(-dual.fun, abs=1e-10)


def test_more_names_than_periods() -> None:
    returns = returns_of(8, 30, 500)
    found = minimum_cvar(returns)
    assert found.portfolio.gap <= GAP_MAX
    assert "30 periods of 500 names" in found.portfolio.notes[0]
    assert_kept(found.portfolio.weights, LONG_ONLY)
    with pytest.raises(NoTarget, match="weights without bounds gain in every period"):
        minimum_cvar(returns, Limits(lower=-np.inf, upper=np.inf))


def test_weights_without_bounds_where_the_past_allows_no_free_gain() -> None:
    returns = returns_of(8, 400, 4)
    free = Limits(lower=-np.inf, upper=np.inf)
    expected = whole_program(returns, free, 0.95)
    found = minimum_cvar(returns, free)
    assert found.cvar == pytest.approx(expected, abs=1e-9)
    assert found.portfolio.gap <= GAP_MAX


def test_duplicates_cash_and_still_prices() -> None:
    """Two columns that are one, one that never moves: any of the best will do."""
    returns = returns_of(2, 100, 5)
    returns[:, 1], returns[:, 4] = returns[:, 0], 0.0
    found = minimum_cvar(returns)
    assert found.cvar == pytest.approx(0.0, abs=1e-12)
    assert found.portfolio.weights[4] == pytest.approx(1.0)
    still = minimum_cvar(np.zeros((50, 3)))
    assert still.cvar == 0.0
    assert still.portfolio.sharpe is None


RETURNS = returns_of(1, 40, 3)
NAN = np.where(np.arange(120).reshape(40, 3) == 22, np.nan, RETURNS)
FIXED = np.array([0.2, 0.3, 0.5])


@pytest.mark.parametrize(
    ("returns", "limits", "level", "why"),
    [
        (NAN, LONG_ONLY, 0.95, r"returns\[7, 1\] is not a finite number"),
        (RETURNS[:, 0], LONG_ONLY, 0.95, "returns has 1 dimensions"),
        (RETURNS[:1], LONG_ONLY, 0.95, "1 returns of 3 names have no tail"),
        (RETURNS[:, :0], LONG_ONLY, 0.95, "40 returns of 0 names have no tail"),
        (RETURNS, LONG_ONLY, 0.0, "level is 0: it is above 0 and below 1"),
        (RETURNS, LONG_ONLY, 1.0, "level is 1: it is above 0 and below 1"),
        (RETURNS, LONG_ONLY, np.nan, "level is nan"),
        (RETURNS, Limits(volatility=0.1), 0.95, "a limit on volatility is not linear"),
        (RETURNS, Limits(names_max=0), 0.95, "names_max = 0: at least one name"),
        (RETURNS, Limits(gross=np.nan), 0.95, "gross <= nan: that is no limit"),
        (RETURNS, Limits(turnover=0.1), 0.95, "turnover needs the current weight"),
        (RETURNS, Limits(upper=0.3), 0.95, "bounds of 3 names allow weights from 0 to 0.9"),
        (RETURNS, Limits(groups=(Group("a", (0, 7)),)), 0.95, "group a has a member that is not"),
        (RETURNS, Limits(groups=(Group("a", (0,), 1, 0),)), 0.95, "group a 1 to 0: these are no"),
        (RETURNS, Limits(exposures=(Exposure("b", np.ones(2)),)), 0.95, "exposure b has not one"),
        (
            RETURNS,
            Limits(upper=0.5, groups=(Group("tech", (0, 1), upper=0.1),), gross=1.0),
            0.95,
            "no weights within their bounds keep all of: group tech <= 0.1, gross <= 1",
        ),
        (
            RETURNS,
            at_least(LONG_ONLY, np.full(3, 0.01), 0.02),
            0.95,
            "keep all of: expected return >= 0.02",
        ),
        (RETURNS, Limits(lower=0.2, names_max=2), 0.95, "keep all of: at most 2 names"),
        (
            RETURNS,
            Limits(lower=-np.inf, upper=np.inf, names_max=2),
            0.95,
            "number of names needs finite bounds",
        ),
    ],
)
def test_bad_input_is_named(returns: Array, limits: Limits, level: float, why: str) -> None:
    with pytest.raises(NoTarget, match=why):
        minimum_cvar(returns, limits, level=level)


def test_moments_of_other_names_are_refused() -> None:
    with pytest.raises(NoTarget, match="returns of 3 names, and moments of 2"):
        minimum_cvar(RETURNS, mean=np.zeros(2), covariance=np.eye(2))


def test_weights_that_are_all_fixed() -> None:
    found = minimum_cvar(RETURNS, Limits(lower=FIXED, upper=FIXED))
    assert found.portfolio.weights == pytest.approx(FIXED, abs=1e-15)
    assert found.cvar == pytest.approx(tail_mean(-RETURNS @ FIXED, 2.0))
