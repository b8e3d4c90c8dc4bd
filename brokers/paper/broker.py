"""The paper exchange as a ``Broker``: every call first carries the open orders up to now.

Same ledger, tape, calls and moments: same executions and the same ids. Nothing is drawn here.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from brokers.broker import (
    Absent,
    Accepted,
    BrokerClock,
    BrokerError,
    CancelResult,
    Capabilities,
    FindResult,
    Found,
    KeyKind,
    Rates,
    Refused,
    SubmitResult,
    Unclear,
)
from brokers.paper.daily import NEW_YORK
from brokers.paper.exchange import CLOSING_LEAD, KEY_LENGTH_MAX
from brokers.paper.ledger import Ledger
from brokers.paper.office import Office, past_of, transfers_of, with_symbols
from brokers.paper.settlement import SessionAt
from brokers.paper.standing import AccountKind
from brokers.paper.tape import MarketTape, Tape
from brokers.paper.venue import PaperOptions, Venue, open_account
from brokers.words import (
    AccountId,
    AccountState,
    ActionRecord,
    Bars,
    Cash,
    CashFlow,
    Currency,
    Environment,
    Execution,
    FxRate,
    Instrument,
    Order,
    OrderKey,
    OrderState,
    Quote,
    Relief,
    Symbol,
    Transfer,
)

ORDERS_PER_SECOND = Decimal(1000)


class PaperBroker:
    """One account at the embedded exchange. Besides ``Broker``: ``deposit`` and ``close``."""

    def __init__(
        self,
        ledger: Path,
        tape: Tape,
        now: Callable[[], datetime],
        session_at: SessionAt,
        account: AccountId,
        options: PaperOptions,
    ) -> None:
        """Open ``account`` in the file ``ledger``, or find it there. Raises ``Misconfigured``."""
        self._tape = tape
        self._now = now
        self._account = account
        self._options = options
        self._ledger = Ledger(ledger, account)
        with ExitStack() as undo:
            undo.callback(self._ledger.close)
            open_account(self._ledger, options, now())
            self._venue = Venue(self._ledger, tape, session_at, options)
            undo.pop_all()

    def close(self) -> None:
        """Let go of the ledger, and of the broker whose quotes it follows."""
        self._ledger.close()
        if isinstance(self._tape, MarketTape):
            self._tape.close()

    @property
    def capabilities(self) -> Capabilities:
        """What this exchange keeps."""
        return Capabilities(
            key_kind=KeyKind.UNIQUE,
            key_length_max=KEY_LENGTH_MAX,
            lookup_horizon=None,
            fractions=self._options.fractional,
            shorting=False,
            corrections=False,
            executions_horizon=None,
            relief=tuple(Relief),
            orders_per_second=ORDERS_PER_SECOND,
            spends_proceeds=self._options.kind is AccountKind.MARGIN,
            times_in_force=("day", "cls"),
            closing_lead=CLOSING_LEAD,
            quantity_step=self._options.quantity_step,
            rates=Rates.NONE,
            lookups_apart=timedelta(0),
            actions=(),
        )

    def clock(self) -> BrokerClock:
        """The time, and whether a session is open."""
        at = self._now()
        return BrokerClock(at, is_open=self._venue.session(at) is not None)

    def account(self) -> AccountState:
        """Cash and positions; dividends are in the price, so none are accrued."""
        at = self._catch_up()
        opened, standing = self._venue.opened, self._venue.standing
        base = opened.base
        settled = standing.settled(at, self._options.kind)
        return AccountState(
            account=self._account,
            environment=Environment.PAPER,
            fingerprint=opened.fingerprint,
            base=base,
            cash=(Cash(base, standing.cash(at), settled),),
            positions=standing.positions(),
            accrued_dividends=(),
            time=at,
        )

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that are on the tape."""
        self._catch_up()
        step = self._options.quantity_step
        known = self._tape.instruments(symbols)
        return {name: replace(each, quantity_step=step) for name, each in known.items()}

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """What the tape says now."""
        return self._tape.quotes(symbols, self._catch_up())

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        """One for ``base`` itself; this exchange changes no money."""
        at = self._catch_up()
        return {base: FxRate(base, base, Decimal(1), at)} if base in currencies else {}

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """The tape's daily bars before today."""
        at = self._catch_up()
        session = self._venue.session(at)
        today = session.day if session else at.astimezone(NEW_YORK).date()
        return self._tape.bars(symbols, today, days)

    def executions(self, since: datetime | None) -> tuple[Execution, ...]:
        """Every execution from ``since`` on, oldest first, each followed by its corrections."""
        self._catch_up()
        past = past_of(self._ledger)
        if not past.versions:
            return tuple(trade.execution for trade in self._ledger.trades(since))
        return tuple(
            execution
            for trade in self._ledger.trades()
            if since is None or since <= past.told_at(trade)
            for execution in past.told(trade)
        )

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        """What was paid in and out from ``since`` on; the first deposit opened the account."""
        at = self._catch_up()
        flows = tuple(flow for flow in self._ledger.flows(since) if flow.time <= at)
        return with_symbols(flows, self._ledger)

    def transfers(self, since: datetime | None) -> tuple[Transfer, ...]:
        """What the back office moved; else shares come and go by trades alone."""
        self._catch_up()
        told = transfers_of(past_of(self._ledger))
        return told if since is None else tuple(each for each in told if each.time >= since)

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        """What the back office wrote down; prices on a tape are adjusted for splits."""
        self._catch_up()
        acts = past_of(self._ledger).acts
        return tuple(act.word() for act in acts if since is None or act.time >= since)

    def open_orders(self) -> tuple[OrderState, ...]:
        """Orders that may still fill, in the order they came."""
        self._catch_up()
        return tuple(booked.state() for booked in self._venue.standing.orders.values())

    def find(self, key: OrderKey) -> FindResult:
        """The order that carries ``key``; where there is none, that is certain."""
        self._catch_up()
        booked = self._ledger.order(key)
        return Absent(certain=True) if booked is None else Found(booked.state())

    def submit(self, order: Order) -> SubmitResult:
        """Judge ``order``, write it down, and send it on its way to the market."""
        try:
            return self._venue.submit(order, self._now())
        except BrokerError as error:
            return Unclear(str(error))

    def cancel(self, key: OrderKey) -> CancelResult:
        """Send a cancellation after the order; until it arrives the order may still fill."""
        try:
            return self._venue.cancel(key, self._now())
        except BrokerError as error:
            return Unclear(str(error))

    def place(self, order: Order, at: datetime) -> Accepted | Refused:
        """The same as ``submit``, of an order that was under way and arrived at ``at``."""
        return self._venue.submit(order, at)

    def withdraw(self, key: OrderKey, at: datetime) -> CancelResult:
        """The same as ``cancel``, of a cancellation that arrived at ``at``."""
        return self._venue.cancel(key, at)

    def deposit(self, amount: Decimal, at: datetime) -> Accepted | Refused:
        """Pay ``amount`` in at ``at``, now or later; below zero it is paid out.

        A withdrawal that is announced cannot be spent from now on.
        """
        return self._venue.deposit(amount, at, self._now())

    @property
    def file(self) -> Path:
        """The ledger's file."""
        return self._ledger.path

    @property
    def office(self) -> Office:
        """The exchange's back office, for who simulates what one does."""
        return Office(self._venue)

    def _catch_up(self) -> datetime:
        """Carry the account up to now, and say when that is."""
        at = self._now()
        self._venue.carry(at)
        return at
