"""From trades in files and in the book to a statement; refusals get their place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.taxing.gather import Held, gather, prices_of
from bot.household.from_book import FromBook
from bot.household.merge import merge
from bot.household.trades import Told, at, read
from bot.report.tax.figures import AccountRow, TaxStatement, statement
from brokers.words import Relief
from strategies.lots import TRADE_ZONE
from strategies.washes.ledger import household
from strategies.washes.nouns import OWNER_SAYS, SPLIT, BadTrade, Household
from strategies.washes.relieving import RELIEF_KEYS

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.cli.taxing.asked import OfYear
    from bot.config.settings import Config

METHODS = tuple(method.value for method in RELIEF_KEYS)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner may set of the ledger."""

    relief: Relief
    group_of: Mapping[str, str]
    outside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for, understood."""

    files: tuple[Path, ...]
    rules: Rules
    year: "OfYear"


@dataclass(frozen=True, slots=True)
class Worked:
    """The ledger worked out, from whatever told of it."""

    household: Household
    held: Held
    accounts: tuple[AccountRow, ...]
    notes: tuple[str, ...]
    today: date


def answer(
    wanted: Wanted, now: datetime, config: "Config | None" = None, book: "Book | None" = None
) -> TaxStatement:
    """The statement, with the book's accounts in it where there is one.

    Raises ``BadTrades`` with the place of what cannot be true.
    """
    found = work_out(wanted.files, wanted.rules, now, config, book)
    held, year = found.held, wanted.year.year
    unknown = held.book.unknown
    relief, today = wanted.rules.relief, found.today
    told = statement(found.household, relief, today, year, found.notes, unknown)
    told = replace(told, accounts=found.accounts if held.accounts else ())
    if book is not None and year in {None, today.year}:
        from bot.report.tax.if_sold import if_sold

        seen = {s: (p.price, p.day) for s, p in prices_of(held, book, today).items()}
        told = replace(told, if_sold=if_sold(found.household, unknown, seen, today))
    return wanted.year.added_to(told, held.rates)


def work_out(
    files: Sequence[Path],
    rules: Rules,
    now: datetime,
    config: "Config | None" = None,
    book: "Book | None" = None,
) -> Worked:
    """The ledger over the accounts of ``book``, where there is one, and those of ``files``."""
    rows, notes = merge([read(path) for path in files])
    today = now.astimezone(TRADE_ZONE).date()
    held = Held((), FromBook())
    if config is not None and book is not None:
        held = gather(config, book, today, rows)
        _apart(rows, held)
    every = (*held.book.rows, *rows)
    try:
        found = household(
            (row.trade for row in every),
            rules.relief,
            group_of=rules.group_of,
            outside=rules.outside,
            today=today,
        )
    except BadTrade as exc:
        raise at(every[exc.place].place, exc) from exc
    said = (f"{every[note.place].place}: {note.said}" for note in found.notes)
    accounts = (*held.rows, *_of_files(rows))
    return Worked(found, held, accounts, (*held.book.notes, *notes, *said), today)


def _apart(rows: Iterable[Told], held: Held) -> None:
    """Raise where a file tells of an account that the book has: each would count twice."""
    ours = {str(one.account) for one in held.accounts}
    for row in rows:
        if row.trade.side != SPLIT and row.trade.account in ours:
            what = f"{row.place}: {row.trade.account} is an account of the config"
            raise WrongUse(what, "the book has its trades: leave them out, or name it differently")


def _of_files(rows: Iterable[Told]) -> tuple[AccountRow, ...]:
    kinds = {t.trade.account: t.trade.kind for t in rows if t.trade.side != SPLIT}
    return tuple(AccountRow(account, kind, None) for account, kind in sorted(kinds.items()))


def method(word: str) -> Relief:
    """The method of relief that ``word`` names."""
    if word.lower() not in METHODS:
        raise WrongUse(f"--relief {word}: there is none such", f"there is: {', '.join(METHODS)}")
    return Relief(word.lower())


def groups(lists: Iterable[str]) -> dict[str, str]:
    """Symbols to the group that each list of like ones makes, named by its first."""
    found: dict[str, str] = {}
    for said in lists:
        alike = [symbol.strip().upper() for symbol in said.split(",") if symbol.strip()]
        for symbol in alike:
            if found.setdefault(symbol, alike[0]) != alike[0]:
                raise WrongUse(f"--identical: {symbol} is in two lists", "make them one list")
    return found


def kinds(words: Sequence[str]) -> frozenset[str]:
    """Kinds of account whose buys replace nothing, because the owner says so."""
    for word in words:
        if word.lower() not in OWNER_SAYS:
            remedy = f"an IRA counts (Rev. Rul. 2008-5); yours to set are {', '.join(OWNER_SAYS)}"
            raise WrongUse(f"--outside {word}: that is not left to the owner", remedy)
    return frozenset(word.lower() for word in words)
