"""Who can tell price histories: the broker, a folder, an adapter. Each has one question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from brokers.broker import Market
from brokers.words import Bars, Symbol


class NoPrices(Exception):
    """A source of prices cannot be asked, or its answer cannot be read."""

    def __init__(self, what: str, remedy: str) -> None:
        """Say what went wrong, and how it is mended."""
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Span:
    """``days`` sessions, of which ``through`` is the last: it was over when this was asked."""

    days: int
    through: date


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: bars by name, what is wrong with names that have none, states of their files.

    ``adjusted`` are names whose closes are adjusted though those of the source are not as a rule.
    """

    bars: Mapping[Symbol, Bars]
    faults: Mapping[Symbol, str] = field(default_factory=dict)
    marks: Mapping[Symbol, str] = field(default_factory=dict)
    adjusted: frozenset[Symbol] = frozenset()


class Source(Protocol):
    """One place where prices are from. ``feed`` is what the book calls it."""

    @property
    def feed(self) -> str:
        """What the book calls its prices."""
        ...

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def adjusted(self) -> bool:
        """Whether closes are adjusted for splits and dividends as a rule."""
        ...

    @property
    def has_files(self) -> bool:
        """Whether it has nothing new while its files stay as they are."""
        ...

    def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, str]:
        """State of each name's file; a name that has none is left out. Raises ``NoPrices``."""
        ...

    def tell(self, symbols: Sequence[Symbol], span: Span) -> Told:
        """Bars of each name that has any. Raises ``NoPrices``, or what a broker raises."""
        ...


@dataclass(frozen=True, slots=True)
class FromBroker:
    """The broker of an account: closes adjusted for splits and dividends, as its contract says."""

    market: Market
    feed: str
    name: str = "the broker"
    adjusted: bool = True
    has_files: bool = False

    def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, str]:  # noqa: ARG002  # no files
        """None."""
        return {}

    def tell(self, symbols: Sequence[Symbol], span: Span) -> Told:
        """Its daily bars before today."""
        return Told(self.market.bars(symbols, span.days))
