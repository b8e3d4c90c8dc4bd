"""The last price that the book knows of each name, and of when: nobody is asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from bot.book.book import Book
from bot.prices.history import Owner
from brokers.words import USD, Execution, Symbol
from strategies.lots import TRADE_ZONE, trade_date

PriceOf = Literal["fill", "plan", "close"]
RANK: Mapping[PriceOf, int] = {"fill": 0, "plan": 1, "close": 2}
"""Of one day the later one: a session closes after plans were made and orders filled."""


@dataclass(frozen=True, slots=True)
class LastPrice:
    """``price`` of a share in USD, seen on ``day``: at a close, in a plan, or paid in a fill."""

    price: Decimal
    day: date
    source: PriceOf


def last_prices(
    book: Book, owners: Iterable[Owner], until: date, splits: Sequence[tuple[str, date, Fraction]]
) -> Mapping[Symbol, LastPrice]:
    """The newest of all that any of ``owners`` saw up to ``until``, in shares of that day."""
    found: dict[Symbol, LastPrice] = {}
    for symbol, seen in _all(book, owners):
        if seen.price <= 0 or seen.day > until:
            continue
        known = found.get(symbol)
        if known is None or _age(known) < _age(seen):
            found[symbol] = seen
    return {symbol: _split(symbol, seen, until, splits) for symbol, seen in found.items()}


def _age(seen: LastPrice) -> tuple[date, int]:
    return seen.day, RANK[seen.source]


def _split(
    symbol: Symbol, seen: LastPrice, until: date, splits: Iterable[tuple[str, date, Fraction]]
) -> LastPrice:
    """A split since then makes a share cheaper."""
    price = seen.price
    for name, effective, ratio in splits:
        if name == symbol and seen.day < effective <= until:
            price = price * ratio.denominator / ratio.numerator
    return replace(seen, price=price)


def _all(book: Book, owners: Iterable[Owner]) -> Iterator[tuple[Symbol, LastPrice]]:
    for owner in owners:
        yield from _fills(book.executions(owner.account))
        plan = book.latest_plan(owner.account)
        if plan is not None and plan.base == USD:
            day = plan.time.astimezone(TRADE_ZONE).date()
            for line in plan.lines:
                yield line.symbol, LastPrice(line.price, day, "plan")
        for feed in owner.feeds:
            yield from _closes(book, feed)


def _fills(executions: Iterable[Execution]) -> Iterator[tuple[Symbol, LastPrice]]:
    for one in executions:
        if one.currency == USD and one.quantity > 0:
            yield one.symbol, LastPrice(one.price, trade_date(one), "fill")


def _closes(book: Book, feed: str) -> Iterator[tuple[Symbol, LastPrice]]:
    """Last closes; as of their own day what is adjusted and what is not are the same."""
    prices = book.prices(feed)
    days = prices.days.tolist()
    place = {day: column for column, day in enumerate(days)}
    for symbol, row in prices.places.items():
        end = int(prices.ends[row])
        if end:
            close = Decimal(str(float(prices.closes[row, place[end]])))
            yield symbol, LastPrice(close, date.fromordinal(end), "close")
