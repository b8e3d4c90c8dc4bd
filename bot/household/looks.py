"""When each account of a household was last looked at: how sure it is what was bought there.

``trimtab status`` asks it too, so it loads next to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.book.book import Book
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


Looks = Mapping[str, Look | None]
"""The newest look at each account, None where there was none."""


def looks_at(accounts: "Iterable[AccountConfig]", book: "Book") -> Looks:
    """The newest look at each of ``accounts``."""
    return {str(one.account): book.last_tieout(one.account) for one in accounts}


def unsure_of(looks: Looks, now: datetime) -> Iterator[tuple[bool, str]]:
    """What is not known of an account: whether it forbids every harvest, and the sentence."""
    for name, last in looks.items():
        remedy = f"trimtab plan --account {name} looks"
        if last is None:
            yield True, f"nothing is known yet of what {name} bought: {remedy}"
        elif not last.ok:
            yield True, f"book and broker of {name} differ: trimtab reconcile --account {name}"
        elif last.time.date() < now.date():
            said = f"{name} was last looked at on {last.time:%Y-%m-%d}: {remedy}"
            yield now - last.time > STALE, said


def doubts_in(said: Iterable[tuple[bool, str]]) -> tuple[str, ...]:
    """Those that forbid every harvest."""
    return tuple(words for is_doubt, words in said if is_doubt)
