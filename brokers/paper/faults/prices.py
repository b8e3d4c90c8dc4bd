"""Quotes that nobody should believe: one name's, until the strike is over."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from brokers.paper.faults.strike import Strike
from brokers.words import ZERO, Currency, Quote, Symbol

Quotes = Mapping[Symbol, Quote]


def _one(change: Callable[[Quote], Quote | None]) -> Callable[[Any, Any, Strike], Any]:
    """The quote of one name, always the same, is changed or left out."""

    def quotes(true: Quotes, _before: object, strike: Strike) -> dict[Symbol, Quote]:
        chosen = strike.one_of(tuple(true))
        bent = {symbol: change(q) if symbol == chosen else q for symbol, q in true.items()}
        return {symbol: quote for symbol, quote in bent.items() if quote is not None}

    return quotes


def _times(factor: str) -> Callable[[Quote], Quote]:
    by = Decimal(factor)
    return lambda quote: replace(quote, bid=quote.bid * by, ask=quote.ask * by)


def _old(by: timedelta) -> Callable[[Quote], Quote]:
    return lambda quote: replace(quote, time=quote.time - by)


def _frozen(true: Quotes, _before: object, strike: Strike) -> dict[Symbol, Quote]:
    """The first quote again, with the time of now."""
    chosen, bent = strike.one_of(tuple(true)), dict(true)
    if chosen in bent:
        first = strike.memory.setdefault("quote", bent[chosen])
        if isinstance(first, Quote):
            bent[chosen] = replace(first, time=bent[chosen].time)
    return bent


QUOTES: Mapping[str, Callable[[Any, Any, Strike], Any]] = {
    "quote-stale": _one(_old(timedelta(hours=1))),
    "quote-old": _one(_old(timedelta(days=42))),
    "quote-zero": _one(lambda q: replace(q, bid=ZERO, ask=ZERO)),
    "quote-negative": _one(lambda q: replace(q, bid=-q.bid)),
    "quote-not-a-number": _one(lambda q: replace(q, ask=Decimal("NaN"))),
    "quote-crossed": _one(lambda q: replace(q, bid=q.ask, ask=q.bid)),
    "quote-one-sided": _one(lambda q: replace(q, bid=ZERO)),
    "quote-wide": _one(lambda q: replace(q, bid=q.bid * Decimal("0.8"))),
    "quote-times-100": _one(_times("100")),
    "quote-tenth": _one(_times("0.1")),
    "quote-missing": _one(lambda _quote: None),
    "quote-foreign": _one(lambda q: replace(q, currency=Currency("GBP"))),
    "quotes-frozen": _frozen,
}
