"""Tax lots from what happened, and which of them a sale takes first.

Executions, transfers and splits are the journal; lots are their sum, computed afresh each time.
A relief method is a sort key, a row of ``RELIEF_ORDER``. Basis includes what the purchase cost in
fees, proceeds are net of what the sale cost (26 CFR 1.263(a)-2(f), IRS Publication 550).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from brokers.words import (
    ZERO,
    CorporateAction,
    Currency,
    Execution,
    Relief,
    Side,
    Symbol,
    Transfer,
)

TRADE_ZONE = ZoneInfo("America/New_York")
"""Trade dates are those of the exchange."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares bought at one time for one price. ``unit_cost`` is None where the basis is unknown."""

    lot_id: str
    symbol: Symbol
    quantity: Decimal
    unit_cost: Decimal | None
    acquired: date
    currency: Currency

    @property
    def cost(self) -> Decimal | None:
        """Basis of the whole lot."""
        return None if self.unit_cost is None else self.unit_cost * self.quantity


@dataclass(frozen=True, slots=True)
class Realized:
    """A lot, or a part of one, that was sold. ``gain`` is None where the basis is unknown."""

    lot_id: str
    symbol: Symbol
    quantity: Decimal
    proceeds: Decimal
    basis: Decimal | None
    acquired: date
    sold: date

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less basis."""
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def is_long_term(self) -> bool:
        """Whether it was held for more than a year (26 U.S.C. 1222)."""
        return is_long_term(self.acquired, self.sold)


class Oversold(Exception):
    """A sale took more shares than the lots hold: the journal is incomplete."""

    def __init__(self, symbol: Symbol, missing: Decimal) -> None:
        """Name the symbol and the shares that no lot accounts for."""
        super().__init__(f"{symbol}: {missing} shares were sold that no lot accounts for")
        self.symbol = symbol
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Ledger:
    """Open lots by symbol in order of purchase, and every sale from them."""

    lots: Mapping[Symbol, tuple[Lot, ...]]
    realized: tuple[Realized, ...]

    def quantity(self, symbol: Symbol) -> Decimal:
        """Shares of ``symbol`` in open lots."""
        return sum((lot.quantity for lot in self.lots.get(symbol, ())), ZERO)


def _cost_or_zero(lot: Lot) -> Decimal:
    return ZERO if lot.unit_cost is None else lot.unit_cost


RELIEF_ORDER: Mapping[Relief, Callable[[Lot, int], tuple[Decimal | int, ...]]] = {
    Relief.FIFO: lambda lot, place: (lot.acquired.toordinal(), place),
    Relief.LIFO: lambda lot, place: (-lot.acquired.toordinal(), -place),
    Relief.HIFO: lambda lot, place: (-_cost_or_zero(lot), lot.acquired.toordinal(), place),
    Relief.LOFO: lambda lot, place: (_cost_or_zero(lot), lot.acquired.toordinal(), place),
    Relief.SPECIFIC: lambda lot, place: (lot.acquired.toordinal(), place),
}
"""First key is sold first; ``place`` is the order in which the lots were booked.

