"""Target weights from a CSV file: two columns, ``symbol`` and ``weight``, under that header."""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from bot.config.kinds import SYMBOL
from bot.config.mistakes import Mistake, shown
from bot.config.values import Typed, exact_number

HEADER = ["symbol", "weight"]

Weights = dict[str, Decimal]


Rows = list[tuple[int, list[str]]]
"""Lines that hold anything, numbered from 1, each in its cells."""


def read_rows(path: Path) -> tuple[Rows, list[Mistake]]:
    """The lines of ``path``, or why it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        return [], [Mistake(str(path), None, "", None, f"is not UTF-8 text (byte {exc.start})")]
    except OSError as exc:
        return [], [Mistake(str(path), None, "", None, f"cannot be read: {exc.strerror}")]
    return list(_rows(text)), []


def read_model(path: Path) -> tuple[Weights, list[Mistake]]:
    """Weights in ``path``, and every mistake in it by line."""
    rows, unread = read_rows(path)
    return ({}, unread) if unread else _weights(rows, path)


def _weights(rows: Rows, path: Path) -> tuple[Weights, list[Mistake]]:
    if not rows or [cell.lower() for cell in rows[0][1]] != HEADER:
        return {}, [Mistake(str(path), 1, "", None, "must begin with the header symbol,weight")]
    weights: Weights = {}
    mistakes: list[Mistake] = []
    for line, cells in rows[1:]:
        problem = _problem(cells, weights)
        if problem is None:
            weights[cells[0]] = Decimal(cells[1])
        else:
            mistakes.append(Mistake(str(path), line, "", shown(",".join(cells)), problem))
    return weights, mistakes


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that hold anything, numbered from 1; no field of this file spans two lines."""
    for number, line in enumerate(text.splitlines(), start=1):
        for cells in csv.reader([line]):
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]


def _problem(cells: list[str], known: Weights) -> str | None:
    """What is wrong with one row."""
    if len(cells) != len(HEADER):
        return "must be a symbol, a comma and a weight"
    if not re.fullmatch(SYMBOL, cells[0], re.ASCII):
        return "the symbol must be 1 to 12 capital letters, digits, dots or dashes"
    if cells[0] in known:
        return "this symbol has a weight already"
    number = exact_number(Typed(cells[1]))
    if number is None or not 0 <= number <= 1:
        return "the weight must be a number from 0 to 1 (0.05 is 5 %)"
    return None
