"""The shape as a map: which keys each table has, and which kind of value each key takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from bot.config.locate import KeyPath
from bot.config.shape import FileTable
from bot.config.table import Table
from bot.config.values import Is, Kind


@dataclass(frozen=True, slots=True)
class Slot:
    """One key of a table. ``names`` is the kind of the owner's own names in a map, else None.

    ``depth`` is how many such names lead to a value: 2 in a map of maps.
    """

    name: str
    info: FieldInfo
    table: type[Table] | None = None
    kind: Kind | None = None
    names: Kind | None = None
    is_list: bool = False
    depth: int = 0


def slots(table: type[Table]) -> Mapping[str, Slot]:
    """The keys of ``table`` as the file spells them."""
    found = (_slot(field, info) for field, info in table.model_fields.items())
    return {slot.name: slot for slot in found}


def _slot(field: str, info: FieldInfo) -> Slot:
    name = info.alias or field
    kind = _kind_in(info.metadata)
    inner = _unwrapped(info.annotation)
    match get_origin(inner):
        case _ if kind is not None:
            return Slot(name, info, kind=kind)
        case origin if origin is dict:
            key, value = get_args(inner)
            is_deep = get_origin(value) is dict
            table, kind = _leaf(get_args(value)[1] if is_deep else value)
            return Slot(name, info, table, kind, names=_leaf(key)[1], depth=1 + is_deep)
        case origin if origin is list:
            table, kind = _leaf(get_args(inner)[0])
            return Slot(name, info, table, kind, is_list=True)
        case _:
            table, kind = _leaf(inner)
            return Slot(name, info, table, kind)


def _unwrapped(annotation: object) -> object:
    """``annotation`` without "or None", and a list without what splits it."""
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is Annotated and get_origin(get_args(annotation)[0]) is list:
        annotation = get_args(annotation)[0]
    return annotation


def _leaf(annotation: object) -> tuple[type[Table] | None, Kind | None]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation, None
    return None, _kind_in(get_args(annotation)[1:])


def _kind_in(metadata: Sequence[object]) -> Kind | None:
    return next((item.kind for item in metadata if isinstance(item, Is)), None)


def slot_at(path: KeyPath) -> Slot | None:
    """The slot that ``path`` leads to; the names in a map lead to the map's own slot."""
    table: type[Table] | None = FileTable
    slot: Slot | None = None
    names = 0
    for part in path:
        if isinstance(part, int):
            continue
        if names:
            names -= 1
            continue
        slot = slots(table).get(part) if table else None
        if slot is None:
            return None
        table, names = slot.table, slot.depth
    return slot


def table_at(path: KeyPath) -> type[Table] | None:
    """The table whose keys stand directly under ``path``."""
    if not path:
        return FileTable
    slot = slot_at(path)
    return slot.table if slot else None


def keys_of(raw: object, table: type[Table] = FileTable, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Path of every value that can be set; in a map, of those names that ``raw`` has.

    What stands in a list of tables cannot: it has no name.
    """
    for slot in slots(table).values():
        here = (*path, slot.name)
        inside = raw.get(slot.name) if isinstance(raw, dict) else None
        if slot.names is not None:
            yield from _keys_of_map(inside, slot, here)
        elif slot.table is not None and slot.is_list:
            continue
        elif slot.table is not None:
            yield from keys_of(inside, slot.table, here)
        else:
            yield here


def _keys_of_map(inside: object, slot: Slot, path: KeyPath) -> Iterator[KeyPath]:
    names = inside if isinstance(inside, dict) else {}
    for name, value in names.items():
        if slot.depth > 1:
            yield from ((*path, name, each) for each in (value if isinstance(value, dict) else ()))
        elif slot.table is None:
            yield (*path, name)
        else:
            yield from keys_of(value, slot.table, (*path, name))


def tables(
    table: type[Table] = FileTable, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], type[Table]]]:
    """Every table with its name, the whole file first; NAME and SYMBOL stand for the owner's."""
    yield path, table
    for slot in slots(table).values():
        if slot.table is not None:
            wild = () if slot.names is None else (("NAME",) if not path else ("SYMBOL",))
            yield from tables(slot.table, (*path, slot.name, *wild))
