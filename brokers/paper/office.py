"""What the exchange's back office does to an account after the fact, and what it comes to.

Executions are corrected and busted, shares come and go without a trade, companies split and change
their names, dividends and fees are paid. All of it is written into the ledger, so that a copy of
the file alone tells what the account is. It is done overnight or in between, never by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from brokers.paper.ledger import Ledger
from brokers.paper.records import Booked, Trade
from brokers.paper.schema import flow_id_of, moment_of, root_of, stamp
from brokers.words import (
    ZERO,
    CashFlow,
    Execution,
    FlowKind,
    OrderKey,
    OrderStatus,
    Split,
    Symbol,
    SymbolChange,
    Transfer,
)

VERSIONS = "seq, version, quantity, price, fee, told_at"
TRANSFERS = "seq, symbol, quantity, unit_cost, time, told"
ACTIONS = "seq, symbol, ratio, new_symbol, effective, time"


@dataclass(frozen=True, slots=True)
class Version:
    """A later word on execution number ``seq``; a quantity of zero busts it."""

    seq: int
    version: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """Shares that came (or went) without a trade; some brokers never tell of them (``told``)."""

    seq: int
    symbol: Symbol
    quantity: Decimal
    unit_cost: Decimal | None
    time: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Act:
    """A split (``ratio``), or a new name where ``new_symbol`` is one; from ``effective`` on."""

    seq: int
    symbol: Symbol
    ratio: Decimal
    new_symbol: str
    effective: date
    time: datetime

    def word(self) -> Split | SymbolChange:
        """The same as the seam tells it."""
        name = f"A{self.seq:08d}"
        if self.new_symbol:
            return SymbolChange(name, self.symbol, self.effective, Symbol(self.new_symbol))
        return Split(name, self.symbol, self.ratio, self.effective)


@dataclass(frozen=True, slots=True)
class Past:
    """All that the back office ever wrote about one account."""

    versions: tuple[Version, ...]
    moved: tuple[Moved, ...]
    acts: tuple[Act, ...]

    def latest(self, trades: Iterable[Trade]) -> tuple[Trade, ...]:
        """Each trade by the last word on it; what was busted comes to nothing."""
        last = {version.seq: version for version in self.versions}
        return tuple(_amended(trade, last.get(number_of(trade.execution.root))) for trade in trades)

    def told(self, trade: Trade) -> tuple[Execution, ...]:
        """Every version of an execution, oldest first."""
        seq = number_of(trade.execution.root)
        later = (version for version in self.versions if version.seq == seq)
        return (trade.execution, *(_version(trade.execution, each) for each in later))

    def told_at(self, trade: Trade) -> datetime:
        """When the last word on a trade was said."""
        seq, first = number_of(trade.execution.root), trade.execution.time
        return max((each.told_at for each in self.versions if each.seq == seq), default=first)

    def shares(self, trades: Iterable[Trade]) -> Mapping[Symbol, Decimal]:
        """What is held once all of it has happened, in the order in which it did."""
        events: list[tuple[datetime, int, Trade | Moved | Act]] = []
        events += [(act.time, 0, act) for act in self.acts]
        events += [(moved.time, 1, moved) for moved in self.moved]
        events += [(trade.execution.time, 1, trade) for trade in trades]
        held: dict[Symbol, Decimal] = {}
        for _, _, event in sorted(events, key=lambda row: row[:2]):
            _happen(event, held)
        return held


def _happen(event: Trade | Moved | Act, held: dict[Symbol, Decimal]) -> None:
    match event:
        case Trade():
            done = event.execution
            held[done.symbol] = held.get(done.symbol, ZERO) + done.side.sign * done.quantity
        case Moved():
            held[event.symbol] = held.get(event.symbol, ZERO) + event.quantity
        case Act():
            after = held.pop(event.symbol, ZERO) * event.ratio
            name = Symbol(event.new_symbol) if event.new_symbol else event.symbol
            held[name] = held.get(name, ZERO) + after


def _amended(trade: Trade, version: Version | None) -> Trade:
    if version is None:
        return trade
    return replace(trade, execution=_version(trade.execution, version))


def _version(first: Execution, version: Version) -> Execution:
    return replace(
        first,
        version=version.version,
        quantity=version.quantity,
        price=version.price,
        fee=version.fee,
    )


def number_of(root: str) -> int:
    """The number of an execution, from the exchange's own id of it."""
    return int(root.removeprefix("E"))


def past_of(ledger: Ledger) -> Past:
    """Read it."""
    versions = (
        Version(r[0], r[1], Decimal(r[2]), Decimal(r[3]), Decimal(r[4]), moment_of(r[5]))
        for r in ledger.rows("versions", VERSIONS)
    )
    moved = (
        Moved(
            seq=r[0],
            symbol=Symbol(r[1]),
            quantity=Decimal(r[2]),
            unit_cost=None if r[3] is None else Decimal(r[3]),
            time=moment_of(r[4]),
            told=bool(r[5]),
        )
        for r in ledger.rows("transfers", TRANSFERS)
    )
    acts = (
        Act(r[0], Symbol(r[1]), Decimal(r[2]), r[3], date.fromisoformat(r[4]), moment_of(r[5]))
        for r in ledger.rows("actions", ACTIONS)
    )
    ordered = sorted(versions, key=lambda version: (version.seq, version.version))
    return Past(tuple(ordered), tuple(moved), tuple(acts))


