"""Where every name stands against what is wanted: reckoned once, and read by every later room."""

from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.bands import INSIDE, band, brought_back
from strategies.policy import Aim, Optimizer, OrderPolicy, Policy
from strategies.snapshot import Holding, Snapshot
from strategies.standins import stand_in
from strategies.targets import weights
from strategies.targets.refusal import NoTarget
from strategies.windows import OPEN, Window, windows

WHOLE = Decimal(1)
BOUNDLESS = Decimal(1_000_000)
"""A weight that no name can have."""


class Unjudgeable(Exception):
    """Nothing sound can be said about the account; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One name against its target; all but ``step`` are shares of NAV.

    ``least`` is the smallest order that can be placed in it, ``step`` what its quantity moves in.
    No order may bring it below ``lowest`` or above ``highest``: the owner forbids to sell or to buy
    it, the wash-sale rule does (``window``), or it would be too much of a day's volume. ``barred``
    says why it cannot be traded at all; its target is then the weight it has.
    """

    holding: Holding
    weight: Decimal
    target: Decimal
    low: Decimal
    high: Decimal
    least: Decimal
    step: Decimal
    barred: str
    lowest: Decimal = ZERO
    highest: Decimal = BOUNDLESS
    window: Window = OPEN

    @property
    def symbol(self) -> Symbol:
        """Which name it is."""
        return self.holding.symbol

    @property
    def is_inside(self) -> bool:
        """Whether its weight needs no mending, or none can be done."""
        return bool(self.barred) or self.low <= self.weight <= self.high

    @property
    def inner_low(self) -> Decimal:
        """Low edge, moved in by 5 % of the way to target; no weight is too near to nothing."""
        return self.low + (self.target - self.low) * INSIDE if self.low else ZERO

    @property
    def inner_high(self) -> Decimal:
        """High edge, moved in by 5 % of the way to target."""
        return self.high - (self.high - self.target) * INSIDE

    def is_settled_at(self, weight: Decimal) -> bool:
        """Whether ``weight`` is inside the band, clear of its edges."""
        return self.inner_low <= weight <= self.inner_high

    def within_reach(self, weight: Decimal) -> Decimal:
        """The weight nearest to ``weight`` that one order may bring it to."""
        return min(max(weight, self.lowest), self.highest)

    def aim(self, aim: Aim) -> Decimal:
        """Weight that it is brought back to, as far as one order may bring it."""
        back = brought_back(self.weight, self.target, (self.low, self.high), aim)
        return self.within_reach(back)

    def can_move(self, weight: Decimal) -> bool:
        """Whether an order can bring it on its way to ``weight``."""
        return not self.barred and abs(self.within_reach(weight) - self.weight) >= self.least

    def is_mended_at(self, weight: Decimal, aim: Aim) -> bool:
        """Whether nothing is left to do once it has ``weight``: no order could do better."""
        if self.barred or self.is_settled_at(weight):
            return True
        goal = brought_back(weight, self.target, (self.low, self.high), aim)
        return abs(self.within_reach(goal) - weight) < self.least


@dataclass(frozen=True, slots=True)
class Standing:
    """All names and cash; weights are shares of NAV, amounts in base currency.

    ``cash_target`` is what the targets leave over; outside [``cash_low``, ``cash_high``] cash is
    raised or invested. ``floor`` is what is never spent, ``spendable`` settled cash above it.
    """

    nav: Decimal
    rows: tuple[Row, ...]
    cash: Decimal
    cash_target: Decimal
    cash_low: Decimal
    cash_high: Decimal
    floor: Decimal
    spendable: Decimal


def standing(snapshot: Snapshot, policy: Policy) -> Standing:
    """Weigh everything. Raises ``Unjudgeable`` where the account or the target makes no sense."""
    nav = sound_nav_of(snapshot)
    snapshot = _left_alone(snapshot, policy.optimizer)
    try:
        targets = weights(snapshot, policy)
    except NoTarget as exc:
        raise Unjudgeable(str(exc)) from exc
    if len(targets) > len(snapshot.holdings):
        known = {holding.symbol for holding in snapshot.holdings}
        missing = next(symbol for symbol in targets if symbol not in known)
        raise Unjudgeable(f"{missing} is wanted, and nothing is known about it")
    corridors = dict(policy.bands.corridors)
    shut = windows(snapshot, policy, targets)
    shared = stand_in(targets, snapshot, policy, shut)
    rows = []
    for holding in snapshot.holdings:
        target, around = shared.targets[holding.symbol], shared.around(holding.symbol)
        edges = band(around, policy.bands, corridors.get(holding.symbol))
        if around != target:
            edges = (max(ZERO, edges[0] + target - around), edges[1] + target - around)
        row = _row(holding, target, edges, nav, policy.orders)
        row = replace(row, window=shut.get(holding.symbol, OPEN))
        lowest, highest = _reach(row, nav, policy.optimizer)
        rows.append(replace(row, lowest=lowest, highest=highest))
    cash_target, floor = 1 - sum(targets.values(), ZERO), policy.cash.floor(nav)
    return Standing(
        nav=nav,
        rows=tuple(rows),
        cash=(snapshot.cash + snapshot.accrued) / nav,
        cash_target=cash_target,
        cash_low=max(ZERO, cash_target - policy.cash.band),
        cash_high=cash_target + policy.cash.band,
        floor=floor / nav,
        spendable=snapshot.settled - floor,
    )


