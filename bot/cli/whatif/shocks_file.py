"""``--shocks FILE``: a shock of the caller's own, one line a name: ``VTI,-0.2`` or ``VTI,-20%``."""

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from bot.cli.exits import WrongUse
from bot.cli.whatif.case import CASH
from strategies.optimize.problem import Array

HEADER = ("symbol", "shock")
REMEDY = "one line a name, like: VTI,-0.2"
COLUMNS = 2


def read_shocks(path: Path, names: tuple[str, ...]) -> Array:
    """The shock of each of ``names``, shape (n,), zero where none is given; or ``WrongUse``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise WrongUse(f"{path} is not text in UTF-8", REMEDY) from exc
    shocks, seen = np.zeros(len(names)), set[int]()
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        cells = tuple(cell.strip() for cell in row)
        if not any(cells) or (number == 1 and tuple(map(str.lower, cells)) == HEADER):
            continue
        place, shock = _line(f"{path} line {number}", cells, names)
        if place in seen:
            raise WrongUse(f"{path} line {number}: {cells[0]} is named twice", REMEDY)
        seen.add(place)
        shocks[place] = shock
    if not seen:
        raise WrongUse(f"{path} has no shock", REMEDY)
    return shocks


def _line(where: str, cells: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, float]:
    if len(cells) != COLUMNS:
        raise WrongUse(f"{where} has {len(cells)} columns, expected 2", REMEDY)
    name = cells[0] if cells[0] in names else f"name {cells[0]}"
    if name not in names or name == CASH:
        raise WrongUse(f"{where}: {cells[0]} is not a name of this plan", REMEDY)
    return names.index(name), _share(where, cells[1])


def _share(where: str, text: str) -> float:
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation as exc:
        raise WrongUse(f"{where}: {text} is not a number", REMEDY) from exc
    share = number / 100 if text.endswith("%") else number
    if not (share.is_finite() and share > -1):
        raise WrongUse(f"{where}: {text} leaves no price", "a shock is above -1, or -100 %")
    return float(share)
