"""Repairs: as little as is needed, the same for both forms, said in words; and spectra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.risk.model import Array, Covariance, FactorModel, variances
from strategies.risk.refusal import NoRisk
from strategies.risk.repairs import (
    CONDITION_MAX,
    load,
    mend,
    shrink,
    shrink_intensity,
    threshold,
)
from strategies.risk.spectrum import above, condition, ends, largest, leading, smaller_gram


def dense(covariance: Covariance) -> Array:
    """The covariance as a matrix, shape (n, n)."""
    if isinstance(covariance, FactorModel):
        return np.asarray(
            covariance.loadings @ covariance.loadings.T + np.diag(covariance.specific)
        )
    return covariance


def correlations(covariance: Covariance) -> Array:
    whole = dense(covariance)
    sigma = np.sqrt(np.diag(whole))
    return np.asarray(whole / np.outer(sigma, sigma))


def indefinite(seed: int, names: int) -> Array:
    """Symmetric with a positive diagonal of very different sizes, and negative eigenvalues."""
    random = np.random.default_rng(seed)
    half = random.uniform(-1, 1, (names, names))
    scale = np.geomspace(0.01, 1, names)
    whole = np.clip((half + half.T) / 1.2, -1, 1)
    np.fill_diagonal(whole, 1.0)
    return np.asarray(whole * np.outer(scale, scale))


def model(seed: int, names: int, factors: int, specific: float = 1e-2) -> FactorModel:
    random = np.random.default_rng(seed)
    own = specific * random.uniform(0.2, 3, names)
    return FactorModel(random.normal(0.1, 0.2, (names, factors)), own, 100)


def test_the_nearest_covariance_of_a_correlation_of_two() -> None:
    """[[1, 2], [2, 1]] has eigenvalues 3 and -1: without the latter it is 1.5 everywhere."""
    nearest, count = threshold(np.array([[1.0, 2.0], [2.0, 1.0]]), 0.0)
    assert nearest == pytest.approx(np.full((2, 2), 1.5))
    assert count == 1


@given(seed=st.integers(0, 10_000), names=st.integers(3, 12))
@settings(max_examples=60, deadline=None)
def test_no_covariance_is_nearer(seed: int, names: int) -> None:
    """In units of sigma_i sigma_j, by Higham's distance and against random rivals."""
    whole, least = indefinite(seed, names), 1e-3
    sigma = np.sqrt(np.diag(whole))
    nearest, count = threshold(whole, least)
    moved = (nearest - whole) / np.outer(sigma, sigma)
    values = np.linalg.eigvalsh(whole / np.outer(sigma, sigma))
    low = values[values < least]
    assert count == len(low)
    assert np.linalg.norm(moved) == pytest.approx(np.linalg.norm(least - low), abs=1e-12)
    raised = nearest / np.outer(sigma, sigma)
    assert np.linalg.eigvalsh(raised).min() > least - 1e-12
    random = np.random.default_rng(seed)
    for size in (1e-3, 1e-2, 0.1):
        step = random.normal(0, size, (names, names))
        root = np.linalg.cholesky(raised + 1e-12 * np.eye(names)) + step
        rival = root @ root.T + least * np.eye(names)
        assert np.linalg.norm(rival - whole / np.outer(sigma, sigma)) >= np.linalg.norm(moved)


@pytest.mark.parametrize("part", [0.0, 0.1, 1.0])
def test_shrinking_keeps_variances_and_mixes_eigenvalues(part: float) -> None:
    factors = model(1, 70, 5)
    for each in (factors, dense(factors)):
        shrunk = shrink(each, part)
        assert variances(shrunk) == pytest.approx(variances(each), rel=1e-12)
        assert isinstance(shrunk, FactorModel) is isinstance(each, FactorModel)
        expected = (1 - part) * np.linalg.eigvalsh(correlations(each)) + part
        assert np.linalg.eigvalsh(correlations(shrunk)) == pytest.approx(expected, abs=1e-12)


def test_loading_raises_variances_alone() -> None:
    factors = model(2, 70, 5)
    whole = dense(factors)
    expected = whole + 0.25 * np.diag(np.diag(whole))
    assert dense(load(factors, 0.25)) == pytest.approx(expected, rel=1e-12)
    assert dense(load(whole, 0.25)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.9), (0.1, 0.4)])
