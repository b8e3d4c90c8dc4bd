"""How many shares: weights into quantities that can be ordered. A buy is positive, a sale negative.

Quantities are rounded toward no trade. What the rounding leaves over is spent, or made up for,
only when it would carry cash out of its band, or half way from its target to its floor.
"""

from collections.abc import Sequence
from decimal import Decimal

from brokers.words import ZERO
from strategies.orders.trade import down, up
from strategies.standing import Row, Standing

Moves = list[Decimal]


def sizes(
    stand: Standing, weights: Sequence[Decimal], value_min: Decimal, *, mends_cash: bool = True
) -> Moves:
    """Shares to move in every row, orders worth less than ``value_min`` left out.

    Without ``mends_cash`` what the rounding leaves stays in cash.
    """
    pairs = zip(stand.rows, weights, strict=True)
    moves = [_move(row, weight, stand.nav, value_min) for row, weight in pairs]
    if not mends_cash:
        return moves
    cash = _cash_after(stand, moves)
    if cash < _safe(stand):
        needs = (cash_range(stand)[0] - cash, stand.cash_target - cash)
        moves = _raise(stand, moves, needs, value_min)
    if _cash_after(stand, moves) > stand.cash_high:
        moves = _spend(stand, moves, value_min)
    return moves


def cash_range(stand: Standing) -> tuple[Decimal, Decimal]:
    """Between which shares of NAV whole shares may leave cash, clear of what asks for a plan."""
    return (
        (_safe(stand) + stand.cash_target) / 2,
        (stand.cash_high + stand.cash_target) / 2,
    )


def _safe(stand: Standing) -> Decimal:
    """Below this cash is made up for: the low edge of its band, or half way to its floor."""
    return max(stand.cash_low, (stand.cash_target + min(stand.floor, stand.cash_target)) / 2)


def _cash_after(stand: Standing, moves: Moves) -> Decimal:
    """Cash as a share of NAV when all moves are paid for at mid."""
    return stand.cash - _spent(stand, moves) / stand.nav


def _spent(stand: Standing, moves: Moves) -> Decimal:
    return sum((m * row.holding.price for m, row in zip(moves, stand.rows, strict=True)), ZERO)


def _move(row: Row, weight: Decimal, nav: Decimal, value_min: Decimal) -> Decimal:
    if row.barred:
        return ZERO
    price, held = row.holding.price, row.holding.quantity
    wanted = -held if weight == 0 else (weight - row.weight) * nav / price
    move = down(max(wanted, -held), row.step)
    return move if abs(move) * price >= value_min else ZERO


def _weight_after(row: Row, move: Decimal, nav: Decimal) -> Decimal:
    return (row.holding.quantity + move) * row.holding.price / nav


def _spend(stand: Standing, moves: Moves, value_min: Decimal) -> Moves:
    """Round purchases up while there is cash to spend, the name furthest below target first."""
    over = (_cash_after(stand, moves) - stand.cash_target) * stand.nav
    left = min(over, stand.spendable - _spent(stand, moves))
    for place in _by_gap(stand, moves):
        row, price = stand.rows[place], stand.rows[place].holding.price
        weight = _weight_after(row, moves[place], stand.nav)
        if row.barred or weight >= row.target:
            continue
        extra = min(
            up((row.target - weight) * stand.nav / price, row.step),
            down((min(row.inner_high, row.highest) - weight) * stand.nav / price, row.step),
            down(left / price, row.step),
        )
        if extra > 0 and (moves[place] + extra) * price >= value_min:
            moves[place] += extra
            left -= extra * price
    return moves


def _raise(
    stand: Standing, moves: Moves, needs: tuple[Decimal, Decimal], value_min: Decimal
) -> Moves:
    """Round sales up until the lesser of ``needs`` is met, the name furthest above target first.

    Both are shares of NAV. The lesser clears the edge by half, so that costs do not undo it; a
    sale may go on to the greater, which is all the way to the cash target. Only when no name can
    be sold further inside its band, some are sold past it, by one step or one smallest order each.
    """
    least, most = (need * stand.nav for need in needs)
    for rounding in (down, up):
        for place in reversed(_by_gap(stand, moves)):
            row, price = stand.rows[place], stand.rows[place].holding.price
            if row.barred or moves[place] > 0 or least <= 0:
                continue
            weight = _weight_after(row, moves[place], stand.nav)
            room = (weight - row.inner_low) * stand.nav / price
            if room <= 0:
                continue
            wanted = max(up(max(least, value_min) / price, row.step), down(most / price, row.step))
            kept = row.lowest * stand.nav / price
            held = down(row.holding.quantity + moves[place] - kept, row.step)
            extra = min(wanted, rounding(max(room, value_min / price), row.step), held)
            if extra > 0 and (extra - moves[place]) * price >= value_min:
                moves[place] -= extra
                least, most = least - extra * price, most - extra * price
    return moves


def _by_gap(stand: Standing, moves: Moves) -> list[int]:
    """Places of all rows, the one furthest below its target first."""
    gaps = [
        _weight_after(row, move, stand.nav) - row.target
        for row, move in zip(stand.rows, moves, strict=True)
    ]
    return sorted(range(len(gaps)), key=gaps.__getitem__)
