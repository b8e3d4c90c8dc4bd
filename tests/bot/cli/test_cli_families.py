"""The household of the config, at every verb that asks for it, and the options over it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.cli.wiring import read_config
from brokers.words import AccountId
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.cli.tax_files import HEADER

Called = Callable[..., tuple[int, str, str]]
HERS = "2025-07-01,hers,taxable,ITOT,buy,50,90,0,H1,"
TABLE = """
[household]
filing = "separate"
carryover_short = 1000
trades = "hers.csv"
identical = [["VTI", "ITOT"]]
"""
CLIENTS = """
[households.smith]
filing = "joint"
[households.jones]
filing = "head"
"""


@pytest.fixture
def trimtab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Called:
    """Runs ``trimtab -c CONFIG ...``; exit code, stdout and stderr."""

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", str(tmp_path / "config.toml"), *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def document(trimtab: Called, *arguments: str) -> dict[str, Any]:
    code, out, err = trimtab(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    kind = "harvest-calendar" if "--calendar" in arguments else arguments[0]
    jsonschema.validate(found, document_schema(kind))
    return found


def one_household(folder: Path, table: str = TABLE) -> Path:
    """Two accounts, and a spouse's in a file."""
    path = Path(install(folder))
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    (folder / "hers.csv").write_text(f"{HEADER}\n{HERS}\n", encoding="utf-8")
    return path


def two_clients(folder: Path) -> Path:
    """An account each, at an adviser."""
    path = Path(install(folder))
    text = path.read_text(encoding="utf-8")
    for name, client in (("main", "smith"), ("ira", "jones")):
        head = f"[accounts.{name}]\n"
        text = text.replace(head, f'{head}household = "{client}"\n')
    path.write_text(text + CLIENTS, encoding="utf-8")
    return path


def looked(path: Path, *accounts: str) -> None:
    with Book.open(read_config(path).book_url, upgrade=False) as book:
        for name in accounts:
            book.keep_tieout(AccountId(name), TODAY, ok=True, text="")


def replaced_in(told: dict[str, Any]) -> set[str]:
    return {row["replaced_in"] for row in told["washes"]}


def test_a_year_is_that_of_the_config(trimtab: Called, tmp_path: Path) -> None:
    one_household(tmp_path)
    told = document(trimtab, "tax", "2025")
    assert [row["account"] for row in told["accounts"]] == ["main", "ira", "hers"]
    assert "hers" in replaced_in(told), "the file, and its like symbol"
    assert told["schedule_d"]["filing"] == "separate"
    assert told["schedule_d"]["brought_short"] == "1000"
    over = document(trimtab, "tax", "2025", "--filing", "joint", "--identical", "BND,AGG")
    assert over["schedule_d"]["filing"] == "joint"
    assert over["schedule_d"]["brought_short"] == "1000", "not said, so as it is"
    assert replaced_in(over) == {"ira", "main"}


def test_files_alone_are_nobody_s(trimtab: Called, tmp_path: Path) -> None:
    one_household(tmp_path)
    told = document(trimtab, "tax", "2025", "--trades", str(tmp_path / "hers.csv"))
    assert told["accounts"] == []
    assert told["schedule_d"]["filing"] == "single"


