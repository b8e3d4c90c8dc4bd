"""What holds of every word that an adapter hands on, however odd the payload was."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain

from brokers.words import Execution, OrderState, Transfer

LARGE = Decimal(10) ** 30
"""More than this is of nothing that is traded, and would not be added up exactly."""


def unsound(words: Iterable[object]) -> Iterator[str]:
    """What is wrong with words that were made of a payload."""
    for word in words:
        yield from (f"{type(word).__name__}.{place}" for place in _odd_fields(word))
        if isinstance(word, Execution) and (word.quantity < 0 or word.price < 0):
            yield f"Execution of {word.quantity} at {word.price}"
        if isinstance(word, OrderState) and (word.quantity < 0 or word.filled < 0):
            yield f"OrderState of {word.filled} of {word.quantity}"
        if isinstance(word, Transfer) and not word.quantity:
            yield "Transfer of nothing"


def _odd_fields(word: object) -> Iterator[str]:
    if not is_dataclass(word):
        return
    for field in fields(word):
        value = getattr(word, field.name)
        if isinstance(value, Decimal) and not (value.is_finite() and abs(value) < LARGE):
            yield f"{field.name} = {value}"
        if isinstance(value, datetime) and value.tzinfo is None:
            yield f"{field.name} without a zone"
        if is_dataclass(value):
            yield from _odd_fields(value)


def all_of(*groups: Iterable[object]) -> list[object]:
    """Words of several kinds."""
    return list(chain(*groups))
