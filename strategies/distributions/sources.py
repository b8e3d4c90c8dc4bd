"""Where cash can come from, and what a dollar of it costs in the end.

Every source is told in two numbers a dollar: what is in hand today, and what that dollar would have
become by the horizon after all tax, discounted at its own return before tax, so that money without
any tax ahead of it is worth one. The present value of tax is the difference: tax now, less that of
later years which is spared. A Roth costs nothing now and spares nothing; a traditional account
costs the rate of today and spares that of the horizon; a lot costs the tax on its gain and spares
both the tax on that gain later and that on its dividends until then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.distributions.lots import Piece
from strategies.location import Asset, Payer, factors
from strategies.policy import TaxKind
from strategies.policy.taxpayer import Filing
from strategies.taxes.errors import BadTax, check
from strategies.taxes.netting import NOTHING, Carryover, year
from strategies.taxes.term import Term

ONE = Decimal(1)
CASH = Symbol("CASH")
EXPECTED = Asset(Symbol("*"), ONE, Decimal("0.06"), qualified=Decimal("0.015"))
"""What is taken of an asset of which nothing is told: 6 % a year, 1.5 % of it dividends."""

IDLE = Asset(CASH, ONE, Decimal("0.03"), ordinary=Decimal("0.03"))
"""Cash earns 3 % in interest."""


@dataclass(frozen=True, slots=True)
class Store:
    """Cash, or an account that pays out in dollars: ``amount`` in USD.

    ``required`` must be taken this year whatever is wanted. ``penalty`` is the additional tax on
    an early distribution (26 U.S.C. 72(t)), as a share. ``barred`` says why none is taken.
    """

    account: str
    kind: TaxKind
    amount: Decimal
    required: Decimal = ZERO
    penalty: Decimal = ZERO
    barred: str = ""

    def __post_init__(self) -> None:
        """Raise ``BadTax`` for amounts that cannot be."""
        for name in ("amount", "required", "penalty"):
            check(f"{self.account}: {name}", getattr(self, name), ZERO)
        if self.required > self.amount:
            what = f"{self.account}: {self.required} must be taken of {self.amount}"
            raise BadTax(what, "tell what the account is worth now")


@dataclass(frozen=True, slots=True)
class Brackets:
    """Ordinary rates for what is taken from traditional accounts.

    The first ``room`` dollars bear ``rate``; what is above bears ``above``, or is not taken where
    that is None: the owner's ceiling. Room is None for no ceiling at all.
    """

    rate: Decimal
    room: Decimal | None = None
    above: Decimal | None = None

    def __post_init__(self) -> None:
        """Raise ``BadTax`` where a rate falls with income, or is none."""
        check("the room below the ceiling", self.room or ZERO, ZERO)
        for rate in (self.rate, self.above or ZERO):
            check("the ordinary rate", rate, ZERO)
            if rate >= ONE:
                raise BadTax(f"the ordinary rate is {rate}", "0.24 is 24 %")
        if self.above is not None and self.above < self.rate:
            raise BadTax("the rate above the ceiling is the lower one", "rates rise with income")

    def tax(self, amount: Decimal) -> Decimal:
        """On ``amount`` taken; what must be taken without a rate above bears the first."""
        low = amount if self.room is None else min(amount, self.room)
        above = self.rate if self.above is None else self.above
        return low * self.rate + (amount - low) * above


@dataclass(frozen=True, slots=True)
class Wanted:
    """``amount`` USD in hand on ``day``, after the tax that raising it costs.

    ``short`` and ``long`` are this year's gains so far, ``brought`` the losses brought forward.
    ``expected`` are assets by symbol, ``whole`` says that only whole shares are sold.
    """

    amount: Decimal
    day: date
    payer: Payer
    brackets: Brackets
    short: Decimal = ZERO
    long: Decimal = ZERO
    brought: Carryover = NOTHING
    filing: Filing = Filing.SINGLE
    expected: Mapping[Symbol, Asset] = field(default_factory=dict)
    whole: bool = True

    def __post_init__(self) -> None:
        """Raise ``BadTax`` for an amount that cannot be."""
        check("the amount to raise", self.amount)
        if self.amount <= 0:
            raise BadTax(f"the amount to raise is {self.amount}", "it is above zero")

    @property
    def nets(self) -> tuple[Decimal, Decimal]:
        """Net short and long gain of the year before anything is sold."""
        return self.short - self.brought.short, self.long - self.brought.long

    @property
    def owed(self) -> Decimal:
        """Tax on gains that the year owes anyway; below zero where losses save some."""
        return year(*self.nets, filing=self.filing).tax(self.payer.rates)

    def asset(self, symbol: Symbol) -> Asset:
        """What is expected of ``symbol``."""
        default = IDLE if symbol == CASH else EXPECTED
        return self.expected.get(symbol, default)


@dataclass(frozen=True, slots=True)
class Tap:
    """A source as the program has it, in dollars taken: at most ``most``.

    ``hand`` is what a dollar leaves in hand before the tax on gains, ``worth`` its present value,
    ``short`` and ``long`` the gain that it realises. ``whose`` is the place of its lot or store.
    """

    whose: int
    most: Decimal
    hand: Decimal
    worth: Decimal
    short: Decimal = ZERO
    long: Decimal = ZERO
    is_lot: bool = False
    is_low: bool = False
    """Of a traditional account, below the ceiling."""


LAST = Decimal("1e-7")
"""Of sources that cost the same a Roth is the last: this much a dollar is added."""


def of_lots(pieces: Sequence[Piece], wanted: Wanted) -> tuple[Tap, ...]:
    """One for each lot that may be sold."""
    return tuple(
        _of_lot(n, piece, wanted)
        for n, piece in enumerate(pieces)
        if not unfit(piece) and piece.quantity > 0
    )


def unfit(piece: Piece) -> str:
    """Why a lot is not sold, or nothing."""
    if piece.unit_basis is None:
        return "its basis is not known: its tax is not either"
    return piece.barred


def present_value(piece: Piece, wanted: Wanted) -> Decimal:
    """What a dollar of the lot is worth with the tax of later years ahead of it."""
    asset, share = wanted.asset(piece.symbol), piece.unit_gain / piece.price
    grown = factors(asset, TaxKind.TAXABLE, wanted.payer).of(ONE, share)
    return grown / (ONE + asset.total) ** wanted.payer.years


def _of_lot(n: int, piece: Piece, wanted: Wanted) -> Tap:
    is_long, share = piece.term(wanted.day) is Term.LONG, piece.unit_gain / piece.price
    return Tap(
        whose=n,
        most=piece.value,
        hand=ONE,
        worth=present_value(piece, wanted),
        short=ZERO if is_long else share,
        long=share if is_long else ZERO,
        is_lot=True,
    )


def present_value_in(store: Store, wanted: Wanted) -> Decimal:
    """What a dollar in the store is worth with the tax of later years ahead of it."""
    if store.kind is TaxKind.TRADITIONAL:
        return ONE - wanted.payer.withdrawal
    if store.kind is not TaxKind.TAXABLE:
        return ONE
    asset = wanted.asset(CASH)
    grown = factors(asset, TaxKind.TAXABLE, wanted.payer).money
    return grown / (ONE + asset.total) ** wanted.payer.years


def of_stores(stores: Sequence[Store], wanted: Wanted, room: Decimal | None) -> tuple[Tap, ...]:
    """Of what is not required anyway: ``room`` is what is left below the ceiling."""
    return tuple(
        tap
        for n, store in enumerate(stores)
        if not store.barred and store.amount > store.required
        for tap in _of_store(n, store, wanted, room)
    )


def _of_store(n: int, store: Store, wanted: Wanted, room: Decimal | None) -> Iterator[Tap]:
    most, rates = store.amount - store.required, wanted.brackets
    worth = present_value_in(store, wanted)
    if store.kind is TaxKind.TAXABLE:
        yield Tap(n, most, ONE, worth)
    elif store.kind is TaxKind.TRADITIONAL:
        below = most if room is None else min(most, room)
        yield Tap(n, below, ONE - rates.rate - store.penalty, worth, is_low=True)
        if rates.above is not None and room is not None:
            yield Tap(n, most, ONE - rates.above - store.penalty, worth)
    else:
        yield Tap(n, most, ONE - store.penalty, worth + LAST)
