"""How much the machine may do alone: one row of numbers per profile.

Every limit is checked in the send path (``bot/gate.py``). Limits of size scale with net asset
value, average daily volume and the number of names; a person's approval of a plan lifts those of
size (``order_usd_max``, ``order_weight_max``, ``day_turnover_max``, ``cycle_turnover_max``) for
that plan, and nothing lifts the others. Sources: SEC Rule 15c3-5 (17 CFR 240.15c3-5), Delegated
Regulation (EU) 2017/589 (RTS 6), articles 12 and 15.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    order_usd_max: Decimal | None = Decimal(25_000)
    order_weight_max: Decimal = Decimal("0.05")
    order_adv_max: Decimal = Decimal("0.01")
    cycle_turnover_max: Decimal = Decimal("0.25")
    day_turnover_max: Decimal = Decimal("0.30")
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
    # trouble
    rejects_same_symbol: int = 3
    rejects_halt: int = 5
    unknowns_halt: int = 3
    break_symbols_halt: int = 3
    break_weight_halt: Decimal = Decimal("0.01")
    cash_break_halt: Decimal = Decimal("0.005")
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
    Profile.ADVISER: replace(_PERSON, order_usd_max=None, cycles_per_10_sessions=8),
    Profile.DESK: replace(
        _PERSON,
        order_usd_max=None,
        order_adv_max=Decimal("0.05"),
        orders_per_cycle=1200,
        orders_per_day=2400,
        orders_open=1200,
        cycles_per_day=6,
        cycles_per_10_sessions=20,
    ),
}
