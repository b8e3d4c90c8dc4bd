"""Which way the trades may go: money that came or goes is used before anything is turned over.

A ``Wish`` is the room that the optimiser gets. ``wishes`` lists them, the gentlest first; the
first whose orders leave every name inside its band is taken, and the last in any case. Where the
owner's limits leave no weights in it, ``rooms`` says how much wider it may be looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.bands import AIM_SHARE, brought_back
from strategies.drift import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    CorrelationsChanged,
    FarOff,
    FirstAllocation,
    LimitBroken,
    Reason,
    TotalDrift,
    action_of,
)
from strategies.policy import Aim
from strategies.policy.triggers import Action, Triggers
from strategies.standing import Row, Standing

Weights = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Weights as shares of NAV, one a row: each may lie anywhere between ``start`` and ``end``.

    ``toward`` are the weights whose tracking error is minimised. Cash ends up between
    ``cash_lower`` and ``cash_upper``. ``full`` where every name is brought to its target. Where
    no name is held back all rows at ``end``, with the cash that leaves, are within the wish.
    """

    start: Weights
    end: Weights
    toward: Weights
    cash_lower: Decimal
    cash_upper: Decimal
    full: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """Where weights may lie, one a row, and the cash that they leave; shares of NAV.

    ``toward`` as in the wish that it comes from. ``whole`` where all of the wish is asked for; in
    a wider room as much of it is done as the limits allow and as is worth it.
    """

    lower: Weights
    upper: Weights
    toward: Weights
    cash_lower: Decimal
    cash_upper: Decimal
    whole: bool = True


def rooms(wish: Wish, stand: Standing) -> tuple[Room, ...]:
    """The wish itself; then from where each name is; then all of its band too, the widest last.

    The last two hold the weights of today, so that only limits that today's weights break can
    leave them empty: a full wish is then not brought to target to the letter.
    """
    now = tuple(row.weight for row in stand.rows)
    cash = (min(stand.cash, wish.cash_lower), max(stand.cash, wish.cash_upper))
    exact = Room(
        tuple(map(min, wish.start, wish.end)),
        tuple(map(max, wish.start, wish.end)),
        wish.toward,
        wish.cash_lower,
        wish.cash_upper,
    )
    lower = tuple(map(min, now, exact.lower))
    upper = tuple(map(max, now, exact.upper))
    reach = _reached(stand, Room(lower, upper, wish.toward, *cash, whole=False))
    lower = tuple(min(low, row.inner_low) for low, row in zip(lower, stand.rows, strict=True))
    upper = tuple(max(high, row.inner_high) for high, row in zip(upper, stand.rows, strict=True))
    return exact, reach, _reached(stand, Room(lower, upper, wish.toward, *cash, whole=False))


def _reached(stand: Standing, room: Room) -> Room:
    """``room`` as far as one order each can lead; a barred name stays."""
    lower = [_inside(row, low) for row, low in zip(stand.rows, room.lower, strict=True)]
    upper = [_inside(row, high) for row, high in zip(stand.rows, room.upper, strict=True)]
    return replace(room, lower=tuple(lower), upper=tuple(upper))


def _inside(row: Row, weight: Decimal) -> Decimal:
    return row.weight if row.barred else row.within_reach(weight)


WHATEVER = (CalendarDue, FirstAllocation, TotalDrift, CorrelationsChanged)
"""Reasons that no deposit can settle."""
USUAL = Triggers()


def wishes(
    stand: Standing, reasons: Sequence[Reason], aim: Aim, triggers: Triggers = USUAL
) -> tuple[Wish, ...]:
    """What to try, one after the other."""
    full = [reason for reason in reasons if _is_full(reason, aim, triggers)]
    further = _further(stand, reasons, aim, triggers)
    if any(_is_past_deposits(reason, triggers) for reason in full):
        return (to_target(stand),)
    moves_cash = any(isinstance(reason, CashToInvest | CashToRaise) for reason in reasons)
    if full:
        last = to_target(stand)
    else:
        mends = triggers.band.trades
        last = to_band(stand, aim, further, moves_cash=moves_cash, mends=mends)
    if further:
        return (last,)
    if any(isinstance(reason, CashToInvest) for reason in reasons):
        return (buy_only(stand), last)
    if any(isinstance(reason, CashToRaise) for reason in reasons):
        return (sell_only(stand), last)
    return (last,)


def _is_full(reason: Reason, aim: Aim, triggers: Triggers) -> bool:
    """Whether it asks for every name at its target; a limit has no other inside than that."""
    to_target = aim is Aim.TARGET and isinstance(reason, LimitBroken)
    return to_target or action_of(reason, triggers).rank >= Action.FULL.rank


def _is_past_deposits(reason: Reason, triggers: Triggers) -> bool:
    """Whether it is not tried to settle it with money that came or goes."""
    return isinstance(reason, WHATEVER) or action_of(reason, triggers) is Action.IMMEDIATE