def test_files_of_an_option_stand_in_place_of_the_config_s(trimtab: Called, tmp_path: Path) -> None:
    one_household(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text(f"{HEADER}\n{HERS.replace('hers', 'his')}\n", encoding="utf-8")
    told = document(trimtab, "tax", "2025", "--with-book", "--trades", str(other))
    assert [row["account"] for row in told["accounts"]] == ["main", "ira", "his"]


@pytest.mark.parametrize("line", [("tax", "2025"), ("lots",), ("harvest", "--calendar")])
def test_a_file_of_the_config_that_is_wrong_is_named(
    trimtab: Called, tmp_path: Path, line: tuple[str, ...]
) -> None:
    one_household(tmp_path)
    (tmp_path / "hers.csv").write_text(f"{HEADER}\n{HERS.replace('50', 'many')}\n", "utf-8")
    code, out, err = trimtab(*line)
    assert (code, out) == (2, "")
    assert "hers.csv:2: quantity:" in err
    (tmp_path / "hers.csv").unlink()
    code, out, err = trimtab(*line)
    assert (code, out) == (3, "")
    assert "hers.csv" in err


def test_lots_carry_what_the_household_washed(trimtab: Called, tmp_path: Path) -> None:
    one_household(tmp_path)
    assert {row["washed"] for row in document(trimtab, "lots", "main")["lots"]} == {"0.00"}
    alone = document(trimtab, "lots", "main", "--identical", "BND,AGG")
    assert {row["washed"] for row in alone["lots"]} == {"0.00", "400.40"}


def test_the_calendar_knows_the_files(trimtab: Called, tmp_path: Path) -> None:
    one_household(tmp_path)
    recent = HERS.replace("2025-07-01", "2026-01-12")
    (tmp_path / "hers.csv").write_text(f"{HEADER}\n{recent}\n", encoding="utf-8")
    rows = document(trimtab, "harvest", "--calendar")["rows"]
    assert "hers" in {row["account"] for row in rows}


def test_clients_are_asked_for_by_name(trimtab: Called, tmp_path: Path) -> None:
    two_clients(tmp_path)
    code, out, err = trimtab("tax", "2025")
    assert (code, out) == (2, "")
    assert "has several households: smith, jones" in err
    assert "--household smith" in err
    code, _, err = trimtab("tax", "2025", "--household", "smit")
    assert code == 2
    assert "there is: smith, jones" in err
    smith = document(trimtab, "tax", "2025", "--household", "smith")
    assert [row["account"] for row in smith["accounts"]] == ["main"]
    assert smith["schedule_d"]["filing"] == "joint"
    assert replaced_in(smith) == {"main"}, "what the other client bought is nothing to them"
    jones = document(trimtab, "tax", "2025", "--household", "jones")
    assert jones["schedule_d"]["filing"] == "head"
    assert jones["disposals"] == []


def test_lots_of_all_clients_are_each_in_their_own_ledger(trimtab: Called, tmp_path: Path) -> None:
    two_clients(tmp_path)
    told = document(trimtab, "lots")
    assert [row["account"] for row in told["accounts"]] == ["main", "ira"]
    assert told["prices"]
    (tmp_path / "hers.csv").write_text(f"{HEADER}\n{HERS}\n", encoding="utf-8")
    code, _, err = trimtab("lots", "--trades", str(tmp_path / "hers.csv"))
    assert code == 2
    assert "--trades is of one household" in err
    assert document(trimtab, "lots", "main", "--trades", str(tmp_path / "hers.csv"))["lots"]


def test_the_calendar_of_a_client(trimtab: Called, tmp_path: Path) -> None:
    two_clients(tmp_path)
    assert trimtab("harvest", "--calendar")[0] == 2
    assert document(trimtab, "harvest", "--calendar", "--household", "smith")["today"]
    code, _, err = trimtab("harvest", "--household", "smith")
    assert code == 2
    assert "--household is for --calendar" in err


def test_status_tells_a_household_in_a_line(trimtab: Called, tmp_path: Path) -> None:
    path = one_household(tmp_path)
    looked(path, "main")
    (home,) = document(trimtab, "status")["households"]
    assert home == {
        "name": "",
        "environment": "LIVE",
        "accounts": ["main", "ira"],
        "files": [str(tmp_path / "hers.csv")],
        "doubts": ["nothing is known yet of what ira bought: trimtab plan --account ira looks"],
    }
    _, out, _ = trimtab("status")
    (line,) = [line for line in out.splitlines() if "household" in line]
    assert line.startswith("household: LIVE main, ira; files: hers.csv; no loss is taken: nothing")
    looked(path, "ira")
    assert document(trimtab, "status")["households"][0]["doubts"] == []
    (tmp_path / "hers.csv").unlink()
    (doubt,) = document(trimtab, "status")["households"][0]["doubts"]
    assert doubt == f"{tmp_path / 'hers.csv'} is not there"


def test_status_of_single_accounts_says_nothing_of_households(
    trimtab: Called, tmp_path: Path
) -> None:
    two_clients(tmp_path)
    assert "household" not in trimtab("status")[1]
    homes = document(trimtab, "status")["households"]
    assert [(home["name"], home["accounts"]) for home in homes] == [
        ("smith", ["main"]),
        ("jones", ["ira"]),
    ]


def findings(trimtab: Called) -> list[tuple[str, str, str]]:
    code, out, _ = trimtab("check", "--json")
    assert code in {0, 2, 3, 4, 75}
    rows = json.loads(out)["findings"]
    return [
        (row["verdict"], row["what"], row["fix"])
        for row in rows
        if row["what"].startswith(("no loss", "household"))
    ]


def test_check_reads_the_files_and_works_the_ledger_out(trimtab: Called, tmp_path: Path) -> None:
    path = one_household(tmp_path)
    line = "household: LIVE main, ira; files: hers.csv"
    assert findings(trimtab) == [("ok", line, "")]
    (tmp_path / "hers.csv").write_text(f"{HEADER}\n{HERS.replace('buy', 'sell')}\n", "utf-8")
    ((verdict, what, fix),) = findings(trimtab)
    assert verdict == "fail"
    assert what.startswith(f"{line}: trades of accounts held elsewhere are not known: ")
    assert "hers.csv:2: lot: hers has no lot H1" in what
    assert "docs/tax.md" in fix
    (tmp_path / "hers.csv").write_text(f"{HEADER}\n{HERS}\n", encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    harvest = text + "[accounts.main.harvest]\n[household.substitutes]\nVTI = 'SCHB'\n"
    path.write_text(harvest, encoding="utf-8")
    looked(path, "main")
    told = findings(trimtab)
    assert told[0] == ("ok", line, "")
    assert [what for verdict, what, _ in told if verdict == "warn"] == [
        (
            "no loss is taken: nothing is known yet of what ira bought: "
            "trimtab plan --account ira looks"
        )
    ]
