"""A withdrawal in plain rows, as ``trimtab withdraw --json`` prints it, and as a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.report.amounts import number, percent, quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap
from strategies.distributions.settled import Raised
from strategies.distributions.sources import Wanted
from strategies.taxes.term import Term

CENT = Decimal("0.01")
NOT_ADVICE = (
    "Not tax advice: nothing is sold by this. Where a broker relieves lots by a rule of its own, "
    "name these lots in the order."
)
SALE_COLUMNS = (
    Column("account", Align.LEFT),
    SYMBOL,
    Column("lot", Align.LEFT),
    Column("shares"),
    Column("brings"),
    Column("gain"),
    Column("term", Align.LEFT),
)
TAKEN_COLUMNS = (
    Column("account", Align.LEFT),
    Column("kind", Align.LEFT),
    Column("amount"),
    Column("required"),
    Column("tax"),
)


@dataclass(frozen=True, slots=True)
class WithdrawnLot:
    """Shares of a lot to sell."""

    account: str
    symbol: str
    lot: str
    held_since: date
    quantity: Decimal
    price: Decimal
    proceeds: Decimal
    gain: Decimal
    term: str


@dataclass(frozen=True, slots=True)
class WithdrawnCash:
    """Dollars out of an account; ``required`` of them in any case, and the tax on them."""

    account: str
    kind: str
    amount: Decimal
    required: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class NotUsed:
    """What is left alone whatever it costs, and why."""

    account: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class WithdrawDocument:
    """How to raise ``asked`` after tax; ``hand`` is what is in hand.

    ``short_gain`` and ``long_gain`` are realised. ``spared`` is the present value of the later tax
    that is spared, ``cost`` this year's taxes less that, ``gap`` what another way may be cheaper
    by, before shares are rounded up.
    """

    day: date
    asked: Decimal
    hand: Decimal
    gross: Decimal
    short_gain: Decimal
    long_gain: Decimal
    tax_on_gains: Decimal
    tax_on_income: Decimal
    spared: Decimal
    cost: Decimal
    gap: Decimal
    years: int
    short_rate: Decimal
    long_rate: Decimal
    ordinary_rate: Decimal
    bracket_room: Decimal | None
    rate_above: Decimal | None
    withdrawal_rate: Decimal
    lots: tuple[WithdrawnLot, ...]
    taken: tuple[WithdrawnCash, ...]
    left: tuple[NotUsed, ...]
    notes: tuple[str, ...]


def document(found: Raised, wanted: Wanted, notes: tuple[str, ...]) -> WithdrawDocument:
    """As ``--json`` prints it."""
    payer, brackets = wanted.payer, wanted.brackets
    return WithdrawDocument(
        day=wanted.day,
        asked=wanted.amount,
        hand=found.hand.quantize(CENT),
        gross=found.gross.quantize(CENT),
        short_gain=found.gain(Term.SHORT).quantize(CENT),
        long_gain=found.gain(Term.LONG).quantize(CENT),
        tax_on_gains=found.tax_on_gains.quantize(CENT),
        tax_on_income=found.tax_on_income.quantize(CENT),
        spared=found.spared.quantize(CENT),
        cost=found.cost.quantize(CENT),
        gap=found.gap,
        years=payer.years,
        short_rate=payer.rates.short,
        long_rate=payer.rates.long,
        ordinary_rate=brackets.rate,
        bracket_room=brackets.room,
        rate_above=brackets.above,
        withdrawal_rate=payer.withdrawal,
        lots=tuple(_lots(found)),
        taken=tuple(_taken(found)),
        left=tuple(NotUsed(one.account, one.what, one.why) for one in found.left),
        notes=notes,
    )


def _lots(found: Raised) -> Iterator[WithdrawnLot]:
    for sale in found.sales:
        piece = sale.piece
        yield WithdrawnLot(
            account=piece.account,
            symbol=str(piece.symbol),
            lot=piece.lot,
            held_since=piece.held_since,
            quantity=sale.quantity,
            price=piece.price,
            proceeds=sale.proceeds.quantize(CENT),
            gain=sale.gain.quantize(CENT),
            term=sale.term.value,
        )


def _taken(found: Raised) -> Iterator[WithdrawnCash]:
    for one in found.taken:
        yield WithdrawnCash(
            one.store.account,
            one.store.kind.value,
            one.amount,
            one.required,
            one.tax.quantize(CENT),
        )


def page(told: WithdrawDocument, limit: int) -> str:
    """Sentences, what is sold, what is taken, and what is left alone."""
    lots = tuple(
        (
            row.account,
            row.symbol,
            row.lot,
            quantity(row.quantity),
            number(row.proceeds),
            number(row.gain, signed=True),
            row.term,
        )
        for row in told.lots
    )
    taken = tuple(
        (
            row.account,
            "cash" if row.kind == "taxable" else row.kind,
            number(row.amount),
            number(row.required) if row.required else "",
            number(row.tax) if row.tax else "",
        )
        for row in told.taken
    )
    tables = (
        Table("Lots to sell, in USD", SALE_COLUMNS, lots),
        Table("To take out, in USD", TAKEN_COLUMNS, taken),
    )
    parts = (
        *map(wrap, _sentences(told)),
        *(render(table) for table in tables if table.rows),
        "\n".join(wrap(f"{one.account}, {one.what}: {one.why}", "- ") for one in told.left[:limit]),
        wrap(NOT_ADVICE),
    )
    return "\n\n".join(part for part in parts if part)


def _sentences(told: WithdrawDocument) -> Iterator[str]:
    yield (
        f"{number(told.hand)} USD in hand for the {number(told.asked)} asked: {number(told.gross)} "
        f"out of the accounts, {number(told.tax_on_gains)} of tax on gains and "
        f"{number(told.tax_on_income)} on income this year."
    )
    yield (
        f"Later taxes of {number(told.spared)} USD are spared, at their present value over "
        f"{told.years} years: {number(told.cost)} USD of tax in all. Proven: before shares are "
        f"rounded no way is cheaper by more than {number(told.gap)} USD."
    )
    yield _brackets(told)


def _brackets(told: WithdrawDocument) -> str:
    ordinary = percent(told.ordinary_rate, 1)
    if told.bracket_room is None:
        return f"Traditional accounts bear {ordinary} on whatever is taken: no ceiling was told."
    above = (
        "and no more is taken than that"
        if told.rate_above is None
        else f"and {percent(told.rate_above, 1)} above"
    )
    room = number(told.bracket_room)
    return f"Traditional accounts bear {ordinary} up to {room} USD, the ceiling told, {above}."
