"""A household as asset location sees it: one mix, its accounts, and who pays which tax."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from brokers.words import ZERO, Symbol
from strategies.policy import TaxKind
from strategies.taxes.errors import BadTax, check
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term

ONE = Decimal(1)
YEARS_MAX = 100
SLACK = Decimal("1e-6")
"""How far the weights of a mix may be from one; they are divided by their sum."""


class Weighting(StrEnum):
    """What a dollar in a traditional account counts in the household's mix."""

    AFTER_TAX = "after-tax"
    """Less the tax on its withdrawal: that part is the government's (Reichenstein and Meyer)."""
    PRE_TAX = "pre-tax"
    """As much as any other."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What an asset is expected to do in a year, as shares of its value.

    ``total`` is the whole return before tax. Of it ``ordinary`` is paid out as interest and other
    ordinary income, ``qualified`` as qualified dividends, ``short_gains`` and ``long_gains`` as
    gains that a fund distributes; the rest is growth of the price. ``turnover`` is the share of
    all unrealised gain that is realised each year, ``short_share`` of that short-term.
    """

    symbol: Symbol
    weight: Decimal
    total: Decimal
    ordinary: Decimal = ZERO
    qualified: Decimal = ZERO
    short_gains: Decimal = ZERO
    long_gains: Decimal = ZERO
    turnover: Decimal = ZERO
    short_share: Decimal = ZERO

    def __post_init__(self) -> None:
        """Raise ``BadTax`` where a share is none."""
        for name in ("weight", "ordinary", "qualified", "short_gains", "long_gains"):
            check(f"{self.symbol}: {name}", getattr(self, name), ZERO)
        for name in ("turnover", "short_share"):
            check(f"{self.symbol}: {name}", getattr(self, name), ZERO)
            if getattr(self, name) > ONE:
                raise BadTax(f"{self.symbol}: {name} is above 1", "it is a share: 0.05 is 5 %")
        check(f"{self.symbol}: the total return", self.total)
        if not -ONE < self.total < ONE or self.paid >= ONE:
            what = f"{self.symbol}: a return of {self.total} a year, {self.paid} of it paid out"
            raise BadTax(what, "both are annual shares: 0.05 is 5 %")

    @property
    def paid(self) -> Decimal:
        """What is paid out in a year."""
        return self.ordinary + self.qualified + self.short_gains + self.long_gains

    @property
    def growth(self) -> Decimal:
        """Growth of the price in a year; below zero where more is paid than earned."""
        return self.total - self.paid


@dataclass(frozen=True, slots=True)
class Payer:
    """Rates now and until the horizon, ``withdrawal`` on traditional accounts at the horizon.

    ``stepped_up``: at the horizon the taxable accounts are inherited or given, and their gains are
    never taxed (26 U.S.C. 1014(a)).
    """

    rates: Rates
    withdrawal: Decimal
    years: int
    stepped_up: bool = False

    def __post_init__(self) -> None:
        """Raise ``BadTax`` for a horizon or a rate that cannot be."""
        check("the rate on withdrawals", self.withdrawal, ZERO)
        if self.withdrawal >= ONE:
            raise BadTax(f"the rate on withdrawals is {self.withdrawal}", "0.24 is 24 %")
        if not 1 <= self.years <= YEARS_MAX:
            raise BadTax(f"a horizon of {self.years} years", f"it is from 1 to {YEARS_MAX}")

    def counts(self, kind: TaxKind, weighting: Weighting) -> Decimal:
        """What a dollar in an account of this ``kind`` counts in the mix."""
        is_shared = kind is TaxKind.TRADITIONAL and weighting is Weighting.AFTER_TAX
        return ONE - self.withdrawal if is_shared else ONE


@dataclass(frozen=True, slots=True)
class Position:
    """A lot that is held now: its ``value`` in USD, the gain in it, and its term if sold today."""

    symbol: Symbol
    value: Decimal
    gain: Decimal
    term: Term = Term.LONG
    lot: str = ""

    def tax(self, rates: Rates) -> Decimal:
        """Tax on selling all of it. A loss counts as nothing: what it is worth is not sure."""
        return max(ZERO, self.gain) * rates.of(self.term)


@dataclass(frozen=True, slots=True)
class Account:
    """An account and all that is in it, cash too: ``value`` in USD.

    ``positions`` matter where the account is taxable; elsewhere a trade costs no tax. ``menu`` is
    what may be held there, None for everything.
    """

    name: str
    kind: TaxKind
    value: Decimal
    positions: tuple[Position, ...] = ()
    menu: tuple[Symbol, ...] | None = None

    def may_hold(self, symbol: Symbol) -> bool:
        """Whether ``symbol`` may be bought here."""
        return self.menu is None or symbol in self.menu


@dataclass(frozen=True, slots=True)
class Home:
    """All of it. ``gains_max`` is the most gain to realise now in taxable accounts, in USD."""

    assets: tuple[Asset, ...]
    accounts: tuple[Account, ...]
    payer: Payer
    weighting: Weighting = Weighting.AFTER_TAX
    gains_max: Decimal | None = None

    def __post_init__(self) -> None:
        """Raise ``BadTax`` with the first thing that cannot be."""
        for what, remedy in _wrong(self):
            raise BadTax(what, remedy)

    def counts(self, account: Account) -> Decimal:
        """What a dollar in ``account`` counts in the mix."""
        return self.payer.counts(account.kind, self.weighting)

    @property
    def worth(self) -> Decimal:
        """All accounts as the mix counts them, today."""
        return sum((self.counts(one) * one.value for one in self.accounts), ZERO)


def _wrong(home: Home) -> Iterator[tuple[str, str]]:
    symbols = [asset.symbol for asset in home.assets]
    names = [account.name for account in home.accounts]
    if not home.assets or not home.accounts:
        yield "there is nothing to place", "name the assets with their weights, and the accounts"
    for twice in {name for name in [*symbols, *names] if [*symbols, *names].count(name) > 1}:
        yield f"{twice} is there twice", "name it once"
    total = sum((asset.weight for asset in home.assets), ZERO)
    if abs(total - ONE) > SLACK:
        yield f"the weights of the mix add up to {total}", "they add up to 1"
    if home.gains_max is not None:
        check("the most gain to realise", home.gains_max, ZERO)
    for account in home.accounts:
        yield from _wrong_account(account, symbols)
    if home.worth <= 0:
        yield "no account holds anything", "tell the value of each"


def _wrong_account(account: Account, symbols: list[Symbol]) -> Iterator[tuple[str, str]]:
    check(f"{account.name}: the value", account.value, ZERO)
    for position in account.positions:
        check(f"{account.name}: {position.symbol}: the value", position.value, ZERO)
        check(f"{account.name}: {position.symbol}: the gain", position.gain)
        if position.symbol not in symbols:
            what = f"{account.name} holds {position.symbol}, which is not in the mix"
            yield what, "give it a weight there: 0 sells it"
    held = sum((position.value for position in account.positions), ZERO)
    if held > account.value:
        yield f"{account.name} holds {held}, more than its value of {account.value}", "correct one"
    for symbol in account.menu or ():
        if symbol not in symbols:
            yield f"{account.name} may hold {symbol}, which is not in the mix", "leave it out"