class Amendable(Protocol):
    """An account whose ledger the back office may hold for a while."""

    def amending(self, at: datetime) -> AbstractContextManager[Ledger]:
        """Hold it at ``at``; what is written is kept when the block ends."""
        ...


class Office:
    """The back office of one account. Each act is on the disk when it returns."""

    def __init__(self, venue: Amendable) -> None:
        """Work on ``venue``."""
        self._venue = venue

    def correct(
        self,
        root: str,
        at: datetime,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        fee: Decimal | None = None,
    ) -> None:
        """A higher version of execution ``root``; a quantity of zero busts it."""
        with self._venue.amending(at) as ledger:
            past, seq = past_of(ledger), number_of(root)
            trade = next(t for t in ledger.trades() if t.execution.root == root)
            last = past.latest((trade,))[0].execution
            row = (
                seq,
                last.version + 1,
                str(last.quantity if quantity is None else quantity),
                str(last.price if price is None else price),
                str(last.fee if fee is None else fee),
                stamp(at),
            )
            ledger.add_row("versions", VERSIONS, row)

    def trade(self, trade: Execution, at: datetime) -> Execution:
        """An execution that no order here led to: a fill too many, a sale by the broker itself."""
        with self._venue.amending(at) as ledger:
            seq = len(ledger.trades()) + 1
            done = replace(trade, root=root_of(seq))
            ledger.add_trades(seq, [Trade(done, at)])
        return done

    def move(
        self,
        symbol: Symbol,
        quantity: Decimal,
        at: datetime,
        *,
        unit_cost: Decimal | None = None,
        told: bool = True,
    ) -> None:
        """Shares come in, or go where ``quantity`` is below zero; told of or not."""
        with self._venue.amending(at) as ledger:
            seq = len(ledger.rows("transfers", "seq")) + 1
            cost = None if unit_cost is None else str(unit_cost)
            row = (seq, symbol, str(quantity), cost, stamp(at), int(told))
            ledger.add_row("transfers", TRANSFERS, row)

    def act(
        self, symbol: Symbol, at: datetime, day: date, *, ratio: Decimal, new_symbol: str = ""
    ) -> None:
        """A split, or a new name, from the morning of ``day`` on."""
        with self._venue.amending(at) as ledger:
            seq = len(ledger.rows("actions", "seq")) + 1
            row = (seq, symbol, str(ratio), new_symbol, day.isoformat(), stamp(at))
            ledger.add_row("actions", ACTIONS, row)

    def pay(
        self, kind: FlowKind, amount: Decimal, at: datetime, symbol: Symbol | None = None
    ) -> None:
        """Cash comes, or goes where ``amount`` is below zero, whatever there is."""
        with self._venue.amending(at) as ledger:
            seq = len(ledger.flows()) + 1
            ledger.add_flow(seq, CashFlow(flow_id_of(seq), kind, amount, at))
            if symbol is not None:
                ledger.add_row("flow_symbols", "seq, symbol", (seq, symbol))

    def end(self, key: OrderKey, status: OrderStatus, reason: str, at: datetime) -> None:
        """The order is over, although nobody asked: thrown out, or expired before its time."""
        with self._venue.amending(at) as ledger:
            booked = ledger.order(key)
            if booked is not None and booked.status.is_live:
                ledger.put_orders([replace(booked, status=status, reason=reason)])

    def take(self, key: OrderKey, quantity: Decimal, price: Decimal, at: datetime) -> None:
        """The order is filled for ``quantity`` at ``price``, whatever its limit and the market."""
        with self._venue.amending(at) as ledger:
            booked = ledger.order(key)
            assert booked is not None, "an order that is here is filled"
            ledger.put_orders([_grown(booked, quantity, price)])
            seq = len(ledger.trades()) + 1
            order = booked.order
            done = Execution(
                root=root_of(seq),
                version=1,
                key=key,
                symbol=order.symbol,
                side=order.side,
                quantity=quantity,
                price=price,
                fee=ZERO,
                time=at,
                currency=order.currency,
            )
            ledger.add_trades(seq, [Trade(done, at)])


def _grown(booked: Booked, quantity: Decimal, price: Decimal) -> Booked:
    filled = booked.filled + quantity
    done = filled >= booked.order.quantity
    return replace(
        booked,
        filled=filled,
        value=booked.value + quantity * price,
        status=OrderStatus.FILLED if done else booked.status,
    )


def with_symbols(flows: Sequence[CashFlow], ledger: Ledger) -> tuple[CashFlow, ...]:
    """``flows``, each with the name that it was paid for."""
    named = {
        flow_id_of(seq): Symbol(name) for seq, name in ledger.rows("flow_symbols", "seq, symbol")
    }
    return tuple(replace(f, symbol=named.get(f.flow_id, f.symbol)) for f in flows)


def transfers_of(past: Past) -> tuple[Transfer, ...]:
    """The transfers that are told of, in words of the house."""
    return tuple(
        Transfer(
            f"T{moved.seq:08d}",
            moved.symbol,
            moved.quantity,
            moved.unit_cost,
            moved.time.date(),
            moved.time,
        )
        for moved in past.moved
        if moved.told
    )
