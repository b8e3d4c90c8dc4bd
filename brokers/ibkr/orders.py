"""Orders at Interactive Brokers: sent once, found by our key, taken back, never changed.

Our key is the order's reference, which IB carries and does not check. That a key is good for one
order is kept here: before the first order over a connection everything that TWS knows is read.
What a message about an order means is decided by its code; a status only says that IB has it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    BrokerError,
    CancelRequested,
    CancelResult,
    FindResult,
    Found,
    Refused,
    SubmitResult,
    Unclear,
)
from brokers.ibkr import errors, fates
from brokers.ibkr.contracts import Contracts, Listed
from brokers.ibkr.ear import Garbled, Gone, Trouble
from brokers.ibkr.executions import Executions
from brokers.ibkr.fates import Look, Row
from brokers.ibkr.fields import plain
from brokers.ibkr.gaps import Picture, is_disturbed
from brokers.ibkr.library import Gateway, Told
from brokers.ibkr.library import Order as Wanted
from brokers.ibkr.link import Link
from brokers.ibkr.pace import Urgency
from brokers.ibkr.register import Register, Watch
from brokers.ibkr.trouble import WRITE, reading_error
from brokers.words import ZERO, Order, OrderKey, OrderState, OrderStatus, Side, TimeInForce

FRESH = timedelta(seconds=1)
"""How long one look answers for all orders."""
QUIET = timedelta(seconds=15)
"""How far apart two looks must miss an order until it is known to be absent."""
OBJECTION_SECONDS = 1.0
"""How long a better word is waited for after one that leaves it open what became of an order."""
SESSION_MAX = timedelta(hours=16)
"""A day order cannot live longer."""

FAILURES = (BrokerError, Trouble, Garbled, Gone, OSError, TimeoutError)
LEAVING = {"Cancelled", "ApiCancelled", "PendingCancel"}
"""Statuses of an order whose cancellation has reached IB."""

SENT_BEFORE = "this key was sent before"

Unfit = Callable[[Order, Listed], str]
"""Why an order must not be sent, or an empty string."""


class Orders:
    """The orders of one account. Everything here runs in the link's thread."""

    def __init__(
        self, link: Link, register: Register, contracts: Contracts, executions: Executions
    ) -> None:
        """Nothing is read until it is asked for."""
        self._link = link
        self._register = register
        self._contracts = contracts
        self._executions = executions
        self._sent: dict[OrderKey, tuple[datetime, Order]] = {}
        self._missed: dict[OrderKey, tuple[datetime, int]] = {}
        self._seen: tuple[datetime, Look] | None = None
        self._known: tuple[int, set[OrderKey]] | None = None
        self._keeps_silent: Gateway = None
        self._before: Picture | None = None
        self._cleared = 0
        self._gaps_seen = 0

    async def open(self) -> tuple[OrderState, ...]:
        """All that may still fill, also those that are not ours."""
        look = await self._look()
        self._gaps_seen = look.gaps
        states = (self._state(row, completed=False) for row in look.open)
        mine = {state.broker_id: state for state in states if state.status.is_live}
        return tuple(mine[number] for number in sorted(mine))

    async def find(self, key: OrderKey) -> FindResult:
        """The order with ``key``; two looks that miss it must be ``QUIET`` apart, with no gap."""
        look = await self._look()
        state = self._fate(key, look)
        if state is not None:
            self._missed.pop(key, None)
            return Found(state)
        now, gaps = self._link.timing.now(), self._link.state.gaps
        first, before = self._missed.setdefault(key, (now, gaps))
        if before != gaps:
            self._missed[key] = first, before = now, gaps
        return Absent(certain=look.is_whole and now - first >= QUIET)

    def forget(self) -> None:
        """Look again at the next question, however soon."""
        self._seen = None

    async def _look(self) -> Look:
        """Open orders first, then those that are done: one that is done in between is in both."""
        await self._link.client()
        now, gaps = self._link.timing.now(), self._link.state.gaps
        if self._seen is not None:
            at, look = self._seen
            if gaps == look.gaps and timedelta(0) <= now - at < FRESH:
                return look
        opened = await self._link.ask("openOrders", lambda client: client.reqAllOpenOrders())
        done = await self._completed()
        self._executions.forget()
        await self._executions.refresh()
        look = Look(gaps, self._mine(opened), self._mine(done or []), is_whole=done is not None)
        self._seen = now, look
        if not self._is_gap():
            self._before = self._picture(look)
        return look

    def _picture(self, look: Look) -> Picture:
        opened = {int(row[1].permId): row[1].orderRef for row in look.open}
        return Picture(self._executions.refs(), opened)

    async def _completed(self) -> list[Row] | None:
        """Orders that are done; None of a gateway that answers everything but this question.

        It is not asked again over the same connection: its late answer would be half of the next.
        """
        client = await self._link.client()
        if self._keeps_silent is client:
            return None
        try:
            return await self._link.ask(
                "completedOrders",
                lambda each: each.reqCompletedOrders(False),  # noqa: FBT003 - of all
                is_vital=False,
            )
        except TimeoutError:
            await self._link.probe()
            if not self._link.is_over(client):
                self._keeps_silent = client
                return None
            raise

    def _mine(self, rows: list[Row]) -> tuple[Row, ...]:
        """Orders of our account, and those of a group, which may be."""
        return tuple(row for row in rows if row[1].account in {"", self._link.account})

    def _state(self, row: Row, *, completed: bool) -> OrderState:
        """A row of a list. One that was pushed meanwhile is older than the status after it."""
        perm_id = int(row[1].permId)
        told = self._register.statuses.get(perm_id, "")
        status = told if told in fates.ENDS and not completed else row[2].status
        filled = self._executions.filled(perm_id)
        return fates.state_of(row, self._contracts.name_of, status, filled, completed=completed)

    def _fate(self, key: OrderKey, look: Look) -> OrderState | None:
        """What became of ``key``; None where nothing is known of it."""
        done = [self._state(row, completed=True) for row in fates.with_key(look.completed, key)]
        over = {state.broker_id for state in done}
        opened = [self._state(row, completed=False) for row in fates.with_key(look.open, key)]
        watch = self._register.of(key)
        if states := [*done, *(state for state in opened if state.broker_id not in over)]:
            state = fates.together(states)
            is_idle = state.status.is_live and state.reason == fates.IDLE
            words = fates.from_words(watch, state) if watch is not None and is_idle else None
            return words or state
        executed = self._executions.of(key)
        if watch is not None and key in self._sent:
            return self._unlisted(watch, *self._sent[key])
        return fates.from_executions(key, executed) if executed else None

    def _unlisted(self, watch: Watch, sent: datetime, order: Order) -> OrderState | None:
        """What became of an order that this process sent and TWS does not list."""
        filled = sum((each.quantity for each in self._executions.of(order.key)), ZERO)
        state = fates.as_sent(order, watch, filled)
        if filled >= order.quantity:
            return fates.ended(state, OrderStatus.FILLED)
        if words := fates.from_words(watch, state):
            return words
        if not watch.is_taken and not filled:
            return None
        if self._link.timing.now() - sent > SESSION_MAX:
            return fates.ended(state, OrderStatus.EXPIRED)
        return state

    def _forget(self, key: OrderKey) -> None:
        """What was read before an act is old."""
        self._seen = None
        self._executions.forget()
        self._missed.pop(key, None)

    # Acts

    async def submit(self, order: Order, unfit: Unfit) -> SubmitResult:
        """Send ``order`` once in this process's life; what comes of it is told, never raised."""
        try:
            why = await self._objection(order, unfit)
            if why:
                return Refused(f"not sent: {why}", left=why == SENT_BEFORE)
            async with asyncio.timeout(self._link.settings.timeout_seconds):
                await self._link.pace.take(Urgency.SUBMIT)
            watch = await self._send(order)
        except FAILURES as exc:
            return Refused(f"not sent: {reading_error(exc)}", left=False)
        await self._answer(watch, lambda: bool(watch.refusal) or watch.is_taken)
        return verdict(watch, self._link.settings.timeout_seconds)

    async def _objection(self, order: Order, unfit: Unfit) -> str:
        """Why ``order`` must not be sent, or an empty string."""
        if order.key in self._sent:
            return SENT_BEFORE
        await self._link.client()
        if self._link.is_reader:
            return f"another program trades as client id {self._link.settings.client_id}"
        if self._is_gap() and await self._is_disturbed():
            return "the connection was lost, and others traded; all must be read again first"
        if self._known is None or self._known[0] != self._link.state.gaps:
            look = await self._look()
            rows = (*look.open, *look.completed)
            self._known = self._link.state.gaps, {OrderKey(row[1].orderRef) for row in rows}
        if order.key in self._known[1] or self._executions.of(order.key):
            return "Interactive Brokers has an order with this key"
        listed = (await self._contracts.known([order.symbol])).get(order.symbol)
        if listed is None:
            return f"Interactive Brokers does not know {order.symbol}"
        return unfit(order, listed)

    def _is_gap(self) -> bool:
        """Whether the connection was lost since all was told, or found to be undisturbed."""
        told = min(self._gaps_seen, self._executions.gaps_seen)
        return max(told, self._cleared) < self._link.state.gaps

    async def _is_disturbed(self) -> bool:
        """Read all again; whether anything came or went meanwhile that is not ours."""
        self._seen = None
        look = await self._look()
        if is_disturbed(self._before, self._picture(look), self._sent):
            return True
        self._cleared = max(look.gaps, self._cleared)
        return self._is_gap()

    async def _send(self, order: Order) -> Watch:
        """Hand the order to the socket, or raise because that cannot be."""
        listed = (await self._contracts.known([order.symbol]))[order.symbol]
        client = await self._link.client()
        if self._is_gap() or self._link.is_reader:
            raise Gone("the connection was lost")
        self._forget(order.key)
        watch = self._register.watch(order.key, client.getReqId())
        client.placeOrder(watch.order_id, listed.contract, wanted(order, self._link.account))
        self._sent[order.key] = self._link.timing.now(), order
        return watch

    async def _answer(self, watch: Watch, decided: Callable[[], bool]) -> None:
        """Wait until TWS has said something that decides, for as long as that makes sense."""
        end = self._link.timing.seconds() + self._link.settings.timeout_seconds
        while not decided() and not watch.gone:
            left = end - self._link.timing.seconds()
            if watch.objection:
                left = min(left, OBJECTION_SECONDS)
            watch.told.clear()
            try:
                async with asyncio.timeout(max(left, 0)):
                    await watch.told.wait()
            except TimeoutError:
                if not watch.objection:
                    await self._link.probe()
                return

    async def cancel(self, key: OrderKey) -> CancelResult:
        """Ask for the cancellation of our order; where TWS objects, look what became of it."""
        try:
            self._seen = None
            rows = fates.with_key((await self._look()).open, key)
            if not rows:
                return await self._looked_up(key)
            results = [await self._cancel_one(key, row) for row in rows]
        except FAILURES as exc:
            return Unclear(str(reading_error(exc)))
        return next((r for r in results if isinstance(r, Unclear)), results[0])

    async def _cancel_one(self, key: OrderKey, row: Row) -> CancelResult:
        wanted_by = int(row[1].clientId)
        if wanted_by != self._link.client_id:
            return Unclear(f"client id {wanted_by} sent it, and only that one can cancel it")
        client = await self._link.client()
        await self._link.pace.take(Urgency.CANCEL)
        watch = self._register.watch(key, int(row[1].orderId))
        watch.objection = watch.refusal = ""
        watch.gone = False
        self._forget(key)
        client.cancelOrder(watch.order_id, "")
        await self._answer(watch, lambda: watch.cancelled or watch.status in LEAVING)
        if watch.cancelled or watch.status in LEAVING:
            return CancelRequested()
        if watch.objection or watch.refusal:
            watch.objection = watch.refusal = ""  # of the cancellation, not of the order
            return await self._looked_up(key)
        return Unclear("TWS does not say what became of the cancellation")

    async def _looked_up(self, key: OrderKey) -> CancelResult:
        """What there is to cancel, after a look."""
        self._seen = None
        state = self._fate(key, await self._look())
        if state is None:
            return Unclear("Interactive Brokers has no such order, or not yet")
        return Unclear("it is open still") if state.status.is_live else AlreadyDone()


def wanted(order: Order, account: str) -> Told:
    """A limit order, or one for the closing auction; numbers exact, for one named account."""
    return Wanted(
        action="BUY" if order.side is Side.BUY else "SELL",
        totalQuantity=_exact(order.quantity),
        orderType="LOC" if order.force is TimeInForce.CLOSE else "LMT",
        lmtPrice=_exact(order.limit),
        tif="DAY",
        account=account,
        orderRef=order.key,
        outsideRth=False,
        transmit=True,
    )


def _exact(value: Decimal) -> Decimal:
    """The library writes what is no float as it is printed, and so without a loss."""
    return plain(value)


def verdict(watch: Watch, seconds: float) -> SubmitResult:
    """What is known of an order when the time for its answer is over."""
    if watch.refusal:
        advice = f"; {WRITE}" if errors.READ_ONLY in watch.refusal.lower() else ""
        return Refused(watch.refusal + advice)
    if watch.is_taken:
        return Accepted(str(watch.perm_id))
    if watch.objection:
        return Unclear(watch.objection)
    if watch.gone:
        return Unclear("the connection ended before TWS answered")
    return Unclear(f"TWS did not answer within {seconds:g} seconds")
