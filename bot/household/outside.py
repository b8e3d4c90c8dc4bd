"""What is open in the household's accounts and is no share: options, contracts, short sales.

A contract or option to acquire a security takes a loss on it as its purchase does, and closing a
short sale has a window of its own (26 U.S.C. 1091(a), (e)). This ledger counts shares alone, so no
loss of such a name, or of its like, is harvested while a short sale is open there, or a contract
was in the last 30 days.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from brokers.words import AccountState, Symbol
from strategies.washes.matching import WINDOW_DAYS
from strategies.washes.nouns import Household

if TYPE_CHECKING:
    from bot.book.rows import TieOut

OPTION = re.compile(r"([A-Z.]{1,6}?)\d?\s*\d{6}[CP]\d{8}(?:#\d+)?")
"""A symbol as the Options Clearing Corporation has it (21 characters, root first; its digit tells
an adjusted contract), with or without its blanks, and with a broker's number of it."""
CONTRACT = re.compile(r"([A-Z][A-Z.]*)#\d+")
"""What is no plain share at Interactive Brokers: its symbol, and the number of the contract."""

SHORT: Final = "held short: "
"""Before the names that a look found sold short."""
WINDOW: Final = timedelta(days=WINDOW_DAYS)

Looks = Mapping[str, "TieOut | None"]
"""The newest look at each account; its text says what was found sold short."""


def underlying(symbol: str) -> str:
    """The share that an option, or another contract, is about; empty where it is a plain share.

    As the option has it: without the dot of a class of shares.
    """
    found = OPTION.fullmatch(symbol) or CONTRACT.fullmatch(symbol)
    return "" if found is None else squeezed(found[1])


def squeezed(symbol: str) -> str:
    """``BRK.B`` as options write it."""
    return symbol.replace(".", "")


def shorts_of(state: AccountState) -> tuple[Symbol, ...]:
    """What the broker states to be sold short, options that were written among it."""
    return tuple(sorted(one.symbol for one in state.positions if one.quantity < 0))


def shorts_said(state: AccountState) -> str:
    """The same to be remembered with a look; empty where there are none."""
    return SHORT + ", ".join(shorts) if (shorts := shorts_of(state)) else ""


def shorts_in(text: str) -> tuple[str, ...]:
    """What ``shorts_said`` said."""
    _, _, said = text.partition(SHORT)
    return tuple(filter(None, said.split(", ")))


def outside_of(ledger: Household, looks: Looks, today: date) -> Mapping[str, str]:
    """Groups of identical securities in which something of the kind is open, or was lately."""
    known = {lot.symbol for lot in ledger.open_lots}
    found: dict[str, str] = {}
    for name, why in (*_short(looks), *_contracts(ledger, today)):
        for group in _groups(name, known, ledger):
            found.setdefault(group, f"{why}: outside this ledger, and it may take a loss of it")
    return found


def _groups(name: str, known: Iterable[str], ledger: Household) -> set[str]:
    """Those of the share itself, however its symbol is written."""
    share = underlying(name) or name
    same = (symbol for symbol in known if squeezed(symbol) == share)
    return {ledger.group(symbol) for symbol in (share, *same)}


def _short(looks: Looks) -> Iterator[tuple[str, str]]:
    for account, last in looks.items():
        for name in shorts_in(last.text) if last is not None else ():
            yield name, f"{name} is held short in {account}"


def _contracts(ledger: Household, today: date) -> Iterator[tuple[str, str]]:
    """Those that are open, then those that were within the days of the rule."""
    for lot in ledger.open_lots:
        if share := underlying(lot.symbol):
            yield lot.symbol, f"{lot.symbol}, a contract on {share}, is open in {lot.account}"
    for one in (*ledger.disposals, *ledger.sheltered):
        if one.sold >= today - WINDOW and (share := underlying(one.symbol)):
            what = f"{one.symbol}, a contract on {share}, was open in {one.account}"
            yield one.symbol, f"{what} until {one.sold}"
