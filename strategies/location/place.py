"""Where each asset goes, what that is worth, and the proof of it.

Two programs are solved: the household as one, and every account with the whole mix by itself. The
answer is settled to the cent and valued again in decimals; what the certificate still leaves open
is told in dollars.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal
from fractions import Fraction

from brokers.words import ZERO, Symbol
from strategies.location.nouns import ONE, Account, Home
from strategies.location.program import Answer, solve
from strategies.location.rows import Cell, cells, program, shares
from strategies.policy import TaxKind
from strategies.taxes.errors import BadTax

CENT = Decimal("0.01")
FINE = Decimal("1e-12")
"""Weights of an account are told to so many places, and add up to one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One asset in one account: USD today and then, its share of what the account invests."""

    symbol: Symbol
    before: Decimal
    after: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Sold:
    """Of a lot ``value`` USD are sold, which realises ``gain``."""

    symbol: Symbol
    lot: str
    value: Decimal
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """One account: what it holds then, and the tax of getting there."""

    account: str
    kind: TaxKind
    value: Decimal
    tax: Decimal
    lines: tuple[Line, ...]
    sold: tuple[Sold, ...]

    @property
    def weights(self) -> Mapping[Symbol, Decimal]:
        """As a target takes them, names of no weight left out."""
        return {line.symbol: line.weight for line in self.lines if line.weight}


@dataclass(frozen=True, slots=True)
class Placed:
    """All accounts. Money at the horizon is after all tax, in the dollars of then.

    ``separate`` is what the accounts become that each hold the mix; None where a menu forbids it.
    ``gap`` is what no placement can do better by, ``off`` how far the mix is missed by rounding to
    the cent, as a share of all.
    """

    parts: tuple[Part, ...]
    mix: Mapping[Symbol, Decimal]
    worth: Decimal
    terminal: Decimal
    separate: Decimal | None
    gap: Decimal
    off: Decimal
    years: int

    @property
    def gained(self) -> Decimal | None:
        """At the horizon, over accounts that each hold the mix."""
        return None if self.separate is None else self.terminal - self.separate

    @property
    def yearly(self) -> Decimal | None:
        """The same as a rate a year: the difference of both growth rates."""
        if self.separate is None:
            return None
        root = ONE / self.years
        return (self.terminal / self.worth) ** root - (self.separate / self.worth) ** root

    @property
    def tax(self) -> Decimal:
        """Of all sales now."""
        return sum((part.tax for part in self.parts), ZERO)


def place(home: Home) -> Placed:
    """The placement with most after-tax wealth at the horizon.

    Raises ``BadTax`` where no placement has the mix within the menus and the gains allowed.
    """
    variables = cells(home)
    found = solve(program(home, variables))
    if found is None:
        raise _impossible(home)
    parts = tuple(_settled(home, variables, found))
    alone = solve(program(home, variables, separate=True))
    terminal = sum((value for _, value, _ in parts), ZERO)
    told = tuple(part for part, _, _ in parts)
    return Placed(
        parts=told,
        mix={Symbol(symbol): share for symbol, share in shares(home).items()},
        worth=home.worth,
        terminal=terminal.quantize(CENT, ROUND_HALF_EVEN),
        separate=None if alone is None else _value(alone, variables),
        gap=_dollars(max(Fraction(0), found.bound - Fraction(terminal))),
        off=_off(home, [amounts for _, _, amounts in parts]),
        years=home.payer.years,
    )


def _impossible(home: Home) -> BadTax:
    menus = [one.name for one in home.accounts if one.menu is not None]
    asked = f"the menu of {', '.join(menus)}" if menus else "the accounts"
    if home.gains_max is not None:
        asked += f" and gains of at most {home.gains_max}"
    return BadTax(
        f"no placement has the mix within {asked}",
        "widen the menus, allow more gains, or change the weights",
    )


def _value(answer: Answer, variables: Sequence[Cell]) -> Decimal:
    """What the solver's own x is worth."""
    pairs = zip(answer.x, variables, strict=True)
    return sum((Decimal(x) * cell.worth for x, cell in pairs), ZERO).quantize(CENT)


def _dollars(amount: Fraction) -> Decimal:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize(CENT, ROUND_UP)


Amounts = Mapping[Symbol, Decimal]


def _settled(
    home: Home, variables: Sequence[Cell], found: Answer
) -> Iterator[tuple[Part, Decimal, Amounts]]:
    """Each account to the cent, its worth at the horizon, and its amounts as the mix counts."""
    for account in home.accounts:
        own = [
            (cell, min(max(Decimal(x).quantize(CENT), ZERO), cell.most))
            for x, cell in zip(found.x, variables, strict=True)
            if cell.account is account
        ]
        tax = _tax(own)
        exact = _filled(own, account.value - tax)
        value = sum((amount * cell.worth for cell, amount in exact), ZERO)
        part = _part(home, account, exact, tax)
        counts = home.counts(account)
        yield part, value, {line.symbol: line.after * counts for line in part.lines}


def _tax(own: Sequence[tuple[Cell, Decimal]]) -> Decimal:
    due = sum((cell.tax * (cell.held - amount) for cell, amount in own), ZERO)
    return due.quantize(CENT, ROUND_UP)


def _filled(own: list[tuple[Cell, Decimal]], room: Decimal) -> list[tuple[Cell, Decimal]]:
    """Amounts that add up to ``room``: what rounding left goes to the largest purchase."""
    if not own:
        return own
    left = room - sum((amount for _, amount in own), ZERO)
    bought = [n for n, (cell, _) in enumerate(own) if cell.position is None]
    place = max(bought or range(len(own)), key=lambda n: own[n][1])
    cell, amount = own[place]
    return [*own[:place], (cell, max(ZERO, amount + left)), *own[place + 1 :]]


def _part(home: Home, account: Account, own: Sequence[tuple[Cell, Decimal]], tax: Decimal) -> Part:
    after = {asset.symbol: ZERO for asset in home.assets}
    for cell, amount in own:
        after[cell.asset.symbol] += amount
    before = {asset.symbol: ZERO for asset in home.assets}
    for position in account.positions:
        before[position.symbol] += position.value
    weights = _weights(after)
    lines = tuple(Line(s, before[s], after[s], weights[s]) for s in after)
    return Part(account.name, account.kind, account.value, tax, lines, tuple(_sold(own)))


def _sold(own: Sequence[tuple[Cell, Decimal]]) -> Iterator[Sold]:
    for cell, amount in own:
        if cell.position is not None and amount < cell.held:
            value = cell.held - amount
            gain = (cell.position.gain * value / cell.held).quantize(CENT)
            yield Sold(cell.asset.symbol, cell.position.lot, value, gain)


def _weights(after: Amounts) -> dict[Symbol, Decimal]:
    """Shares that add up to one exactly; what is left over goes to the largest."""
    total = sum(after.values(), ZERO)
    if not total:
        return dict.fromkeys(after, ZERO)
    found = {s: (amount / total).quantize(FINE, ROUND_DOWN) for s, amount in after.items()}
    found[max(after, key=lambda s: after[s])] += ONE - sum(found.values(), ZERO)
    return found


def _off(home: Home, every: Sequence[Amounts]) -> Decimal:
    """The furthest that a share of the household is from the mix."""
    total = sum((amount for amounts in every for amount in amounts.values()), ZERO)
    return max(
        abs(sum((amounts[Symbol(symbol)] for amounts in every), ZERO) / total - share)
        for symbol, share in shares(home).items()
    )
