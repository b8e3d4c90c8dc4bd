"""The factor model: near the sample covariance, whole where data are missing, and said so."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.risk.covariance import UNKNOWN_VARIANCE, estimate
from strategies.risk.estimators.factors import FACTORS_MAX, SPECIFIC_SHARE_MIN
from strategies.risk.model import (
    DAYS_PER_YEAR,
    Array,
    FactorModel,
    daily_volatility,
    variance,
    volatility,
)
from tests.strategies.risk.histories import bars, drawn, history, symbols

GHOST = Symbol("GHOST")


def dense(model: FactorModel) -> Array:
    """The covariance as a matrix, shape (n, n)."""
    return model.loadings @ model.loadings.T + np.diag(model.specific)


def test_a_handful_of_funds_has_its_sample_covariance() -> None:
    returns = drawn(1, 500, 5)
    model = estimate(symbols(5), history(returns))
    sample = np.cov(returns.T) * DAYS_PER_YEAR
    assert model.observations == 500
    assert model.notes == ()
    assert np.diag(dense(model)) == pytest.approx(np.diag(sample), rel=1e-9)
    assert dense(model) == pytest.approx(sample, rel=2 * SPECIFIC_SHARE_MIN, abs=2e-4)


@pytest.mark.parametrize(("count", "names"), [(300, 60), (120, 400), (40, 50)])
def test_many_names_keep_their_variances_and_common_movements(count: int, names: int) -> None:
    returns = drawn(2, count, names)
    model = estimate(symbols(names), history(returns))
    sample = np.var(returns, axis=0, ddof=1) * DAYS_PER_YEAR
    even = np.full(names, 1 / names)
    assert volatility(model) ** 2 == pytest.approx(sample, rel=1e-9)
    assert variance(model, even) == pytest.approx(
        np.var(returns @ even, ddof=1) * DAYS_PER_YEAR, rel=0.1
    )
    assert model.loadings.shape[1] <= FACTORS_MAX


@pytest.mark.parametrize(("count", "names"), [(100, 150), (150, 100)])
def test_the_factors_are_the_principal_components(count: int, names: int) -> None:
    returns = drawn(3, count, names)
    model = estimate(symbols(names), history(returns))
    k, scale = model.loadings.shape[1], volatility(model)
    values, vectors = np.linalg.eigh(np.corrcoef(returns.T))
    common = (vectors[:, -k:] * values[-k:]) @ vectors[:, -k:].T
    ours = model.loadings @ model.loadings.T / np.outer(scale, scale)
    assert k >= 2
    assert ours == pytest.approx(common, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_variance_is_the_quadratic_form(seed: int, names: int) -> None:
    model = estimate(symbols(names), history(drawn(seed, 60, names)))
    weights = np.random.default_rng(seed).normal(0, 1, names)
    assert variance(model, weights) == pytest.approx(weights @ dense(model) @ weights, rel=1e-9)
    assert variance(model, weights) > 0
    assert daily_volatility(model) == pytest.approx(volatility(model) / np.sqrt(252), rel=1e-12)


def test_a_name_without_history_is_taken_on_the_safe_side_and_named() -> None:
    past = history(drawn(4, 250, 4))
    model = estimate((*symbols(4), GHOST), past)
    known = volatility(model)[:4] ** 2
    assert model.specific[4] == pytest.approx(2 * np.median(known), rel=1e-9)
    assert (model.loadings[4] == 0).all()
    assert any(note.startswith("GHOST: no history") for note in model.notes)
    assert any(note.startswith("GHOST: taken at a volatility of") for note in model.notes)


def test_nothing_known_at_all() -> None:
    model = estimate((GHOST,), {})
    assert model.specific.tolist() == [UNKNOWN_VARIANCE]
    assert model.observations == 0
    assert estimate((), {}).specific.size == 0


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_broken_close_makes_the_name_missing(bad: float) -> None:
    past = history(drawn(5, 100, 3))
    closes = list(past[Symbol("S1")].closes)
    closes[7] = bad
    broken = past | {Symbol("S1"): replace(past[Symbol("S1")], closes=tuple(closes))}
    model = estimate(symbols(3), broken)
    assert (model.loadings[1] == 0).all()
    assert np.isfinite(model.specific).all()
    assert any("S1: unusable close" in note and "2023-01-11" in note for note in model.notes)


def test_a_price_that_never_moves() -> None:
    past = history(drawn(6, 100, 2)) | {Symbol("S2"): bars(Symbol("S2"), [1.0] * 101)}
    model = estimate(symbols(3), past)
    assert volatility(model)[2] == pytest.approx(0.001, rel=1e-9)
    assert np.isfinite(dense(model)).all()


def test_one_name_alone() -> None:
    returns = drawn(7, 100, 1)
    model = estimate(symbols(1), history(returns))
    assert volatility(model)[0] == pytest.approx(np.std(returns, ddof=1) * np.sqrt(252), rel=1e-9)


def test_twins_are_never_a_perfect_hedge() -> None:
    returns = drawn(8, 200, 1)
    model = estimate(symbols(2), history(np.column_stack([returns, returns])))
    assert variance(model, np.array([1.0, -1.0])) > 0
    assert variance(model, np.array([1.0, -1.0])) < 0.1 * variance(model, np.array([1.0, 0.0]))
