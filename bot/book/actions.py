"""Corporate actions as rows: one table for all kinds, a column for each field that any has."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from brokers.words import ACTION_NOUNS, ActionRecord

ACTION_KINDS: Final[Mapping[type[ActionRecord], str]] = {
    noun: kind for kind, noun in ACTION_NOUNS.items()
}

ACTION_COLUMNS: Final = (
    "kind",
    *dict.fromkeys(field.name for noun in ACTION_NOUNS.values() for field in fields(noun)),
)
"""The kind, then every field that a kind has, each once."""


def action_values(action: ActionRecord) -> dict[str, Any]:
    """The row of an action: its kind, its fields, and nothing in the columns of the others."""
    own = {field.name: getattr(action, field.name) for field in fields(action)}
    return {**dict.fromkeys(ACTION_COLUMNS), **own, "kind": ACTION_KINDS[type(action)]}


def action_of(kind: str, *told: object) -> ActionRecord:
    """The action that a row of ``ACTION_COLUMNS`` tells of."""
    values: dict[str, Any] = dict(zip(ACTION_COLUMNS[1:], told, strict=True))
    noun = ACTION_NOUNS[kind]
    return noun(**{field.name: values[field.name] for field in fields(noun)})
