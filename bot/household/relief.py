"""How an account's lots are relieved: by the method of each day, or as a person named them.

The methods are in the book, from when on each was in force: what is set in the config today does
not touch the lots of what was sold before.
"""

from typing import TYPE_CHECKING

from strategies.lots import Method, Named, Rules

if TYPE_CHECKING:
    from bot.book.book import Book
    from brokers.words import AccountId
    from strategies.policy import TaxPolicy


def rules_of(account: "AccountId", tax: "TaxPolicy", book: "Book") -> Rules:
    """The rules of an account; the method of ``tax`` where the book has none yet."""
    named = {
        row.sale: tuple(Named(lot, shares) for lot, shares in row.lots)
        for row in book.named_lots(account)
    }
    methods = tuple(
        Method(row.relief, row.short_rate, row.long_rate, row.since)
        for row in book.reliefs(account)
    )
    return Rules(tax, {sale: lots for sale, lots in named.items() if lots}, methods=methods)
