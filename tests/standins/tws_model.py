"""A small broker behind the TWS stand-in: orders, fills, fees, cash, positions, corrections.

It keeps what IB's documentation promises and what recorded gateways were seen to do: order ids of
a client must grow, an order reference is free text and checked by nobody, an order that comes
while the market is closed waits, a correction has the execution's id with another last part.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from standins.alpaca_model import NEW_YORK, session_of
from standins.tws_book import ZERO, Account, Booked, Books, Execution, Holding, Refusal, Wanted
from standins.tws_market import Bar, Listing, listing_of, made_bars, sessions
from standins.tws_rules import (
    NO_DEFINITION,
    NOT_CANCELLABLE,
    REJECTED,
    closing,
    fee_of,
    funds,
    is_frozen,
    judge,
    waits_words,
)

D = Decimal
DEPOSIT = D(20_000)
SYSTEM = "Cancelled by System:\n"
"""How completed orders tell that nobody asked for the end; recorded with its line break."""
LATENCY = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that clients are told: ``what`` is accepted, order, execution, fee, or error."""

    what: str
    order: Booked
    execution: Execution | None = None
    code: int = 0
    text: str = ""

    @property
    def when(self) -> datetime:
        """From when on it is told."""
        if self.execution is None:
            return self.order.sent
        done = self.execution
        return done.fee_visible if self.what == "fee" else done.visible


