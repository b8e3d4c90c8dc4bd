"""From the book to the lots of its accounts, in the ledgers of their households."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from bot.cli.accounts import chosen
from bot.cli.exits import WrongUse
from bot.cli.families import Family, Given, families
from bot.cli.taxing.members import prices_of
from bot.household.from_book import KIND
from bot.household.kin import rules_of
from bot.household.relief import rules_of as lot_rules
from bot.household.work import work_out
from bot.report.lots.figures import Basis, LotsDocument, Owned, Seen, joined, lots_document

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config


def answer(
    config: "Config", book: "Book", name: str | None, given: Given, now: datetime
) -> LotsDocument:
    """The lots of one account or of all; wash sales are those of each whole household."""
    wanted = chosen(config, name)
    asked = [each for each in families(config) if any(one in wanted for one in each.accounts)]
    if not asked:
        raise WrongUse(
            f"{name} holds play money, and other accounts of the config do not",
            "lots are told of accounts with real money, where there are any",
        )
    if given.files and len(asked) > 1:
        what = f"--trades is of one household, and {config.path} has {len(asked)}"
        raise WrongUse(what, f"name an account: trimtab lots {wanted[0].account}")
    return joined([_of(each, wanted, book, given, now) for each in asked])


def _of(
    family: Family, wanted: "Sequence[AccountConfig]", book: "Book", given: Given, now: datetime
) -> LotsDocument:
    settings = given.over(family.settings)
    found = work_out(settings.files, rules_of(settings), now, family.accounts, book)
    seen = prices_of(found.held, book, found.today)
    prices = {symbol: Seen(p.price, p.day, p.source) for symbol, p in seen.items()}
    ledgers = found.held.book
    basis = Basis(found.household, ledgers.plain, ledgers.unknown)
    owned = [_owned(one, book, found.today) for one in family.accounts if one in wanted]
    told = lots_document(owned, basis, prices, found.today, found.notes)
    return replace(told, notes=(*family.notes, *told.notes))


def _owned(one: "AccountConfig", book: "Book", today: date) -> Owned:
    tax = one.policy.tax
    relief = lot_rules(one.account, tax, book).on(today).relief
    return Owned(str(one.account), KIND[tax.kind], one.environment, relief)