def _further(
    stand: Standing, reasons: Sequence[Reason], aim: Aim, triggers: Triggers
) -> dict[Symbol, Decimal]:
    """Where names must go beside their bands, for reasons that want them part of the way.

    From the edge that was crossed, as far toward target as the aim says; all names share in what
    the account as a whole is asked for.
    """
    partial = [r for r in reasons if action_of(r, triggers) is Action.PARTIAL]
    share = max((_share(reason, aim) for reason in partial), default=ZERO)
    goals = {row.symbol: row.weight + share * (row.target - row.weight) for row in stand.rows}
    found = goals if share else {}
    for reason in partial:
        match reason:
            case FarOff(symbol, weight, target, limit):
                edges = (target - limit, target + limit)
            case Concentrated(symbol, weight, target, limit):
                edges = (ZERO, limit * target)
            case _:
                continue
        goal = brought_back(weight, target, edges, aim)
        other = found.get(symbol, weight)
        found[symbol] = min(goal, other, key=lambda each: abs(each - target))
    return found


def _share(reason: Reason, aim: Aim) -> Decimal:
    """Share of its way to target that every name goes; zero where only some are asked to."""
    match reason:
        case TotalDrift(drift, limit):
            return 1 - limit * (1 - AIM_SHARE[aim]) / drift
        case CalendarDue() | CorrelationsChanged():
            return AIM_SHARE[Aim.HALF if aim is Aim.EDGE else aim]
        case _:
            return ZERO


def to_target(stand: Standing) -> Wish:
    """Every name on its target."""
    target = tuple(row.target for row in stand.rows)
    return Wish(target, target, target, stand.cash_target, stand.cash_target, full=True)


def buy_only(stand: Standing) -> Wish:
    """Spend the cash above its target on names below theirs, as far as it is settled."""
    start = tuple(row.weight for row in stand.rows)
    end = tuple(max(row.weight, row.within_reach(row.target)) for row in stand.rows)
    left = max(stand.cash_target, _unspendable(stand))
    return Wish(start, end, tuple(row.target for row in stand.rows), left, left)


def sell_only(stand: Standing) -> Wish:
    """Raise cash to its target from names above theirs."""
    start = tuple(row.weight for row in stand.rows)
    end = tuple(min(row.weight, row.within_reach(row.target)) for row in stand.rows)
    toward = tuple(row.target for row in stand.rows)
    return Wish(start, end, toward, stand.cash_target, stand.cash_target)


def to_band(
    stand: Standing,
    aim: Aim,
    further: Mapping[Symbol, Decimal] | None = None,
    *,
    moves_cash: bool,
    mends: bool = True,
) -> Wish:
    """Names outside their bands come back as far as ``aim``; the others stay, or make room.

    Without ``mends`` they stay too. Those in ``further`` go to the weight there where that is
    nearer to target. Who makes room moves toward its own target only. Cash may end above its target
    by half its band, or as far as it is not settled, but not below it: with a plan it is filled up
    again.
    """
    wanted = further or {}
    backs = (_mended(row, aim) if mends else row.weight for row in stand.rows)
    pairs = zip(stand.rows, backs, strict=True)
    start = tuple(_gone(row, back, wanted.get(row.symbol)) for row, back in pairs)
    end = tuple(row.within_reach(row.target) for row in stand.rows)
    half = (stand.cash_high - stand.cash_target) / 2
    upper = stand.cash_target if moves_cash else stand.cash_target + half
    upper = max(upper, _unspendable(stand))
    return Wish(start, end, start, stand.cash_target, upper)


def _unspendable(stand: Standing) -> Decimal:
    return stand.cash - max(stand.spendable, ZERO) / stand.nav


def glide(wish: Wish) -> Weights | None:
    """Weights on the straight way from start to end, no further than cash needs; or None.

    It needs no optimiser: every row goes the same share s of its way, the smallest s for which
    cash lies within the wish.
    """
    cash_start, cash_end = 1 - sum(wish.start, ZERO), 1 - sum(wish.end, ZERO)
    wanted = min(max(cash_start, wish.cash_lower), wish.cash_upper) - cash_start
    if abs(wanted) <= DUST:
        return wish.start
    share = wanted / (cash_end - cash_start) if cash_end != cash_start else ZERO
    if not ZERO < share <= 1 + DUST:
        return None
    share = min(share, Decimal(1))
    pairs = zip(wish.start, wish.end, strict=True)
    return tuple(start + (end - start) * share for start, end in pairs)


DUST = Decimal("1e-12")
"""What rounding may add to a weight."""


def _mended(row: Row, aim: Aim) -> Decimal:
    """Where a row wants to be: back inside if it is out or on the edge, else where it is."""
    if row.barred or row.is_settled_at(row.weight) or not row.can_move(row.aim(aim)):
        return row.weight
    return row.aim(aim)


def _gone(row: Row, mended: Decimal, goal: Decimal | None) -> Decimal:
    """Where a row goes that is asked to go to ``goal`` too; all the way if a part is no order."""
    if goal is None or abs(mended - row.target) <= abs(goal - row.target):
        return mended
    for weight in (goal, row.target):
        if row.can_move(weight):
            return row.within_reach(weight)
    return mended
