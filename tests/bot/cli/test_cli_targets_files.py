"""The files of ``trimtab targets``: what is read, what is refused and how, what is written."""

import csv
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from target_files import FOUR, column, said, square, told, weights

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "targets.md").read_text(encoding="utf-8").partition("\n## From files\n")[2]
FILES = dict(re.findall(r"```csv (\S+)\n(.*?)```", PAGE, re.DOTALL))
SHOWN = re.findall(r"```text\n\$ trimtab (.*?)\n(.*?)```", PAGE, re.DOTALL)

MEAN = "name,mean\nN0,0.12\nN1,0.15\nN2,0.18\nN3,0.05\n"
COV = (
    "name,N0,N1,N2,N3\nN0,0.04,0.018,0.056,0.002\nN1,0.018,0.09,0.06,0.0045\n"
    "N2,0.056,0.06,0.16,0.002\nN3,0.002,0.0045,0.002,0.01\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as they lie, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    Path("mean.csv").write_text(MEAN)
    Path("cov.csv").write_text(COV)


BOTH = ("--mean", "mean.csv", "--cov", "cov.csv")


def test_the_page_shows_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in FILES.items():
        Path(name).write_text(text)
    assert {line.split()[0] for line, _ in SHOWN} == {"targets", "frontier"}
    assert len(SHOWN) == 3
    for line, shown in SHOWN:
        code, out, err = said(capsys, *line.split())
        assert code == 0, err
        printed = [row.partition("(gap ")[0] for row in out.splitlines()]
        wanted = [row.partition("(gap ")[0] for row in shown.splitlines()]
        assert [row for row in wanted if row not in printed] == []


@pytest.mark.parametrize(
    "mean",
    [
        ",mu\nN0,0.12\nN1,0.15\nN2,0.18\nN3,0.05\n",
        ",0\nN3,0.05\nN1,0.15\n\nN2,0.18\nN0,0.12\n",
        "\ufeffticker, expected return\nN0, 0.12\nN1,1.5e-1\nN2,0.18\nN3,.05\n",
        'symbol,mean,date\n"N0",0.12,2026-01-02\nN1,0.15,\nN2,0.18,x\nN3,0.05,2026-01-02\n',
        MEAN.replace("\n", "\r\n"),
    ],
)
def test_a_header_of_means_may_say_anything(mean: str, capsys: pytest.CaptureFixture[str]) -> None:
    best = weights(told(capsys, "maximum-sharpe", *BOTH)["portfolios"][0])
    Path("other.csv").write_bytes(mean.encode())
    line = ("maximum-sharpe", "--mean", "other.csv", "--cov", "cov.csv")
    assert weights(told(capsys, *line)["portfolios"][0]) == pytest.approx(best, abs=1e-15)


def test_rows_and_columns_come_in_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    best = told(capsys, "minimum-variance", *BOTH)["portfolios"][0]["weights"]
    order = [2, 0, 3, 1]
    names = [f"N{place}" for place in order]
    rows = [
        [name, *FOUR.covariance[place, order]] for name, place in zip(names, order, strict=True)
    ]
    with Path("mixed.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["", *names], *reversed(rows)])
    mixed = told(capsys, "minimum-variance", "--mean", "mean.csv", "--cov", "mixed.csv")
    assert mixed["portfolios"][0]["weights"] == pytest.approx(best, abs=1e-12)
    assert list(mixed["portfolios"][0]["weights"]) == names


def test_days_are_no_name_and_gaps_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    texts = {
        "plain.csv": "N0,N1\n0.01,0.02\n-0.01,0.01\n0.03,-0.02\n0.00,0.01\n",
        "days.csv": "Date,N0,N1\n2020-01-02,0.01,0.02\n2020-01-03,-0.01,0.01\n"
        "2020-01-06,0.03,-0.02\n2020-01-07,0.00,0.01\n",
        "numbered.csv": ",N0,N1\n0,0.01,0.02\n1,-0.01,0.01\n2,0.03,-0.02\n3,0.00,0.01\n",
        "gap.csv": "day,N0,N1\n1,0.01,0.02\n2,-0.01,0.01\n3,0.03,-0.02\n4,NaN,0.05\n5,0.00,0.01\n",
    }
    found = []
    for name, text in texts.items():
        Path(name).write_text(text)
        found.append(weights(told(capsys, "minimum-cvar", "--returns", name)["portfolios"][0]))
    assert all(each == pytest.approx(found[0], abs=1e-9) for each in found)


def test_a_first_name_with_nothing_but_gaps_is_no_column_of_days(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("r.csv").write_text("N0,N1\n,0.02\n,0.01\n,-0.02\n")
    code, _, err = said(capsys, "targets", "equal", "--returns", "r.csv")
    assert code == 2
    assert "r.csv has 0 returns of N0" in err


WRONG: tuple[tuple[str, str, str], ...] = (
    ("mean", MEAN.replace("0.15", "x"), "mean.csv line 3, column mean: x is not a number"),
    ("mean", MEAN.replace("0.15", ""), "mean.csv line 3, column mean: there is no number"),
    ("mean", MEAN.replace("0.18", "nan"), "mean.csv line 4, column mean: nan is not a number"),
    ("mean", MEAN.replace("0.18", "inf"), "mean.csv line 4, column mean: inf is not a number"),
    ("mean", MEAN.replace("N3,0.05\n", ""), "mean.csv says nothing of N3, which cov.csv has"),
    ("mean", f"{MEAN}Z,0.1\n", "mean.csv has Z, of which cov.csv says nothing"),
    ("mean", f"{MEAN}N0,0.1\n", "mean.csv names N0 twice"),
    ("mean", MEAN.replace("name,mean\n", ""), "its first line is taken for the header"),
    ("mean", MEAN.replace("N1,0.15", "N1"), "mean.csv line 3 has 1 columns, expected 2"),
    ("mean", "name\nN0\n", "mean.csv has 1 columns, expected 2"),
    ("mean", "name,mean\n", "mean.csv has no line of numbers under a header"),
    ("mean", "", "mean.csv has no line of numbers under a header"),
    ("cov", COV.replace("0.0045", "oops", 1), "cov.csv line 3, column N3: oops is not a number"),
    ("cov", COV.replace("0.06", "nan", 1), "cov.csv line 3, column N2: nan is not a number"),
    ("cov", COV[: COV.index("N3,0.002")], "cov.csv has no row for N3"),
    ("cov", COV.replace("\nN1,", "\nN2,"), "cov.csv line 4: N2 has its row already"),
    ("cov", COV.replace("\nN1,", "\nZ,"), "cov.csv line 3: 'Z' is not in its header"),
    ("cov", COV.replace("name,N0,N1", "name,N0,N0"), "cov.csv names N0 twice"),
    ("cov", COV.replace("name,N0,N1", "name,N0,"), "cov.csv: a name is empty"),
    ("cov", COV.replace("N0,0.04", "N0,-0.04"), "covariance[N0][N0] = -0.04"),
    ("cov", "\x00", "cov.csv names nothing"),
)


@pytest.mark.parametrize(("file", "text", "message"), WRONG)
def test_what_is_wrong_is_named(
    file: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{file}.csv").write_text(text)
    code, out, err = said(capsys, "targets", "maximum-sharpe", *BOTH)
    assert (code, out) == (2, "")
    assert message in err
    assert "fix: " in err
    assert "Traceback" not in err


REFUSED: tuple[tuple[str, str], ...] = (
    ("maximum-sharp --mean mean.csv --cov cov.csv", "did you mean maximum-sharpe"),
    ("--mean mean.csv --cov cov.csv", "there is: minimum-variance, maximum-sharpe"),
    ("maximum-sharpe --cov cov.csv", "no source of them is named"),
    ("efficient-frontier --cov cov.csv", "--mean MEAN.csv"),
    ("maximum-sharpe --mean mean.csv", "maximum-sharpe needs a covariance"),
    ("minimum-cvar --cov cov.csv", "--returns RETURNS.csv"),
    ("mean-variance --mean mean.csv --cov cov.csv", "mean-variance needs --risk-aversion"),
    ("efficient-return --mean mean.csv --cov cov.csv", "efficient-return needs --return"),
    ("efficient-volatility --mean mean.csv --cov cov.csv", "needs --volatility"),
    ("index-tracking --cov cov.csv", "index-tracking needs --benchmark"),
    ("minimum-variance --cov none.csv", "none.csv: no such file"),
    ("minimum-variance --cov cov.csv --return 0.1", "--return for minimum-variance needs expected"),
    ("minimum-variance --cov cov.csv --upper 0.2", "widen them"),
    ("minimum-variance --cov cov.csv --lower nan", "--lower nan is no number"),
    ("minimum-variance --cov cov.csv --volatility 0.05", "less volatility than 0.0925764"),
    ("risk-parity --cov cov.csv --volatility 0.05", "which it cannot be told"),
    ("hierarchical-risk-parity --mean mean.csv --cov cov.csv --return 0.17", "cannot be told"),
    ("maximum-sharpe --mean mean.csv --cov cov.csv --risk-free 0.5", "risk-free rate of 0.5"),
    ("efficient-return --mean mean.csv --cov cov.csv --return 0.5", "return of 0.18 at most"),
    ("efficient-frontier --mean mean.csv --cov cov.csv --amount 5", "by one portfolio"),
    ("minimum-variance --cov cov.csv --plot x.pdf", "a picture is a .png or an .svg"),
    ("risk-parity --cov cov.csv -a main", "an account and files are two questions"),
    ("risk-parity --cov cov.csv --means historical", "--means is about an account"),
    ("file:none.py:weights --cov cov.csv", "is told of the past"),
    ("risk-parity", "config.toml: no such file, and no numbers are given"),
)


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_what_cannot_be_answered_is_refused_with_the_remedy(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "targets", *line.split())
    assert (code, out) == (2, "")
    assert message in err
    assert "fix: " in err


def test_a_covariance_that_is_none_is_mended_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Three names that hedge each other a little more than perfectly: an eigenvalue below zero."""
    square(Path("none.csv"), np.where(np.eye(3), 0.04, -0.02002))
    (found,) = told(capsys, "minimum-variance", "--cov", "none.csv")["portfolios"]
    assert found["notes"]
    assert weights(found) == pytest.approx(np.full(3, 1 / 3), abs=1e-6)
    square(Path("none.csv"), np.where(np.eye(3), 0.04, -0.03))
    code, _, err = said(capsys, "targets", "minimum-variance", "--cov", "none.csv")
    assert code == 2
    assert "16.7% of the variance is negative" in err


def test_prices_in_place_of_returns_are_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    prices = 100 + np.random.default_rng(2).normal(0, 1, (40, 3)).cumsum(axis=0)
    rows = "\n".join(",".join(f"{value:.2f}" for value in row) for row in prices)
    Path("prices.csv").write_text(f"N0,N1,N2\n{rows}\n")
    found = told(capsys, "equal", "--returns", "prices.csv")
    assert any("looks like prices" in note for note in found["notes"])


def test_an_option_that_means_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    line = ("risk-parity", *BOTH, "--level", "0.9", "--points", "5", "--upper", "0.9")
    notes = told(capsys, *line)["notes"]
    assert notes == ["--points is not used by risk-parity", "--level is not used by risk-parity"]


def test_without_means_there_is_no_return_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = told(capsys, "minimum-variance", "--cov", "cov.csv")["portfolios"]
    assert (found["expected_return"], found["sharpe"], found["cvar"]) == (None, None, None)
    out = said(capsys, "targets", "minimum-variance", "--cov", "cov.csv")[1]
    assert "return" not in out
    assert "Sharpe" not in out


@pytest.mark.parametrize("strategy", ["minimum-variance", "efficient-frontier", "minimum-cvar"])
def test_pages_fit_80_columns_and_are_ascii(
    strategy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    returns = np.random.default_rng(4).normal(0.0005, 0.01, (80, 30))
    names = [f"A NAME {number}" for number in range(30)]
    with Path("r.csv").open("w", newline="") as file:
        csv.writer(file).writerows([names, *returns.tolist()])
    _, out, _ = said(capsys, "targets", strategy, "--returns", "r.csv", "--show", "5")
    assert out.isascii()
    assert max(map(len, out.splitlines())) <= 80
    assert not [row for row in out.splitlines() if row != row.rstrip()]
    if strategy == "minimum-variance":
        assert len(re.findall(r"^A NAME", out, re.MULTILINE)) == 5
        assert "smaller ones left out" in out


def test_weights_are_written_as_a_config_reads_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "targets", "minimum-variance", *BOTH, "-o", "w.csv")[0] == 0
    header, *rows = csv.reader(Path("w.csv").read_text().splitlines())
    assert header == ["symbol", "weight"]
    assert sum(float(weight) for _, weight in rows) == pytest.approx(1, abs=1e-9)
    best = told(capsys, "minimum-variance", *BOTH)["portfolios"][0]["weights"]
    assert {name: float(weight) for name, weight in rows} == pytest.approx(best, abs=1e-11)
    line = ("targets", "index-tracking", *BOTH, "--benchmark", "w.csv")
    assert "Weights of 3 of 4 names" in said(capsys, *line)[1]
    line = ("targets", "efficient-frontier", *BOTH, "--points", "3", "-o", "f.csv")
    assert said(capsys, *line)[0] == 0
    assert Path("f.csv").read_text().splitlines()[0] == "symbol,1,2,3"


@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("strategy", ["risk-parity", "efficient-frontier"])
def test_it_can_be_drawn(strategy: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        assert said(capsys, "targets", strategy, *BOTH, "--plot", f"{number}.{form}")[0] == 0
    first, second = (Path(f"{number}.{form}").read_bytes() for number in (1, 2))
    assert first == second
    assert first.startswith(b"\x89PNG" if form == "png" else b"<?xml version")
    if form == "svg":
        assert all(f">{name}<" in first.decode() for name in ("N0", "N1", "N2", "N3"))


def test_on_a_terminal_it_says_what_it_is_at(tmp_path: Path) -> None:
    """A frontier in a process of its own: a line that moves on the terminal, and none in a pipe."""
    column(tmp_path / "m.csv", FOUR.mean)
    line = ["targets", "efficient-frontier", "--mean", "m.csv", "--cov", "cov.csv", "--json"]
    code = "import sys; from bot.cli.app import run; sys.exit(run(sys.argv[1:]))"
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(DOCS.parent)}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code, *line],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
        check=True,
        timeout=120,
    )
    os.close(theirs)
    seen = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "targets: reading cov.csv" in seen
    assert "of 20 points" in seen
    assert len(json.loads(done.stdout)["portfolios"]) == 20
