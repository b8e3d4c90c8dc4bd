"""``trimtab targets`` from files: every strategy against another solver, to six digits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import portfolio_oracles as oracle
import pytest
from portfolio_oracles import Array
from target_files import FIVE, FOUR, Case, column, square, told, weights

DIGITS = 1e-6
FREE = 0.02
BUDGETS = np.array([0.4, 0.3, 0.2, 0.1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("targets")
    for each in (FOUR, FIVE):
        column(path / f"{each.name}_mean.csv", each.mean)
        square(path / f"{each.name}_cov.csv", each.covariance)
    column(path / "budgets.csv", BUDGETS)
    return path


def files(folder: Path, of: Case) -> list[str]:
    mean, cov = folder / f"{of.name}_mean.csv", folder / f"{of.name}_cov.csv"
    return ["--mean", str(mean), "--cov", str(cov), "--risk-free", str(FREE)]


Oracle = Callable[[Array, Array], Array]


def _correlation(covariance: Array) -> Array:
    risk = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(risk, risk))


STRATEGIES: dict[str, Oracle] = {
    "minimum-variance": lambda _, c: oracle.least_variance(c),
    "minimum-variance --short": lambda _, c: oracle.least_variance(c, oracle.long_short),
    "minimum-variance --lower 0.05 --upper 0.5": lambda _, c: oracle.least_variance(
        c, oracle.box(0.05, 0.5)
    ),
    "minimum-variance --return 0.1": lambda m, c: oracle.least_variance(c, mean=m, at_least=0.1),
    "maximum-sharpe": lambda m, c: oracle.greatest_ratio(m, c, free=FREE),
    "maximum-sharpe --short": lambda m, c: oracle.greatest_ratio(
        m, c, oracle.long_short, free=FREE
    ),
    "maximum-sharpe --lower -0.3 --upper 1.3 --gross 1.6": lambda m, c: oracle.greatest_ratio(
        m, c, oracle.gross(-0.3, 1.3, 1.6), free=FREE
    ),
    "maximum-sharpe --short --gross 1.04": lambda m, c: oracle.greatest_ratio(
        m, c, oracle.gross(-1, 1, 1.04), free=FREE
    ),
    "maximum-sharpe --volatility 0.1": lambda m, c: oracle.most_return(m, c, volatility=0.1),
    "efficient-frontier --return 0.11": lambda m, c: oracle.least_variance(
        c, mean=m, at_least=0.11
    ),
    "efficient-return --return 0.11": lambda m, c: oracle.least_variance(c, mean=m, at_least=0.11),
    "efficient-frontier --volatility 0.13": lambda m, c: oracle.most_return(m, c, volatility=0.13),
    "efficient-volatility --volatility 0.13 --short": lambda m, c: oracle.most_return(
        m, c, oracle.long_short, volatility=0.13
    ),
    "mean-variance --risk-aversion 4": lambda m, c: oracle.utility(m, c, 4),
    "risk-parity": lambda _, c: oracle.parity(c, np.full(len(c), 1 / len(c))),
    "hierarchical-risk-parity": lambda _, c: oracle.hierarchical(c, _correlation(c)),
    "maximum-diversification": lambda _, c: oracle.greatest_ratio(np.sqrt(np.diag(c)), c),
    "equal": lambda m, _: np.full(len(m), 1 / len(m)),
}


@pytest.mark.parametrize("of", [FOUR, FIVE], ids=lambda each: each.name)
@pytest.mark.parametrize("line", STRATEGIES)
def test_each_strategy_is_what_another_solver_finds(
    folder: Path, of: Case, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = told(capsys, *line.split(), *files(folder, of))["portfolios"]
    w = weights(found)
    assert w == pytest.approx(STRATEGIES[line](of.mean, of.covariance), abs=DIGITS)
    assert w.sum() == pytest.approx(1.0, abs=1e-12)
    assert found["expected_return"] == pytest.approx(of.mean @ w, rel=1e-12)
    assert found["volatility"] == pytest.approx(np.sqrt(w @ of.covariance @ w), rel=1e-12)
    ratio = (found["expected_return"] - FREE) / found["volatility"]
    assert found["sharpe"] == pytest.approx(ratio, rel=1e-12)
    assert 0 <= found["gap"] < 1e-9
    risk = w * (of.covariance @ w) / (w @ of.covariance @ w)
    assert list(found["risk"].values()) == pytest.approx(risk, abs=1e-12)


@pytest.mark.parametrize("of", [FOUR, FIVE], ids=lambda each: each.name)
def test_points_of_the_frontier_are_equally_spaced_in_return(
    folder: Path, of: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "efficient-frontier", *files(folder, of), "--points", "7")["portfolios"]
    returns = [each["expected_return"] for each in found]
    least = of.mean @ oracle.least_variance(of.covariance)
    assert returns == pytest.approx(np.linspace(least, of.mean.max(), 7), abs=DIGITS)
    for each in found:
        best = oracle.least_variance(
            of.covariance, mean=of.mean, at_least=each["expected_return"] - 1e-12
        )
        assert weights(each) == pytest.approx(best, abs=3e-6)
    assert len(told(capsys, "efficient-frontier", *files(folder, of))["portfolios"]) == 20


def test_a_million_is_shared_out_to_the_dollar(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "maximum-sharpe", *files(folder, FIVE), "--amount", "1000000")
    amounts = list(found["amounts"].values())
    assert sum(amounts) == 1_000_000
    exact = 1e6 * oracle.greatest_ratio(FIVE.mean, FIVE.covariance, free=FREE)
    assert amounts == pytest.approx(exact, abs=1.0)
    assert amounts == [123_176, 159_869, 218_191, 233_796, 264_968]


def test_risk_follows_its_budgets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ("risk-parity", *files(folder, FOUR), "--budgets", str(folder / "budgets.csv"))
    (found,) = told(capsys, *line)["portfolios"]
    assert weights(found) == pytest.approx(oracle.parity(FOUR.covariance, BUDGETS), abs=DIGITS)
    assert list(found["risk"].values()) == pytest.approx(BUDGETS, abs=1e-9)


def test_an_index_is_tracked_by_the_best_two_names(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--benchmark", str(folder / "budgets.csv"), "--names-max", "2")
    (found,) = told(capsys, "index-tracking", *files(folder, FOUR), *line)["portfolios"]
    best = oracle.tracked(FOUR.covariance, BUDGETS, 2)
    assert weights(found) == pytest.approx(best, abs=DIGITS)


def test_capitalisations_are_capped_in_proportion(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--caps", str(folder / "budgets.csv"), "--upper", "0.35")
    (found,) = told(capsys, "cap-weight", *files(folder, FOUR), *line)["portfolios"]
    assert weights(found) == pytest.approx([0.35, 0.65 / 2, 0.65 / 3, 0.65 / 6], abs=1e-12)
