"""Who is asked, and what is written down of the answer."""

from datetime import datetime, timedelta

from bot.book.book import Book
from bot.book.rows import Recorded
from bot.post import Identity
from bot.reconcile.refusal import Refusal
from brokers.broker import BadAnswer, Market
from brokers.words import AccountId, AccountState, Environment

OVERLAP = timedelta(days=4)
"""How far each catch-up reaches back behind the last execution known: late ones are found."""

OVERLAP_SHORT = timedelta(hours=1)
"""The same for the looks in between, every few seconds."""


def greet(account: AccountId, identity: Identity, market: Market, book: Book) -> AccountState:
    """The account as the broker states it, once it is known to be the right one."""
    state = read_account(market)
    check_identity(account, identity, state)
    book.bind(account, market_name(market), state.environment, state.fingerprint)
    return state


def read_account(market: Market) -> AccountState:
    """What the broker states, if its numbers are numbers; raises ``BadAnswer``."""
    state = market.account()
    for position in state.positions:
        if not position.quantity.is_finite():
            raise BadAnswer(f"the broker states {position.quantity} shares of {position.symbol}")
    for cash in (*state.cash, *state.accrued_dividends):
        if not (cash.amount.is_finite() and cash.settled.is_finite()):
            raise BadAnswer(f"the broker's {cash.currency} cash is {cash.amount}")
    return state


def record(account: AccountId, market: Market, book: Book, *, differs: bool = False) -> Recorded:
    """Write down what is new of everything that makes positions and cash, and return it.

    Where book and broker differ, or did at the last look, all executions that the broker tells are
    asked for: one that was told late may be older than the newest by any number of days.
    """
    last = book.last_tieout(account)
    is_clean = last is not None and last.ok and not differs
    return book.record(
        account,
        market.executions(since(account, book, OVERLAP) if is_clean else None),
        market.cash_flows(None),
        market.transfers(None),
        market.corporate_actions(None),
    )


def since(account: AccountId, book: Book, overlap: timedelta) -> datetime | None:
    """From when on executions are asked for; None for all there are."""
    last = book.last_execution_time(account)
    return None if last is None else last - overlap


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
    _, _, room = type(market).__module__.partition("brokers.")
    return room.partition(".")[0] or type(market).__name__.lower()
