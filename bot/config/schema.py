"""The JSON schema of config.toml, from which editors complete and check the file.

It is pydantic's, in the terms of TOML: no null, exact numbers as plain ones, one text where a
list of one would do.
"""

from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from bot.config.shape import FileTable
from bot.config.values import json_number

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Trimtab: config.toml"


class _Generator(GenerateJsonSchema):
    """Spells defaults as the file does."""

    @override
    def encode_default(self, dft: object) -> Any:
        match dft:
            case Decimal():
                return json_number(dft)
            case Enum():
                return str(dft.value).lower()
            case BaseModel():
                return None
            case _:
                return super().encode_default(dft)


Schema = dict[str, Any]
"""JSON, of any shape."""


def config_schema(mode: Literal["validation"] = "validation") -> Schema:
    """The schema as JSON data."""
    made = FileTable.model_json_schema(schema_generator=_Generator, mode=mode)
    spelled = _in_toml(made)
    assert isinstance(spelled, dict), "a schema is an object"
    return {"$schema": DIALECT, **spelled, "title": TITLE}


def _in_toml(node: object) -> object:
    """``node`` without what only JSON has."""
    match node:
        case list():
            return [_in_toml(item) for item in node]
        case dict():
            return _object({key: _in_toml(value) for key, value in node.items()})
        case _:
            return node


def _object(node: Schema) -> Schema:
    if isinstance(node.get("title"), str):
        node.pop("title")
    node = _without_null(node)
    if "default" in node and node["default"] in (None, [], {}):
        node.pop("default")
    if "patternProperties" in node:
        node.pop("propertyNames", None)
        node["additionalProperties"] = False
    if node.get("type") == "array" and "$ref" not in node["items"]:
        lists = {key: node.pop(key) for key in ("type", "items")}
        node["anyOf"] = [lists["items"], lists]
    return node


def _without_null(node: Schema) -> Schema:
    """A choice between something and null is that something."""
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return node
    return {**choices[0], **{key: value for key, value in node.items() if key != "anyOf"}}
