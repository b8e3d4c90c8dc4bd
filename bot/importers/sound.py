"""What cannot be true of an item, whatever format told it: said with its place."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from bot.importers.cells import NEW_YORK, OLDEST
from bot.importers.nouns import Frame, Item, Kind, shown
from bot.importers.symbols import CURRENCIES, SYMBOL
from brokers.words import ZERO, CashFlow, Execution, Split, Transfer

PLACES_MAX: Final = 9
"""Decimals of a share."""


def check(items: Iterable[Item], frame: Frame) -> None:
    """Put everything on the frame's list that cannot be true."""
    for item in items:
        for what in _wrong(item, frame.today):
            frame.refuse(item.place, what)


def _wrong(item: Item, today: date) -> Iterable[str]:
    noun = item.what
    symbol = noun.symbol
    if symbol is not None and not SYMBOL.fullmatch(symbol):
        yield f"symbol: {shown(symbol)} is no ticker of up to 12 letters, digits, dots and dashes"
    if not isinstance(noun, Split) and noun.currency not in CURRENCIES:
        yield f"currency: {shown(noun.currency)} is no currency that is known, like USD"
    match noun:
        case Execution():
            yield from _trade(noun, today)
        case Transfer():
            yield from _lot(noun, item.kind, today)
        case CashFlow():
            yield from _day(noun.time.astimezone(NEW_YORK).date(), "the day", today)
        case Split():
            yield from _day(noun.effective, "the day", today)
            if noun.ratio <= 0:
                yield f"ratio: {noun.ratio:f} is not above zero"


def _day(day: date, what: str, today: date) -> Iterable[str]:
    if day > today:
        yield f"{what} {day} is in the future: today is {today}"
    elif day <= OLDEST:
        yield f"{what} {day} is long ago"


def _shares(quantity: Decimal) -> Iterable[str]:
    exponent = quantity.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > PLACES_MAX:
        yield f"quantity: {quantity:f} has more than {PLACES_MAX} decimals"


def _trade(noun: Execution, today: date) -> Iterable[str]:
    yield from _day(noun.time.astimezone(NEW_YORK).date(), "the trade's day", today)
    yield from _shares(noun.quantity)
    if noun.quantity <= 0:
        yield f"quantity: {noun.quantity:f} is not above zero"
    if noun.price < 0:
        yield f"price: {noun.price:f} is below zero"
    if noun.price == 0 and noun.quantity > 0:
        yield "price: shares that cost nothing are no trade: tell them as a lot"


def _lot(noun: Transfer, kind: Kind, today: date) -> Iterable[str]:
    came = noun.time.astimezone(NEW_YORK).date()
    yield from _shares(noun.quantity)
    yield from _day(noun.acquired, "the day of purchase", today)
    yield from _day(came, "the day", today)
    if kind is not Kind.TRANSFER and noun.quantity < 0:
        yield f"quantity: {noun.quantity:f} is a short position, which is no lot here"
    elif noun.quantity == ZERO:
        yield "quantity: 0 is not above zero"
    elif noun.acquired > came and kind is not Kind.CLOSED:
        yield f"it was bought on {noun.acquired}, after {came}"
    if noun.unit_cost is not None and noun.unit_cost < 0:
        yield "basis: it is below zero; leave it out where it is not known"
