"""Households as status and check tell them: who is in one, its files, and what is not known."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot.household.looks import doubts_in, unsure_of

if TYPE_CHECKING:
    from bot.book.glance import AccountGlance
    from bot.config.quick import FamilyGlance


class HouseholdStatus(NamedTuple):
    """Whose wash sales count together; for ``doubts`` no loss at all is taken."""

    name: str
    """Empty for the household of all accounts that name none."""
    environment: str
    accounts: tuple[str, ...]
    files: tuple[str, ...]
    doubts: tuple[str, ...]


def stand(
    families: "Iterable[FamilyGlance]", seen: "Sequence[AccountGlance]", now: datetime
) -> Iterator[HouseholdStatus]:
    """How each household stands, by what the book last saw of its accounts."""
    looks = {account.account: account.tie_out for account in seen}
    for family in families:
        ours = {name: looks.get(name) for name in family.accounts}
        doubts = (*_missing(family.files), *doubts_in(unsure_of(ours, now)))
        files = tuple(map(str, family.files))
        yield HouseholdStatus(family.name, family.environment, family.accounts, files, doubts)


def _missing(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        if not path.is_file():
            yield f"{path} is not there"


def is_told(one: HouseholdStatus) -> bool:
    """Whether there is more to a household than one account."""
    return len(one.accounts) > 1 or bool(one.files)


def line(one: HouseholdStatus) -> str:
    """One line: the members, their files, and the first thing that is not known."""
    name = f"household {one.name}" if one.name else "household"
    files = f"; files: {', '.join(Path(path).name for path in one.files)}" if one.files else ""
    doubt = f"; no loss is taken: {one.doubts[0]}" if one.doubts else ""
    more = f" (and {len(one.doubts) - 1} more)" if len(one.doubts) > 1 else ""
    return f"{name}: {one.environment} {', '.join(one.accounts)}{files}{doubt}{more}"
