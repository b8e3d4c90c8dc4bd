"""The lots of one sale, by all the rules of its account: named, at average cost, or by method."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from brokers.words import Relief, Symbol
from strategies.lots.average import relieve_average
from strategies.lots.errors import NotAveraged, Oversold
from strategies.lots.nouns import Lot, Rules, Sale
from strategies.lots.relief import Split, relieve_named, relieve_or_name


def choose(
    lots: Sequence[Lot],
    quantity: Decimal,
    symbol: Symbol,
    rules: Rules,
    sale: Sale | date,
    name: str = "",
) -> Split:
    """Take ``quantity`` shares of ``symbol`` from ``lots``: (taken, left).

    ``name`` is that of the sale, under which its lots may have been named. Shares that leave
    without a sale, on a day alone, go first in, first out where the method is minimum tax. Where
    the owner's election of average cost holds no lot can be named (26 CFR 1.1012-1(c)(1), (e)).
    """
    named = rules.named.get(name, ())
    if not lots:
        raise Oversold(symbol, quantity)
    if named and symbol in rules.average:
        raise NotAveraged(
            f"{symbol}: the sale {name} names lots, and {symbol} is at average cost",
            "take the names away, or take the symbol out of those at average cost",
        )
    if named:
        return relieve_named(lots, quantity, named)
    if symbol in rules.average:
        return relieve_average(lots, quantity, symbol, rules.average)
    if isinstance(sale, Sale):
        return relieve_or_name(lots, quantity, rules.on(sale.day).relief, symbol, sale)
    method = rules.on(sale).relief
    unpriced = method is Relief.MINIMUM_TAX
    return relieve_or_name(lots, quantity, Relief.FIFO if unpriced else method, symbol)
