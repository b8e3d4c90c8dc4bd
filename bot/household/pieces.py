"""What each lot of an account came to: the pieces that were sold, and what is left of it.

Where a company moved basis (a spin-off, a return of capital, cash beside new shares) the pieces
of one lot cost differently by the day on which they were sold. The ledger knows one price for a
lot, so such a lot is told as several of one purchase, each at what its shares cost in the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_UP, Decimal
from fractions import Fraction

from bot.household.lineage import Descent
from brokers.words import ZERO
from strategies.lots import Ledger
from strategies.washes.nouns import Trade

LEAST = Decimal("1e-9")
SLACK = Fraction(1, 100_000)
"""Bases that differ by less, in dollars, differ by rounding."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Shares of a lot as of ``day``, sold then or still held; ``place`` is that of the sale.

    ``acquired`` is when the lot was.
    """

    quantity: Decimal
    basis: Decimal | None
    day: date
    acquired: date
    place: int | None


def pieces_of(plain: Ledger, today: date) -> Mapping[str, Sequence[Piece]]:
    """The pieces of each lot, those that were sold first."""
    found = defaultdict[str, list[Piece]](list)
    for place, one in enumerate(plain.realized):
        if one.quantity:
            found[one.lot_id].append(Piece(one.quantity, one.basis, one.sold, one.acquired, place))
    for held in plain.lots.values():
        for lot in held:
            found[lot.lot_id].append(Piece(lot.quantity, lot.cost, today, lot.acquired, None))
    return found


@dataclass(frozen=True, slots=True)
class Tranche:
    """Pieces of one lot at one price: ``share`` is the part of the lot that they were."""

    pieces: tuple[Piece, ...]
    share: Fraction

    @property
    def basis(self) -> Decimal:
        """What they cost; nothing where that is not known."""
        return sum((piece.basis or ZERO for piece in self.pieces), ZERO)

    @property
    def is_open(self) -> bool:
        """Whether some of it is still held."""
        return any(piece.place is None for piece in self.pieces)


def shares_in(
    pieces: Iterable[Piece], descent: Descent, since: date, quantity: Fraction
) -> list[Fraction]:
    """What part of a lot of ``quantity`` shares on ``since`` each piece was."""
    return [
        Fraction(piece.quantity) / descent.ratio(since, piece.day) / quantity for piece in pieces
    ]


def is_plain(pieces: Iterable[Piece], quantity: Decimal, cost: Decimal) -> bool:
    """Whether each piece of a lot that never was split has its part of the cost: the quick look."""
    return all(
        piece.basis is None or abs(piece.basis * quantity - cost * piece.quantity) <= LEAST
        for piece in pieces
    )


def is_touched(pieces: Sequence[Piece], shares: Sequence[Fraction], cost: Decimal) -> bool:
    """Whether a piece does not have the part of the lot's cost that its shares are."""
    for piece, share in zip(pieces, shares, strict=True):
        fair = Fraction(cost) * share
        if piece.basis is not None and abs(Fraction(piece.basis) - fair) > SLACK + fair / 10**9:
            return True
    return False


def tranches(pieces: Sequence[Piece], shares: Sequence[Fraction]) -> list[Tranche]:
    """The pieces in groups of one price, in their order."""
    found: list[Tranche] = []
    for piece, share in zip(pieces, shares, strict=True):
        if found and _is_alike(found[-1], piece, share):
            last = found[-1]
            found[-1] = Tranche((*last.pieces, piece), last.share + share)
        else:
            found.append(Tranche((piece,), share))
    return found


def _is_alike(tranche: Tranche, piece: Piece, share: Fraction) -> bool:
    fair = Fraction(tranche.basis) / tranche.share * share
    return abs(Fraction(piece.basis or ZERO) - fair) <= SLACK + fair / 10**9


def rounded(shares: Fraction) -> Decimal:
    """Up to nine places: a sale of all of it must find all of it."""
    exact = Decimal(shares.numerator) / Decimal(shares.denominator)
    return exact.quantize(LEAST, ROUND_UP).normalize() + ZERO


def told_apart(trade: Trade, parts: Sequence[Tranche]) -> list[Trade]:
    """A lot as one buy for each tranche; what is still held keeps the name of the lot."""
    order = trade.order or trade.lot
    rows: list[Trade] = []
    for number, part in enumerate(parts, start=1):
        rows.append(
            replace(
                trade,
                quantity=rounded(Fraction(trade.quantity) * part.share),
                price=ZERO,
                fee=part.basis,
                lot=trade.lot if part.is_open else f"{trade.lot}~{number}",
                order=order,
            )
        )
    return rows
