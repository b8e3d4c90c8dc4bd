"""``trimtab tax YEAR`` from the book of all accounts: Schedule D, Form 8949, TXF, payments."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema
from tests.bot.cli.tax_books import HOUSEHOLD, install
from tests.bot.cli.tax_files import HEADER

D = Decimal
ROOT = Path(__file__).parents[3]
Tax = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tax(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tax:
    """Runs ``trimtab -c CONFIG tax ...``; exit code, stdout and stderr."""

    def called(*arguments: str, config: str | None = None) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", config or str(tmp_path / "config.toml"), "tax", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def document(tax: Tax, *arguments: str, kind: str = "tax") -> dict[str, Any]:
    code, out, err = tax(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    jsonschema.validate(found, document_schema(kind))
    return found


def squeezed(page: str) -> str:
    """One space where there are several: what a table says, whatever its widths."""
    return "\n".join(" ".join(line.split()) for line in page.splitlines())


def test_a_year_of_all_accounts_in_one_ledger(tax: Tax, tmp_path: Path) -> None:
    install(tmp_path)
    told = document(tax, "2025")
    assert [(a["account"], a["kind"], a["environment"]) for a in told["accounts"]] == [
        ("main", "taxable", "LIVE"),
        ("ira", "ira", "LIVE"),
    ]
    rows = {row["lot"]: row for row in told["disposals"]}
    washed = rows["B1"]
    assert (washed["gain"], washed["disallowed"], washed["permanently_lost"]) == (
        "-1201.20",
        "600.60",
        "200.20",
    )
    assert (rows["B3"]["recognised"], rows["B3"]["term"]) == ("50.00", "short")
    assert {(w["replaced_in"], w["loss"]) for w in told["washes"]} == {
        ("ira", "200.20"),
        ("main", "400.40"),
    }
    assert document(tax, "2024")["disposals"] == []
    assert document(tax)["schedule_d"] is None


def test_netting_with_losses_of_before_and_the_limits(tax: Tax, tmp_path: Path) -> None:
    """Lines 7, 15, 16 and 21 of Schedule D, and its worksheet for the carryover, by hand."""
    install(tmp_path)
    year = document(tax, "2025", "--carryover-short", "1,000")["schedule_d"]
    lines = ("net_short", "net_long", "net", "deducted", "carried_short", "carried_long")
    assert [D(year[line]) for line in lines] == [
        D("-950"),
        D("-600.60"),
        D("-1550.60"),
        D("1550.60"),
        0,
        0,
    ]
    assert D(year["tax"]) == D("-1550.60") * D("0.35")
    apart = document(tax, "2025", "--carryover-short", "1000", "--filing", "separate")["schedule_d"]
    assert [D(apart[line]) for line in lines[3:]] == [1500, 0, D("50.60")]
    more = document(tax, "2025", "--carryover-long", "4000")["schedule_d"]
    assert [D(more[line]) for line in lines] == [
        50,
        D("-4600.60"),
        D("-4550.60"),
        3000,
        0,
        D("1550.60"),
    ]


def test_the_page_says_the_year_and_what_would_be_if_sold(tax: Tax, tmp_path: Path) -> None:
    config = install(tmp_path)
    _, out, _ = tax("2025", "--carryover-short", "1000")
    assert "One ledger over 2 accounts: LIVE main, LIVE ira." in out
    assert "net (lines 7, 15, 16) -950.00 -600.60 -1,550.60" in squeezed(out)
    assert "1,550.60 USD are deducted from other income (line 21)" in out
    assert "If sold today" not in out, "2025 is over"
    _, out, _ = tax(config=config)
    assert max(map(len, out.splitlines())) <= 80
    assert "VTI 60 228.00 2025-07-10 0.00 -1,280.80" in squeezed(out)


def test_the_guide_shows_what_is_printed(
    tax: Tax, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = install(tmp_path)
    _, out, _ = tax("2025", "--carryover-short", "1000")
    assert run(["-q", "-c", config, "lots", "main"]) == 0
    said = squeezed(out + capsys.readouterr().out).splitlines()
    shown = [*block("## The year"), *block("## Lots of an account")]
    assert len(shown) == 8
    assert [line for line in shown if line not in said] == []


def block(heading: str) -> list[str]:
    """The lines of the first transcript below ``heading`` in docs/tax.md."""
    below = (ROOT / "docs" / "tax.md").read_text(encoding="utf-8").partition(f"{heading}\n")[2]
    return squeezed(below.partition("```text\n")[2].partition("\n```")[0]).splitlines()


def test_if_sold_today_a_recent_buy_takes_losses(tax: Tax, tmp_path: Path) -> None:
    """10 of 40 losing shares are replaced by those that the IRA bought eleven days ago."""
    trades = {"main": "A 2024-01-05 buy 40 VTI 100 0", "ira": "I 2026-01-09 buy 10 VTI 90 0"}
    install(tmp_path, trades)
    told = document(tax)["if_sold"]
    assert (told["short"], told["long"], told["disallowed"]) == ("0.00", "-400.00", "100.00")
    (name,) = told["names"]
    assert (name["price"], name["seen"], name["quantity"]) == ("90", "2026-01-09", "40")


def test_form_8949_has_the_columns_of_the_form(tax: Tax, tmp_path: Path) -> None:
    install(tmp_path)
    form = document(tax, "2025", "--form8949", kind="form-8949")
    assert form["assumed"].startswith("Boxes A and D are assumed")
    (short,), (long,) = form["short"]["rows"], form["long"]["rows"]
    assert (short["description"], short["gain"], short["code"]) == ("10 sh. BND", "50.00", "")
    assert {**long} == {
        "description": "60 sh. VTI",
        "acquired": "2024-03-04",
        "sold": "2025-06-24",
        "proceeds": "13799.40",
        "basis": "15000.60",
        "code": "W",
        "adjustment": "600.60",
        "gain": "-600.60",
    }
    _, out, _ = tax("2025", "--form8949", "--box", "b")
    assert "box B" in out
    assert "60 sh. VTI 03/04/24 06/24/25 13,799.40 15,000.60 W 600.60 -600.60" in squeezed(out)
    rows = [*csv.DictReader(io.StringIO(tax("2025", "--form8949", "--csv", "--box", "C")[1]))]
    assert [(row["part"], row["box"], row["gain"]) for row in rows] == [
        ("I", "C", "50.00"),
        ("II", "F", "-600.60"),
    ]


def test_the_form_adds_up_in_cents(tax: Tax, tmp_path: Path) -> None:
    """Thirds of a cent everywhere: (h) is (d) - (e) + (g) in each row, and line 2 adds the rows."""
    lines = "\n".join(
        f"B{n} 2025-02-03 buy 3 VTI {100 + n}.33{n}9 0.01\n"
        f"S{n} 2025-03-{n + 10} sell 3 VTI {95 + n}.1{n}77 0.02"
        for n in range(1, 10)
    )
    install(tmp_path, {"main": lines})
    form = document(tax, "2025", "--form8949", kind="form-8949")["short"]
    assert form["rows"], "there were sales"
    for row in form["rows"]:
        assert D(row["gain"]) == D(row["proceeds"]) - D(row["basis"]) + D(row["adjustment"])
        assert D(row["gain"]).as_tuple().exponent == -2
    for column in ("proceeds", "basis", "adjustment", "gain"):
        assert D(form[column]) == sum(D(row[column]) for row in form["rows"])


TXF = """\
TD
N321
C1
L1
P10 sh. BND
D02/03/2025
D05/05/2025
$700.00
$750.00
$
^
TD
N323
C1
L1
P60 sh. VTI
D03/04/2024
D06/24/2025
$15000.60
$13799.40
$600.60
^
"""
"""Record format 5 of TXF V042: basis before proceeds, the washed loss last, empty without one."""


def test_txf_is_of_version_42(tax: Tax, tmp_path: Path) -> None:
    install(tmp_path)
    code, out, err = tax("2025", "--txf")
    assert code == 0
    head, _, rest = out.partition("^\n")
    assert [line[:1] for line in head.splitlines()] == ["V", "A", "D"]
    assert head.splitlines()[0] == "V042"
    assert head.splitlines()[2] == "D01/20/2026"
    assert rest == TXF
    assert "Boxes A and D are assumed" in err
    numbers = {box: tax("2025", "--txf", "--box", box)[1] for box in "BC"}
    assert "N711" in numbers["B"]
    assert "N713" in numbers["B"]
    assert "N712" in numbers["C"]
    assert "N714" in numbers["C"]


def test_estimated_payments(tax: Tax, tmp_path: Path) -> None:
    """90 % of 10,000 less 2,000 withheld, or 110 % of last year's 5,000 at a high income."""
    install(tmp_path)
    paid = document(tax, "2025", "--tax", "10000", "--withheld", "2000")["estimated"]
    assert [row["amount"] for row in paid["payments"]] == ["1750.00"] * 4
    last = ("--last-tax", "5000", "--last-income", "200000")
    paid = document(tax, "2025", "--tax", "10000", "--withheld", "2000", *last)["estimated"]
    assert [row["amount"] for row in paid["payments"]] == ["875.00"] * 4
    assert [row["due"] for row in paid["payments"]] == [
        "2025-04-15",
        "2025-06-16",
        "2025-09-15",
        "2026-01-15",
    ]
    _, out, _ = tax("2025", "--tax", "10000", "--withheld", "2000", *last)
    assert "2025-06-16 875.00" in squeezed(out)
    assert "No estimated payment is needed" in tax("2025", "--tax", "900")[1]


