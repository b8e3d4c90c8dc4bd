"""A proposal: the trades that answer the reasons, with what each costs and what all are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO, Side, Symbol
from strategies.border import Gauge, Solve, measure, settle
from strategies.cash import Wish, wishes
from strategies.costs import crossing, fees, impact
from strategies.drift import Reason
from strategies.lots import Lot
from strategies.optimize.kernel import solve as kernel
from strategies.orders import Ticket, ticket
from strategies.orders.afford import cash_flow
from strategies.orders.check import fault
from strategies.orders.trade import Trade
from strategies.policy import Policy
from strategies.snapshot import Snapshot
from strategies.standing import Standing
from strategies.taxes import lots_sold, tax_on
from strategies.worth import Bill, Worth, appraise


@dataclass(frozen=True, slots=True)
class Priced:
    """A trade, the lots that it sells, and what it costs."""

    trade: Trade
    lots: tuple[Lot, ...]
    bill: Bill


@dataclass(frozen=True, slots=True)
class Proposal:
    """Trades in the order in which they are sent; ``fault`` says what is wrong with them, if so.

    ``cash`` is what they bring in (positive) or cost, at their limits and after fees.
    """

    priced: tuple[Priced, ...]
    full: bool
    cash: Decimal
    worth: Worth
    fault: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    """Where one wish led."""

    orders: Ticket
    full: bool
    warning: str


def propose(
    stand: Standing,
    reasons: Sequence[Reason],
    snapshot: Snapshot,
    policy: Policy,
    solve: Solve = kernel,
) -> Proposal:
    """The gentlest trades that settle ``reasons``. Raises ``Unjudgeable`` where there are none."""
    gauge = measure(stand, snapshot, policy)
    course = _choose(stand, reasons, snapshot, policy, gauge, solve)
    orders = course.orders
    volatility = dict(zip((row.symbol for row in stand.rows), gauge.daily, strict=True))
    priced = tuple(_price(t, volatility[t.row.symbol], snapshot, policy) for t in orders.trades)
    variances = _variances(stand, orders.trades, gauge)
    notes = (*gauge.model.notes, course.warning, *orders.warnings)
    return Proposal(
        priced=priced,
        full=course.full,
        cash=cash_flow(orders.trades, policy.costs),
        worth=appraise(variances, [p.bill for p in priced], stand.nav, policy.worth),
        fault=fault(orders.trades, stand, snapshot, policy),
        warnings=tuple(note for note in notes if note),
    )


def _choose(
    stand: Standing,
    reasons: Sequence[Reason],
    snapshot: Snapshot,
    policy: Policy,
    gauge: Gauge,
    solve: Solve,
) -> _Course:
    """The first wish whose orders leave every name inside its band, or else the last."""
    *gentle, last = wishes(stand, reasons, policy.bands.aim)
    for wish in gentle:
        course = _follow(wish, stand, snapshot, policy, gauge, solve)
        after = _weights_after(stand, course.orders.trades)
        pairs = zip(stand.rows, after, strict=True)
        if all(row.is_mended_at(weight, policy.bands.aim) for row, weight in pairs):
            return course
    return _follow(last, stand, snapshot, policy, gauge, solve)


def _follow(
    wish: Wish, stand: Standing, snapshot: Snapshot, policy: Policy, gauge: Gauge, solve: Solve
) -> _Course:
    settled = settle(wish, stand, gauge, policy, solve)
    orders = ticket(stand, settled.weights, snapshot, policy)
    return _Course(orders, wish.full, settled.warning)


def _weights_after(stand: Standing, trades: Sequence[Trade]) -> list[Decimal]:
    """Weight of every row once all trades are done, at today's prices."""
    moved: dict[Symbol, Decimal] = {
        t.row.symbol: t.side.sign * t.quantity * t.row.holding.price / stand.nav for t in trades
    }
    return [row.weight + moved.get(row.symbol, ZERO) for row in stand.rows]


def _price(trade: Trade, volatility: Decimal, snapshot: Snapshot, policy: Policy) -> Priced:
    holding, quantity = trade.row.holding, trade.quantity
    is_sale = trade.side is Side.SELL
    lots = lots_sold(holding, quantity, snapshot.relief) if is_sale else ()
    bill = Bill(
        spread=crossing(holding, quantity),
        fees=fees(holding, trade.side, quantity, policy.costs),
        impact=impact(holding, quantity, volatility, policy.costs),
        tax=tax_on(holding, quantity, lots, snapshot, policy.tax) if is_sale else ZERO,
    )
    return Priced(trade, lots, bill)


def _variances(stand: Standing, trades: Sequence[Trade], gauge: Gauge) -> tuple[Decimal, Decimal]:
    """Annual variance of the distance from target, before and after ``trades``."""
    before = [row.weight - row.target for row in stand.rows]
    pairs = zip(stand.rows, _weights_after(stand, trades), strict=True)
    return gauge.variance(before), gauge.variance([weight - row.target for row, weight in pairs])
