"""At what price: through mid as far as the owner says, inside the collar, on the tick."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from brokers.words import USD, Side, TimeInForce, finest_tick
from strategies.policy import OrderPolicy
from strategies.snapshot import Holding


def limit(
    holding: Holding, side: Side, orders: OrderPolicy, force: TimeInForce = TimeInForce.DAY
) -> Decimal | None:
    """The limit of an order, in the instrument's currency, or None where no tick is in the collar.

    Mid plus (buy) or minus (sale) ``limit_fraction`` of the half spread, at most the collar; for an
    auction, which trades at one price for all, ``auction_limit`` of mid in place of that. It is
    rounded away from mid, a buy up and a sale down, so that a limit at the far touch still trades;
    where that would pass the collar it is rounded the other way.
    """
    quote, instrument = holding.quote, holding.instrument
    if quote is None or instrument is None:
        return None
    mid = quote.mid
    reach = mid * orders.collar
    through = quote.half_spread * orders.limit_fraction
    if force is TimeInForce.CLOSE:
        through = mid * orders.working.auction_limit
    wanted = mid + side.sign * min(through, reach)
    tick = instrument.tick.at(wanted)
    if instrument.currency == USD:  # what a broker calls a tick may be finer than the law allows
        tick = max(tick, finest_tick(wanted, quote.time.date()))
    away, back = (ROUND_CEILING, ROUND_FLOOR)[:: side.sign]
    for rounding in (away, back):
        price = (wanted / tick).to_integral_value(rounding) * tick
        if price > 0 and abs(price - mid) <= reach:
            return price
    return None
