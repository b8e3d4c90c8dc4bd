"""``trimtab tax --trades``: what it prints of a household, and that a bad file prints nothing."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.cli.wiring import keep_replay, read_config
from tests.bot.cli.tax_files import BAD_ROWS, GOOD, HEADER, HOUSEHOLD, OLDER, write

ROOT = Path(__file__).parents[3]
Tax = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tax(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tax:
    """Runs the verb where no config is; exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["tax", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


DISPOSALS = """
    A  60 2024-06-22 basis 15000.60 proceeds 13799.40 gain -1201.20 disallowed 810.81 permanently_lost 10.01 recognised -390.39
    A  10 2024-08-20 basis  2500.10 proceeds  2200.00 gain  -300.10 disallowed   0.00 permanently_lost  0.00 recognised -300.10
"""  # noqa: E501  # a table
OPEN_LOTS = """
    A  main  30  7500.30  2024-03-02
    B  hers  40  9920.80  2024-03-16
"""


def test_the_document_has_the_fields_that_were_agreed(tax: Tax, tmp_path: Path) -> None:
    code, out, err = tax("--trades", write(tmp_path, HOUSEHOLD), "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    jsonschema.validate(document, document_schema("tax"))
    told = [tuple(row.split()) for row in DISPOSALS.strip().splitlines()]
    rows = document["disposals"]
    for row, (lot, quantity, sold, *amounts) in zip(rows, told, strict=True):
        assert (row["lot"], row["quantity"], row["sold"], row["term"]) == (
            lot,
            quantity,
            sold,
            "short",
        )
        assert (row["account"], row["symbol"], row["acquired"]) == ("main", "VTI", "2024-03-02")
        wanted = dict(zip(amounts[::2], amounts[1::2], strict=True))
        assert {name: row[name] for name in wanted} == wanted
    held = [
        (one["lot"], one["account"], one["quantity"], one["basis"], one["held_since"])
        for one in document["open_lots"]
    ]
    assert held == [tuple(row.split()) for row in OPEN_LOTS.strip().splitlines()]


def test_what_was_sold_inside_an_ira_stands_apart(tax: Tax, tmp_path: Path) -> None:
    document = json.loads(tax("--trades", write(tmp_path, HOUSEHOLD), "--json")[1])
    assert [(row["lot"], row["gain"], row["recognised"]) for row in document["sheltered"]] == [
        ("R1", "-19.00", "0.00")
    ]
    assert [
        (w["replaced_by"], w["loss"], w["is_permanently_lost"]) for w in document["washes"]
    ] == [
        ("R1", "10.01", True),
        ("B", "800.80", False),
    ]


def test_a_year_and_its_totals(tax: Tax, tmp_path: Path) -> None:
    path = write(tmp_path, HOUSEHOLD + OLDER)
    totals = json.loads(tax("--trades", path, "--json")[1])["totals"]
    assert (totals["recognised"], totals["disallowed"]) == ("-640.49", "810.81")
    assert totals["permanently_lost"] == "10.01"
    assert totals["long"]["recognised"] == "50.00"
    document = json.loads(tax("2023", "--trades", path, "--json")[1])
    assert [row["term"] for row in document["disposals"]] == ["long"]
    assert document["totals"]["short"]["recognised"] == "0.00"
    assert len(document["open_lots"]) == 2


def test_a_page_for_a_person(tax: Tax, tmp_path: Path) -> None:
    code, out, _ = tax("--trades", write(tmp_path, HOUSEHOLD))
    assert code == 0
    assert "Wash sales take away 810.81 USD of losses: 800.80 USD wait in the basis of" in out
    assert "10.01 USD are lost for good" in out
    assert "short-term  15,999.40  17,500.70      810.81       -690.49" in out
    assert "R1           ira   lost" in out
    assert max(map(len, out.splitlines())) <= 80


def test_sales_for_a_spreadsheet(tax: Tax, tmp_path: Path) -> None:
    out = tax("--trades", write(tmp_path, HOUSEHOLD), "--csv")[1]
    rows = [*csv.DictReader(io.StringIO(out))]
    assert sum(Decimal(row["recognised"]) for row in rows) == Decimal("-690.49")
    assert [row["lot"] for row in rows] == ["A", "A"]


def test_relief_groups_and_what_the_owner_sets(tax: Tax, tmp_path: Path) -> None:
    rows = (
        "2024-01-05,m,taxable,VTI,buy,1,100,0,A,\n2024-01-06,m,taxable,VTI,buy,1,120,0,B,\n"
        "2024-05-04,m,taxable,VTI,sell,1,90,0,,\n2024-05-11,h,hsa,ITOT,buy,1,90,0,C,\n"
    )
    path = write(tmp_path, rows)

    def sold(*options: str) -> tuple[str, str, str]:
        one = json.loads(tax("--trades", path, "--json", *options)[1])["disposals"][0]
        return one["lot"], one["disallowed"], one["permanently_lost"]

    assert sold() == ("A", "0.00", "0.00")
    assert sold("--relief", "hifo") == ("B", "0.00", "0.00")
    assert sold("--identical", "vti,itot") == ("A", "10.00", "10.00")
    assert sold("--identical", "VTI,ITOT", "--outside", "hsa") == ("A", "0.00", "0.00")


def test_several_files_and_rows_that_overlap(tax: Tax, tmp_path: Path) -> None:
    lines = HOUSEHOLD.splitlines(keepends=True)
    first, second = (
        write(tmp_path, "".join(lines[:4]), "a.csv"),
        write(tmp_path, "".join(lines[2:]), "b.csv"),
    )
    whole = json.loads(tax("--trades", write(tmp_path, HOUSEHOLD), "--json")[1])
    code, out, err = tax("--trades", first, "--trades", second, "--json")
    assert code == 0
    assert {**json.loads(out), "notes": []} == {**whole, "notes": []}
    assert f"{second}:2: is in another file too: counted once" in err
    code, out, err = tax("--trades", write(tmp_path, HOUSEHOLD + HOUSEHOLD, "twice.csv"), "--json")
    assert {**json.loads(out), "notes": []} == {**whole, "notes": []}
    assert "twice.csv:8: repeats lot A: counted once" in err
    assert "twice.csv:10: is like a sell before it: counted once, as its lots are" in err


def test_two_like_fills_are_two_fills(tax: Tax, tmp_path: Path) -> None:
    rows = (
        "2024-01-05,m,taxable,VTI,buy,10,100,0,A,\n"
        + "2024-05-04,m,taxable,VTI,sell,5,90,0,A,\n" * 2
    )
    code, out, err = tax("--trades", write(tmp_path, rows), "--json")
    assert code == 0
    assert sum(Decimal(row["quantity"]) for row in json.loads(out)["disposals"]) == 10
    assert "counted as another fill" in err


@pytest.mark.parametrize("bad", BAD_ROWS.strip().splitlines())
@pytest.mark.parametrize("form", [["--json"], ["--csv"], []])
def test_a_bad_row_is_named_and_nothing_is_printed(
    tax: Tax, tmp_path: Path, bad: str, form: list[str]
) -> None:
    row, said = bad.strip().split(" -> ")
    path = write(tmp_path, f"{GOOD}{row.strip()}\n".replace(" / ", "\n"))
    code, out, err = tax("--trades", path, *form)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}:")
    assert said in err
    assert "\nfix: " in err
    assert "Traceback" not in err


def test_all_bad_cells_are_told_at_once(tax: Tax, tmp_path: Path) -> None:
    path = write(tmp_path, "x,m,taxable,VTI,buy,y,z,0,A,\n" * 30)
    err = tax("--trades", path)[2]
    assert f"error: {path}:2: price: " in err
    assert "error: and 70 more" in err


def test_a_file_that_is_none(tax: Tax, tmp_path: Path) -> None:
    path = write(tmp_path, "", header=HEADER.replace(",kind", ""))
    code, out, err = tax("--trades", path)
    assert (code, out) == (2, "")
    assert f"{path}:1: there is no column kind" in err
    assert HEADER in err
    path = write(tmp_path, "", header=f"{HEADER},lot")
    assert f"{path}:1: column lot is there twice" in tax("--trades", path)[2]
    (tmp_path / "odd.csv").write_bytes(b"\xff\xfe\x00d")
    assert "no text in UTF-8" in tax("--trades", str(tmp_path / "odd.csv"))[2]
    assert tax("--trades", str(tmp_path / "none.csv"))[0] == 3
    assert "which trades is not said" in tax()[2]
    assert json.loads(tax("--trades", write(tmp_path, ""), "--json")[1])["disposals"] == []


def spreadsheet(text: str) -> str:
    """As one writes it: a mark, other ends of lines, spaces, blank rows, and words its own way."""
    rows = [line.replace(",", " , ").replace("taxable", "TAXABLE") for line in text.split("\n")]
    rows = [row.replace("buy", "Buy").replace("sell", "SELL") for row in rows]
    return "\ufeff\r\n" + "\r\n".join([rows[0].title(), " , , , , , , , , , ", *rows[1:], ""])


@pytest.mark.parametrize("change", [spreadsheet, lambda text: text.replace("\n", "\r")])
def test_a_file_as_a_spreadsheet_writes_it(
    tax: Tax, tmp_path: Path, change: Callable[[str], str]
) -> None:
    plain = tax("--trades", write(tmp_path, HOUSEHOLD), "--json")
    (tmp_path / "s.csv").write_bytes(change(f"{HEADER}\n{HOUSEHOLD}").encode())
    assert tax("--trades", str(tmp_path / "s.csv"), "--json") == plain
    assert len(json.loads(plain[1])["disposals"]) == 2


def test_fee_lot_and_order_may_be_left_out(tax: Tax, tmp_path: Path) -> None:
    rows = "2024-01-02,m,taxable,X,buy,10,100\n2024-06-01,m,taxable,X,sell,4,90\n"
    path = write(tmp_path, rows, header="date,account,kind,symbol,side,quantity,price")
    document = json.loads(tax("--trades", path, "--json")[1])
    (sold,) = document["disposals"]
    assert (sold["lot"], sold["gain"], sold["quantity"]) == ("X 2024-01-02 #1", "-40.00", "4")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--relief", "best"), "there is: fifo, lifo, hifo, lofo"),
        (("--outside", "ira"), "that is not left to the owner"),
        (("--identical", "A,B", "--identical", "B,C"), "B is in two lists"),
        (("--json", "--csv"), "two forms of one answer"),
    ],
)
def test_options_that_cannot_be(
    tax: Tax, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    code, out, err = tax("--trades", write(tmp_path, GOOD), *options)
    assert (code, out) == (2, "")
    assert said in err


def test_the_example_of_the_documentation(tax: Tax, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tax.md").read_text(encoding="utf-8")
    rows, shown = (
        re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[0] for kind in ("csv", "text")
    )
    (tmp_path / "trades.csv").write_text(rows, encoding="utf-8")
    out = tax("--trades", "trades.csv")[1].splitlines()
    assert [line for line in shown.splitlines() if line not in {"", *out}] == []


ODD = """\
2024-01-05,m,taxable,VTI,buy,10,100,0,A,77
2024-01-05,n,ira,VTI,buy,10,100,0,A,77
2024-01-08,m,taxable,VTI,buy,5,100,0,,
2024-01-08,m,taxable,VTI,buy,6,100,0,,
2024-01-09,m,taxable,VTI,split,2,,,,
2024-01-09,n,ira,VTI,split,2,,,,
2024-03-11,,,VTI,split,0.5,,,,
2024-05-01,,,XOM,split,2,,,,
"""


def test_what_is_odd_but_clear_is_told(tax: Tax, tmp_path: Path) -> None:
    path = write(tmp_path, ODD)
    code, out, err = tax("--trades", path, "--json")
    assert code == 0
    assert err.splitlines() == [
        f"{path}:3: order 77 is in several accounts: taken as one purchase",
        f"{path}:7: tells a split of VTI again: done once",
    ]
    assert [
        (one["lot"], one["account"], one["quantity"]) for one in json.loads(out)["open_lots"]
    ] == [
        ("A", "m", "10"),
        ("A", "n", "10"),
        ("VTI 2024-01-08 #1", "m", "5"),
        ("VTI 2024-01-08 #2", "m", "6"),
    ]


def test_the_clock_is_that_of_the_installation(tax: Tax, tmp_path: Path) -> None:
    assert run(["-q", "-c", "config.toml", "init", "--no-input"]) == 0
    config = read_config(tmp_path / "config.toml")
    config.state_dir.mkdir(mode=0o700, exist_ok=True)
    keep_replay(config, datetime(2024, 8, 30, 15, tzinfo=UTC))
    path = write(tmp_path, HOUSEHOLD)
    out = tax("--trades", path)[1]
    assert "VTI               2024-09-19  2024-08-20      10         300.10" in out
    assert json.loads(tax("--trades", path, "--json")[1])["locks"][0]["until"] == "2024-09-19"
    later = write(tmp_path, f"{HOUSEHOLD}2024-08-31,main,taxable,VTI,buy,1,1,0,Z,\n")
    assert "2024-08-31 is in the future: today is 2024-08-30" in tax("--trades", later)[2]