@pytest.mark.parametrize(("count", "names"), [(20, 40), (30, 30), (30, 150)])
def test_correlations_are_shrunk_about_as_far_as_is_best(
    count: int, names: int, low: float, high: float
) -> None:
    """Best is found by trying, where the truth is known: within 10 % of its error."""
    random = np.random.default_rng(3)
    loadings = random.uniform(low, high, names)
    truth = np.outer(loadings, loadings)
    np.fill_diagonal(truth, 1.0)
    normal = [random.normal(0, 1, (count, names)) for _ in range(30)]
    samples = [np.cov((each @ np.linalg.cholesky(truth).T).T) for each in normal]

    def error(parts: list[float]) -> float:
        shrunk = (correlations(shrink(s, p)) for s, p in zip(samples, parts, strict=True))
        return sum(float(np.sum((each - truth) ** 2)) for each in shrunk)

    best = min(error([p] * len(samples)) for p in np.linspace(0, 1, 51))
    ours = error([shrink_intensity(s, count) for s in samples])
    assert ours < 1.1 * best
    assert ours < 0.95 * error([0.0] * len(samples))


def test_the_intensity_is_the_same_for_both_forms() -> None:
    factors = model(4, 80, 6)
    ours = shrink_intensity(factors, 50)
    assert ours == pytest.approx(shrink_intensity(dense(factors), 50), rel=1e-12)
    q = (np.sum(correlations(factors) ** 2) - 80) / (80 * 79)
    real = (50 * q - 1) / 49
    assert ours == pytest.approx((1 - real) ** 2 / (50 * q), rel=1e-10)
    assert shrink_intensity(np.eye(4), 100) == 1.0


@pytest.mark.parametrize("covariance", [model(5, 90, 4), dense(model(5, 40, 4)), np.eye(3)])
def test_what_is_sound_stays_as_it_is(covariance: Covariance) -> None:
    mended = mend(covariance, observations=1000)
    assert mended.covariance is covariance
    assert mended.repairs == ()
    assert mended.condition == pytest.approx(np.linalg.cond(correlations(covariance)), rel=1e-3)


def test_a_negative_eigenvalue_is_raised_and_said() -> None:
    mended = mend(indefinite(6, 10))
    assert np.linalg.eigvalsh(correlations(mended.covariance)).min() > 0
    assert "eigenvalues of the correlations raised to" in mended.repairs[0]
    assert mended.condition <= 1.001 * CONDITION_MAX


@pytest.mark.parametrize("form", ["factors", "array"])
def test_twins_are_loaded_just_enough(form: str) -> None:
    """Eighty names of which two are the same: the condition becomes what is allowed, no less."""
    twins = model(7, 80, 5)
    loadings, specific = twins.loadings.copy(), twins.specific.copy()
    loadings[1], specific[:2] = loadings[0], 1e-12
    twins = FactorModel(loadings, specific)
    mended = mend(twins if form == "factors" else dense(twins))
    assert len(mended.repairs) == 1
    assert mended.repairs[0].startswith("variances raised by")
    assert mended.condition == pytest.approx(CONDITION_MAX, rel=1e-6)
    assert np.linalg.cond(correlations(mended.covariance)) == pytest.approx(CONDITION_MAX, rel=0.02)
    change = variances(mended.covariance) / variances(twins) - 1
    assert 0 < change.max() < 1e-3


def test_singular_factors_are_loaded() -> None:
    random = np.random.default_rng(8)
    flat = FactorModel(random.normal(0, 1, (100, 20)), np.zeros(100))
    assert condition(flat) == float("inf")
    assert mend(flat).condition == pytest.approx(CONDITION_MAX, rel=1e-6)
    shrunk = mend(flat, observations=21)
    assert len(shrunk.repairs) == 1
    assert shrunk.condition == pytest.approx(
        np.linalg.cond(correlations(shrunk.covariance)), rel=1e-3
    )


