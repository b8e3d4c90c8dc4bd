"""Which account of a statement is meant, by the number that the broker gives it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.importers.nouns import BadImport, Item

MASK = re.compile(r"[.*…xX]{2,}")
LEAST_DIGITS = 3
"""Of a number that is cut, to be known by."""


def is_same(told: str, known: str) -> bool:
    """Whether a number as a file tells it, perhaps cut to its end, is the known one."""
    plain, whole = _plain(told), _plain(known)
    if plain == whole:
        return bool(plain)
    tail = re.search(r"\d+$", told.strip())
    is_cut = MASK.search(told) is not None
    return bool(
        is_cut and tail and len(tail.group()) >= LEAST_DIGITS and whole.endswith(tail.group())
    )


def _are_alike(one: str, other: str) -> bool:
    """Whether two numbers may be of one account, cut in two ways."""
    if is_same(one, other) or is_same(other, one):
        return True
    are_cut = MASK.search(one) is not None and MASK.search(other) is not None
    short, long = sorted((_tail(one), _tail(other)), key=len)
    return are_cut and bool(short) and long.endswith(short)


def _tail(number: str) -> str:
    found = re.search(r"\d{3,}$", number.strip())
    return found.group() if found else ""


def _plain(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def hidden(number: str) -> str:
    """Enough of a number to tell two apart."""
    tail = 4
    return number if len(number) <= tail else f"...{number[-tail:]}"


@dataclass(frozen=True, slots=True)
class Which:
    """What is known of the account that is meant: its name and number, and one that was typed.

    ``is_known`` where the config has the broker's number of it: no other is then taken.
    """

    names: tuple[str, ...]
    number: str | None = None
    is_known: bool = False

    def is_it(self, told: str) -> bool:
        """Whether a number in a file is this account's."""
        if self.number is not None:
            return is_same(told, self.number) or is_same(self.number, told)
        return any(is_same(told, name) for name in self.names)


def of_account(items: Sequence[Item], which: Which, notes: list[str]) -> tuple[Item, ...]:
    """The items of one account.

    Raises ``BadImport`` where a file is of another account, or which one is meant is not clear.
    """
    told = sorted({item.number for item in items if item.number})
    if not which.number and len(told) > 1 and all(_are_alike(told[0], one) for one in told):
        told = told[:1]
        items = [replace(item, number=told[0] if item.number else "") for item in items]
    wanted = [one for one in told if which.is_it(one)]
    if not told or (not wanted and len(told) == 1 and not which.is_known and not which.number):
        return tuple(items)
    if not wanted:
        raise _not_it(items, told, which)
    rest = [one for one in told if one not in wanted]
    if rest:
        notes.append(f"passed over, of other accounts: {', '.join(map(hidden, rest))}")
    return tuple(item for item in items if item.number in {"", *wanted})


def _not_it(items: Sequence[Item], told: Sequence[str], which: Which) -> BadImport:
    place = next(item.place for item in items if item.number)
    theirs = ", ".join(map(hidden, told))
    remedy = f'--number "{told[0]}" takes that account of the file, if it is the right one'
    if which.number is not None:
        what = f"no account {hidden(which.number)} is told; there is {theirs}"
        return BadImport([f"{place}: {what}"], "write the number as the file does")
    if len(told) == 1:
        what = f"{place}: the file is of account {theirs}, and {which.names[0]} is another"
        return BadImport([what], remedy)
    return BadImport([f"{place}: the file is of several accounts: {theirs}"], remedy)
