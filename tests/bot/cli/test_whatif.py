"""``trimtab whatif``: the page's own example, an account of a demo, and whatever can go wrong."""

import json
import math
import os
import pty
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema

PAGE = (Path(__file__).parents[3] / "docs" / "whatif.md").read_text(encoding="utf-8")
PROBLEM = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
COMMAND, *SHOWN = re.findall(r"```text\n\$ (.*?)```", PAGE, re.DOTALL)[0].splitlines()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The config of a demo that has drifted for some weeks since its first allocation."""
    folder = tmp_path_factory.mktemp("whatif") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-21"]) == 0
    return str(folder / "config.toml")


@pytest.fixture
def problem(tmp_path: Path) -> str:
    """The problem of the page, as a file."""
    path = tmp_path / "problem.json"
    path.write_text(PROBLEM, encoding="utf-8")
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The JSON document of one command line, which keeps its schema."""
    code, out, err = said(capsys, *arguments, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, document_schema("whatif"))
    return document


def test_the_page_shows_what_is_printed(
    problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(problem).parent)
    assert COMMAND == 'trimtab whatif --problem problem.json --limit "Technology=0.33"'
    line = ("whatif", "--problem", "problem.json", "--limit", "Technology=0.33")
    code, out, _ = said(capsys, *line)
    assert code == 0
    printed = out.splitlines()
    assert [line for line in SHOWN if line != "..." and line not in printed] == []
    assert len(SHOWN) > 60


