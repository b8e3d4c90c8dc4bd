"""The table ``[accounts.NAME.target]``: what to hold, and all that a strategy is given.

Which strategy needs which key is in ``target_checks``; docs/targets.md tells what each one does.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.config.kinds import FilePath, Share, Symbols, SymbolText, TargetWeight, Weight, one_of
from bot.config.own_code import (
    CodeTable,
    MeansFile,
    Parameter,
    ParameterName,
    Reference,
    source_or_forecast,
    strategy_or_own,
)
from bot.config.table import Table
from bot.config.values import Day, Is, Number, Text, Whole
from strategies.policy.target import Estimator, MeanSource, Recipe

_RECIPE = Recipe()


class Strategy(StrEnum):
    """Ways to say what to hold."""

    FIXED = "fixed"
    EQUAL = "equal"
    CAP_WEIGHT = "cap-weight"
    MINIMUM_VARIANCE = "minimum-variance"
    MAXIMUM_SHARPE = "maximum-sharpe"
    EFFICIENT_RETURN = "efficient-return"
    EFFICIENT_VOLATILITY = "efficient-volatility"
    MEAN_VARIANCE = "mean-variance"
    RISK_PARITY = "risk-parity"
    HIERARCHICAL_RISK_PARITY = "hierarchical-risk-parity"
    MAXIMUM_DIVERSIFICATION = "maximum-diversification"
    MINIMUM_CVAR = "minimum-cvar"
    INDEX_TRACKING = "index-tracking"
    BLACK_LITTERMAN = "black-litterman"
    TACTICAL_TILT = "tactical-tilt"
    GLIDE_PATH = "glide-path"
    VOLATILITY_TARGET = "volatility-target"


BY_WEIGHTS = (Strategy.FIXED, Strategy.TACTICAL_TILT, Strategy.VOLATILITY_TARGET)
"""Those that start from ``weights`` or ``file``."""
KNOWN = (Strategy.FIXED, Strategy.EQUAL)
"""Those whose weights are known before the market is looked at."""

MEANS = {
    source.value: source
    for source in (MeanSource.HISTORICAL, MeanSource.EQUILIBRIUM, MeanSource.VIEWS)
}

Return = Annotated[Decimal, Is(Number("-1", "10", "return a year, 0.05 is 5 %"))]
Volatility = Annotated[Decimal, Is(Number("0.0001", "2", "volatility a year, 0.10 is 10 %"))]
Confidence = Annotated[Decimal, Is(Number("0", "1", "0 is ignored, 1 is certain"))]
Coefficient = Annotated[Decimal, Is(Number("-10", "10", "weight of the name in the view"))]
Dated = Annotated[date, Is(Day())]


class ViewTable(Table):
    """An opinion of yours about returns. ``[[...]]`` opens one more each time."""

    coefficients: dict[SymbolText, Coefficient]
    """What it is about: ``{ AAPL = 1 }``, or ``{ AAPL = 1, MSFT = -1 }`` for one over another."""
    value: Return
    """What coefficients times returns make a year."""
    confidence: Confidence = Decimal("0.5")
    """How sure you are."""
    day: Dated = Field(alias="date")
    """The day on which you held it."""


class WaypointTable(Table):
    """Weights that the glide path has reached on a day. ``[[...]]`` opens one more each time."""

    day: Dated = Field(alias="date")
    """The day."""
    weights: dict[SymbolText, TargetWeight]
    """Weight of each symbol on that day; together they make 1."""


class TargetTable(Table):
    """What to hold."""

    strategy: Annotated[Strategy | Reference, strategy_or_own(Strategy)] = Strategy.FIXED
    """How the weights are found: docs/targets.md; or by code of your own."""
    file: FilePath | None = None
    """A CSV of two columns, symbol and weight, with that header; instead of ``weights``."""
    symbols: Symbols = Field(default_factory=list)
    """Names that the strategy chooses among."""
    weights: dict[SymbolText, TargetWeight] = Field(default_factory=dict)
    """Weight of each symbol; together they make 1."""
    covariance: Annotated[Estimator, one_of(Estimator)] = _RECIPE.covariance
    """How risk is estimated from daily returns: docs/risk.md."""
    means: Annotated[MeanSource | Reference | MeansFile | None, source_or_forecast(MEANS)] = None
    """Where expected returns come from; a file has the header symbol,mean,date (returns a year)."""
    risk_free: Return = _RECIPE.risk_free
    """Return a year of what has no risk."""
    lower: Weight = _RECIPE.lower
    """Least weight of every name, as a share of what is invested."""
    upper: Weight = _RECIPE.upper
    """Largest weight of every name, as a share of what is invested."""
    names_max: Annotated[int, Is(Whole(1, 10_000, "names"))] | None = None
    """Most names that are held."""
    expected_return: Return | None = None
    """Return a year that "efficient-return" reaches with the least risk."""
    volatility: Volatility | None = None
    """Volatility a year that "efficient-volatility" and "volatility-target" keep to."""
    risk_aversion: Annotated[Decimal, Is(Number("0.01", "1000", "aversion to variance"))] | None = (
        None
    )
    """What "mean-variance" and "black-litterman" weigh variance with."""
    tolerance: (
        Annotated[
            str,
            Is(
                Text(
                    r"[a-z0-9.:-]{1,30}",
                    'a score from 1 to 10 in quotes, or a word like "moderate"',
                )
            ),
        ]
        | None
    ) = None
    """Instead of ``volatility`` or ``risk_aversion``: how much risk is borne, docs/targets.md."""
    budgets: dict[SymbolText, Share] = Field(default_factory=dict)
    """Share of the risk that each name may be, for "risk-parity"; unsaid the same for all."""
    level: Annotated[Decimal, Is(Number("0.5", "0.999", "0.95 is the worst day in twenty"))] = (
        _RECIPE.level
    )
    """Level of "minimum-cvar"."""
    caps: FilePath | None = None
    """A CSV with the header symbol,cap,date: market capitalisations in one currency."""
    benchmark: FilePath | None = None
    """A CSV with the header symbol,weight,date: what "index-tracking" follows."""
    views: list[ViewTable] = Field(default_factory=list)
    """Opinions for "black-litterman" and ``means = "views"``."""
    defensive: dict[SymbolText, TargetWeight] = Field(default_factory=dict)
    """Weights that "tactical-tilt" moves toward; one name for "volatility-target", else cash."""
    tilt_min: Share = _RECIPE.tilt_min
    """Least part of the way to ``defensive``."""
    tilt_max: Share = _RECIPE.tilt_max
    """Largest part of the way to ``defensive``."""
    path: list[WaypointTable] = Field(default_factory=list)
    """Weights by date for "glide-path"."""
    code: CodeTable = CodeTable()
    parameters: dict[ParameterName, Parameter] = Field(default_factory=dict)
    """Given to your own code by name: ``parameters.lookback = 120``."""
