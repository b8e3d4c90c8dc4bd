"""``trimtab status`` counts which accounts were looked through for losses; from the book alone."""

import json
from pathlib import Path

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.config.quick import find_harvesting
from bot.config.read import load
from bot.config.where import read_raw
from tests.bot.cli.tax_books import install

HARVEST = "[accounts.{name}.harvest]\n{said}\n"
OFF = "enabled = false"
KINDS = {"main": "taxable", "hers": "taxable", "ira": "traditional"}


def harvesting(folder: Path, said: dict[str, str]) -> Path:
    """Three accounts, and what is said of the harvest of some of them."""
    path = Path(install(folder, {}, KINDS))
    tables = "".join(HARVEST.format(name=name, said=words) for name, words in said.items())
    path.write_text(path.read_text(encoding="utf-8") + tables, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("said", "environ", "names"),
    [
        ({}, {}, ()),
        ({"main": ""}, {}, ("main",)),
        ({"main": "", "hers": "min_usd = 100"}, {}, ("main", "hers")),
        ({"main": OFF, "hers": ""}, {}, ("hers",)),
        ({"main": ""}, {"TRIMTAB_ACCOUNTS__MAIN__HARVEST__ENABLED": "false"}, ()),
        ({}, {"TRIMTAB_ACCOUNTS__HERS__HARVEST__ENABLED": "true"}, ("hers",)),
        ({"main": OFF}, {"TRIMTAB_ACCOUNTS__MAIN__HARVEST__ENABLED": "true"}, ("main",)),
    ],
)  # fmt: skip
def test_the_quick_way_and_the_full_one_find_the_same(
    tmp_path: Path, said: dict[str, str], environ: dict[str, str], names: tuple[str, ...]
) -> None:
    path = harvesting(tmp_path, said)
    assert find_harvesting(environ, read_raw(path)) == names
    full = load(path, environ).accounts
    assert tuple(one.account for one in full if one.policy.harvest is not None) == names


def test_status_counts_and_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = harvesting(tmp_path, {"main": "", "hers": ""})
    assert run(["-c", str(path), "status"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    count = "harvest: scanned 0 of 2 eligible accounts so far, not main: not looked at; hers"
    assert count in said
    assert run(["-c", str(path), "status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, document_schema("status"))
    assert (found["harvest"]["eligible"], found["harvest"]["scanned"]) == (2, 0)
    assert [one["account"] for one in found["harvest"]["missed"]] == ["main", "hers"]


def test_who_harvests_nothing_hears_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = harvesting(tmp_path, {})
    assert run(["-c", str(path), "status"]) == 0
    assert "harvest" not in capsys.readouterr().out
