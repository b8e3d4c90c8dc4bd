"""The accounts of a household as a statement tells them, with their rates and last prices."""

from datetime import date
from typing import TYPE_CHECKING

from bot.household.from_book import KIND
from bot.household.gather import Held
from bot.report.tax.figures import AccountRow
from strategies.policy import TaxKind

if TYPE_CHECKING:
    from decimal import Decimal

    from bot.book.book import Book
    from bot.prices.last import LastPrice


def account_rows(held: Held) -> tuple[AccountRow, ...]:
    """Name, kind and environment of each account."""
    return tuple(
        AccountRow(str(one.account), KIND[one.policy.tax.kind], one.environment)
        for one in held.accounts
    )


def rates(held: Held) -> "tuple[tuple[Decimal, Decimal], ...]":
    """Rates of the taxable accounts, short and long."""
    taxes = (one.policy.tax for one in held.accounts)
    return tuple((t.short_rate, t.long_rate) for t in taxes if t.kind is TaxKind.TAXABLE)


def prices_of(held: Held, book: "Book", today: date) -> "dict[str, LastPrice]":
    """The last price that the book knows of each name of these accounts."""
    from bot.prices.history import Owner
    from bot.prices.last import last_prices

    owners = [Owner(one.account, one.prices) for one in held.accounts]
    return {str(s): p for s, p in last_prices(book, owners, today, held.book.splits).items()}
