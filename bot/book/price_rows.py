"""The nouns of cached price histories: what a source told, and all that the book keeps of it.

A source is known to the book by its ``feed``, a name that says whose prices they are. What one
source told never mixes with what another did; who joins them is ``bot.prices``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from brokers.words import Bars, Symbol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from strategies.risk.model import Array

PriceKind = Literal["base", "whole", "more"]
"""``more`` goes on where the history of its names ends, ``whole`` begins their history anew, and
``base`` that of all names of its feed: what stands before it is not read any more."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where closes come from, in the source's own words, and what they are."""

    source: str
    adjusted: bool
    """For splits and dividends."""
    consolidated: bool
    """Volumes are those of all venues together."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One answer of a source. Bars without days say that it was asked, and told nothing new.

    ``through`` is the last session that was over, ``asked`` how many days were asked for. ``marks``
    tell the state that a name's file was in, where there is one.
    """

    kind: Literal["whole", "more"]
    fetched: datetime
    through: date
    asked: int
    adjusted: bool
    bars: tuple[Bars, ...]
    marks: Mapping[Symbol, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A row as the book has it. ``body`` holds names, days, closes and volumes."""

    seq: int
    kind: PriceKind
    fetched: datetime
    through: date
    origin: Origin
    body: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one name. ``origin`` and ``fetched`` are of the last day it was told."""

    first: date | None
    last: date | None
    days: int
    origin: Origin | None
    fetched: datetime | None
    asked: int
    """Days that were asked for when its whole history was."""
    tried: datetime
    """When its source was last asked."""
    through: date
    """Last session that was over then."""
    mark: str


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """All that the book keeps of one feed, put together from its rows.

    ``closes`` and ``volumes`` have shape (names, days), NaN where nothing is known; ``days`` are
    ordinals (days from 0001-01-01 on). For each name: ``ends``, the ordinal of its last close (0
    where it has none); ``told``, ``tried`` and ``begun``, the row that last had a close of it, that
    last named it, and with which its history begins (-1 where there is none).
    """

    feed: str
    seq: int
    """The newest row; 0 where there is none."""
    places: Mapping[Symbol, int]
    days: "NDArray[np.int32]"
    closes: "Array"
    volumes: "Array"
    ends: "NDArray[np.int64]"
    told: "NDArray[np.intp]"
    tried: "NDArray[np.intp]"
    begun: "NDArray[np.intp]"
    rows: tuple[PriceRow, ...]
    """Without their bodies."""
    asked: tuple[int, ...]
    """Of each row."""
    marks: Mapping[Symbol, str]
    damaged: int = 0
    """Rows that cannot be read: they, and all before them, are left out."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed in a list."""

    feed: str
    rows: int
    bytes: int
    """Of all rows that were ever written."""
    fetched: datetime
    """When its newest row was."""