@dataclass(slots=True)
class TwsModel:
    """``now`` is the broker's clock; ``quotes`` are bid and ask by symbol, and may be changed."""

    now: Callable[[], datetime]
    quotes: dict[str, tuple[Decimal, Decimal]]
    cash: Decimal | dict[str, Decimal] = DEPOSIT
    accounts: tuple[str, ...] = ("DU1234567",)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """An adviser's account groups."""
    base: str = "USD"
    rates: dict[str, Decimal] = field(default_factory=lambda: {"USD": D(1), "EUR": D("1.08")})
    """What one unit of a currency is worth in the base currency."""
    dividends: dict[str, Decimal] = field(default_factory=dict)
    """Declared and not yet paid, by currency."""
    parts: int = 1
    """Fills that an order comes in."""
    liquidity: dict[str, Decimal] = field(default_factory=dict)
    """Shares left at the touch; more than can be told where a symbol has none."""
    latency: timedelta = LATENCY
    execution_delay: timedelta = timedelta()
    """How much later than the status an execution is told."""
    fee_delay: timedelta = timedelta()
    fractions: bool = True
    shorting: bool = False
    hard_to_borrow: set[str] = field(default_factory=set)
    cancel_loses: bool = False
    """A cancellation always comes too late: the order is filled instead."""
    market_data: str = "live"
    """What the account has subscribed to: live, delayed, or none."""
    execution_days: int = 1
    """Days of which executions are told: since midnight, unless TWS is set otherwise."""
    quote_age: timedelta = timedelta(milliseconds=200)
    zoned: bool = True
    """Whether times of executions name their zone, which gateways before 10.17 do not."""
    listings: list[Listing] = field(default_factory=list)
    bars: dict[str, list[Bar]] = field(default_factory=dict)
    books: Books = field(init=False)
    happenings: list[Happening] = field(default_factory=list)
    touched: list[Booked] = field(default_factory=list)
    seen: tuple[object, ...] = ()
    """Time and prices when the orders were last looked at."""

    def __post_init__(self) -> None:
        known = {each.symbol for each in self.listings}
        for number, symbol in enumerate(sorted(set(self.quotes) - known)):
            self.listings.append(listing_of(symbol, number))
        cash = self.cash if isinstance(self.cash, dict) else {self.base: self.cash}
        self.books = Books({name: Account(dict(cash)) for name in self.accounts})

    # What is listed

    def matches(self, con_id: int, symbol: str, currency: str = "") -> list[Listing]:
        """Listings that a contract could mean."""
        if con_id:
            return [each for each in self.listings if each.con_id == con_id]
        named = [each for each in self.listings if each.symbol == symbol]
        return [each for each in named if currency in {"", each.currency}]

    def only(self, con_id: int, symbol: str, currency: str) -> Listing:
        """The one listing that an order or a quote is for."""
        found = self.matches(con_id, symbol, currency)
        if not found:
            raise Refusal(200, NO_DEFINITION)
        if len(found) > 1:
            raise Refusal(200, f"The contract description specified for {symbol} is ambiguous.")
        return found[0]

    def bars_of(self, listing: Listing, last: date, count: int) -> list[Bar]:
        """Daily bars of sessions that are over or running, up to ``last``."""
        if listing.symbol in self.bars:
            return [bar for bar in self.bars[listing.symbol] if bar.day <= last][-count:]
        if listing.symbol not in self.quotes:
            return []
        return made_bars(self.quotes[listing.symbol][0], sessions(last, count))

    def is_open(self) -> bool:
        """Whether the market is open now."""
        session = session_of(self.now().astimezone(NEW_YORK).date())
        return session is not None and session[0] <= self.now() < session[1]

    def is_recent(self, moment: datetime) -> bool:
        """Whether executions and completed orders of then are still told."""
        today, then = (each.astimezone(NEW_YORK).date() for each in (self.now(), moment))
        return then > today - timedelta(days=self.execution_days)

    def next_open(self, moment: datetime) -> datetime:
        """When a market that is closed at ``moment`` opens; ``moment`` when it is open."""
        day = moment.astimezone(NEW_YORK).date()
        while (session := session_of(day)) is None or session[1] <= moment:
            day += timedelta(days=1)
        return max(session[0], moment)

    # Orders come and go

    def next_id(self, client_id: int) -> int:
        return self.books.next_ids.get(client_id, 1)

    def order(self, client_id: int, order_id: int) -> Booked | None:
        """The order of a client, by the client's own number."""
        return self.books.numbers.get((client_id, order_id))

    def by_ref(self, ref: str) -> list[Booked]:
        """Every order with this reference; IB does not mind how many."""
        return [each for each in self.books.orders if each.wanted.ref == ref]

    def place(self, client_id: int, wanted: Wanted) -> Booked:
        """Take an order, or raise ``Refusal``. One that lives already is changed."""
        self.carry()
        old = self.order(client_id, wanted.order_id)
        if old is None and wanted.order_id < self.next_id(client_id):
            raise Refusal(103, "Duplicate order id")
        if old is not None and not old.is_live:
            raise Refusal(103, "Duplicate order id")
        self.judge(wanted, old)
        if old is not None:
            old.wanted = wanted
            self.touched.append(old)
            self.tell("order", old)
            return old
        return self._enter(client_id, wanted)

    def place_by_hand(self, wanted: Wanted) -> Booked:
        """An order that the owner gives in TWS itself: it has the number 0, and client 0."""
        self.judge(wanted)
        return self._enter(0, replace(wanted, order_id=0))

    def _enter(self, client_id: int, wanted: Wanted) -> Booked:
        opens = self.next_open(self.now())
        perm, self.books.next_perm = self.books.next_perm, self.books.next_perm + 1
        booked = Booked(perm, client_id, wanted, self.now(), opens + self.latency)
        if wanted.tif == "DAY":
            booked.closes = closing(opens)
        if wanted.listing.symbol in self.hard_to_borrow and not wanted.is_buy:
            booked.held = "locate"
        self.books.enter(booked)
        self.touched.append(booked)
        self.books.next_ids[client_id] = max(wanted.order_id + 1, self.next_id(client_id))
        self.tell("order", booked)
        if opens > self.now():
            self.tell("error", booked, code=399, text=waits_words(wanted, opens))
        if booked.held:
            short = "Order held while securities are located."
            self.tell("error", booked, code=404, text=short)
        return booked

    def judge(self, wanted: Wanted, old: Booked | None = None) -> None:
        """Raise ``Refusal`` for an order that cannot be taken."""
        judge(self, wanted, old)

    def funds(self, account: str, currency: str) -> Decimal:
        """Cash that no open purchase has taken."""
        return funds(self, account, currency, None)

    def touch(self, wanted: Wanted) -> Decimal:
        """The price at which an order would trade now, or zero."""
        bid, ask = self.quotes.get(wanted.listing.symbol, (ZERO, ZERO))
        return ask if wanted.is_buy else bid

    def cancel(self, client_id: int, order_id: int) -> None:
        """Ask for a cancellation, or raise ``Refusal``."""
        self.carry()
        found = self.order(client_id, order_id)
        if found is None:
            words = f"OrderId {order_id} that needs to be cancelled is not found."
            raise Refusal(10147, words)
        if found.status == "Filled" or (found.is_live and found.cancel_at is not None):
            raise Refusal(161, f"{NOT_CANCELLABLE}{found.perm_id}")
        if not found.is_live:
            words = f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: "
            raise Refusal(10148, f"{words}{found.status}.")
        if found.wanted.kind == "LOC" and is_frozen(self.now()):
            raise Refusal(161, f"{NOT_CANCELLABLE}{found.perm_id}")
        self.cancel_soon(found)

    def cancel_soon(self, order: Booked) -> None:
        """It is cancelled as soon as the exchange hears of it."""
        order.cancel_at = self.now() + self.latency
        self.touched.append(order)
        if self.latency:
            order.status = "PendingCancel"
            self.tell("status", order)

    def reject(self, order: Booked, reason: str) -> None:
        """The exchange turns an order away that was taken before."""
        order.end("Inactive", self.now(), "Rejected")
        self.tell("error", order, code=201, text=f"{REJECTED}{reason}")
        self.tell("order", order)

    # Time goes by

    def carry(self) -> None:
        """Carry open orders up to now: cancelled, filled, or ended with their session.

        As long as neither time nor prices have moved, only those that are new or touched.
        """
        seen = (self.now(), dict(self.quotes), dict(self.liquidity))
        moved, self.seen = seen != self.seen, seen
        touched, self.touched = self.touched, []
        for order in self.books.open() if moved else touched:
            if order.is_live:
                self._carry_one(order)

    def _carry_one(self, order: Booked) -> None:
        now = self.now()
        if order.reached <= now and order.status == "PreSubmitted" and not order.held:
            order.status = "Submitted"
            self.tell("order", order)
        if order.cancel_at is not None and order.cancel_at <= now:
            self._cancel_or_lose(order)
        elif order.cancel_at is None and order.reached <= now and not order.held:
            self._match_at(now, order)
        if order.is_live and order.closes is not None and now >= order.closes:
            order.end("Cancelled", order.closes, SYSTEM)
            self._tell_cancelled(order)

    def _match_at(self, now: datetime, order: Booked) -> None:
        """One that is for the closing auction trades when that is, at the quote of then."""
        if order.wanted.kind != "LOC" or (order.closes is not None and now >= order.closes):
            self._match(order)

    def _cancel_or_lose(self, order: Booked) -> None:
        assert order.cancel_at is not None
        if self.cancel_loses:
            self.tell("error", order, code=161, text=f"{NOT_CANCELLABLE}{order.perm_id}")
            self.trade(order, order.remaining, order.wanted.limit or self.touch(order.wanted))
            return
        order.end("Cancelled", order.cancel_at, "Cancelled by Trader")
        self._tell_cancelled(order)

    def _tell_cancelled(self, order: Booked) -> None:
        self.tell("status", order)
        self.tell("error", order, code=202, text="Order Canceled - reason:")

    def _match(self, order: Booked) -> None:
        """Fill an order whose limit is at the quote or beyond, in parts."""
        wanted, price = order.wanted, self.touch(order.wanted)
        beyond = wanted.limit < price if wanted.is_buy else wanted.limit > price
        reachable = price > 0 and (wanted.kind == "MKT" or not beyond)
        room = min(order.remaining, self.liquidity.get(wanted.listing.symbol, order.remaining))
        if wanted.tif == "FOK" and (not reachable or room < order.remaining):
            order.end("Inactive", self.now(), "Rejected")
            self.tell("order", order)
            return
        if reachable and room > 0:
            self._fill(order, room, price)
        if order.is_live and wanted.tif == "IOC":
            order.end("Cancelled", self.now(), SYSTEM)
            self._tell_cancelled(order)

    def _fill(self, order: Booked, room: Decimal, price: Decimal) -> None:
        step = order.wanted.listing.step if order.wanted.quantity % 1 else D(1)
        part = max(step, order.wanted.quantity / self.parts // step * step)
        symbol = order.wanted.listing.symbol
        if symbol in self.liquidity:
            self.liquidity[symbol] -= room
        count = 0
        while room > 0:
            count += 1
            size = room if count >= self.parts else min(part, room)
            self.trade(order, size, price)
            room -= size

    def trade(self, order: Booked, size: Decimal, price: Decimal) -> Execution:
        """Shares of an order change hands, now: execution, status, and fee, as recorded."""
        order.filled += size
        order.paid += size * price
        order.last_price = price
        if not order.remaining:
            order.end("Filled", self.now(), f"Filled Size: {order.filled:f}")
        execution = self._execution(order, size, price)
        self._settle(execution, size, price, execution.fee)
        self.tell("execution", order, execution)
        self.tell("order", order)
        order.fee += execution.fee
        if order.status == "Filled":
            self.tell("order", order)
        self.tell("fee", order, execution)
        return execution

    def _execution(self, order: Booked, size: Decimal, price: Decimal) -> Execution:
        before = sum(e.order is order and e.version == 1 for e in self.books.executions)
        told = self.now() + self.execution_delay
        return Execution(
            base=f"0000e0d5.{order.perm_id:08x}.{before + 1:02d}",
            version=1,
            time=self.now(),
            order=order,
            shares=size,
            price=price,
            cumulative=order.filled,
            average=order.average,
            fee=fee_of(order) - order.fee,
            exchange=order.wanted.listing.exchange,
            visible=told,
            fee_visible=told + self.fee_delay,
        )

    def _settle(self, execution: Execution, size: Decimal, price: Decimal, fee: Decimal) -> None:
        """Cash and shares of a trade, or of what a correction changes."""
        wanted = execution.order.wanted
        account, listing = self.books.accounts[wanted.account], wanted.listing
        amount = -wanted.sign * size * price - fee
        account.pay(listing.currency, amount)
        account.unsettled.append((self._settles(), listing.currency, amount))
        holding = account.holdings.setdefault(listing.con_id, Holding(listing))
        holding.take(wanted.sign * size, -amount)
        if not holding.shares:
            del account.holdings[listing.con_id]

    def _settles(self) -> datetime:
        """When a trade of now settles: at midnight before the next session."""
        day = self.now().astimezone(NEW_YORK).date() + timedelta(days=1)
        while session_of(day) is None:
            day += timedelta(days=1)
        return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)

    def correct(
        self, exec_id: str, shares: str | None = None, price: str | None = None
    ) -> Execution:
        """An execution was wrong: the same one again, with another last part of its id."""
        base = exec_id.rpartition(".")[0]
        old = [each for each in self.books.executions if each.base == base][-1]
        size = old.shares if shares is None else D(shares)
        paid = old.price if price is None else D(price)
        order = old.order
        order.filled += size - old.shares
        order.paid += size * paid - old.shares * old.price
        now = self.now()
        new = replace(
            old, version=old.version + 1, shares=size, price=paid, time=now, visible=now,
            cumulative=order.filled, average=order.average, fee_visible=now,
        )  # fmt: skip
        self._settle(new, -old.shares, old.price, ZERO)
        self._settle(new, size, paid, ZERO)
        self.tell("execution", order, new)
        self.tell("fee", order, new)
        return new

    def tell(
        self,
        what: str,
        order: Booked,
        execution: Execution | None = None,
        code: int = 0,
        text: str = "",
    ) -> None:
        """Keep what clients are to hear."""
        if what == "execution" and execution is not None:
            self.books.executions.append(execution)
        self.happenings.append(Happening(what, replace(order), execution, code, text))

    def due(self) -> list[Happening]:
        """What clients are to hear now; each is told once."""
        now, told, later = self.now(), [], []
        for each in self.happenings:
            (later if each.when > now else told).append(each)
        self.happenings = later
        return told

    # What is kept over a restart

    def save(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(pickle.dumps(self.books))
        fresh.replace(path)

    def load(self, path: Path) -> None:
        self.books = pickle.loads(path.read_bytes())  # noqa: S301 - written by save