def _left_alone(snapshot: Snapshot, optimizer: Optimizer) -> Snapshot:
    """The account with the names barred that the owner does not want traded."""
    if not optimizer.no_trade:
        return snapshot
    alone = frozenset(optimizer.no_trade)
    holdings = (
        replace(holding, barred=OWNERS_WORD)
        if holding.symbol in alone and not holding.obstacle
        else holding
        for holding in snapshot.holdings
    )
    return replace(snapshot, holdings=tuple(holdings))


OWNERS_WORD = "the owner's no_trade names it"


def _reach(row: Row, nav: Decimal, optimizer: Optimizer) -> tuple[Decimal, Decimal]:
    """Lowest and highest weight that one order may bring a row to; it may always stay."""
    holding = row.holding
    most = order_most(holding, optimizer)
    reach = BOUNDLESS if most is None else most * holding.price / nav
    is_kept, is_shut = row.symbol in optimizer.no_sell, row.symbol in optimizer.no_buy
    most_sold = (most, row.window.most, holding.sell_max)
    free = min((m * holding.price / nav for m in most_sold if m is not None), default=BOUNDLESS)
    lowest = row.weight if is_kept else max(ZERO, row.weight - free)
    highest = row.weight if is_shut or row.window.no_buy else row.weight + reach
    return lowest, highest


def order_most(holding: Holding, optimizer: Optimizer) -> Decimal | None:
    """Most shares that one order may be for, by the gate and by the owner; None for no limit."""
    most = [] if holding.order_max is None else [holding.order_max]
    if optimizer.participation_max is not None and holding.adv_shares is not None:
        most.append(optimizer.participation_max * holding.adv_shares)
    return min(most, default=None)


def sound_nav_of(snapshot: Snapshot) -> Decimal:
    """Net asset value, once every part of it makes sense."""
    for holding in snapshot.holdings:
        if why := _unsound(holding):
            raise Unjudgeable(why)
    cash = (snapshot.cash, snapshot.settled, snapshot.accrued)
    nav = snapshot.nav if all(amount.is_finite() for amount in cash) else ZERO
    if nav <= 0:
        raise Unjudgeable(
            f"with {snapshot.cash:.2f} {snapshot.base} of cash net asset value is {nav:.2f}"
        )
    return nav


def _unsound(holding: Holding) -> str:
    """Why a holding cannot be weighed, or an empty string."""
    symbol, quantity = holding.symbol, holding.quantity
    if not (quantity.is_finite() and holding.price.is_finite()):
        return f"{quantity} {symbol} at {holding.price} cannot be weighed"
    if quantity < 0:
        return f"{symbol} is short by {-quantity} shares: cover it by hand"
    if quantity and holding.price <= 0:
        return f"{quantity} {symbol} are held and have no price"
    return ""


def _row(
    holding: Holding,
    target: Decimal,
    edges: tuple[Decimal, Decimal],
    nav: Decimal,
    orders: OrderPolicy,
) -> Row:
    step = step_of(holding, orders, is_exit=target == 0)
    return Row(
        holding=holding,
        weight=holding.value / nav,
        target=target,
        low=edges[0],
        high=edges[1],
        least=max(orders.value_min, step * holding.price) / nav,
        step=step,
        barred=holding.obstacle,
    )


def step_of(holding: Holding, orders: OrderPolicy, *, is_exit: bool) -> Decimal:
    """What a quantity moves in; who sells out sells fractions too, where the broker takes them."""
    step = WHOLE if holding.instrument is None else holding.instrument.quantity_step
    return step if orders.fractional or is_exit else max(step, WHOLE)
