"""``--substitutes FILE``: what the owner would buy in place of a name, a line each, best first."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from bot.cli.exits import WrongUse
from brokers.words import Symbol

HEADER = ("symbol", "substitute")
REMEDY = "one line a substitute, like: VTI,ITOT"
SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,19}")

Listed = Mapping[Symbol, tuple[Symbol, ...]]


def read_substitutes(path: Path) -> Listed:
    """Each name's substitutes in the order of the file; or ``WrongUse`` with the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise WrongUse(f"{path} is not text in UTF-8", REMEDY) from exc
    found: dict[Symbol, tuple[Symbol, ...]] = {}
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        cells = tuple(cell.strip() for cell in row)
        if not any(cells) or (number == 1 and tuple(map(str.lower, cells)) == HEADER):
            continue
        symbol, other = _pair(f"{path}:{number}", cells)
        known = found.get(symbol, ())
        if other in known:
            raise WrongUse(f"{path}:{number}: {other} is named twice for {symbol}", REMEDY)
        found[symbol] = (*known, other)
    if not found:
        raise WrongUse(f"{path} names no substitute", REMEDY)
    return found


def _pair(where: str, cells: tuple[str, ...]) -> tuple[Symbol, Symbol]:
    if len(cells) != len(HEADER):
        raise WrongUse(f"{where}: {len(cells)} columns, expected 2", REMEDY)
    symbol, other = (cell.upper() for cell in cells)
    for name in (symbol, other):
        if not SYMBOL.fullmatch(name):
            raise WrongUse(f"{where}: {name or 'an empty cell'} is no symbol", REMEDY)
    if symbol == other:
        raise WrongUse(f"{where}: {symbol} cannot stand for itself: it is the same", REMEDY)
    return Symbol(symbol), Symbol(other)
