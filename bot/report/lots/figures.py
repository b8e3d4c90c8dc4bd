"""Open lots in plain rows, as ``trimtab lots --json`` prints them.

Two bases stand side by side: ``basis`` as the account has it by itself, what its purchase cost; and
``adjusted``, with the losses that wash sales in any account of the household moved into it. The
difference is ``washed``, code W on a broker's 1099-B as far as the broker could see it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from brokers.words import ZERO, Environment, Relief
from strategies.lots import Ledger, Lot, first_long_day, is_long_term
from strategies.washes.nouns import Household, OpenLot

Term = Literal["short", "long"]
SLACK = Decimal("1e-6")
"""Bases, and shares, that differ by less differ by rounding only."""

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Seen:
    """The last price that the book knows of a name: of a share, in USD."""

    price: Decimal
    day: date
    source: Literal["fill", "plan", "close"]


@dataclass(frozen=True, slots=True)
class LotRow:
    """A piece of a lot, of equal basis a share and holding period.

    ``held_since`` is ``acquired`` less the days that moved in with a loss; ``days_to_long`` is 0
    where a sale is long-term already. Bases are null where they are not known, and with them the
    gain; what the price has to do with is null where the book knows none.
    """

    account: str
    symbol: str
    lot: str
    quantity: Decimal
    acquired: date
    held_since: date
    term: Term
    long_from: date
    days_to_long: int
    basis: Decimal | None
    washed: Decimal
    adjusted: Decimal | None
    price: Decimal | None
    value: Decimal | None
    gain: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Where the price of a name comes from: at a close, in a plan, or paid in a fill."""

    symbol: str
    price: Decimal
    seen: date
    source: Literal["fill", "plan", "close"]


@dataclass(frozen=True, slots=True)
class AccountLots:
    """An account's lots, and their sums over names with a price.

    ``unknown`` is the worth of lots of unknown basis: they are in ``value``, and in no gain.
    """

    account: str
    kind: str
    environment: Environment
    relief: Relief
    lots: int
    basis: Decimal
    washed: Decimal
    value: Decimal
    short: Decimal
    long: Decimal
    unknown: Decimal


@dataclass(frozen=True, slots=True)
class LotsDocument:
    """The open lots of each account in the order of the config, as of ``today``."""

    today: date
    accounts: tuple[AccountLots, ...]
    lots: tuple[LotRow, ...]
    prices: tuple[PriceRow, ...]
    unpriced: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """An account whose lots are asked for."""

    account: str
    kind: str
    environment: Environment
    relief: Relief


@dataclass(frozen=True, slots=True)
class Basis:
    """What the lots are told from: the household's ledger, and each account's own."""

    household: Household
    plain: Mapping[str, Ledger]
    unknown: frozenset[tuple[str, str]]


def lots_document(
    owned: Sequence[Owned],
    basis: Basis,
    prices: Mapping[str, Seen],
    today: date,
    notes: Iterable[str],
) -> LotsDocument:
    """All of it; ``prices`` by symbol."""
    costs = {
        (account, lot.lot_id.replace(";", ",")): lot
        for account, ledger in basis.plain.items()
        for lots in ledger.lots.values()
        for lot in lots
    }
    names = [one.account for one in owned]
    rows = tuple(
        _row(lot, costs.get((lot.account, lot.lot)), basis, prices.get(lot.symbol), today)
        for lot in sorted(basis.household.open_lots, key=lambda lot: lot.symbol)
        if lot.account in names and (lot.quantity >= SLACK or (lot.account, lot.lot) in costs)
    )
    symbols = sorted({row.symbol for row in rows})
    return LotsDocument(
        today=today,
        accounts=tuple(_sums(one, [r for r in rows if r.account == one.account]) for one in owned),
        lots=tuple(sorted(rows, key=lambda row: names.index(row.account))),
        prices=tuple(_price(s, prices[s]) for s in symbols if s in prices),
        unpriced=tuple(s for s in symbols if s not in prices),
        notes=(*notes, *_differing(names, basis)),
    )


def joined(documents: Sequence[LotsDocument]) -> LotsDocument:
    """The lots of several households, which are of one day, as one document."""
    first, *others = documents
    if not others:
        return first
    prices = {row.symbol: row for each in documents for row in each.prices}
    unpriced = {symbol for each in documents for symbol in each.unpriced}
    return LotsDocument(
        today=first.today,
        accounts=tuple(row for each in documents for row in each.accounts),
        lots=tuple(row for each in documents for row in each.lots),
        prices=tuple(prices[symbol] for symbol in sorted(prices)),
        unpriced=tuple(sorted(unpriced)),
        notes=tuple(dict.fromkeys(note for each in documents for note in each.notes)),
    )


def _price(symbol: str, seen: Seen) -> PriceRow:
    return PriceRow(symbol, seen.price, seen.day, seen.source)


def _row(lot: OpenLot, plain: Lot | None, basis: Basis, seen: Seen | None, today: date) -> LotRow:
    is_unknown = (lot.account, lot.lot) in basis.unknown
    washed = _washed(lot, plain)
    value = None if seen is None else lot.quantity * seen.price
    first = first_long_day(lot.held_since)
    return LotRow(
        account=lot.account,
        symbol=lot.symbol,
        lot=lot.lot,
        quantity=lot.quantity,
        acquired=lot.acquired,
        held_since=lot.held_since,
        term="long" if is_long_term(lot.held_since, today) else "short",
        long_from=first,
        days_to_long=max(0, (first - today).days),
        basis=None if is_unknown else lot.basis - washed,
        washed=washed,
        adjusted=None if is_unknown else lot.basis,
        price=seen.price if seen else None,
        value=value,
        gain=None if is_unknown or value is None else value - lot.basis,
    )


def _washed(lot: OpenLot, plain: Lot | None) -> Decimal:
    """What the household's ledger put on top of what the shares cost."""
    cost = plain.unit_cost if plain is not None and plain.unit_cost is not None else ZERO
    over = lot.basis - cost * lot.quantity
    return over.quantize(SLACK).normalize() + NOTHING if abs(over) >= SLACK else NOTHING


def _sums(one: Owned, rows: Sequence[LotRow]) -> AccountLots:
    return AccountLots(
        account=one.account,
        kind=one.kind,
        environment=one.environment,
        relief=one.relief,
        lots=len(rows),
        basis=_sum(row.basis for row in rows),
        washed=_sum(row.washed for row in rows),
        value=_sum(row.value for row in rows),
        short=_sum(row.gain for row in rows if row.term == "short"),
        long=_sum(row.gain for row in rows if row.term == "long"),
        unknown=_sum(row.value for row in rows if row.adjusted is None),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), NOTHING)


def _differing(names: Iterable[str], basis: Basis) -> Iterable[str]:
    """Where the household's ledger has other shares than the account by itself."""
    for account in names:
        held: dict[str, Decimal] = {}
        for lot in basis.household.open_lots:
            if lot.account == account:
                held[lot.symbol] = held.get(lot.symbol, ZERO) + lot.quantity
        plain = basis.plain[account]
        ours = {str(symbol): plain.quantity(symbol) for symbol in plain.lots}
        for symbol in sorted(held.keys() | ours.keys()):
            here, there = ours.get(symbol, ZERO), held.get(symbol, ZERO)
            if abs(here - there) >= SLACK:
                yield (
                    f"{account}: {here:f} {symbol} by its own book, {there:f} in the ledger of all "
                    "accounts: see the splits that they tell"
                )
