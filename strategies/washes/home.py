"""A household at one moment: its ledger, what is in the market, and what is not known well enough.

This is what every order is judged by before it leaves, and every plan before it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from strategies.washes.nouns import Household, Trade


@dataclass(frozen=True, slots=True)
class Unseen:
    """A taxable account that may have sold something at a loss that nobody here knows of.

    ``groups`` are those of identical securities that it held when it was last known; None for any.
    ``account`` is empty for one held elsewhere. ``own`` is what the account's own plans say of it.
    """

    account: str
    why: str
    groups: frozenset[str] | None = None
    own: str = ""

    def may_have_sold(self, group: str) -> bool:
        """Whether something of ``group`` may be among it."""
        return self.groups is None or group in self.groups

    @property
    def words(self) -> str:
        """Why nothing of these is bought, as the end of a sentence."""
        who = self.account or "an account held elsewhere"
        return f"{who} may have sold some at a loss: {self.why}"


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
    unseen: tuple[Unseen, ...] = ()
    """Accounts whose losses nobody knows; what they may have sold is bought by no other account."""
    outside: Mapping[str, str] = field(default_factory=dict)
    """Groups in which options, other contracts or short sales are open, with the sentence."""
    fund_gains: Mapping[tuple[str, str], tuple[tuple[date, Decimal], ...]] = field(
        default_factory=dict
    )
    """Capital gains that funds paid on a share, by account and symbol, with the day."""
    undone: frozenset[str] = frozenset()
    """Symbols of which a plan is about to buy: who sells them in thought only buys less."""
