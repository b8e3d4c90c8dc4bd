"""Each estimator against an independent one: scikit-learn, NumPy, or the paper's sums in loops."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import OAS, LedoitWolf

from strategies.policy.target import Estimator
from strategies.risk.estimators import estimate_by
from strategies.risk.estimators.factors import marchenko_pastur, principal_factors
from strategies.risk.estimators.fit import NAMES_DENSE_MAX
from strategies.risk.estimators.plain import ewma, sample
from strategies.risk.estimators.shrunk import constant_correlation, ledoit_wolf, oas
from strategies.risk.model import Array, Covariance, FactorModel, variances
from strategies.risk.spectrum import condition
from tests.strategies.risk.histories import drawn

SHAPES = [(300, 20), (60, 60), (50, 200), (30, 500), (1250, 100), (3, 5), (100, 1), (5, 2)]
"""Observations and names: more of the one, of the other, and as many."""


def dense(covariance: Covariance) -> Array:
    """The covariance as a matrix, shape (n, n)."""
    if isinstance(covariance, FactorModel):
        return np.asarray(
            covariance.loadings @ covariance.loadings.T + np.diag(covariance.specific)
        )
    return covariance


def far(found: Covariance, expected: Array) -> float:
    """Largest difference in units of the largest entry."""
    return float(np.abs(dense(found) - expected).max() / np.abs(expected).max())


def wild(seed: int, count: int, names: int) -> Array:
    """Returns with fat tails, means far from zero, and volatilities a hundredfold apart."""
    random = np.random.default_rng(seed)
    common = random.standard_t(4, (count, 2)) @ random.normal(0.5, 0.5, (2, names))
    own = random.standard_t(4, (count, names))
    return np.asarray((common + own) * np.geomspace(1e-3, 0.1, names) + random.normal(0, 0.05))


@pytest.mark.parametrize("estimator", [Estimator.LEDOIT_WOLF, Estimator.OAS])
@pytest.mark.parametrize("draw", [drawn, wild])
@pytest.mark.parametrize(("count", "names"), SHAPES)
def test_shrunk_covariances_are_those_of_scikit_learn(
    estimator: Estimator, draw: type, count: int, names: int
) -> None:
    returns = draw(1, count, names)
    oracle = (LedoitWolf if estimator is Estimator.LEDOIT_WOLF else OAS)(store_precision=False)
    oracle.fit(returns)
    found = estimate_by(estimator, returns, periods=1)
    assert found.shrinkage == pytest.approx(oracle.shrinkage_, rel=1e-10, abs=1e-14)
    assert far(found.covariance, oracle.covariance_) < 1e-10
    assert isinstance(found.covariance, FactorModel) is (names > count)
    assert found.observations == count
    assert found.repairs == ()


def test_ledoit_wolf_beyond_the_size_of_any_array() -> None:
    """More names than an array is formed for, and more observations still."""
    returns = wild(2, NAMES_DENSE_MAX + 10, NAMES_DENSE_MAX + 5)
    oracle = LedoitWolf(store_precision=False).fit(returns)
    found = ledoit_wolf(returns)
    assert isinstance(found.covariance, FactorModel)
    assert far(found.covariance, oracle.covariance_) < 1e-10
    assert far(sample(returns).covariance, np.cov(returns.T)) < 1e-10


@pytest.mark.parametrize(("count", "names"), SHAPES)
def test_the_sample_covariance_in_both_forms(count: int, names: int) -> None:
    returns = wild(3, count, names)
    found = sample(returns).covariance
    assert far(found, np.atleast_2d(np.cov(returns.T))) < 1e-12
    assert isinstance(found, FactorModel) is (names > count)


@pytest.mark.parametrize("names", [4, 40])
@pytest.mark.parametrize("half_life", [2.0, 11.2, 1e3])
def test_ewma_is_the_weighted_sum(names: int, half_life: float) -> None:
    returns = drawn(4, 30, names)
    weights = [0.5 ** ((29 - t) / half_life) for t in range(30)]
    expected = sum(w * np.outer(r, r) for w, r in zip(weights, returns, strict=True))
    fit = ewma(returns, half_life)
    assert far(fit.covariance, np.asarray(expected / sum(weights))) < 1e-12
    assert fit.observations == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights))


def test_ewma_is_the_recursion_of_riskmetrics() -> None:
    """S <- 0.94 S + 0.06 r r', whose half-life is log 0.5 / log 0.94 = 11.2 days."""
    returns, state = drawn(5, 800, 3), np.zeros((3, 3))
    for row in returns:
        state = 0.94 * state + 0.06 * np.outer(row, row)
    assert far(ewma(returns, np.log(0.5) / np.log(0.94)).covariance, state) < 1e-12


