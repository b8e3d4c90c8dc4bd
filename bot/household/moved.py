"""Shares that left an account without a sale: where they went, and how much of each lot it was.

Between two accounts of the household a transfer is no event: what was bought stays bought, on its
day and at its price, in whichever account it lies. What left for an account that nobody here tells
of is still the household's, and still replaces what was sold at a loss.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from brokers.words import ZERO, CorporateAction, Symbol, Transfer
from strategies.lots import TRADE_ZONE, Ledger
from strategies.washes.journal import SPLIT_DAYS
from strategies.washes.units import split_ratio

EARLY, LATE = timedelta(days=5), timedelta(days=30)
"""How long before and after the one account's word the other's may come."""

DUST = Fraction(1, 10**6)
"""Less than this of a share is what decimals have rounded."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A lot as it came into its account: ``quantity`` shares as of ``day``."""

    lot: str
    symbol: Symbol
    day: date
    quantity: Decimal


class Splits:
    """Every split that any account tells of, up to today."""

    def __init__(self, actions: Iterable[CorporateAction], today: date) -> None:
        """One split told by two accounts counts once; those to come do not count yet.

        Two brokers may book it some days apart: the first day holds.
        """
        kept: list[tuple[Symbol, date, Fraction]] = []
        for one in sorted(actions, key=lambda one: (one.symbol, one.effective)):
            told = (one.symbol, one.effective, split_ratio(one.ratio))
            if one.effective <= today and not any(_is_same(told, known) for known in kept):
                kept.append(told)
        self.told = tuple(kept)

    def ratio(self, symbol: str, after: date, until: date) -> Fraction:
        """Shares on ``until`` for one on ``after``; a split holds from its morning on."""
        found = Fraction(1)
        for name, effective, ratio in self.told:
            if name == symbol and after < effective <= until:
                found *= ratio
        return found


def _is_same(one: tuple[Symbol, date, Fraction], other: tuple[Symbol, date, Fraction]) -> bool:
    days = abs((one[1] - other[1]).days)
    return (one[0], one[2]) == (other[0], other[2]) and days <= SPLIT_DAYS


def departed(
    opened: Iterable[Opened], ledger: Ledger, splits: Splits, today: date
) -> Mapping[str, Fraction]:
    """Shares of each lot that left without a sale, as of the day on which it came."""
    gone = defaultdict[str, Fraction](Fraction)
    for sold in ledger.realized:
        gone[sold.lot_id] += Fraction(sold.quantity) * splits.ratio(sold.symbol, sold.sold, today)
    for held in ledger.lots.values():
        for lot in held:
            gone[lot.lot_id] += Fraction(lot.quantity)
    found: dict[str, Fraction] = {}
    for one in opened:
        ratio = splits.ratio(one.symbol, one.day, today)
        left = Fraction(one.quantity) - gone[one.lot] / ratio
        if left > DUST:
            found[one.lot] = left
    return found


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
