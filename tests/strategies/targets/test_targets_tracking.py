"""Index tracking with few names: every choice tried, bounds that hold, and limits that are kept."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import nnls

from strategies.optimize.problem import Exposure, Group
from strategies.risk.model import Array, variance
from strategies.targets.few.bound import own_variances
from strategies.targets.few.selection import Places, choose, every_choice, exchange
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from strategies.targets.tracking import index_tracking, index_tracking_returns
from tests.strategies.targets.covariances import FIVE, dense, model, nasty

STRICT = 1e4
"""Weight of the budget's row in least squares, which makes it an equation but for 1e-8."""


def least_squares(root: Array, benchmark: Array, names: list[int]) -> float:
    """The least squared tracking error of some names, long only, by another method and library."""
    rows = np.vstack([root[:, names], STRICT * np.ones(len(names))])
    found, _ = nnls(rows, np.append(root @ benchmark, STRICT))
    weights = np.zeros(len(benchmark))
    weights[names] = found / found.sum()
    return float(np.sum((root @ (weights - benchmark)) ** 2))


def all_tried(covariance: Array, benchmark: Array, most: int) -> float:
    """The least squared tracking error of any choice of names."""
    root = np.linalg.cholesky(covariance).T
    some = combinations(range(len(benchmark)), most)
    return min(least_squares(root, benchmark, list(names)) for names in some)


@pytest.mark.parametrize(("names", "most"), [(9, 3), (12, 4), (13, 3)])
@pytest.mark.parametrize("seed", range(4))
def test_no_choice_of_names_is_better_than_the_gap_says(names: int, most: int, seed: int) -> None:
    covariance = dense(model(seed, names))
    benchmark = np.random.default_rng(seed).dirichlet(np.ones(names))
    found = index_tracking(covariance, benchmark, Limits(names_max=most))
    value, best = (
        variance(covariance, found.weights - benchmark),
        all_tried(covariance, benchmark, most),
    )
    assert (found.weights > 0).sum() <= most
    assert best * (1 - 1e-6) <= value <= best * 1.1
    assert value * (1 - found.gap) <= best * (1 + 1e-6)
    if names == 9:  # few enough to try them all
        assert value == pytest.approx(best, rel=1e-6)
        assert found.gap == 0


def test_factors_and_array_agree() -> None:
    factors, benchmark = model(5, 60), np.random.default_rng(5).dirichlet(np.full(60, 0.5))
    limits = Limits(names_max=12)
    few, same = (index_tracking(c, benchmark, limits) for c in (factors, dense(factors)))
    one, other = (variance(factors, p.weights - benchmark) for p in (few, same))
    assert one == pytest.approx(other, rel=0.02)
    assert 0 <= few.gap < 0.25
    assert "12 names: tracking error" in few.notes[-1]


def test_five_hundred_names_by_fifty() -> None:
    factors = model(1, 500, 20)
    benchmark = np.random.default_rng(1).pareto(1.2, 500)
    benchmark /= benchmark.sum()
    found = index_tracking(factors, benchmark, Limits(names_max=50))
    assert (found.weights > 0).sum() <= 50
    assert found.gap < 0.06
    largest = np.argsort(benchmark)[-50:]
    usual = np.where(np.isin(np.arange(500), largest), benchmark, 0)
    usual /= usual.sum()
    assert variance(factors, found.weights - benchmark) < variance(factors, usual - benchmark)


def test_all_names_are_the_benchmark_itself() -> None:
    benchmark = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    for limits in (Limits(), Limits(names_max=5), Limits(names_max=9)):
        found = index_tracking(FIVE, benchmark, limits)
        assert found.weights == pytest.approx(benchmark, abs=1e-10)
        assert found.gap < 1e-9


def test_one_name_is_the_one_that_moves_most_like_it() -> None:
    benchmark = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    found = index_tracking(FIVE, benchmark, Limits(names_max=1))
    errors = [variance(FIVE, np.eye(5)[i] - benchmark) for i in range(5)]
    assert found.weights == pytest.approx(np.eye(5)[int(np.argmin(errors))])


def returns_of(seed: int, periods: int, names: int) -> Array:
    random = np.random.default_rng(seed)
    market = random.normal(0, 0.02, (periods, 1)) * random.uniform(0.5, 1.5, names)
    return np.asarray(market + random.normal(0, 0.02, (periods, names)))


@pytest.mark.parametrize(("periods", "names"), [(145, 31), (40, 85)])
def test_an_index_that_is_five_names_is_found(periods: int, names: int) -> None:
    returns = returns_of(names, periods, names)
    hidden = np.zeros(names)
    hidden[[1, 7, 11, 20, 30]] = [0.3, 0.25, 0.2, 0.15, 0.1]
    found = index_tracking_returns(returns, returns @ hidden, Limits(names_max=5))
    assert found.weights == pytest.approx(hidden, abs=1e-6)
    assert found.gap < 1e-6


def test_returns_and_squares_say_the_same() -> None:
    returns = returns_of(3, 60, 9)
    benchmark = np.random.default_rng(3).dirichlet(np.ones(9))
    found = index_tracking_returns(returns, returns @ benchmark, Limits(names_max=3))
    squares = returns.T @ returns / 60
    assert variance(squares, found.weights - benchmark) == pytest.approx(
        all_tried(squares, benchmark, 3), rel=1e-6
    )
    assert found.expected_return == pytest.approx(float((returns @ found.weights).mean()))
    assert found.volatility == pytest.approx(float((returns @ found.weights).std(ddof=1)))


