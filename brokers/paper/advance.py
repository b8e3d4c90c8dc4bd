"""From one moment to a later one: which orders arrive, fill, are cancelled, expire. Pure.

The exchange looks at every whole minute, and at an order when it arrives. What happens does not
depend on how often somebody asks, as long as the tape remembers what it said.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.paper.exchange import FeeRule, Fill, Scene, cross, meet, touch_of, whole_steps
from brokers.paper.records import Booked, Role
from brokers.paper.tape import SESSION_SECONDS, Tape
from brokers.words import OrderStatus, Symbol

MINUTE = timedelta(minutes=1)
AUCTION_SHARE = Decimal("0.1")
"""Of a day's volume, what trades in the closing auction."""
AUCTION_LATE = timedelta(minutes=10)
"""A tape without memory is asked for the price of the close no later."""


@dataclass(frozen=True, slots=True)
class World:
    """What the exchange stands in. ``used`` says what we took of a symbol in a minute before."""

    tape: Tape
    participation: Decimal
    quantity_step: Decimal
    fees: tuple[FeeRule, ...]
    used: Callable[[Symbol, datetime], Decimal]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every order that changed, as it is now, and the fills in the order they happened."""

    changed: tuple[Booked, ...]
    fills: tuple[Fill, ...]


def advance(orders: Iterable[Booked], after: datetime, until: datetime, world: World) -> Outcome:
    """Carry open ``orders`` from ``after`` to ``until``, both inclusive for those that arrive."""
    before = {booked.seq: booked for booked in orders}
    now, fills = dict(before), list[Fill]()
    for moment in _moments(before.values(), after, until, world.tape):
        looked_at = [each for each in now.values() if _is_due(each, moment, after, world.tape)]
        happened = _look(looked_at, moment, world, fills)
        now.update({booked.seq: booked for booked in happened.changed})
        fills.extend(happened.fills)
    crossed = _cross(now.values(), until, world)
    now.update({booked.seq: booked for booked in crossed.changed})
    fills.extend(crossed.fills)
    ended = {seq: _end(booked, until) for seq, booked in now.items()}
    changed = tuple(booked for seq, booked in ended.items() if booked is not before[seq])
    return Outcome(changed, tuple(fills))


def minute_of(moment: datetime) -> datetime:
    """Start of the minute that ``moment`` lies in."""
    return moment.replace(second=0, microsecond=0)


def _moments(
    orders: Iterable[Booked], after: datetime, until: datetime, tape: Tape
) -> list[datetime]:
    """When to look: whole minutes and arrivals; only ``until`` on a tape without memory."""
    book = [each for each in orders if each.role is not Role.AUCTION]
    if not book:
        return []
    if not tape.remembers:
        return [until]
    arrivals = {
        each.live_at for each in book if each.role is Role.PENDING and each.live_at <= until
    }
    last = min(until, max(each.expires_at for each in book))
    first = max(after, min(each.live_at for each in book))
    return sorted(arrivals | set(_minutes(first, last)))


def _minutes(after: datetime, until: datetime) -> Iterable[datetime]:
    moment = minute_of(after) + MINUTE
    while moment <= until:
        yield moment
        moment += MINUTE


def _is_due(booked: Booked, moment: datetime, after: datetime, tape: Tape) -> bool:
    """Whether ``booked`` is looked at: on arrival, and then at each whole minute."""
    whole = moment == minute_of(moment) or not tape.remembers
    turn = booked.role is Role.PENDING or (whole and moment > after)
    return turn and booked.may_fill_at(moment)


def _look(orders: list[Booked], moment: datetime, world: World, earlier: list[Fill]) -> Outcome:
    symbols = tuple({booked.order.symbol for booked in orders})
    quotes = world.tape.quotes(symbols, moment) if symbols else {}
    wanted = {b.order.symbol for b in orders if touch_of(b.order, quotes, moment) is not None}
    room = {symbol: _room(symbol, moment, world, earlier) for symbol in wanted}
    changed, fills = list[Booked](), list[Fill]()
    for booked in orders:
        after, fill = meet(booked, Scene(moment, quotes, room, world.fees))
        changed.append(after)
        if fill is not None:
            room[booked.order.symbol] -= fill.quantity
            fills.append(fill)
    return Outcome(tuple(changed), tuple(fills))


def _room(symbol: Symbol, moment: datetime, world: World, earlier: Iterable[Fill]) -> Decimal:
    """Shares that the minute of ``moment`` still offers us."""
    minute = minute_of(moment)
    shares = world.tape.volume_rate(symbol, moment) * int(MINUTE.total_seconds())
    taken = sum(
        (f.quantity for f in earlier if f.order.symbol == symbol and f.time >= minute),
        world.used(symbol, minute),
    )
    return whole_steps(shares * world.participation, world.quantity_step) - taken


def _cross(orders: Iterable[Booked], until: datetime, world: World) -> Outcome:
    """The closing auction, for those whose session has closed by ``until``."""
    changed, fills, room = list[Booked](), list[Fill](), dict[Symbol, Decimal]()
    for booked in orders:
        moment = booked.expires_at
        if booked.role is not Role.AUCTION or not _is_there(booked, until):
            continue
        name, tape = booked.order.symbol, world.tape
        looked_at = moment if tape.remembers else until
        known = looked_at - moment <= AUCTION_LATE
        quotes = tape.quotes((name,), looked_at) if known else {}
        room.setdefault(name, _auction_room(name, moment, world))
        after, fill = cross(booked, Scene(moment, quotes, room, world.fees))
        if fill is not None:
            room[name] -= fill.quantity
            fills.append(fill)
            changed.append(after)
    return Outcome(tuple(changed), tuple(fills))


def _is_there(booked: Booked, until: datetime) -> bool:
    """Whether it is in the auction that is over by ``until``."""
    closes, gone = booked.expires_at, booked.cancel_at
    arrived = booked.live_at <= closes and (gone is None or gone >= closes)
    return booked.status.is_live and arrived and closes <= until


def _auction_room(symbol: Symbol, closes: datetime, world: World) -> Decimal:
    """Shares that the auction offers us."""
    day = world.tape.volume_rate(symbol, closes - MINUTE) * SESSION_SECONDS
    return whole_steps(day * AUCTION_SHARE * world.participation, Decimal(1))


def _end(booked: Booked, until: datetime) -> Booked:
    """Close what was cancelled or has outlived its session by ``until``, whichever was first."""
    ends_at = min(booked.cancel_at or booked.expires_at, booked.expires_at)
    if not booked.status.is_live or ends_at > until:
        return booked
    if ends_at < booked.expires_at:
        return replace(booked, status=OrderStatus.CANCELLED, reason="cancelled")
    why = "the closing auction is over" if booked.role is Role.AUCTION else "the session closed"
    return replace(booked, status=OrderStatus.EXPIRED, reason=why)
