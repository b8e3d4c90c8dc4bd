"""From the ledger's whole numbers to its nouns: pieces of equal basis and holding period in one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from strategies.lots import is_long_term
from strategies.washes.nouns import Disposal, Moved, OpenLot
from strategies.washes.pieces import LAST, Lot, Part, Sold
from strategies.washes.units import day_of, dollars, shares

Piece = TypeVar("Piece", Sold, Part)

SLACK = 1000
"""Bases that differ by less than a billionth of a dollar differ by rounding only."""


def disposals(sold: Iterable[Sold]) -> tuple[Disposal, ...]:
    """What was sold, by day of the sale, then order of purchase."""

    def by_sale(piece: Sold) -> tuple[int, ...]:
        return piece.sale.day, piece.lot.place, piece.sale.place, piece.part.held

    ordered = sorted(sold, key=by_sale)
    groups = (some for _, some in groupby(ordered, by_sale))
    return tuple(_disposal(alike) for some in groups for alike in _alike(some, lambda s: s.part))


def open_lots(lots: Iterable[Lot]) -> tuple[OpenLot, ...]:
    """What is still held, in order of purchase."""
    return tuple(
        _open_lot(lot, alike)
        for lot in lots
        for _, some in groupby(sorted(lot.held(), key=lambda p: p.held), lambda p: p.held)
        for alike in _alike(some, lambda part: part)
    )


def _alike(pieces: Iterable[Piece], part: Callable[[Piece], Part]) -> Iterator[Sequence[Piece]]:
    """Pieces of one lot, held equally long, that also have the same basis a share."""

    def unit_basis(piece: Piece) -> float:
        return part(piece).basis / part(piece).quantity

    every: list[Piece] = list(pieces)
    if len(every) == 1:
        yield every
        return
    alike: list[Piece] = []
    for piece in sorted(every, key=unit_basis):
        if alike and not _same_basis(part(alike[-1]), part(piece)):
            yield alike
            alike = []
        alike.append(piece)
    if alike:
        yield alike


def _same_basis(one: Part, other: Part) -> bool:
    apart = abs(one.basis * other.quantity - other.basis * one.quantity)
    return apart <= SLACK * (one.quantity + other.quantity)


def _disposal(alike: Sequence[Sold]) -> Disposal:
    first = alike[0]
    lot, day = first.lot, first.sale.day
    proceeds = sum(piece.proceeds for piece in alike)
    basis = sum(piece.part.basis for piece in alike)
    disallowed = sum(piece.disallowed for piece in alike)
    recognised = proceeds - basis + disallowed if lot.is_taxable else 0
    size = lot.scale.per_share(day)
    held, sold = day_of(first.part.held), day_of(day)
    return Disposal(
        lot=lot.name,
        account=lot.account,
        kind=lot.kind,
        symbol=lot.symbol,
        quantity=shares(sum(piece.part.quantity for piece in alike), size),
        acquired=day_of(lot.day),
        held_since=held,
        sold=sold,
        proceeds=dollars(proceeds),
        basis=dollars(basis),
        gain=dollars(proceeds - basis),
        disallowed=dollars(disallowed),
        permanently_lost=dollars(sum(piece.lost for piece in alike)),
        recognised=dollars(recognised),
        term="long" if is_long_term(held, sold) else "short",
        unreplaced=shares(sum(piece.rest for piece in alike), size),
        moves=_moves(alike, size),
    )


def _moves(alike: Iterable[Sold], size: int) -> tuple[Moved, ...]:
    """Where the losses went, a row for each lot."""
    gone: dict[Lot, tuple[int, int]] = {}
    for lot, units, money in (move for piece in alike for move in piece.moves):
        before, moved = gone.get(lot, (0, 0))
        gone[lot] = before + units, moved + money
    return tuple(
        Moved(
            lot=lot.name,
            account=lot.account,
            symbol=lot.symbol,
            acquired=day_of(lot.day),
            quantity=shares(units, size),
            loss=dollars(money),
            is_lost=not lot.is_taxable,
        )
        for lot, (units, money) in sorted(gone.items(), key=lambda row: row[0].place)
    )


def _open_lot(lot: Lot, alike: Sequence[Part]) -> OpenLot:
    free = sum(part.quantity for part in alike if part.turn == LAST)
    return OpenLot(
        lot=lot.name,
        account=lot.account,
        kind=lot.kind,
        symbol=lot.symbol,
        quantity=shares(sum(part.quantity for part in alike), lot.scale.unit),
        basis=dollars(sum(part.basis for part in alike)),
        held_since=day_of(alike[0].held),
        acquired=day_of(lot.day),
        purchase=lot.purchase,
        free=shares(free, lot.scale.unit),
    )
