"""Which faults strike when: drawn from a seed alone, so that a seed tells the whole story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from brokers.paper.faults.kinds import KINDS, Kind

SKIP_MAX = 6
"""Fitting calls that go well before one is struck."""

SKIP_FREE = 40
"""The same for what may happen at any call."""

FREE = frozenset({"any", "office", "people"})


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is to strike once ``due`` has come, at the call after ``skip`` that fit it."""

    number: int
    kind: Kind
    due: datetime
    skip: int
    seed: str

    def dice(self) -> Random:
        """Its own dice: the same whatever else happens."""
        return Random(self.seed)  # noqa: S311 - a fault is drawn here, not a secret


def schedule(
    seed: int, first: date, last: date, a_year: int, kinds: Sequence[Kind] = KINDS
) -> tuple[Fault, ...]:
    """About ``a_year`` faults a year from ``first`` to ``last``, by the time that they are due.

    Every kind is drawn about as often as every other.
    """
    dice = Random(f"{seed}|faults")  # noqa: S311
    days = (last - first).days
    count = max(a_year * days // 365, 1)
    pool = [kinds[number % len(kinds)] for number in range(count)]
    dice.shuffle(pool)
    moments = sorted(_moment(dice, first, days) for _ in pool)
    return tuple(
        _fault(seed, number, kind, moment, dice)
        for number, (kind, moment) in enumerate(zip(pool, moments, strict=True))
    )


def _moment(dice: Random, first: date, days: int) -> datetime:
    """Sometime on a day, in the hours of New York's exchange."""
    day = datetime.combine(first + timedelta(days=dice.randrange(max(days, 1))), time(13), UTC)
    return day + timedelta(seconds=dice.randrange(8 * 3600))


def _fault(seed: int, number: int, kind: Kind, due: datetime, dice: Random) -> Fault:
    skip = dice.randrange(SKIP_FREE if kind.seam in FREE else SKIP_MAX)
    return Fault(number, kind, due, skip, f"{seed}|{number}|{kind.name}")
