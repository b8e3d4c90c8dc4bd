"""Returns of capital: the basis of each share falls by it, and what is beyond that is gain.

26 U.S.C. 301(c)(2) and (3), share by share (26 CFR 1.301-1; Publication 550, "Nondividend
Distributions"); short- or long-term by the lot. An unknown basis stays unknown: whether there is
a gain cannot be told.
"""

from collections.abc import Sequence
from dataclasses import replace

from brokers.words import ZERO, ReturnOfCapital
from strategies.lots.nouns import Cause, Lot, Realized


def return_capital(
    lots: Sequence[Lot], action: ReturnOfCapital
) -> tuple[tuple[Lot, ...], tuple[Realized, ...]]:
    """(lots with the lower basis, gain on those whose basis was less than what came back)."""
    day = action.paid or action.effective
    lower: list[Lot] = []
    gains: list[Realized] = []
    for lot in lots:
        if lot.unit_cost is None:
            lower.append(lot)
            continue
        lower.append(replace(lot, unit_cost=max(ZERO, lot.unit_cost - action.amount)))
        excess = (action.amount - lot.unit_cost) * lot.quantity
        if excess > 0:
            gains.append(
                Realized(
                    lot.lot_id,
                    lot.symbol,
                    ZERO,
                    excess,
                    ZERO,
                    lot.acquired,
                    day,
                    Cause.RETURN_OF_CAPITAL,
                )
            )
    return tuple(lower), tuple(gains)
