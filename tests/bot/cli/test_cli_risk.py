"""``trimtab risk`` on the account of a demo: the page's own example, and what can go wrong."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import numpy as np
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.cli.wiring import open_book, read_config
from bot.prices.cached import cached
from bot.prices.history import Owner
from tests.bot.report.test_html import Page

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## `trimtab risk`") : PAGE.index("## Returns")]
LABELS, EXAMPLE = re.findall(r"```text\n(.*?)```", SECTION, re.DOTALL)
LIMITS = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)[0]
DEMO = re.findall(r"^ {4}(trimtab demo .*)$", SECTION, re.MULTILINE)[0]
COMMAND, *SHOWN = EXAMPLE.removeprefix("$ ").splitlines()
YEAR = 252


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo on the evening of its first allocation."""
    folder = tmp_path_factory.mktemp("risk-first") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-02"]) == 0
    return folder


@pytest.fixture(scope="module")
def here(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo of the page is, in the folder ``demo``: the first one, gone on with."""
    at = tmp_path_factory.mktemp("risk")
    shutil.copytree(first, at / "demo")
    words = DEMO.split()[1:]
    words[words.index("demo", 1)] = str(at / "demo")
    assert run(["-q", *words]) == 0
    (at / "demo" / "labels.csv").write_text(LABELS)
    with (at / "demo" / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n{LIMITS}")
    return at


@pytest.fixture
def config(here: Path) -> str:
    return str(here / "demo" / "config.toml")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The risk of the only account, in numbers; the document keeps its schema."""
    code, out, err = said(capsys, *arguments, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, document_schema("risk"))
    (account,) = document["accounts"]
    risk: dict[str, Any] = account["risk"]
    return risk


def by_name(rows: list[dict[str, Any]], key: str = "symbol") -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in rows}


# --- the page -------------------------------------------------------------------------------


