"""Harvest candidates in plain rows, as ``trimtab harvest --json`` prints them.

Money in dollars to the cent, shares of today, shares of one as decimals (0.05 is 5 %).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.harvest import Candidate, Substitute
    from strategies.harvest.calendar import Entry
    from strategies.washes.nouns import Moved

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase that would take a part of the loss; ``is_lost``: no basis would receive it."""

    account: str
    symbol: str
    acquired: date
    quantity: Decimal
    loss: Decimal
    is_lost: bool


@dataclass(frozen=True, slots=True)
class SubstituteRow:
    """What may be bought instead, the best first; ``objection`` says why it may not.

    ``tracking_error`` is annual; ``tracking_cost`` is what it costs for 31 days, ``trading_cost``
    what buying does. ``overlap`` is the share of what both hold that is the same, null where no
    file tells it.
    """

    symbol: str
    quantity: Decimal
    correlation: float | None
    tracking_error: float | None
    tracking_cost: Decimal
    trading_cost: Decimal
    overlap: Decimal | None
    objection: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One lot. Dollars are null where no sale of it was worked out.

    ``sold`` are those of its shares that would be sold: one order may have no room for all.
    ``value`` is at mid, ``basis`` the household's, ``gain`` negative for a loss. ``loss``,
    ``deferred`` and ``permanently_lost`` are its own; from ``saved`` to ``net`` it is what the lot
    adds to a sale of those ``ahead``. ``saved`` is the tax of this year, ``carried`` the loss that
    no gain of the year meets, ``later`` today's worth of the tax that the lower basis brings;
    ``net`` is ``saved`` less ``later`` and all costs, and ``sale_net`` that of the whole sale.
    ``break_even_move`` is how far the substitute may fall behind before all was for nothing.
    ``waiting`` is what it is worth to sell it on ``long_from``.
    """

    account: str
    symbol: str
    lot: str
    quantity: Decimal
    sold: Decimal
    acquired: date
    held_since: date
    term: str
    value: Decimal
    basis: Decimal | None
    gain: Decimal | None
    verdict: str
    why: str
    ahead: tuple[str, ...]
    loss: Decimal | None
    deferred: Decimal | None
    permanently_lost: Decimal | None
    saved: Decimal | None
    carried: Decimal | None
    later: Decimal | None
    spread: Decimal | None
    fees: Decimal | None
    impact: Decimal | None
    tracking: Decimal | None
    net: Decimal | None
    sale_net: Decimal | None
    break_even_move: Decimal | None
    long_from: date | None
    waiting: Decimal | None
    because: tuple[PurchaseRow, ...]
    free_from: date | None
    substitute: str | None
    substitutes: tuple[SubstituteRow, ...]


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the dollars rest on: marginal rates, the year so far, and what the owner asks for.

    ``horizon_years`` is null for never; ``growth`` and ``discount`` are annual shares.
    """

    short_rate: Decimal
    long_rate: Decimal
    realised_short: Decimal
    realised_long: Decimal
    filing: str
    carryover_short: Decimal
    carryover_long: Decimal
    horizon_years: Decimal | None
    growth: Decimal
    discount: Decimal
    net_min: Decimal
    fall_min: Decimal
    may_defer: bool


@dataclass(frozen=True, slots=True)
class Harvest:
    """Every lot of one account: what would be harvested today, and why the others would not.

    ``loss``, ``saved`` and ``net`` add up what would be. ``relief`` is how the broker relieves.
    """

    account: str
    environment: str
    session: date
    relief: str
    assumed: Assumed
    loss: Decimal
    saved: Decimal
    net: Decimal
    lots: tuple[CandidateRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """``symbol`` is not to be bought, harvested or sold at a gain from ``first`` to ``until``."""

    symbol: str
    forbids: str
    first: date
    until: date
    account: str
    why: str


@dataclass(frozen=True, slots=True)
class HarvestCalendar:
    """What may be bought or harvested when, in the whole household; what ends first at the top."""

    today: date
    rows: tuple[CalendarRow, ...]
    notes: tuple[str, ...]


def calendar_rows(entries: "Iterable[Entry]") -> tuple[CalendarRow, ...]:
    """As documents have them."""
    return tuple(
        CalendarRow(one.symbol, one.forbids.value, one.first, one.until, one.account, one.why)
        for one in entries
    )


def candidate_row(one: "Candidate") -> CandidateRow:
    """As documents have it."""
    own = one.dollars
    return CandidateRow(
        account=one.account,
        symbol=str(one.symbol),
        lot=one.lot,
        quantity=one.quantity,
        sold=one.sold,
        acquired=one.acquired,
        held_since=one.held_since,
        term=one.term.value,
        value=one.value,
        basis=one.basis,
        gain=one.gain,
        verdict=one.verdict.value,
        why=one.why,
        ahead=one.ahead,
        loss=None if own is None else own.loss,
        deferred=None if own is None else own.deferred,
        permanently_lost=None if own is None else own.lost,
        saved=None if own is None else own.saved,
        carried=None if own is None else own.carried,
        later=None if own is None else own.later,
        spread=None if own is None else own.spent.spread,
        fees=None if own is None else own.spent.fees,
        impact=None if own is None else own.spent.impact,
        tracking=None if own is None else own.tracking,
        net=None if own is None else own.net,
        sale_net=None if one.sale is None else one.sale.net,
        break_even_move=one.break_even_move,
        long_from=one.until,
        waiting=one.waiting,
        because=tuple(map(_purchase, one.because)),
        free_from=one.free_from,
        substitute=None if one.substitute is None else str(one.substitute),
        substitutes=tuple(map(_substitute, one.substitutes)),
    )


def _purchase(one: "Moved") -> PurchaseRow:
    return PurchaseRow(
        one.account, one.symbol, one.acquired, one.quantity, one.loss.quantize(CENT), one.is_lost
    )


def _substitute(one: "Substitute") -> SubstituteRow:
    return SubstituteRow(
        symbol=str(one.symbol),
        quantity=one.quantity,
        correlation=one.correlation,
        tracking_error=one.tracking_error,
        tracking_cost=one.tracking_cost.quantize(CENT),
        trading_cost=one.spent.total.quantize(CENT),
        overlap=one.overlap,
        objection=one.objection,
    )
