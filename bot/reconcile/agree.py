"""Tie-out: positions and cash as the book adds them up, against the broker's statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.book.book import Book
from bot.household.before import what_was_not_told
from bot.household.outside import shorts_of, shorts_said
from bot.household.relief import rules_of
from bot.limits import Limits
from bot.post import Identity, Post
from bot.reconcile.account import greet, read_account, record
from bot.reconcile.fates import own_up, settle
from bot.reconcile.forgotten import refuse_unmeant
from bot.reconcile.missing import fill_holes
from bot.reconcile.refusal import Refusal, halt_and_refuse
from bot.reconcile.relief import keep_relief
from brokers.broker import Market
from brokers.words import (
    ZERO,
    AccountState,
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    Symbol,
    Transfer,
    is_finite_positive,
)
from strategies.lots import TRADE_ZONE, BadLots, Ledger, last_words, ledger
from strategies.policy import Policy

LOOKS = 3
LOOK_AGAIN_SECONDS = 5.0
"""How often, and how far apart, a difference is looked at before it is believed."""

CENT = Decimal("0.01")


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


@dataclass(frozen=True, slots=True)
class TiedOut:
    """What the broker states, what the book makes of it, and in what they differ."""

    state: AccountState
    ledger: Ledger
    breaks: tuple[Break, ...]


def catch_up(policy: Policy, identity: Identity, market: Market, book: Book, now: datetime) -> None:
    """Write down everything that happened since the book last looked.

    The first time, what the account holds and its history does not explain is booked as it is; so
    is what it sold of shares that came before the broker's memory begins.
    """
    account = policy.account
    state = greet(account, identity, market, book)
    new = record(account, market, book)
    keep_relief(policy, market, book, now)
    if book.last_tieout(account) is None:
        horizon = market.capabilities.executions_horizon
        if horizon is not None:
            fill_holes(policy, book, "before", now)
        _book_breaks(policy, book, state, "opening", now)
        untold = what_was_not_told(horizon, now)
        said = filter(None, (untold, shorts_said(state)))
        book.keep_tieout(account, now, ok=True, text="; ".join(said))
    else:
        refuse_unmeant(account, new.new_executions, book, now)
    own_up(account, new.new_executions, book, now)
    settle(account, market, book, now)


def book_ledger(policy: Policy, book: Book, executions: Sequence[Execution]) -> Ledger:
    """Lots and realized gains of the account from all that the book holds."""
    account = policy.account
    try:
        return ledger(
            executions,
            book.transfers(account),
            book.corporate_actions(account),
            rules_of(account, policy.tax, book),
        )
    except BadLots as error:
        remedy = f"import the missing purchase, or run: trimtab reconcile --adopt -a {account}"
        raise Refusal(str(error), error.remedy or remedy) from error


def book_cash(
    flows: Sequence[CashFlow], executions: Sequence[Execution]
) -> dict[Currency, Decimal]:
    """Cash by currency that all flows and executions add up to."""
    cash: dict[Currency, Decimal] = {}
    for flow in flows:
        cash[flow.currency] = cash.get(flow.currency, ZERO) + flow.amount
    for execution in last_words(executions):
        paid = execution.side.sign * execution.quantity * execution.price + execution.fee
        cash[execution.currency] = cash.get(execution.currency, ZERO) - paid
    return cash


def breaks(policy: Policy, state: AccountState, book: Book) -> tuple[Break, ...]:
    """Everything in which book and broker differ: shares exactly, cash to a cent."""
    return compare(policy, state, book).breaks


def compare(policy: Policy, state: AccountState, book: Book) -> TiedOut:
    """The broker's statement beside the book's."""
    executions = book.executions(policy.account)
    try:
        lots = book_ledger(policy, book, executions)
    except Refusal as error:
        if shorts := shorts_of(state):
            raise _short(error, shorts, policy) from error
        raise
    ours = book_cash(book.cash_flows(policy.account), executions)
    shares, cash = _share_breaks(lots, state), _cash_breaks(ours, state)
    return TiedOut(state, lots, (*shares, *cash))


def _short(error: Refusal, shorts: Sequence[Symbol], policy: Policy) -> Refusal:
    """``error`` with what may be behind it: shares were sold that nobody held."""
    return Refusal(
        f"{error}; the broker states {', '.join(shorts)} as held short, and short sales are outside"
        " the book",
        f"close what is short, then: trimtab reconcile --adopt -a {policy.account}",
    )


def _share_breaks(lots: Ledger, state: AccountState) -> list[Break]:
    """What is sold short is in no lot: it is none of them, as long as no lot has the name."""
    held = {
        p.symbol: p.quantity for p in state.positions if p.quantity > 0 or p.symbol in lots.lots
    }
    return [
        Break(lots.quantity(symbol), held.get(symbol, ZERO), symbol=symbol)
        for symbol in sorted(held.keys() | lots.lots.keys())
        if lots.quantity(symbol) != held.get(symbol, ZERO)
    ]


def _cash_breaks(ours: Mapping[Currency, Decimal], state: AccountState) -> list[Break]:
    theirs = {cash.currency: cash.amount for cash in state.cash}
    return [
        Break(ours.get(currency, ZERO), theirs.get(currency, ZERO), currency=currency)
        for currency in sorted(ours.keys() | theirs.keys())
        if abs(ours.get(currency, ZERO) - theirs.get(currency, ZERO)) > CENT
    ]


def tie_out(post: Post, market: Market, book: Book) -> TiedOut:
    """Compare, and act on what differs: lock the names, or halt the account and refuse.

    A broker that suddenly shows no positions at all is never believed.
    """
    account, now = post.account, post.clock.now()
    found = _look_until_agreed(post, market, book)
    words = "; ".join(item.words for item in found.breaks)
    book.keep_tieout(account, now, ok=not found.breaks, text=words or shorts_said(found.state))
    for item in found.breaks:
        if item.symbol is not None:
            book.lock(account, item.symbol, post.session.day, item.words, now)
    if severe := _severity(post.limits, market, found):
        halt_and_refuse(account, book, f"{severe} ({found.breaks[0].words})", now)
    return found


def _look_until_agreed(post: Post, market: Market, book: Book) -> TiedOut:
    """Look again before a difference is believed: answers are not all of one moment."""
    for _ in range(LOOKS - 1):
        found = compare(post.policy, read_account(market), book)
        if not found.breaks:
            return found
        post.clock.sleep(LOOK_AGAIN_SECONDS)
        new = record(post.account, market, book, differs=True)
        own_up(post.account, new.new_executions, book, post.clock.now())
    return compare(post.policy, read_account(market), book)


def _severity(limits: Limits, market: Market, found: TiedOut) -> str:
    """Why the breaks are too large to go on, or an empty string.

    Values are in each name's own currency: this judges a size, it does not account for it.
    """
    names = {item.symbol: item.size for item in found.breaks if item.symbol is not None}
    cash_off = sum((item.size for item in found.breaks if item.symbol is None), ZERO)
    if names and not found.state.positions:
        return "the broker shows no positions at all, though the book holds some"
    if len(names) >= limits.break_symbols_halt:
        return f"{len(names)} names differ"
    if not found.breaks:
        return ""
    prices = _mids(market, {*names, *(position.symbol for position in found.state.positions)})
    if unpriced := [name for name in names if name not in prices]:
        return f"{unpriced[0]} differs and has no price"
    nav = _rough_nav(found.state, prices)
    shares_off = sum((size * prices[name] for name, size in names.items()), ZERO)
    if shares_off > limits.break_weight_halt * nav:
        return f"shares worth {shares_off:.2f} differ"
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

    Only when a person says so. Shares that were sold and never came in are booked first. Returns
    how many differences were.
    """
    return fill_holes(policy, book, why, now) + _book_breaks(policy, book, state, why, now)


def _book_breaks(policy: Policy, book: Book, state: AccountState, why: str, now: datetime) -> int:
    """Also done once by itself when a book first meets an account."""
    found = breaks(policy, state, book)
    stamp = f"{why}:{now:%Y%m%dT%H%M%S%f}"
    today = now.astimezone(TRADE_ZONE).date()
    transfers = tuple(
        Transfer(f"{stamp}:{i.symbol}", i.symbol, i.broker - i.book, None, today, now)
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
