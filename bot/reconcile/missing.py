"""Shares that were sold and that the book never saw come in, booked once a person says so.

A purchase that the broker busts after its shares were sold leaves such a hole, and so does a
history that begins in the middle. Until it is filled no lots can be added up, and nothing is
planned.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.household.relief import rules_of
from brokers.words import Execution, Side, Transfer
from strategies.lots import TRADE_ZONE, BadLots, Oversold, latest_versions, ledger
from strategies.policy import Policy

HOLES_MAX = 100
"""Holes that one look fills; more than that is no history at all."""
INSTANT = timedelta(microseconds=1)

Shares = Execution | Transfer
"""What brings shares in, or takes them out."""


def fill_holes(policy: Policy, book: Book, why: str, now: datetime) -> int:
    """Book what went and never came in as a transfer of unknown basis, just before it went.

    Returns how many were booked.
    """
    filled: set[Shares] = set()
    for number in range(HOLES_MAX):
        found = _first_hole(policy, book)
        if found is None or found[0] in filled:  # what does not help is not done twice
            return number
        event, missing = found
        filled.add(event)
        stamp = f"{why}:{now:%Y%m%dT%H%M%S%f}:sold{number}:{event.symbol}"
        day, moment = event.time.astimezone(TRADE_ZONE).date(), event.time - INSTANT
        transfer = Transfer(stamp, event.symbol, missing, None, day, moment)
        book.record(policy.account, (), (), (transfer,), ())
    return HOLES_MAX


def _first_hole(policy: Policy, book: Book) -> tuple[Shares, Decimal] | None:
    """The first sale, or transfer out, of shares that never came; and how many, as of then.

    Nothing that follows it is looked at: later splits would tell the missing shares in other ones.
    """
    account = policy.account
    events: list[Shares] = [*latest_versions(book.executions(account)), *book.transfers(account)]
    events.sort(key=lambda each: (each.time, _goes(each)))
    if _oversold(policy, book, events) is None:
        return None
    ends = range(len(events) + 1)
    until = bisect_left(ends, 1, key=lambda n: _oversold(policy, book, events[:n]) is not None)
    hole = _oversold(policy, book, events[:until])
    return None if hole is None or until == 0 else (events[until - 1], hole.missing)


def _goes(event: Shares) -> bool:
    if isinstance(event, Transfer):
        return event.quantity < 0
    return event.side is Side.SELL


def _oversold(policy: Policy, book: Book, events: Sequence[Shares]) -> Oversold | None:
    account = policy.account
    try:
        ledger(
            [event for event in events if isinstance(event, Execution)],
            [event for event in events if isinstance(event, Transfer)],
            book.corporate_actions(account),
            rules_of(account, policy.tax, book),
        )
    except Oversold as hole:
        return hole
    except BadLots:  # another fault than a hole
        return None
    return None