A lot without a basis counts as free. Where lots could be named but none is, the first bought is
the first sold (26 CFR 1.1012-1(c)(1)(i)), so the row of SPECIFIC is that of FIFO.
"""


def is_long_term(acquired: date, sold: date) -> bool:
    """Whether a sale is long-term: more than one year after the purchase (Rev. Rul. 66-7).

    The count starts the day after the purchase and runs by calendar months, so what was bought
    on the last day of February starts on 1 March.
    """
    start = date.fromordinal(acquired.toordinal() + 1)
    try:
        first_long = start.replace(year=start.year + 1)
    except ValueError:  # started on 29 February: that year is over with the last day of February
        first_long = date(start.year + 1, 3, 1)
    return sold >= first_long


def relieve(
    lots: Sequence[Lot], quantity: Decimal, method: Relief
) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    """Take ``quantity`` shares from ``lots``: (taken, left), both as lots.

    Raises ``Oversold`` when there are not enough.
    """
    order = RELIEF_ORDER[method]
    queue = sorted(range(len(lots)), key=lambda place: order(lots[place], place))
    taken: list[Lot] = []
    left = [lot.quantity for lot in lots]
    missing = quantity
    for place in queue:
        if missing <= 0:
            break
        part = min(lots[place].quantity, missing)
        taken.append(_part(lots[place], part))
        left[place] -= part
        missing -= part
    if missing > 0:
        raise Oversold(lots[0].symbol if lots else Symbol("?"), missing)
    rest = (_part(lot, part) for lot, part in zip(lots, left, strict=True) if part > 0)
    return tuple(taken), tuple(rest)


def _part(lot: Lot, quantity: Decimal) -> Lot:
    return lot if quantity == lot.quantity else replace(lot, quantity=quantity)


def latest_versions(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """The highest version of each execution, busted ones left out, oldest first."""
    latest: dict[str, Execution] = {}
    for execution in executions:
        known = latest.get(execution.root)
        if known is None or execution.version > known.version:
            latest[execution.root] = execution
    kept = (execution for execution in latest.values() if execution.quantity > 0)
    return tuple(sorted(kept, key=lambda execution: (execution.time, execution.root)))


def trade_date(execution: Execution) -> date:
    """The day of the trade at the exchange, which is the day that the law counts from."""
    return execution.time.astimezone(TRADE_ZONE).date()


def ledger(
    executions: Iterable[Execution],
    transfers: Iterable[Transfer],
    actions: Iterable[CorporateAction],
    method: Relief,
) -> Ledger:
    """All lots from all that happened, each sale relieved by ``method``.

    Raises ``Oversold`` when a sale takes what no lot holds (shorts are not lots yet).
    """
    lots: dict[Symbol, tuple[Lot, ...]] = {}
    realized: list[Realized] = []
    for event in _journal(executions, transfers, actions):
        held = lots.get(event.symbol, ())
        match event:
            case Execution(side=Side.BUY):
                lots[event.symbol] = (*held, _bought(event))
            case Execution():
                taken, lots[event.symbol] = relieve_or_name(
                    held, event.quantity, method, event.symbol
                )
                realized.extend(_sold(event, taken))
            case Transfer() if event.quantity > 0:
                lots[event.symbol] = (*held, _received(event))
            case Transfer():
                _, lots[event.symbol] = relieve_or_name(held, -event.quantity, method, event.symbol)
            case _:
                lots[event.symbol] = tuple(_split(lot, event.ratio) for lot in held)
    return Ledger({symbol: held for symbol, held in lots.items() if held}, tuple(realized))


def relieve_or_name(
    lots: Sequence[Lot], quantity: Decimal, method: Relief, symbol: Symbol
) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    """``relieve``, and where nothing at all is held the error still names ``symbol``."""
    if not lots:
        raise Oversold(symbol, quantity)
    return relieve(lots, quantity, method)


def _journal(
    executions: Iterable[Execution],
    transfers: Iterable[Transfer],
    actions: Iterable[CorporateAction],
) -> list[Execution | Transfer | CorporateAction]:
    """Everything in the order in which it took effect.

    A split comes first on its day. Of two events at one moment the one that brings shares comes
    first: some brokers know the day of a trade and not its hour.
    """
    dated: list[tuple[date, float, bool, Execution | Transfer | CorporateAction]] = []
    dated += [(action.effective, float("-inf"), False, action) for action in actions]
    dated += [
        (t.time.astimezone(TRADE_ZONE).date(), t.time.timestamp(), t.quantity < 0, t)
        for t in transfers
    ]
    dated += [
        (trade_date(e), e.time.timestamp(), e.side is Side.SELL, e)
        for e in latest_versions(executions)
    ]
    return [event for *_, event in sorted(dated, key=lambda row: row[:3])]


def _bought(execution: Execution) -> Lot:
    unit_cost = execution.price + execution.fee / execution.quantity
    return Lot(
        execution.root,
        execution.symbol,
        execution.quantity,
        unit_cost,
        trade_date(execution),
        execution.currency,
    )


def _received(transfer: Transfer) -> Lot:
    return Lot(
        transfer.transfer_id,
        transfer.symbol,
        transfer.quantity,
        transfer.unit_cost,
        transfer.acquired,
        transfer.currency,
    )


def _split(lot: Lot, ratio: Decimal) -> Lot:
    unit_cost = None if lot.unit_cost is None else lot.unit_cost / ratio
    return replace(lot, quantity=lot.quantity * ratio, unit_cost=unit_cost)


def _sold(execution: Execution, taken: Sequence[Lot]) -> list[Realized]:
    net_price = execution.price - execution.fee / execution.quantity
    return [
        Realized(
            lot.lot_id,
            lot.symbol,
            lot.quantity,
            net_price * lot.quantity,
            lot.cost,
            lot.acquired,
            trade_date(execution),
        )
        for lot in taken
    ]
