"""A household at one moment: its ledger, what is in the market, and what is not known well enough.

This is what every order is judged by before it leaves, and every plan before it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from strategies.washes.nouns import Household, Trade


@dataclass(frozen=True, slots=True)
class Home:
    """The household, and what is not sure about it.

    ``buys`` and ``sells`` are planned or in the market and not in the ledger yet. ``unsure`` says
    of a lot, (account, lot), why its basis or day is no fact; ``doubts`` are sentences for which no
    loss at all is taken: an account of which nothing is known.
    """

    ledger: Household
    buys: tuple[Trade, ...] = ()
    sells: tuple[Trade, ...] = ()
    unsure: Mapping[tuple[str, str], str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    may_leave: bool = True
    """Whether all of a name may be sold where no part of it may: nothing then replaces it."""
    undone: frozenset[str] = frozenset()
    """Symbols of which a plan is about to buy: who sells them in thought only buys less."""
