"""Labels of names from a CSV file: ``symbol`` and one column for each kind of label.

    symbol,sector,country
    AAPL,Technology,US
    NESN,Staples,CH

An empty cell is no label.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from bot.config.kinds import SYMBOL
from bot.config.mistakes import Mistake, shown
from bot.config.model_file import read_rows

Labels = Mapping[str, Mapping[str, str]]
"""By column: the label of each symbol."""


def read_labels(path: Path) -> tuple[Labels, list[Mistake]]:
    """The labels in ``path``, and every mistake in it by line."""
    rows, unread = read_rows(path)
    if unread:
        return {}, unread
    header = [cell.lower() for cell in rows[0][1]] if rows else []
    columns = header[1:]
    if header[:1] != ["symbol"] or not columns or len(set(header)) < len(header):
        problem = "must begin with a header like symbol,sector,country (each column once)"
        return {}, [Mistake(str(path), 1, "", None, problem)]
    found: dict[str, dict[str, str]] = {column: {} for column in columns}
    seen, mistakes = set[str](), list[Mistake]()
    for line, cells in rows[1:]:
        if problem := _problem(cells, len(header), seen):
            mistakes.append(Mistake(str(path), line, "", shown(",".join(cells)), problem))
            continue
        seen.add(cells[0])
        for column, label in zip(columns, cells[1:], strict=True):
            if label:
                found[column][cells[0]] = label
    return found, mistakes


def _problem(cells: list[str], width: int, seen: set[str]) -> str:
    """What is wrong with one row."""
    if len(cells) != width:
        return f"must have {width} columns, as the header has"
    if not re.fullmatch(SYMBOL, cells[0], re.ASCII):
        return "the symbol must be 1 to 12 capital letters, digits, dots or dashes"
    return "this symbol has its labels already" if cells[0] in seen else ""
