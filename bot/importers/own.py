"""Our own form of lots: the CSV of ``trimtab lots export``, and the JSON document beside it.

Basis is what the purchase cost (``basis``), not what wash sales put on top (``washed``): that is
worked out anew from the trades, and would else count twice.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from bot.importers.cells import Cells
from bot.importers.nouns import BadImport, Frame, Item, Place
from bot.importers.rows import Held, Told, lot
from bot.importers.sheets import Row, head, tables
from bot.importers.text import line_of

HEAD: Final = head("lots", "account", "lot", "symbol", "quantity", "acquired", "basis", "washed")
SCHEMA = "trimtab/lots/"
SCHEMA_LINE = re.compile(r'"schema"\s*:\s*"trimtab/lots/\d+"')
NAMES = ("account", "lot", "symbol", "quantity", "acquired", "basis", "washed")


def read_own(text: str, frame: Frame) -> Iterator[Item]:
    """The lots of an export."""
    if text.lstrip().startswith("{"):
        yield from _document(text, frame)
        return
    for row in tables(text, [HEAD], frame):
        if isinstance(row, Row):
            yield _lot(row.cells, frame)


def _lot(cells: Cells, frame: Frame) -> Item:
    held = Held(
        cells.symbol("symbol"),
        cells.number("quantity"),
        cells.number_or_none("basis"),
        cells.day("acquired"),
        frame.today,
    )
    return lot(held, Told(cells.place, cells.text("account"), frame.base))


def _document(text: str, frame: Frame) -> Iterator[Item]:
    try:
        told = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        line = getattr(exc, "lineno", 1)
        raise BadImport([f"{frame.at(line)}: no JSON: {exc}"]) from exc
    rows = told.get("lots") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not str(told.get("schema")).startswith(SCHEMA):
        raise BadImport([f"{frame.at(1)}: no document of trimtab lots --json"])
    places = [frame.at(line_of(text, m.start())) for m in re.finditer(r'"acquired"\s*:', text)]
    for turn, row in enumerate(rows):
        place = places[turn] if turn < len(places) else frame.at(1)
        yield from _entry(row, place, frame)


def _entry(row: object, place: Place, frame: Frame) -> Iterator[Item]:
    if not isinstance(row, dict) or any(name not in row for name in NAMES):
        frame.refuse(place, f"a lot has {', '.join(NAMES)}")
        return
    by = {name: "" if row[name] is None else str(row[name]) for name in NAMES}
    yield _lot(Cells(place, by, frame), frame)
