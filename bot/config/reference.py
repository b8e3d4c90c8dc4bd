"""The reference of every key, made from the shape: its text is never written by hand."""

import json
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path

from pydantic.fields import FieldInfo

from bot.config.digest import plain
from bot.config.schema import config_schema
from bot.config.table import Table
from bot.config.values import OFF, Number
from bot.config.walk import Slot, slot_at, slots, tables

REFERENCE_FILE = "config.md"
SCHEMA_FILE = "config.schema.json"

INTRODUCTION = """# config.toml: every key

This page is made from the program itself. A commented example is `config.example.toml`;
`config.schema.json` tells the same to editors.

* **Weights and shares are fractions**: 0.05 is 5 %. Numbers are read exactly, digit by digit.
* **A key that is not written has its default.** `"off"` switches a rule off where that is allowed.
* **Paths** are relative to the folder of config.toml.
* **NAME** is an account (1 to 20 lower-case letters, digits, dashes), **SYMBOL** a name that is
  traded (1 to 12 capital letters, digits, dots, dashes; with a dot it needs quotes: `"BRK.B"`).
* **From outside**: `TRIMTAB_ACCOUNTS__IRA__MODE=propose` sets `accounts.ira.mode`. A flag goes
  before a variable, a variable before the file, and an unknown `TRIMTAB_` variable is an error.
* **Secrets never stand in this file.** They are looked for in `TRIMTAB_SECRET_<NAME>`, then in
  systemd's `$CREDENTIALS_DIRECTORY/<name>`, then in the secrets file (`name = "value"`, mode
  0600) or, with `secrets = "keyring"`, in the desktop's keyring.
* **Mistakes are all told at once**, each with its line. Limits that are looser than the profile
  are allowed and come with a warning.
"""


def reference() -> str:
    """The page in Markdown."""
    sections = (_section(path, table) for path, table in tables())
    return "\n".join([INTRODUCTION, *sections])


def schema_text() -> str:
    """The schema as it is written to disk."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def write_documents(folder: Path) -> None:
    """Bring the page and the schema in ``folder`` up to date."""
    (folder / REFERENCE_FILE).write_text(reference(), encoding="utf-8")
    (folder / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")


def _section(path: tuple[str, ...], table: type[Table]) -> str:
    title = f"`{_header(path)}`" if path else "Top of the file"
    rows = [_row(slot) for slot in slots(table).values() if slot.table is None]
    about = [] if not path else [_prose(table.__doc__), ""]
    head = ["| key | default | allowed | unit | meaning |", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *about, *(head if rows else []), *rows, ""])


def _header(path: tuple[str, ...]) -> str:
    """The line that opens the table: in double brackets where there may be several."""
    slot, name = slot_at(path), ".".join(path)
    return f"[[{name}]]" if slot is not None and slot.is_list else f"[{name}]"


def _row(slot: Slot) -> str:
    assert slot.kind is not None, "a key is a table or has a kind"
    name = f"{slot.name}{_owners_names(slot)}"
    allowed = f"{slot.kind.allowed}; one or a list" if slot.is_list else slot.kind.allowed
    cells = (f"`{name}`", _default(slot), allowed, slot.kind.unit, _prose(slot.info.description))
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


OWNERS_NAMES = ("", ".SYMBOL", ".COLUMN.LABEL")
"""What stands for the owner's own names, by how many of them lead to a value."""


def _owners_names(slot: Slot) -> str:
    """What stands for the owner's own names: mostly they are symbols."""
    is_symbol = slot.names is None or slot.names.unit == "symbol"
    return OWNERS_NAMES[slot.depth] if is_symbol or slot.depth > 1 else ".NAME"


def _default(slot: Slot) -> str:
    """The default as the file would spell it."""
    if slot.info.is_required():
        return "must be written"
    default = _value_of(slot.info)
    if default is None:
        is_off = isinstance(slot.kind, Number) and slot.kind.off
        return f'`"{OFF}"`' if is_off else "not set"
    if default in ([], {}):
        return "none"
    return f"`{spelled(default)}`"


def _value_of(info: FieldInfo) -> object:
    return info.get_default(call_default_factory=True, validated_data={})


def spelled(value: object) -> str:
    """``value`` in TOML."""
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return plain(value)
        case Enum():
            return f'"{str(value.value).lower()}"'
        case str():
            return json.dumps(value)
        case _:
            return str(value)


def _prose(text: str | None) -> str:
    """A docstring as Markdown, in one line: a row of a table has no other."""
    return " ".join((text or "").split()).replace("``", "`")


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("<", "\\<")


def keys() -> Iterator[tuple[str, Slot]]:
    """Every key of every table, with its whole name."""
    for path, table in tables():
        for slot in slots(table).values():
            if slot.table is None:
                yield ".".join((*path, slot.name)), slot
