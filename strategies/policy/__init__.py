"""What the owner wants: targets, bands, cash, rates, and how orders are placed.

A policy is data, checked when the config is read; nothing in it is computed from the market.
Weights are shares of net asset value (0.05 is 5 %), amounts are in the account's base currency.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from brokers.words import AccountId, Relief, Symbol
from strategies.policy.target import Target
from strategies.policy.taxpayer import HarvestPolicy, Taxpayer
from strategies.policy.trend import TrendPolicy
from strategies.policy.triggers import Triggers
from strategies.policy.working import WorkingPolicy

DAYS_PER_YEAR = 252
"""Trading days."""


class Aim(StrEnum):
    """How far a name outside its band is brought back."""

    EDGE = "edge"
    HALF = "half"
    TARGET = "target"


class Period(StrEnum):
    """How often the calendar asks for a full rebalance, whatever the drift."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Mode(StrEnum):
    """Who has the last word before orders leave."""

    PROPOSE = "propose"
    """Plan and mail only."""
    APPROVE = "approve"
    """A person approves each plan."""
    AUTO_CRITICAL = "auto-critical"
    """Approve, but act alone when drift is critical."""
    AUTO = "auto"
    """Act alone within the limits."""


class TaxKind(StrEnum):
    """How the account is taxed."""

    TAXABLE = "taxable"
    TRADITIONAL = "traditional"
    ROTH = "roth"
    HSA = "hsa"


@dataclass(frozen=True, slots=True)
class Corridor:
    """Lowest and highest weight of one name before it counts as drifted."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Bands:
    """When a weight counts as drifted.

    A name is outside its band when it is further from target than ``absolute`` (in weight) or
    than ``relative`` (as a share of its target), whichever is nearer: the 5/25 rule of Swedroe
    with 0.05 and 0.25. A corridor of its own replaces both. ``single`` (in weight) and
    ``concentration`` (weight over target) bring the whole account back to target.
    """

    absolute: Decimal | None = Decimal("0.05")
    relative: Decimal | None = Decimal("0.25")
    corridors: tuple[tuple[Symbol, Corridor], ...] = ()
    aim: Aim = Aim.HALF
    single: Decimal | None = Decimal("0.05")
    concentration: Decimal | None = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Calendar rebalancing, and how long to leave an account alone after it was traded."""

    period: Period = Period.NEVER
    cooldown_days: int = 0


@dataclass(frozen=True, slots=True)
class CashPolicy:
    """Cash to keep: ``weight`` of NAV plus ``reserve`` for a withdrawal that is planned.

    Cash more than ``band`` (weight) over that is invested, cash more than ``band`` under it is
    raised. No purchase takes cash below ``cash_floor_weight`` of NAV or ``cash_floor``, whichever
    is more.
    """

    weight: Decimal = Decimal("0.01")
    band: Decimal = Decimal("0.01")
    reserve: Decimal = Decimal(0)
    cash_floor_weight: Decimal = Decimal("0.005")
    cash_floor: Decimal = Decimal(100)

    def floor(self, nav: Decimal) -> Decimal:
        """Cash that is never spent, in an account worth ``nav``."""
        return max(self.cash_floor, self.cash_floor_weight * nav)


@dataclass(frozen=True, slots=True)
class CostPolicy:
    """What trading costs beside the quoted spread.

    ``impact`` is the Y of the square-root law: Y x daily volatility x sqrt(traded / ADV) as a
    share of the value traded (Almgren et al. 2005; Bouchaud 2018 puts Y near 1).
    """

    commission_per_share: Decimal = Decimal(0)
    commission_min: Decimal = Decimal(0)
    sec_fee_rate: Decimal = Decimal("0.0000206")
    """Of the value sold (Exchange Act, section 31: 20.60 USD per million from 2026-04-04)."""
    taf_per_share: Decimal = Decimal("0.000195")
    """Per share sold (FINRA By-Laws, Schedule A, section 1: trading activity fee, 2026)."""
    taf_max: Decimal = Decimal("9.79")
    impact: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class WorthPolicy:
    """How a lower risk is turned into money, to be held against costs.

    ``gamma`` is the aversion to variance, ``horizon_days`` how long the drift would stay if it
    were left alone, in trading days.
    """

    gamma: Decimal = Decimal(5)
    horizon_days: int = 252
    enabled: bool = True

    @property
    def variance_price(self) -> Decimal:
        """What a unit of annual variance costs, as a share of NAV: gamma/2 x horizon in years."""
        return self.gamma / 2 * self.horizon_days / DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class TaxPolicy:
    """Rates on gains realised in this account; an account that is not taxable pays none."""

    kind: TaxKind = TaxKind.TAXABLE
    short_rate: Decimal = Decimal("0.35")
    long_rate: Decimal = Decimal("0.15")
    relief: Relief = Relief.FIFO
    wait_days: int = 60
    """A gain that is long-term within so many days is kept until then, where that pays."""


