"""The other process of an adapter: loads it, calls it once, and tells its rows as JSON.

Whatever it prints goes to standard error, so that the answer stands alone.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib.metadata import entry_points

from bot.prices.adapter import GROUP


def main() -> None:
    """One question from standard input, one answer to standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    task = json.load(sys.stdin)
    (entry,) = entry_points(group=GROUP, name=task["name"])
    first, last = (date.fromisoformat(task[key]) for key in ("first", "last"))
    found = entry.load()(task["symbols"], first, last)
    if not isinstance(found, Mapping):
        raise SystemExit(f"{task['name']} returned a {type(found).__name__}, no rows by symbol")
    json.dump({str(symbol): _rows(rows) for symbol, rows in found.items()}, answers)
    answers.close()


def _rows(rows: Iterable[Iterable[object]]) -> list[list[object]]:
    return [[_plain(cell) for cell in row] for row in rows]


def _plain(cell: object) -> object:
    """A cell as JSON has it: days as ISO 8601, whatever else is a number as one."""
    match cell:
        case datetime():  # a pandas Timestamp too
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case None | str():
            return cell
        case _:
            return float(cell)  # type: ignore[arg-type]  # what is no number says so


if __name__ == "__main__":
    main()
