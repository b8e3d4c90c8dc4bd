"""The last look, in exact arithmetic: does every order keep every promise?

It is written apart from the rooms that make the orders, so that a mistake in them shows here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from brokers.words import Side, Symbol
from strategies.orders.afford import cash_flow
from strategies.orders.trade import Trade
from strategies.policy import Policy
from strategies.snapshot import Snapshot
from strategies.standing import Standing
from strategies.washes.enforce import taken_by_buy
from strategies.windows import judge_of

Rule = Callable[[Sequence[Trade], Standing, Snapshot, Policy], Iterator[str]]


def fault(trades: Sequence[Trade], stand: Standing, snapshot: Snapshot, policy: Policy) -> str:
    """The first promise that is broken, or an empty string.

    Limits on the plan as a whole are measured by ``promises.broken``.
    """
    found = (why for rule in RULES for why in rule(trades, stand, snapshot, policy))
    return next(found, "")


def _sound(trades: Sequence[Trade], *_: object) -> Iterator[str]:
    for trade in trades:
        if not (trade.quantity > 0 and trade.limit > 0):
            yield f"{trade.quantity} {trade.row.symbol} at {trade.limit} is not an order"


def _once(trades: Sequence[Trade], *_: object) -> Iterator[str]:
    counts: Counter[Symbol] = Counter(trade.row.symbol for trade in trades)
    yield from (f"{symbol} has {count} orders" for symbol, count in counts.items() if count > 1)


def _not_barred(trades: Sequence[Trade], *_: object) -> Iterator[str]:
    for trade in trades:
        if trade.row.barred:
            yield f"{trade.row.symbol} must not be traded: {trade.row.barred}"


def _no_short(trades: Sequence[Trade], *_: object) -> Iterator[str]:
    for trade in trades:
        held = trade.row.holding.quantity
        if trade.side is Side.SELL and trade.quantity > held:
            yield f"{trade.quantity} {trade.row.symbol} would be sold and {held} are held"


def _allowed(
    trades: Sequence[Trade], _stand: Standing, _snapshot: Snapshot, policy: Policy
) -> Iterator[str]:
    ours = policy.optimizer
    barred = {Side.BUY: ("no_buy", ours.no_buy), Side.SELL: ("no_sell", ours.no_sell)}
    for trade in trades:
        for name, symbols in (barred[trade.side], ("no_trade", ours.no_trade)):
            if trade.row.symbol in symbols:
                yield f"the owner's {name} names {trade.row.symbol}"


def _participation(
    trades: Sequence[Trade], _stand: Standing, _snapshot: Snapshot, policy: Policy
) -> Iterator[str]:
    share = policy.optimizer.participation_max
    for trade in trades:
        holding, quantity = trade.row.holding, trade.quantity
        if holding.order_max is not None and quantity > holding.order_max:
            yield f"{quantity:f} {holding.symbol} are more than one order may be for"
        if share is None or holding.adv_shares is None:
            continue
        if quantity > share * holding.adv_shares:
            yield f"{quantity:f} {holding.symbol} are more than {share:%} of a day's volume"


def _collar(
    trades: Sequence[Trade], _stand: Standing, _snapshot: Snapshot, policy: Policy
) -> Iterator[str]:
    for trade in trades:
        mid = Decimal(0) if trade.row.holding.quote is None else trade.row.holding.quote.mid
        if abs(trade.limit - mid) > policy.orders.collar * mid:
            yield f"the limit {trade.limit} of {trade.row.symbol} is outside its collar"


def _cash_floor(
    trades: Sequence[Trade], stand: Standing, snapshot: Snapshot, policy: Policy
) -> Iterator[str]:
    floor = policy.cash.floor(stand.nav)
    left = snapshot.settled + cash_flow(trades, policy.costs)
    if left < floor and any(trade.side is Side.BUY for trade in trades):
        yield f"{left:.2f} of cash would be left at the limits, below the floor of {floor:.2f}"


def _no_wash(
    trades: Sequence[Trade], _stand: Standing, snapshot: Snapshot, policy: Policy
) -> Iterator[str]:
    if snapshot.home is None:
        return
    judge = judge_of(snapshot.home, snapshot, policy)
    buys = [
        judge.seat.buy(str(trade.row.symbol), trade.quantity, trade.limit)
        for trade in trades
        if trade.side is Side.BUY
    ]
    for buy in buys:
        if why := judge.against(taken_by_buy(judge.home, buy)):
            yield f"{buy.symbol} must not be bought: {why}"
    for trade in trades:
        if trade.side is Side.SELL:
            taken = judge.of_sale(trade.row.holding, trade.quantity, trade.limit, buys)
            if why := judge.against(taken):
                yield f"{trade.row.symbol} {WASHED}: {why}"


WASHED = "must not be sold"
"""How the fault of a sale begins that the wash-sale rule forbids."""

RULES: Sequence[Rule] = (
    _sound,
    _once,
    _not_barred,
    _no_short,
    _allowed,
    _participation,
    _collar,
    _cash_floor,
    _no_wash,
)
