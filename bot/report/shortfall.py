"""Implementation shortfall: what a plan on paper would have earned more than the orders did.

The paper portfolio trades all of it at once at the mid that the plan was priced from. What the real
one fell short of it is split, for each leg, where the quote is known that its first order was
priced from (arrival):

    delay        (arrival mid - plan's mid) x shares filled
    spread       arrival half spread x shares filled; none in an auction, where nobody crosses it
    impact       (price - arrival mid) x shares filled, less the spread
    opportunity  (mid of its last order - plan's mid) x shares not filled
    fees         what was charged

each with the sign of the side, so that a positive amount is a loss. Impact is what is left: it
holds the market's own move while the leg was worked, and is negative where an order rested and was
paid the spread. Sources: Perold (1988), The Implementation Shortfall: Paper versus Reality;
Kissell (2006), The Expanded Implementation Shortfall.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal

from bot.book.slippage import SentLeg
from brokers.words import ZERO, TimeInForce


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Amounts in the base currency. ``value`` is that of all that was meant, at the plan's mid.

    ``legs`` are those whose arrival is known, ``orders`` what they were worked as.
    """

    legs: int = 0
    orders: int = 0
    value: Decimal = ZERO
    delay: Decimal = ZERO
    spread: Decimal = ZERO
    impact: Decimal = ZERO
    opportunity: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All parts together."""
        return self.delay + self.spread + self.impact + self.opportunity + self.fees


def shortfall(legs: Iterable[SentLeg]) -> Shortfall:
    """That of all ``legs`` whose arrival is known, added up."""
    rows = [found for leg in legs if (found := of_leg(leg)) is not None]
    names = [field.name for field in fields(Shortfall)]
    return Shortfall(*(sum(getattr(row, name) for row in rows) for name in names)) if rows else NONE


NONE = Shortfall()


def is_at_close(leg: SentLeg) -> bool:
    """Whether it was for the closing auction."""
    return leg.leg.order.force is TimeInForce.CLOSE


def of_leg(leg: SentLeg) -> Shortfall | None:
    """That of one leg; None where its arrival is not known."""
    if leg.arrival is None:
        return None
    order, mid, start = leg.leg.order, leg.leg.mid, leg.arrival.mid
    filled = sum((fill.quantity for fill in leg.fills), ZERO)
    paid = sum((fill.quantity * fill.price for fill in leg.fills), ZERO)
    end = start if leg.left_at is None else leg.left_at
    sign, fx = order.side.sign, leg.price / mid
    spread = ZERO if is_at_close(leg) else leg.arrival.half_spread * filled
    return Shortfall(
        legs=1,
        orders=leg.orders,
        value=order.quantity * leg.price,
        delay=(start - mid) * filled * sign * fx,
        spread=spread * fx,
        impact=((paid - start * filled) * sign - spread) * fx,
        opportunity=(end - mid) * (order.quantity - filled) * sign * fx,
        fees=sum((fill.fee for fill in leg.fills), ZERO) * fx,
    )
