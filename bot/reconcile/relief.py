"""How the broker really relieves lots: decided here alone, and written down with its day.

What the owner wants counts as far as the broker does it; else the broker's own method holds, for
the plan as for the book.
"""

from datetime import date, datetime, timedelta

from bot.book.book import Book
from bot.book.rows import ReliefRow
from brokers.broker import Market
from brokers.words import Relief
from strategies.lots import TRADE_ZONE
from strategies.policy import Policy


def relief_in_force(policy: Policy, market: Market) -> Relief:
    """How the broker will relieve what is sold now."""
    return market.capabilities.relieves(policy.tax.relief)


def keep_relief(policy: Policy, market: Market, book: Book, now: datetime) -> None:
    """Write the method down where it is another than before; the first counts from ever on.

    A new one holds from today on, or from the day after the last trade: that was relieved by the
    old one. Rates are a part of minimum tax, and of no other method.
    """
    tax, relief = policy.tax, relief_in_force(policy, market)
    known = book.reliefs(policy.account)
    row = ReliefRow(date.min, relief, tax.short_rate, tax.long_rate)
    if known and _is_same(known[-1], row):
        return
    since = _first_day(policy, book, now) if known else date.min
    row = ReliefRow(since, relief, tax.short_rate, tax.long_rate)
    book.keep_relief(policy.account, row, now)


def _is_same(known: ReliefRow, row: ReliefRow) -> bool:
    if known.relief is not row.relief:
        return False
    rates = [(each.short_rate, each.long_rate) for each in (known, row)]
    return row.relief is not Relief.MINIMUM_TAX or rates[0] == rates[1]


def _first_day(policy: Policy, book: Book, now: datetime) -> date:
    today, last = now.astimezone(TRADE_ZONE).date(), book.last_execution_time(policy.account)
    if last is None:
        return today
    return max(today, last.astimezone(TRADE_ZONE).date() + timedelta(days=1))
