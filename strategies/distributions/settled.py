"""From dollars to shares and cents, and what is really in hand: in decimals, with no solver."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from brokers.words import ZERO
from strategies.distributions.lots import Piece
from strategies.distributions.sources import (
    Store,
    Tap,
    Wanted,
    present_value,
    present_value_in,
    unfit,
)
from strategies.policy import TaxKind
from strategies.taxes.netting import year
from strategies.taxes.term import Term

CENT = Decimal("0.01")
SHARE = Decimal(1)
FRACTION = Decimal("1e-6")
NOISE = Decimal("0.005")
"""Less than half a cent from a source is what the solver has rounded."""
DUST = Decimal("1e-4")
"""So much above a whole number of shares is, too."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Dollars of each tap, and how much cheaper any other way may be: ``gap`` USD at most."""

    amounts: tuple[float, ...]
    gap: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """``quantity`` of a lot, what it brings and what gain it realises."""

    piece: Piece
    quantity: Decimal
    proceeds: Decimal
    gain: Decimal
    term: Term


@dataclass(frozen=True, slots=True)
class Taken:
    """``amount`` USD out of a store, ``required`` of it in any case; the tax that it bears."""

    store: Store
    amount: Decimal
    required: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """A source that is not used whatever it costs, and why."""

    account: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Raised:
    """All of it, in USD: ``hand`` is what is left of ``gross`` after both taxes of this year.

    ``spared`` is the present value of later taxes that will not fall due, ``cost`` both taxes less
    that. ``gap``: before shares were rounded no way was cheaper by more.
    """

    sales: tuple[Sale, ...]
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]
    gross: Decimal
    tax_on_gains: Decimal
    tax_on_income: Decimal
    spared: Decimal
    gap: Decimal

    @property
    def hand(self) -> Decimal:
        """What is in hand."""
        return self.gross - self.tax_on_gains - self.tax_on_income

    @property
    def cost(self) -> Decimal:
        """Present value of all taxes that it changes; below zero where more is spared."""
        return self.tax_on_gains + self.tax_on_income - self.spared

    def gain(self, term: Term) -> Decimal:
        """Realised by the sales, of one term."""
        return sum((sale.gain for sale in self.sales if sale.term is term), ZERO)


def settled(
    pieces: Sequence[Piece],
    stores: Sequence[Store],
    wanted: Wanted,
    taps: Sequence[Tap],
    solved: Solved,
) -> Raised:
    """Shares and cents, rounded up."""
    used = [*zip(taps, solved.amounts, strict=True)]
    sales = tuple(
        sale
        for tap, amount in used
        if tap.is_lot
        for sale in _sale(pieces[tap.whose], Decimal(amount), wanted)
    )
    dollars = [store.required for store in stores]
    for tap, amount in used:
        if not tap.is_lot and amount > NOISE:
            exact = Decimal(amount).quantize(FRACTION).quantize(CENT, ROUND_UP)
            dollars[tap.whose] = min(stores[tap.whose].amount, dollars[tap.whose] + exact)
    taken = _taken(stores, dollars, wanted)
    gross = sum((one.proceeds for one in sales), ZERO) + sum((one.amount for one in taken), ZERO)
    return Raised(
        sales=sales,
        taken=taken,
        left=(*_left_lots(pieces), *_left_stores(stores)),
        gross=gross,
        tax_on_gains=_on_gains(sales, wanted),
        tax_on_income=sum((one.tax for one in taken), ZERO),
        spared=gross - _worth(sales, taken, wanted),
        gap=solved.gap,
    )


def _sale(piece: Piece, value: Decimal, wanted: Wanted) -> Iterator[Sale]:
    if value <= NOISE:
        return
    step = SHARE if wanted.whole else FRACTION
    wished = ((value - DUST) / piece.price).quantize(step, ROUND_UP)
    quantity = min(piece.quantity, wished)
    gain = quantity * piece.unit_gain
    yield Sale(piece, quantity, quantity * piece.price, gain, piece.term(wanted.day))


def _taken(
    stores: Sequence[Store], dollars: Sequence[Decimal], wanted: Wanted
) -> tuple[Taken, ...]:
    """Each with its part of the tax, which is of all of them together."""
    income = sum(
        (amount for store, amount in zip(stores, dollars, strict=True) if _is_income(store)), ZERO
    )
    rate = wanted.brackets.tax(income) / income if income else ZERO
    found = []
    for store, amount in zip(stores, dollars, strict=True):
        tax = amount * ((rate if _is_income(store) else ZERO) + store.penalty)
        if amount:
            found.append(Taken(store, amount, store.required, tax))
    return tuple(found)


def _is_income(store: Store) -> bool:
    return store.kind is TaxKind.TRADITIONAL


def _on_gains(sales: Sequence[Sale], wanted: Wanted) -> Decimal:
    """What the year owes more, as it is netted."""
    short, long = wanted.nets
    short += sum((sale.gain for sale in sales if sale.term is Term.SHORT), ZERO)
    long += sum((sale.gain for sale in sales if sale.term is Term.LONG), ZERO)
    owed = year(short, long, filing=wanted.filing).tax(wanted.payer.rates)
    return owed - wanted.owed


def _worth(sales: Sequence[Sale], taken: Sequence[Taken], wanted: Wanted) -> Decimal:
    """Present value of what is given up."""
    lots = (present_value(one.piece, wanted) * one.proceeds for one in sales)
    stores = (present_value_in(one.store, wanted) * one.amount for one in taken)
    return sum(lots, ZERO) + sum(stores, ZERO)


def _left_lots(pieces: Sequence[Piece]) -> Iterator[Left]:
    for piece in pieces:
        if why := unfit(piece):
            yield Left(piece.account, f"{piece.symbol} of {piece.held_since}", why)


def _left_stores(stores: Sequence[Store]) -> Iterator[Left]:
    for store in stores:
        if store.barred:
            yield Left(store.account, store.kind.value, store.barred)
