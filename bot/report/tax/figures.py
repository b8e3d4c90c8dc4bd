"""A household's sales and lots in plain rows, as ``trimtab tax --json`` prints them.

Money in dollars, exact; shares to nine places as of the day of the sale, those of open lots as of
now. ``held_since`` counts the days that moved here with a loss.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal

from bot.report.tax.if_sold import IfSold
from bot.report.tax.year import Estimated, ScheduleD
from brokers.words import Environment, Relief
from strategies.taxes.funds import by_character
from strategies.washes.nouns import Disposal, Household, OpenLot
from strategies.washes.queries import locks
from strategies.washes.totals import Totals, totals

Term = Literal["short", "long"]


@dataclass(frozen=True, slots=True)
class DisposalRow:
    """A piece of a lot that was sold. ``gain`` is before disallowance, a loss is negative.

    ``disallowed`` counts every loss that the rule takes away, ``permanently_lost`` the part of it
    that no basis receives; ``recognised`` is what counts for the tax.
    """

    lot: str
    account: str
    symbol: str
    quantity: Decimal
    acquired: date
    held_since: date
    sold: date
    proceeds: Decimal
    basis: Decimal
    gain: Decimal
    disallowed: Decimal
    permanently_lost: Decimal
    recognised: Decimal
    term: Term


@dataclass(frozen=True, slots=True)
class OpenLotRow:
    """A piece of a lot that is held, its basis with the losses that moved into it."""

    lot: str
    account: str
    symbol: str
    quantity: Decimal
    basis: Decimal
    held_since: date


@dataclass(frozen=True, slots=True)
class WashRow:
    """A loss and the lot that took it: ``quantity`` shares of ``lot`` were replaced by it."""

    lot: str
    account: str
    symbol: str
    sold: date
    quantity: Decimal
    loss: Decimal
    replaced_by: str
    replaced_in: str
    acquired: date
    is_permanently_lost: bool


@dataclass(frozen=True, slots=True)
class LockRow:
    """A loss that a buy of its group, in any account, would take away up to ``until``."""

    group: str
    symbol: str
    account: str
    sold: date
    until: date
    quantity: Decimal
    loss: Decimal


@dataclass(frozen=True, slots=True)
class UnknownSale:
    """A sale of shares whose basis nobody told: neither a gain nor a loss."""

    lot: str
    account: str
    kind: str
    symbol: str
    quantity: Decimal
    sold: date
    proceeds: Decimal


@dataclass(frozen=True, slots=True)
class UnknownLot:
    """Shares that are held, and whose basis nobody told."""

    lot: str
    account: str
    kind: str
    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class UnknownBasis:
    """What stands apart from all other figures, because its basis is not known."""

    disposals: tuple[UnknownSale, ...] = ()
    open_lots: tuple[UnknownLot, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account that the ledger goes over. ``environment`` is null where a file tells of it."""

    account: str
    kind: str
    environment: Environment | None


@dataclass(frozen=True, slots=True)
class TaxStatement:
    """What was sold, what of its losses counts, and what is held.

    ``disposals`` are those of taxable accounts, of ``year`` where one is asked for; ``sheltered``
    are those inside an IRA, Roth, HSA or 401(k): nothing is realised there. ``notes`` tell what
    was done about rows that repeat one another. ``schedule_d`` is there where a year is asked for,
    ``if_sold`` where the book was asked, ``estimated`` where the tax of the year was told.
    """

    relief: Relief
    year: int | None
    today: date
    disposals: tuple[DisposalRow, ...]
    open_lots: tuple[OpenLotRow, ...]
    totals: Totals
    washes: tuple[WashRow, ...]
    locks: tuple[LockRow, ...]
    sheltered: tuple[DisposalRow, ...]
    notes: tuple[str, ...]
    accounts: tuple[AccountRow, ...] = ()
    unknown: UnknownBasis = UnknownBasis()
    schedule_d: ScheduleD | None = None
    if_sold: IfSold | None = None
    estimated: Estimated | None = None


def statement(
    household: Household,
    relief: Relief,
    today: date,
    year: int | None,
    notes: Iterable[str],
    unknown: frozenset[tuple[str, str]] = frozenset(),
) -> TaxStatement:
    """``household`` in rows; of its sales those of ``year``, or all.

    ``unknown`` are (account, lot) of unknown basis; their rows stand apart.
    """
    sold = [one for one in household.disposals if year in {None, one.sold.year}]
    sheltered = [one for one in household.sheltered if year in {None, one.sold.year}]
    apart = [one for one in (*sold, *sheltered) if (one.account, one.lot) in unknown]
    sold = [one for one in sold if (one.account, one.lot) not in unknown]
    sheltered = [one for one in sheltered if (one.account, one.lot) not in unknown]
    moved = [_of_a_fund(one) for one in sold if one.as_long]
    sold = [row for one in sold for row in by_character(one)]
    held = household.open_lots
    lost = [one for one in held if (one.account, one.lot) in unknown]
    return TaxStatement(
        relief=relief,
        year=year,
        today=today,
        disposals=tuple(map(_disposal, sold)),
        open_lots=tuple(_open_lot(one) for one in held if (one.account, one.lot) not in unknown),
        totals=totals(sold),
        washes=tuple(row for one in sold for row in _washes(one)),
        locks=tuple(_locks(household, today)),
        sheltered=tuple(map(_disposal, sheltered)),
        notes=(*notes, *moved),
        unknown=UnknownBasis(tuple(map(_unknown_sale, apart)), tuple(map(_unknown_lot, lost))),
    )


def _of_a_fund(one: Disposal) -> str:
    return (
        f"{one.account}: {one.as_long:.2f} USD of the loss on {one.symbol} sold on {one.sold} are"
        " long-term: held for six months or less, and the fund paid as much capital gains on it"
        " (26 U.S.C. 852(b)(4)(A))"
    )


def _unknown_sale(one: Disposal) -> UnknownSale:
    return UnknownSale(**{field.name: getattr(one, field.name) for field in fields(UnknownSale)})


def _unknown_lot(one: OpenLot) -> UnknownLot:
    return UnknownLot(**{field.name: getattr(one, field.name) for field in fields(UnknownLot)})


def _disposal(one: Disposal) -> DisposalRow:
    return DisposalRow(**{field.name: getattr(one, field.name) for field in fields(DisposalRow)})


def _open_lot(one: OpenLot) -> OpenLotRow:
    return OpenLotRow(**{field.name: getattr(one, field.name) for field in fields(OpenLotRow)})


def _washes(one: Disposal) -> Iterator[WashRow]:
    for move in one.moves:
        yield WashRow(
            lot=one.lot,
            account=one.account,
            symbol=one.symbol,
            sold=one.sold,
            quantity=move.quantity,
            loss=move.loss,
            replaced_by=move.lot,
            replaced_in=move.account,
            acquired=move.acquired,
            is_permanently_lost=move.is_lost,
        )


def _locks(household: Household, today: date) -> Iterator[LockRow]:
    for locked in locks(household, today):
        for lock in locked.locks:
            yield LockRow(
                group=locked.group,
                symbol=lock.symbol,
                account=lock.account,
                sold=lock.sold,
                until=lock.until,
                quantity=lock.quantity,
                loss=lock.loss,
            )