def test_unknown_basis_is_neither_gain_nor_loss(tax: Tax, tmp_path: Path) -> None:
    trades = {"main": "T 2021-03-04 in 10 VTI ? 2025-01-10\nS 2025-03-04 sell 4 VTI 50 1"}
    install(tmp_path, trades)
    told = document(tax, "2025")
    assert told["disposals"] == told["open_lots"] == []
    assert told["totals"]["recognised"] == "0.00"
    (sale,) = told["unknown"]["disposals"]
    assert (sale["quantity"], sale["proceeds"]) == ("4", "199.00")
    assert [lot["quantity"] for lot in told["unknown"]["open_lots"]] == ["6"]
    _, out, err = tax("2025")
    assert "1 more sale in 2025 for 199.00 USD: the basis is not known" in out
    assert "main: what VTI cost that came without a basis is not known" in err
    assert document(tax)["if_sold"]["names"][0]["unknown"] == "300"
    form = document(tax, "2025", "--form8949", kind="form-8949")
    assert [row["basis"] for row in form["unfinished"]] == [None]
    assert "N673\nC1\nL1\nP4 sh. VTI\nD\nD03/04/2025\n$\n$199.00\n$\n^" in tax("2025", "--txf")[1]


def test_accounts_held_elsewhere_are_joined_from_files(tax: Tax, tmp_path: Path) -> None:
    install(tmp_path)
    away = tmp_path / "away.csv"
    away.write_text(f"{HEADER}\n2025-06-30,hers,roth,VTI,buy,30,229,0,H,\n", encoding="utf-8")
    told = document(tax, "2025", "--trades", str(away), "--with-book")
    assert told["totals"]["disallowed"] == "1201.20", "hers replaces the other 30"
    assert told["totals"]["permanently_lost"] == "800.80"
    assert told["accounts"][-1] == {"account": "hers", "kind": "roth", "environment": None}
    alone = document(tax, "--trades", str(away))
    assert (alone["accounts"], alone["disposals"]) == ([], [])
    away.write_text(f"{HEADER}\n2025-06-30,ira,ira,VTI,buy,30,229,0,H,\n", encoding="utf-8")
    code, _, err = tax("2025", "--trades", str(away), "--with-book")
    assert code == 2
    assert "away.csv:2: ira is an account of the config" in err


