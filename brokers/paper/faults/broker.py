"""The paper exchange behind a seam that fails as ``faults`` say: a ``Broker`` like any other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from brokers.broker import (
    Absent,
    BrokerClock,
    CancelResult,
    Capabilities,
    FindResult,
    Found,
    SubmitResult,
    Unclear,
)
from brokers.paper.broker import PaperBroker
from brokers.paper.faults.acts import CANCELS, SUBMITS
from brokers.paper.faults.answers import ANSWERS
from brokers.paper.faults.record import HAND, HAPPENINGS
from brokers.paper.faults.schedule import Fault
from brokers.paper.faults.strike import Strike, Struck
from brokers.paper.faults.tape import BentTape
from brokers.paper.settlement import SessionAt
from brokers.words import (
    AccountState,
    ActionRecord,
    Bars,
    CashFlow,
    Currency,
    Execution,
    FxRate,
    Instrument,
    Order,
    OrderKey,
    OrderState,
    Quote,
    Session,
    Symbol,
    Transfer,
)

A = TypeVar("A")

LOOKUPS_APART = timedelta(seconds=15)
DOWN = frozenset({"unreachable", "outage"})
NEVER = timedelta(days=20)
"""A fault that found nothing to strike in this time is forgotten."""

Wire = Callable[[str, OrderKey, Order | None], None]
"""Told of each order ("submit") and cancellation ("cancel") before anything becomes of it, of each
order once it is done ("answered"), and of each look at the open orders ("look")."""


def silent(_act: str, _key: OrderKey, _order: Order | None) -> None:
    """Nobody listens."""


class Faulty:
    """The exchange on its bad days. Besides ``Broker``: what it did, and its calendar.

    ``exchange`` is the real one, whose ledger is the truth. ``quoted`` is the quote that was told
    last of each name, None where there was none; ``clock_ahead`` and ``said_open`` what its clock
    said last: by how much it was off, and whether it takes orders.
    """

    def __init__(
        self,
        exchange: PaperBroker,
        tape: BentTape,
        now: Callable[[], datetime],
        session_at: SessionAt,
        faults: Sequence[Fault],
    ) -> None:
        """Stand before ``exchange``, which trades on ``tape``."""
        self.exchange = exchange
        self.tape = tape
        self.wire: Wire = silent
        self.struck: list[Struck] = []
        self.quoted: dict[Symbol, Quote | None] = {}
        self.priced_at: dict[Symbol, datetime] = {}
        self.clock_ahead = timedelta(0)
        self.said_open = True
        self._now = now
        self._session_at = session_at
        self._ahead = list(reversed(faults))
        self._armed: list[Strike] = []
        self._calendar: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._sent = 0
        self._missed: dict[OrderKey, datetime] = {}
        self._before: dict[str, object] = {}
        self._flying: dict[OrderKey, Symbol] = {}

    # What whoever drives the bot needs.

    def now(self) -> datetime:
        """The exchange's time."""
        return self._now()

    def session(self) -> Session | None:
        """The exchange's session that is open."""
        return self._session_at(self._now())

    def plain(self) -> "Faulty":
        """The same exchange on a good day: what somebody sees on the broker's own screen."""
        return Faulty(self.exchange, self.tape, self._now, self._session_at, ())

    def later(self, seconds: float, act: Callable[[datetime], object]) -> None:
        """Do ``act`` in so many seconds."""
        self._sent += 1
        self._calendar.append((self._now() + timedelta(seconds=seconds), self._sent, act))

    def is_under_way(self, symbol: Symbol) -> bool:
        """Whether an order in it was sent and has not arrived yet."""
        return symbol in self._flying.values()

    def heal(self) -> None:
        """No further fault; what is on its way still arrives."""
        self._ahead.clear()
        self._armed.clear()

    def settle(self) -> None:
        """Let happen what was to happen by now, though nobody asks."""
        now = self._now()
        while due := [entry for entry in self._calendar if entry[0] <= now]:
            entry = min(due, key=lambda each: each[:2])
            self._calendar.remove(entry)
            entry[2](entry[0])

    def host_strikes(self) -> Iterator[Strike]:
        """Faults of the machine that wait for their step; whoever drives the bot strikes them."""
        self._arm()
        return (strike for strike in self._armed if strike.fault.kind.seam == "host")

    def has_struck(self, strike: Strike, detail: str = "") -> None:
        """Write down that ``strike`` has happened, and forget it."""
        self._log(strike, detail)
        self._armed.remove(strike)

    def newest_state(self) -> str:
        """How our newest order stands at the exchange."""
        if self._flying:
            return "under way"
        opened = [s for s in self.exchange.open_orders() if s.key and not s.key.startswith(HAND)]
        if any(state.filled for state in opened):
            return "partly filled"
        if opened:
            return "open"
        session = self.session()
        if session is not None and self.exchange.executions(session.opens):
            return "filled today"
        return "none"

    # The seam.

    @property
    def capabilities(self) -> Capabilities:
        """What a broker at a distance keeps: its record of an order may come after the order."""
        mine = self.exchange.capabilities
        return replace(mine, corrections=True, lookups_apart=LOOKUPS_APART, actions=None)

    def clock(self) -> BrokerClock:
        """The broker's time and whether its session is open."""
        told = self._told("clock", self.exchange.clock)
        self.clock_ahead, self.said_open = told.time - self._now(), told.is_open
        return told

    def account(self) -> AccountState:
        """Cash and positions."""
        return self._told("account", self.exchange.account)

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that are known."""
        return self._told("instruments", lambda: self.exchange.instruments(symbols))

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """Latest quotes, as they are."""
        told = self._told("quotes", lambda: self.exchange.quotes(symbols))
        self.quoted |= {symbol: told.get(symbol) for symbol in symbols}
        self.priced_at |= dict.fromkeys(symbols, self._now())
        return told

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        """One for ``base`` itself."""
        return self._told("fx", lambda: self.exchange.fx(currencies, base))

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """Daily bars before today."""
        return self._told("bars", lambda: self.exchange.bars(symbols, days))

    def executions(self, since: datetime | None) -> tuple[Execution, ...]:
        """Executions from ``since`` on; those of the owner's own orders carry no key of ours."""
        return self._told(
            "executions", lambda: tuple(map(_as_ours, self.exchange.executions(since)))
        )

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        """What was paid in and out."""
        return self._told("cash_flows", lambda: self.exchange.cash_flows(since))

    def transfers(self, since: datetime | None) -> tuple[Transfer, ...]:
        """Shares that came or went without a trade."""
        return self._told("transfers", lambda: self.exchange.transfers(since))

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        """What companies did."""
        return self._told("corporate_actions", lambda: self.exchange.corporate_actions(since))

    def open_orders(self) -> tuple[OrderState, ...]:
        """Every order that may still fill, also those that are not ours."""
        self.wire("look", OrderKey(""), None)
        return self._told(
            "open_orders", lambda: tuple(map(_as_our_state, self.exchange.open_orders()))
        )

    def find(self, key: OrderKey) -> FindResult:
        """The order that carries ``key``; that there is none is certain at a second look."""
        return self._told("find", lambda: self._found(key), key)

    def _found(self, key: OrderKey) -> FindResult:
        found = self.exchange.find(key)
        if isinstance(found, Found):
            return found
        first = self._missed.setdefault(key, self._now())
        return Absent(certain=self._now() - first >= LOOKUPS_APART)

    def submit(self, order: Order) -> SubmitResult:
        """Send ``order``, or what becomes of it."""
        self._begin()
        self.wire("submit", order.key, order)
        if self._is_down():
            return Unclear("no link")
        strike = self._first("submit")
        answer = self.exchange.submit(order) if strike is None else self._struck(order, strike)
        self.wire("answered", order.key, order)
        return answer

    def _struck(self, order: Order, strike: Strike) -> SubmitResult:
        self._log(strike, order.key)
        self._flying[order.key] = order.symbol
        answer = SUBMITS[strike.name](self, order, strike)
        if not isinstance(answer, Unclear):
            del self._flying[order.key]
        return answer

    def cancel(self, key: OrderKey) -> CancelResult:
        """Ask for a cancellation, or what becomes of it."""
        self._begin()
        self.wire("cancel", key, None)
        if self._is_down():
            return Unclear("no link")
        strike = self._first("cancel")
        if strike is None:
            return self.exchange.cancel(key)
        self._log(strike, key)
        return CANCELS[strike.name](self, key, strike)

    # How faults come about.

    def _told(self, seam: str, ask: Callable[[], A], about: str = "") -> A:
        """The answer to a reading: the truth, or what is told instead."""
        self._begin()
        for strike in self._striking("any"):
            ANSWERS[strike.name](None, None, strike)
        true = answer = ask()
        memory = f"{seam} {about}"
        for strike in self._striking(seam):
            answer = ANSWERS[strike.name](answer, self._before.get(memory), strike)
        self._before[memory] = true
        return answer

    def _begin(self) -> None:
        """Bring everything up to now: what is due arrives, what is over ends, what is next arms."""
        self.settle()
        self._land()
        now = self._now()
        self._armed = [strike for strike in self._armed if not self._is_past(strike, now)]
        self._arm()
        for strike in [s for s in self._armed if s.fault.kind.seam in {"office", "people"}]:
            if strike.skip > 0:
                strike.skip -= 1
            elif (what := HAPPENINGS[strike.name](self, strike)) is not None:
                self.has_struck(strike, what)

    def _arm(self) -> None:
        now = self._now()
        while self._ahead and self._ahead[-1].due <= now:
            self._armed.append(Strike.of(self._ahead.pop()))

    def _is_past(self, strike: Strike, now: datetime) -> bool:
        return strike.is_over(now) if strike.has_begun else now - strike.fault.due > NEVER

    def _land(self) -> None:
        """Forget what was under way once it has arrived, or its session is over."""
        for key in tuple(self._flying):
            if isinstance(self.exchange.find(key), Found) or self.session() is None:
                del self._flying[key]

    def _striking(self, seam: str) -> Iterator[Strike]:
        """Those that strike this call; each is written down once."""
        now = self._now()
        for strike in [s for s in self._armed if s.fault.kind.seam == seam]:
            if strike.skip > 0:
                strike.skip -= 1
                continue
            if not strike.has_begun:
                strike.begin(now)
                self._log(strike)
            yield strike

    def _first(self, seam: str) -> Strike | None:
        """The one that strikes this act; the others wait for the next."""
        strike = next((s for s in self._armed if s.fault.kind.seam == seam), None)
        if strike is not None:
            strike.begin(self._now())
            if not strike.fault.kind.seconds:
                self._armed.remove(strike)
        return strike

    def _is_down(self) -> bool:
        down = [s for s in self._armed if s.name in DOWN and s.has_begun]
        return any(not strike.is_over(self._now()) for strike in down)

    def _log(self, strike: Strike, detail: str = "") -> None:
        name, number = strike.name, strike.fault.number
        if all(struck.number != number for struck in self.struck[-50:]):
            self.struck.append(Struck(number, name, self._now(), self.newest_state(), detail))


def _as_ours(execution: Execution) -> Execution:
    """The owner's own trades carry no key."""
    by_hand = execution.key is not None and execution.key.startswith(HAND)
    return replace(execution, key=None) if by_hand else execution


def _as_our_state(state: OrderState) -> OrderState:
    by_hand = state.key is not None and state.key.startswith(HAND)
    return replace(state, key=None) if by_hand else state
