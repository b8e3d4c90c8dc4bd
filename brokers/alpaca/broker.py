"""The seam over Alpaca: each call of ``Broker``, in the words of the house.

Orders are limit orders for the rest of a session that is open. An order that Alpaca takes while
the market is closed waits for the next morning, so it is not sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.alpaca import ledger
from brokers.alpaca.actions import corporate_actions
from brokers.alpaca.corrections import Corrections
from brokers.alpaca.fields import Row, flag, moment, number, number_or_none, row_of, rows_of, text
from brokers.alpaca.history import History
from brokers.alpaca.identity import Access, access_of
from brokers.alpaca.market import FRACTION, Assets, Prices, nothing
from brokers.alpaca.orders import Orders
from brokers.alpaca.pace import Timing
from brokers.alpaca.stream import Stream
from brokers.alpaca.ticker import Interest, Ticker
from brokers.alpaca.wire import Wire
from brokers.broker import (
    BadAnswer,
    BrokerClock,
    BrokerError,
    CancelResult,
    Capabilities,
    FindResult,
    KeyKind,
    Misconfigured,
    Rates,
    Refused,
    SubmitResult,
)
from brokers.settings import AlpacaSettings, QuoteFeed
from brokers.words import (
    USD,
    ZERO,
    AccountId,
    AccountState,
    ActionRecord,
    Bars,
    Cash,
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
    Relief,
    Symbol,
    TickRule,
    Transfer,
)

CAPABILITIES = Capabilities(
    key_kind=KeyKind.UNIQUE,
    key_length_max=128,
    lookup_horizon=None,
    fractions=True,
    shorting=False,
    corrections=True,
    executions_horizon=None,
    relief=(Relief.FIFO,),
    orders_per_second=Decimal(2),
    times_in_force=("day", "cls"),
    closing_lead=timedelta(minutes=11),
    quantity_step=FRACTION,
    tick=TickRule(),
    rates=Rates.NONE,
    actions=("split", "merger for cash alone", "symbol-change", "return-of-capital"),
)
"""Alpaca lends shares; this adapter sends no order that would need it.

