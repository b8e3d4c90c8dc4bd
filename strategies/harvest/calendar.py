"""What may be bought or harvested when: the rule's days, row by row.

Two directions of 26 U.S.C. 1091: a loss that was taken shuts its group out from being bought for 30
days, in every account; what was bought lately would take a loss of the 30 days after it. Beside
them the days on which lots become long-term (26 U.S.C. 1222).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from strategies.harvest.told import usd
from strategies.lots.dates import first_long_day
from strategies.washes.matching import WINDOW_DAYS
from strategies.washes.nouns import TAXABLE, Household, OpenLot
from strategies.washes.queries import Lock, locks

WINDOW = timedelta(days=WINDOW_DAYS)
NEAR = timedelta(days=60)
"""How soon a lot must be long-term to be told."""


class Forbids(StrEnum):
    """What is better not done in these days."""

    BUY = "buy"
    HARVEST = "harvest"
    SELL_GAIN = "sell at a gain"


@dataclass(frozen=True, slots=True)
class Entry:
    """``symbol`` and its like are not to be bought, or sold, from ``first`` to ``until``, both in.

    ``account`` is where the sale or the purchase was that is the reason; a buy in any account
    counts.
    """

    symbol: str
    forbids: Forbids
    first: date
    until: date
    account: str
    why: str


def calendar(household: Household, day: date) -> tuple[Entry, ...]:
    """Everything that holds on ``day``, what ends first at the top."""
    entries = (*_shut(household, day), *_fresh(household, day), *_nearly_long(household, day))
    return tuple(sorted(entries, key=lambda one: (one.until, one.symbol, one.account, one.why)))


def _shut(household: Household, day: date) -> Iterator[Entry]:
    """Losses that a buy would still take away."""
    for locked in locks(household, day):
        for lock in locked.locks:
            for symbol in sorted(_like(household, locked.group) | {lock.symbol}):
                first, until = lock.sold, lock.until
                yield Entry(symbol, Forbids.BUY, first, until, lock.account, _lost_by(lock))


def _like(household: Household, group: str) -> set[str]:
    return {symbol for symbol, other in household.group_of.items() if other == group}


def _lost_by(lock: Lock) -> str:
    sold = f"{lock.quantity:f} {lock.symbol} sold in {lock.account} on {lock.sold}"
    return f"{sold}: a buy takes up to {usd(lock.loss)} of loss away"


def _fresh(household: Household, day: date) -> Iterator[Entry]:
    """Buys that would take a loss of today, where something else is held that may lose."""
    for lot in household.open_lots:
        is_fresh = lot.acquired <= day <= lot.acquired + WINDOW
        if not (is_fresh and lot.free and lot.kind not in household.outside):
            continue
        for symbol in sorted(_may_lose(household, lot)):
            until = lot.acquired + WINDOW
            why = _would_take(lot)
            yield Entry(symbol, Forbids.HARVEST, lot.acquired, until, lot.account, why)


def _may_lose(household: Household, fresh: OpenLot) -> set[str]:
    """Symbols of other taxable lots of its group: what is sold itself replaces nothing."""
    group = household.group(fresh.symbol)
    return {
        lot.symbol
        for lot in household.open_lots
        if lot.kind == TAXABLE
        and household.group(lot.symbol) == group
        and (lot.account, lot.lot) != (fresh.account, fresh.lot)
    }


def _would_take(lot: OpenLot) -> str:
    bought = f"{lot.free:f} {lot.symbol} bought in {lot.account} on {lot.acquired}"
    if lot.kind == TAXABLE:
        return f"{bought}: a loss on other shares moves into their basis"
    return f"{bought}, which is {lot.kind}: a loss is lost for good"


def _nearly_long(household: Household, day: date) -> Iterator[Entry]:
    for lot in household.open_lots:
        first = first_long_day(lot.held_since)
        if lot.kind == TAXABLE and day < first <= day + NEAR:
            why = f"lot {lot.lot} is long-term from {first} on"
            last = first - timedelta(days=1)
            yield Entry(lot.symbol, Forbids.SELL_GAIN, lot.held_since, last, lot.account, why)