def test_every_page_fits_80_columns_and_is_ascii(
    config: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (("-c", config, "whatif", "demo"), ("whatif", "--problem", problem)):
        out = said(capsys, *line)[1]
        assert out.isascii()
        assert max(map(len, out.splitlines())) <= 80


def test_the_document_says_the_same_in_numbers(
    problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "whatif", "--problem", problem, "--points", "5", "--curve", "risk")
    assert found["schema"] == "trimtab/whatif/1"
    assert [found[key] for key in ("account", "environment", "nav")] == [None, None, None]
    assert [point["factor"] for point in found["curve"]][2] == 1.0
    errors = [point["plan"]["tracking_error"] for point in found["curve"]]
    assert errors == sorted(errors, reverse=True), "the more risk counts the less of it is left"
    plan = found["plan"]
    parts = sum(plan[f"{part}_bps"] for part in ("risk", "cost", "tax", "wishes"))
    assert plan["objective_bps"] == pytest.approx(parts)
    assert plan["var_95"] == pytest.approx(1.645 * plan["volatility"] / 252**0.5)
    assert sum(row["plan"] for row in found["weights"]) == pytest.approx(1.0)
    kinds = {price["kind"] for price in found["prices"]}
    assert kinds == {"name", "turnover", "budget"}
    for price in found["prices"]:
        if price["gain_bps"] is not None:
            assert price["gain_bps"] <= price["price_bps"] + 1e-4
    solver = said(capsys, "optimize", problem, "--json")[1]
    assert json.loads(solver)["objective"] == pytest.approx(plan["objective_bps"] / 1e4, abs=1e-9)


def test_another_limit_is_what_solving_that_problem_gives(
    problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--limit", "turnover=25%", "--limit", "4<=0.155", "--stress", "none")
    found = told(capsys, "whatif", "--problem", problem, *line)
    document = json.loads(PROBLEM)
    document["turnover"] = 0.25
    document["upper"][4] = 0.155
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    answer = json.loads(said(capsys, "optimize", str(other), "--json")[1])
    changed = found["changed"]
    assert changed["limits"] == ["turnover=25%", "4<=0.155"]
    assert changed["plan"]["objective_bps"] == pytest.approx(1e4 * answer["objective"], abs=1e-4)
    weights = [row["plan"] for row in changed["weights"]]
    assert weights == pytest.approx(answer["weights"], abs=1e-4)
    assert found["stress"] == []


def test_a_limit_can_be_dropped(problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = ("--limit", "turnover=none", "--limit", "te=none", "--limit", "Technology=none")
    found = told(capsys, "whatif", "--problem", problem, *line)
    assert found["changed"]["plan"]["objective_bps"] < found["plan"]["objective_bps"]


def test_a_shock_of_one_s_own(
    problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All risky names by -10 %, in a file: the same as the scenario of the house."""
    shocks = tmp_path / "crash.csv"
    shocks.write_text("symbol,shock\n" + "".join(f"{name},-10%\n" for name in range(6)))
    line = ("--stress", "prices-10", "--shocks", str(shocks))
    house, own = told(capsys, "whatif", "--problem", problem, *line)["stress"]
    assert (house["name"], own["name"]) == ("prices-10", "crash")
    assert own["plan"] == house["plan"]
    assert own["nav_change"] == house["nav_change"] < -0.09


# --- an account -----------------------------------------------------------------------------


def contents(config: str) -> list[str]:
    """All that the book holds, as SQL."""
    with closing(sqlite3.connect(Path(config).parent / "trimtab.db")) as book:
        return list(book.iterdump())


def test_an_account_is_asked_and_its_book_is_only_read(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(config)
    found = told(capsys, "-c", config, "whatif")
    assert contents(config) == before
    assert (found["account"], found["environment"], found["base"]) == ("demo", "PAPER", "USD")
    assert found["plan"]["tracking_error"] < found["today"]["tracking_error"]
    assert len(found["stress"]) == 8
    assert "cash" in [row["name"] for row in found["weights"]]
    falls = {row["name"]: row["nav_change"] for row in found["stress"]}
    cash = next(row["plan"] for row in found["weights"] if row["name"] == "cash")
    assert falls["prices-20"] == pytest.approx(-0.2 * (1 - cash))


def with_config(config: str, name: str, **changes: str) -> str:
    """The same account under another config beside it; what to replace, and by what."""
    text = Path(config).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(f"{old} =", f"{old} = {new} #")
    other = Path(config).with_name(f"{name}.toml")
    other.write_text(text, encoding="utf-8")
    return str(other)


def test_today_s_plan_keeps_to_its_own_room(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name out of a narrow band is brought back into it; on the way to target all may move."""
    narrow = with_config(config, "narrow", relative="0.15")
    wide = told(capsys, "-c", narrow, "whatif", "demo", "--stress", "none")
    own = told(capsys, "-c", narrow, "whatif", "demo", "--stress", "none", "--as-planned")
    moving = [sum(row["plan"] != row["now"] for row in each["weights"]) for each in (wide, own)]
    assert moving[0] > moving[1] > 0
    assert any("where the plan may bring it" in note for note in own["notes"])


def test_a_taxed_account_weighs_taxes(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    taxed = with_config(config, "taxed", kind='"taxable"')
    found = told(capsys, "-c", taxed, "whatif", "demo", "--stress", "taxes-short")
    assert found["along"] == "tax"
    taxes = [point["plan"]["tax_bps"] for point in found["curve"]]
    assert taxes[0] > taxes[4] > taxes[-1] >= 0
    free = told(capsys, "-c", config, "whatif", "demo", "--stress", "none")
    assert free["along"] == "cost", "there is no tax to weigh"
    assert free["plan"]["tax_bps"] == 0


def test_an_account_with_another_limit(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = ("--limit", "turnover=0.02", "--stress", "costs-double", "--stress", "taxes-short")
    found = told(capsys, "-c", config, "whatif", "demo", *line)
    changed = found["changed"]["plan"]
    moved = [abs(row["plan"] - row["now"]) for row in found["changed"]["weights"]]
    assert sum(moved[:-1]) <= 0.02 + 1e-9, "cash does not count, as in the policy"
    assert changed["objective_bps"] > found["plan"]["objective_bps"]
    assert [row["name"] for row in found["stress"]] == ["costs-double", "taxes-short"]
    name = next(row["name"] for row in found["weights"] if row["plan"] > row["now"])
    low = told(capsys, "-c", config, "whatif", "demo", "--limit", f"{name}<=0", "--stress", "none")
    assert "lower" in low["changed"]["why"] or low["changed"]["plan"] is None


GROUP = """
[accounts.demo.optimizer]
turnover_max = 0.01
groups = [{ name = "Banks", members = ["BAC", "JPM"], max = 0.12 }]
"""


def test_the_owner_s_own_limits_are_priced_and_moved(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    limited = Path(config).with_name("limited.toml")
    limited.write_text(Path(config).read_text(encoding="utf-8") + GROUP, encoding="utf-8")
    line = ("--limit", "turnover=0.02", "--limit", "Banks=none", "--stress", "Banks-20")
    found = told(capsys, "-c", str(limited), "whatif", *line)
    (turnover,) = [price for price in found["prices"] if price["kind"] == "turnover"]
    gained = found["plan"]["objective_bps"] - found["changed"]["plan"]["objective_bps"]
    assert 0 < gained <= turnover["price_bps"] + 1e-4
    assert " USD)" in turnover["words"]
    (stress,) = found["stress"]
    held = {row["name"]: row["plan"] for row in found["weights"]}
    assert stress["nav_change"] == pytest.approx(-0.2 * (held["BAC"] + held["JPM"]))


def test_where_no_plan_can_be_made_it_says_which_limits_clash(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ("--limit", "volatility=0.01", "--stress", "none")
    found = told(capsys, "-c", config, "whatif", *line)
    assert found["changed"]["plan"] is None
    assert "volatility" in found["changed"]["why"]
    still = Path(config).with_name("still.toml")
    tight = "[accounts.demo.optimizer]\nvolatility_max = 0.01\n"
    still.write_text(Path(config).read_text(encoding="utf-8") + tight, encoding="utf-8")
    code, out, err = said(capsys, "-c", str(still), "whatif")
    assert code == 4
    assert "volatility" in err
    assert "fix: " in err
    assert not out


def test_a_book_that_is_behind_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "config.toml"
    assert said(capsys, "-c", str(mine), "init", "--no-input")[0] == 0
    code, _, err = said(capsys, "-c", str(mine), "whatif")
    assert code == 3
    assert "no book" in err
    assert not list(tmp_path.rglob("*.db")), "a look makes no book"
    assert said(capsys, "-c", str(mine), "plan")[0] == 0
    assert said(capsys, "-c", str(mine), "whatif")[0] == 0


# --- pictures and pages ---------------------------------------------------------------------


@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("stress", ["none", "prices-20"])
def test_a_picture(
    problem: str, form: str, stress: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{number}.{form}" for number in (1, 2)]
    for path in paths:
        line = ("--stress", stress, "--plot", str(path))
        assert said(capsys, "whatif", "--problem", problem, *line)[0] == 0
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith(b"\x89PNG" if form == "png" else b"<?xml version")
    if form == "svg":
        text = first.decode()
        assert "this plan" in text
        assert "no trade" in text
        assert ("prices-20" in text) == (stress == "prices-20")


def test_a_page(
    config: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "w.html"
    line = ("--html", str(page), "--limit", "turnover=0.17")
    assert said(capsys, "whatif", "--problem", problem, *line)[0] == 0
    text = page.read_text(encoding="utf-8")
    for word in (
        "a problem, no account",
        "Trade-off along tax",
        "<svg",
        "What each limit is worth",
    ):
        assert word in text
    assert "with turnover=0.17 the plan costs" in text
    assert not re.search(r'(href|src)="(?!#)', text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert said(capsys, "-c", config, "whatif", "--html", str(page))[0] == 0
    assert "PAPER (no real money)" in page.read_text(encoding="utf-8")


def test_what_comes_from_outside_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(PROBLEM)
    document["groups"][0]["name"] = "<script>alert(1)</script>"
    evil, page = tmp_path / "evil.json", tmp_path / "w.html"
    evil.write_text(json.dumps(document))
    assert said(capsys, "whatif", "--problem", str(evil), "--html", str(page))[0] == 0
    assert "<script" not in page.read_text(encoding="utf-8")


def test_a_problem_from_stdin_is_that_of_the_file(problem: str) -> None:
    """In a process of its own, as in a pipe."""
    line = ["whatif", "--stress", "none", "--json", "--problem"]
    code = "import sys; from bot.cli.app import run; sys.exit(run(sys.argv[1:]))"
    told = [
        json.loads(
            subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-c", code, *line, file],
                input=text,
                capture_output=True,
                check=True,
                encoding="utf-8",
            ).stdout
        )
        for file, text in ((problem, ""), ("-", PROBLEM))
    ]
    assert told[1].pop("subject") == "stdin"
    assert told[0].pop("subject") == "problem.json"
    assert told[0] == told[1]


def test_value_at_risk_is_a_limit_of_a_file_too(
    problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one on volatility: 1.645 / sqrt(252) of it."""
    limits = ("value_at_risk=0.0182", f"volatility={0.0182 * math.sqrt(252) / 1.645!r}")
    one, other = (
        told(capsys, "whatif", "--problem", problem, "--stress", "none", "--limit", limit)
        for limit in limits
    )
    assert one["changed"]["plan"] == other["changed"]["plan"]
    assert one["changed"]["plan"]["var_95"] == pytest.approx(0.0182, abs=1e-9)


# --- mistakes -------------------------------------------------------------------------------

MISTAKES = """\
--limit Technologie=0.3       did you mean: Technology
--limit beta=0.3              there is: Technology, name 0
--limit participation=0.1     there is: Technology, name 0
--limit turnover              is not a limit
--limit turnover=much         much is not a number
--limit turnover=NaN          is no limit
--limit turnover=-0.1         at least 0
--limit te=0                  above 0
--limit turnover>=0.1         no lower limit
--limit 3=none                a name has always a bound
--stress earthquake           there is no such scenario
--curve sideways              there is no such curve
--plot w.gif                  .png or an .svg
--as-planned                  about an account
--points 2                    3
--shocks nowhere.csv          nowhere.csv
main                          two questions
"""


@pytest.mark.parametrize("line", MISTAKES.splitlines(), ids=lambda line: line[:28].strip())
def test_a_mistake_is_a_sentence_with_its_remedy(
    line: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, what = line[:30].split(), line[30:]
    code, out, err = said(capsys, "whatif", "--problem", problem, *arguments)
    assert code in {2, 3}
    assert what in " ".join(err.split())
    assert "fix: " in err
    assert not out


SHOCKS = """\
0,-0.1,5       3 columns
0,deep         deep is not a number
0,-100%        leaves no price
9,-0.1         9 is not a name of this plan
0,1;0,1        named twice
symbol,shock   has no shock
"""


@pytest.mark.parametrize("line", SHOCKS.splitlines())
def test_a_file_of_shocks_that_makes_no_sense(
    line: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shocks = tmp_path / "shocks.csv"
    shocks.write_text(line[:15].strip().replace(";", "\n"), encoding="utf-8")
    code, _, err = said(capsys, "whatif", "--problem", problem, "--shocks", str(shocks))
    assert code == 2
    assert line[15:] in err
    assert "shocks.csv" in err


@pytest.mark.parametrize(
    ("change", "code", "what"),
    [
        ({"turnover": 0.0, "lower": [0.3, 0, 0.16, 0, 0, 0, 0.01]}, 4, "turnover"),
        ({"exponent": 1.6}, 2, "cone solver"),
        ({"current": "all"}, 2, "expected a list"),
        ({"risk_aversion": -1}, 2, "risk_aversion"),
    ],
)
def test_a_problem_that_cannot_be_asked(
    change: dict[str, Any],
    code: int,
    what: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({**json.loads(PROBLEM), **change}))
    found, out, err = said(capsys, "whatif", "--problem", str(path))
    assert found == code
    assert what in err
    assert "fix: " in err
    assert not out


def test_a_file_that_is_not_there_or_no_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, what in ((tmp_path / "none.json", "No such file"), (binary, "UTF-8")):
        code, _, err = said(capsys, "whatif", "--problem", str(path))
        assert code == 2
        assert what in err


def test_one_account_is_asked_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = '[accounts.{0}]\nbroker = "paper"\n[accounts.{0}.target]\nweights = {{ VTI = 1.0 }}\n'
    path = tmp_path / "config.toml"
    path.write_text('book = "b.db"\n' + table.format("one") + table.format("two"))
    code, _, err = said(capsys, "-c", str(path), "whatif")
    assert code == 2
    assert "trimtab whatif one" in err
    assert said(capsys, "-c", str(path), "whatif", "three")[0] == 2


def test_a_person_sees_how_far_it_is(problem: str) -> None:
    """On a terminal, on stderr, and gone at the end; data stays clean."""
    ours, theirs = pty.openpty()
    line = [sys.executable, "-m", "bot", "whatif", "--problem", problem, "--stress", "none"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(  # noqa: S603 - ourselves
        line, stdout=subprocess.PIPE, stderr=theirs, env=environment
    )
    os.close(theirs)
    seen = b"".join(iter(lambda: part_of(ours), b""))
    data, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert b"what if  [" in seen
    assert b" of 41: the trade-off along tax" in seen
    assert b"\x1b" not in data


def part_of(terminal: int) -> bytes:
    """What is written next; nothing once the other side is closed, which Linux calls an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
