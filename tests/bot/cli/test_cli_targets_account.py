"""``trimtab targets`` of an account: its target today, what it was chosen by, and what differs."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import portfolio_oracles as oracle
import pytest
from demo_account import LAST_DAY, RETURNS, demo, past
from target_files import said

from bot.cli.schemas import document_schema

NAMES, PAST = past()
SAMPLE = 252 * np.cov(PAST, rowvar=False)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    return demo(tmp_path_factory, "targets")


def told(capsys: pytest.CaptureFixture[str], config: str, *line: str) -> dict[str, Any]:
    """The document of the account, which keeps its schema."""
    code, out, err = said(capsys, "-c", config, "targets", *line, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, document_schema("account-target"))
    return document


def row(of: dict[str, float]) -> np.ndarray:
    return np.array([of[name] for name in NAMES])


def kept(config: str) -> list[str]:
    """Orders, plans and fills in the book, as SQL."""
    with closing(sqlite3.connect(Path(config).parent / "trimtab.db")) as book:
        return list(book.iterdump())


def test_the_target_of_the_config_beside_what_is_held(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept(config)
    found = told(capsys, config, "--covariance", "sample")
    assert kept(config) == before
    assert (found["strategy"], found["configured"]) == ("equal", "equal")
    assert (found["account"], found["environment"]) == ("demo", "PAPER")
    assert found["invested"] == pytest.approx(0.99), "one percent waits in cash"
    targets = [each["target"] for each in found["names"]]
    assert targets == pytest.approx([0.99 / 20] * 20)
    assert found["cash_now"] + sum(each["now"] for each in found["names"]) == pytest.approx(1)
    even, now = np.full(20, 0.05), row({each["name"]: each["now"] for each in found["names"]})
    assert found["portfolio"]["volatility"] == pytest.approx(np.sqrt(even @ SAMPLE @ even))
    assert row(found["portfolio"]["risk"]) == pytest.approx(
        even * (SAMPLE @ even) / (even @ SAMPLE @ even)
    )
    share = now / now.sum()
    assert found["today"]["volatility"] == pytest.approx(np.sqrt(share @ SAMPLE @ share))
    assert (found["means"], found["portfolio"]["expected_return"]) == (None, None)
    where = found["covariance"]
    assert (where["source"], where["last"], where["observations"]) == ("sample", LAST_DAY, RETURNS)


@pytest.mark.parametrize("line", [("minimum-variance",), ("--strategy", "minimum-variance")])
def test_another_strategy_is_tried_and_the_config_stays(
    config: str, line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(config).read_text()
    found = told(capsys, config, *line, "--covariance", "sample", "--upper", "0.2")
    assert Path(config).read_text() == text
    assert (found["strategy"], found["configured"]) == ("minimum-variance", "equal")
    best = oracle.least_variance(SAMPLE, oracle.box(0, 0.2))
    assert row(found["portfolio"]["weights"]) == pytest.approx(best, abs=1e-6)
    share = {each["name"]: each["target"] for each in found["names"]}
    assert row(share) == pytest.approx(0.99 * best, abs=2e-6)
    assert found["portfolio"]["gap"] < 1e-9


def test_returns_come_from_the_source_that_is_named(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    means = np.linspace(0.02, 0.20, 20)
    path = tmp_path / "means.csv"
    rows = (f"{name},{mean:.17g},2020-01-10" for name, mean in zip(NAMES, means, strict=True))
    path.write_text("\n".join(["symbol,mean,date", *rows]))
    line = ("maximum-sharpe", "--means", f"file:{path}", "--covariance", "sample")
    found = told(capsys, config, *line, "--risk-free", "0.01")
    best = oracle.greatest_ratio(means, SAMPLE, free=0.01)
    assert row(found["portfolio"]["weights"]) == pytest.approx(best, abs=3e-6)
    assert (found["means"]["source"], found["means"]["day"]) == ("means.csv", "2020-01-10")
    ratio = (means @ best - 0.01) / np.sqrt(best @ SAMPLE @ best)
    assert found["portfolio"]["sharpe"] == pytest.approx(ratio, rel=1e-6)
    now = row(found["today"]["weights"])
    assert found["today"]["expected_return"] == pytest.approx(means @ now)


def test_averages_of_the_past_carry_their_error(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("risk-parity", "--means", "historical", "--covariance", "sample")
    found = told(capsys, config, *line)
    errors = {each["name"]: each["error"] for each in found["names"]}
    assert row(errors) == pytest.approx(252 * PAST.std(axis=0, ddof=1) / np.sqrt(RETURNS))
    assert found["means"]["source"] == "historical (arithmetic)"
    assert 0 < found["means"]["shrinkage"] < 1
    assert row(found["portfolio"]["weights"]) == pytest.approx(
        oracle.parity(SAMPLE, np.full(20, 0.05)), abs=1e-6
    )


def test_the_market_s_own_returns_make_the_market_best(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    caps = np.arange(1.0, 21.0)
    path = tmp_path / "caps.csv"
    rows = (f"{name},{cap},2020-01-10" for name, cap in zip(NAMES, caps, strict=True))
    path.write_text("\n".join(["symbol,cap,date", *rows]))
    line = ("maximum-sharpe", "--means", "equilibrium", "--caps", str(path))
    found = told(capsys, config, *line)
    assert row(found["portfolio"]["weights"]) == pytest.approx(caps / caps.sum(), abs=1e-6)
    held = told(capsys, config, "cap-weight", "--caps", str(path))
    assert row(held["portfolio"]["weights"]) == pytest.approx(caps / caps.sum(), abs=1e-8)


def test_code_of_one_s_own_beside_the_config(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(config).parent
    folder.chmod(0o755)
    code = folder / "mine.py"
    code.write_text("def weights(names):\n    return {'KO': 0.6, 'PG': 0.4}\n")
    code.chmod(0o644)
    found = told(capsys, config, "file:mine.py:weights")
    weights = {name: each for name, each in found["portfolio"]["weights"].items() if each}
    assert weights == pytest.approx({"KO": 0.6, "PG": 0.4})
    assert found["strategy"] == "mine.py:weights"
    code.write_text("def weights(names):\n    return {'KO': 0.6}\n")
    code_of_exit, _, err = said(capsys, "-c", config, "targets", "file:mine.py:weights")
    assert code_of_exit == 2
    assert "the weights sum to 0.6" in err


REFUSED: tuple[tuple[str, str], ...] = (
    ("maximum-sharpe", "--means historical"),
    ("efficient-return --means historical", "--return R"),
    ("mean-variance --means historical", "--risk-aversion G"),
    ("mean-variance --means equilibrium --risk-aversion 3", "--caps CSV"),
    ("mean-variance --means oracle --risk-aversion 3", "there is no such source"),
    ("index-tracking", "--benchmark CSV"),
    ("black-litterman", "--caps CSV"),
    ("glide-path", "write it in the config"),
    ("tactical-tilt", "the config has none"),
    ("fixed", "the config has none"),
    ("efficient-frontier", "trimtab frontier"),
    ("minimum-varianc", "did you mean minimum-variance"),
    ("minimum-variance --short", "an account holds no shorts"),
    ("minimum-variance --gross 1.6", "an account holds no shorts"),
    ("minimum-variance --covariance best", "there is: factors"),
    ("minimum-variance --amount 1000", "--amount goes with files"),
    ("minimum-variance --strategy equal", "are two"),
    ("minimum-variance --upper 0.01", "widen them"),
    ("minimum-variance -a dmo", "did you mean demo?"),
    ("minimum-variance --means file:none.csv", "none.csv"),
)


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_what_is_lacking_is_said_with_the_remedy(
    config: str, line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "-c", config, "targets", *line.split())
    assert (code, out) == (2, "")
    assert message in err
    assert "fix: " in err


def test_the_page(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, plot = tmp_path / "w.csv", tmp_path / "p.svg"
    line = ("risk-parity", "--means", "historical", "--level", "0.9", "--show", "5")
    files = ("--output", str(weights), "--plot", str(plot))
    code, out, err = said(capsys, "-c", config, "targets", *line, *files)
    assert code == 0
    assert out.isascii()
    assert max(map(len, out.splitlines())) <= 80
    assert "[PAPER] demo: target of 2020-01-21 by risk-parity (the config says equal)" in out
    assert "expected returns: historical (arithmetic), as of 2020-01-17" in out
    assert "--level is not used by risk-parity" in out
    assert "15 smaller ones left out" in out
    assert "next: trimtab frontier demo" in err
    assert weights.read_text().startswith("symbol,weight\n")
    assert "held now" in plot.read_text()
