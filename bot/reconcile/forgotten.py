"""Orders of ours at the broker that the book never meant: it is an older copy of itself.

Every order is in the book before it is sent. So where the broker tells of one that is not, rows
were lost, and more may have been sent than is known. A book that was restored knows that already.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.book.book import Book
from bot.reconcile.refusal import Refusal, halt_and_refuse
from brokers.words import AccountId, Execution, OrderKey
from strategies.planned import KEY_PREFIX


def refuse_unmeant(
    account: AccountId, executions: Iterable[Execution], book: Book, now: datetime
) -> None:
    """Halt the account where shares changed hands by an order that the book never meant."""
    if book.origin.restored() is None and (lost := _unmeant(account, _keys(executions), book)):
        halt_and_refuse(account, book, f"the book is rolled back: {_words(lost)} filled", now)


def refuse_unmeant_open(
    account: AccountId, listed: Iterable[OrderKey], book: Book, now: datetime
) -> None:
    """The same where such an order is open: nobody here can tell what it is to be."""
    if not (lost := _unmeant(account, listed, book)):
        return
    if book.origin.restored() is None:
        halt_and_refuse(account, book, f"the book is rolled back: {_words(lost)} open", now)
    raise Refusal(f"{account}: {_words(lost)} open at the broker", "cancel it there, then go on")


def _keys(executions: Iterable[Execution]) -> list[OrderKey]:
    return [execution.key for execution in executions if execution.key is not None]


def _unmeant(account: AccountId, keys: Iterable[OrderKey], book: Book) -> list[OrderKey]:
    ours = sorted({key for key in keys if key.startswith(KEY_PREFIX)})
    if not ours:
        return []
    return sorted(set(ours) - {row.order.key for row in book.orders_named(account, ours)})


def _words(lost: list[OrderKey]) -> str:
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return f"order {lost[0]}{more}, which it never meant, is"
