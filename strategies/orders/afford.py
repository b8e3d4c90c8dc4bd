"""Can it be paid for: purchases are cut until cash stays above its floor at the worst prices."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO, Side
from strategies.costs import fees
from strategies.orders.trade import Trade, down
from strategies.policy import CostPolicy, Policy


def cash_flow(trades: Sequence[Trade], costs: CostPolicy) -> Decimal:
    """What comes in (positive) or goes out when every order fills at its limit, after fees."""
    return sum((-t.side.sign * t.value - fee_of(t, costs) for t in trades), ZERO)


def fee_of(trade: Trade, costs: CostPolicy) -> Decimal:
    """All fees of one trade, in base currency."""
    return fees(trade.row.holding, trade.side, trade.quantity, costs)


def affordable(
    trades: Sequence[Trade],
    settled: Decimal,
    nav: Decimal,
    policy: Policy,
    *,
    spends_proceeds: bool = True,
) -> tuple[Trade, ...]:
    """``trades`` with their purchases cut so that the cash floor holds.

    Settled cash + sales at their limits - purchases at their limits - fees >= floor, where
    ``spends_proceeds``; else the sales count when they have settled, and buy nothing today. All
    purchases are cut alike; what the rounding then leaves goes to the largest.
    """
    sales = tuple(trade for trade in trades if trade.side is Side.SELL)
    buys = sorted((t for t in trades if t.side is Side.BUY), key=lambda t: (-t.value, t.row.symbol))
    proceeds = cash_flow(sales, policy.costs) if spends_proceeds else ZERO
    budget = settled + proceeds - policy.cash.floor(nav)
    budget -= sum((fee_of(trade, policy.costs) for trade in buys), ZERO)
    asked = sum((trade.value for trade in buys), ZERO)
    if asked > budget:
        buys = _cut(buys, max(budget, ZERO), asked)
    least = policy.orders.value_min
    return (*sales, *(t for t in buys if t.quantity * t.row.holding.price >= max(least, TINY)))


TINY = Decimal("1e-9")
"""Less than any order is worth: drops those that were cut to nothing."""


def _cut(buys: Sequence[Trade], budget: Decimal, asked: Decimal) -> list[Trade]:
    kept = [replace(t, quantity=down(t.quantity * budget / asked, t.row.step)) for t in buys]
    left = budget - sum((trade.value for trade in kept), ZERO)
    for place, (trade, full) in enumerate(zip(kept, buys, strict=True)):
        unit = trade.limit * trade.row.holding.fx
        back = min(full.quantity - trade.quantity, down(left / unit, trade.row.step))
        kept[place] = replace(trade, quantity=trade.quantity + back)
        left -= back * unit
    return kept
