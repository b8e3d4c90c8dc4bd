"""Gifts of lots in plain rows, as ``trimtab gift --json`` prints them, and as a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.report.amounts import count, number, quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap
from strategies.distributions.gifts import Gifts, Given, Giving

CENT = Decimal("0.01")
NOT_ADVICE = (
    "Not tax advice: nothing is transferred by this. The shares go in kind, from broker to broker; "
    "name the lots in the instruction."
)
COLUMNS = (
    Column("account", Align.LEFT),
    SYMBOL,
    Column("lot", Align.LEFT),
    Column("shares"),
    Column("value"),
    Column("basis"),
    Column("gain"),
    Column("tax spared"),
)


@dataclass(frozen=True, slots=True)
class GiftRow:
    """Shares of a lot to give; ``tax`` is what a sale of them today would cost."""

    account: str
    symbol: str
    lot: str
    held_since: date
    quantity: Decimal
    price: Decimal
    value: Decimal
    basis: Decimal
    gain: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A lot that is not to be given, and why."""

    account: str
    symbol: str
    lot: str
    why: str


@dataclass(frozen=True, slots=True)
class GiftDocument:
    """What to give. ``short_of`` is missing to the amount asked for.

    ``deductible`` is what a return may deduct this year and ``carried`` what it carries on, null
    where the income is not told or the donee is a person; ``reported`` is what is above the annual
    exclusion that was told.
    """

    day: date
    donee: str
    asked: Decimal
    value: Decimal
    gain: Decimal
    tax: Decimal
    short_of: Decimal
    deductible: Decimal | None
    carried: Decimal | None
    reported: Decimal | None
    lots: tuple[GiftRow, ...]
    kept: tuple[NotGiven, ...]
    notes: tuple[str, ...]


def document(found: Gifts, giving: Giving, notes: tuple[str, ...]) -> GiftDocument:
    """As ``--json`` prints it."""
    return GiftDocument(
        day=giving.day,
        donee=giving.donee.value,
        asked=giving.amount,
        value=found.value.quantize(CENT),
        gain=found.gain.quantize(CENT),
        tax=found.tax.quantize(CENT),
        short_of=found.short_of.quantize(CENT),
        deductible=_cents(found.deductible),
        carried=_cents(found.carried),
        reported=_cents(found.reported),
        lots=tuple(map(_row, found.given)),
        kept=tuple(
            NotGiven(one.piece.account, str(one.piece.symbol), one.piece.lot, one.why)
            for one in found.kept
        ),
        notes=notes,
    )


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(CENT)


def _row(one: Given) -> GiftRow:
    return GiftRow(
        account=one.piece.account,
        symbol=str(one.piece.symbol),
        lot=one.piece.lot,
        held_since=one.piece.held_since,
        quantity=one.quantity,
        price=one.piece.price,
        value=one.value.quantize(CENT),
        basis=(one.value - one.gain).quantize(CENT),
        gain=one.gain.quantize(CENT),
        tax=one.tax.quantize(CENT),
    )


def page(told: GiftDocument, limit: int) -> str:
    """The lots, what they spare, and why others are not given."""
    rows = tuple(
        (
            row.account,
            row.symbol,
            row.lot,
            quantity(row.quantity),
            number(row.value),
            number(row.basis),
            number(row.gain),
            number(row.tax),
        )
        for row in told.lots
    )
    kept = told.kept[:limit]
    more = len(told.kept) - len(kept)
    parts = (
        *map(wrap, _sentences(told)),
        render(Table("Lots to give, in USD", COLUMNS, rows)) if rows else "",
        "\n".join(wrap(f"{one.symbol} ({one.lot}) is kept: {one.why}", "- ") for one in kept),
        f"and {count(more, 'more lot')} {'is' if more == 1 else 'are'} kept" if more > 0 else "",
        wrap(NOT_ADVICE),
    )
    return "\n\n".join(part for part in parts if part)


def _sentences(told: GiftDocument) -> Iterator[str]:
    if not told.lots:
        yield "No long-term lot with a gain is there to give."
        return
    yield (
        f"{count(len(told.lots), 'lot')} worth {number(told.value)} USD to a {told.donee}: a gain "
        f"of {number(told.gain)} USD is never taxed to you, which a sale would tax with "
        f"{number(told.tax)} USD."
    )
    if told.short_of:
        yield f"{number(told.short_of)} USD are missing to the {number(told.asked)} USD asked for."
    if told.deductible is not None and told.carried is not None:
        yield (
            f"Deductible this year are {number(told.deductible)} USD at most (30 % of income), "
            f"{number(told.carried)} USD are carried on for five years."
        )
    if told.reported is not None:
        above = f"{number(told.reported)} USD are above it: Form 709"
        yield f"Against the annual exclusion that was told: {above if told.reported else 'within'}."
