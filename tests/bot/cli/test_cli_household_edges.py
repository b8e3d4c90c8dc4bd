"""The household's verbs at the edges: nothing to do, told twice, washed within the file."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from target_files import said
from tax_books import install

D = Decimal
DAY = ("--day", "2026-11-27")
HOME = """
[rates]
federal_short = 0.24
federal_long = 0.15
[people.me]
birth = 1951-02-02
[accounts.main]
kind = "taxable"
[[accounts.main.lots]]
symbol = "VTI"
quantity = 10
unit_basis = 400
acquired = 2020-01-02
[accounts.ira]
kind = "traditional"
value = 30000
year_ends = {{ 2025 = 24600 }}
[[accounts.ira.lots]]
symbol = "VTI"
quantity = 5
unit_basis = 310
acquired = {bought}
[prices]
VTI = 300
"""


def household(folder: Path, bought: str = "2026-11-01") -> str:
    path = folder / "home.toml"
    path.write_text(HOME.format(bought=bought), encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *line: str) -> dict[str, Any]:
    code, out, err = said(capsys, *line, "--without-book", "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    return document


@pytest.mark.parametrize(
    ("bought", "barred"), [("2026-10-28", ["main"]), ("2026-10-27", [])], ids=["30 days", "31"]
)
def test_a_purchase_of_thirty_days_in_the_file_bars_a_loss(
    tmp_path: Path, bought: str, barred: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    home = household(tmp_path, bought)
    found = told(capsys, "withdraw", "20000", "--from", home, *DAY)
    assert [row["account"] for row in found["left"]] == barred
    assert [row["account"] for row in found["lots"]] == ([] if barred else ["main"])
    for row in found["left"]:
        assert row["why"].startswith(f"VTI bought in ira on {bought} would take its loss away")


def test_nothing_to_give_and_nothing_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = household(tmp_path)
    code, out, _ = said(capsys, "gift", "500", "--from", home, *DAY, "--without-book", "-n", "0")
    assert code == 0
    assert "No long-term lot with a gain is there to give." in out
    assert "and 1 more lot is kept" in out
    line = ("rmd", "2023", "--from", home, *DAY, "--without-book")
    code, out, _ = said(capsys, *line)
    assert code == 0
    assert "Nothing has to be taken out for 2023." in out
    assert "- ira: the first year of me is 2024" in out


def test_a_person_s_gift_within_the_exclusion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gain.toml"
    text = HOME.format(bought="2020-02-03").replace("unit_basis = 400", "unit_basis = 100")
    path.write_text(text, encoding="utf-8")
    line = ("gift", "900", "--from", str(path), "--to", "person", *DAY, "--without-book")
    out = said(capsys, *line, "--exclusion", "1000")[1]
    assert "Against the annual exclusion that was told: within." in out
    out = said(capsys, *line, "--exclusion", "100")[1]
    assert "800.00 USD are above it: Form 709." in out


def test_who_has_no_birth_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nobody.toml"
    path.write_text('[accounts.ira]\nkind = "traditional"\nvalue = 5\n', encoding="utf-8")
    code, out, err = said(capsys, "rmd", "--from", str(path), "--without-book")
    assert (code, out) == (2, "")
    assert "no birth date is told" in err
    two = "[people.a]\nbirth = 1950-01-01\n[people.b]\nbirth = 1951-01-01\n"
    path.write_text(f'{two}[accounts.ira]\nkind = "traditional"\nvalue = 5\n', encoding="utf-8")
    code, out, err = said(capsys, "rmd", "--from", str(path), "--without-book")
    assert (code, out) == (2, "")
    assert "ira: it has no owner" in err
    assert "people with one: a, b" in err


def test_lots_are_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = install(tmp_path)
    home = household(tmp_path)
    code, out, err = said(capsys, "-c", config, "gift", "500", "--from", home)
    assert (code, out) == (2, "")
    assert "accounts.main: lots are told, and the book has them too" in err


def test_a_file_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "home.toml"
    path.write_bytes("[rates]".encode("utf-16"))
    code, out, err = said(capsys, "gift", "500", "--from", str(path), "--without-book")
    assert (code, out) == (2, "")
    assert "is not text in UTF-8" in err
