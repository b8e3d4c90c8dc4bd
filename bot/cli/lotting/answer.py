"""From the book to the lots of its accounts, in the ledger of the whole household."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.accounts import chosen
from bot.cli.exits import WrongUse
from bot.cli.taxing.answer import Rules, work_out
from bot.cli.taxing.gather import prices_of
from bot.household.from_book import KIND
from bot.report.lots.figures import Basis, LotsDocument, Owned, Seen, lots_document

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config


def answer(  # what is asked, of whom, and when
    config: "Config",
    book: "Book",
    name: str | None,
    files: tuple[Path, ...],
    rules: Rules,
    now: datetime,
) -> LotsDocument:
    """The lots of one account or of all; wash sales are those of all accounts either way."""
    wanted = chosen(config, name)
    found = work_out(files, rules, now, config, book)
    counted = tuple(one for one in wanted if one in found.held.accounts)
    if not counted:
        raise WrongUse(
            f"{name} holds play money, and other accounts of the config do not",
            "lots are told of accounts with real money, where there are any",
        )
    seen = prices_of(found.held, book, found.today)
    prices = {symbol: Seen(p.price, p.day, p.source) for symbol, p in seen.items()}
    ledgers = found.held.book
    basis = Basis(found.household, ledgers.plain, ledgers.unknown)
    return lots_document(tuple(map(_owned, counted)), basis, prices, found.today, found.notes)


def _owned(one: "AccountConfig") -> Owned:
    tax = one.policy.tax
    return Owned(str(one.account), KIND[tax.kind], one.environment, tax.relief)
