"""``trimtab frontier``: from files and of an account, and what lies how far below it."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import portfolio_oracles as oracle
import pytest
from demo_account import LAST_DAY, demo, past
from portfolio_oracles import Array
from target_files import FOUR, column, said, square

from bot.cli.schemas import document_schema
from bot.cli.targeting.frontier import Beliefs
from strategies.targets.limits import Limits

NAMES, PAST = past()
SAMPLE = 252 * np.cov(PAST, rowvar=False)
MEANS = np.linspace(0.02, 0.20, 20)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    return demo(tmp_path_factory, "frontier")


@pytest.fixture(scope="module")
def means(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("means") / "means.csv"
    rows = (f"{name},{mean:.17g},2020-01-10" for name, mean in zip(NAMES, MEANS, strict=True))
    path.write_text("\n".join(["symbol,mean,date", *rows]))
    return f"file:{path}"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    column(tmp_path / "mean.csv", FOUR.mean)
    square(tmp_path / "cov.csv", FOUR.covariance)
    return ["--mean", str(tmp_path / "mean.csv"), "--cov", str(tmp_path / "cov.csv")]


def told(capsys: pytest.CaptureFixture[str], *line: str) -> dict[str, Any]:
    """The document, which keeps its schema."""
    code, out, err = said(capsys, *line, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, document_schema("frontier"))
    return document


def row(of: dict[str, float]) -> Array:
    return np.array(list(of.values()))


def test_from_files_it_is_that_of_the_strategy(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    free = ("--risk-free", "0.02", "--points", "9")
    found = told(capsys, "frontier", *files, *free)
    _, out, _ = said(capsys, "targets", "efficient-frontier", *files, *free, "--json")
    assert found["points"] == json.loads(out)["portfolios"]
    best = oracle.greatest_ratio(FOUR.mean, FOUR.covariance, free=0.02)
    assert row(found["maximum_sharpe"]["weights"]) == pytest.approx(best, abs=1e-6)
    assert (found["account"], found["current"], found["target"]) == (None, None, None)
    assert found["means"]["source"] == "mean.csv"


def test_where_no_name_earns_the_risk_free_rate_there_is_no_ratio(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "frontier", *files, "--risk-free", "0.3")
    assert found["maximum_sharpe"] is None
    assert any("no greatest Sharpe ratio" in note for note in found["notes"])
    assert "most %" in said(capsys, "frontier", *files, "--risk-free", "0.3")[1]


@pytest.mark.parametrize("weights", [[0.25] * 4, [0, 0, 0, 1], [0.1, 0.8, 0, 0.1], [0, 0, 1, 0]])
def test_the_distance_is_to_the_points_beside_and_above(weights: list[float]) -> None:
    """At the same volatility the most return, at the same return the least volatility."""
    names = ("N0", "N1", "N2", "N3")
    known = Beliefs(names, FOUR.mean, None, FOUR.covariance, Limits(), 0.0)
    w = np.array(weights)
    place = known.where(w)
    risk, expected = float(np.sqrt(w @ FOUR.covariance @ w)), float(FOUR.mean @ w)
    above = oracle.most_return(FOUR.mean, FOUR.covariance, volatility=risk)
    assert place.return_given_up == pytest.approx(FOUR.mean @ above - expected, abs=1e-7)
    beside = oracle.least_variance(FOUR.covariance, mean=FOUR.mean, at_least=expected - 1e-12)
    calmer = risk - np.sqrt(beside @ FOUR.covariance @ beside)
    assert place.volatility_excess == pytest.approx(calmer, abs=1e-7)


def test_what_breaks_the_limits_may_lie_where_no_point_is() -> None:
    limits = Limits(upper=0.4)
    known = Beliefs(("A", "B", "C", "D"), FOUR.mean, None, FOUR.covariance, limits, 0.0)
    bold = known.where(np.array([0.0, 0.0, 1.0, 0.0]))
    assert bold.volatility_excess is None
    assert any("no point of the frontier has its return" in note for note in bold.notes)
    calm = known.where(oracle.least_variance(FOUR.covariance))
    assert calm.return_given_up is None
    assert any("no point of the frontier has its volatility" in note for note in calm.notes)
    above = known.where(oracle.greatest_ratio(FOUR.mean, FOUR.covariance))
    assert above.volatility_excess is not None
    assert above.volatility_excess < 0
    assert any("it breaks a limit" in note for note in above.notes)


def test_it_needs_a_source_of_returns_that_is_named(
    config: str, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "-c", config, "frontier")
    assert (code, out) == (2, "")
    assert "demo has no source of expected returns" in err
    assert "--means historical" in err
    for line, message in (
        (["--means", "oracle"], "there is no such source"),
        (["dmo"], "did you mean demo?"),
        (["demo", *files], "an account and files are two questions"),
        (files[2:], "no source of them is named"),
        (["--short", "--means", "historical"], "an account holds no shorts"),
        (["--points", "1", "--means", "historical"], "--points"),
    ):
        code, out, err = said(capsys, "-c", config, "frontier", *line)
        assert (code, out) == (2, "")
        assert message in err
        assert "fix: " in err


def test_the_frontier_of_an_account(
    config: str, means: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--means", means, "--covariance", "sample", "--points", "6", "--risk-free", "0.01")
    found = told(capsys, "-c", config, "frontier", *line)
    assert (found["account"], found["environment"], found["strategy"]) == ("demo", "PAPER", "equal")
    assert (found["means"]["day"], found["covariance"]["last"]) == ("2020-01-10", LAST_DAY)
    returns = [each["expected_return"] for each in found["points"]]
    least = oracle.least_variance(SAMPLE)
    assert returns == pytest.approx(np.linspace(MEANS @ least, MEANS.max(), 6), abs=1e-6)
    best = oracle.greatest_ratio(MEANS, SAMPLE, free=0.01)
    assert row(found["maximum_sharpe"]["weights"]) == pytest.approx(best, abs=3e-6)
    even, now = np.full(20, 0.05), row(found["current"]["weights"])
    assert now.sum() == pytest.approx(1)
    for place, w in ((found["target"], even), (found["current"], now)):
        risk = float(np.sqrt(w @ SAMPLE @ w))
        assert row(place["weights"]) == pytest.approx(w)
        assert place["volatility"] == pytest.approx(risk)
        assert place["expected_return"] == pytest.approx(MEANS @ w)
        above = oracle.most_return(MEANS, SAMPLE, volatility=risk)
        assert place["return_given_up"] == pytest.approx(MEANS @ (above - w), abs=1e-6)


GROUP = """
[accounts.demo.optimizer]
groups = [{ name = "Energy", members = ["CVX", "RRC", "XOM"], max = 0.10 }]
"""


def test_the_account_s_own_limits_hold(
    config: str, means: str, capsys: pytest.CaptureFixture[str]
) -> None:
    limited = Path(config).with_name("limited.toml")
    limited.write_text(Path(config).read_text() + GROUP)
    line = ("frontier", "--means", means, "--points", "4", "--upper", "0.3")
    found = told(capsys, "-c", str(limited), *line)
    for each in (*found["points"], found["maximum_sharpe"]):
        energy = sum(each["weights"][name] for name in ("CVX", "RRC", "XOM"))
        assert energy <= 0.10 / 0.99 + 1e-9, "of what is invested"
        assert max(each["weights"].values()) <= 0.3 + 1e-12
    assert found["points"][-1]["weights"]["XOM"] == pytest.approx(0.10 / 0.99), "the best name"


def test_page_and_picture(
    config: str, means: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, plot = tmp_path / "f.html", tmp_path / "f.svg"
    line = ("--means", means, "--points", "5", "--html", str(page), "--plot", str(plot))
    code, out, err = said(capsys, "-c", config, "frontier", *line, "--show", "4")
    assert code == 0
    assert out.isascii()
    assert max(map(len, out.splitlines())) <= 80
    assert "what is held now gives up" in out
    assert "Names; 16 more left out" in out
    assert "next: trimtab targets --account demo" in err
    text = page.read_text(encoding="utf-8")
    for words in ("PAPER (no real money)", "<svg", "What lies where", "held now", "means.csv"):
        assert words in text
    assert "The target gives up" in text
    assert not re.search(r'(href|src)="(?!#)', text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    drawn = plot.read_text()
    for words in ("least variance", "greatest Sharpe", "target", "held now", ">XOM<"):
        assert words in drawn


def test_names_out_of_files_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "<script>alert(1)</script>"
    (tmp_path / "mean.csv").write_text(f"name,mean\n{evil},0.1\nB,0.2\n")
    (tmp_path / "cov.csv").write_text(f"name,{evil},B\n{evil},0.04,0.01\nB,0.01,0.09\n")
    page, plot = tmp_path / "f.html", tmp_path / "f.svg"
    files = ("--mean", str(tmp_path / "mean.csv"), "--cov", str(tmp_path / "cov.csv"))
    line = ("frontier", *files, "--html", str(page), "--plot", str(plot))
    assert said(capsys, *line)[0] == 0
    assert "<script" not in page.read_text(encoding="utf-8")
    assert "<script" not in plot.read_text()
