"""The household from the book and from a file: accounts, what they hold, and who pays the tax."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from bot.cli.exits import WrongUse
from bot.cli.household.told import Told, ToldAccount
from brokers.words import ZERO, Symbol
from strategies.distributions.lots import Piece
from strategies.location import Payer
from strategies.policy import TaxKind
from strategies.taxes.rates import Rates

WINDOW = timedelta(days=30)
"""26 U.S.C. 1091(a)."""

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Member:
    """An account: its lots, its cash, and all that is told of it beside."""

    name: str
    kind: TaxKind
    pieces: tuple[Piece, ...]
    cash: Decimal
    told: ToldAccount

    @property
    def value(self) -> Decimal:
        """What it is worth, to the cent."""
        held = sum((piece.value for piece in self.pieces), ZERO)
        return (held + self.cash).quantize(CENT)


@dataclass(frozen=True, slots=True)
class Household:
    """Everything that a verb of this room may know. ``told`` has what the file says beside."""

    told: Told
    members: tuple[Member, ...]
    rates: Rates | None
    today: date
    notes: tuple[str, ...] = ()

    def payer(self, years: int | None = None) -> Payer:
        """Who pays, until the horizon; ``WrongUse`` where no rates are told."""
        if self.rates is None:
            remedy = "write them into [rates] of the file (docs/household.md)"
            raise WrongUse("no tax rates are told", remedy)
        told, rates = self.told, self.rates
        later = rates.ordinary if told.withdrawal is None else told.withdrawal
        return Payer(rates, later, told.years if years is None else years, told.stepped_up)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Lots of the taxable accounts, those barred whose loss the rule would take."""
        every = [piece for member in self.members for piece in member.pieces]
        taxable = [m for m in self.members if m.kind is TaxKind.TAXABLE]
        return tuple(
            _checked(piece, every, self.today) for member in taxable for piece in member.pieces
        )


def _checked(piece: Piece, every: Sequence[Piece], today: date) -> Piece:
    """Barred where it stands at a loss and the same was bought in the last 30 days elsewhere."""
    if piece.barred or piece.unit_basis is None or piece.unit_gain >= 0:
        return piece
    for other in every:
        is_same = (other.account, other.lot) == (piece.account, piece.lot)
        if other.symbol == piece.symbol and not is_same and other.held_since >= today - WINDOW:
            bought = f"{other.symbol} bought in {other.account} on {other.held_since}"
            return replace(piece, barred=f"{bought} would take its loss away (26 U.S.C. 1091)")
    return piece


def from_file(told: Told, today: date) -> Household:
    """The household of the file alone."""
    members = tuple(member(account, told, ()) for account in told.accounts)
    notes = ("no book is read: of trades only the lots of the file are known",)
    return Household(told, members, told.rates, today, notes)


def member(told: ToldAccount, file: Told, booked: tuple[Piece, ...]) -> Member:
    """An account of the file, with the lots that the book has of it, if it has any."""
    if told.kind is None:
        raise WrongUse(f"accounts.{told.name}: its kind is missing", 'write kind = "taxable"')
    if told.lots and booked:
        what = f"accounts.{told.name}: lots are told, and the book has them too"
        raise WrongUse(what, "leave them out of the file")
    pieces = booked or tuple(_pieces(told, file))
    held = sum((piece.value for piece in pieces), ZERO)
    cash = told.cash
    if told.value is not None:
        cash = told.value - held
        if cash < 0:
            what = f"accounts.{told.name}: worth {told.value}, and its lots are worth {held}"
            raise WrongUse(what, "correct the value, the lots or the prices")
    return Member(told.name, told.kind, pieces, cash or ZERO, told)


def _pieces(told: ToldAccount, file: Told) -> Iterator[Piece]:
    for lot in told.lots:
        yield Piece(
            account=told.name,
            symbol=lot.symbol,
            lot=lot.lot,
            quantity=lot.quantity,
            price=_price(lot.symbol, file),
            unit_basis=lot.unit_basis,
            held_since=lot.acquired,
        )


def _price(symbol: Symbol, file: Told) -> Decimal:
    if symbol not in file.prices:
        raise WrongUse(f"the price of {symbol} is missing", f"write {symbol} = 123.45 in [prices]")
    return file.prices[symbol]
