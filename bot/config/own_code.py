"""The keys that name code of the owner's own, and what that code is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated

from pydantic.json_schema import JsonSchemaValue
from typing_extensions import override

from bot.config.kinds import words
from bot.config.table import Table
from bot.config.values import Free, Is, OneOf, Text, Whole, refused
from bot.outside.place import Group, installed
from strategies.policy.own_code import OwnCode, Setting

_CODE = OwnCode("")

FUNCTION = r"(?!~)[^:\x00-\x1f\x7f]{1,1000}\.py:[A-Za-z_][A-Za-z0-9_]{0,99}"
"""A file and a function in it."""
NUMBERS = r"(?!~)[^:\x00-\x1f\x7f]{1,1000}\.csv"
"""A file of numbers."""
ENTRY = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"


@dataclass(frozen=True, slots=True)
class Reference:
    """Code of the owner's own: ``value`` is a file and a function, or the name of an entry point.

    As the policy has it: "file:my_strategy.py:weights", or "momentum".
    """

    value: str


@dataclass(frozen=True, slots=True)
class OneOfOrOwn(OneOf):
    """One of the names in ``names``, or ``prefix`` and what leads to code of the owner's own."""

    group: Group = Group.STRATEGIES
    prefix: str = "file:"
    entry_prefix: str = ""

    @property
    @override
    def allowed(self) -> str:
        return self._named_or_own()

    def _named_or_own(self) -> str:
        name = f'"{self.entry_prefix}NAME"' if self.entry_prefix else "the name"
        words = ", ".join(f'"{word}"' for word in self.names)
        return f'{words}, "{self.prefix}FILE.py:FUNCTION" or {name} of an entry point'

    @override
    def read(self, value: object) -> object:
        if isinstance(value, str) and value in self.names:
            return self.names[str(value)]
        if isinstance(value, str) and (found := self._reference(value)):
            return found
        raise refused(f"must be {self.allowed} in {self.group.value} ({self._installed()})")

    def _reference(self, text: str) -> Reference | None:
        rest = text.removeprefix(self.prefix)
        if rest != text and re.fullmatch(FUNCTION, rest, re.ASCII):
            return Reference(f"file:{rest}")
        name = text.removeprefix(self.entry_prefix)
        is_named = text.startswith(self.entry_prefix) and name in installed(self.group)
        return Reference(name) if is_named else None

    def _installed(self) -> str:
        return f"installed: {', '.join(installed(self.group)) or 'none'}"

    @override
    def schema(self) -> JsonSchemaValue:
        own = f"^(?:{self.prefix}{FUNCTION}|{self.entry_prefix}{ENTRY})$"
        return {"anyOf": [OneOf.schema(self), {"type": "string", "pattern": own}]}


def strategy_or_own(choice: type[StrEnum]) -> Is:
    """A word of ``choice``, "file:my_strategy.py:weights", or the name of an entry point."""
    return Is(OneOfOrOwn(words(choice)))


@dataclass(frozen=True, slots=True)
class MeansFile:
    """A file of expected returns: ``value`` is its path."""

    value: str


@dataclass(frozen=True, slots=True)
class OneOfOrFile(OneOfOrOwn):
    """Also a file of numbers: "file:means.csv"."""

    @property
    @override
    def allowed(self) -> str:
        return f'"file:MEANS.csv", {self._named_or_own()}'

    @override
    def read(self, value: object) -> object:
        if isinstance(value, str) and re.fullmatch(f"file:{NUMBERS}", value, re.ASCII):
            return MeansFile(value.removeprefix("file:"))
        return OneOfOrOwn.read(self, value)

    @override
    def schema(self) -> JsonSchemaValue:
        own = OneOfOrOwn.schema(self)
        return {"anyOf": [own, {"type": "string", "pattern": f"^file:{NUMBERS}$"}]}


def source_or_forecast(names: Mapping[str, Enum | None]) -> Is:
    """One of ``names``, "file:means.csv", "forecast:my_model.py:forecast", or an entry point."""
    prefix = "forecast:"
    return Is(OneOfOrFile(names, group=Group.FORECASTS, prefix=prefix, entry_prefix=prefix))


ParameterName = Annotated[
    str,
    Is(Text(r"[A-Za-z_][A-Za-z0-9_]{0,39}", "the name of a parameter of your function")),
]
Parameter = Annotated[Setting, Is(Free())]


class CodeTable(Table):
    """What your own code may take; docs/your-own-strategy.md tells how to write it."""

    seconds: Annotated[int, Is(Whole(1, 600, "seconds"))] = _CODE.seconds
    """How long it may run, from the start of its process to its answer; then it is killed."""
    memory_mib: Annotated[int, Is(Whole(256, 1_048_576, "MiB"))] = _CODE.memory_mib
    """Memory that it may use, where the system can set such a limit."""


def own_code(reference: Reference, table: CodeTable, parameters: Mapping[str, Setting]) -> OwnCode:
    """The code of a policy; parameters by name, so that the order of lines means nothing."""
    settings = tuple(sorted(parameters.items(), key=lambda item: item[0]))
    return OwnCode(reference.value, settings, table.seconds, table.memory_mib)
