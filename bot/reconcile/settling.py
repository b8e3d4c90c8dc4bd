"""What a cash account must not sell yet: it was bought with money that has not settled."""

from datetime import datetime

from bot.book.book import Book
from brokers.broker import Market
from brokers.words import ZERO, AccountState, Symbol
from strategies.lots import latest_versions
from strategies.working.unpaid import unpaid

WHY = "bought with the proceeds of a sale that settles tomorrow: good-faith rule of cash accounts"


def not_paid_for(
    state: AccountState, market: Market, book: Book, opens: datetime
) -> dict[Symbol, str]:
    """Names that are left alone in the session that opened at ``opens``, and why.

    None where the broker lets proceeds be spent at once. We spend settled cash only: what is found
    here was bought by somebody else.
    """
    if market.capabilities.spends_proceeds or not market.capabilities.sends_orders:
        return {}
    trades = [e for e in latest_versions(book.executions(state.account)) if e.time >= opens]
    ours = [cash for cash in state.cash if cash.currency == state.base]
    cash = sum((each.amount for each in ours), ZERO)
    settled = sum((each.settled for each in ours), ZERO)
    in_order = sorted(trades, key=lambda trade: trade.time)
    return dict.fromkeys(unpaid(in_order, cash, settled, state.base), WHY)
