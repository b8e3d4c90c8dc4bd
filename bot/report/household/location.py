"""Asset location in plain rows, as ``trimtab location --json`` prints it, and as a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.report.amounts import count, number, percent
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap
from brokers.words import ZERO
from strategies.location import Home, Placed, factors
from strategies.location.place import Part
from strategies.policy import TaxKind

CENT = Decimal("0.01")
FINE = Decimal("0.000001")
NOT_ADVICE = "Not tax advice: nothing is traded by this. Returns are what the file expects."


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """One asset in one account: USD before and after, and its weight there."""

    symbol: str
    before: Decimal
    after: Decimal
    trade: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class PlacedSale:
    """What is sold of a lot that is held now, and the gain that it realises."""

    symbol: str
    lot: str
    value: Decimal
    gain: Decimal


@dataclass(frozen=True, slots=True)
class PlacedAccount:
    """One account; ``tax`` is owed now for its ``sold`` lots."""

    account: str
    kind: str
    value: Decimal
    tax: Decimal
    lines: tuple[PlacedLine, ...]
    sold: tuple[PlacedSale, ...]


@dataclass(frozen=True, slots=True)
class Becomes:
    """What a dollar becomes by the horizon after all tax; ``gain`` is what one of gain takes."""

    symbol: str
    kind: str
    money: Decimal
    gain: Decimal


@dataclass(frozen=True, slots=True)
class MixRow:
    """The weight of an asset in the household's mix."""

    symbol: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class LocationDocument:
    """What each account holds so that most is left after all tax in ``years``.

    ``worth`` is the household today as the mix counts it; ``terminal`` what it becomes,
    ``separate`` what it would if each account held the mix (null where a menu or
    ``gains_max`` forbids that), and
    ``gained`` the difference, all in dollars of the horizon. ``gained_rate`` is the difference of
    both growth rates a year, ``gained_yearly`` the same in dollars of the first year. ``gap``: no
    placement is better by more. ``off``: how far the mix is missed by rounding to the cent.
    """

    years: int
    weighting: str
    short_rate: Decimal
    long_rate: Decimal
    withdrawal_rate: Decimal
    stepped_up: bool
    mix: tuple[MixRow, ...]
    accounts: tuple[PlacedAccount, ...]
    becomes: tuple[Becomes, ...]
    worth: Decimal
    terminal: Decimal
    separate: Decimal | None
    gained: Decimal | None
    gained_rate: Decimal | None
    gained_yearly: Decimal | None
    tax: Decimal
    gap: Decimal
    off: Decimal
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def document(home: Home, placed: Placed, notes: tuple[str, ...]) -> LocationDocument:
    """As ``--json`` prints it."""
    payer, yearly = home.payer, placed.yearly
    accounts = tuple(map(_account, placed.parts))
    return LocationDocument(
        years=payer.years,
        weighting=home.weighting.value,
        short_rate=payer.rates.short,
        long_rate=payer.rates.long,
        withdrawal_rate=payer.withdrawal,
        stepped_up=payer.stepped_up,
        mix=tuple(MixRow(str(s), share.quantize(FINE)) for s, share in placed.mix.items()),
        accounts=accounts,
        becomes=tuple(_becomes(home)),
        worth=placed.worth.quantize(CENT),
        terminal=placed.terminal,
        separate=placed.separate,
        gained=placed.gained,
        gained_rate=None if yearly is None else yearly.quantize(FINE),
        gained_yearly=None if yearly is None else (yearly * placed.worth).quantize(CENT),
        tax=placed.tax,
        gap=placed.gap,
        off=placed.off.quantize(Decimal("1e-9")),
        warnings=tuple(_washes(accounts)),
        notes=notes,
    )


def _account(part: Part) -> PlacedAccount:
    lines = tuple(
        PlacedLine(str(one.symbol), one.before, one.after, one.after - one.before, one.weight)
        for one in part.lines
    )
    sold = tuple(PlacedSale(str(one.symbol), one.lot, one.value, one.gain) for one in part.sold)
    return PlacedAccount(part.account, part.kind.value, part.value, part.tax, lines, sold)


