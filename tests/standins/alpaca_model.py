"""A small broker behind the Alpaca stand-in: orders, fills, cash, positions, activities.

It keeps what Alpaca's documentation promises and no more: a client order id is good for one order
for ever, a day order ends with its session, one that comes while the market is closed waits for
the next, a sale needs shares and a buy needs cash, fees come on the next day as an activity.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid5
from zoneinfo import ZoneInfo

from standins.alpaca_trades import IDS, Json, trade_event

D = Decimal
ZERO = D(0)
DEPOSIT = D(20_000)
NEW_YORK = ZoneInfo("America/New_York")
LATENCY = timedelta(milliseconds=250)
FREEZE, REOPENS = timedelta(minutes=10), 19
"""No order for the closing auction comes or goes from so long before it until 7 p.m."""
LIVE = {"accepted", "new", "partially_filled", "pending_cancel", "held"}


def session_of(day: date) -> tuple[datetime, datetime] | None:
    """When the market opens and closes on ``day``; no holidays here."""
    if day.weekday() > 4:
        return None
    opens, closes = (datetime.combine(day, hour, NEW_YORK) for hour in (time(9, 30), time(16)))
    return opens.astimezone(UTC), closes.astimezone(UTC)


def stamp(moment: datetime) -> str:
    """A time as Alpaca writes it, with nanoseconds that nobody needs."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}789Z"


@dataclass(slots=True)
class Booked:
    """An order in the book of the broker."""

    number: int
    body: Json
    sent: datetime
    qty: Decimal
    limit: Decimal
    status: str = "new"
    filled: Decimal = ZERO
    paid: Decimal = ZERO
    cancel_at: datetime | None = None
    ended: datetime | None = None

    @property
    def broker_id(self) -> str:
        return str(uuid5(IDS, f"order {self.number}"))

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_buy(self) -> bool:
        return self.body["side"] == "buy"

    @property
    def is_cls(self) -> bool:
        """Whether it is for the closing auction; Alpaca cancels what does not trade in it."""
        return self.body["time_in_force"] == "cls"

    def json(self) -> Json:
        """The order as the published schema has it."""
        ended = None if self.ended is None else stamp(self.ended)
        price = None if not self.filled else f"{self.paid / self.filled:.6f}".rstrip("0")
        return {
            "id": self.broker_id,
            "client_order_id": self.body["client_order_id"],
            "created_at": stamp(self.sent),
            "updated_at": stamp(self.ended or self.sent),
            "submitted_at": stamp(self.sent),
            "filled_at": ended if self.status == "filled" else None,
            "expired_at": ended if self.status == "expired" else None,
            "canceled_at": ended if self.status == "canceled" else None,
            "failed_at": None,
            "replaced_at": None,
            "replaced_by": None,
            "replaces": None,
            "asset_id": str(uuid5(IDS, str(self.body["symbol"]))),
            "symbol": self.body["symbol"],
            "asset_class": "us_equity",
            "notional": None,
            "qty": f"{self.qty:f}",
            "filled_qty": f"{self.filled:f}",
            "filled_avg_price": price,
            "order_class": "",
            "order_type": "limit",
            "type": "limit",
            "side": self.body["side"],
            "time_in_force": self.body["time_in_force"],
            "limit_price": f"{self.limit:f}",
            "stop_price": None,
            "status": self.status,
            "extended_hours": False,
            "legs": None,
            "trail_percent": None,
            "trail_price": None,
            "hwm": None,
        }


@dataclass(slots=True)
class Refusal(Exception):
    """A status and an error as Alpaca words it."""

    status: int
    code: int
    message: str


