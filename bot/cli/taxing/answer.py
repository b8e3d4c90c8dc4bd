"""From files of trades to a statement: read, merged, worked out; refusals get their place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.cli.exits import WrongUse
from bot.household.merge import merge
from bot.household.trades import at, read
from bot.report.tax.figures import TaxStatement, statement
from brokers.words import Relief
from strategies.lots import TRADE_ZONE
from strategies.washes.ledger import household
from strategies.washes.nouns import OWNER_SAYS, BadTrade
from strategies.washes.relieving import RELIEF_KEYS

METHODS = tuple(method.value for method in RELIEF_KEYS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for, understood."""

    files: tuple[Path, ...]
    year: int | None
    relief: Relief
    group_of: Mapping[str, str]
    outside: frozenset[str]


def answer(wanted: Wanted, now: datetime) -> TaxStatement:
    """The statement; raises ``BadTrades`` with the place of what cannot be true."""
    rows, notes = merge([read(path) for path in wanted.files])
    today = now.astimezone(TRADE_ZONE).date()
    try:
        found = household(
            (row.trade for row in rows),
            wanted.relief,
            group_of=wanted.group_of,
            outside=wanted.outside,
            today=today,
        )
    except BadTrade as exc:
        raise at(rows[exc.place].place, exc) from exc
    said = [*notes, *(f"{rows[note.place].place}: {note.said}" for note in found.notes)]
    return statement(found, wanted.relief, today, wanted.year, said)


def method(word: str) -> Relief:
    """The method of relief that ``word`` names."""
    if word.lower() not in METHODS:
        raise WrongUse(f"--relief {word}: there is none such", f"there is: {', '.join(METHODS)}")
    return Relief(word.lower())


def groups(lists: Iterable[str]) -> dict[str, str]:
    """Symbols to the group that each list of like ones makes, named by its first."""
    found: dict[str, str] = {}
    for said in lists:
        alike = [symbol.strip().upper() for symbol in said.split(",") if symbol.strip()]
        for symbol in alike:
            if found.setdefault(symbol, alike[0]) != alike[0]:
                raise WrongUse(f"--identical: {symbol} is in two lists", "make them one list")
    return found


def kinds(words: Sequence[str]) -> frozenset[str]:
    """Kinds of account whose buys replace nothing, because the owner says so."""
    for word in words:
        if word.lower() not in OWNER_SAYS:
            remedy = f"an IRA counts (Rev. Rul. 2008-5); yours to set are {', '.join(OWNER_SAYS)}"
            raise WrongUse(f"--outside {word}: that is not left to the owner", remedy)
    return frozenset(word.lower() for word in words)
