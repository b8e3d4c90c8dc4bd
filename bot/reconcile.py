"""Does the book agree with the broker? If it does not, nothing is planned from it.

Three steps, all of them readings: catch up with what happened, find out what became of every
order that we do not know the end of, then tie out. Positions and cash in the book are the sum of
executions, flows, transfers and splits; the broker's must be the same. What nobody can explain
locks the name, and stops the account when it is large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.book.rows import Note, OrderRow, OrderStep
from bot.limits import Limits
from bot.post import Identity, Post
from brokers.broker import Absent, Found, Market
from brokers.words import (
    ZERO,
    AccountId,
    AccountState,
    CashFlow,
    Currency,
    Environment,
    Execution,
    FlowKind,
    OrderStatus,
    Symbol,
    Transfer,
    is_finite_positive,
)
from strategies.lots import Ledger, Oversold, latest_versions, ledger
from strategies.policy import Policy

OVERLAP = timedelta(days=4)
"""How far each catch-up reaches back behind the last execution known: late ones are found."""

CENT = Decimal("0.01")

ENDINGS: Mapping[OrderStatus, OrderStep] = {
    OrderStatus.OPEN: "accepted",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.EXPIRED: "expired",
}
"""What the book writes down when the broker's record says so."""


class Refusal(Exception):
    """The machine will not go on. Says why, and what a person can do about it."""

    def __init__(self, why: str, remedy: str) -> None:
        """State the reason and the remedy, a sentence each."""
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Break:
    """What the book and the broker do not agree on: shares of a name, or cash of a currency."""

    book: Decimal
    broker: Decimal
    symbol: Symbol | None = None
    currency: Currency | None = None

    @property
    def size(self) -> Decimal:
        """How much they differ by."""
        return abs(self.book - self.broker)

    @property
    def words(self) -> str:
        """The difference in a sentence."""
        what = f"{self.symbol} shares" if self.symbol else f"{self.currency} cash"
        return f"{what}: the book says {self.book:f}, the broker {self.broker:f}"


def catch_up(policy: Policy, identity: Identity, market: Market, book: Book, now: datetime) -> None:
    """Write down everything that happened since the book last looked."""
    account = policy.account
    state = market.account()
    check_identity(account, identity, state)
    is_new = book.bind(account, market_name(market), state.environment, state.fingerprint)
    last = book.last_execution_time(account)
    since = None if last is None else last - OVERLAP
    book.record(
        account,
        market.executions(since),
        market.cash_flows(None),
        market.transfers(None),
        market.corporate_actions(None),
    )
    if is_new:
        adopt(policy, book, state, "opening", now)
    settle(account, market, book, now)


def check_identity(account: AccountId, identity: Identity, state: AccountState) -> None:
    """Refuse where the broker's account is not the one that the owner typed into the config."""
    if state.environment is not identity.environment:
        raise Refusal(
            f"{account} is set to {identity.environment}, but the broker's account is"
            f" {state.environment}",
            "set the environment of the account in config.toml, or use the other keys",
        )
    if state.environment is Environment.LIVE and state.fingerprint != identity.live_account:
        raise Refusal(
            f"{account} names another live account than the broker states",
            "type the broker's own account number as live_account in config.toml",
        )


def market_name(market: Market) -> str:
    """The adapter's name, as the book remembers it: the room that it comes from."""
    return type(market).__module__.split(".")[1]


def settle(account: AccountId, market: Market, book: Book, now: datetime) -> None:
    """Look up every order that has no known end. An unknown outcome is never resent."""
    intents = book.unsettled(account)
    if not intents:
        return
    still_open = {state.key for state in market.open_orders()}
    notes = (
        _what_became_of(intent, market, now)
        for intent in intents
        if not (intent.order.key in still_open and intent.last_event == "accepted")
    )
    book.note([note for note in notes if note is not None])


def _what_became_of(intent: OrderRow, market: Market, now: datetime) -> Note | None:
    """What to write down about an order, or None where the book knows it already."""
    key = intent.order.key
    match market.find(key):
        case Found(state):
            kind = ENDINGS[state.status]
            if kind == intent.last_event:
                return None
            return Note(key, kind, now, state.broker_id, state.reason)
        case Absent(certain=True):
            return Note(key, "absent", now, detail="the broker never had it")
        case Absent() if intent.last_event == "unclear":
            return None
        case Absent():
            return Note(key, "unclear", now, detail="the broker has it not, or not yet")


def book_ledger(policy: Policy, book: Book) -> Ledger:
    """Lots and realized gains of the account from all that the book holds."""
    account = policy.account
    try:
        return ledger(
            book.executions(account),
            book.transfers(account),
            book.corporate_actions(account),
            policy.tax.relief,
        )
    except Oversold as error:
        remedy = f"import the missing purchase, or run: trimtab reconcile --account {account}"
        raise Refusal(str(error), remedy) from error


