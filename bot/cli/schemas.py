"""JSON Schemas of what ``--json`` prints, made from the shapes of the documents themselves."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from inspect import getdoc
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

from bot.cli.documents import KINDS, EncodedPlan, schema_name

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]
"""JSON, of any shape."""

PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    types.NoneType: {"type": "null"},
    Decimal: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def document_schema(kind: str) -> Schema:
    """The JSON Schema of what ``kind`` prints."""
    shape, named = KINDS[kind], Named()
    body = named.noun(shape)
    envelope = {"schema": {"const": schema_name(kind)}, **body["properties"]}
    return {
        "$schema": DIALECT,
        "title": schema_name(kind),
        **body,
        "properties": envelope,
        "required": list(envelope),
        **({"$defs": dict(sorted(named.found.items()))} if named.found else {}),
    }


class Named:
    """Collects the nouns that a document mentions; each is written down once."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: dict[str, Schema] = {}

    def noun(self, shape: type) -> Schema:
        """An object with the fields of ``shape``, all of them there and no others."""
        hints = get_type_hints(shape, localns=_vocabulary())
        names = [f.name for f in fields(shape)] if is_dataclass(shape) else list(hints)
        return {
            "type": "object",
            "description": " ".join((getdoc(shape) or "").split()),
            "properties": {name: self.of(hints[name]) for name in names},
            "required": names,
            "additionalProperties": False,
        }

    def of(self, hint: Any) -> Schema:  # noqa: ANN401  # a type is whatever it is
        """The schema of one type."""
        if hint is EncodedPlan:
            return self._plan()
        if isinstance(hint, NewType):
            return self.of(hint.__supertype__)
        if hint in PLAIN:
            return dict(PLAIN[hint])
        if isinstance(hint, type) and issubclass(hint, Enum):
            return {"enum": [member.value for member in hint]}
        if is_dataclass(hint) or hasattr(hint, "_fields"):
            return self._reference(hint)
        return self._composed(hint)

    def _composed(self, hint: Any) -> Schema:  # noqa: ANN401  # as above
        """A choice, a list or a table of others."""
        parts = get_args(hint)
        match get_origin(hint):
            case origin if origin in {Union, types.UnionType}:
                return {"anyOf": [self.of(part) for part in parts]}
            case origin if origin is Literal:
                return {"enum": list(parts)}
            case origin if origin in {tuple, frozenset}:
                return {"type": "array", "items": self.of(parts[0])}
            case origin if isinstance(origin, type) and issubclass(origin, Mapping):
                return {"type": "object", "additionalProperties": self.of(parts[1])}
        raise TypeError(f"{hint} has no JSON form")

    def _reference(self, shape: type) -> Schema:
        if shape.__name__ not in self.found:
            self.found[shape.__name__] = {}  # known before its fields are looked at
            self.found[shape.__name__] = self.noun(shape)
        return {"$ref": f"#/$defs/{shape.__name__}"}

    def _plan(self) -> Schema:
        """A plan has the form in which the book keeps it."""
        from bot.book.codec import plan_schema

        schema = plan_schema()
        self.found |= schema.pop("$defs")
        self.found["Plan"] = schema
        return {"$ref": "#/$defs/Plan"}


def _vocabulary() -> dict[str, Any]:
    """Names that the shapes spare themselves the loading of."""
    from bot.book.glance import AccountGlance, HouseGlance
    from bot.book.maintain import Finding as BookFinding
    from bot.book.rows import OrderRow, PlanRow
    from bot.cli.finding import Finding
    from bot.cli.households import HouseholdStatus
    from bot.cli.scanned import ScanStatus
    from bot.prices.survey import AccountPrices
    from bot.reconcile import Break
    from bot.report.cost_figures import CostFigures
    from bot.switch import State
    from brokers.words import Environment, Execution
    from strategies.plan import PlanId

    nouns = (
        AccountGlance,
        HouseGlance,
        HouseholdStatus,
        ScanStatus,
        OrderRow,
        PlanRow,
        Finding,
        Break,
        Environment,
        Execution,
    )
    figures = (CostFigures, AccountPrices)
    named = {noun.__name__: noun for noun in (*nouns, *figures)}
    return named | {"BookFinding": BookFinding, "PlanId": PlanId, "State": State}
