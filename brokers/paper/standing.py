"""What an account's ledger adds up to: cash, shares, and what of them may be spent or sold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from brokers.paper.ledger import Ledger
from brokers.paper.office import past_of
from brokers.paper.records import Booked, Trade
from brokers.words import ZERO, CashFlow, Position, Side, Symbol


class AccountKind(StrEnum):
    """Whether the proceeds of a sale may be spent before they are settled. Neither ever lends."""

    CASH = "cash"
    """Not before they are settled."""
    MARGIN = "margin"
    """At once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An account after a number of changes, recomputed from the ledger or carried on from it.

    ``total`` is every flow and trade in the ledger, also a flow that is still ``coming``;
    ``unsettled`` are proceeds with the moment when they settle. ``orders`` are those that may
    still fill, by number.
    """

    revision: int
    looked_at: datetime
    orders: Mapping[int, Booked]
    shares: Mapping[Symbol, Decimal]
    total: Decimal
    coming: tuple[CashFlow, ...]
    unsettled: tuple[tuple[datetime, Decimal], ...]
    last_order: int
    last_trade: int
    last_flow: int

    def cash(self, at: datetime) -> Decimal:
        """All cash at ``at``."""
        return self.total - sum((flow.amount for flow in self.coming if flow.time > at), ZERO)

    def settled(self, at: datetime, kind: AccountKind) -> Decimal:
        """Cash that may be spent at ``at``: not what is announced to go or has to settle."""
        going = sum((f.amount for f in self.coming if f.time > at and f.amount < 0), ZERO)
        waiting = sum((amount for settles_at, amount in self.unsettled if settles_at > at), ZERO)
        free = self.cash(at) + going
        return max(free - waiting if kind is AccountKind.CASH else free, ZERO)

    def buying_power(self, at: datetime, kind: AccountKind) -> Decimal:
        """Cash that may be spent and that no open buy can claim."""
        return self.settled(at, kind) - sum((each.held for each in self.orders.values()), ZERO)

    def sellable(self, symbol: Symbol) -> Decimal:
        """Shares of ``symbol`` that no open sale has."""
        on_sale = sum(
            (
                booked.remaining
                for booked in self.orders.values()
                if booked.order.symbol == symbol and booked.order.side is Side.SELL
            ),
            ZERO,
        )
        return self.shares.get(symbol, ZERO) - on_sale

    def positions(self) -> tuple[Position, ...]:
        """What is held, by symbol."""
        return tuple(Position(name, held) for name, held in sorted(self.shares.items()) if held)


def read(ledger: Ledger, looked_at: datetime, revision: int) -> Standing:
    """Add the whole ledger up."""
    first, flows, past = ledger.trades(), ledger.flows(), past_of(ledger)
    trades = past.latest(first)
    return Standing(
        revision=revision,
        looked_at=looked_at,
        orders={booked.seq: booked for booked in ledger.open_orders()},
        shares=past.shares(trades),
        total=sum((flow.amount for flow in flows), ZERO) + _cash(trades),
        coming=tuple(flow for flow in flows if flow.time > looked_at),
        unsettled=_waiting(trades, looked_at),
        last_order=ledger.last_order(),
        last_trade=len(first),
        last_flow=len(flows),
    )


def after(standing: Standing, orders: Iterable[Booked], trades: tuple[Trade, ...]) -> Standing:
    """``standing`` once ``orders`` are as they are now and ``trades`` have happened."""
    latest = {**standing.orders, **{booked.seq: booked for booked in orders}}
    at = standing.looked_at
    return replace(
        standing,
        revision=standing.revision + 1,
        orders={seq: booked for seq, booked in latest.items() if booked.status.is_live},
        shares=_moved(standing.shares, trades),
        total=standing.total + _cash(trades),
        unsettled=tuple(w for w in standing.unsettled if w[0] > at) + _waiting(trades, at),
        last_order=max(standing.last_order, *latest, 0),
        last_trade=standing.last_trade + len(trades),
    )


def after_flow(standing: Standing, flow: CashFlow) -> Standing:
    """``standing`` once ``flow`` is written down, due or still to come."""
    coming = tuple(f for f in (*standing.coming, flow) if f.time > standing.looked_at)
    return replace(
        standing,
        revision=standing.revision + 1,
        total=standing.total + flow.amount,
        coming=coming,
        last_flow=standing.last_flow + 1,
    )


def _moved(shares: Mapping[Symbol, Decimal], trades: Iterable[Trade]) -> Mapping[Symbol, Decimal]:
    held = dict(shares)
    for trade in trades:
        done = trade.execution
        held[done.symbol] = held.get(done.symbol, ZERO) + done.side.sign * done.quantity
    return held


def _cash(trades: Iterable[Trade]) -> Decimal:
    return sum((trade.cash for trade in trades), ZERO)


def _waiting(trades: Iterable[Trade], at: datetime) -> tuple[tuple[datetime, Decimal], ...]:
    return tuple(
        (trade.settles_at, trade.cash)
        for trade in trades
        if trade.execution.side is Side.SELL and trade.settles_at > at
    )
