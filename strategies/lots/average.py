"""Average cost: every share has the average basis of all (26 CFR 1.1012-1(e)).

Allowed for shares of regulated investment companies and of dividend reinvestment plans, where the
owner elects it; the basis is averaged, dates are not: the first bought is the first sold, and
that decides what is long-term (IRS Publication 550, "Average Basis").
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO, Relief, Symbol
from strategies.lots.errors import NotAveraged
from strategies.lots.nouns import AverageOf, Lot
from strategies.lots.relief import Split, relieve_or_name


def check_average(symbol: Symbol, allowed: Mapping[Symbol, AverageOf]) -> None:
    """Raise ``NotAveraged`` unless the owner has said why ``symbol`` may be averaged."""
    if symbol not in allowed:
        raise NotAveraged(
            f"{symbol}: average cost is for shares of mutual funds and of dividend reinvestment"
            " plans only (26 CFR 1.1012-1(e))",
            "say that it is a fund or is held in such a plan, or use another method",
        )


def averaged(lots: Sequence[Lot]) -> tuple[Lot, ...]:
    """The same lots at their average basis; unknown for all where that of one is unknown."""
    costs = [lot.cost for lot in lots]
    known = [cost for cost in costs if cost is not None]
    shares = sum((lot.quantity for lot in lots), ZERO)
    if not shares:
        return tuple(lots)
    unit = sum(known, ZERO) / shares if len(known) == len(costs) else None
    return tuple(lot if lot.unit_cost == unit else replace(lot, unit_cost=unit) for lot in lots)


def relieve_average(
    lots: Sequence[Lot], quantity: Decimal, symbol: Symbol, allowed: Mapping[Symbol, AverageOf]
) -> Split:
    """Take ``quantity`` shares at average cost, the first bought first: (taken, left).

    Raises ``NotAveraged`` where the law does not allow it and ``Oversold`` as every relief does.
    """
    check_average(symbol, allowed)
    return relieve_or_name(averaged(lots), quantity, Relief.FIFO, symbol)


def pooled(lots: Sequence[Lot]) -> Lot:
    """All shares in one line at their average basis, since the first of them was bought.

    For a list that shows one line a fund; never for a sale, which needs every date.
    """
    assert lots, "nothing is held"
    first = min(lots, key=lambda lot: lot.acquired)
    shares = sum((lot.quantity for lot in lots), ZERO)
    return replace(first, quantity=shares, unit_cost=averaged(lots)[0].unit_cost)
