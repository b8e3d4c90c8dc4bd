"""What became of correlations: against the matrices themselves, and against chance."""

import numpy as np
import pytest

from strategies.risk.correlation import change


def common(names: int, days: int, rho: float, seed: int) -> np.ndarray:
    """Normal returns of which each pair has the correlation ``rho``."""
    rng = np.random.default_rng(seed)
    market = rng.standard_normal((days, 1))
    own = rng.standard_normal((days, names))
    return 0.01 * (np.sqrt(rho) * market + np.sqrt(1 - rho) * own)


def by_matrices(before: np.ndarray, after: np.ndarray) -> float:
    """The same with the n x n matrices formed, days beyond three deviations clipped first."""
    found = []
    for values in (before, after):
        centred = values - np.median(values, axis=0)
        size = 1.4826 * np.median(np.abs(centred), axis=0)
        found.append(np.corrcoef(np.clip(centred, -3 * size, 3 * size).T))
    n = len(found[0])
    apart = ~np.eye(n, dtype=bool)
    chance = sum(
        (1 - np.mean(c[apart] ** 2)) ** 2 / len(values)
        for c, values in zip(found, (before, after), strict=True)
    )
    squares = np.mean((found[1] - found[0])[apart] ** 2)
    return float(np.sqrt(max(squares - chance, 0.0)))


@pytest.mark.parametrize(("names", "days"), [(2, 60), (4, 30), (20, 60), (100, 40)])
def test_it_is_that_of_the_matrices(names: int, days: int) -> None:
    before, after = common(names, days, 0.2, 1), common(names, days + 7, 0.7, 2)
    assert change(before, after).typical == pytest.approx(by_matrices(before, after), abs=1e-12)


def test_averages_are_those_of_the_pairs() -> None:
    before, after = common(6, 400, 0.3, 3), common(6, 400, 0.6, 4)
    found = change(before, after)
    for values, told in ((before, found.before), (after, found.after)):
        matrix = np.corrcoef(values.T)
        assert told == pytest.approx(matrix[~np.eye(6, dtype=bool)].mean(), abs=0.01)


def test_a_rise_of_all_correlations_is_found_and_chance_is_not() -> None:
    calm = [change(common(50, 60, 0.3, s), common(50, 60, 0.3, s + 500)) for s in range(40)]
    risen = [change(common(50, 60, 0.2, s), common(50, 60, 0.7, s + 500)) for s in range(40)]
    assert np.median([one.typical for one in calm]) < 0.12
    assert max(one.typical for one in calm) < 0.25
    assert np.median([one.typical for one in risen]) == pytest.approx(0.5, abs=0.08)
    assert min(one.typical for one in risen) > 0.25


def test_a_turn_that_leaves_the_average_alone_is_found() -> None:
    """Two pairs swap partners: the average correlation says nothing of it."""
    rng = np.random.default_rng(5)
    one, other = rng.standard_normal((2, 120))
    noise = 0.3 * rng.standard_normal((120, 4))
    before = np.column_stack([one, one, other, other])[:60] + noise[:60]
    after = np.column_stack([one, other, one, other])[60:] + noise[60:]
    found = change(before, after)
    assert found.typical > 0.6
    assert abs(found.after - found.before) < 0.2


def test_one_wild_day_is_no_correlation() -> None:
    before, after = common(30, 60, 0.2, 6), common(30, 60, 0.2, 7)
    shocked = after.copy()
    shocked[30] = -0.30
    assert change(before, shocked).typical < 0.35
    unclipped = np.corrcoef(shocked.T) - np.corrcoef(before.T)
    assert np.sqrt(np.mean(unclipped**2)) > 0.6


def test_names_that_do_not_move_are_left_out() -> None:
    before, after = common(5, 60, 0.2, 8), common(5, 60, 0.8, 9)
    after[:, 2] = 0.0
    rest = [0, 1, 3, 4]
    assert change(before, after) == change(before[:, rest], after[:, rest])
    assert change(before[:, :1], after[:, :1]).typical == 0.0
    assert change(before * 0, after).typical == 0.0
