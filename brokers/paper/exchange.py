"""The rules of the paper exchange, all pure: what is refused, what fills, what it costs.

Model of a fill:

* An order that can trade when it arrives takes the touch, then and later; one that cannot waits
  at its limit and trades there once the other side of the quote has come to it. So a price is
  never worse than the limit, and a waiting order is never flattered.
* In every minute a name offers our orders ``participation`` times the volume that trades in that
  minute; what is not taken is gone. Orders are served in the order they came.
* An order for the closing auction trades in that alone, at its price, where its limit lets it:
  mid of the quote at the close, on the tick. The auction's volume is a tenth of the day's, about
  what it is in US stocks, and offers ``participation`` times that. Ten minutes before the close
  none is taken any more, and none taken out (NYSE Rule 7.35B).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal

from brokers.paper.records import Booked, Role
from brokers.words import (
    ZERO,
    Currency,
    Instrument,
    Order,
    OrderStatus,
    Quote,
    Side,
    Symbol,
    TickRule,
    TimeInForce,
    is_finite_positive,
)

CENT = Decimal("0.01")
KEY_LENGTH_MAX = 128
NUMBER_MAX = Decimal(10) ** 9
"""Largest quantity and largest price; beyond it amounts would not stay exact."""
QUOTE_AGE_MAX = timedelta(seconds=60)
"""Nothing fills on a quote that is older."""
CLOSING_LEAD = timedelta(minutes=10)
"""Before the close, orders for the closing auction neither come nor go."""


@dataclass(frozen=True, slots=True)
class FeeRule:
    """One fee on all fills of an order: so much of the value and a share, within bounds."""

    name: str
    sides: tuple[Side, ...]
    of_value: Decimal = ZERO
    per_share: Decimal = ZERO
    least: Decimal = ZERO
    most: Decimal | None = None

    def of(self, side: Side, quantity: Decimal, value: Decimal) -> Decimal:
        """What it comes to."""
        if side not in self.sides or not quantity:
            return ZERO
        due = max(self.of_value * value + self.per_share * quantity, self.least)
        return due if self.most is None else min(due, self.most)


US_FEES = (
    FeeRule("commission", (Side.BUY, Side.SELL)),
    # Exchange Act, section 31: 20.60 USD per million sold from 2026-04-04
    FeeRule("SEC", (Side.SELL,), of_value=Decimal("0.0000206")),
    # FINRA By-Laws, Schedule A, section 1: trading activity fee, 2026
    FeeRule("TAF", (Side.SELL,), per_share=Decimal("0.000195"), most=Decimal("9.79")),
)


def fees_of(side: Side, quantity: Decimal, value: Decimal, rules: Iterable[FeeRule]) -> Decimal:
    """All fees on ``quantity`` for ``value``, up to the cent; never more than a sale brings in."""
    due = sum((rule.of(side, quantity, value) for rule in rules), ZERO)
    charged = due.quantize(CENT, ROUND_UP)
    return min(charged, value) if side is Side.SELL else charged


@dataclass(frozen=True, slots=True)
class Desk:
    """What an order is judged by when it is submitted.

    ``buying_power`` is cash that no other open buy has claimed, ``sellable`` shares that no other
    open sale has; ``closes_in`` is the time that is left of the session.
    """

    is_open: bool
    base: Currency
    instrument: Instrument | None
    buying_power: Decimal
    sellable: Decimal
    fees: tuple[FeeRule, ...]
    closes_in: timedelta = timedelta(0)

    def reserve(self, order: Order) -> Decimal:
        """The most cash that ``order`` can take."""
        if order.side is Side.SELL:
            return ZERO
        return order.value + fees_of(order.side, order.quantity, order.value, self.fees)


def refusal(order: Order, desk: Desk) -> str:
    """Why ``order`` will never be filled; empty where it may be."""
    return next(filter(None, (rule(order, desk) for rule in RULES)), "")


def _key(order: Order, desk: Desk) -> str:  # noqa: ARG001 - a row of RULES
    fits = 0 < len(order.key) <= KEY_LENGTH_MAX
    return "" if fits else f"a key has 1 to {KEY_LENGTH_MAX} characters"


def _listed(order: Order, desk: Desk) -> str:
    known = desk.instrument is not None and desk.instrument.tradable
    return "" if known else f"{order.symbol} is not traded here"


def _currency(order: Order, desk: Desk) -> str:
    wrong = desk.instrument is None or {order.currency, desk.instrument.currency} != {desk.base}
    return f"this account trades in {desk.base} only" if wrong else ""


def _open(order: Order, desk: Desk) -> str:  # noqa: ARG001 - a row of RULES
    return "" if desk.is_open else "the market is closed"


def _auction(order: Order, desk: Desk) -> str:
    if order.force is not TimeInForce.CLOSE:
        return ""
    if order.quantity % 1:
        return "an auction trades whole shares"
    late = desk.closes_in < CLOSING_LEAD
    return "it is too late for the closing auction" if late else ""


def _quantity(order: Order, desk: Desk) -> str:
    step = desk.instrument.quantity_step if desk.instrument else Decimal(1)
    if _is_usable(order.quantity) and order.quantity % step == 0:
        return ""
    return f"quantity {order.quantity} is not a positive multiple of {step}"


def _is_usable(number: Decimal) -> bool:
    return is_finite_positive(number) and number <= NUMBER_MAX


def _price(order: Order, desk: Desk) -> str:
    if desk.instrument is None or not _is_usable(order.limit):
        return f"limit {order.limit} is not a price"
    tick = desk.instrument.tick.at(order.limit)
    return "" if order.limit % tick == 0 else f"limit {order.limit} is off the tick of {tick}"


def _shares(order: Order, desk: Desk) -> str:
    if order.side is Side.BUY or order.quantity <= desk.sellable:
        return ""
    return f"short sale: {desk.sellable} {order.symbol} may be sold, not {order.quantity}"


def _cash(order: Order, desk: Desk) -> str:
    needed = desk.reserve(order)
    if needed <= desk.buying_power:
        return ""
    return f"no buying power: needs {needed}, has {desk.buying_power} {desk.base}"


RULES: tuple[Callable[[Order, Desk], str], ...] = (
    _key,
    _listed,
    _currency,
    _open,
    _quantity,
    _auction,
    _price,
    _shares,
    _cash,
)
"""In this order; the first that has something to say is heard."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Shares of one order that changed hands."""

    order: Order
    quantity: Decimal
    price: Decimal
    fee: Decimal
    time: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """The market at one moment: quotes, and what is left to us of each name that can trade."""

    moment: datetime
    quotes: Mapping[Symbol, Quote]
    room: Mapping[Symbol, Decimal]
    fees: tuple[FeeRule, ...]


