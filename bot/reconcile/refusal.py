"""The machine will not go on: one error for every reason, with its remedy."""

from datetime import datetime
from typing import NoReturn

from bot.book.book import Book
from brokers.words import AccountId


class Refusal(Exception):
    """The machine will not go on. Says why, and what a person can do about it."""

    def __init__(self, why: str, remedy: str) -> None:
        """State the reason and the remedy, a sentence each."""
        super().__init__(why)
        self.remedy = remedy


def halt_and_refuse(
    account: AccountId, book: Book, why: str, now: datetime, first: str = "find the cause"
) -> NoReturn:
    """Latch the halt, then stop: only a named person starts the account again, after ``first``."""
    book.halt(account, why, "trimtab", now)
    look = f"trimtab reconcile --account {account}"
    go_on = f'trimtab resume {account} --reason "..."'
    raise Refusal(f"{account} is halted: {why}", f"{first}, then run: {look}; {go_on}")
