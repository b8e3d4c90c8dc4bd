"""A dense covariance in factors: the same matrix, or a repair that is named, or a refusal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.optimize.dense import CONDITION_MAX, Dense, from_covariance
from strategies.optimize.problem import Array, BadProblem


def covariance_of(seed: int, names: int, days: int) -> Array:
    """A sample covariance, annual; singular where there are fewer days than names."""
    random = np.random.default_rng(seed)
    market = random.normal(0, 0.01, (days, 1))
    returns = market * random.uniform(0.5, 1.5, names) + random.normal(0, 0.015, (days, names))
    return np.atleast_2d(252 * np.cov(returns, rowvar=False))


def again(dense: Dense) -> Array:
    """The matrix that the factors make."""
    return dense.factors @ dense.factors.T + np.diag(dense.specific)


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_factors_make_the_same_matrix(seed: int, names: int) -> None:
    covariance = covariance_of(seed, names, 3 * names + 2)
    dense = from_covariance(covariance)
    assert dense.repairs == ()
    assert np.abs(again(dense) - covariance).max() <= 1e-12 * np.abs(covariance).max()
    assert dense.factors.shape[1] < names
    assert (dense.specific > 0).all()


@given(st.integers(0, 10_000), st.integers(5, 40))
def test_a_singular_one_is_repaired_and_said(seed: int, names: int) -> None:
    """Fewer days than names: the sample says nothing of most directions."""
    covariance = covariance_of(seed, names, names // 2 + 2)
    dense = from_covariance(covariance)
    assert "eigenvalue" in dense.repairs[0]
    assert np.abs(again(dense) - dense.covariance).max() <= 1e-12 * np.abs(covariance).max()
    assert np.abs(dense.covariance - covariance).max() <= 1e-10 * np.abs(covariance).max()
    volatility = np.sqrt(np.diag(covariance))
    values = np.linalg.eigvalsh(dense.covariance / np.outer(volatility, volatility))
    assert values.max() <= 2 * CONDITION_MAX * max(values.min(), values.max() / CONDITION_MAX / 2)
    assert values.min() > -1e-15 * names


def test_a_uniform_correlation_needs_one_factor() -> None:
    volatility = np.array([0.1, 0.2, 0.3, 0.4])
    covariance = np.outer(volatility, volatility) * (0.3 + 0.7 * np.eye(4))
    dense = from_covariance(covariance)
    assert dense.factors.shape == (4, 1)
    assert dense.specific == pytest.approx(0.7 * volatility**2)


def test_cash_has_no_variance_and_needs_no_repair() -> None:
    covariance = np.zeros((3, 3))
    covariance[:2, :2] = [[0.04, 0.01], [0.01, 0.09]]
    dense = from_covariance(covariance)
    assert dense.repairs == ()
    assert (dense.specific[2], dense.factors[2].tolist()) == (0.0, [0.0])
    assert again(dense) == pytest.approx(covariance, abs=1e-15)
    assert again(from_covariance(np.zeros((2, 2)))).tolist() == [[0, 0], [0, 0]]


def test_a_name_of_little_risk_is_no_bad_condition() -> None:
    """A money market fund beside a stock: 1e-7 against 1e2 in variance, but not in correlation."""
    covariance = np.diag([1e-14, 1.0])
    assert from_covariance(covariance).repairs == ()


def test_a_slightly_negative_one_is_repaired() -> None:
    """Pairwise estimates of three correlations that cannot hold together, but nearly."""
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.61], [0.9, 0.61, 1]])
    dense = from_covariance(0.04 * correlation)
    assert np.linalg.eigvalsh(correlation)[0] < 0
    assert "raised" in dense.repairs[0]
    assert again(dense) == pytest.approx(0.04 * correlation, abs=0.04 * 0.03)
    assert np.linalg.eigvalsh(again(dense))[0] > -1e-16


def test_rounding_across_the_diagonal_is_evened_and_said() -> None:
    covariance = np.array([[0.04, 0.01], [0.01 + 1e-10, 0.09]])
    dense = from_covariance(covariance)
    assert "made symmetric" in dense.repairs[0]
    assert again(dense)[0, 1] == pytest.approx(0.01 + 5e-11, abs=1e-16)


WRONG = {
    "not finite": [[0.04, np.nan], [np.nan, 0.09]],
    "not symmetric": [[0.04, 0.01], [0.02, 0.09]],
    "is a negative variance": [[-0.04, 0.0], [0.0, 0.09]],
    "of a name that has no variance": [[0.0, 0.01], [0.01, 0.09]],
    "of the variance is negative": [[0.04, 0.05], [0.05, 0.04]],
    "expected a square": [[0.04, 0.0]],
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_no_covariance_is_refused(fault: str) -> None:
    with pytest.raises(BadProblem, match=fault):
        from_covariance(np.array(WRONG[fault]))