def test_cash_beside_risky_names_is_left_alone() -> None:
    covariance = np.diag([0.04, 0.0, 0.09])
    assert mend(covariance).covariance is covariance
    assert mend(np.zeros((2, 2))).condition == 1.0
    factors = FactorModel(np.array([[0.2], [0.0], [0.3]]), np.array([0.01, 0.0, 0.02]))
    assert mend(factors).covariance is factors
    both = np.ix_([0, 2], [0, 2])
    assert mend(factors).condition == pytest.approx(
        np.linalg.cond(correlations(dense(factors)[both])), rel=1e-9
    )
    broken = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 1.0]])
    mended = dense(mend(broken).covariance)
    assert (mended[1] == 0).all()
    assert np.linalg.eigvalsh(mended[np.ix_([0, 2], [0, 2])]).min() > 0


@pytest.mark.parametrize(
    ("covariance", "said"),
    [
        (np.diag([1.0, -2.0]), "name 1 is -2"),
        (np.diag([1.0, float("nan")]), "name 1 is nan"),
        (FactorModel(np.ones((2, 1)), np.array([-0.5, 1.0])), "name 0 is -0.5"),
        (FactorModel(np.full((2, 1), np.inf), np.ones(2)), "name 0 is"),
    ],
)
def test_a_variance_that_is_none_is_named(covariance: Covariance, said: str) -> None:
    with pytest.raises(NoRisk, match=said):
        mend(covariance)


@given(
    seed=st.integers(0, 10_000),
    names=st.integers(1, 40),
    kind=st.sampled_from(["singular", "twins", "indefinite", "few", "scales"]),
)
@settings(max_examples=150, deadline=None)
def test_nasty_matrices_become_usable_and_stay_so(seed: int, names: int, kind: str) -> None:
    random = np.random.default_rng(seed)
    root = random.normal(0, 1, (names, max(1, names // 2) if kind == "singular" else 2 * names))
    if kind == "twins":
        root[-1] = root[0]
    if kind == "few":
        root = root[:, :3]
    if kind == "scales":
        root *= np.geomspace(1e-8, 1e8, names)[:, None]
    whole = indefinite(seed, names) if kind == "indefinite" else root @ root.T
    mended = mend(whole, observations=3 if kind == "few" else None)
    values = np.linalg.eigvalsh(correlations(mended.covariance))
    assert values[-1] / values[0] == pytest.approx(mended.condition, rel=1e-3)
    assert mended.condition <= 1.001 * CONDITION_MAX
    assert variances(mended.covariance) == pytest.approx(np.diag(whole), rel=names / 2)
    again = mend(mended.covariance)
    assert dense(again.covariance) == pytest.approx(dense(mended.covariance), rel=1e-4)


@pytest.mark.parametrize(("names", "factors"), [(65, 1), (300, 20), (400, 399), (100, 100), (9, 3)])
@pytest.mark.parametrize("specific", [1e-2, 1e-6])
def test_the_ends_of_a_spectrum_of_factors(names: int, factors: int, specific: float) -> None:
    found = ends(model(9, names, factors, specific))
    values = np.linalg.eigvalsh(correlations(model(9, names, factors, specific)))
    assert found.most == pytest.approx(values[-1], rel=1e-3)
    assert found.least == pytest.approx(values[0], rel=1e-3)
    assert found.condition == pytest.approx(values[-1] / values[0], rel=2e-3)


def test_a_few_names_without_a_part_of_their_own() -> None:
    part = model(10, 100, 5)
    part.specific[:3] = 0.0
    values = np.linalg.eigvalsh(correlations(part))
    assert ends(part).least == pytest.approx(values[0], rel=1e-3)


@pytest.mark.parametrize(("count", "names"), [(90, 30), (30, 90), (200, 150), (4, 4)])
def test_leading_eigenvalues_whichever_side_is_longer(count: int, names: int) -> None:
    x = np.random.default_rng(11).normal(0, 1, (count, names))
    expected = np.linalg.eigvalsh(x.T @ x)[::-1]
    values, vectors = leading(x, 3)
    assert values == pytest.approx(expected[:3], rel=1e-10)
    assert x.T @ (x @ vectors) == pytest.approx(vectors * values, abs=1e-8 * expected[0])
    assert largest(smaller_gram(x)) == pytest.approx(expected[0], rel=1e-4)
    edge = (expected[1] + expected[2]) / 2
    assert above(x, smaller_gram(x), edge)[0] == pytest.approx(expected[:2], rel=1e-10)
    assert leading(x, 0)[1].shape == (names, 0)
