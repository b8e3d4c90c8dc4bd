"""What the household has against an order that is about to leave (26 U.S.C. 1091)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from brokers.words import ZERO, Order, OrderKey, Side
from strategies.lots import Lot
from strategies.washes.enforce import Seat, taken_by_buy, taken_by_sale
from strategies.washes.home import Home
from strategies.washes.nouns import Trade
from strategies.windows import may_be_loss


def objection(order: Order, lots: Iterable[Lot], home: Home, seat: Seat, *, may_defer: bool) -> str:
    """Why ``order``, which sells ``lots``, must not leave, or an empty string.

    ``home`` has everything that any account has done or has in the market, this order among it.
    """
    home = replace(home, buys=_others(home.buys, order.key), sells=_others(home.sells, order.key))
    symbol = str(order.symbol)
    if order.side is Side.BUY:
        taken = taken_by_buy(home, seat.buy(symbol, order.quantity, order.limit))
    else:
        sold = tuple(lots)
        known = sum((lot.quantity for lot in sold), ZERO)
        loses = known < order.quantity or any(may_be_loss(lot, order.limit) for lot in sold)
        names = (lot.lot_id for lot in sold)
        sale = seat.sale(symbol, order.quantity, order.limit, names)
        taken = taken_by_sale(home, sale, loses=loses)
    return taken.objection(may_defer=may_defer)


def _others(orders: Sequence[Trade], key: OrderKey) -> tuple[Trade, ...]:
    return tuple(each for each in orders if each.order != key)