def _becomes(home: Home) -> Iterator[Becomes]:
    kinds = [kind for kind in TaxKind if any(one.kind is kind for one in home.accounts)]
    for asset in home.assets:
        for kind in kinds:
            found = factors(asset, kind, home.payer)
            money, gain = found.money.quantize(FINE), found.gain.quantize(FINE)
            yield Becomes(str(asset.symbol), kind.value, money, gain)


def page(told: LocationDocument) -> str:
    """Sentences, the accounts, and what a dollar becomes in each kind."""
    parts = (
        *map(wrap, _sentences(told)),
        render(_accounts(told)),
        render(_becoming(told)),
        "\n".join(wrap(one, "- ") for one in (*_sales(told), *told.warnings)),
        wrap(NOT_ADVICE),
    )
    return "\n\n".join(part for part in parts if part)


def _sentences(told: LocationDocument) -> Iterator[str]:
    yield (
        f"{count(len(told.accounts), 'account')} worth {number(told.worth)} USD "
        f"({told.weighting}) become {number(told.terminal)} USD after all tax in {told.years} "
        "years."
    )
    if told.gained is None or told.gained_yearly is None or told.gained_rate is None:
        yield "Apart, no account could hold the mix: a menu, or the gains allowed, forbid it."
    else:
        yield (
            f"Held apart, the same mix in each account, they become "
            f"{number(told.separate or ZERO)} USD. Location gains {number(told.gained)} USD by "
            f"then: {percent(told.gained_rate, 3)} a year, {number(told.gained_yearly)} USD in the "
            "first."
        )
    if told.tax:
        yield f"Getting there realises gains and costs {number(told.tax)} USD of tax now."
    yield (
        f"Rates {percent(told.short_rate, 1)} on income and short gains, "
        f"{percent(told.long_rate, 1)} on long gains and dividends, "
        f"{percent(told.withdrawal_rate, 1)} on withdrawals. Proven: no placement is better by "
        f"more than {number(told.gap)} USD."
    )


def _accounts(told: LocationDocument) -> Table:
    columns = (
        Column("account", Align.LEFT),
        Column("kind", Align.LEFT),
        SYMBOL,
        Column("now"),
        Column("then"),
        Column("trade"),
        Column("weight %"),
    )
    rows = tuple(
        (
            account.account,
            account.kind,
            line.symbol,
            number(line.before),
            number(line.after),
            number(line.trade, signed=True),
            number(line.weight * 100),
        )
        for account in told.accounts
        for line in account.lines
        if line.before or line.after
    )
    return Table("What to hold where, in USD", columns, rows)


def _becoming(told: LocationDocument) -> Table:
    kinds = list(dict.fromkeys(one.kind for one in told.becomes))
    columns = (SYMBOL, Column("of the mix %"), *(Column(kind) for kind in kinds))
    by_place = {(one.symbol, one.kind): one.money for one in told.becomes}
    rows = tuple(
        (
            row.symbol,
            number(row.weight * 100),
            *(number(by_place[row.symbol, kind], 4) for kind in kinds),
        )
        for row in told.mix
    )
    return Table(f"What a dollar becomes in {told.years} years, after all tax", columns, rows)


def _sales(told: LocationDocument) -> Iterator[str]:
    for account in told.accounts:
        for sale in account.sold:
            yield (
                f"{account.account} sells {number(sale.value)} USD of {sale.lot or sale.symbol}: "
                f"a gain of {number(sale.gain, signed=True)} USD"
            )


def _washes(accounts: Sequence[PlacedAccount]) -> Iterator[str]:
    """Losses that the placement's own purchases would take."""
    for account in accounts:
        for symbol in sorted({sale.symbol for sale in account.sold if sale.gain < 0}):
            bought = [one.account for one in accounts if _buys(one, symbol)]
            if bought:
                yield (
                    f"{symbol} is sold at a loss in {account.account} and bought in "
                    f"{', '.join(bought)}: within 30 days of each other the loss is taken away "
                    "(26 U.S.C. 1091), for good where that is no taxable account"
                )


def _buys(account: PlacedAccount, symbol: str) -> bool:
    return any(line.symbol == symbol and line.trade > 0 for line in account.lines)
