"""Figures as Prometheus reads them: its text format, version 0.0.4.

``# HELP``, ``# TYPE``, then one line for each sample: name, labels in braces, value. In help a
backslash and a line break are escaped, in a label's value the quote too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.book.timing import BOUNDS, Spread

PREFIX = "trimtab_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Number = float | int


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; ``suffix`` is of the parts of a histogram."""

    value: Number
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    help: str
    samples: tuple[Sample, ...]


def sample(value: Number, **labels: str) -> Sample:
    """A value with its labels."""
    return Sample(value, tuple(labels.items()))


def histogram(name: str, about: str, spread: Spread) -> Family:
    """Buckets count up, the last one holds all."""
    places = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")
    counts = (*spread.within, spread.count)
    buckets = (
        Sample(count, (("le", place),), "_bucket")
        for place, count in zip(places, counts, strict=True)
    )
    ends = (Sample(spread.seconds, suffix="_sum"), Sample(spread.count, suffix="_count"))
    return Family(name, "histogram", about, (*buckets, *ends))


def exposition(families: Iterable[Family]) -> str:
    """The whole page."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    name = f"{PREFIX}{family.name}"
    yield f"# HELP {name} {_escaped(family.help)}"
    yield f"# TYPE {name} {family.kind}"
    for each in family.samples:
        yield f"{name}{each.suffix}{_braces(each)} {_number(each.value)}"


def _braces(each: Sample) -> str:
    if not each.labels:
        return ""
    pairs = (f'{key}="{_quoted(value)}"' for key, value in each.labels)
    return f"{{{','.join(pairs)}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', r"\"")


def _number(value: Number) -> str:
    return repr(float(value)) if isinstance(value, float) else str(int(value))
