"""The ledger of a household from its accounts in the book and the files of the others.

Whatever cannot be true is an error with its place: who asks for figures must not get wrong ones.
``forgiving.py`` is for who must go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.household.from_book import Accounts, FromBook
from bot.household.fund_gains import perhaps_long
from bot.household.gather import Held, gather
from bot.household.merge import merge
from bot.household.named import as_named, groups_of
from bot.household.trades import BadTrades, Told, at, read
from brokers.words import Relief
from strategies.lots import TRADE_ZONE
from strategies.taxes.funds import with_fund_gains
from strategies.washes.ledger import household
from strategies.washes.nouns import SPLIT, BadTrade, Household
from strategies.washes.remembered import Memory

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig

NOBODY = Held((), FromBook())


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner may set of the ledger."""

    relief: Relief
    group_of: Mapping[str, str]
    outside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Before:
    """What was worked out before of the same household: of accounts, and of securities."""

    accounts: Accounts = field(default_factory=dict)
    groups: Memory = field(default_factory=Memory)


@dataclass(frozen=True, slots=True)
class Worked:
    """The ledger worked out, from whatever told of it: the book's accounts, ``rows`` of files."""

    household: Household
    held: Held
    rows: tuple[Told, ...]
    notes: tuple[str, ...]
    today: date


def work_out(
    files: Sequence[Path],
    rules: Rules,
    now: datetime,
    accounts: "Sequence[AccountConfig]" = (),
    book: "Book | None" = None,
    before: Before | None = None,
) -> Worked:
    """The ledger over ``accounts``, as ``book`` has them, and over ``files``.

    Raises ``BadTrades`` with the place of what cannot be true, and ``BadLots``.
    """
    rows, notes = merge([read(path) for path in files])
    today = day_of(now)
    before = before or Before()
    held = NOBODY if book is None else gather(accounts, book, today, rows, before.accounts)
    if twice := told_twice(rows, held):
        raise twice
    every = (*held.book.rows, *rows)
    try:
        return reckoned(held, rows, notes, rules, today, before.groups)
    except BadTrade as exc:
        raise at(every[exc.place].place, exc) from exc


def reckoned(  # what it is made of, and a memory
    held: Held,
    rows: tuple[Told, ...],
    notes: Sequence[str],
    rules: Rules,
    today: date,
    memory: Memory | None = None,
) -> Worked:
    """The ledger; raises ``BadTrade``, whose place counts the book's rows first, then ``rows``.

    ``memory`` is of the same household before: what is the same since is not worked out again.
    """
    every = (*held.book.rows, *rows)
    trades = (row.trade for row in every)
    groups = groups_of(held.book, rules.group_of)
    found = household(
        trades,
        rules.relief,
        group_of=groups,
        outside=rules.outside,
        today=today,
        memory=memory,
    )
    found = as_named(found, held.book, today)
    if paid := held.book.fund_gains:
        found = replace(found, disposals=with_fund_gains(found.disposals, paid))
    perhaps = perhaps_long(found.disposals, held.book.dividends, held.book.fund_gains)
    said = (f"{every[note.place].place}: {note.said}" for note in found.notes)
    return Worked(found, held, rows, (*held.book.notes, *notes, *said, *perhaps), today)


def told_twice(rows: Iterable[Told], held: Held) -> BadTrades | None:
    """The mistake where a file tells of an account that the book has: each would count twice."""
    ours = {str(one.account) for one in held.accounts}
    for row in rows:
        if row.trade.side != SPLIT and row.trade.account in ours:
            what = f"{row.place}: {row.trade.account} is an account of the config"
            remedy = "the book has its trades: leave them out, or name it differently"
            return BadTrades([what], remedy)
    return None


def day_of(now: datetime) -> date:
    """The day of trade that ``now`` is in."""
    return now.astimezone(TRADE_ZONE).date()
