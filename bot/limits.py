"""How much the machine may do alone: one row of numbers per profile.

Every limit is checked in the send path (``bot/gate/``). Limits of size scale with net asset
value, average daily volume and the number of names; a person's approval of a plan lifts those of
``LIFTED`` for that plan, and nothing lifts the others. Sources: SEC Rule 15c3-5 (17 CFR
240.15c3-5), Delegated Regulation (EU) 2017/589 (RTS 6), articles 12 and 15.

A limit is tightened at once and loosened by two steps: what the config loosens holds only once a
named person has confirmed it (``tightest`` holds until then).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum


class Profile(StrEnum):
    """Whose limits they are."""

    PERSON = "person"
    ADVISER = "adviser"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the gate refuses. Weights are shares of NAV, amounts are in the base currency."""

    # prices
    collar_liquid: Decimal = Decimal("0.01")
    collar: Decimal = Decimal("0.03")
    """Furthest a limit may lie from mid; ``_liquid`` holds above ``liquid_adv_usd`` a day."""
    liquid_adv_usd: Decimal = Decimal(50_000_000)
    close_collar: Decimal = Decimal("0.10")
    """Furthest a limit may lie from the last adjusted close."""
    quote_age_seconds: int = 15
    spread_max_liquid: Decimal = Decimal("0.01")
    spread_max: Decimal = Decimal("0.03")
    jump_max: Decimal = Decimal("0.20")
    """Mid against the last adjusted close; beyond it the name is left to a person."""
    # sizes
    order_usd_max: Decimal | None = None
    order_weight_max: Decimal = Decimal("0.05")
    order_adv_max: Decimal = Decimal("0.01")
    cycle_turnover_max: Decimal = Decimal("0.25")
    day_turnover_max: Decimal = Decimal("0.30")
    harvest_turnover_max: Decimal = Decimal("0.40")
    """The same on a day on which losses are harvested: each pair is a sale and a purchase."""
    name_weight_max: Decimal | None = None
    gross_max: Decimal = Decimal(1)
    cash_floor_weight: Decimal = Decimal("0.005")
    cash_floor: Decimal = Decimal(100)
    # counts
    orders_per_cycle: int = 60
    orders_per_day: int = 120
    orders_open: int = 60
    orders_per_name: Decimal = Decimal("1.2")
    """The three counts above grow with the names of the account: at least this many for each."""
    cycles_per_day: int = 2
    cycles_per_10_sessions: int = 6
    repeats_per_session: int = 1
    """Plans that may trade the same side of a name in one session."""
    reversal_sessions: int = 5
    """How many sessions the two sides of a name lie apart."""
    reversal_weight_max: Decimal = Decimal("0.01")
    """What one plan may take back of the other side's trades within them, as a share of NAV."""
    sends_per_order: int = 60
    """Orders, one after the other, that one order of a plan may become while it is worked."""
    # trouble
    rejects_same_symbol: int = 3
    rejects_same_reason: int = 3
    rejects_halt: int = 5
    rejects_share_halt: Decimal = Decimal("0.20")
    rejects_share_from: int = 10
    unknowns_halt: int = 3
    break_symbols_halt: int = 3
    break_weight_halt: Decimal = Decimal("0.01")
    cash_break_halt: Decimal = Decimal("0.005")
    nav_break_halt: Decimal = Decimal("0.005")
    # time
    snapshot_age_seconds: int = 120
    send_within_seconds: int = 30
    after_open_minutes: int = 5
    before_close_minutes: int = 15
    clock_warn_seconds: int = 2
    clock_stop_seconds: int = 5
    # host
    disk_free_mib: int = 64

    def counts(self, names: int) -> tuple[int, int, int]:
        """Orders allowed in a cycle, in a day, and open at once, for an account of ``names``."""
        scaled = int(self.orders_per_name * names)
        return (
            max(self.orders_per_cycle, scaled),
            max(self.orders_per_day, 2 * scaled),
            max(self.orders_open, scaled),
        )

    def order_weight(self, names: int) -> Decimal:
        """Largest order as a share of NAV: a fair share of a small account may be large."""
        return max(self.order_weight_max, Decimal(1) / max(names, 1))


_PERSON = Limits()

PROFILES: Mapping[Profile, Limits] = {
    Profile.PERSON: _PERSON,
    Profile.ADVISER: replace(_PERSON, cycles_per_10_sessions=8),
    Profile.DESK: replace(
        _PERSON,
        order_adv_max=Decimal("0.05"),
        orders_per_cycle=1200,
        orders_per_day=2400,
        orders_open=1200,
        cycles_per_day=6,
        cycles_per_10_sessions=20,
        repeats_per_session=6,
        reversal_sessions=1,
    ),
}

LIFTED = frozenset(
    {
        "order_usd_max",
        "order_weight_max",
        "cycle_turnover_max",
        "day_turnover_max",
        "harvest_turnover_max",
        "repeats_per_session",
        "reversal_sessions",
        "reversal_weight_max",
    }
)
"""What a person's approval of a plan lifts, for that plan."""

STRICTER_WHEN_HIGHER = frozenset(
    {
        "after_open_minutes",
        "before_close_minutes",
        "cash_floor",
        "cash_floor_weight",
        "disk_free_mib",
        "reversal_sessions",
    }
)
"""There more is safer, everywhere else less is."""

Limit = Decimal | int | None
"""The number of one limit; None lets all through."""


def is_looser(name: str, ours: Limit, theirs: Limit) -> bool:
    """Whether ``ours`` lets more through than ``theirs``."""
    if ours is None or theirs is None:
        return ours is None and theirs is not None
    return ours < theirs if name in STRICTER_WHEN_HIGHER else ours > theirs


def tightest(ours: Limits, theirs: Limits) -> Limits:
    """Of each limit the stricter one."""
    stricter = {
        item.name: getattr(theirs, item.name)
        for item in fields(ours)
        if is_looser(item.name, getattr(ours, item.name), getattr(theirs, item.name))
    }
    return replace(ours, **stricter)


def looser_ones(ours: Limits, theirs: Limits) -> tuple[str, ...]:
    """Names of the limits in which ``ours`` lets more through than ``theirs``."""
    return tuple(
        item.name
        for item in fields(ours)
        if is_looser(item.name, getattr(ours, item.name), getattr(theirs, item.name))
    )
