"""What becomes of orders and cancellations on a bad day.

Each row is given the exchange ``Bench``, the order or its key, and the strike, and answers as the
seam does. What is to happen later is put on the bench's calendar.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Protocol

from brokers.broker import (
    Accepted,
    AlreadyDone,
    CancelRequested,
    CancelResult,
    Found,
    Refused,
    SubmitResult,
    Unclear,
)
from brokers.paper.broker import PaperBroker
from brokers.paper.faults.strike import Strike
from brokers.paper.faults.tape import BentTape
from brokers.words import (
    ZERO,
    Execution,
    Order,
    OrderKey,
    OrderState,
    OrderStatus,
    Session,
    Side,
    Symbol,
)

CENT = Decimal("0.01")


class Bench(Protocol):
    """What an act may do: use the exchange, its tape, and a calendar of what comes later."""

    exchange: PaperBroker
    priced_at: dict[Symbol, datetime]
    """When quotes of each name were told last."""
    tape: BentTape

    def now(self) -> datetime:
        """The exchange's time."""
        ...

    def session(self) -> Session | None:
        """The exchange's session that is open."""
        ...

    def is_under_way(self, symbol: Symbol) -> bool:
        """Whether an order in it was sent and has not arrived yet."""
        ...

    def later(self, seconds: float, act: Callable[[datetime], object]) -> None:
        """Do ``act`` in so many seconds; it is told the moment."""
        ...


Submit = Callable[[Bench, Order, Strike], SubmitResult]
Cancel = Callable[[Bench, OrderKey, Strike], CancelResult]

NO_ANSWER = Unclear("no answer came")


def _lost(_bench: Bench, _order: Order, _strike: Strike) -> SubmitResult:
    return NO_ANSWER


def _answer_lost(bench: Bench, order: Order, _strike: Strike) -> SubmitResult:
    bench.exchange.submit(order)
    return NO_ANSWER


def _arrives(low: float, high: float) -> Submit:
    def late(bench: Bench, order: Order, strike: Strike) -> SubmitResult:
        bench.later(strike.dice.uniform(low, high), lambda at: bench.exchange.place(order, at))
        return NO_ANSWER

    return late


def _twice(bench: Bench, order: Order, _strike: Strike) -> SubmitResult:
    first = bench.exchange.submit(order)
    bench.exchange.submit(order)
    return first


def _refused(reason: str) -> Submit:
    def refuse(_bench: Bench, _order: Order, _strike: Strike) -> SubmitResult:
        return Refused(reason)

    return refuse


def _thrown_out(bench: Bench, order: Order, _strike: Strike) -> SubmitResult:
    answer = bench.exchange.submit(order)
    bench.exchange.office.end(order.key, OrderStatus.REJECTED, "risk check", bench.now())
    return answer


def _at_most(bench: Bench, order: Order) -> Decimal:
    """How much more of it may be filled: nobody is made short."""
    left = held_of(bench).get(order.symbol, ZERO) - order.quantity
    return left if order.side is Side.SELL else order.quantity


def _too_much(bench: Bench, order: Order, strike: Strike) -> SubmitResult:
    answer = bench.exchange.submit(order)
    quantity = (order.quantity / 5).quantize(Decimal(1), ROUND_DOWN) or order.quantity
    if isinstance(answer, Accepted) and quantity <= _at_most(bench, order):
        extra = Execution(
            root="",
            version=1,
            key=order.key,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=order.limit,
            fee=ZERO,
            time=bench.now(),
            currency=order.currency,
        )
        bench.later(strike.dice.uniform(1, 20), lambda at: bench.exchange.office.trade(extra, at))
    return answer


def _worse(bench: Bench, order: Order, _strike: Strike) -> SubmitResult:
    answer = bench.exchange.submit(order)
    if isinstance(answer, Accepted):
        worse = order.limit * (1 + order.side.sign * Decimal("0.02"))
        price = max(worse.quantize(CENT), CENT)
        bench.exchange.office.take(order.key, order.quantity, price, bench.now())
    return answer


def _partly(bench: Bench, order: Order, _strike: Strike) -> SubmitResult:
    answer = bench.exchange.submit(order)
    if isinstance(answer, Accepted):
        half = (order.quantity / 2).quantize(Decimal(1), ROUND_DOWN)
        if half:
            bench.exchange.office.take(order.key, half, order.limit, bench.now())
        bench.exchange.office.end(order.key, OrderStatus.EXPIRED, "expired early", bench.now())
    return answer


def _ignored(bench: Bench, order: Order, _strike: Strike) -> SubmitResult:
    bench.tape.still[order.symbol] = bench.now() + timedelta(hours=1)
    return bench.exchange.submit(order)


SUBMITS: Mapping[str, Submit] = {
    "request-lost": _lost,
    "answer-lost": _answer_lost,
    "request-late": _arrives(2, 12),
    "request-zombie": _arrives(60, 1200),
    "server-error-before": _lost,
    "server-error-after": _answer_lost,
    "rate-limited": _refused("429: too many requests"),
    "delivered-twice": _twice,
    "refused-funds": _refused("insufficient buying power"),
    "refused-untradable": _refused("the asset is not tradable"),
    "refused-blocked": _refused("the account is blocked"),
    "refused-tick": _refused("the price does not conform to the minimum variation"),
    "refused-wash": _refused("potential wash trade detected"),
    "accepted-then-rejected": _thrown_out,
    "filled-too-much": _too_much,
    "filled-worse": _worse,
    "partly-then-expired": _partly,
    "never-fills": _ignored,
}


def _cancel_lost(_bench: Bench, _key: OrderKey, _strike: Strike) -> CancelResult:
    return Unclear("no answer came")


def _cancel_answer_lost(bench: Bench, key: OrderKey, _strike: Strike) -> CancelResult:
    bench.exchange.cancel(key)
    return Unclear("no answer came")


def _cancel_late(bench: Bench, key: OrderKey, strike: Strike) -> CancelResult:
    bench.later(strike.dice.uniform(10, 40), lambda at: bench.exchange.withdraw(key, at))
    return CancelRequested()


def _cancel_stuck(_bench: Bench, _key: OrderKey, _strike: Strike) -> CancelResult:
    return CancelRequested()


def _beaten(bench: Bench, key: OrderKey, _strike: Strike) -> CancelResult:
    state = _open(bench, key)
    if state is not None and state.limit is not None:
        left = state.quantity - state.filled
        bench.exchange.office.take(key, left, state.limit, bench.now())
        return CancelRequested()
    return bench.exchange.cancel(key)


def _too_late(_bench: Bench, _key: OrderKey, _strike: Strike) -> CancelResult:
    return AlreadyDone()


def _open(bench: Bench, key: OrderKey) -> OrderState | None:
    found = bench.exchange.find(key)
    return found.state if isinstance(found, Found) and found.state.status.is_live else None


CANCELS: Mapping[str, Cancel] = {
    "cancel-lost": _cancel_lost,
    "cancel-answer-lost": _cancel_answer_lost,
    "cancel-late": _cancel_late,
    "cancel-stuck": _cancel_stuck,
    "fill-beats-cancel": _beaten,
    "cancel-too-late": _too_late,
}


def held_of(bench: Bench) -> dict[Symbol, Decimal]:
    """What the account really holds."""
    return {p.symbol: p.quantity for p in bench.exchange.account().positions}
