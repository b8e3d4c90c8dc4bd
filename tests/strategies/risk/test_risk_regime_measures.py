"""The measures of a regime against their definitions, written out day by day."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from strategies.risk.model import Array
from strategies.risk.regime import measures
from tests.strategies.risk.worlds import CALM, Spell, agree, world

DAYS = 40
NARROW, WIDE = 7, 55
"""Fewer names than days in the window, and more: the two are reckoned in different ways."""


def drawn(names: int, days: int = 150, seed: int = 0) -> Array:
    return world([Spell(days, 0.01, 0.3)], names, seed)


def test_a_sum_ends_on_its_day() -> None:
    assert measures.rolling_sum(np.array([1.0, 2, 4, 8]), 3).tolist() == [7, 14]


def test_answers_stand_at_the_end_of_their_days() -> None:
    late = measures.late(np.array([5.0, 6.0]), 4)
    assert np.isnan(late[:2]).all()
    assert late[2:].tolist() == [5, 6]


def test_a_surprise_is_measured_by_the_days_before() -> None:
    returns = drawn(3)
    z = measures.surprises(returns, 20)
    by_hand = [
        returns[t] / np.sqrt((returns[t - 20 : t] ** 2).mean(axis=0)) for t in range(20, 150)
    ]
    agree(z, by_hand, rtol=1e-9)


def test_settled_returns_are_measured_by_the_days_up_to_them() -> None:
    returns = drawn(3)
    returns[50, 0] = 5
    z = measures.settled(returns, 20)
    sizes = [np.sqrt((returns[t - 19 : t + 1] ** 2).mean(axis=0)) for t in range(19, 150)]
    agree(z, np.clip(returns[19:] / sizes, -3, 3), rtol=1e-9)
    assert z[50 - 19, 0] == 3


@pytest.mark.parametrize("scale", [measures.surprises, measures.settled])
def test_a_name_that_stood_still_scales_to_nothing(scale: Callable[[Array, int], Array]) -> None:
    returns = drawn(2)
    returns[:, 1] = 0
    z = scale(returns, 20)
    assert (z[:, 1] == 0).all()
    assert np.isfinite(z).all()


def test_volatility_is_the_mean_of_the_names() -> None:
    returns = drawn(5)
    found = measures.volatility(returns, 20)
    assert np.isnan(found[:19]).all()
    assert found[30] == pytest.approx(
        np.sqrt(252 * np.mean(returns[11:31] ** 2, axis=0)).mean(), rel=1e-12
    )


@pytest.mark.parametrize("names", [2, NARROW, WIDE])
def test_average_correlation_is_the_mean_over_pairs(names: int) -> None:
    """Where every name has the same size in the window, as a correlation matrix wants it."""
    window = drawn(names, DAYS)
    window = window / np.sqrt((window**2).mean(axis=0))
    matrix = window.T @ window / DAYS
    mean = matrix[~np.eye(names, dtype=bool)].mean()
    assert measures.average_correlation(window, DAYS)[-1] == pytest.approx(mean, abs=1e-12)


def test_average_correlation_of_one_movement_is_one() -> None:
    twins = np.repeat(drawn(1), 4, axis=1)
    agree(measures.average_correlation(twins, DAYS)[DAYS:], 1.0, rtol=1e-12)


@pytest.mark.parametrize("names", [2, NARROW, DAYS, WIDE])
def test_absorption_is_the_share_of_the_first_eigenvalues(names: int) -> None:
    """Kritzman, Li, Page and Rigobon 2011, eq. 1: by the eigenvalues of the covariance."""
    z = drawn(names)
    found = measures.absorption(z, DAYS)
    count = max(1, round(min(names, DAYS) / 5))
    for day in (DAYS - 1, 77, 149):
        matrix = np.atleast_2d(np.cov(z[day - DAYS + 1 : day + 1], rowvar=False))
        eigenvalues = np.sort(np.linalg.eigvalsh(matrix))[::-1]
        assert found[day] == pytest.approx(eigenvalues[:count].sum() / eigenvalues.sum(), rel=1e-9)
    assert np.isnan(found[: DAYS - 1]).all()


def test_absorption_of_names_that_have_nothing_in_common() -> None:
    """Ten orthogonal columns of one length: two of ten directions are a fifth of the variance."""
    waves = [np.cos(np.pi * k * (np.arange(DAYS) + 0.5) / DAYS) for k in range(1, 11)]
    assert measures.absorption(np.array(waves).T, DAYS)[-1] == pytest.approx(0.2, rel=1e-12)


def test_absorption_of_one_movement_is_all() -> None:
    twins = np.repeat(drawn(1), WIDE, axis=1)
    assert measures.absorption(twins, DAYS)[-1] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("names", [2, NARROW, DAYS, WIDE])
def test_turbulence_is_a_mahalanobis_distance_from_the_days_before(names: int) -> None:
    """Kritzman and Li 2010, eq. 1, with the covariance shrunk as the docstring says."""
    z = drawn(names)
    found = measures.turbulence(z, DAYS)
    share = max(0.2, names / (names + DAYS))
    for day in (DAYS, 90, 149):
        before = z[day - DAYS : day]
        matrix = np.atleast_2d(np.cov(before, rowvar=False, bias=True))
        level = np.trace(matrix) / names
        inverse = np.linalg.inv((1 - share) * matrix + share * level * np.eye(names))
        distance = mahalanobis(z[day], before.mean(axis=0), inverse) ** 2 / names
        assert found[day] == pytest.approx(distance, rel=1e-8)


def test_turbulence_is_near_one_on_usual_days_and_high_where_pairs_part() -> None:
    """The same size of move is stranger against the correlation than along with it."""
    z = world([Spell(400, 1.0, 0.9)], 2, 1)
    assert np.nanmedian(measures.turbulence(z, 60)) == pytest.approx(0.7, abs=0.25)
    along, against = z.copy(), z.copy()
    along[-1], against[-1] = (2, 2), (2, -2)
    assert measures.turbulence(against, 60)[-1] > 3 * measures.turbulence(along, 60)[-1]


@pytest.mark.parametrize("names", [2, NARROW, WIDE])
def test_breakdown_is_the_distance_of_two_correlation_matrices(names: int) -> None:
    z = world([Spell(DAYS, 1.0, 0.1), Spell(DAYS, 1.0, 0.8)], names, 3)
    before, after = z[:DAYS].T @ z[:DAYS], z[DAYS:].T @ z[DAYS:]
    before, after = before * names / np.trace(before), after * names / np.trace(after)
    pairs = names * (names - 1)
    change = np.linalg.norm(before - after, "fro") ** 2 / pairs
    mean_squares = [(np.linalg.norm(m, "fro") ** 2 - names) / pairs for m in (before, after)]
    chance = sum((1 - min(max(m, 0), 1)) ** 2 for m in mean_squares) / DAYS
    expected = np.sqrt(max(change - chance, 0))
    assert measures.breakdown(z, DAYS)[-1] == pytest.approx(expected, rel=1e-9)


def test_breakdown_knows_a_change_from_chance() -> None:
    """Correlations from 0.2 to 0.8 have changed by 0.6; those that stay have hardly changed."""
    for names in (20, 200):
        stays = measures.breakdown(world([CALM], names, 5), 60)
        goes = measures.breakdown(world([Spell(60, 1, 0.2), Spell(60, 1, 0.8)], names, 5), 60)
        assert np.nanmedian(stays) < 0.12
        assert goes[-1] == pytest.approx(0.6, abs=0.1)


def test_usual_is_the_median_of_earlier_days() -> None:
    values = np.concatenate([[np.nan] * 3, np.random.default_rng(0).normal(size=60)])
    found = measures.usual(values, 20, 5)
    for day in range(8, 63):
        past = values[max(3, day - 20) : day]
        assert found[day] == pytest.approx(np.median(past), rel=1e-12)
    assert np.isnan(found[:8]).all()


def test_shift_is_measured_in_deviations_of_the_year() -> None:
    """Kritzman, Li, Page and Rigobon 2011, eq. 2."""
    values = np.concatenate([[np.nan] * 3, np.random.default_rng(0).normal(size=60)])
    found = measures.shift(values, 5, 20, 10)
    for day in (12, 40, 62):
        past = values[max(3, day - 19) : day + 1]
        expected = (values[day - 4 : day + 1].mean() - past.mean()) / past.std()
        assert found[day] == pytest.approx(expected, rel=1e-9)
    assert np.isnan(found[:12]).all()


def test_what_never_changes_has_not_shifted() -> None:
    assert measures.shift(np.full(50, 0.7), 5, 20, 10)[-1] == 0


@pytest.mark.parametrize(
    "measure", ["average_correlation", "absorption", "turbulence", "breakdown"]
)
@pytest.mark.parametrize("names", [NARROW, WIDE])
def test_a_later_day_changes_no_earlier_number(measure: str, names: int) -> None:
    z = drawn(names)
    whole = getattr(measures, measure)(z, DAYS)
    z[120:] *= -7
    agree(getattr(measures, measure)(z, DAYS)[:120], whole[:120], rtol=1e-9)