def _nobody(_event: Json) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class AlpacaModel:
    """One account. ``now`` is the broker's clock; ``quotes`` are bid and ask by symbol."""

    now: Callable[[], datetime]
    quotes: dict[str, tuple[Decimal, Decimal]]
    cash: Decimal = DEPOSIT
    number: str = "PA3STANDIN01"
    parts: int = 1
    """Fills that an order comes in."""
    multiplier: str = "1"
    positions: dict[str, Decimal] = field(default_factory=dict)
    orders: list[Booked] = field(default_factory=list)
    keys: dict[str, Booked] = field(default_factory=dict)
    ids: dict[str, Booked] = field(default_factory=dict)
    activities: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    """Trades as the stream of activities tells them."""
    whole_only: set[str] = field(default_factory=set)
    quote_age: timedelta = timedelta(milliseconds=200)
    session_of: Callable[[date], tuple[datetime, datetime] | None] = session_of
    """When the market opens and closes on a day."""
    tell: Callable[[Json], None] = _nobody
    """Is told what happens to orders, in the words of the stream."""

    def __post_init__(self) -> None:
        """The account was opened with a deposit, the day before."""
        self.book("CSD", self.cash, self.now() - timedelta(days=1))

    def book(self, kind: str, amount: Decimal, at: datetime, **more: object) -> Json:
        """Enter an activity that is no trade; its cash is not moved here."""
        row: Json = {
            "id": self._activity_id(at),
            "activity_type": kind,
            "date": at.astimezone(NEW_YORK).date().isoformat(),
            "created_at": stamp(at),
            "net_amount": f"{amount:f}",
            "currency": "USD",
            "status": "executed",
            **more,
        }
        self._enter(row)
        return row

    def pay(self, kind: str, amount: str, **more: object) -> None:
        """Cash comes or goes, now."""
        self.cash += D(amount)
        self.book(kind, D(amount), self.now(), **more)

    def place(self, body: Json) -> Booked:
        """Take an order, or raise ``Refusal``."""
        self.carry()
        key = str(body.get("client_order_id") or uuid5(IDS, f"client {len(self.orders)}"))
        qty, limit = self._judge(body, key)
        booked = Booked(len(self.orders), {**body, "client_order_id": key}, self.now(), qty, limit)
        self.orders.append(booked)
        self.keys[key] = self.ids[booked.broker_id] = booked
        if not self.is_open():
            booked.status = "accepted"
        self._publish(booked, booked.status)
        return booked

    def _publish(self, order: Booked, event: str, **more: object) -> None:
        """Tell whoever listens, as Alpaca's documentation of the stream has it."""
        told = {"event": event, "timestamp": stamp(self.now()), **more, "order": order.json()}
        self.tell(told)

    def _judge(self, body: Json, key: str) -> tuple[Decimal, Decimal]:
        """Quantity and limit of an order that can be taken."""
        symbol = str(body.get("symbol"))
        self._judge_force(body)
        if len(key) > 128:
            raise Refusal(422, 40010001, "client_order_id must be no more than 128 characters")
        if key in self.keys:
            raise Refusal(422, 40010001, "client_order_id must be unique")
        if symbol not in self.quotes:
            raise Refusal(422, 42210000, f'asset "{symbol}" not found')
        qty, limit = D(str(body["qty"])), D(str(body["limit_price"]))
        if qty <= 0 or limit <= 0:
            raise Refusal(422, 40010001, "qty must be > 0")
        tick = D("0.01") if limit >= 1 else D("0.0001")
        if limit % tick:
            words = "sub-penny increment does not fulfill minimum pricing criteria"
            raise Refusal(422, 42210000, f"invalid limit_price {limit}. {words}")
        if qty % (1 if symbol in self.whole_only else D("0.000000001")):
            raise Refusal(403, 40310000, f'asset "{symbol}" is not fractionable')
        self._afford(symbol, body["side"] == "buy", qty, limit)
        return qty, limit

    def _judge_force(self, body: Json) -> None:
        """How long an order may be good for; the words are our own, the rules are documented."""
        force = body.get("time_in_force")
        if body.get("type") != "limit" or force not in {"day", "cls"}:
            raise Refusal(422, 40010001, "only limit orders, day or cls, are known here")
        if force == "cls" and self._is_frozen():
            raise Refusal(422, 42210000, "cls orders are not accepted after 3:50pm and before 7pm")
        if force == "cls" and D(str(body["qty"])) % 1:
            raise Refusal(422, 42210000, "fractional orders must be DAY orders")

    def _afford(self, symbol: str, is_buy: bool, qty: Decimal, limit: Decimal) -> None:  # noqa: FBT001
        free = self.free(symbol)
        if is_buy and qty * limit > self.buying_power():
            raise Refusal(403, 40310000, "insufficient buying power")
        if not is_buy and qty > free:
            words = f"(requested: {qty:f}, available: {free:f})"
            raise Refusal(403, 40310000, f"insufficient qty available for order {words}")

    def buying_power(self) -> Decimal:
        """Cash that no open buy has taken."""
        taken = (o.limit * (o.qty - o.filled) for o in self.orders if o.is_live and o.is_buy)
        return self.cash - sum(taken, ZERO)

    def free(self, symbol: str) -> Decimal:
        """Shares that no open sale has taken."""
        sales = (o for o in self.orders if o.is_live and not o.is_buy)
        taken = (o.qty - o.filled for o in sales if o.body["symbol"] == symbol)
        return self.positions.get(symbol, ZERO) - sum(taken, ZERO)

    def cancel(self, broker_id: str) -> None:
        """Ask for a cancellation, or raise ``Refusal``."""
        self.carry()
        order = self.by_id(broker_id)
        if not order.is_live or order.cancel_at is not None:
            raise Refusal(422, 42210000, f'order is already in "{order.status}" state')
        if order.is_cls and self._is_frozen():
            raise Refusal(422, 42210000, "order is not cancelable")
        order.status, order.cancel_at = "pending_cancel", self.now() + LATENCY
        self._publish(order, "pending_cancel")

    def _is_frozen(self) -> bool:
        """From 15:50 to 19:00 in New York, or so long before an early close."""
        now = self.now().astimezone(NEW_YORK)
        session = self.session_of(now.date())
        return session is not None and session[1] - FREEZE <= now and now.hour < REOPENS

    def by_id(self, broker_id: str) -> Booked:
        if broker_id in self.ids:
            return self.ids[broker_id]
        raise Refusal(404, 40410000, f"order not found for {broker_id}")

    def by_key(self, key: str) -> Booked:
        if key in self.keys:
            return self.keys[key]
        raise Refusal(404, 40410000, f"order not found for {key}")

    def is_open(self) -> bool:
        """Whether the market is open now."""
        return self.session_at(self.now()) is not None

    def session_at(self, moment: datetime) -> tuple[datetime, datetime] | None:
        session = self.session_of(moment.astimezone(NEW_YORK).date())
        return session if session and session[0] <= moment < session[1] else None

    def carry(self) -> None:
        """Carry every open order up to now: cancelled, filled, or ended with its session."""
        for order in self.orders:
            if order.is_live:
                self._carry_one(order)

    def _carry_one(self, order: Booked) -> None:
        session = self._session_for(order)
        reached = max(order.sent + LATENCY, session[0])
        now = self.now()
        if order.cancel_at is not None and order.cancel_at <= now:
            order.status, order.ended = "canceled", order.cancel_at
            self._publish(order, "canceled")
        elif order.cancel_at is None and reached <= now and not order.is_cls:
            self._fill(order, reached)
        if order.is_live and order.is_cls and session[1] <= now:
            self._fill(order, session[1])
        if order.is_live and now >= session[1]:
            order.status, order.ended = "canceled" if order.is_cls else "expired", session[1]
            self._publish(order, order.status)

    def _session_for(self, order: Booked) -> tuple[datetime, datetime]:
        """The session that a day order is good for."""
        day = order.sent.astimezone(NEW_YORK).date()
        while (session := self.session_of(day)) is None or session[1] <= order.sent:
            day += timedelta(days=1)
        return session

    def _fill(self, order: Booked, at: datetime) -> None:
        """Fill an order whose limit is at the quote or beyond, in parts."""
        bid, ask = self.quotes[str(order.body["symbol"])]
        price = ask if order.is_buy else bid
        if (order.limit < ask) if order.is_buy else (order.limit > bid):
            return
        step = D("0.000000001") if order.qty % 1 else D(1)
        part = max(step, (order.qty / self.parts // step) * step)
        while order.filled < order.qty:
            last = len(self.fills_of(order)) + 1 >= self.parts
            size = order.qty - order.filled if last else min(part, order.qty - order.filled)
            self._trade(order, size, price, at)

    def fills_of(self, order: Booked) -> list[Json]:
        return [row for row in self.activities if row.get("order_id") == order.broker_id]

    def _trade(self, order: Booked, size: Decimal, price: Decimal, at: datetime) -> None:
        symbol, sign = str(order.body["symbol"]), 1 if order.is_buy else -1
        order.filled += size
        order.paid += size * price
        is_whole = order.filled == order.qty
        order.status = "filled" if is_whole else "partially_filled"
        order.ended = at if is_whole else None
        self.cash -= sign * size * price
        held = self.positions.get(symbol, ZERO) + sign * size
        self.positions[symbol] = held
        if not held:
            del self.positions[symbol]
        row: Json = {
            "id": self._activity_id(at),
            "activity_type": "FILL",
            "transaction_time": stamp(at),
            "type": "fill" if is_whole else "partial_fill",
            "price": f"{price:f}",
            "qty": f"{size:f}",
            "side": order.body["side"],
            "symbol": symbol,
            "leaves_qty": f"{order.qty - order.filled:f}",
            "order_id": order.broker_id,
            "cum_qty": f"{order.filled:f}",
            "order_status": order.status,
        }
        self._enter(row)
        execution_id = str(uuid5(IDS, f"execution {len(self.activities)}"))
        self.events.append(trade_event(row, execution_id, len(self.events), stamp(self.now())))
        self._publish(
            order,
            "fill" if is_whole else "partial_fill",
            execution_id=execution_id,
            price=f"{price:f}",
            qty=f"{size:f}",
            position_qty=f"{held:f}",
        )

    def _activity_id(self, at: datetime) -> str:
        tail = uuid5(IDS, f"activity {len(self.activities)}")
        return f"{at.astimezone(UTC):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}::{tail}"

    def _enter(self, row: Json) -> None:
        self.activities.append(row)

    def entries(self) -> list[Json]:
        """All activities, oldest first."""
        return sorted(self.activities, key=lambda row: str(row["id"]))
