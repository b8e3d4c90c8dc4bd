"""In what: whole shares or fractions, at a limit, on the tick, sells before buys.

Read ``sizes`` (how many), ``auctions`` (when), ``limits`` (at what price), ``afford`` (can it be
paid for at those limits), ``promises`` (the owner's limits on the whole plan), and ``check``, which
goes over the result again and trusts none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import Side, TimeInForce
from strategies.orders.afford import affordable
from strategies.orders.auctions import force_of
from strategies.orders.limits import limit
from strategies.orders.trade import Trade, down
from strategies.policy import OrderPolicy, Policy
from strategies.snapshot import Snapshot
from strategies.standing import WHOLE, Row, Standing


@dataclass(frozen=True, slots=True)
class Ticket:
    """Trades in the order in which they are sent, and what was left out and why."""

    trades: tuple[Trade, ...]
    warnings: tuple[str, ...]


def ticket(stand: Standing, moves: Sequence[Decimal], snapshot: Snapshot, policy: Policy) -> Ticket:
    """The trades that move the rows by ``moves`` shares, as far as they can be ordered and paid."""
    priced: list[Trade] = []
    warnings: list[str] = []
    for row, wanted in zip(stand.rows, moves, strict=True):
        move = in_shares(row, wanted, policy.orders)
        if not move:
            continue
        side = Side.BUY if move > 0 else Side.SELL
        force = force_of(row.holding, abs(move), policy.orders)
        price = limit(row.holding, side, policy.orders, force)
        if price is None:
            warnings.append(f"{row.symbol}: no tick within the collar of {policy.orders.collar:%}")
        else:
            priced.append(Trade(row, side, abs(move), price, force))
    spends = snapshot.spends_proceeds and not any(t.force is TimeInForce.CLOSE for t in priced)
    kept = affordable(priced, snapshot.settled, stand.nav, policy, spends_proceeds=spends)
    return Ticket(tuple(sorted(kept, key=_turn)), tuple(warnings))


def in_shares(row: Row, move: Decimal, orders: OrderPolicy) -> Decimal:
    """``move`` in whole shares where the owner wants those: only who sells out sells a fraction."""
    if orders.fractional or move == -row.holding.quantity:
        return move
    return down(move, max(row.step, WHOLE))


def _turn(trade: Trade) -> tuple[bool, Decimal, str]:
    """Sells before buys, each the largest first."""
    return trade.side is Side.BUY, -trade.value, trade.row.symbol
