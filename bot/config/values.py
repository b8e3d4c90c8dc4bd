"""What a single value may be: each kind reads it, says what is allowed, and knows its unit.

A kind is put beside a type in ``Annotated``; pydantic calls it and collects what it refuses.
A value that comes from the environment or the command line is ``Typed``: text that each kind
reads in its own way.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Literal

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bot.config.mistakes import nearest, shown
from bot.config.settings import AtSession, Every
from strategies.policy.own_code import Scalar, Setting

OFF = "off"
"""TOML has no null: this word switches a rule off."""

PLACES_MAX = 12


class Typed(str):
    """Text typed outside the file, in a variable or as a flag: it may stand for any kind."""

    __slots__ = ()


def refused(problem: str, *, secret: bool = False) -> PydanticCustomError:
    """A refusal in our own words; a ``secret`` one keeps the value out of the message."""
    kind: Literal["secret", "refused"] = "secret" if secret else "refused"
    return PydanticCustomError(kind, "{problem}", {"problem": problem})


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number from ``low`` to ``high``, and "off" where ``off``, or another ``word``."""

    low: str
    high: str
    unit: str
    off: bool = False
    hint: str = ""
    word: str = OFF

    @property
    def allowed(self) -> str:
        """What may be written."""
        off = f', or "{self.word}"' if self.off else ""
        return f"a number from {self.low} to {self.high}{off}"

    def read(self, value: object) -> Decimal | None:
        """The exact number; a float never gets here, the file is read with Decimals."""
        if self.off and value == self.word:
            return None
        number = exact_number(value)
        if number is None or not Decimal(self.low) <= number <= Decimal(self.high):
            raise refused(f"must be {self.allowed} ({self.unit}){self._advice(value, number)}")
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -PLACES_MAX:
            raise refused(f"must have at most {PLACES_MAX} decimal places")
        return number

    def _advice(self, value: object, number: Decimal | None) -> str:
        if isinstance(value, dict) and self.hint:
            return f"; {self.hint}"
        if number is not None and self.high == "1" and 1 < number <= 100:  # noqa: PLR2004
            return f"; {number} % is {(number / 100).normalize():f}"
        if isinstance(value, str) and not isinstance(value, Typed) and exact_number(Typed(value)):
            return "; write it without quotes"
        return ""

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        low, high = (json_number(Decimal(bound)) for bound in (self.low, self.high))
        number = {"type": "number", "minimum": low, "maximum": high}
        return {"anyOf": [number, {"const": self.word}]} if self.off else number


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int
    unit: str

    @property
    def allowed(self) -> str:
        """What may be written."""
        return f"a whole number from {self.low} to {self.high}"

    def read(self, value: object) -> int:
        """The number, which has no decimal point in the file."""
        number = exact_number(value) if isinstance(value, (int, Typed)) else None
        inside = number is not None and self.low <= number <= self.high
        if number is None or not inside or number != number.to_integral_value():
            raise refused(f"must be {self.allowed} ({self.unit})")
        return int(number)

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    unit: str = "true or false"
    allowed: str = "true or false"

    def read(self, value: object) -> bool:
        """The truth of it; 1, "yes" and their like are refused."""
        if isinstance(value, Typed) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise refused("must be true or false, without quotes")
        return value

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the names in ``names``, which stand for values."""

    names: Mapping[str, Enum | None] = field(hash=False)
    later: tuple[str, ...] = ()
    numbers: str = ""
    """Why a number will not do, where people are used to write one."""
    unit: str = "one of these words"

    @property
    def allowed(self) -> str:
        """What may be written."""
        return any_of(tuple(self.names))

    def meant(self, value: object) -> str | None:
        """The name that was probably meant."""
        return nearest(value, self.names) if isinstance(value, str) else None

    def read(self, value: object) -> object:
        """What the name stands for."""
        if isinstance(value, str) and value in self.names:
            return self.names[str(value)]
        if isinstance(value, str) and value in self.later:
            raise refused(f"arrives with a later version; until then it must be {self.allowed}")
        why = f"; {self.numbers}" if self.numbers and _is_number(value) else ""
        raise refused(f"must be {self.allowed}{why}")

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "string", "enum": list(self.names)}


@dataclass(frozen=True, slots=True)
class Text:
    """Text of the form ``pattern``; ``wants`` says that form in words."""

    pattern: str
    wants: str
    unit: str = "text"
    secret: bool = False

    @property
    def allowed(self) -> str:
        """What may be written."""
        return self.wants

    def meant(self, value: object) -> str | None:
        """The same in other case, where only that is wrong."""
        tries = (value.upper(), value.lower()) if isinstance(value, str) else ()
        return next((text for text in tries if re.fullmatch(self.pattern, text, re.ASCII)), None)

    def read(self, value: object) -> str:
        """The text itself."""
        if isinstance(value, str) and re.fullmatch(self.pattern, value, re.ASCII):
            return str(value)
        raise refused(f"must be {self.wants}", secret=self.secret)

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the session: after its open or before its close."""

    unit: str = "m minutes or h hours, counted from the open or the close of the session"
    allowed: str = '"open+15m", "close-30m" and the like'

    def read(self, value: object) -> AtSession:
        """Anchor and offset; before the open and after the close nothing can be traded."""
        match = isinstance(value, str) and re.fullmatch(_MOMENT, value, re.ASCII)
        if not match:
            raise refused(f"must be {self.allowed}: after the open or before the close")
        anchor: Literal["open", "close"] = "open" if match["open"] else "close"
        away = timedelta(minutes=_minutes(match["count"], match["step"]))
        if away > timedelta(hours=12):
            raise refused("is further from the session's edge than any session is long")
        return AtSession(anchor, away if anchor == "open" else -away)

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "string", "pattern": "^(?:open\\+|close-)[0-9]{1,4}[mh]$"}