Corrected and busted trades are told by its stream of activities, where the account has one. A fill
that changes under its id without it contradicts the book, which stops the account. It relieves lots
first in, first out and takes no other wish. For the closing auction it takes orders until 15:50 in
New York, and one that is late is a rejection: a minute is kept for the way. What does not trade in
it is cancelled by Alpaca.
"""

BLOCKS: Mapping[str, str] = {
    "account_blocked": "ask Alpaca why the account is blocked",
    "trading_blocked": "ask Alpaca why the account may not trade",
    "trade_suspended_by_user": "trading is suspended in the settings at Alpaca; allow it there",
}


class AlpacaBroker:
    """One account at Alpaca."""

    def __init__(
        self,
        settings: AlpacaSettings,
        account: AccountId,
        timing: Timing,
        reveal: Callable[[str], str],
    ) -> None:
        """Prepare, and send nothing yet. ``reveal`` tells a secret by its name.

        Raises ``Misconfigured`` where keys, addresses and environment do not fit together.
        """
        access = access_of(settings, reveal)
        self._account = account
        self._environment = access.environment
        self._now = timing.now
        self._wire = Wire(access, settings.timeout_seconds, timing)
        self._orders = Orders(self._wire, timing.now)
        self._history = History(self._wire, timing.now)
        self._corrections = Corrections(self._wire, timing.now)
        self.ticker = _ticker(access, settings, timing)
        self._interest = Interest(timing.seconds)
        latest = nothing if self.ticker is None else self.ticker.latest
        self._prices = Prices(self._wire, timing.now, settings.feed, settings.bars_feed, latest)
        self._assets = Assets(self._wire, timing.now)
        self._stream = Stream(access, timing)
        # A quarter of all messages is for cancellations and look-ups.
        pace = Decimal(settings.requests_per_minute) * Decimal("0.75") / 60
        self._capabilities = replace(
            CAPABILITIES,
            pushes=settings.stream,
            orders_per_second=min(pace, CAPABILITIES.orders_per_second),
        )
        self._open_until: datetime | None = None

    def close(self) -> None:
        """Let go of the connections."""
        self._stream.close()
        if self.ticker is not None:
            self.ticker.close()
        self._wire.close()

    def await_news(self, seconds: float) -> bool:
        """Wait for a trade update; what is remembered for a second is then asked for anew."""
        self._follow()
        heard = self._stream.wait(seconds)
        if heard:
            self._history.forget()
            self._orders.forget()
        return heard

    @property
    def capabilities(self) -> Capabilities:
        """What Alpaca keeps."""
        return self._capabilities

    def clock(self) -> BrokerClock:
        """Alpaca's time, and whether the US market is open."""
        row = row_of(self._wire.read("/clock"), "clock")
        is_open = flag(row, "is_open")
        self._open_until = moment(row, "next_close", "clock") if is_open else None
        return BrokerClock(moment(row, "timestamp", "clock"), is_open=is_open)

    def account(self) -> AccountState:
        """Cash, of which settled what may be spent without margin, and positions.

        Alpaca does not tell dividends that are accrued. Raises ``Misconfigured`` where the
        account may not trade.
        """
        row = row_of(self._wire.read("/account"), "account")
        for name, remedy in BLOCKS.items():
            if flag(row, name):
                raise Misconfigured(f"Alpaca's account says {name}", remedy)
        return AccountState(
            account=self._account,
            environment=self._environment,
            fingerprint=text(row, "account_number", "account"),
            base=USD,
            cash=(cash_of(row),),
            positions=self._positions(),
            accrued_dividends=(),
            time=self._now(),
        )

    def _positions(self) -> tuple[Position, ...]:
        rows = rows_of(self._wire.read("/positions"), "list of positions")
        found = {position.symbol: position for position in map(position_of, rows)}
        if len(found) != len(rows):
            raise BadAnswer("Alpaca lists a position twice", "look at the account")
        return tuple(found[symbol] for symbol in sorted(found))

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        """Those of ``symbols`` that Alpaca knows; what is no US share cannot be traded."""
        return self._assets.instruments(symbols)

    def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """Latest quotes of the feed that the settings name, with the exchange's time."""
        found = self._prices.quotes(symbols)
        self._interest.note(found)
        self._follow()
        return found

    def unstreamed(self, symbols: Sequence[Symbol], seconds: float) -> str | None:
        """Why Alpaca does not stream quotes of ``symbols``, in its words where it says why."""
        return None if self.ticker is None else self.ticker.unstreamed(symbols, seconds)

    def _follow(self) -> None:
        """Have the names that are being worked streamed."""
        if self.ticker is not None:
            self.ticker.watch(self._interest.names(self._orders.working()))

    def fx(self, currencies: Sequence[Currency], base: Currency) -> Mapping[Currency, FxRate]:
        """One for dollars: an account here holds nothing else."""
        rate = FxRate(base, base, Decimal(1), self._now())
        return {base: rate} if base == USD and base in currencies else {}

    def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """Daily bars before today; the volume of one exchange is marked as such."""
        return self._prices.bars(symbols, days)

    def executions(self, since: datetime | None) -> tuple[Execution, ...]:
        """Every fill made, or corrected, from ``since`` on, in its newest version.

        Its fees come later, as cash flows of their own.
        """
        rows = self._history.rows()
        changes = self._corrections.changes(ledger.fills(rows))
        keys = self._orders.keys_of(ledger.filled_orders(rows))
        found = ledger.executions(rows, keys, changes)
        if since is None:
            return found
        late = {name for name, change in changes.of.items() if change.at >= since}
        return tuple(each for each in found if each.time >= since or each.root in late)

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        """Deposits, withdrawals, dividends, interest and fees from ``since`` on."""
        found = ledger.cash_flows(self._history.rows())
        return tuple(each for each in found if since is None or each.time >= since)

    def transfers(self, since: datetime | None) -> tuple[Transfer, ...]:
        """Shares that came or went without a trade from ``since`` on."""
        found = ledger.transfers(self._history.rows())
        return tuple(each for each in found if since is None or each.time >= since)

    def corporate_actions(self, since: datetime | None) -> tuple[ActionRecord, ...]:
        """What companies did to its shares, from the day of ``since`` on."""
        found = corporate_actions(self._history.rows())
        return tuple(each for each in found if since is None or each.effective >= since.date())

    def open_orders(self) -> tuple[OrderState, ...]:
        """Every order that may still fill, read to the end of the list."""
        return self._orders.open()

    def find(self, key: OrderKey) -> FindResult:
        """The order with ``key``. Absent is certain when it was missed twice, 15 seconds apart."""
        return self._orders.find(key)

    def submit(self, order: Order) -> SubmitResult:
        """Send ``order`` once, if the market is open; never retries."""
        try:
            why = self._unfit(order)
        except BrokerError as error:
            why = str(error)
        if why:
            return Refused(f"not sent: {why}", left=False)
        self._history.forget()
        return self._orders.submit(order)

    def cancel(self, key: OrderKey) -> CancelResult:
        """Ask for the cancellation of our order ``key``."""
        self._history.forget()
        return self._orders.cancel(key)

    def _unfit(self, order: Order) -> str:
        """Why ``order`` must not be sent, or an empty string."""
        if order.currency != USD:
            return f"Alpaca trades in USD, not in {order.currency}"
        if not (order.quantity.is_finite() and order.limit.is_finite()):
            return f"{order.quantity} at {order.limit} is not an order"
        is_open = self._open_until is not None and self._now() < self._open_until
        return "" if is_open or self.clock().is_open else "the market is closed"


def _ticker(access: Access, settings: AlpacaSettings, timing: Timing) -> Ticker | None:
    """The stream of quotes; None where it is not wanted, or would be too late for anything."""
    if not settings.quote_stream or settings.feed is QuoteFeed.DELAYED_SIP:
        return None
    return Ticker(access, settings.feed, settings.quote_names_max, timing)


def cash_of(row: Row) -> Cash:
    """All cash, and what of it is settled and free.

    ``non_marginable_buying_power`` is what may be spent without borrowing, after open orders;
    ``cash_withdrawable`` is told to some accounts. The least of what is told holds, never below
    zero; where neither is told, all cash does.
    """
    cash = number(row, "cash", "account")
    told = [
        number_or_none(row, name, "account")
        for name in ("non_marginable_buying_power", "cash_withdrawable")
    ]
    free = [max(each, ZERO) for each in told if each is not None]
    return Cash(USD, cash, min([cash, *free]))


def position_of(row: Row) -> Position:
    """Shares held; a short position is negative, whichever way Alpaca writes it."""
    quantity = number(row, "qty", "position")
    is_short = row.get("side") == "short"
    return Position(
        Symbol(text(row, "symbol", "position")), -abs(quantity) if is_short else quantity
    )
