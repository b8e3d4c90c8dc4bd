"""``trimtab prices`` on an installation: list, fetch, bringing files in, and the check."""

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema
from brokers.paper.us20 import us20_tape
from brokers.words import Symbol

SYMBOLS = [Symbol(name) for name in ("AAPL", "KO", "PG")]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A fresh installation whose book is not made yet."""
    path = tmp_path / "config.toml"
    assert run(["-q", "-c", str(path), "init", "--no-input"]) == 0
    return path


def said(capsys: pytest.CaptureFixture[str], config: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(["-c", str(config), *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def document(capsys: pytest.CaptureFixture[str], config: Path) -> dict[str, object]:
    code, out, _ = said(capsys, config, "prices", "--json")
    assert code == 0
    whole = json.loads(out)
    jsonschema.validate(whole, document_schema("prices"))
    found: dict[str, object] = whole["accounts"]["main"]
    return found


def write_years(folder: Path, *symbols: Symbol) -> Path:
    """Four years of these names as vendors sell them: unadjusted close beside an adjusted one."""
    folder.mkdir()
    until = datetime.now(UTC).date() - timedelta(days=60)  # noqa: TID251  # the verb keeps real time
    for symbol, told in us20_tape(1).bars(symbols, until, 1000).items():
        pairs = zip(told.days, told.closes, strict=True)
        rows = [f"{day},{close * 8},{close * 2},1000" for day, close in pairs]
        text = "\n".join(("Date,Close,Adj Close,Volume", *rows, ""))
        (folder / f"{symbol}.csv").write_text(text)
    return folder


def test_without_a_book_the_remedy_is_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = said(capsys, config, "prices")
    assert code == 3
    assert "there is no book at" in err


def test_fetch_asks_and_list_tells(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, config, "prices", "fetch")
    assert code == 0
    assert out.startswith("PAPER main: 20 names, ")
    assert "from skfolio" in out
    code, out, err = said(capsys, config, "prices", "-n", "3")
    assert code == 0
    assert "By name, last session" in out
    assert "17 more left out" in out
    assert "AAPL    1       " in out
    assert "trimtab prices --json has every name" in err
    assert max(map(len, out.splitlines())) <= 80
    found = document(capsys, config)
    assert (found["missing"], found["history_days"]) == ([], 252)
    names = found["names"]
    assert isinstance(names, list)
    assert {(n["days"], n["behind"], n["gaps"]) for n in names} == {(252, 0, 0)}
    assert {p["adjusted"] for n in names for p in n["parts"]} == {True}


def test_a_plan_leaves_nothing_to_fetch(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, config, "plan")[0] == 0
    assert document(capsys, config)["missing"] == []


def test_an_import_goes_before_what_the_broker_tells(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_years(tmp_path / "history", *SYMBOLS)
    (folder / "ZZZZ.csv").write_text("date,close\n2020-01-02,1\n")
    text = config.read_text().replace(
        "[accounts.main.tax]", "[accounts.main.prices]\nhistory_days = 600\n\n[accounts.main.tax]"
    )
    config.write_text(text)
    assert said(capsys, config, "prices", "fetch")[0] == 0
    code, out, _ = said(capsys, config, "prices", "import", str(folder))
    assert (code, out) == (0, f"PAPER main: 3 names out of {folder} are in the book\n")
    rows = count_rows(tmp_path / "trimtab.db")
    assert said(capsys, config, "prices", "import", str(folder))[0] == 0
    assert count_rows(tmp_path / "trimtab.db") == rows + 1, "it is written that it was looked at"
    names = document(capsys, config)["names"]
    assert isinstance(names, list)
    feeds = {n["symbol"]: [p["feed"] for p in n["parts"]] for n in names}
    assert feeds["KO"] == ["paper us20 seed 1", "import main"]
    assert feeds["AMD"] == ["paper us20 seed 1"]


def count_rows(book: Path) -> int:
    connection = sqlite3.connect(book)
    (count,) = connection.execute("SELECT count(*) FROM prices").fetchone()
    connection.close()
    return int(count)


def test_an_import_of_nothing_wanted_says_what_there_is(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "history"
    folder.mkdir()
    (folder / "ZZZZ.csv").write_text("date,close\n2020-01-02,1\n")
    code, _, err = said(capsys, config, "prices", "import", str(folder))
    assert code == 2
    assert f"{folder} has no prices of what main wants or holds" in err
    assert "it has: ZZZZ" in err
    code, _, err = said(capsys, config, "prices", "import", str(tmp_path / "none"))
    assert code == 3
    assert "cannot be read: No such file or directory" in err


def test_a_bad_file_is_named_by_line_and_the_others_are_taken(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_years(tmp_path / "history", *SYMBOLS)
    (folder / "KO.csv").write_text("date,close\n2020-01-02,1\n2020-01-03,minus one\n")
    code, out, err = said(capsys, config, "prices", "import", str(folder))
    assert code == 0
    assert out.startswith("PAPER main: 2 names out of")
    assert f"{folder / 'KO.csv'}:3: close is 'minus one'" in err


def test_the_check_knows_of_prices(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = said(capsys, config, "check")
    assert "prices: PAPER main: none in the book yet; the first look asks" in out
    said(capsys, config, "prices", "fetch")
    _, out, _ = said(capsys, config, "check")
    assert "ok    prices: PAPER main: 20 names, " in out
    folder = write_years(tmp_path / "history", *SYMBOLS)
    sources = f'[accounts.main.prices]\nfolder = "{folder}"\nadapter = "none"\n\n'
    config.write_text(
        config.read_text().replace("[accounts.main.tax]", f"{sources}[accounts.main.tax]")
    )
    code, out, err = said(capsys, config, "check")
    assert code == 3
    assert f"{folder} has none of AMD, BAC, BBY, CVX, GE and 12 more" in out + err
    assert "adapter none is not installed" in out + err


def test_the_tape_of_this_test_has_years_of_days() -> None:
    told = us20_tape(1).bars(SYMBOLS, date(2026, 1, 5), 1000)
    assert {len(each.days) for each in told.values()} == {1000}
