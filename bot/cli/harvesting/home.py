"""The household from every account of the config and the files of those that are held elsewhere.

Accounts with real money are one household, those with play money another: the one's buys wash no
loss of the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.taxing.answer import Rules, work_out
from bot.household.from_book import KIND
from brokers.words import ZERO, Relief, Side
from strategies.harvest import Home
from strategies.washes.nouns import BUY, Trade

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config

STALE = timedelta(days=4)
"""A look older than this, a long weekend, says too little of what was bought since."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller adds to the config."""

    files: tuple[Path, ...] = ()
    group_of: Mapping[str, str] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """The household, and what is to be told of how it was put together."""

    home: Home
    notes: tuple[str, ...]
    today: date


def known(
    config: "Config",
    accounts: "Sequence[AccountConfig]",
    book: "Book",
    given: Given,
    now: datetime,
) -> Known:
    """Raises ``BadTrades`` with the place of what cannot be true, and ``BadLots``."""
    rules = Rules(Relief.FIFO, given.group_of, given.outside)  # the book's sales name their lots
    config = replace(config, accounts=tuple(accounts))
    found = work_out(given.files, rules, now, config, book)
    looks = [*_looks(accounts, book, now)]
    buys = (buy for account in accounts for buy in _open_buys(account, book, found.today))
    home = Home(
        found.household,
        buys=tuple(buys),
        unsure=dict.fromkeys(found.held.book.unknown, "basis unknown"),
        doubts=tuple(words for is_doubt, words in looks if is_doubt),
    )
    return Known(home, (*found.notes, *(words for _, words in looks)), found.today)


def _looks(
    accounts: "Sequence[AccountConfig]", book: "Book", now: datetime
) -> Iterator[tuple[bool, str]]:
    """What is not known of an account: whether it forbids every harvest, and the sentence."""
    for account in accounts:
        name, last = account.account, book.last_tieout(account.account)
        remedy = f"trimtab plan --account {name} looks"
        if last is None:
            yield True, f"nothing is known yet of what {name} bought: {remedy}"
        elif last.time.date() < now.date():
            said = f"{name} was last looked at on {last.time:%Y-%m-%d}: {remedy}"
            yield now - last.time > STALE, said


def _open_buys(account: "AccountConfig", book: "Book", today: date) -> Iterator[Trade]:
    """Purchases that are in the market, as if they were filled."""
    for row in book.unsettled(account.account):
        left = row.order.quantity - row.filled
        if row.order.side is Side.BUY and left > 0:
            yield Trade(
                day=today,
                account=str(account.account),
                kind=KIND[account.policy.tax.kind],
                symbol=str(row.order.symbol),
                side=BUY,
                quantity=left,
                price=row.order.limit,
                fee=ZERO,
                lot=f"order {row.order.key}",
                order=str(row.order.key),
            )
