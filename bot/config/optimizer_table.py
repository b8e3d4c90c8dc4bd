"""The table ``[accounts.NAME.optimizer]``: the owner's limits on every plan, and his leanings.

All of it is optional: without it a plan is bound by targets, bands and cash alone.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from bot.config.kinds import FilePath, Symbols, SymbolText, Weight, Yes, one_of
from bot.config.table import Table
from bot.config.values import Is, Number, Text, Whole
from strategies.policy import OnConflict, Optimizer

_OPTIMIZER = Optimizer()

LimitName = Annotated[
    str,
    Is(
        Text(
            r"[A-Za-z0-9][A-Za-z0-9 &/.,+_-]{0,39}",
            "a name of 1 to 40 letters, digits, blanks and & / . , + _ -",
        )
    ),
]
ColumnName = Annotated[
    str,
    Is(Text(r"[a-z][a-z0-9_]{0,29}", "a column of the file of labels, in lower case")),
]
Volatility = Annotated[Decimal, Is(Number("0.0001", "2", "volatility a year, 0.02 is 2 %"))]
Coefficient = Annotated[Decimal, Is(Number("-1000", "1000", "exposure of one unit of weight"))]
Level = Annotated[Decimal, Is(Number("-1000", "1000", "coefficients times weights, summed"))]
Aversion = Annotated[Decimal, Is(Number("0", "1000", "factor, 1 is the cost itself"))]
Softness = Annotated[
    Decimal, Is(Number("0", "1000", "share of NAV for one unit of distance, squared"))
]


class GroupTable(Table):
    """Names whose weights together are limited. ``[[...]]`` opens one more each time."""

    name: LimitName
    """What it is called in plans and mails."""
    members: Symbols
    """Names in it; what is not held and not wanted weighs nothing."""
    low: Weight | None = Field(default=None, alias="min")
    """Least that they weigh together."""
    high: Weight | None = Field(default=None, alias="max")
    """Most that they weigh together."""


class ExposureTable(Table):
    """A factor whose exposure is limited: coefficient times weight, summed over the names."""

    name: LimitName
    """What it is called in plans and mails."""
    coefficients: dict[SymbolText, Coefficient]
    """Exposure of each name: ``coefficients = { SPY = 1.0, QQQ = 1.2 }``."""
    low: Level | None = Field(default=None, alias="min")
    """Least exposure of the account."""
    high: Level | None = Field(default=None, alias="max")
    """Largest exposure of the account."""


class TiltTable(Table):
    """A leaning, not a limit: costs ``weight`` times the distance from ``level``, squared."""

    name: LimitName
    """What it is called."""
    coefficients: dict[SymbolText, Coefficient]
    """Exposure of each name."""
    level: Level = Decimal(0)
    """Exposure that is wished for."""
    weight: Annotated[
        Decimal, Is(Number("0.000001", "1000", "share of NAV for one unit of distance, squared"))
    ]
    """How much it is wished for."""


class OptimizerTable(Table):
    """Limits that every plan keeps beside targets, bands and cash; how its parts are weighed."""

    tracking_error_max: Volatility | None = _OPTIMIZER.tracking_error_max
    """Largest tracking error against the targets."""
    volatility_max: Volatility | None = _OPTIMIZER.volatility_max
    """Largest volatility of the account."""
    value_at_risk_max: Annotated[
        Decimal | None, Is(Number("0.0001", "1", "share of net asset value"))
    ] = _OPTIMIZER.value_at_risk_max
    """Loss that one day in twenty may pass, returns taken as normal: 1.645 daily volatilities."""
    turnover_max: Annotated[
        Decimal | None, Is(Number("0", "2", "share of net asset value, bought and sold together"))
    ] = _OPTIMIZER.turnover_max
    """Most that one plan trades; what does not fit is left to later plans."""
    participation_max: Annotated[
        Decimal | None, Is(Number("0.000001", "1", "share of the average daily volume"))
    ] = _OPTIMIZER.participation_max
    """Largest trade; unsaid it is ``limits.order_adv_max``, which holds in any case."""
    no_buy: Symbols = Field(default_factory=list)
    """Names that are not bought."""
    no_sell: Symbols = Field(default_factory=list)
    """Names that are not sold."""
    no_trade: Symbols = Field(default_factory=list)
    """Names that are left alone; the others share what these leave."""
    labels: FilePath | None = None
    """A CSV with the header symbol,sector,... (columns by your choice), for ``limits``."""
    limits: dict[ColumnName, dict[LimitName, Weight]] = Field(default_factory=dict)
    """Most that the names of one label weigh together: ``[...limits.sector] Technology = 0.30``."""
    groups: list[GroupTable] = Field(default_factory=list)
    exposures: list[ExposureTable] = Field(default_factory=list)
    tilts: list[TiltTable] = Field(default_factory=list)
    closeness: Softness = _OPTIMIZER.closeness
    """Wish to be near the target in weight, whatever the risk: the higher, the nearer."""
    cost_aversion: Aversion = _OPTIMIZER.cost_aversion
    """How much spread, fees and impact count while trades are looked for."""
    tax_aversion: Aversion = _OPTIMIZER.tax_aversion
    """How much tax counts while trades are looked for."""
    on_conflict: Annotated[OnConflict, one_of(OnConflict)] = _OPTIMIZER.on_conflict
    """Where no trades keep all limits: "hold" and say why, or "relax" as little as must be."""
    seconds: Annotated[int, Is(Whole(1, 600, "seconds"))] = _OPTIMIZER.seconds
    """How long the search may take; then the best plan so far is taken, with its proof."""
    verify: Yes = _OPTIMIZER.verify
    """Whether another solver is asked for its opinion on every plan; that takes seconds."""