def meet(booked: Booked, scene: Scene) -> tuple[Booked, Fill | None]:
    """What becomes of one order in ``scene``."""
    touch = touch_of(booked.order, scene.quotes, scene.moment)
    arrived = _arrive(booked, touch)
    if touch is None:
        return arrived, None
    quantity = min(arrived.remaining, scene.room[booked.order.symbol])
    if quantity <= 0:
        return arrived, None
    price = touch if arrived.role is Role.TAKER else arrived.order.limit
    return _filled(arrived, quantity, price, scene)


def cross(booked: Booked, scene: Scene) -> tuple[Booked, Fill | None]:
    """What becomes of one order in the closing auction, whose quotes are those of the close."""
    quote, order = scene.quotes.get(booked.order.symbol), booked.order
    if quote is None or not _is_sound(quote, scene.moment):
        return booked, None
    quantity, tick = min(booked.remaining, scene.room[order.symbol]), TickRule().at(quote.mid)
    price = (quote.mid / tick).to_integral_value(ROUND_HALF_EVEN) * tick
    if quantity <= 0 or (order.limit - price) * order.side.sign < 0:
        return booked, None
    return _filled(booked, quantity, price, scene)


def whole_steps(quantity: Decimal, step: Decimal) -> Decimal:
    """``quantity`` down to a multiple of ``step``."""
    return (quantity / step).quantize(Decimal(1), ROUND_DOWN) * step


def touch_of(order: Order, quotes: Mapping[Symbol, Quote], moment: datetime) -> Decimal | None:
    """Price at which ``order`` could trade at ``moment``; None where it cannot."""
    quote = quotes.get(order.symbol)
    if quote is None or not _is_sound(quote, moment):
        return None
    price = quote.ask if order.side is Side.BUY else quote.bid
    return price if (order.limit - price) * order.side.sign >= 0 else None


def _is_sound(quote: Quote, moment: datetime) -> bool:
    priced = is_finite_positive(quote.bid) and is_finite_positive(quote.ask)
    return priced and quote.bid <= quote.ask and moment - quote.time <= QUOTE_AGE_MAX


def _arrive(booked: Booked, touch: Decimal | None) -> Booked:
    if booked.role is not Role.PENDING:
        return booked
    return replace(booked, role=Role.MAKER if touch is None else Role.TAKER)


def _filled(booked: Booked, quantity: Decimal, price: Decimal, scene: Scene) -> tuple[Booked, Fill]:
    filled, value = booked.filled + quantity, booked.value + quantity * price
    fees = fees_of(booked.order.side, filled, value, scene.fees)
    done = filled == booked.order.quantity
    after = replace(
        booked,
        filled=filled,
        value=value,
        fees=fees,
        status=OrderStatus.FILLED if done else OrderStatus.OPEN,
    )
    return after, Fill(booked.order, quantity, price, fees - booked.fees, scene.moment)
