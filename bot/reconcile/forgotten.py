"""Orders of ours at the broker that the book never meant: it is an older copy, or another's book.

Every order is in the book before it is sent. So where the broker tells of one that is not, rows
were lost, and more may have been sent than is known; a book that was restored knows that already.
Or another book works the account: its plans have other letters in their names (``Origin.letters``).
"""

from collections.abc import Iterable
from datetime import datetime

from bot.book.book import Book
from bot.reconcile.refusal import Refusal, halt_and_refuse
from brokers.words import AccountId, Execution, OrderKey
from strategies.planned import KEY_PREFIX, origin_of

PART = (
    "let one book alone trade the account: stop the other Trimtab, or give it an account of its own"
)


def refuse_unmeant(
    account: AccountId, executions: Iterable[Execution], book: Book, now: datetime
) -> None:
    """Halt the account where shares changed hands by an order that the book never meant."""
    lost, others = _unmeant(account, _keys(executions), book)
    if lost and book.origin.restored() is None:
        halt_and_refuse(account, book, f"the book is rolled back: {_words(lost)} filled", now)
    if others:
        halt_and_refuse(account, book, f"{ANOTHER}: {_words(others)} filled", now, PART)


def refuse_unmeant_open(
    account: AccountId, listed: Iterable[OrderKey], book: Book, now: datetime
) -> None:
    """The same where such an order is open: nobody here can tell what it is to be."""
    lost, others = _unmeant(account, listed, book)
    if others:
        halt_and_refuse(account, book, f"{ANOTHER}: {_words(others)} open", now, PART)
    if not lost:
        return
    if book.origin.restored() is None:
        halt_and_refuse(account, book, f"the book is rolled back: {_words(lost)} open", now)
    raise Refusal(f"{account}: {_words(lost)} open at the broker", "cancel it there, then go on")


ANOTHER = "another Trimtab book trades this account"


def _keys(executions: Iterable[Execution]) -> list[OrderKey]:
    return [execution.key for execution in executions if execution.key is not None]


def _unmeant(
    account: AccountId, keys: Iterable[OrderKey], book: Book
) -> tuple[list[OrderKey], list[OrderKey]]:
    """Of our kind, and not in the book: those that it has lost, and those of another book.

    What bears no letters is from before there were any, and may be either: it counts as lost.
    """
    ours = sorted({key for key in keys if key.startswith(KEY_PREFIX)})
    if not ours:
        return [], []
    unknown = sorted(set(ours) - {row.order.key for row in book.orders_named(account, ours)})
    known = ("", book.origin.letters())
    others = [key for key in unknown if origin_of(key) not in known]
    return [key for key in unknown if key not in others], others


def _words(lost: list[OrderKey]) -> str:
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return f"order {lost[0]}{more}, which it never meant, is"
