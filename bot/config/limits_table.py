"""The table ``[accounts.NAME.limits]``: what of the profile's limits the owner replaces.

A key that is not written keeps the profile's number. Whether a number loosens the profile is
told by ``bot.limits.is_looser``.
"""

from decimal import Decimal
from typing import Annotated

from bot.config.kinds import Amount, AmountOrOff, Share, Weight, WeightOrOff
from bot.config.table import Table
from bot.config.values import Is, Number, Whole
from bot.limits import PROFILES, Profile

_PERSON = PROFILES[Profile.PERSON]

Turnover = Annotated[
    Decimal, Is(Number("0", "2", "share of net asset value, bought and sold together"))
]
Orders = Annotated[int, Is(Whole(0, 100_000, "orders"))]
Cycles = Annotated[int, Is(Whole(0, 10_000, "cycles that trade"))]
Times = Annotated[int, Is(Whole(1, 1000, "times"))]
Minutes = Annotated[int, Is(Whole(0, 390, "minutes"))]
Seconds = Annotated[int, Is(Whole(1, 3600, "seconds"))]


class LimitsTable(Table):
    """What the gate refuses, where it is not to be the profile's. Defaults are of "person"."""

    collar_liquid: Share = _PERSON.collar_liquid
    """Furthest a limit price may lie from mid, for liquid names."""
    collar: Share = _PERSON.collar
    """The same for all other names."""
    liquid_adv_usd: Amount = _PERSON.liquid_adv_usd
    """A name is liquid from this value traded on an average day."""
    close_collar: Share = _PERSON.close_collar
    """Furthest a limit price may lie from the last adjusted close."""
    quote_age_seconds: Seconds = _PERSON.quote_age_seconds
    """Oldest quote that an order may be priced from."""
    spread_max_liquid: Share = _PERSON.spread_max_liquid
    """Widest spread, as a share of mid, at which a liquid name is traded."""
    spread_max: Share = _PERSON.spread_max
    """The same for all other names."""
    jump_max: Share = _PERSON.jump_max
    """Furthest mid may lie from the last adjusted close before a name is left to a person."""
    order_usd_max: AmountOrOff = _PERSON.order_usd_max
    """Largest order that is sent without a person's approval."""
    order_weight_max: Weight = _PERSON.order_weight_max
    """The same as a share of the account; an account of few names is given a fair share more."""
    order_adv_max: Share = _PERSON.order_adv_max
    """Largest order as a share of the average daily volume."""
    cycle_turnover_max: Turnover = _PERSON.cycle_turnover_max
    """Most that one cycle trades without a person's approval."""
    day_turnover_max: Turnover = _PERSON.day_turnover_max
    """Most that one day trades without a person's approval."""
    harvest_turnover_max: Turnover = _PERSON.harvest_turnover_max
    """The same on a day on which losses are harvested."""
    name_weight_max: WeightOrOff = _PERSON.name_weight_max
    """Most that one name may weigh after a purchase, at the order's limit."""
    gross_max: Annotated[Decimal, Is(Number("0", "2", "share of net asset value"))] = (
        _PERSON.gross_max
    )
    """Most that may be invested, all positions together; above 1 is borrowed money."""
    cash_floor_weight: Weight = _PERSON.cash_floor_weight
    """Cash that is never spent, as a share of the account."""
    cash_floor: Amount = _PERSON.cash_floor
    """Cash that is never spent, as an amount; the larger of the two holds."""
    orders_per_cycle: Orders = _PERSON.orders_per_cycle
    """Most orders in one cycle."""
    orders_per_day: Orders = _PERSON.orders_per_day
    """Most orders in one day."""
    orders_open: Orders = _PERSON.orders_open
    """Most orders that are open at once."""
    orders_per_name: Annotated[Decimal, Is(Number("0", "100", "orders for each name"))] = (
        _PERSON.orders_per_name
    )
    """The three counts above grow to this many for each name of the account."""
    cycles_per_day: Cycles = _PERSON.cycles_per_day
    """Most cycles that trade in one day."""
    cycles_per_10_sessions: Cycles = _PERSON.cycles_per_10_sessions
    """Most cycles that trade in ten sessions."""
    repeats_per_session: Times = _PERSON.repeats_per_session
    """Plans that may buy, or sell, the same name in one session without a person's approval."""
    reversal_sessions: Annotated[int, Is(Whole(0, 9, "sessions"))] = _PERSON.reversal_sessions
    """Sessions between a name's purchase and its sale, or the other way, without approval."""
    reversal_weight_max: Weight = _PERSON.reversal_weight_max
    """Most that one plan takes back of such trades, all names together, without approval."""
    sends_per_order: Times = _PERSON.sends_per_order
    """Orders that one order of a plan may become, one after the other, while it is worked."""
    rejects_same_symbol: Times = _PERSON.rejects_same_symbol
    """Refusals by the broker after which a name is left alone for the day."""
    rejects_same_reason: Times = _PERSON.rejects_same_reason
    """Refusals of a name in ten sessions, for one reason, after which a person must clear it."""
    rejects_halt: Times = _PERSON.rejects_halt
    """Refusals by the broker, all names together, that halt the account."""
    rejects_share_halt: Share = _PERSON.rejects_share_halt
    """Share of the day's orders that is refused and halts the account."""
    rejects_share_from: Times = _PERSON.rejects_share_from
    """From how many orders a day on that share counts."""
    unknowns_halt: Times = _PERSON.unknowns_halt
    """Orders with an unknown outcome that halt the account."""
    break_symbols_halt: Times = _PERSON.break_symbols_halt
    """Names whose shares differ between book and broker that halt the account."""
    break_weight_halt: Weight = _PERSON.break_weight_halt
    """Value that differs between book and broker that halts the account."""
    cash_break_halt: Weight = _PERSON.cash_break_halt
    """Cash that differs between book and broker that halts the account."""
    nav_break_halt: Weight = _PERSON.nav_break_halt
    """Change of net asset value since the last plan, unexplained, that halts the account."""
    snapshot_age_seconds: Seconds = _PERSON.snapshot_age_seconds
    """Oldest view of the account that orders may be sent from."""
    send_within_seconds: Seconds = _PERSON.send_within_seconds
    """How long after its turn an order may still be sent."""
    after_open_minutes: Minutes = _PERSON.after_open_minutes
    """No order is sent in the first minutes after the open, this many."""
    before_close_minutes: Minutes = _PERSON.before_close_minutes
    """No order is sent in the last minutes before the close, this many."""
    clock_warn_seconds: Seconds = _PERSON.clock_warn_seconds
    """Difference between our clock and the broker's that is reported."""
    clock_stop_seconds: Seconds = _PERSON.clock_stop_seconds
    """Difference between our clock and the broker's at which nothing is sent."""
    disk_free_mib: Annotated[int, Is(Whole(1, 1_000_000, "MiB"))] = _PERSON.disk_free_mib
    """Free disk under which nothing is sent, because it could not be written down."""
