"""Shares that were bought with the proceeds of sales that have not settled.

A cash account must pay for a purchase in full before it sells what it bought; to sell before the
proceeds that paid for it have settled is a good-faith violation, and the account may be frozen for
90 days (Regulation T, 12 CFR 220.8(a) and (c)). Sales settle one business day after the trade (17
CFR 240.15c6-1), so that only trades of the present session matter.
"""

from collections.abc import Sequence
from decimal import Decimal

from brokers.words import ZERO, Currency, Execution, Side, Symbol


def unpaid(
    trades: Sequence[Execution], cash: Decimal, settled: Decimal, base: Currency
) -> dict[Symbol, Decimal]:
    """Shares of each name that must not be sold in this session.

    ``trades`` are the latest versions of this session's, oldest first; ``cash`` is all there is
    now and ``settled`` what of it has settled, in ``base``. Settled cash pays first. A purchase
    that it does not pay for wholly counts with all of its shares; what was sold all the same counts
    no more.
    """
    ours = [trade for trade in trades if trade.currency == base and trade.quantity]
    proceeds = sum((_cash(trade) for trade in ours if trade.side is Side.SELL), ZERO)
    older = max(cash - settled - max(proceeds, ZERO), ZERO)
    left = cash - sum(map(_cash, ours), ZERO) - older
    found: dict[Symbol, Decimal] = {}
    for trade in ours:
        if trade.side is Side.SELL:
            rest = found.get(trade.symbol, ZERO) - trade.quantity
            found |= {trade.symbol: rest} if rest > 0 else {trade.symbol: ZERO}
            continue
        left += _cash(trade)
        if left < 0:
            found[trade.symbol] = found.get(trade.symbol, ZERO) + trade.quantity
    return {symbol: shares for symbol, shares in found.items() if shares > 0}


def _cash(trade: Execution) -> Decimal:
    """What it does to cash, fees included."""
    return -trade.side.sign * trade.quantity * trade.price - trade.fee
