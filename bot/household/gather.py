"""Everything that accounts of one household have in the book, for a ledger over all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.household.from_book import Accounts, Booked, FromBook, from_book
from bot.household.fund_gains import dividends, fund_gains
from bot.household.relief import rules_of
from bot.household.trades import Told
from brokers.words import Split, Symbol
from strategies.policy import TaxKind
from strategies.washes.nouns import SPLIT

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig


@dataclass(frozen=True, slots=True)
class Held:
    """The accounts that count, and what the book has of them."""

    accounts: "tuple[AccountConfig, ...]"
    book: FromBook


def gather(
    accounts: "Sequence[AccountConfig]",
    book: "Book",
    today: date,
    files: Iterable[Told] = (),
    known: Accounts | None = None,
) -> Held:
    """What ``book`` has of ``accounts``; raises ``BadLots`` where one's records cannot be true.

    ``files`` are trades of accounts held elsewhere: their splits count here too. ``known`` is what
    was worked out before.
    """
    records = [booked(one, book) for one in accounts]
    found = from_book(records, today, splits_of(files), known)
    flows = [
        (str(one.account), flow, found.plain[str(one.account)])
        for one in accounts
        if one.policy.tax.kind is TaxKind.TAXABLE
        for flow in book.cash_flows(one.account)
        if flow.symbol is not None
    ]
    paid = replace(found, fund_gains=fund_gains(flows), dividends=dividends(flows))
    return Held(tuple(accounts), paid)


def booked(account: "AccountConfig", book: "Book") -> Booked:
    """All that ``book`` has of one account."""
    return Booked(
        str(account.account),
        account.policy.tax,
        book.executions(account.account),
        book.transfers(account.account),
        book.corporate_actions(account.account),
        rules_of(account.account, account.policy.tax, book),
    )


def splits_of(files: Iterable[Told]) -> list[Split]:
    """The splits that files tell of."""
    return [
        Split(str(told.place), Symbol(trade.symbol), trade.quantity, trade.day)
        for told in files
        for trade in (told.trade,)
        if trade.side == SPLIT and trade.quantity > 0
    ]
