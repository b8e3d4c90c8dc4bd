"""How much of two funds is the same: the sum of the smaller weight of each name in both.

    overlap = sum over i of min(w_i, v_i)

which for weights that add up to one is one less the Active Share of the one against the other,
1 - (1/2) sum |w_i - v_i| (Cremers and Petajisto, How Active Is Your Fund Manager? A New Measure
That Predicts Performance, Review of Financial Studies 22(9), 2009, eq. 1). Where a file tells less
than all of a fund it is a lower bound.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from brokers.words import ZERO, Symbol

Holdings = Mapping[str, Decimal]
"""Weights of a fund by symbol, as shares of one, none below zero."""

Overlaps = tuple[tuple[Symbol, Symbol, Decimal], ...]
"""A name, what may stand for it, and their overlap from 0 to 1."""


def overlap(one: Holdings, other: Holdings) -> Decimal:
    """The share of both that is the same, from 0 to 1."""
    both = one.keys() & other.keys()
    return sum((min(one[name], other[name]) for name in both), ZERO)


def overlaps(
    listed: Iterable[tuple[Symbol, Iterable[Symbol]]], holdings: Mapping[str, Holdings]
) -> Overlaps:
    """Of each name with each of its substitutes, where what both hold is known."""
    return tuple(
        (symbol, other, overlap(holdings[symbol], holdings[other]))
        for symbol, others in listed
        for other in others
        if symbol in holdings and other in holdings
    )
