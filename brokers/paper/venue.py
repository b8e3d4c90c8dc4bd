"""One account at the exchange: its ledger, and what it adds up to, carried from moment to moment.

A change is made to the ledger and to a copy of the standing; the copy is taken over once the
ledger has committed. So a failure in between leaves both as they were.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.broker import (
    Accepted,
    AlreadyDone,
    CancelRequested,
    CancelResult,
    Misconfigured,
    Refused,
    Unclear,
)
from brokers.paper.advance import World, advance
from brokers.paper.exchange import CLOSING_LEAD, US_FEES, Desk, FeeRule, Fill, refusal
from brokers.paper.ledger import Ledger, Opened
from brokers.paper.records import Booked, Role, Trade
from brokers.paper.schema import flow_id_of, root_of
from brokers.paper.settlement import SessionAt, settles_at
from brokers.paper.standing import AccountKind, Standing, after, after_flow, read
from brokers.paper.tape import Tape
from brokers.words import (
    USD,
    ZERO,
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    Instrument,
    Order,
    OrderKey,
    OrderStatus,
    Session,
    Symbol,
    TimeInForce,
)

FRACTION = Decimal("0.000001")
INSTANT = timedelta(microseconds=1)
CLOCK_SLACK = timedelta(days=1)
"""How far back a clock may be set; further, the ledger belongs to another time."""


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """How an account is opened, and how its exchange behaves.

    ``cash`` and ``base`` count when the ledger is new; afterwards the ledger knows better.
    ``participation`` is the share of a minute's volume that our orders are filled from.
    """

    cash: Decimal = Decimal(100_000)
    base: Currency = USD
    latency_ms: int = 50
    participation: Decimal = Decimal("0.1")
    fractional: bool = True
    kind: AccountKind = AccountKind.MARGIN
    settlement_days: int = 1
    fees: tuple[FeeRule, ...] = US_FEES

    @property
    def latency(self) -> timedelta:
        """Time that an order or a cancellation is under way."""
        return timedelta(milliseconds=self.latency_ms)

    @property
    def quantity_step(self) -> Decimal:
        """Smallest part of a share that trades."""
        return FRACTION if self.fractional else Decimal(1)


class Venue:
    """One account, and the exchange around it."""

    def __init__(
        self, ledger: Ledger, tape: Tape, session_at: SessionAt, options: PaperOptions
    ) -> None:
        """Take an account that ``open_account`` has made."""
        self._ledger = ledger
        self._tape = tape
        self._session_at = session_at
        self._options = options
        opened = ledger.account()
        assert opened is not None, "an account is opened first"
        self.opened: Opened = opened
        self.standing: Standing = read(ledger, opened.looked_at, opened.revision)

    def session(self, at: datetime) -> Session | None:
        """The session that is open at ``at``."""
        found = self._session_at(at)
        return found if found is not None and found.opens <= at < found.closes else None

    def instrument(self, symbol: Symbol) -> Instrument | None:
        """What is traded under ``symbol``, in the steps of this account."""
        known = self._tape.instruments((symbol,)).get(symbol)
        return known and replace(known, quantity_step=self._options.quantity_step)

    def carry(self, at: datetime) -> None:
        """Bring the account up to ``at``; quick where nothing can have happened."""
        idle = not self.standing.orders or at <= self.standing.looked_at
        if idle and self._ledger.revision() == self.standing.revision:
            return
        with self._turn(at):
            pass  # the turn itself carries it

    def submit(self, order: Order, at: datetime) -> Accepted | Refused:
        """Judge ``order``, write it down, and send it on its way."""
        with self._turn(at):
            if self._ledger.order(order.key) is not None:
                return Refused(f"an order with key {order.key} is here already")
            booked = self._judged(order, self.standing.looked_at)
            self._keep((booked,), ())
            self._carry(self.standing.looked_at)
            accepted = booked.status is OrderStatus.OPEN
            return Accepted(booked.broker_id) if accepted else Refused(booked.reason)

    def cancel(self, key: OrderKey, at: datetime) -> CancelResult:
        """Send a cancellation after the order; until it arrives the order may still fill."""
        with self._turn(at):
            booked = self._ledger.order(key)
            if booked is None or not booked.status.is_live:
                return AlreadyDone()
            if self._is_frozen(booked):
                return Unclear("it is too late to take it out of the closing auction")
            if booked.cancel_at is None:
                arrives = self.standing.looked_at + self._options.latency
                self._keep((replace(booked, cancel_at=arrives),), ())
                self._carry(self.standing.looked_at)
            return CancelRequested()

    def _is_frozen(self, booked: Booked) -> bool:
        """Whether its auction is so near that it cannot be taken out any more."""
        left = booked.expires_at - self.standing.looked_at
        return booked.role is Role.AUCTION and left < CLOSING_LEAD

    def deposit(self, amount: Decimal, when: datetime, at: datetime) -> Accepted | Refused:
        """Pay ``amount`` in at ``when``, or out where it is below zero."""
        with self._turn(at):
            why = self._flow_refusal(amount, when)
            if why:
                return Refused(why)
            seq, now = self.standing.last_flow + 1, self.standing.looked_at
            flow = flow_of(seq, amount, when, self.opened.base)
            self._ledger.add_flow(seq, flow)
            self._ledger.changed(now)
            self.standing = after_flow(self.standing, flow)
            return Accepted(flow.flow_id)

    @contextmanager
    def amending(self, at: datetime) -> Iterator[Ledger]:
        """Hold the ledger at ``at`` for the back office; the account is then added up afresh."""
        with self._turn(at):
            yield self._ledger
            self._ledger.changed(self.standing.looked_at)
            self._refresh()

    @contextmanager
    def _turn(self, at: datetime) -> Iterator[None]:
        """Hold the ledger, with the account at ``at``; a failure takes everything back."""
        before = self.standing
        try:
            with self._ledger.writing():
                self._refresh()
                if at > self.standing.looked_at:
                    self._carry(at)
                yield
            before = self.standing
        finally:
            self.standing = before

    def _refresh(self) -> None:
        """Read the ledger again where another process has changed it."""
        opened = self._ledger.account()
        assert opened is not None, "an account is never deleted"
        if opened.revision != self.standing.revision:
            self.standing = read(self._ledger, opened.looked_at, opened.revision)

    def _carry(self, at: datetime) -> None:
        """Carry the open orders on to ``at``, and keep what happened to them."""
        since = self.standing.looked_at
        outcome = advance(self.standing.orders.values(), since, at, self._world())
        self.standing = replace(self.standing, looked_at=at)
        if outcome.changed:
            self._keep(outcome.changed, outcome.fills)

    def _world(self) -> World:
        options = self._options
        step = options.quantity_step
        return World(self._tape, options.participation, step, options.fees, self._used)

    def _used(self, symbol: Symbol, minute: datetime) -> Decimal:
        trades = self._ledger.trades_of(symbol, minute)
        return sum((trade.execution.quantity for trade in trades), ZERO)

    def _keep(self, orders: tuple[Booked, ...], fills: tuple[Fill, ...]) -> None:
        """Write down how ``orders`` stand now, and the trades that ``fills`` are."""
        first = self.standing.last_trade + 1
        trades = tuple(self._trade(seq, fill) for seq, fill in enumerate(fills, first))
        self._ledger.put_orders(orders)
        self._ledger.add_trades(first, trades)
        self._ledger.changed(self.standing.looked_at)
        self.standing = after(self.standing, orders, trades)

    def _trade(self, seq: int, fill: Fill) -> Trade:
        session = self.session(fill.time) or self.session(fill.time - INSTANT)  # at the close
        assert session is not None, "an order lives within one session"
        execution = Execution(
            root=root_of(seq),
            version=1,
            key=fill.order.key,
            symbol=fill.order.symbol,
            side=fill.order.side,
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            time=fill.time,
            currency=fill.order.currency,
        )
        return Trade(
            execution, settles_at(session, self._options.settlement_days, self._session_at)
        )

    def _judged(self, order: Order, at: datetime) -> Booked:
        """``order`` as it is written down: open, or rejected with the reason."""
        session, desk = self.session(at), self._desk(order, at)
        why = refusal(order, desk)
        arrives = at + self._options.latency
        return Booked(
            seq=self.standing.last_order + 1,
            order=order,
            placed_at=at,
            live_at=arrives,
            expires_at=session.closes if session else at,
            reserved=ZERO if why else desk.reserve(order),
            role=Role.AUCTION if order.force is TimeInForce.CLOSE else Role.PENDING,
            status=OrderStatus.REJECTED if why else OrderStatus.OPEN,
            reason=why,
        )

    def _desk(self, order: Order, at: datetime) -> Desk:
        session = self.session(at)
        return Desk(
            is_open=session is not None,
            closes_in=session.closes - at if session else timedelta(0),
            base=self.opened.base,
            instrument=self.instrument(order.symbol),
            buying_power=self.standing.buying_power(at, self._options.kind),
            sellable=self.standing.sellable(order.symbol),
            fees=self._options.fees,
        )

    def _flow_refusal(self, amount: Decimal, when: datetime) -> str:
        now = self.standing.looked_at
        if not amount.is_finite() or not amount:
            return f"{amount} is not an amount"
        if when < now:
            return f"{when:%Y-%m-%d %H:%M} UTC has passed"
        free = min(
            self.standing.settled(now, AccountKind.CASH),
            self.standing.buying_power(now, self._options.kind),
        )
        return f"only {free} can be paid out" if amount + free < 0 else ""


def open_account(ledger: Ledger, options: PaperOptions, at: datetime) -> None:
    """Open the account with its first deposit, or find it open. Raises ``Misconfigured``."""
    if not options.cash.is_finite() or options.cash < 0:
        raise Misconfigured(f"a paper account cannot start with {options.cash}", "name an amount")
    with ledger.writing():
        opened = ledger.account()
        if opened is None:
            first = flow_of(1, options.cash, at, options.base) if options.cash else None
            ledger.open_account(options.base, first, at)
            return
    if opened.base != options.base:
        raise Misconfigured(
            f"this paper account holds {opened.base}, not {options.base}",
            "name its currency, or another ledger",
        )
    if opened.looked_at - at > CLOCK_SLACK:
        raise Misconfigured(
            f"this paper account has come to {opened.looked_at:%Y-%m-%d}, the clock says "
            f"{at:%Y-%m-%d}",
            "set the clock right, or name another ledger",
        )


def flow_of(seq: int, amount: Decimal, at: datetime, currency: Currency) -> CashFlow:
    """A deposit, or a withdrawal where ``amount`` is below zero."""
    kind = FlowKind.DEPOSIT if amount > 0 else FlowKind.WITHDRAWAL
    return CashFlow(flow_id_of(seq), kind, amount, at, currency)
