"""The splits that any account tells of, each once."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from brokers.words import Split, Symbol
from strategies.washes.journal import SPLIT_DAYS
from strategies.washes.units import split_ratio


class Splits:
    """Every split that any account tells of, up to today."""

    def __init__(self, actions: Iterable[Split], today: date) -> None:
        """One split told by two accounts counts once; those to come do not count yet.

        Two brokers may book it some days apart: the first day holds.
        """
        kept: list[tuple[Symbol, date, Fraction]] = []
        for one in sorted(actions, key=lambda one: (one.symbol, one.effective)):
            told = (one.symbol, one.effective, split_ratio(one.ratio))
            if one.effective <= today and not any(_is_same(told, known) for known in kept):
                kept.append(told)
        self.told = tuple(kept)


def _is_same(one: tuple[Symbol, date, Fraction], other: tuple[Symbol, date, Fraction]) -> bool:
    days = abs((one[1] - other[1]).days)
    return (one[0], one[2]) == (other[0], other[2]) and days <= SPLIT_DAYS
