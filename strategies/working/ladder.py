"""Prices of a leg, step by step: from the near touch toward the far one, never past the worst."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from brokers.words import Quote, Side, TickRule, is_finite_positive


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where in the spread an order lies at each of its steps.

    ``start`` and ``through`` are shares of the spread, counted from the side on which an order
    waits (0: a buy at the bid, a sale at the ask) to the side at which it trades (1); beyond 1 it
    reaches through the far touch. ``worst`` is the price that is never passed.
    """

    side: Side
    worst: Decimal
    tick: TickRule
    start: Decimal = Decimal(0)
    through: Decimal = Decimal(1)
    steps: int = 1

    def share(self, step: int) -> Decimal:
        """Share of the spread at ``step``, counted from 0; the last one holds for good."""
        if self.steps <= 1 or step >= self.steps - 1:
            return self.through
        return self.start + (self.through - self.start) * step / (self.steps - 1)

    def price(self, step: int, quote: Quote | None) -> Decimal | None:
        """The limit at ``step``, on the tick; None where the quote is none to go by.

        It is rounded toward the near touch, and at the last step toward the far one, so that an
        order at the far touch trades.
        """
        if quote is None or not _is_sound(quote):
            return None
        near = quote.bid if self.side is Side.BUY else quote.ask
        share = self.share(step)
        wanted = near + self.side.sign * share * (quote.ask - quote.bid)
        is_last = share == self.through
        price = _on_tick(wanted, self.tick, up=(self.side is Side.BUY) is is_last)
        capped = min(price, self.worst) if self.side is Side.BUY else max(price, self.worst)
        return capped if capped > 0 else None

    def is_nearer(self, price: Decimal, than: Decimal) -> bool:
        """Whether ``price`` is nearer to trading than the other."""
        return (price - than) * self.side.sign > 0


def worst_price(limit: Decimal, side: Side, chase: Decimal, tick: TickRule) -> Decimal:
    """The plan's ``limit``, or what the owner allows beyond it: ``chase`` is a share of it."""
    if not chase:
        return limit
    return _on_tick(limit * (1 + side.sign * chase), tick, up=side is Side.SELL)


def _on_tick(price: Decimal, rule: TickRule, *, up: bool) -> Decimal:
    tick = rule.at(price)
    return (price / tick).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * tick


def _is_sound(quote: Quote) -> bool:
    priced = is_finite_positive(quote.bid) and is_finite_positive(quote.ask)
    return priced and quote.bid < quote.ask
