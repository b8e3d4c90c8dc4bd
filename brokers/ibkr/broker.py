"""The seam over Interactive Brokers: each call of ``Broker``, in the words of the house.

Every call is done in the link's own thread, within a deadline. Orders are limit orders for the rest
of a session that is open. After the connection was lost no order leaves until executions and open
orders have been read again: what happened meanwhile was told to nobody. The next order reads them
itself; where others traded meanwhile, it waits until the whole account was looked at.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.broker import (
    BadAnswer,
    BrokerClock,
    BrokerError,
    CancelResult,
    Capabilities,
    FindResult,
    KeyKind,
    SubmitResult,
    Unclear,
)
from brokers.ibkr import account as values
from brokers.ibkr import hours
from brokers.ibkr.bars import SECONDS as BARS_SECONDS
from brokers.ibkr.bars import History
from brokers.ibkr.contracts import Contracts, Listed
from brokers.ibkr.executions import Executions
from brokers.ibkr.fields import SAY_SO
from brokers.ibkr.flex import Statements
from brokers.ibkr.identity import environment_of
from brokers.ibkr.link import Link, Timing
from brokers.ibkr.orders import Orders
from brokers.ibkr.prices import LINE_SECONDS, Prices
from brokers.ibkr.register import Register
from brokers.news import News
from brokers.settings import IbkrSettings
from brokers.words import (
    AccountId,
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
    Position,
    Quote,
    Session,
    Symbol,
    Transfer,
)

KEY_LENGTH_MAX = 40
"""IB does not say how long an order reference may be; what is longer was seen to be cut."""
TODAY = timedelta(days=1)
"""TWS tells executions and completed orders since midnight."""
SAME_DAY = timedelta(hours=8)
"""An order of a session that is this old or less is of the same day: none is sent after 16:00."""
STATEMENT = timedelta(days=365)
"""The longest period of a Flex statement."""
ORDERS_PER_SECOND = Decimal(2)
CLOSING_LEAD = timedelta(minutes=15)
"""The exchanges take orders for the closing auction until 15:50 in New York, and on days on which
derivatives expire some until 15:45; none can be taken out again after 15:50."""
LOOKS_AT_ONCE, LOOK_SECONDS = 5, 1.0
"""Looks at once when TWS speaks, and the time that makes one more: each is some messages."""
PROBE = Symbol("SPY")
"""Whose hours are those of the market, until another name was asked for."""


def capabilities_of(settings: IbkrSettings) -> Capabilities:
    """What this account keeps, as the owner has set it up.

    IB carries our key and checks nothing; that it is used once is kept by this adapter. Lots are
    relieved by the account's own method, which a person sets in Client Portal.
    """
    has_statements = settings.flex_token is not None
    return Capabilities(
        key_kind=KeyKind.TAG,
        key_length_max=KEY_LENGTH_MAX,
        lookup_horizon=SAME_DAY,
        fractions=settings.fractional,
        shorting=False,
        corrections=True,
        executions_horizon=STATEMENT if has_statements else TODAY,
        relief=(settings.relief,),
        orders_per_second=ORDERS_PER_SECOND,
        times_in_force=("day", "cls"),
        closing_lead=CLOSING_LEAD,
        spends_proceeds=settings.margin,
        pushes=True,
        actions=("split",) if has_statements else (),
    )


class IbkrBroker:
    """One account at Interactive Brokers."""

    def __init__(
        self,
        settings: IbkrSettings,
        account: AccountId,
        timing: Timing,
        session_at: Callable[[datetime], Session | None],
        reveal: Callable[[str], str],
    ) -> None:
        """Prepare, and connect to nothing yet. ``reveal`` tells a secret by its name.

        Raises ``Misconfigured`` where port and environment do not fit together.
        """
        self._settings = settings
        self._account = account
        self._now = timing.now
        self._session_at = session_at
        self._news = News(LOOKS_AT_ONCE, LOOK_SECONDS, timing.seconds)
        self._register = Register(client_id=settings.client_id, ring=self._news.ring)
        self._link = Link(settings, timing, self._register)
        self._contracts = Contracts(self._link)
        self._executions = Executions(self._link, self._register, self._contracts.name_of)
        self._orders = Orders(self._link, self._register, self._contracts, self._executions)
        self._prices = Prices(self._link, self._contracts)
        self._history = History(self._link, self._contracts)
        self._statements = Statements(settings, timing, reveal, self._owner)
        self._rates: Mapping[Currency, FxRate] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self._link.close()

    def await_news(self, seconds: float) -> bool:
        """Wait for TWS to tell of an order or of the line; then nothing is taken from memory."""
        heard = self._news.wait(seconds)
        if heard:
            self._executions.forget()
            self._orders.forget()
        return heard

    @property
    def capabilities(self) -> Capabilities:
        """What this account keeps."""
        return capabilities_of(self._settings)

    def _within(self, questions: int = 3) -> float:
        """Seconds for so many questions, one after the other, at the pace of the account."""
        return self._settings.timeout_seconds * (3 + questions)

    def _owner(self) -> str:
        """The account that TWS's login was admitted with."""
        self._link.run(self._link.client, self._within())
        return self._link.account

    # Readings

    def clock(self) -> BrokerClock:
        """IB's time, and whether both the calendar and the contract's own hours say open."""
        return self._link.run(self._clock, self._within())

    async def _clock(self) -> BrokerClock:
        rows = await self._link.ask("currentTime", lambda client: client.reqCurrentTime())
        if not rows:
            raise BadAnswer("Interactive Brokers tells no time", SAY_SO)
        now = datetime.fromtimestamp(int(rows[-1]), self._now().tzinfo)
        if self._session_at(now) is None:
            return BrokerClock(now, is_open=False)
        known = self._contracts.remembered()
        if not known:
            known = tuple((await self._contracts.known([PROBE])).values())
        told = [hours.is_open(each.hours, now) for each in known]
        return BrokerClock(now, is_open=not told or any(each is not False for each in told))

    def account(self) -> AccountState:
        """Cash of every currency, positions, and dividends that are declared but not yet paid."""
        return self._link.run(self._account_state, self._within())

    async def _account_state(self) -> AccountState:
        await self._link.client()
        owner = self._link.account
        rows = await self._link.request(
            lambda client, number: client.reqAccountUpdatesMulti(number, owner, "", False),  # noqa: FBT003 - all values
            then=lambda client, number: client.cancelAccountUpdatesMulti(number),
        )
        told = values.values_of(rows, owner)
        base = values.base_of(told)
        self._rates = {
            currency: FxRate(currency, base, rate, self._now())
            for currency, rate in values.rates_of(told).items()
        }
        return AccountState(
            account=self._account,
            environment=environment_of(owner),
            fingerprint=owner,
            base=base,
            cash=values.cash_of(told, margin=self._settings.margin),
            positions=await self._positions(owner),
            accrued_dividends=values.accrued_of(told),
            time=self._now(),
        )

    async def _positions(self, owner: str) -> tuple[Position, ...]:
        rows = await self._link.request(
            lambda client, number: client.reqPositionsMulti(number, owner, ""),
            then=lambda client, number: client.cancelPositionsMulti(number),
        )
        return values.positions_of(rows, owner, self._contracts.name_of)

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that IB knows, and only one contract by that name."""
        found = self._link.run(lambda: self._contracts.known(symbols), self._each(symbols))
        return {symbol: each.instrument for symbol, each in found.items()}

    def _each(self, symbols: Sequence[Symbol]) -> float:
        """Seconds for a question about each of ``symbols``."""
        return self._within() + 5 * len(symbols) / self._link.pace.per_second

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """Latest quotes, in as many rounds as market-data lines make of them."""
        rounds = math.ceil(len(symbols) / self._settings.market_data_lines)
        seconds = self._each(symbols) + 2 * LINE_SECONDS * rounds
        return self._link.run(lambda: self._prices.quotes(symbols), seconds)

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        """IB's own rates for the currencies of the account; others are quoted by its market."""
        known = {c: r for c, r in self._rates.items() if c in currencies and r.quote == base}
        if base in currencies:
            known[base] = FxRate(base, base, Decimal(1), self._now())
        missing = [currency for currency in currencies if currency not in known]
        if not missing:
            return known
        quoted = self._link.run(
            lambda: self._prices.rates(missing, base), self._within(4 * len(missing))
        )
        return {**known, **quoted}

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """Daily bars before today."""
        seconds = self._each(symbols) + BARS_SECONDS * math.ceil(len(symbols) / 10)
        return self._link.run(lambda: self._history.bars(symbols, days), seconds)

    def executions(self, since: datetime | None) -> tuple[Execution, ...]:
        """Every execution from ``since`` on: TWS's of today, and those of a statement before."""
        told = self._link.run(self._executions.tell, self._within())
        known = {each.root for each in told}
        older = (each for each in self._statements.executions() if each.root not in known)
        found = sorted((*older, *told), key=lambda each: (each.time, each.root, each.version))
        return tuple(each for each in found if since is None or each.time >= since)

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        """What statements tell, and what trades of currencies moved today."""
        self._link.run(self._executions.refresh, self._within())
        flows = {each.flow_id: each for each in self._executions.flows()}
        flows |= {each.flow_id: each for each in self._statements.cash_flows()}
        found = sorted(flows.values(), key=lambda each: (each.time, each.flow_id))
        return tuple(each for each in found if since is None or each.time >= since)

    def transfers(self, since: datetime | None) -> tuple[Transfer, ...]:
        """Shares that came or went without a trade, as statements tell them."""
        found = sorted(self._statements.transfers(), key=lambda each: (each.time, each.transfer_id))
        return tuple(each for each in found if since is None or each.time >= since)

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        """What companies did to their shares, as statements tell it, and what they leave open."""
        told = self._statements.corporate_actions()
        found = sorted(told, key=lambda each: (each.effective, each.action_id))
        return tuple(each for each in found if since is None or each.effective >= since.date())

    def open_orders(self) -> tuple[OrderState, ...]:
        """Every order of the account that may still fill, whichever client sent it."""
        return self._link.run(self._orders.open, self._within())

    def find(self, key: OrderKey) -> FindResult:
        """The order with ``key``. Absent is certain when it was missed twice, 15 seconds apart."""
        return self._link.run(lambda: self._orders.find(key), self._within())

    # Acts

    def submit(self, order: Order) -> SubmitResult:
        """Send ``order`` once, if the market is open; never retries."""
        try:
            return self._link.run(lambda: self._orders.submit(order, self._unfit), self._within(8))
        except BrokerError as error:
            return Unclear(str(error))

    def cancel(self, key: OrderKey) -> CancelResult:
        """Ask for the cancellation of our order ``key``."""
        try:
            return self._link.run(lambda: self._orders.cancel(key), self._within(8))
        except BrokerError as error:
            return Unclear(str(error))

    def _unfit(self, order: Order, listed: Listed) -> str:
        """Why ``order`` must not be sent, or an empty string."""
        instrument, now = listed.instrument, self._now()
        if not (order.quantity.is_finite() and order.limit.is_finite()) or order.quantity <= 0:
            return f"{order.quantity} at {order.limit} is not an order"
        if len(order.key) > KEY_LENGTH_MAX:
            return f"a key has at most {KEY_LENGTH_MAX} characters"
        if order.currency != instrument.currency:
            return f"{order.symbol} trades in {instrument.currency}, not in {order.currency}"
        if why := listed.objection(order.force):
            return f"{order.symbol} {why}"
        if order.quantity % instrument.quantity_step:
            return f"{order.symbol} trades in steps of {instrument.quantity_step}"
        is_closed = hours.is_open(listed.hours, now) is False or self._session_at(now) is None
        return "the market is closed" if is_closed else ""
