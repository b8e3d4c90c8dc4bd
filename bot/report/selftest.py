"""What a selftest showed: its figures, and the same as text."""

from collections import Counter
from collections.abc import Iterator
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
class Trial:
    """One thing that befell an account at the stand-in of a broker."""

    case: str
    fate: Fate
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtBroker:
    """All trials at one broker's stand-in, through its real client ``library``.

    ``ended_early`` is why there are no more, or empty.
    """

    broker: str
    library: str
    trials: tuple[Trial, ...]
    ended_early: str = ""

    @property
    def passed(self) -> bool:
        """Whether all that was tried was survived."""
        return not self.ended_early and all(t.fate is not Fate.FAILED for t in self.trials)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A whole selftest. With the same ``seed`` the plays happen again just so.

    ``processor_seconds`` is what it took of all processors together. ``left_out`` is why there is
    nothing of the brokers' stand-ins, or empty.
    """

    passed: bool
    seed: int
    seconds: float
    processor_seconds: float
    sessions: int
    orders: int
    faults: int
    restarts: int
    bugs: tuple[Survival, ...]
    brokers: tuple[AtBroker, ...] = ()
    left_out: str = ""


COLUMNS = (
    Column("bug", Align.LEFT),
    Column("what it did", Align.LEFT),
    Column("faults", Align.RIGHT),
    Column("here", Align.LEFT),
)


BROKER_COLUMNS = (
    Column("broker", Align.LEFT),
    Column("through", Align.LEFT),
    Column("cases", Align.RIGHT),
    *(Column(fate.value, Align.RIGHT) for fate in Fate),
)


def page(told: SelfTest) -> str:
    """The report as text."""
    rows = tuple((b.cited, b.what, str(b.faults), b.fate.value) for b in told.bugs)
    loud = frozenset(i for i, bug in enumerate(told.bugs) if bug.fate is Fate.FAILED)
    table = Table("Bugs of other bots", COLUMNS, rows, loud)
    said = (f"{bug.cited}: {wrong}" for bug in told.bugs for wrong in bug.wrong)
    return "\n\n".join((summary(told), render(table), *map(wrap, said), *_at_brokers(told)))


def _at_brokers(told: SelfTest) -> Iterator[str]:
    """A line for each broker, and what did not hold there."""
    if told.left_out:
        yield wrap(f"Stand-in servers of brokers are left out: {told.left_out}.")
        return
    loud = frozenset(i for i, at in enumerate(told.brokers) if not at.passed)
    rows = tuple(map(_broker_row, told.brokers))
    yield render(Table("Faults at the stand-ins of brokers", BROKER_COLUMNS, rows, loud))
    for at in told.brokers:
        if at.ended_early:
            yield wrap(f"{at.broker}: the trials ended early: {at.ended_early}")
        yield from (wrap(f"{at.broker}: {t.case}: {said}") for t in at.trials for said in t.wrong)


def _broker_row(at: AtBroker) -> tuple[str, ...]:
    fates = Counter(trial.fate for trial in at.trials)
    return (at.broker, at.library, str(len(at.trials)), *(str(fates[fate]) for fate in Fate))


def summary(told: SelfTest) -> str:
    """The whole in two sentences."""
    fates = Counter(bug.fate for bug in told.bugs)
    parts = (f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
    return wrap(
        f"Of {count(len(told.bugs), 'bug')} that other bots died of: {', '.join(parts)}. "
        f"{count(told.faults, 'fault')} struck in {count(told.sessions, 'session')}, with "
        f"{count(told.orders, 'order')} sent and {count(told.restarts, 'restart')} "
        f"(seed {told.seed}, {told.seconds:.0f} s, {told.processor_seconds:.0f} s of processors)."
    )
