"""From raw tables to checked ones, with every mistake in them and not only the first.

What is wrong is reported, taken out, and the rest is read again: so the checks across keys
still run over everything that is right. ``tainted`` are the paths that were taken out; nothing
is concluded from them.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config.kinds import SYMBOL
from bot.config.locate import KeyPath
from bot.config.mistakes import Mistake, dotted, nearest, shown
from bot.config.secret_names import advice, looks_secret
from bot.config.shape import FileTable
from bot.config.source import Source
from bot.config.values import OneOf, Text
from bot.config.walk import slot_at, slots, table_at, tables

PLACEHOLDERS: Mapping[str, object] = {"broker": "paper", "target": {}}
"""What stands in for a missing key, so that the rest of its account is still read."""

_KEY = "[key]"


@dataclass(frozen=True, slots=True)
class Checked:
    """The tables without what is wrong in them, the mistakes, and the paths they touch."""

    table: FileTable
    mistakes: tuple[Mistake, ...]
    tainted: frozenset[KeyPath]


def validate(raw: dict[str, object], source: Source) -> Checked:
    """Read ``raw`` as far as it can be read."""
    rest = deepcopy(raw)
    mistakes: list[Mistake] = []
    tainted: set[KeyPath] = set()
    first = True
    while True:
        try:
            return Checked(FileTable.model_validate(rest), tuple(mistakes), frozenset(tainted))
        except ValidationError as exc:
            errors = exc.errors(include_url=False)
        for error in errors:
            if first:
                mistakes.append(_mistake(error, source))
            tainted.update(_touched(error))
        for error in errors:
            _take_out(rest, error)
        first = False


def _place(error: ErrorDetails) -> KeyPath:
    """Path of the key that is wrong."""
    place = error["loc"]
    return place[:-1] if _is_name(error) else place


def _is_name(error: ErrorDetails) -> bool:
    """Whether the name itself is refused, which pydantic marks by one more step in the path."""
    place = error["loc"]
    return place[-1] == _KEY and error["type"] == "refused" and error["input"] == place[-2]


def _touched(error: ErrorDetails) -> list[KeyPath]:
    """Paths that nothing may be concluded from: the wrong one, and the one that was meant."""
    place = _place(error)
    meant = _nearest_key(place) if error["type"] == "extra_forbidden" else None
    return [place] if meant is None else [place, (*place[:-1], meant)]


def _take_out(rest: dict[str, object], error: ErrorDetails) -> None:
    """Remove what is wrong; a list goes as a whole, a table that misses a key does too."""
    place = _place(error)
    if error["type"] == "missing" and place[-1] not in PLACEHOLDERS:
        place = place[:-1]
    table: object = rest
    for depth, part in enumerate(place):
        last = depth == len(place) - 1 or isinstance(place[depth + 1], int)
        if not isinstance(table, dict):
            return
        if last:
            table.pop(part, None)
            if error["type"] == "missing" and part in PLACEHOLDERS:
                table[part] = PLACEHOLDERS[str(part)]
            return
        table = table.get(part)


def _mistake(error: ErrorDetails, source: Source) -> Mistake:
    path, kind = _place(error), error["type"]
    if _is_name(error):
        return source.mistake(path, None, str(error["msg"]), _meant_name(path))
    if kind == "extra_forbidden":
        return _unknown(path, error["input"], source)
    if kind == "missing":
        return source.mistake(path, None, _missing(path))
    found = None if kind == "secret" else shown(error["input"])
    return source.mistake(path, found, _problem(error), _meant_value(path, error["input"]))


PROBLEMS: Mapping[str, str] = {
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "list_type": "must be a list in brackets",
}


def _problem(error: ErrorDetails) -> str:
    return PROBLEMS.get(error["type"], str(error["msg"]))


def _missing(path: KeyPath) -> str:
    """What has to be written where nothing is."""
    slot = slot_at(path)
    if slot is not None and slot.kind is not None:
        return f"is missing; must be {slot.kind.allowed}"
    return f"is missing; write a table [{dotted(path)}]"


def _meant_value(path: KeyPath, value: object) -> str | None:
    slot = slot_at(path)
    kind = slot.kind if slot else None
    return kind.meant(value) if isinstance(kind, OneOf | Text) else None


def _meant_name(path: KeyPath) -> str | None:
    slot = slot_at(path)
    names = slot.names if slot else None
    return names.meant(path[-1]) if isinstance(names, Text) else None


def _nearest_key(path: KeyPath) -> str | None:
    table = table_at(path[:-1])
    return nearest(str(path[-1]), slots(table)) if table else None


def _unknown(path: KeyPath, value: object, source: Source) -> Mistake:
    name = str(path[-1])
    if looks_secret(name):
        return source.mistake(path, None, advice(name))
    meant = _nearest_key(path)
    if meant is None:
        return source.mistake(path, shown(value), _elsewhere(path))
    return source.mistake(path, shown(value), "no such key", meant)


def _elsewhere(path: KeyPath) -> str:
    """Where the key belongs, when it is known elsewhere, or else what is known here."""
    name = str(path[-1])
    homes = [place for place, table in tables() if name in slots(table)]
    table = table_at(path[:-1])
    if len(homes) == 1:
        home = f"[{'.'.join(homes[0])}]" if homes[0] else "the top of the file"
        return f"no such key here; it belongs in {home}"
    if re.fullmatch(SYMBOL, name, re.ASCII) and path[0] == "accounts":
        return f"no such key; symbols belong in [{dotted(path[:2])}.target.weights]"
    return f"no such key; known here: {', '.join(slots(table) if table else ())}"