def test_limits_are_kept_with_few_names() -> None:
    covariance, benchmark = dense(model(8, 40)), np.full(40, 1 / 40)
    limits = Limits(
        lower=np.where(np.arange(40) == 17, 0.02, 0.0),
        upper=0.15,
        names_max=10,
        groups=(Group("tech", tuple(range(20)), upper=0.3),),
    )
    found = index_tracking(covariance, benchmark, limits, held_min=0.05)
    held = found.weights[found.weights > 0]
    assert len(held) <= 10
    assert held.min() >= 0.05 - 1e-12
    assert held.max() <= 0.15 + 1e-12
    assert found.weights[17] >= 0.05
    assert found.weights[:20].sum() <= 0.3 + 1e-9
    assert found.weights.sum() == pytest.approx(1.0)


def test_a_least_weight_limits_the_names_too() -> None:
    benchmark = np.full(40, 1 / 40)
    found = index_tracking(model(8, 40), benchmark, held_min=0.125)
    held = found.weights[found.weights > 0]
    assert len(held) <= 8
    assert held.min() >= 0.125 - 1e-12


@pytest.mark.parametrize("seed", range(16))
def test_any_covariance_gives_weights_within_limits_or_a_reason(seed: int) -> None:
    covariance = nasty(seed, 20)
    n = len(covariance)
    benchmark = np.random.default_rng(seed).dirichlet(np.ones(n))
    most = max(1, n // 3)
    upper = min(1.0, 2 / most)
    found = index_tracking(covariance, benchmark, Limits(upper=upper, names_max=most))
    assert np.isfinite(found.weights).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert (found.weights >= 0).all()
    assert found.weights.max() <= upper + 1e-12
    assert (found.weights > 0).sum() <= most
    assert 0 <= found.gap <= 1


def test_what_names_have_of_their_own_leaves_a_covariance() -> None:
    for seed in range(10):
        covariance = dense(model(seed, 30))
        own = own_variances(covariance)
        assert own.min() > 0
        left = covariance - np.diag(own)
        assert np.linalg.eigvalsh(left).min() >= -1e-12 * np.linalg.eigvalsh(covariance).max()
    assert not own_variances(np.ones((3, 3))).any()


REFUSED = [
    ({"benchmark": np.full(4, 0.25)}, "benchmark has shape"),
    ({"benchmark": np.array([0.2, np.nan, 0.2, 0.2, 0.2])}, r"benchmark\[1\]"),
    ({"limits": Limits(names_max=0)}, "0 names may be held"),
    ({"limits": Limits(names_max=2, lower=0.1)}, "2 names may be held, and 5 have to be"),
    ({"limits": Limits(names_max=2, upper=0.3)}, "upper bounds of 2 names allow 0.6 together"),
    ({"limits": Limits(groups=(Group("tech", (0, 9)),))}, "member 9"),
    (
        {
            "limits": Limits(
                names_max=1,
                groups=(Group("tech", (0, 1, 2, 3, 4), 1, 1),),
                upper=1.0,
                exposures=(Exposure("beta", np.arange(5.0), 1.5, 1.6),),
            )
        },
        "no 1 names were found that keep the limits",
    ),
    (
        {"limits": Limits(upper=0.4, groups=(Group("tech", (0, 1, 2), upper=0.1),))},
        "group tech <= 0.1",
    ),
    ({"limits": Limits(lower=-0.1), "held_min": 0.1}, "without shorts"),
    ({"limits": Limits(names_max=2, volatility=0.01)}, "a volatility of"),
]


@pytest.mark.parametrize(("asked", "said"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place(asked: dict[str, object], said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        index_tracking(FIVE, **{"benchmark": np.full(5, 0.2), **asked})


def test_returns_that_cannot_be_are_refused_with_their_place() -> None:
    returns = returns_of(0, 20, 4)
    with pytest.raises(NoTarget, match="shape"):
        index_tracking_returns(returns, np.zeros(19))
    holed = returns.copy()
    holed[3, 2] = np.nan
    with pytest.raises(NoTarget, match=r"returns\[3, 2\]"):
        index_tracking_returns(holed, np.zeros(20))
    with pytest.raises(NoTarget, match=r"index\[0\]"):
        index_tracking_returns(returns, np.append(np.inf, np.zeros(19)))


PRICES = np.array([5.0, 1.0, 4.0, 2.0, 3.0, 9.0])


def cheapest(names: Places) -> tuple[float, Array] | None:
    """The sum of the prices; names 1 and 3 will not stand together, and one name is too few."""
    if len(names) < 2 or {1, 3} <= set(names.tolist()):
        return None
    return float(PRICES[names].sum()), np.isin(np.arange(6), names) / len(names)


def by_price(names: Places, _weights: Array) -> tuple[Array, Array]:
    return -PRICES[names], -PRICES


def test_a_choice_of_anything() -> None:
    """The search knows nothing of what is chosen by: names that exclude each other, and prices."""
    start = np.array([0, 2, 3, 4, 5])
    found = choose(start, 2, cheapest, by_price)
    assert found is not None
    assert found.names.tolist() == [1, 4]
    assert found.value == 4.0
    every = every_choice(np.arange(6), 2, cheapest)
    assert every is not None
    assert every.value == found.value
    kept = choose(start, 2, cheapest, by_price, must=(5,))
    assert kept is not None
    assert kept.names.tolist() == [1, 5]
    swapped = exchange(np.array([2, 5]), cheapest, by_price)
    assert swapped is not None
    assert swapped.names.tolist() == [1, 4]
    assert choose(np.array([0, 2]), 1, cheapest, by_price) is None
    assert exchange(np.array([1, 3]), cheapest, by_price) is None