def test_play_money_is_left_out_where_there_is_real_money(tax: Tax, tmp_path: Path) -> None:
    config = Path(install(tmp_path))
    table = '[accounts.toy]\nbroker = "paper"\n[accounts.toy.target.weights]\nVTI = 1.0\n'
    config.write_text(config.read_text() + table)
    code, out, err = tax("2025")
    assert code == 0
    assert "left out, with no real money in it: toy" in err
    assert "over 2 accounts" in out


def test_a_book_that_sells_more_than_it_holds_is_refused(tax: Tax, tmp_path: Path) -> None:
    install(tmp_path, {**HOUSEHOLD, "ira": "S 2025-01-06 sell 1 VTI 100 0"})
    code, out, err = tax("2025")
    assert (code, out) == (4, "")
    assert "ira: VTI: 1 shares were sold that no lot accounts for" in err
    assert "trimtab reconcile --account ira" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--form8949", "the form is of one year"),
        ("--txf", "the form is of one year"),
        ("2025 --txf --json", "--txf is a form of its own"),
        ("2025 --form8949 --json --csv", "--csv and --json are two forms"),
        ("2025 --form8949 --box X", "--box X: there is none such"),
        ("--carryover-short 5", "--carryover-short is about one year"),
        ("2025 --carryover-short -5", "--carryover-short -5 is no amount from zero on"),
        ("2025 --carryover-long much", "--carryover-long much is no amount from zero on"),
        ("2025 --carryover-long NaN", "--carryover-long NaN is no amount from zero on"),
        ("2025 --filing both", "--filing both: there is none such"),
        ("2025 --withheld 5", "the tax that the year will owe is not told"),
        ("2025 --tax 5000 --last-tax 5", "of last year the tax and the income are needed"),
        ("25", "25 is no year"),
    ],
)
def test_what_does_not_go_together_is_said(
    tax: Tax, tmp_path: Path, arguments: str, said: str
) -> None:
    install(tmp_path)
    code, out, err = tax(*arguments.split())
    assert (code, out) == (2, "")
    assert said in err


def test_without_config_and_files_both_ways_are_named(tax: Tax, tmp_path: Path) -> None:
    code, _, err = tax("2025")
    assert code == 2
    assert f"there is no config at {tmp_path / 'config.toml'}" in err
    assert "trimtab tax --trades FILE.csv" in err
