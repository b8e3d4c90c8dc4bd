"""What a drill of a paper account showed: its figures, and the same as text and as a page."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.report.amounts import count, moment
from bot.report.tables import Align, Column, Table
from bot.report.text import plain, wrap
from brokers.words import Environment


class Verdict(StrEnum):
    """How a trial ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    """It could not be tried, or its answer says neither."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that was tried: what it shows, how it ended, how long it took, what was seen."""

    name: str
    shows: str
    verdict: Verdict
    seconds: float
    said: str


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill. ``left_open`` are orders that could not be shown to be gone, one sentence each.

    ``unverified`` is what no drill of this kind can show. ``book`` is the file in which the
    intents of its orders are.
    """

    account: str
    environment: Environment
    broker: str
    fingerprint: str
    passed: bool
    """Whether all was tried, held, and nothing was left behind."""
    symbol: str | None
    began: datetime
    seconds: float
    interrupted: bool
    trials: tuple[Trial, ...]
    left_open: tuple[str, ...]
    unverified: tuple[str, ...]
    book: str


COLUMNS = (
    Column("trial", Align.LEFT),
    Column("ended", Align.LEFT),
    Column("seconds"),
    Column("what was seen", Align.LEFT),
)


def headline(drill: Drill) -> str:
    """How it went, in one line."""
    found = Counter(trial.verdict for trial in drill.trials)
    parts = [f"{found[verdict]} {verdict}" for verdict in Verdict if found[verdict]]
    head = f"{drill.environment.value} {drill.account}: {', '.join(parts) or 'nothing was tried'}"
    if drill.left_open:
        head += f", {count(len(drill.left_open), 'order')} may still be open"
    return f"{head}, interrupted" if drill.interrupted else head


def page(drill: Drill) -> str:
    """The report as text."""
    blocks = (
        headline(drill),
        "\n".join(_facts(drill)),
        "\n".join(_line(trial) for trial in drill.trials),
        "\n".join(wrap(f"LEFT OPEN: {each}", after="  ") for each in drill.left_open),
        "\n".join(
            ("No drill shows:", *(wrap(each, "- ", after="  ") for each in drill.unverified))
        ),
    )
    return plain("\n\n".join(block for block in blocks if block)) + "\n"


def _facts(drill: Drill) -> tuple[str, ...]:
    tried = drill.symbol or "no name: no order was sent"
    return (
        f"broker {drill.broker}, account {drill.fingerprint}, tried with {tried}",
        f"began {moment(drill.began)}, took {drill.seconds:.1f} s",
        f"intents and what became of them: {drill.book}",
    )


def _line(trial: Trial) -> str:
    head = f"{trial.verdict.ljust(10)} {trial.seconds:6.2f} s  {trial.name}: {trial.shows}"
    return f"{wrap(head, after=' ' * 21)}\n{wrap(trial.said, ' ' * 21, after=' ' * 21)}"


def html(drill: Drill) -> str:
    """The report as a page of one file."""
    from bot.report.html import page as html_page

    rows = tuple((t.name, t.verdict.value, f"{t.seconds:.2f}", t.said) for t in drill.trials)
    loud = frozenset(
        place for place, t in enumerate(drill.trials) if t.verdict is not Verdict.PASSED
    )
    return html_page(
        "drill.html",
        drill.environment,
        {
            "headline": headline(drill),
            "facts": _facts(drill),
            "left_open": drill.left_open,
            "unverified": drill.unverified,
            "table": Table("What was tried", COLUMNS, rows, loud),
        },
    )
