"""A trade on its way to becoming an order, and rounding to what a quantity moves in."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from brokers.words import Side, TimeInForce
from strategies.standing import Row


@dataclass(frozen=True, slots=True)
class Trade:
    """Shares of one row to buy or sell at ``limit`` (in the instrument's currency) or better."""

    row: Row
    side: Side
    quantity: Decimal
    limit: Decimal
    force: TimeInForce = TimeInForce.DAY

    @property
    def value(self) -> Decimal:
        """What it comes to at its limit, in base currency."""
        return self.quantity * self.limit * self.row.holding.fx


def down(quantity: Decimal, step: Decimal) -> Decimal:
    """``quantity`` in whole steps, toward no trade."""
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def up(quantity: Decimal, step: Decimal) -> Decimal:
    """``quantity`` in whole steps, upward."""
    return (quantity / step).to_integral_value(ROUND_CEILING) * step
