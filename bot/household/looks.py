"""When each account of a household was last looked at: how sure it is what was bought there.

``trimtab status`` asks it too, so it loads next to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.book.rows import TieOut
    from bot.config.settings import AccountConfig

STALE = timedelta(days=4)
"""A look older than this, a long weekend, says too little of what was bought since."""


class Look(Protocol):
    """A comparison of an account's book with its broker."""

    @property
    def time(self) -> datetime:
        """When it was."""
        ...

    @property
    def ok(self) -> bool:
        """Whether they agreed."""
        ...


@dataclass(frozen=True, slots=True)
class Unsure:
    """What is not known of an account.

    ``is_doubt`` forbids every harvest; ``is_known`` tells whether it is known what it once held.
    """

    account: str
    words: str
    is_doubt: bool
    is_known: bool = True


Looks = Mapping[str, Look | None]
"""The newest look at each account, None where there was none."""


def looks_at(accounts: "Iterable[AccountConfig]", book: "Book") -> "Mapping[str, TieOut | None]":
    """The newest look at each of ``accounts``."""
    return {str(one.account): book.last_tieout(one.account) for one in accounts}


def unsure_of(looks: Looks, now: datetime) -> Iterator[Unsure]:
    """What is not known of each account."""
    for name, last in looks.items():
        remedy = f"trimtab plan --account {name} looks"
        if last is None:
            said = f"nothing is known yet of what {name} bought: {remedy}"
            yield Unsure(name, said, is_doubt=True, is_known=False)
        elif not last.ok:
            said = f"book and broker of {name} differ: trimtab reconcile --account {name}"
            yield Unsure(name, said, is_doubt=True)
        elif last.time.date() < now.date():
            said = f"{name} was last looked at on {last.time:%Y-%m-%d}: {remedy}"
            yield Unsure(name, said, is_doubt=now - last.time > STALE)


def doubts_in(said: Iterable[Unsure]) -> tuple[str, ...]:
    """Those that forbid every harvest."""
    return tuple(one.words for one in said if one.is_doubt)