@dataclass(frozen=True, slots=True)
class Interval:
    """How often, while the exchange is open."""

    unit: str = "m minutes or h hours"
    allowed: str = '"5m", "1h" and the like, from 1 minute to 6 hours'

    def read(self, value: object) -> Every:
        """The minutes between two cycles."""
        match = isinstance(value, str) and re.fullmatch(_INTERVAL, value, re.ASCII)
        minutes = _minutes(match["count"], match["step"]) if match else 0
        if not 1 <= minutes <= 6 * 60:
            raise refused(f"must be {self.allowed}")
        return Every(minutes)

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "string", "pattern": "^[0-9]{1,4}[mh]$"}


@dataclass(frozen=True, slots=True)
class Free:
    """Whatever code of the owner's own is to be told."""

    unit: str = "as your code takes it"
    allowed: str = "a number, text, true or false, or a list of these"

    def read(self, value: object) -> Setting:
        """The value, a list as a tuple; text from outside the file is the number that it spells."""
        return tuple(map(self._one, value)) if isinstance(value, list) else self._one(value)

    def _one(self, value: object) -> Scalar:
        match value:
            case Typed("true" | "false"):
                return value == "true"
            case Typed():
                return str(value) if (number := exact_number(value)) is None else number
            case bool() | int() | str():
                return value
            case Decimal() if value.is_finite():
                return value
        raise refused(f"must be {self.allowed}")

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        one = {"type": ["number", "string", "boolean"]}
        return {"anyOf": [one, {"type": "array", "items": one}]}


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day."""

    unit: str = "day"
    allowed: str = "a day like 2026-01-31, without quotes"

    def read(self, value: object) -> date:
        """The day; a moment is none."""
        if isinstance(value, Typed):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise refused(f"must be {self.allowed}") from None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise refused(f"must be {self.allowed}")
        return value

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of ``item``, ``wants`` in words; a text may stand ``alone``, typed ones have marks."""

    item: "Text | ListOf"
    wants: str
    unit: str
    mark: str = ","
    alone: bool = True

    @property
    def allowed(self) -> str:
        """What may be written."""
        return self.wants

    def read(self, value: object) -> tuple[object, ...]:
        """The items."""
        if isinstance(value, Typed):
            value = [Typed(part.strip()) for part in value.split(self.mark)]
        elif isinstance(value, str) and self.alone:
            value = [value]
        if not isinstance(value, list) or not value:
            raise refused(f"must be {self.wants}")
        return tuple(map(self._one, value))

    def _one(self, value: object) -> object:
        """One item; which one is refused is said."""
        try:
            return self.item.read(value)
        except PydanticCustomError as exc:
            if isinstance(self.item, ListOf):
                raise
            raise refused(f"must be {self.wants}; {shown(value)} is no {self.item.unit}") from exc

    def schema(self) -> JsonSchemaValue:
        """The same for editors."""
        return {"type": "array", "items": self.item.schema(), "minItems": 1}


Kind = Number | Whole | Flag | OneOf | Text | Moment | Interval | Day | Free | ListOf


@dataclass(frozen=True, slots=True)
class Is:
    """Puts a kind beside a type: ``Annotated[Decimal, Is(Number("0", "1", "weight"))]``."""

    kind: Kind

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.kind.read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**self.kind.schema(), "x-unit": self.kind.unit}


_MOMENT = r"(?:(?P<open>open\+)|close-)(?P<count>[0-9]{1,4})(?P<step>[mh])"
_INTERVAL = r"(?P<count>[0-9]{1,4})(?P<step>[mh])"


def as_list(value: object) -> object:
    """A lone text is a list of one; what was typed outside the file is split at its commas."""
    match value:
        case Typed():
            return [Typed(part.strip()) for part in value.split(",")]
        case str():
            return [value]
        case _:
            return value


def any_of(names: tuple[str, ...]) -> str:
    """The names in quotes, the last after "or"."""
    quoted = [f'"{name}"' for name in names]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def json_number(number: Decimal) -> int | float:
    """``number`` for JSON: a count stays a count."""
    return int(number) if number == number.to_integral_value() else float(number)


def _minutes(count: str, step: str) -> int:
    return int(count) * (60 if step == "h" else 1)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) or (isinstance(value, str) and value.isdecimal())


def exact_number(value: object) -> Decimal | None:
    """The finite number that ``value`` is, or None."""
    match value:
        case bool():
            return None
        case Decimal():
            number = value
        case int():
            number = Decimal(value)
        case Typed():
            try:
                number = Decimal(value)
            except InvalidOperation:
                return None
        case _:
            return None
    return number if number.is_finite() else None
