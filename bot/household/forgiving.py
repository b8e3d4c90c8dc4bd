"""The ledger of a household for who must go on: what cannot be used is left out, and said.

Each sentence is a doubt: no loss is taken until it is mended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.household.from_book import ELSEWHERE, BookPlace, from_book
from bot.household.gather import booked, gather, splits_of
from bot.household.merge import merge
from bot.household.trades import BadTrades, Told, at, read
from bot.household.work import Before, Rules, Worked, day_of, reckoned, told_twice
from strategies.lots import BadLots
from strategies.washes.nouns import BadTrade

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig


@dataclass(frozen=True, slots=True)
class Unusable:
    """What was left out: a file, or the records of ``account``; and why, in a sentence."""

    why: str
    account: str = ""


@dataclass(slots=True)
class Usable:
    """What is still in use, and why the rest is not."""

    files: dict[str, tuple[Told, ...]]
    accounts: "list[AccountConfig]"
    doubts: list[Unusable]


def work_out_usable(
    files: Sequence[Path],
    rules: Rules,
    now: datetime,
    accounts: "Sequence[AccountConfig]",
    book: "Book",
    before: Before | None = None,
) -> tuple[Worked, tuple[Unusable, ...]]:
    """The ledger over what can be used, and each file or account that cannot.

    Each round leaves one of them out, so that it ends.
    """
    doubts: list[Unusable] = []
    usable = Usable(dict(_read(files, doubts)), list(accounts), doubts)
    while True:
        found = _tried(usable, rules, day_of(now), book, before or Before())
        if found is not None:
            return found, tuple(doubts)


def _read(files: Sequence[Path], doubts: list[Unusable]) -> Iterator[tuple[str, tuple[Told, ...]]]:
    for path in files:
        try:
            yield str(path), read(path)
        except OSError as exc:
            doubts.append(_unused(f"{path}: {(exc.strerror or str(exc)).lower()}"))
        except BadTrades as exc:
            doubts.append(_unused(str(exc).splitlines()[0]))


def _unused(what: str) -> Unusable:
    return Unusable(f"trades of accounts held elsewhere are not known: {what}")


def _tried(
    usable: Usable, rules: Rules, today: date, book: "Book", before: Before
) -> Worked | None:
    """The ledger, or None where something was left out for the next round."""
    rows, notes = merge(usable.files.values())
    try:
        held = gather(usable.accounts, book, today, rows, before.accounts)
    except BadLots as exc:
        _without_bad_lots(usable, rows, today, book, exc)
        return None
    if twice := told_twice(rows, held):
        ours = {str(one.account) for one in held.accounts}
        _without_file(usable, next(r for r in rows if r.trade.account in ours), twice)
        return None
    try:
        return reckoned(held, rows, notes, rules, today, before.groups)
    except BadTrade as exc:
        row = (*held.book.rows, *rows)[exc.place]
        if isinstance(row.place, BookPlace):
            name = row.trade.account.removesuffix(ELSEWHERE)
            _without_account(usable, name, str(at(row.place, exc)))
        else:
            _without_file(usable, row, at(row.place, exc))
        return None


def _without_bad_lots(
    usable: Usable, rows: Sequence[Told], today: date, book: "Book", error: BadLots
) -> None:
    """Leave out the accounts whose own records cannot be true: they are tried one by one."""
    bad: dict[str, BadLots] = {}
    for account in usable.accounts:
        try:
            from_book([booked(account, book)], today, splits_of(rows))
        except BadLots as exc:
            bad[str(account.account)] = exc
    for account in usable.accounts if not bad else ():
        bad[str(account.account)] = error  # they contradict each other only
    for name, why in bad.items():
        _without_account(usable, name, str(why))


def _without_account(usable: Usable, name: str, why: str) -> None:
    usable.accounts = [one for one in usable.accounts if str(one.account) != name]
    said = f"what {name} bought and sold is not known: {why}"
    usable.doubts.append(Unusable(said, name))


def _without_file(usable: Usable, row: Told, why: BadTrades) -> None:
    del usable.files[row.place.file]
    usable.doubts.append(_unused(str(why)))
