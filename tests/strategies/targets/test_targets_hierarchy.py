"""Hierarchical risk parity: the published case, the method written out plainly, and its limits."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from strategies.optimize.problem import Group
from strategies.risk.model import Array, FactorModel
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.leaves import Linkage, correlation_rows, leaf_order
from strategies.targets.limits import Limits
from strategies.targets.pairwise import pairwise_complete
from strategies.targets.refusal import NoTarget
from tests.strategies.targets.covariances import FIVE, FOUR, dense, model, nasty

FACTS = json.loads((Path(__file__).parent / "hrp_facts.json").read_text())


def square(upper: list[float]) -> Array:
    """A symmetric array from what stands on and above its diagonal, row by row."""
    size = int((np.sqrt(8 * len(upper) + 1) - 1) / 2)
    whole = np.zeros((size, size))
    whole[np.triu_indices(size)] = upper
    return whole + np.triu(whole, 1).T


def test_the_published_case() -> None:
    found = hierarchical_risk_parity(
        square(FACTS["covariance_upper"]),
        correlation=square(FACTS["correlation_upper"]),
        mean=np.array(FACTS["mean_daily"]),
    )
    assert found.weights == pytest.approx(FACTS["published"], abs=1e-9)
    annual = FACTS["published_annual"]
    assert found.expected_return is not None
    assert found.expected_return * 252 == pytest.approx(annual["expected_return"], abs=1e-9)
    assert found.volatility * np.sqrt(252) == pytest.approx(annual["volatility"], abs=1e-9)
    assert found.gap == 0


def correlation_of(covariance: Array) -> Array:
    sigma = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sigma, sigma)


def plain(covariance: Array, order: list[int]) -> Array:
    """The recursion of the paper, word for word."""
    weights = np.ones(len(order))

    def cluster_variance(names: list[int]) -> float:
        inside = covariance[np.ix_(names, names)]
        inverse = 1 / np.diag(inside)
        inverse = inverse / inverse.sum()
        return float(inverse @ inside @ inverse)

    def split(names: list[int]) -> None:
        if len(names) > 1:
            left, right = names[: len(names) // 2], names[len(names) // 2 :]
            one, other = cluster_variance(left), cluster_variance(right)
            weights[left] *= 1 - one / (one + other)
            weights[right] *= one / (one + other)
            split(left)
            split(right)

    split(order)
    return weights


def scipy_order(covariance: Array, method: Linkage) -> list[int]:
    distances = np.sqrt(np.clip((1 - correlation_of(covariance)) / 2, 0, 1))
    return [int(i) for i in leaves_list(linkage(squareform(distances, checks=False), method))]


@pytest.mark.parametrize("covariance", [FOUR, FIVE], ids=["four", "five"])
def test_worked_examples(covariance: Array) -> None:
    expected = plain(covariance, scipy_order(covariance, "single"))
    assert hierarchical_risk_parity(covariance).weights == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("method", ["single", "complete", "average", "ward"])
@pytest.mark.parametrize("names", [1, 2, 3, 17, 150])
def test_the_plain_method_agrees_from_an_array_and_from_factors(
    names: int, method: Linkage
) -> None:
    factors = model(names, names)
    covariance = dense(factors)
    order = scipy_order(covariance, method) if names > 1 else [0]
    expected = plain(covariance, order)
    for given in (covariance, factors):
        found = hierarchical_risk_parity(given, linkage=method)
        assert found.weights == pytest.approx(expected, abs=1e-12)


def test_two_names_are_held_by_inverse_variance() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    assert hierarchical_risk_parity(covariance).weights == pytest.approx([9 / 13, 4 / 13])


def test_duplicates_stand_side_by_side() -> None:
    """All of one correlation but for two that are the same: ties, as scipy breaks them."""
    covariance = np.eye(6) * 0.5 + 0.5
    covariance[1, 4] = covariance[4, 1] = 1.0
    own = np.diag(covariance)
    order = leaf_order(correlation_rows(covariance, own, None), 6, "single").tolist()
    assert order == scipy_order(covariance, "single")
    assert abs(order.index(1) - order.index(4)) == 1


def test_three_thousand_names_in_factors() -> None:
    found = hierarchical_risk_parity(model(0, 3000, 20))
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.weights.min() > 0


def test_pairs_are_complete_as_in_pandas() -> None:
    random = np.random.default_rng(4)
    returns = random.normal(0.001, 0.01, (80, 9)) + random.normal(0, 0.01, (80, 1))
    returns[random.random((80, 9)) < 0.3] = np.nan
    returns[:20, 2] = np.nan
    covariance, correlation = pairwise_complete(returns)
    table = pd.DataFrame(returns)
    assert covariance == pytest.approx(table.cov().to_numpy(), abs=1e-16)
    assert correlation == pytest.approx(table.corr().to_numpy(), abs=1e-13)


def test_names_without_common_days_are_named() -> None:
    returns = np.random.default_rng(0).normal(size=(10, 3))
    returns[:5, 0] = np.nan
    returns[4:, 2] = np.nan
    with pytest.raises(NoTarget, match="names 0 and 2 have fewer than two days in common"):
        pairwise_complete(returns)
    returns = np.random.default_rng(0).normal(size=(10, 2))
    returns[:, 1] = 0.01
    with pytest.raises(NoTarget, match="does not move"):
        pairwise_complete(returns)


@pytest.mark.parametrize("seed", range(40))
def test_bounds_are_kept_and_what_they_leave_is_shared_as_before(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 50))
    covariance = model(seed, n)
    free = hierarchical_risk_parity(covariance).weights
    lower, upper = random.uniform(0, 0.9, n) / n, random.uniform(1.1, 3, n) / n
    found = hierarchical_risk_parity(covariance, Limits(lower=lower, upper=upper)).weights
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    assert (found >= lower).all()
    assert (found <= upper).all()
    wide = Limits(lower=free * 0.9, upper=free * 1.1)
    assert hierarchical_risk_parity(covariance, wide).weights == pytest.approx(free, abs=1e-12)


def test_a_bound_moves_money_to_the_other_half_of_the_nearest_cut() -> None:
    free = hierarchical_risk_parity(FOUR).weights
    order = leaf_order(correlation_rows(FOUR, np.diag(FOUR), None), 4, "single").tolist()
    heavy = int(np.argmax(free))
    sibling = order[order.index(heavy) ^ 1]
    others = [i for i in range(4) if i not in (heavy, sibling)]
    upper = np.ones(4)
    upper[heavy] = free[heavy] * 0.9
    found = hierarchical_risk_parity(FOUR, Limits(upper=upper)).weights
    assert found[heavy] == pytest.approx(upper[heavy])
    assert found[others] == pytest.approx(free[others])
    assert found[sibling] == pytest.approx(free[sibling] + 0.1 * free[heavy])


@pytest.mark.parametrize("seed", range(160))
def test_any_covariance_gives_weights_within_limits(seed: int) -> None:
    covariance = nasty(seed, 40)
    upper = min(1.0, 3 / len(covariance))
    found = hierarchical_risk_parity(covariance, Limits(upper=upper))
    assert np.isfinite(found.weights).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.weights.min() >= 0
    assert found.weights.max() <= upper


def test_thirty_days_of_five_hundred_names() -> None:
    returns = np.random.default_rng(1).normal(0, 0.01, (30, 500))
    found = hierarchical_risk_parity(np.cov(returns.T))
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights.min() > 0


def test_what_cannot_be_is_refused_with_its_place() -> None:
    still, broken = FOUR.copy(), FOUR.copy()
    still[2] = still[:, 2] = 0.0
    broken[0, 3] = np.inf
    tech = Limits(groups=(Group("tech", (0, 1), upper=0.1),))
    cases = [
        (still, {}, "name 2 has no variance"),
        (broken, {}, r"covariance\[0, 3\]"),
        (FOUR, {"correlation": np.eye(3)}, "correlation has shape"),
        (FOUR, {"correlation": np.full((4, 4), np.nan)}, r"correlation\[0, 0\]"),
        (FOUR, {"limits": tech}, "group tech a weight of .* at most 0.1 is wanted"),
        (FOUR, {"limits": Limits(names_max=2)}, "names held: 4, and at most 2"),
        (FOUR, {"limits": Limits(upper=0.2)}, "allow weights from 0 to 0.8"),
        (FactorModel(np.ones((2, 1)), np.array([1.0, -2.0])), {}, r"specific\[1\]"),
    ]
    for covariance, asked, said in cases:
        with pytest.raises(NoTarget, match=said):
            hierarchical_risk_parity(covariance, **asked)


def test_what_is_no_covariance_is_refused() -> None:
    """Pairs from different days can contradict each other: here all are opposites."""
    covariance = np.full((6, 6), -0.9) + 1.9 * np.eye(6)
    with pytest.raises(NoTarget, match="not one"):
        hierarchical_risk_parity(covariance)