@dataclass(frozen=True, slots=True)
class OrderPolicy:
    """How trades become limit orders, and how those are worked.

    The limit is mid plus (buy) or minus (sale) ``limit_fraction`` of the half spread: 0 rests at
    mid, 1 is the far touch. ``collar`` is the furthest a limit may lie from mid, as a share.
    ``work_seconds`` is how long a wave of orders may stay in the market before it is cancelled,
    and ``working`` says what is done with them meanwhile.
    """

    limit_fraction: Decimal = Decimal(1)
    collar: Decimal = Decimal("0.01")
    value_min: Decimal = Decimal(50)
    fractional: bool = True
    work_seconds: int = 600
    working: WorkingPolicy = field(default_factory=WorkingPolicy)


class OnConflict(StrEnum):
    """What to do where no trades keep all of the owner's limits."""

    HOLD = "hold"
    """Trade nothing, and name what would have to give way."""
    RELAX = "relax"
    """Let the least that must give way give way, and warn."""


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """Names whose weights together stay within [``low``, ``high``]; None where there is no limit.

    A member that is neither held nor wanted weighs nothing.
    """

    name: str
    members: tuple[Symbol, ...]
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ExposureLimit:
    """low <= sum of coefficient x weight <= high, as of a factor: beta, duration, carbon."""

    name: str
    coefficients: tuple[tuple[Symbol, Decimal], ...]
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TiltWish:
    """A wish rather than a limit: costs ``weight`` x (sum of coefficient x weight - level)^2.

    As a share of NAV a year; ``level`` is what the sum should be.
    """

    name: str
    coefficients: tuple[tuple[Symbol, Decimal], ...]
    level: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Optimizer:
    """The owner's limits on every plan, and how its parts are weighed.

    Hard: ``tracking_error_max`` against the targets and ``volatility_max`` are annual,
    ``value_at_risk_max`` is the share of NAV that one day loses in one of twenty, taken as normal;
    ``turnover_max`` is purchases and sales of one plan as a share of NAV, ``participation_max`` a
    trade as a share of the average daily volume. ``no_buy``, ``no_sell`` and ``no_trade`` are
    names. Soft: ``closeness`` x (weight - target)^2 for each name, and ``tilts``.
    ``cost_aversion`` and ``tax_aversion`` multiply costs and taxes while the trades are looked
    for. ``seconds`` is how long that may take, ``verify`` asks another solver each time.
    """

    tracking_error_max: Decimal | None = None
    volatility_max: Decimal | None = None
    value_at_risk_max: Decimal | None = None
    turnover_max: Decimal | None = None
    participation_max: Decimal | None = None
    no_buy: tuple[Symbol, ...] = ()
    no_sell: tuple[Symbol, ...] = ()
    no_trade: tuple[Symbol, ...] = ()
    groups: tuple[GroupLimit, ...] = ()
    exposures: tuple[ExposureLimit, ...] = ()
    tilts: tuple[TiltWish, ...] = ()
    closeness: Decimal = Decimal(0)
    cost_aversion: Decimal = Decimal(1)
    tax_aversion: Decimal = Decimal(1)
    on_conflict: OnConflict = OnConflict.HOLD
    seconds: int = 10
    verify: bool = False

    @property
    def volatility_limit(self) -> Decimal | None:
        """Annual volatility that both limits allow: VaR = 1.645 x volatility / sqrt(252)."""
        limits = [] if self.volatility_max is None else [self.volatility_max]
        if self.value_at_risk_max is not None:
            limits.append(self.value_at_risk_max * Decimal(DAYS_PER_YEAR).sqrt() / QUANTILE_95)
        return min(limits, default=None)


QUANTILE_95 = Decimal("1.645")
"""Standard deviations below which a normal variable falls in one of twenty."""


@dataclass(frozen=True, slots=True)
class Approval:
    """How long an approval is open, and how far prices may move before it is void."""

    valid_for: timedelta = timedelta(hours=4)
    price_move_max: Decimal = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that the owner of one account has decided."""

    account: AccountId
    target: Target
    mode: Mode = Mode.PROPOSE
    critical_drift: Decimal = Decimal("0.10")
    """Weight drift of one name above which ``auto-critical`` acts alone."""
    bands: Bands = field(default_factory=Bands)
    schedule: Schedule = field(default_factory=Schedule)
    triggers: Triggers = field(default_factory=Triggers)
    trend: TrendPolicy = field(default_factory=TrendPolicy)
    cash: CashPolicy = field(default_factory=CashPolicy)
    costs: CostPolicy = field(default_factory=CostPolicy)
    worth: WorthPolicy = field(default_factory=WorthPolicy)
    tax: TaxPolicy = field(default_factory=TaxPolicy)
    taxpayer: Taxpayer = field(default_factory=Taxpayer)
    harvest: HarvestPolicy | None = None
    """None where no losses are harvested."""
    orders: OrderPolicy = field(default_factory=OrderPolicy)
    optimizer: Optimizer = field(default_factory=Optimizer)
    approval: Approval = field(default_factory=Approval)
