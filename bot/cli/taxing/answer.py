"""From trades in files and in the book to a statement; refusals get their place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.families import Given
from bot.cli.taxing.asked import OfYear, Words, of_year
from bot.cli.taxing.members import account_rows, prices_of, rates
from bot.config.settings import HouseholdSettings
from bot.household.trades import Told
from bot.household.work import Rules, work_out
from bot.report.tax.figures import AccountRow, TaxStatement, statement
from brokers.words import Relief
from strategies.washes.nouns import SPLIT
from strategies.washes.relieving import RELIEF_KEYS

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.cli.families import Family

NOBODY = HouseholdSettings()
"""Of whom the config says nothing."""

METHODS = tuple(method.value for method in RELIEF_KEYS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, understood."""

    files: tuple[Path, ...]
    rules: Rules
    year: OfYear


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for, as far as it can be understood without the config."""

    year: int | None
    words: Words
    relief: Relief
    given: Given

    def of(self, settings: HouseholdSettings) -> Wanted:
        """With what ``settings`` say where the command line says nothing."""
        settings = self.given.over(settings)
        rules = Rules(self.relief, settings.group_of, frozenset(settings.outside))
        year = of_year(self.year, self.words, settings.taxpayer)
        return Wanted(settings.files, rules, year)


def answer(
    wanted: Wanted, now: datetime, family: "Family | None" = None, book: "Book | None" = None
) -> TaxStatement:
    """The statement, with the book's accounts of the household in it where there is a book.

    Raises ``BadTrades`` with the place of what cannot be true.
    """
    accounts = () if family is None else family.accounts
    found = work_out(wanted.files, wanted.rules, now, accounts, book)
    held, year = found.held, wanted.year.year
    unknown = held.book.unknown
    notes = (*(family.notes if family is not None else ()), *found.notes)
    told = statement(found.household, wanted.rules.relief, found.today, year, notes, unknown)
    members = (*account_rows(held), *_of_files(found.rows))
    told = replace(told, accounts=members if held.accounts else ())
    if book is not None and year in {None, found.today.year}:
        from bot.report.tax.if_sold import if_sold

        seen = {s: (p.price, p.day) for s, p in prices_of(held, book, found.today).items()}
        gains = held.book.fund_gains
        told = replace(told, if_sold=if_sold(found.household, unknown, seen, found.today, gains))
    return wanted.year.added_to(told, rates(held))


def _of_files(rows: Iterable[Told]) -> tuple[AccountRow, ...]:
    kinds = {t.trade.account: t.trade.kind for t in rows if t.trade.side != SPLIT}
    return tuple(AccountRow(account, kind, None) for account, kind in sorted(kinds.items()))


def method(word: str) -> Relief:
    """The method of relief that ``word`` names."""
    if word.lower() not in METHODS:
        raise WrongUse(f"--relief {word}: there is none such", f"there is: {', '.join(METHODS)}")
    return Relief(word.lower())
