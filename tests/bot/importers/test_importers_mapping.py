"""Any other CSV by a mapping: the examples of docs/import.md, and every mistake in a mapping."""

import re
from pathlib import Path

import pytest

from bot.importers.mapping import read_mapping
from bot.importers.nouns import BadImport
from tests.bot.importers.statement_files import lines, told

DOCUMENT = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(?:csv|toml) (\S+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))

LOTS = """
tells = "lots"
[columns]
symbol = "Name"
quantity = "Shares"
acquired = "Since"
unit_cost = "Cost each"
account = "Where"
"""


def mapped(folder: Path, mapping: str, text: str) -> list[str]:
    path = folder / "map.toml"
    path.write_text(mapping, encoding="utf-8")
    return lines(told(text, columns=read_mapping(path)))


def test_the_example_of_the_document(tmp_path: Path) -> None:
    assert mapped(tmp_path, BLOCKS["map.toml"], BLOCKS["other.csv"]) == [
        "3: 2025-02-03 06:00 buy 10 VTI at 1295.5 fee 4.95",
        "4: 2025-06-09 05:00 sell 4 VTI at 1290.1",
    ]


def test_lots_and_positions_and_signs(tmp_path: Path) -> None:
    text = "Where,Name,Shares,Since,Cost each\nA1,brk b,3,2024-05-06,\nA1,VTI,2,05/07/2024,$10.50\n"
    assert mapped(tmp_path, LOTS, text) == [
        "2: lot 3 BRK.B for ? of 2024-05-06 as of 2026-01-20",
        "3: lot 2 VTI for 21 of 2024-05-07 as of 2026-01-20",
    ]
    held = 'tells = "positions"\n[columns]\nsymbol = "S"\nquantity = "Q"\n'
    assert mapped(tmp_path, held, "S,Q\nVTI,7\n") == [
        "2: position 7 VTI for ? of 2026-01-20 as of 2026-01-20"
    ]
    signed = 'tells = "trades"\n[columns]\nsymbol="S"\nquantity="Q"\nprice="P"\nday="D"\ntime="T"\n'
    assert mapped(tmp_path, signed, "S,Q,P,D,T\nVTI,-7,5,2025-06-09,10:30\n") == [
        "2: 2025-06-09 14:30 sell 7 VTI at 5"
    ]


ROWS = {
    "an unknown word for a side": (
        ("Kauf;VTI", "Tausch;VTI"),
        'f:3: "Tausch" of VTI moves shares in a way that is not told here: [sides] has no such',
    ),
    "a point where a comma is decimal": (
        ("1.295,50", "1295.50"),
        'f:3: price: "1295.50" is no number',
    ),
    "another day": (
        ("03.02.2025", "02/03/2025"),
        'f:3: day: "02/03/2025" is no day like 31.01.2026',
    ),
    "other headings": (("Ticker", "Symbol"), "f:1: no row below a line with the headings Ticker"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_file_that_does_not_fit_its_mapping(name: str, tmp_path: Path) -> None:
    (old, new), wanted = ROWS[name]
    with pytest.raises(BadImport) as caught:
        mapped(tmp_path, BLOCKS["map.toml"], BLOCKS["other.csv"].replace(old, new, 1))
    assert str(caught.value).startswith(wanted)


MAPPINGS = {
    "no TOML": ("tells =", "map.toml: no TOML: Invalid value"),
    "not UTF-8": ("tells = '\u00e9'", "map.toml: no TOML"),
    "no tells": ("[columns]\n", "map.toml: tells: it is one of trades, lots, positions"),
    "no columns": ('tells = "lots"', "map.toml: [columns]: it names for each column of ours"),
    "a column missing": (
        LOTS.replace('symbol = "Name"\n', ""),
        "map.toml: columns.symbol: it is missing",
    ),
    "no basis": (LOTS.replace("unit_cost", "#"), "map.toml: columns.basis: it is missing"),
    "a column too many": (LOTS + 'price = "P"\n', "map.toml: columns.price: lots have no such"),
    "a key too many": ("color = 1\n" + LOTS, "map.toml: color: there is no such key; there is:"),
    "a long delimiter": ('delimiter = "ab"\n' + LOTS, "map.toml: delimiter: it is one character"),
    "no decimal": ('decimal = ";"\n' + LOTS, 'map.toml: decimal: it is "." or ","'),
    "no day": ('day = "dd.mm.yyyy"\n' + LOTS, "map.toml: day: it is a form like"),
    "sides": (LOTS + "[sides]\nbuy = 1\n", "map.toml: [sides]: buy, sell and skip are lists"),
    "currency": ("currency = 1\n" + LOTS, "map.toml: currency: it is a word like"),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_mistake_in_a_mapping(name: str, tmp_path: Path) -> None:
    text, wanted = MAPPINGS[name]
    path = tmp_path / "map.toml"
    path.write_bytes(text.encode("latin-1" if name == "not UTF-8" else "utf-8"))
    with pytest.raises(BadImport) as caught:
        read_mapping(path)
    assert str(caught.value).startswith(wanted)
    assert caught.value.remedy == "docs/import.md has a mapping to begin with"
