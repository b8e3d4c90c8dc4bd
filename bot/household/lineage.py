"""What a security became: new names, mergers and splits, so that a lot stays one lot through them.

The ledger counts shares of one key. A lot bought under a symbol that is another one today has a key
of its own, ``FB>META 2022-06-09``, which is in the group of what it became; a merger that is no
sale is a split of that key. The names are put back when the ledger is worked out (``named.py``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from bot.household.splits import Splits
from brokers.words import Action, Merger, Symbol, SymbolChange
from strategies.lots.actions.shares import exact_ratio

BECAME: Final = ">"
"""Between the names of a key."""


@dataclass(frozen=True, slots=True)
class Step:
    """From the morning of ``day`` on every share of ``old`` is ``ratio`` shares of ``new``."""

    old: Symbol
    new: Symbol
    day: date
    ratio: Fraction = Fraction(1)
    is_merger: bool = False

    @property
    def splits_from(self) -> date:
        """The first day whose splits of ``new`` are these shares' too.

        A split on the day of a merger is of shares that had the name before: those of the merger
        are told as they are after it. As in ``strategies.lots.actions.days``.
        """
        return self.day + timedelta(days=self.is_merger)

    @property
    def is_new_name(self) -> bool:
        """Whether only the name is another."""
        return self.ratio == 1


def steps_of(actions: Iterable[Action], today: date) -> Iterator[Step]:
    """New names, and mergers that are no sale, in effect up to today."""
    for action in actions:
        if action.effective > today:
            continue
        match action:
            case SymbolChange():
                yield Step(action.symbol, action.new_symbol, action.effective)
            case Merger(new_symbol=str() as new, is_taxable=False):
                ratio = exact_ratio(action.ratio)
                yield Step(action.symbol, new, action.effective, ratio, is_merger=True)
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Descent:
    """A symbol as it was bought, and what it became; ``factors`` are its splits on the way."""

    symbol: Symbol
    path: tuple[Step, ...]
    factors: tuple[tuple[date, Fraction], ...]

    @property
    def key(self) -> str:
        """What the ledger counts its shares under."""
        became = (f"{step.new} {step.day}" for step in self.path)
        return BECAME.join((self.symbol, *became))

    def ratio(self, after: date, until: date) -> Fraction:
        """Shares on ``until`` for one on ``after``; a split holds from its morning on."""
        found = Fraction(1)
        for day, factor in self.factors:
            if after < day <= until:
                found *= factor
        return found

    def name(self, day: date) -> str:
        """What it was called on ``day``."""
        return [self.symbol, *(step.new for step in self.path if step.day <= day)][-1]


class Lineage:
    """What became of the securities of one account."""

    __slots__ = ("_known", "_splits", "_steps")

    def __init__(self, steps: Iterable[Step], splits: Splits) -> None:
        """In order of time; of one day mergers come before new names."""
        self._steps = sorted(steps, key=lambda one: (one.day, one.is_new_name, one.old))
        self._splits = splits
        self._known: dict[tuple[Symbol, tuple[Step, ...]], Descent] = {}

    def of(self, symbol: Symbol, since: date) -> Descent:
        """The descent of shares that were ``symbol`` when they came on ``since``."""
        path: list[Step] = []
        name = symbol
        for step in self._steps:
            if step.old == name and step.day > since:
                path.append(step)
                name = step.new
        asked = (symbol, tuple(path))
        if asked not in self._known:
            self._known[asked] = Descent(*asked, self._factors(*asked))
        return self._known[asked]

    def _factors(self, symbol: Symbol, path: tuple[Step, ...]) -> tuple[tuple[date, Fraction], ...]:
        """Splits of each name in its own time, and what a merger gave for a share, by day."""
        found: dict[date, Fraction] = {}
        start, name = date.min, symbol
        for step in (*path, None):
            end = date.max if step is None else step.day
            for split_of, day, ratio in self._splits.told:
                if split_of == name and start <= day <= end:
                    found[day] = found.get(day, Fraction(1)) * ratio
            if step is not None:
                found[step.day] = found.get(step.day, Fraction(1)) * step.ratio
                start, name = step.splits_from, step.new
        return tuple(sorted((day, ratio) for day, ratio in found.items() if ratio != 1))