def test_the_page_shows_what_is_printed(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(here)
    words = COMMAND.split()
    assert words[:4] == ["trimtab", "-c", "demo/config.toml", "risk"]
    code, out, err = said(capsys, *words[1:])
    assert code == 0
    printed = out.splitlines()
    assert [line for line in SHOWN if line != "..." and line not in printed] == []
    assert len(SHOWN) > 60
    assert "trimtab plan --account demo shows what would mend it" in err


def test_every_line_fits_80_columns_and_is_ascii(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ((), ("--horizon", "10", "--top", "100", "--benchmark", "KO")):
        out = said(capsys, "-c", config, "risk", *line)[1]
        assert out.isascii()
        assert max(map(len, out.splitlines())) <= 80


# --- the figures, reckoned again from prices and weights ------------------------------------


def weights_and_returns(config: str, risk: dict[str, Any]) -> tuple[np.ndarray, ...]:
    """Weights and targets (n,), and returns (T, n) from the closes that the book keeps."""
    account = read_config(Path(config)).accounts[0]
    symbols = [row["symbol"] for row in risk["names"]]
    with open_book(read_config(Path(config))) as book:
        bars = cached(book, Owner(account.account, account.prices), symbols).bars
    closes = np.array([bars[symbol].closes for symbol in symbols]).T
    rows = [[row[key] for row in risk["names"]] for key in ("weight", "target")]
    return np.array(rows[0]), np.array(rows[1]), closes[1:] / closes[:-1] - 1


def test_the_figures_are_those_of_weights_and_prices(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the sample covariance, which has no choices in it, on plain NumPy."""
    risk = told(capsys, "-c", config, "risk", "--covariance", "sample")
    weights, targets, returns = weights_and_returns(config, risk)
    covariance = np.cov(returns.T) * YEAR
    volatility = float(np.sqrt(weights @ covariance @ weights))
    away = weights - targets
    assert risk["volatility"] == pytest.approx(volatility, rel=1e-9)
    assert risk["cash"] == pytest.approx(1 - weights.sum(), abs=1e-12)
    target = risk["target"]
    assert target["tracking_error"] == pytest.approx(np.sqrt(away @ covariance @ away), rel=1e-9)
    beta = weights @ covariance @ targets / (targets @ covariance @ targets)
    assert target["beta"] == pytest.approx(beta, rel=1e-9)
    own = np.sqrt(np.diag(covariance))
    assert risk["diversification_ratio"] == pytest.approx(weights @ own / volatility, rel=1e-9)
    assert risk["effective_names"] == pytest.approx(weights.sum() ** 2 / (weights @ weights))
    pairs = np.corrcoef(returns.T)[np.triu_indices(len(weights), 1)]
    assert risk["average_correlation"] == pytest.approx(pairs.mean(), rel=1e-9)
    series = returns @ weights
    for level in (0.95, 0.99):
        tails = [row for row in risk["tails"] if row["level"] == level]
        historical = next(row for row in tails if row["method"] == "historical")
        assert historical["var"] == pytest.approx(-np.quantile(series, 1 - level), rel=1e-9)
        amount = historical["var"] * float(risk["nav"])
        assert float(historical["var_amount"]) == pytest.approx(amount, abs=0.005)
    worth = np.concatenate([[1.0], np.cumprod(1 + series)])
    fall = max(1 - worth[later] / worth[: later + 1].max() for later in range(len(worth)))
    assert risk["past"]["drawdown"] == pytest.approx(fall, rel=1e-9)
    below = np.sqrt(np.mean(np.minimum(series, 0) ** 2) * YEAR)
    assert risk["past"]["downside_deviation"] == pytest.approx(below, rel=1e-9)


def test_contributions_are_derivatives_and_sum_to_the_whole(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    risk = told(capsys, "-c", config, "risk", "--covariance", "sample")
    weights, _, returns = weights_and_returns(config, risk)
    covariance, step = np.cov(returns.T) * YEAR, 1e-6
    for place, row in enumerate(risk["names"]):
        more = weights.copy()
        more[place] += step
        slope = (np.sqrt(more @ covariance @ more) - risk["volatility"]) / step
        assert row["marginal"] == pytest.approx(slope, abs=1e-5)
        assert row["contribution"] == pytest.approx(row["weight"] * row["marginal"])
    for rows in (risk["names"], risk["groups"]):
        assert sum(row["contribution"] for row in rows) == pytest.approx(risk["volatility"])
        assert sum(row["share"] for row in rows) == pytest.approx(1)
    groups, names = by_name(risk["groups"], "label"), by_name(risk["names"])
    assert set(groups) == {"Technology", "Energy", "Financials", ""}
    energy = [names[symbol] for symbol in ("CVX", "RRC", "XOM")]
    assert groups["Energy"]["share"] == pytest.approx(sum(row["share"] for row in energy))
    assert groups["Energy"]["weight"] == pytest.approx(sum(row["weight"] for row in energy))


@pytest.mark.parametrize("name", ["factors", "ewma", "ledoit-wolf", "oas", "marchenko-pastur"])
def test_every_estimator_can_be_asked_for(
    name: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    risk = told(capsys, "-c", config, "risk", "--covariance", name)
    assert risk["basis"]["estimator"] == name
    assert 0.09 < risk["volatility"] < 0.18
    assert (risk["basis"]["shrinkage"] is not None) == (name in {"ledoit-wolf", "oas"})


def test_days_and_horizon(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    risk = told(capsys, "-c", config, "risk", "--days", "60", "--horizon", "4")
    assert risk["basis"]["returns"] == risk["past"]["returns"] == 59
    assert risk["regime"]["state"] == "unknown", "too few days to tell"
    assert risk["regime"]["signals"] == []
    assert "59 daily returns" in risk["regime"]["notes"][0]
    assert [row["trend"] for row in risk["names"]] == [None] * 20
    normal = next(row for row in risk["tails"] if row["method"] == "normal")
    assert normal["var"] == pytest.approx(1.6448536 * risk["volatility"] * (4 / YEAR) ** 0.5)
    usual = told(capsys, "-c", config, "risk")
    assert usual["basis"]["returns"] == 251
    assert usual["regime"]["state"] == "calm"
    assert risk["limits"] == usual["limits"], "plans measure as they did"
    longer = told(capsys, "-c", config, "risk", "--days", "900")
    (short,) = [note for note in longer["notes"] if "of the 900 that were asked for" in note]
    assert 252 <= int(short.split()[0]) < 300
    assert longer["basis"]["returns"] == int(short.split()[0]) - 1


# --- limits ---------------------------------------------------------------------------------


def test_limits_are_measured_as_a_plan_measures_them(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a plan warns of is what is broken here, with the same figures."""
    shutil.copytree(here / "demo", tmp_path / "demo")
    path = tmp_path / "demo" / "config.toml"
    text = path.read_text().replace("tracking_error_max = 0.002", "tracking_error_max = 0.001")
    more = 'groups = [{ name = "Banks", members = ["BAC", "JPM"], min = 0.2 }]'
    path.write_text(f"{text}{more}\nvalue_at_risk_max = 0.01\n")
    other = str(path)
    plan = json.loads(said(capsys, "-c", other, "plan", "--json")[1])["plans"][0]
    limits = by_name(told(capsys, "-c", other, "risk", "--now")["limits"], "limit")
    warned = [each for each in plan["alerts"] if each["kind"] == "limit-broken"]
    assert {name for name, row in limits.items() if not row["is_kept"]} == {
        "tracking error",
        "value at risk, one day",
        "Banks",
    }
    assert len(warned) == 3
    for each in warned:
        words = {"tracking-error": "tracking error", "value-at-risk": "value at risk, one day"}
        row = limits[each["name"] or words[each["measure"]]]
        assert row["value"] == pytest.approx(float(each["value"]), rel=1e-9)
        assert row["action"] == "warn"
    assert limits["volatility"]["is_kept"]


def test_what_is_broken_stands_out(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "-c", config, "risk")[1]
    table = out.partition("Your limits")[2].partition("Losses")[0]
    rows = {line.partition("  ")[0]: line for line in table.splitlines()}
    assert rows["tracking error"].endswith("BROKEN; trigger: warn")
    assert rows["volatility"].endswith("15.00 %  kept")


# --- of which moment ------------------------------------------------------------------------


def contents(config: str) -> list[str]:
    """All that the book holds, as SQL."""
    with closing(sqlite3.connect(Path(config).parent / "trimtab.db")) as book:
        return list(book.iterdump())


def test_no_broker_is_asked_and_the_book_is_only_read(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exchange of the demo is gone, and everything is there but a look at it."""
    shutil.copytree(here / "demo", tmp_path / "demo")
    config = str(tmp_path / "demo" / "config.toml")
    for ledger in (tmp_path / "demo").glob("paper-*.db*"):
        ledger.unlink()
    said(capsys, "-c", config, "history")  # the book stands elsewhere now, and says so once
    before = contents(config)
    risk = told(capsys, "-c", config, "risk")
    assert contents(config) == before
    assert not list((tmp_path / "demo").glob("paper-*.db*"))
    assert risk["basis"]["positions"] == "book"
    assert risk["basis"]["seen"] == "2020-01-10T15:00:00+00:00"


def test_a_look_at_the_broker_is_that_of_whatif(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(here / "demo", tmp_path / "demo")
    config = str(tmp_path / "demo" / "config.toml")
    plans = len(json.loads(said(capsys, "-c", config, "history", "--json")[1])["plans"])
    risk = told(capsys, "-c", config, "risk", "--now")
    line = ("whatif", "--stress", "none", "--points", "3", "--json")
    whatif = json.loads(said(capsys, "-c", config, *line)[1])
    assert risk["basis"]["positions"] == "broker"
    assert risk["nav"] == whatif["nav"]
    assert risk["volatility"] == pytest.approx(whatif["today"]["volatility"], rel=1e-6)
    weights = by_name(whatif["weights"], "name")
    for row in risk["names"]:
        assert row["weight"] == pytest.approx(weights[row["symbol"]]["now"], abs=1e-9)
    after = json.loads(said(capsys, "-c", config, "history", "--json")[1])["plans"]
    assert len(after) == plans, "no plan is kept"


def test_trades_since_the_last_look_count(first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the day of the first allocation the last plan saw nothing but cash."""
    config = str(first / "config.toml")
    book = told(capsys, "-c", config, "risk")
    assert "with 20 trades since" in book["basis"]["positions_words"]
    now = told(capsys, "-c", config, "risk", "--now")
    for ours, theirs in zip(book["names"], now["names"], strict=True):
        assert ours["weight"] == pytest.approx(theirs["weight"], abs=2e-4)
    assert book["volatility"] == pytest.approx(now["volatility"], rel=1e-3)
    assert float(book["nav"]) == pytest.approx(float(now["nav"]), rel=1e-3)
    assert book["cash"] == pytest.approx(now["cash"], abs=1e-4)


def test_old_prices_are_said(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    (note,) = told(capsys, "-c", config, "risk")["notes"]
    assert note.startswith("the newest prices are of 2020-01-09, the last session was 2020-01-10")


# --- beside a benchmark ---------------------------------------------------------------------


def test_a_name_of_the_account_as_benchmark(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("risk", "--covariance", "sample", "--benchmark", "KO")
    risk = told(capsys, "-c", config, *line)
    weights, _, returns = weights_and_returns(config, risk)
    covariance = np.cov(returns.T) * YEAR
    one = np.array([float(row["symbol"] == "KO") for row in risk["names"]])
    away = weights - one
    found = risk["benchmark"]
    assert found["name"] == "KO"
    assert found["tracking_error"] == pytest.approx(np.sqrt(away @ covariance @ away), rel=1e-9)
    beta = weights @ covariance @ one / (one @ covariance @ one)
    assert found["beta"] == pytest.approx(beta, rel=1e-9)
    parts = [part["contribution"] for part in found["names"]]
    assert sum(parts) == pytest.approx(found["tracking_error"])


def test_a_file_is_scaled_and_says_its_day(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dated, plain = tmp_path / "dated.csv", tmp_path / "PLAIN.CSV"
    dated.write_text("symbol,weight,date\nKO,0.2,2019-12-30\nPG,0.3,2019-12-31\n")
    plain.write_text("symbol,weight\nKO,0.4\nPG,0.6\n")
    found = [
        told(capsys, "-c", config, "risk", "--benchmark", str(path))["benchmark"]
        for path in (dated, plain)
    ]
    assert found[0]["tracking_error"] == pytest.approx(found[1]["tracking_error"], rel=1e-12)
    words = "dated.csv, 2 names, of 2019-12-30, whose weights sum to 50.0% and are scaled to 100 %"
    assert found[0]["words"] == words
    assert found[1]["words"] == "PLAIN.CSV, 2 names"


def test_the_benchmark_leaves_the_other_figures_alone(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = told(capsys, "-c", config, "risk")
    beside = told(capsys, "-c", config, "risk", "--benchmark", "KO")
    for key in ("volatility", "tails", "names", "groups", "limits", "regime", "target"):
        assert beside[key] == alone[key]
    assert alone["benchmark"] is None


BAD_FILES = {
    "symbol,weight\nKO,1.5\n": ':2: "KO,1.5": the weight must be a number from 0 to 1',
    "symbol,weight\nKO,0.5\nKO,0.5\n": ':3: "KO,0.5": this symbol has a weight already',
    "symbol,weight,date\nKO,0.5,soon\n": "the date must be a day like 2026-01-31",
    "name,share\nKO,0.5\n": "must begin with the header symbol,weight",
    "": "must begin with the header symbol,weight,date",
    "symbol,weight\nKO,0\n": "has no weight above zero",
    "symbol,weight,date\nKO,1,2020-01-11\n": "is of 2020-01-11, positions are of 2020-01-10",
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_a_file_that_is_wrong_is_refused_with_its_place(
    text: str, config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "b.csv"
    path.write_text(text)
    code, out, err = said(capsys, "-c", config, "risk", "--benchmark", str(path))
    assert (code, out) == (2, "")
    assert BAD_FILES[text] in err
    assert "fix: " in err


def test_what_is_not_there_is_said_and_not_made_up(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "-c", config, "risk", "--benchmark", "SPY")
    assert (code, out) == (3, "")
    assert "the book has prices of 0% of SPY" in err
    assert "trimtab risk demo --now asks the sources for them" in err
    code, _, err = said(capsys, "-c", config, "risk", "--benchmark", "none.csv")
    assert code == 2
    assert "none.csv: cannot be read: No such file or directory" in err
    half = tmp_path / "half.csv"
    half.write_text("symbol,weight\nKO,0.6\nSPY,0.4\n")
    notes = told(capsys, "-c", config, "risk", "--benchmark", str(half))["notes"]
    assert "40.0% of half.csv has no prices here" in notes
    assert any(note.startswith("SPY: taken at a volatility of") for note in notes)


# --- pictures and pages ---------------------------------------------------------------------


def test_pictures_and_the_page(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    png, svg, page = tmp_path / "r.png", tmp_path / "h.svg", tmp_path / "r.html"
    line = ("risk", "--plot", str(png), "--heatmap", str(svg), "--html", str(page))
    code, _, err = said(capsys, "-c", config, *line)
    assert code == 0
    assert err.count("drawn: ") == 2
    assert png.read_bytes().startswith(b"\x89PNG")
    words = "".join(ET.fromstring(svg.read_text()).itertext())  # noqa: S314 - our own picture
    places = [words.index(name) for name in ("BAC", "JPM", "CVX", "XOM", "KO", "PEP")]
    assert abs(places[0] - places[1]) < 40, "the two banks stand together"
    assert abs(places[2] - places[3]) < 40, "and the two oil companies"
    text = page.read_text()
    seen = Page(text)
    assert not seen.unbalanced
    assert not seen.open
    assert len(seen.named("h1")) == 1
    assert [tag for tag, _ in seen.tags].count("svg") == 3
    assert all(picture["aria-label"] for _, picture in seen.tags if picture.get("role") == "img")
    assert "tracking error is 0.28\N{NO-BREAK SPACE}%" in seen.text
    assert "prefers-color-scheme: dark" in text
    for told_of in ("Your limits", "Losses over 1 day", "by sector", "What the regime", "[PAPER]"):
        assert told_of in seen.text
    assert "http://" not in text.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--plot", "r.gif", "a picture is a .png or an .svg"),
        ("--heatmap", "h", "a picture is a .png or an .svg"),
        ("--covariance", "best", "there is: factors, sample, ewma, ledoit-wolf"),
        ("--days", "5", "greater than or equal to 31"),
        ("--horizon", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_done(
    option: str, value: str, words: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "-c", config, "risk", option, value)
    assert (code, out) == (2, "")
    assert words in err


# --- several accounts -----------------------------------------------------------------------

SPARE = """
[accounts.spare]
broker = "paper"
environment = "paper"

[accounts.spare.target]
strategy = "equal"
symbols = ["KO", "PG"]

[accounts.spare.paper]
cash = 5000
tape = "us20"
"""


@pytest.fixture
def two(config: str) -> str:
    """The same with a second account, which nobody has looked at yet."""
    path = Path(config).with_name("two.toml")
    path.write_text(Path(config).read_text() + SPARE)
    path.chmod(0o600)
    return str(path)


def test_of_several_accounts_each_has_a_line_and_one_does_not_hide_the_others(
    two: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "-c", two, "risk")
    assert code == 3, "one of them could not be told about"
    assert max(map(len, out.splitlines())) <= 80
    (line,) = [line for line in out.splitlines() if line.startswith("PAPER")]
    assert line.split()[:6] == ["PAPER", "demo", "2020-01-10", "252,137", "13.2", "0.3"]
    assert line.endswith("1 BROKEN calm")
    assert "PAPER spare: the book has no look at spare yet" in err
    assert "fix: trimtab risk spare --now looks at the broker" in err
    code, out, _ = said(capsys, "-c", two, "risk", "--json")
    document = json.loads(out)
    jsonschema.validate(document, document_schema("risk"))
    demo, spare = document["accounts"]
    assert demo["risk"]["volatility"] > 0.1
    assert (spare["risk"], spare["why"]) == (None, "the book has no look at spare yet")


def test_pictures_are_of_one_account(two: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "-c", two, "risk", "--html", "x.html")
    assert code == 2
    assert "name one of: demo, spare" in err
    code, _, err = said(capsys, "-c", two, "risk", "dmo")
    assert code == 2
    assert "did you mean demo?" in err


def test_without_a_book_there_is_nothing_to_tell(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "config.toml"
    bare.write_text(Path(config).read_text().replace('labels = "labels.csv"', ""))
    bare.write_text(re.sub(r"limits = \{ sector.*", "", bare.read_text()))
    bare.chmod(0o600)
    code, out, err = said(capsys, "-c", str(bare), "risk")
    assert (code, out) == (3, "")
    assert "there is no book at" in err
    assert not (tmp_path / "trimtab.db").exists()
