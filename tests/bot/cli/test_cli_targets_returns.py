"""``trimtab targets --returns``: what is made of a history, against other ways to reckon it."""

from pathlib import Path

import numpy as np
import portfolio_oracles as oracle
import pytest
from target_files import RETURNS, periods, said, told, weights

DIGITS = 1e-6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("returns")
    periods(path / "returns.csv", RETURNS)
    return path


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_the_least_tail_is_that_of_the_whole_linear_program(
    folder: Path, level: float, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--returns", str(folder / "returns.csv"), "--level", str(level))
    (found,) = told(capsys, "minimum-cvar", *line)["portfolios"]
    best, cvar = oracle.least_tail(RETURNS, level)
    w = weights(found)
    assert w == pytest.approx(best, abs=DIGITS)
    assert found["cvar"] == pytest.approx(cvar, abs=1e-9)
    losses = np.sort(-RETURNS @ w)
    assert found["value_at_risk"] == pytest.approx(losses[round(level * len(losses)) - 1])
    assert found["expected_return"] == pytest.approx(RETURNS.mean(axis=0) @ w)
    assert found["volatility"] == pytest.approx(np.std(RETURNS @ w, ddof=1))


def test_without_files_of_them_mean_and_covariance_are_those_of_the_returns(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "maximum-sharpe", "--returns", str(folder / "returns.csv"), "--short")
    mean, covariance = RETURNS.mean(axis=0), np.cov(RETURNS, rowvar=False)
    best = oracle.greatest_ratio(100 * mean, 1e4 * covariance, oracle.long_short)
    assert weights(found["portfolios"][0]) == pytest.approx(best, abs=DIGITS)
    assert any("plain averages of 240 periods" in note for note in found["notes"])
    assert any("sample of returns.csv, 240 periods" in note for note in found["notes"])
    errors = [name["error"] for name in found["names"]]
    assert errors == pytest.approx(RETURNS.std(axis=0, ddof=1) / np.sqrt(240))


def test_hierarchical_risk_parity_takes_gaps_pair_by_pair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gappy = RETURNS.copy()
    gappy[:30, 0] = gappy[25:60, 2] = gappy[200, 3] = np.nan
    periods(tmp_path / "gappy.csv", gappy)
    found = told(capsys, "hierarchical-risk-parity", "--returns", str(tmp_path / "gappy.csv"))
    best = oracle.hierarchical(*oracle.pairwise(gappy))
    assert weights(found["portfolios"][0]) == pytest.approx(best, abs=1e-12)
    assert "gappy.csv: 61 of 240 periods have a gap" in found["notes"]


def test_with_fewer_periods_than_names_the_covariance_is_mended_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    returns = np.random.default_rng(3).normal(0.001, 0.02, (30, 100))
    periods(tmp_path / "few.csv", returns)
    for strategy in ("minimum-variance", "maximum-sharpe", "risk-parity"):
        found = told(capsys, strategy, "--returns", str(tmp_path / "few.csv"))
        w = weights(found["portfolios"][0])
        assert w.min() >= 0
        assert w.sum() == pytest.approx(1, abs=1e-9)
        assert any("correlations shrunk" in note for note in found["notes"])


def test_code_of_one_s_own_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o755)
    code = tmp_path / "mine.py"
    code.write_text(
        "def weights(names, returns, upper):\n"
        "    calm = returns.std(axis=0).argsort()\n"
        "    return {names[calm[0]]: upper, names[calm[1]]: 1 - upper}\n"
    )
    code.chmod(0o644)
    periods(tmp_path / "returns.csv", RETURNS)
    line = (f"file:{code}:weights", "--returns", str(tmp_path / "returns.csv"), "--upper", "0.75")
    calm = np.argsort(RETURNS.std(axis=0))
    expected = np.zeros(4)
    expected[calm[:2]] = 0.75, 0.25
    assert weights(told(capsys, *line)["portfolios"][0]) == pytest.approx(expected, abs=1e-9)
    code.write_text("def weights(names):\n    return {names[0]: 0.5}\n")
    exit_code, _, err = said(capsys, "targets", *line)
    assert exit_code == 2
    assert "the weights sum to 0.5" in err