def honey(returns: Array) -> tuple[Array, float]:
    """Constant-correlation shrinkage by the paper's definitions, in loops over pairs."""
    x = returns - returns.mean(axis=0)
    count, n = x.shape
    s = x.T @ x / count
    sigma = np.sqrt(np.diag(s))
    r = s / np.outer(sigma, sigma)
    mean = np.mean([r[i, j] for i, j in product(range(n), repeat=2) if i != j])
    f = mean * np.outer(sigma, sigma)
    np.fill_diagonal(f, sigma**2)
    pi = rho = gamma = 0.0
    for i, j in product(range(n), repeat=2):
        error = x[:, i] * x[:, j] - s[i, j]
        pi += np.mean(error**2)
        gamma += (f[i, j] - s[i, j]) ** 2
        if i == j:
            rho += np.mean(error**2)
            continue
        theta = [np.mean((x[:, k] ** 2 - s[k, k]) * error) for k in (i, j)]
        rho += mean / 2 * (sigma[j] / sigma[i] * theta[0] + sigma[i] / sigma[j] * theta[1])
    part = max(0.0, min(1.0, (pi - rho) / gamma / count))
    return part * f + (1 - part) * s, part


@pytest.mark.parametrize(("count", "names"), [(300, 12), (60, 25), (20, 45), (9, 30), (40, 3)])
@pytest.mark.parametrize("draw", [drawn, wild])
def test_constant_correlation_is_the_paper_s(draw: type, count: int, names: int) -> None:
    returns = draw(6, count, names)
    expected, part = honey(returns)
    fit = constant_correlation(returns)
    assert fit.shrinkage == pytest.approx(part, rel=1e-9, abs=1e-12)
    assert far(fit.covariance, expected) < 1e-11
    assert isinstance(fit.covariance, FactorModel) is (names > count)
    assert fit.notes == ()


def test_a_negative_mean_correlation_is_kept_in_an_array() -> None:
    random = np.random.default_rng(7)
    common = random.normal(0, 1, 60)
    returns = np.column_stack([common, -common, 0 * common]) + random.normal(0, 1, (60, 3))
    expected, part = honey(returns)
    assert expected[0, 1] < 0 < part
    assert far(constant_correlation(returns).covariance, expected) < 1e-12


def test_two_names_have_one_correlation_and_keep_it() -> None:
    returns = drawn(7, 60, 2)
    assert far(constant_correlation(returns).covariance, np.cov(returns.T, ddof=0)) < 1e-12


def test_two_observations_do_not_say_how_far_to_shrink() -> None:
    """The error of an average of two equal products is zero: what is singular is then loaded."""
    returns = drawn(7, 2, 5)
    assert ledoit_wolf(returns).shrinkage == pytest.approx(0.0, abs=1e-12)
    found = estimate_by(Estimator.LEDOIT_WOLF, returns, periods=1)
    assert found.repairs[0].startswith("variances raised by")


def test_a_negative_mean_correlation_is_zero_in_factors_and_said() -> None:
    random = np.random.default_rng(8)
    returns = random.normal(0, 1, (10, 16))
    returns -= returns.mean(axis=1, keepdims=True)
    fit = constant_correlation(returns)
    _, part = honey(returns)
    assert fit.shrinkage == pytest.approx(part, rel=1e-9)
    assert fit.notes[0].startswith("the mean correlation, -0.0")
    s = np.cov(returns.T, ddof=0)
    assert far(fit.covariance, (1 - part) * s + part * np.diag(np.diag(s))) < 1e-12


def cleaned(returns: Array) -> Array:
    """Marchenko-Pastur cleaning through the whole spectrum of the n x n correlations."""
    s = np.cov(returns.T)
    sigma = np.sqrt(np.diag(s))
    values, vectors = np.linalg.eigh(s / np.outer(sigma, sigma))
    count, n = returns.shape
    edge = (1 - values[-1] / n) * (1 + np.sqrt(n / count)) ** 2
    noise = values <= edge
    values[noise] = values[noise].mean()
    whole = (vectors * values) @ vectors.T
    scale = sigma / np.sqrt(np.diag(whole))
    return np.asarray(whole * np.outer(scale, scale))


@pytest.mark.parametrize(("count", "names"), [(500, 60), (100, 100), (80, 150), (400, 300)])
@pytest.mark.parametrize("draw", [drawn, wild])
def test_marchenko_pastur_is_the_definition(draw: type, count: int, names: int) -> None:
    returns = draw(9, count, names)
    found = marchenko_pastur(returns).covariance
    assert far(found, cleaned(returns)) < 1e-10
    assert variances(found) == pytest.approx(returns.var(axis=0, ddof=1), rel=1e-10)


