"""What an account may have sold at a loss before the book first looked, or at a cost nobody knows.

The first look takes in all that the broker tells of its past. A broker that tells less than the 30
days before says nothing of losses of that time, which a purchase within 30 days would take.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.household.from_book import FromBook
from brokers.words import Symbol
from strategies.lots import Ledger
from strategies.washes.matching import WINDOW_DAYS

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.book.rows import TieOut
    from bot.config.settings import AccountConfig

WINDOW: Final = timedelta(days=WINDOW_DAYS)
OPENING: Final = "opening:"
"""How the records begin that the first look made."""
BEFORE: Final = " before"
"""Behind an account's name: what a file calls the account of its trades before the first look."""

NOT_TOLD: Final = "were not told"
"""What is remembered with the first look at such a broker ends so."""

Firsts = Mapping[str, "TieOut | None"]
"""The first look at each account, None where there was none."""


@dataclass(frozen=True, slots=True)
class Untold:
    """Names that ``account`` may have sold at a loss, and why nobody knows."""

    account: str
    why: str
    symbols: frozenset[Symbol]
    is_first_look: bool


def firsts_at(accounts: "Iterable[AccountConfig]", book: "Book") -> Firsts:
    """The first look at each of ``accounts``."""
    return {str(one.account): book.first_tieout(one.account) for one in accounts}


def what_was_not_told(horizon: timedelta | None, now: datetime) -> str:
    """What to remember of a first look at ``now``; nothing where the broker tells enough.

    ``horizon`` is how far back executions are told, None for ever.
    """
    if horizon is None or horizon > WINDOW:
        return ""
    return f"executions before {(now - horizon).date()} {NOT_TOLD}"


def untold(
    taxable: Iterable[str], firsts: Firsts, book: FromBook, files: Container[str], today: date
) -> Iterator[Untold]:
    """Of each account of ``taxable``; ``files`` are the accounts that files tell of."""
    for account in taxable:
        plain = book.plain.get(account)
        if plain is None:
            continue
        first = firsts.get(account)
        if first is not None and NOT_TOLD in first.text and account + BEFORE not in files:
            until = first.time.date() + WINDOW
            if today <= until:
                why = (
                    f"it was first looked at on {first.time:%Y-%m-%d}, and its broker does not "
                    f"tell what it sold before. It matters up to {until}; tell it in a file of "
                    f'trades, as account "{account}{BEFORE}"'
                )
                yield Untold(account, why, frozenset(_held_at_first(plain)), is_first_look=True)
        for symbol, day in _sold_at_unknown_cost(plain, today - WINDOW):
            why = f"what {symbol} had cost that was sold on {day} is not known"
            yield Untold(account, why, frozenset({symbol}), is_first_look=False)


def _held_at_first(plain: Ledger) -> Iterator[Symbol]:
    """What the first look booked, whatever became of it."""
    for lots in plain.lots.values():
        yield from (lot.symbol for lot in lots if lot.lot_id.startswith(OPENING))
    yield from (one.symbol for one in plain.realized if one.lot_id.startswith(OPENING))


def _sold_at_unknown_cost(plain: Ledger, since: date) -> Iterator[tuple[Symbol, date]]:
    """The last day of each name that was."""
    last: dict[Symbol, date] = {}
    for one in plain.realized:
        if one.gain is None and one.quantity and one.sold >= since:
            last[one.symbol] = max(one.sold, last.get(one.symbol, since))
    yield from sorted(last.items())
