"""Returns as they come: gaps, names that never move, nothing, too much; and histories."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from brokers.words import Symbol
from strategies.policy.target import Estimator
from strategies.risk.covariance import estimate, estimate_from
from strategies.risk.estimators import BadReturns, estimate_by
from strategies.risk.estimators.fit import NAMES_DENSE_MAX
from strategies.risk.estimators.plain import pairwise
from strategies.risk.model import FactorModel, block, variances
from strategies.risk.refusal import NoRisk
from tests.strategies.risk.histories import bars, days, drawn, history, symbols

NAN = float("nan")
GHOST = Symbol("GHOST")


@pytest.mark.parametrize("estimator", list(Estimator))
def test_three_thousand_names_without_n_by_n(estimator: Estimator) -> None:
    """Less memory at its height than a single 3,000 x 3,000 array takes."""
    returns = drawn(1, 500, 3000, factors=5)
    tracemalloc.start()
    found = estimate_by(estimator, returns, periods=252)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.8 * 8 * 3000**2
    assert isinstance(found.covariance, FactorModel)
    assert found.covariance.loadings.shape[1] <= 501
    assert 1 < found.condition <= 1e6
    assert (variances(found.covariance) > 0).all()


def gappy(count: int, names: int) -> np.ndarray:
    """Returns of which a fifth are missing, and the first half of one name."""
    returns = drawn(2, count, names)
    returns[np.random.default_rng(2).random(returns.shape) < 0.2] = NAN
    returns[: count // 2, 1] = NAN
    return returns


@pytest.mark.parametrize(("count", "names"), [(200, 5), (60, 30)])
def test_gaps_are_taken_in_pairs_as_pandas_does(count: int, names: int) -> None:
    returns = gappy(count, names)
    expected = pd.DataFrame(returns).cov().to_numpy()
    assert pairwise(returns).covariance == pytest.approx(expected, rel=1e-10, abs=1e-18)
    found = estimate_by(Estimator.SAMPLE, returns, periods=252)
    assert found.repairs[0].startswith("gaps: each pair by the observations that both have")
    if len(found.repairs) == 1:
        assert found.covariance == pytest.approx(252 * expected, rel=1e-10)


def test_pairs_that_make_no_covariance_are_repaired_and_said() -> None:
    returns = gappy(60, 30)
    assert np.linalg.eigvalsh(pd.DataFrame(returns).cov().to_numpy()).min() < 0
    found = estimate_by(Estimator.SAMPLE, returns, periods=1)
    assert np.linalg.eigvalsh(block(found.covariance, np.arange(30))).min() > 0
    assert "of 30 eigenvalues of the correlations raised" in found.repairs[1]
    assert found.condition <= 1e6


def test_pairs_without_gaps_are_the_sample() -> None:
    returns = drawn(3, 50, 4)
    assert pairwise(returns).covariance == pytest.approx(np.cov(returns.T), rel=1e-10)
    assert pairwise(returns).observations == pytest.approx(50)


def test_a_pair_that_never_met_is_named() -> None:
    returns = drawn(4, 40, 3)
    returns[:20, 0] = NAN
    returns[20:, 2] = NAN
    with pytest.raises(BadReturns, match="AA and CC share 0 returns"):
        estimate_by(Estimator.SAMPLE, returns, periods=1, names=("AA", "BB", "CC"))
    with pytest.raises(NoRisk, match="columns 0 and 2 have 0 observations in common"):
        pairwise(returns)


@pytest.mark.parametrize("estimator", [e for e in Estimator if e is not Estimator.SAMPLE])
def test_gaps_elsewhere_are_refused_with_the_name(estimator: Estimator) -> None:
    returns = drawn(5, 40, 3)
    returns[7, 1] = NAN
    with pytest.raises(BadReturns, match="BB has 39 of 40 returns: use rows that all have"):
        estimate_by(estimator, returns, periods=1, names=("AA", "BB", "CC"))


@pytest.mark.parametrize("estimator", list(Estimator))
def test_a_name_of_nothing_but_nan_is_named(estimator: Estimator) -> None:
    returns = drawn(6, 40, 3)
    returns[:, 2] = NAN
    with pytest.raises(BadReturns, match="column 2 has 0 of 40 returns: leave it out"):
        estimate_by(estimator, returns, periods=1)


def test_gaps_among_too_many_names_are_refused() -> None:
    returns = drawn(7, 10, NAMES_DENSE_MAX + 1)
    returns[0, 5] = NAN
    with pytest.raises(BadReturns, match=r"column 5 has 9 of 10 returns.*up to 1000 names"):
        estimate_by(Estimator.SAMPLE, returns, periods=1)


@pytest.mark.parametrize("estimator", list(Estimator))
@pytest.mark.parametrize(("count", "names"), [(90, 4), (20, 40)])
def test_a_name_that_never_moves_is_taken_as_calm_and_said(
    estimator: Estimator, count: int, names: int
) -> None:
    returns = drawn(8, count, names)
    rest = estimate_by(estimator, np.delete(returns, 2, axis=1), periods=252)
    returns[:, 2] = 0.0001
    found = estimate_by(estimator, returns, periods=252)
    assert variances(found.covariance)[2] == pytest.approx(0.001**2)
    daily = estimate_by(estimator, returns, periods=1)
    assert variances(daily.covariance)[2] == pytest.approx(0.001**2 / 252)
    with_it = block(found.covariance, np.arange(names))
    assert (np.delete(with_it[2], 2) == 0).all()
    others = np.delete(np.delete(with_it, 2, axis=0), 2, axis=1)
    assert others == pytest.approx(block(rest.covariance, np.arange(names - 1)), rel=1e-12)
    assert found.repairs[0].startswith("column 2 never moves")
    assert found.condition == pytest.approx(rest.condition, rel=1e-6)


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        (np.zeros((0, 3)), "0 rows of returns"),
        (np.zeros((1, 3)), "1 rows of returns"),
        (np.zeros((5, 0)), r"shape \(5, 0\)"),
        (np.zeros(5), r"shape \(5,\)"),
        (np.zeros((5, 3)), "no column moves"),
        (np.array([[0.1, 0.2], [0.3, np.inf], [0.1, 0.0]]), "column 1: the return in row 1 is inf"),
        (np.array([[0.1, 1e200], [0.3, 0.0]]), r"column 1: the return in row 0 is 1e\+200"),
    ],
)
@pytest.mark.parametrize("estimator", list(Estimator))
def test_what_is_no_return_is_refused(estimator: Estimator, returns: np.ndarray, said: str) -> None:
    with pytest.raises(BadReturns, match=said):
        estimate_by(estimator, returns, periods=252)


@pytest.mark.parametrize("periods", [0.0, -1.0, NAN, float("inf")])
def test_periods_are_above_zero(periods: float) -> None:
    with pytest.raises(BadReturns, match="periods"):
        estimate_by(Estimator.SAMPLE, drawn(9, 20, 2), periods=periods)


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadReturns, match="half_life -1"):
        estimate_by(Estimator.EWMA, drawn(9, 20, 2), periods=1, half_life=-1)
    with pytest.raises(BadReturns, match="1 names for 2 columns"):
        estimate_by(Estimator.EWMA, drawn(9, 20, 2), periods=1, names=("A",))


@pytest.mark.parametrize(
    ("estimator", "count"), [(Estimator.SAMPLE, 30), (Estimator.SAMPLE, 500), (Estimator.EWMA, 600)]
)
def test_too_few_observations_are_made_up_for_and_said(estimator: Estimator, count: int) -> None:
    """Thirty or 500 days of 500 names, and 600 of which the old ones hardly count."""
    found = estimate_by(estimator, drawn(10, count, 500), periods=252)
    assert len(found.repairs) == 1
    assert found.repairs[0].startswith("correlations shrunk by")
    assert found.repairs[0].endswith("observations of 500 names")
    assert found.condition < 1e6
    assert found.shrinkage is None


@pytest.mark.parametrize("estimator", list(Estimator))
def test_twins_are_never_a_perfect_hedge(estimator: Estimator) -> None:
    returns = drawn(11, 250, 3)[:, [0, 1, 2, 1]]
    found = estimate_by(estimator, returns, periods=252)
    pair = block(found.covariance, np.array([1, 3]))
    assert 0 < pair[0, 0] - 2 * pair[0, 1] + pair[1, 1] < 0.1 * pair[0, 0]
    assert found.condition < 1.001e6


@pytest.mark.parametrize("estimator", list(Estimator))
def test_from_histories(estimator: Estimator) -> None:
    """A ghost and a price that never moves stand beside five names with whole histories."""
    returns = drawn(12, 300, 5)
    past = history(returns) | {Symbol("S5"): bars(Symbol("S5"), [1.0] * 301)}
    found = estimate_from(estimator, (*symbols(6), GHOST), past)
    plain = estimate_by(estimator, returns, periods=252)
    five = np.arange(5)
    assert block(found.covariance, five) == pytest.approx(
        block(plain.covariance, five), rel=1e-6, abs=1e-12
    )
    total = variances(found.covariance)
    assert total[5] == pytest.approx(1e-6)
    assert total[6] == pytest.approx(2 * np.median(total[:6]))
    assert found.estimator is estimator
    assert found.observations == 300
    said = [note.split(":")[0] for note in found.repairs]
    assert said[:2] == ["GHOST", "GHOST"]
    assert any(note.startswith("S5 never moves") for note in found.repairs)


def test_a_short_history_costs_the_others_nothing_in_pairs() -> None:
    returns = drawn(13, 300, 4)
    past = history(returns)
    late = past[Symbol("S3")]
    past[Symbol("S3")] = bars(Symbol("S3"), late.closes[-101:], days(301)[-101:])
    found = estimate_from(Estimator.SAMPLE, symbols(4), past)
    rest = np.cov(returns[:, :3].T) * 252
    assert block(found.covariance, np.arange(3)) == pytest.approx(rest, rel=1e-6)
    assert variances(found.covariance)[3] == pytest.approx(
        returns[-100:, 3].var(ddof=1) * 252, rel=1e-6
    )


def test_nothing_known_at_all_is_refused_and_why() -> None:
    with pytest.raises(BadReturns, match="no name has a history to estimate from; GHOST: no hist"):
        estimate_from(Estimator.LEDOIT_WOLF, (GHOST,), {})


def test_the_usual_factors_are_the_border_s() -> None:
    past = history(drawn(14, 200, 8))
    ours = estimate_from(Estimator.FACTORS, symbols(8), past).covariance
    theirs = estimate(symbols(8), past)
    assert isinstance(ours, FactorModel)
    assert ours.specific == pytest.approx(theirs.specific, rel=1e-9)
    eight = np.arange(8)
    assert block(ours, eight) == pytest.approx(block(theirs, eight), rel=1e-9)