def book_cash(
    flows: Sequence[CashFlow], executions: Sequence[Execution]
) -> dict[Currency, Decimal]:
    """Cash by currency that all flows and executions add up to."""
    cash: dict[Currency, Decimal] = {}
    for flow in flows:
        cash[flow.currency] = cash.get(flow.currency, ZERO) + flow.amount
    for execution in latest_versions(executions):
        paid = execution.side.sign * execution.quantity * execution.price + execution.fee
        cash[execution.currency] = cash.get(execution.currency, ZERO) - paid
    return cash


def breaks(policy: Policy, state: AccountState, book: Book) -> tuple[Break, ...]:
    """Everything in which book and broker differ: shares exactly, cash to a cent."""
    lots = book_ledger(policy, book)
    held = {position.symbol: position.quantity for position in state.positions}
    found = [
        Break(lots.quantity(symbol), held.get(symbol, ZERO), symbol=symbol)
        for symbol in sorted(held.keys() | lots.lots.keys())
        if lots.quantity(symbol) != held.get(symbol, ZERO)
    ]
    ours = book_cash(book.cash_flows(policy.account), book.executions(policy.account))
    theirs = {cash.currency: cash.amount for cash in state.cash}
    found += [
        Break(ours.get(currency, ZERO), theirs.get(currency, ZERO), currency=currency)
        for currency in sorted(ours.keys() | theirs.keys())
        if abs(ours.get(currency, ZERO) - theirs.get(currency, ZERO)) > CENT
    ]
    return tuple(found)


def tie_out(post: Post, market: Market, book: Book) -> tuple[Break, ...]:
    """Compare, and act on what differs: lock the names, or halt the account and refuse.

    A broker that suddenly shows no positions at all is never believed.
    """
    account, now = post.account, post.clock.now()
    state = market.account()
    found = breaks(post.policy, state, book)
    book.keep_tieout(account, now, ok=not found, text="; ".join(item.words for item in found))
    for item in found:
        if item.symbol is not None:
            book.lock(account, item.symbol, post.session.day, item.words, now)
    severe = _severity(post.limits, market, state, found) if found else ""
    if severe:
        halt_and_refuse(account, book, f"{severe} ({found[0].words})", now)
    return found


def halt_and_refuse(account: AccountId, book: Book, why: str, now: datetime) -> None:
    """Latch the halt, then stop: only a named person starts the account again."""
    book.halt(account, why, "trimtab", now)
    raise Refusal(
        f"{account} is halted: {why}",
        f"find the cause, then: trimtab reconcile --account {account}; trimtab resume {account}",
    )


def _severity(limits: Limits, market: Market, state: AccountState, found: Sequence[Break]) -> str:
    """Why the breaks are too large to go on, or an empty string.

    Values are in each name's own currency: this judges a size, it does not account for it.
    """
    if not state.positions and any(item.symbol for item in found):
        return "the broker shows no positions at all, though the book holds some"
    names = [item.symbol for item in found if item.symbol is not None]
    if len(names) > limits.break_symbols_halt:
        return f"{len(names)} names differ"
    prices = _mids(market, {*names, *(position.symbol for position in state.positions)})
    if unpriced := [name for name in names if name not in prices]:
        return f"{unpriced[0]} differs and has no price"
    nav = _rough_nav(state, prices)
    shares_off = sum((i.size * prices[i.symbol] for i in found if i.symbol is not None), ZERO)
    if shares_off > limits.break_weight_halt * nav:
        return f"shares worth {shares_off:.2f} differ"
    cash_off = sum((item.size for item in found if item.symbol is None), ZERO)
    return f"cash of {cash_off:.2f} differs" if cash_off > limits.cash_break_halt * nav else ""


def _mids(market: Market, symbols: set[Symbol]) -> dict[Symbol, Decimal]:
    quotes = market.quotes(sorted(symbols))
    return {s: q.mid for s, q in quotes.items() if is_finite_positive(q.mid)}


def _rough_nav(state: AccountState, prices: Mapping[Symbol, Decimal]) -> Decimal:
    cash = sum((cash.amount for cash in state.cash), ZERO)
    held = (abs(p.quantity) * prices.get(p.symbol, ZERO) for p in state.positions)
    return cash + sum(held, ZERO)


def adopt(policy: Policy, book: Book, state: AccountState, why: str, now: datetime) -> int:
    """Book what the broker holds and the book cannot explain: basis unknown, flow unnamed.

    Done once by itself when a book first meets an account, and later only when a person says so.
    Returns how many differences were booked.
    """
    found = breaks(policy, state, book)
    stamp = f"{why}:{now:%Y%m%dT%H%M%S}"
    transfers = tuple(
        Transfer(f"{stamp}:{i.symbol}", i.symbol, i.broker - i.book, None, now.date(), now)
        for i in found
        if i.symbol is not None
    )
    flows = tuple(
        CashFlow(f"{stamp}:{i.currency}", FlowKind.OTHER, i.broker - i.book, now, i.currency)
        for i in found
        if i.currency is not None
    )
    book.record(policy.account, (), flows, transfers, ())
    return len(found)
