"""What a selftest showed: its figures, and the same as text."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from bot.report.amounts import count
from bot.report.tables import Align, Column, Table
from bot.report.text import render, wrap


class Fate(StrEnum):
    """Whether this installation survived what killed another bot."""

    SURVIVED = "survived"
    FAILED = "FAILED"
    NOT_MET = "not met"
    """The faults found nothing to strike."""
    NOT_TRIED = "not tried"
    """The time was over."""


@dataclass(frozen=True, slots=True)
class Survival:
    """One bug of another bot, cited as project#number, and how this installation did.

    ``faults`` struck, of the kinds ``kinds``; ``wrong`` is what did not hold afterwards.
    """

    cited: str
    what: str
    kinds: tuple[str, ...]
    fate: Fate
    faults: int
    orders: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A whole selftest. With the same ``seed`` it happens again just so."""

    passed: bool
    seed: int
    seconds: float
    sessions: int
    orders: int
    faults: int
    restarts: int
    bugs: tuple[Survival, ...]


COLUMNS = (
    Column("bug", Align.LEFT),
    Column("what it did", Align.LEFT),
    Column("faults", Align.RIGHT),
    Column("here", Align.LEFT),
)


def page(told: SelfTest) -> str:
    """The report as text."""
    rows = tuple((b.cited, b.what, str(b.faults), b.fate.value) for b in told.bugs)
    loud = frozenset(i for i, bug in enumerate(told.bugs) if bug.fate is Fate.FAILED)
    table = Table("Bugs of other bots", COLUMNS, rows, loud)
    failed = [bug for bug in told.bugs if bug.wrong]
    said = (f"{bug.cited}: {wrong}" for bug in failed for wrong in bug.wrong)
    return "\n\n".join((summary(told), render(table), *map(wrap, said)))


def summary(told: SelfTest) -> str:
    """The whole in two sentences."""
    fates = Counter(bug.fate for bug in told.bugs)
    parts = (f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
    return wrap(
        f"Of {count(len(told.bugs), 'bug')} that other bots died of: {', '.join(parts)}. "
        f"{count(told.faults, 'fault')} struck in {count(told.sessions, 'session')}, with "
        f"{count(told.orders, 'order')} sent and {count(told.restarts, 'restart')} "
        f"(seed {told.seed}, {told.seconds:.0f} s)."
    )
