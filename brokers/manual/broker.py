"""The seam over a folder: readings from the files in it, acts that only write a ticket.

Nothing is ever sent from here. An order is accepted when a person can read it on a ticket, it is
filled when fills.csv says so, and positions and cash are what the broker's own lists say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    BadAnswer,
    BrokerClock,
    CancelRequested,
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
from brokers.manual.disk import alone
from brokers.manual.folder import POSITIONS, Statement, read_folder
from brokers.manual.line import TRADE_ZONE, Line, filled_by_key, state_of
from brokers.manual.nouns import Frame
from brokers.manual.tickets import (
    find_line,
    read_tickets,
    replaced,
    ticket_of,
    unwritable,
    write_ticket,
)
from brokers.settings import ManualSettings
from brokers.words import (
    OWNERS_NOUNS,
    ZERO,
    AccountId,
    AccountState,
    ActionRecord,
    Bars,
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
    TickRule,
    Transfer,
)

CAPABILITIES = Capabilities(
    key_kind=KeyKind.UNIQUE,
    key_length_max=80,
    lookup_horizon=None,
    fractions=False,
    shorting=False,
    corrections=False,
    executions_horizon=None,
    relief=(Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.LOFO),
    orders_per_second=Decimal(100),
    sends_orders=False,
    times_in_force=("day", "cls"),
    closing_lead=timedelta(minutes=15),
    lookups_apart=timedelta(0),
    names_lots=True,
    at_any_hour=True,
    quantity_step=Decimal(1),
    tick=TickRule(),
    rates=Rates.FILE,
    actions=tuple(OWNERS_NOUNS),
)
"""``relief`` is what a person can have their broker do; they must set it there themselves."""


class ManualBroker:
    """An account that a person trades, on our advice. Its environment is LIVE: it is real money."""

    def __init__(
        self, settings: ManualSettings, account: AccountId, now: Callable[[], datetime]
    ) -> None:
        """Look at the files in ``settings.folder``, at each call afresh."""
        self._folder = settings.folder
        self._base = settings.base
        self._account = account
        self._now = now

    @property
    def capabilities(self) -> Capabilities:
        """What a folder and a person can keep."""
        return CAPABILITIES

    def clock(self) -> BrokerClock:
        """Our own time: a folder has none. It takes a ticket at any hour."""
        return BrokerClock(self._now(), is_open=True)

    def account(self) -> AccountState:
        """What positions.csv and cash.csv say, as of when positions.csv was last written.

        Raises ``BadAnswer`` where that was before an earlier day's ticket: what a person has
        carried out since is not in it, and the same would be ordered once more.
        """
        statement = self._read()
        self._refuse_older_than_tickets(statement)
        return AccountState(
            account=self._account,
            environment=Environment.LIVE,
            fingerprint=statement.number,
            base=self._base,
            cash=statement.cash,
            positions=statement.positions,
            accrued_dividends=(),
            time=statement.written,
        )

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """What the files hold or quote, in whole shares."""
        statement = self._read()
        currency = {position.symbol: self._base for position in statement.positions}
        currency |= {quote.symbol: quote.currency for quote in statement.quotes}
        return {s: Instrument(s, currency[s]) for s in symbols if s in currency}

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """What quotes.csv says, with the times in it."""
        return _picked(symbols, {quote.symbol: quote for quote in self._read().quotes})

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        """What fx.csv says, to the account's base currency."""
        rates = {rate.base: rate for rate in self._read().rates if rate.quote == base}
        return _picked(currencies, rates)

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """What bars.csv says, up to yesterday."""
        today = self._now().astimezone(TRADE_ZONE).date()
        series = (_last(bars, days, today) for bars in self._read().bars)
        return _picked(symbols, {bars.symbol: bars for bars in series if bars.days})

    def executions(self, since: datetime | None) -> tuple[Execution, ...]:
        """What fills.csv says, all of it: a person may type a fill in long after ``since``."""
        del since
        return self._read().fills

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        """What flows.csv says, all of it."""
        del since
        return self._read().flows

    def transfers(self, since: datetime | None) -> tuple[Transfer, ...]:
        """The lots of lots.csv, all of them."""
        del since
        return self._read().lots

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        """What splits.csv and actions.csv say, all of it."""
        del since
        return self._read().actions

    def open_orders(self) -> tuple[OrderState, ...]:
        """Every line of a ticket of today that is neither filled nor withdrawn."""
        filled, now = filled_by_key(self._read().fills), self._now()
        lines = read_tickets(self._folder)
        states = (state_of(line, filled.get(line.order.key, ZERO), now) for line in lines)
        return tuple(state for state in states if state.status.is_live)

    def find(self, key: OrderKey) -> FindResult:
        """What ticket and fills say of ``key``. What is on no ticket was never asked for."""
        line = find_line(read_tickets(self._folder), key)
        if line is None:
            return Absent(certain=True)
        filled = filled_by_key(self._read().fills)
        return Found(state_of(line, filled.get(key, ZERO), self._now()))

    def submit(self, order: Order) -> SubmitResult:
        """Write ``order`` on the ticket of its plan. The same order twice is written once.

        What cannot be written is nobody's rejection: it was never put before a person.
        """
        if not self._folder.is_dir():
            return Refused(f"not written: {self._folder} is not a folder", left=False)
        try:
            with alone(self._folder):
                return self._write(order)
        except BadAnswer as error:
            return Refused(f"not written: {error}", left=False)
        except OSError as error:
            return Unclear(f"the ticket may not have been written whole: {error}")

    def _write(self, order: Order) -> SubmitResult:
        lines = read_tickets(self._folder)
        known = find_line(lines, order.key)
        if known is not None:
            return _again(known, order)
        line = Line(order, ticket_of(order.key), self._now())
        if why := unwritable(line) or _in_part(order):
            return Refused(f"not written: {why}", left=False)
        write_ticket(self._folder, self._account, replaced(lines, line))
        return Accepted(line.broker_id)

    def cancel(self, key: OrderKey) -> CancelResult:
        """Mark the order's line as withdrawn."""
        try:
            with alone(self._folder):
                found = self.find(key)
                if not (isinstance(found, Found) and found.state.status.is_live):
                    return AlreadyDone()
                self._withdraw(key)
        except BadAnswer as error:
            return Unclear(str(error))
        except OSError as error:
            return Unclear(f"the ticket may not have been written whole: {error}")
        return CancelRequested()

    def _withdraw(self, key: OrderKey) -> None:
        lines = read_tickets(self._folder)
        line = find_line(lines, key)
        assert line is not None
        gone = replace(line, withdrawn=self._now())
        write_ticket(self._folder, self._account, replaced(lines, gone))

    def _read(self) -> Statement:
        return read_folder(self._folder, Frame(self._base, self._now()))

    def _refuse_older_than_tickets(self, statement: Statement) -> None:
        today = self._now().astimezone(TRADE_ZONE).date()
        lines = read_tickets(self._folder)
        filled = {fill.key for fill in self.executions(None) if fill.key is not None}
        done = [line for line in lines if line.day < today or line.order.key in filled]
        if done and statement.written <= done[-1].written:
            raise BadAnswer(
                f"{POSITIONS.file} was not written since {done[-1].ticket} of {done[-1].day}",
                "bring the fills in, then put today's positions.csv and cash.csv into"
                f" {self._folder}",
            )


K = TypeVar("K")
V = TypeVar("V")


def _picked(wanted: Iterable[K], found: Mapping[K, V]) -> dict[K, V]:
    """Those of ``found`` that are wanted."""
    return {name: found[name] for name in wanted if name in found}


def _last(bars: Bars, count: int, before: date) -> Bars:
    """The newest ``count`` days before ``before``."""
    end = sum(1 for day in bars.days if day < before)
    start = max(0, end - count)
    return replace(
        bars,
        days=bars.days[start:end],
        closes=bars.closes[start:end],
        volumes=bars.volumes[start:end],
    )


def _in_part(order: Order) -> str:
    whole = order.quantity == order.quantity.to_integral_value()
    return "" if whole else f"{order.quantity:f} shares: a ticket asks for whole shares"


def _again(known: Line, order: Order) -> SubmitResult:
    """The answer to a key that is on a ticket already."""
    if known.order == order:
        return Accepted(known.broker_id)
    return Refused(f"{order.key} is on {known.ticket} already, for another order")
