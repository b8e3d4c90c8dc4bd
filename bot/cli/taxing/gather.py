"""Everything that the config's accounts have in the book, for a ledger over all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.household.from_book import KIND, Booked, FromBook, from_book
from bot.household.trades import Told
from bot.report.tax.figures import AccountRow
from brokers.words import CorporateAction, Environment, Symbol
from strategies.policy import TaxKind
from strategies.washes.nouns import SPLIT

if TYPE_CHECKING:
    from decimal import Decimal

    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config
    from bot.prices.last import LastPrice

NO_FILES: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """The accounts that count, and what the book has of them."""

    accounts: "tuple[AccountConfig, ...]"
    book: FromBook

    @property
    def rows(self) -> tuple[AccountRow, ...]:
        """The accounts as a statement tells them."""
        return tuple(
            AccountRow(str(one.account), KIND[one.policy.tax.kind], one.environment)
            for one in self.accounts
        )

    @property
    def rates(self) -> "tuple[tuple[Decimal, Decimal], ...]":
        """Rates of the taxable accounts, short and long."""
        taxes = (one.policy.tax for one in self.accounts)
        return tuple((t.short_rate, t.long_rate) for t in taxes if t.kind is TaxKind.TAXABLE)


def gather(config: "Config", book: "Book", today: date, files: Iterable[Told] = NO_FILES) -> Held:
    """The book of all accounts with real money; of those with play money where there are no others.

    ``files`` are trades of accounts held elsewhere: their splits count here too.
    """
    accounts = of_one_kind(config.accounts)
    records = [
        Booked(
            str(one.account),
            one.policy.tax,
            book.executions(one.account),
            book.transfers(one.account),
            book.corporate_actions(one.account),
        )
        for one in accounts
    ]
    splits = [
        CorporateAction(str(told.place), Symbol(trade.symbol), trade.quantity, trade.day)
        for told in files
        for trade in (told.trade,)
        if trade.side == SPLIT and trade.quantity > 0
    ]
    found = from_book(records, today, splits)
    return Held(accounts, replace(found, notes=(*_left_out(config, accounts), *found.notes)))


def of_one_kind(accounts: "tuple[AccountConfig, ...]") -> "tuple[AccountConfig, ...]":
    """Those with real money, or all where none has: play money is on no tax return."""
    live = tuple(one for one in accounts if one.environment is Environment.LIVE)
    return live or accounts


def _left_out(config: "Config", accounts: "tuple[AccountConfig, ...]") -> tuple[str, ...]:
    names = [str(one.account) for one in config.accounts if one not in accounts]
    return (f"left out, with no real money in it: {', '.join(names)}",) if names else ()


def prices_of(held: Held, book: "Book", today: date) -> "dict[str, LastPrice]":
    """The last price that the book knows of each name of these accounts."""
    from bot.prices.history import Owner
    from bot.prices.last import last_prices

    owners = [Owner(one.account, one.prices) for one in held.accounts]
    return {str(s): p for s, p in last_prices(book, owners, today, held.book.splits).items()}
