"""The nouns of the household ledger: trades in, disposals and open lots out.

All money is in dollars, all quantities in shares as they stood on the day named, all ``Decimal``.
Where the law is silent, this is done (docs/tax.md gives the reasons):

* On one day splits come first, then buys, then sales. Sales that name lots take theirs before the
  others choose; the others go by price, then quantity, then fee.
* Of what a day sold, losses come before gains, in order of purchase (26 CFR 1.1091-1(b)), lots of
  one day by name. A gain that becomes a loss because another loss moved onto it comes after all
  that were losses before it did, again in order of purchase.
* What was sold on an earlier day than the loss replaces nothing; what is sold on the same day does
  as long as its own turn has not come, but not where the same sale takes both.
* Of one lot the shares that took up a loss are sold first, then those that replaced none; a loss
  moves first onto shares sold that day, then onto shares still held.
* Between securities of one group shares are counted as they stood on the day of the loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

TAXABLE: Final = "taxable"
KINDS: Final = ("taxable", "ira", "roth", "hsa", "401k")
"""Kinds of account. What is bought in any but the first takes a loss away for good."""

OWNER_SAYS: Final = ("hsa", "401k")
"""Kinds on which there is no ruling: the owner may set that their buys replace nothing."""

BUY: Final = "buy"
REINVEST: Final = "reinvest"
SELL: Final = "sell"
SPLIT: Final = "split"
SIDES: Final = (BUY, SELL, REINVEST, SPLIT)
"""``reinvest`` is a buy. A ``split`` has the new shares for one old share as its quantity, and
holds for every account that has the symbol, whichever row says it."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A row of the household's journal, by trade date.

    ``price`` is for one share, ``fee`` for the whole row. ``lot`` names a buy, unique within its
    account; on a sell it names the buys of that account that it relieves, in this order, joined
    by ``;``, or is empty for the method of relief. Buys that share a non-empty ``order`` are one
    purchase.
    """

    day: date
    account: str
    kind: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    lot: str
    order: str


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a loss went: the shares bought in place of those sold, and how much of it is theirs.

    ``quantity`` in shares as of the day of the loss. ``is_lost`` where they lie in an IRA, a Roth
    or the like: no basis receives it (Rev. Rul. 2008-5).
    """

    lot: str
    account: str
    symbol: str
    acquired: date
    quantity: Decimal
    loss: Decimal
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Disposal:
    """A piece of a lot, of equal basis and holding period, that one sale disposed of.

    ``gain`` is proceeds less basis before any disallowance, negative for a loss; ``disallowed``
    is positive and counts ``permanently_lost``, the part of it that no basis receives;
    ``recognised`` is gain plus disallowed, zero inside an IRA, Roth or HSA. ``held_since`` is
    ``acquired`` less the days that lots before it, whose losses moved here, were held (26 U.S.C.
    1223(3)). ``moves`` tell where the disallowed loss went, ``unreplaced`` are the shares of a
    loss that nothing replaces so far.
    """

    lot: str
    account: str
    kind: str
    symbol: str
    quantity: Decimal
    acquired: date
    held_since: date
    sold: date
    proceeds: Decimal
    basis: Decimal
    gain: Decimal
    disallowed: Decimal
    permanently_lost: Decimal
    recognised: Decimal
    term: str
    unreplaced: Decimal
    moves: tuple[Moved, ...]
    as_long: Decimal = Decimal(0)
    """Of a short-term loss that counts what is long-term, positive: the fund paid capital gains."""


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A piece of a lot, of equal basis and holding period, that is still held.

    ``quantity`` and ``basis`` as of today, after splits and moved losses. ``purchase`` tells one
    purchase from another; ``free`` are those of its shares that have replaced no share yet.
    """

    lot: str
    account: str
    kind: str
    symbol: str
    quantity: Decimal
    basis: Decimal
    held_since: date
    acquired: date
    purchase: str
    free: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """One old share of ``symbol`` is ``ratio`` new ones from the morning of ``day`` on."""

    symbol: str
    day: date
    ratio: Fraction


@dataclass(frozen=True, slots=True)
class Note:
    """What was done about an oddity that is no error; ``place`` is the index of the trade."""

    place: int
    said: str


@dataclass(frozen=True, slots=True)
class Household:
    """The ledger of taxpayer and spouse, worked out: what was sold and what is held.

    ``disposals`` are those of taxable accounts, ``sheltered`` those inside an IRA, Roth, HSA or
    401(k), where nothing is realised. ``group_of`` maps a symbol to its group of substantially
    identical securities; a symbol that it lacks is its own group.
    """

    disposals: tuple[Disposal, ...]
    sheltered: tuple[Disposal, ...]
    open_lots: tuple[OpenLot, ...]
    group_of: Mapping[str, str]
    outside: frozenset[str]
    splits: tuple[Split, ...]
    notes: tuple[Note, ...]

    def group(self, symbol: str) -> str:
        """The group of substantially identical securities that ``symbol`` belongs to."""
        return self.group_of.get(symbol, symbol)


class BadTrade(Exception):
    """A trade that cannot be true: ``place`` is its index among the trades, ``field`` its cell."""

    def __init__(self, place: int, field: str, what: str, remedy: str = "") -> None:
        """Say which trade and field, what is wrong with it, and what helps."""
        super().__init__(what)
        self.place = place
        self.field = field
        self.what = what
        self.remedy = remedy