def test_marchenko_pastur_keeps_what_was_put_in_and_nothing_else() -> None:
    """Of noise next to nothing; of three movements, in which all names share alike, three."""
    random = np.random.default_rng(10)
    noise = random.normal(0, 1, (1000, 200))
    signs = random.choice([-1.0, 1.0], (3, 200)) * [[0.9], [0.6], [0.5]]
    nothing = marchenko_pastur(noise).covariance
    something = marchenko_pastur(random.normal(0, 1, (1000, 3)) @ signs + noise).covariance
    assert isinstance(nothing, FactorModel)
    assert isinstance(something, FactorModel)
    assert nothing.loadings.shape[1] <= 1
    assert something.loadings.shape[1] == 3


@pytest.mark.parametrize(("count", "names"), [(250, 1), (250, 2), (2, 3), (40, 3)])
def test_marchenko_pastur_of_a_handful_of_names(count: int, names: int) -> None:
    returns = drawn(11, count, names)
    found = marchenko_pastur(returns).covariance
    assert variances(found) == pytest.approx(returns.var(axis=0, ddof=1), rel=1e-10)


def test_random_directions_find_the_factors_of_many_names() -> None:
    """Beyond EXACT_MAX names and days: the components that stand out, and the same each time."""
    returns = drawn(12, 1010, 1050, factors=4)
    found, again = principal_factors(returns, seed=1), principal_factors(returns, seed=1)
    assert np.array_equal(found.loadings, again.loadings)
    sigma = returns.std(axis=0, ddof=1)
    assert variances(found) == pytest.approx(sigma**2, rel=1e-9)
    values, vectors = np.linalg.eigh(np.corrcoef(returns.T))
    ours = np.linalg.svd(found.loadings / sigma[:, None], full_matrices=False)
    assert ours[1][:4] ** 2 == pytest.approx(values[:-5:-1], rel=1e-4)
    overlaps = np.linalg.svd(ours[0][:, :4].T @ vectors[:, -4:], compute_uv=False)
    assert overlaps == pytest.approx(np.ones(4), abs=1e-4)


@pytest.mark.parametrize("estimator", list(Estimator))
@given(seed=st.integers(0, 10_000), names=st.integers(1, 40), count=st.integers(2, 60))
@settings(max_examples=25, deadline=None)
def test_every_estimate_can_be_used(
    estimator: Estimator, seed: int, names: int, count: int
) -> None:
    """Finite, positive definite, of the right size; the condition told is the condition."""
    found = estimate_by(estimator, wild(seed, count, names), periods=252)
    whole = dense(found.covariance)
    assert whole.shape == (names, names)
    assert np.linalg.eigvalsh(whole).min() > 0
    sigma = np.sqrt(np.diag(whole))
    assert found.condition == pytest.approx(np.linalg.cond(whole / np.outer(sigma, sigma)), rel=0.1)
    assert condition(found.covariance) == pytest.approx(found.condition, rel=1e-3)


@pytest.mark.parametrize("estimator", list(Estimator))
@pytest.mark.parametrize(("count", "names"), [(120, 30), (25, 70)])
def test_the_unit_and_the_order_of_names_do_not_matter(
    estimator: Estimator, count: int, names: int
) -> None:
    returns = wild(13, count, names)
    turned = np.random.default_rng(13).permutation(names)
    once = dense(estimate_by(estimator, returns, periods=1).covariance)
    annual = dense(estimate_by(estimator, returns, periods=252).covariance)
    percent = dense(estimate_by(estimator, 100 * returns, periods=1).covariance)
    mixed = dense(estimate_by(estimator, returns[:, turned], periods=1).covariance)
    assert far(annual, 252 * once) < 1e-9
    assert far(percent, 1e4 * once) < 1e-9
    assert far(mixed, once[np.ix_(turned, turned)]) < 1e-9


@pytest.mark.parametrize("function", [ledoit_wolf, oas, constant_correlation])
def test_shrinking_comes_nearer_to_the_truth(function: type) -> None:
    """What it is for: 40 observations of 30 names, drawn from a covariance that is known."""
    random = np.random.default_rng(14)
    truth = 0.04 * (0.3 * np.ones((30, 30)) + 0.7 * np.eye(30))
    errors = []
    for _ in range(20):
        returns = random.multivariate_normal(np.zeros(30), truth, 40)
        shrunk, plain = function(returns).covariance, sample(returns).covariance
        errors.append([np.linalg.norm(dense(each) - truth) for each in (shrunk, plain)])
    ours, theirs = np.mean(errors, axis=0)
    assert ours < 0.9 * theirs
