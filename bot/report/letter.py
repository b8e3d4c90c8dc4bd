"""What one mail says, before it is plain text or HTML: both halves are laid out from this."""

from dataclasses import dataclass
from decimal import Decimal

from bot.report.amounts import points
from bot.report.say import is_outside, verdict
from bot.report.tables import Table
from brokers.words import ZERO, Environment
from strategies.plan import Plan


@dataclass(frozen=True, slots=True)
class Bar:
    """One drift drawn with table cells, for readers that show no pictures.

    ``left`` and ``right`` are how much of each half is filled, 0 to 100.
    """

    name: str
    left: int
    right: int
    text: str
    is_outside: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is attached under ``cid``, and its words for who cannot see it."""

    cid: str
    alt: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of a mail in reading order."""

    environment: Environment
    title: str
    sentences: tuple[str, ...]
    why: str
    points: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    """What is asked of the reader, just before the commands to type."""
    commands: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    bars: tuple[Bar, ...] = ()
    pictures: tuple[Picture, ...] = ()
    is_grave: bool = False


def drift_bars(plan: Plan, bars_max: int = 5) -> tuple[Bar, ...]:
    """The names furthest from target, each as a bar on one common scale."""
    lines = sorted(plan.lines, key=lambda line: -abs(line.weight_before - line.target))[:bars_max]
    largest = max((abs(line.weight_before - line.target) for line in lines), default=ZERO)
    return tuple(
        Bar(
            name=line.symbol,
            left=_filled(line.target - line.weight_before, largest),
            right=_filled(line.weight_before - line.target, largest),
            text=f"{points(line.weight_before - line.target)}, {verdict(line)}",
            is_outside=is_outside(line),
        )
        for line in lines
    )


def _filled(drift: Decimal, largest: Decimal) -> int:
    return int(100 * max(drift, ZERO) / largest) if largest else 0
