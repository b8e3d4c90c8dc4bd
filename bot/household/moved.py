"""Shares that left an account without a sale, and whether another account has them now.

Between two accounts of the household a transfer is no event: what was bought stays bought, on its
day and at its price, in whichever account it lies. What left for an account that nobody here tells
of is still the household's, and still replaces what was sold at a loss.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from brokers.words import ZERO, Symbol, Transfer
from strategies.lots import TRADE_ZONE

EARLY, LATE = timedelta(days=5), timedelta(days=30)
"""How long before and after the one account's word the other's may come."""


Moves = Mapping[str, Sequence[Transfer]]
"""Transfers by account."""


def stay(moves: Moves) -> frozenset[tuple[str, Symbol]]:
    """Accounts and symbols of which everything that left came to an account here, or came back."""
    found: set[tuple[str, Symbol]] = set()
    for account, transfers in moves.items():
        outs = [t for t in transfers if t.quantity < 0]
        for symbol in {out.symbol for out in outs}:
            if all(_arrived(out, moves) for out in outs if out.symbol == symbol):
                found.add((account, symbol))
    return frozenset(found)


def _arrived(out: Transfer, moves: Moves) -> bool:
    """Whether an account has just as many shares coming in about that time, in all lots."""
    return any(
        -out.quantity == sum((t.quantity for t in transfers if _meets(out, t)), ZERO)
        for transfers in moves.values()
    )


def _meets(out: Transfer, came: Transfer) -> bool:
    gap = came.time.astimezone(TRADE_ZONE).date() - out.time.astimezone(TRADE_ZONE).date()
    return came.symbol == out.symbol and came.quantity > 0 and -EARLY <= gap <= LATE
