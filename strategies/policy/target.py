"""What the owner wants to hold: the name of a strategy, and all that it is given.

Nothing here is computed from the market. What comes from a file says of which day it is.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from brokers.words import Symbol
from strategies.policy.own_code import OwnCode

Weights = tuple[tuple[Symbol, Decimal], ...]


class Estimator(StrEnum):
    """How the covariance is estimated from daily returns."""

    FACTORS = "factors"
    """Principal components above the noise; the rest is each name's own."""
    SAMPLE = "sample"
    EWMA = "ewma"
    """Days weigh less the older they are."""
    LEDOIT_WOLF = "ledoit-wolf"
    OAS = "oas"
    CONSTANT_CORRELATION = "constant-correlation"
    MARCHENKO_PASTUR = "marchenko-pastur"
    """Eigenvalues within the noise are made equal."""


class MeanSource(StrEnum):
    """Where expected returns come from: none is taken for granted."""

    FILE = "file"
    """The owner wrote them down."""
    FORECAST = "forecast"
    """The owner's own function says them."""
    HISTORICAL = "historical"
    """Average returns of the past, shrunk toward one of all (Jorion 1986)."""
    EQUILIBRIUM = "equilibrium"
    """Those at which the market holds the given capitalisations."""
    VIEWS = "views"
    """Equilibrium, moved by the owner's views (Black and Litterman 1992)."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Numbers of names from a file, with the day that they are of and the file's name."""

    values: Weights
    day: date
    source: str


@dataclass(frozen=True, slots=True)
class View:
    """The owner's word that sum of ``coefficients`` x return is ``value`` a year.

    ``confidence`` is from 0 (ignored) to 1 (certain), as in Idzorek 2005.
    """

    coefficients: Weights
    value: Decimal
    confidence: Decimal


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Weights that a glide path has reached on a day."""

    day: date
    weights: Weights


@dataclass(frozen=True, slots=True)
class Recipe:
    """What strategies are given beside names and weights; each takes what it needs.

    Returns and volatilities are annual. ``lower`` and ``upper`` bound every weight as a share of
    what is invested, ``names_max`` how many are held. ``defensive`` are the weights that a tilt
    moves toward, by at least ``tilt_min`` and at most ``tilt_max`` of the way.
    """

    covariance: Estimator = Estimator.FACTORS
    means: MeanSource | None = None
    expected: Dated | None = None
    """Expected return of each name, where ``means`` is "file"."""
    forecast: OwnCode | None = None
    """Says the expected returns, where ``means`` is "forecast"."""
    risk_free: Decimal = Decimal(0)
    lower: Decimal = Decimal(0)
    upper: Decimal = Decimal(1)
    names_max: int | None = None
    expected_return: Decimal | None = None
    volatility: Decimal | None = None
    risk_aversion: Decimal | None = None
    tolerance: str = ""
    """How much risk the client bears, where neither of the two above is said."""
    budgets: Weights = ()
    """Share of the risk that each name may be, for risk parity; the same for all where empty."""
    level: Decimal = Decimal("0.95")
    """Of the conditional value at risk."""
    caps: Dated | None = None
    benchmark: Dated | None = None
    views: tuple[View, ...] = ()
    views_day: date | None = None
    defensive: Weights = ()
    tilt_min: Decimal = Decimal(0)
    tilt_max: Decimal = Decimal(1)
    waypoints: tuple[Waypoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What to hold: the name of a target strategy, and what it is given.

    ``fixed`` uses ``weights`` as they are; all others choose among the names in ``weights``.
    """

    strategy: str
    weights: Weights
    recipe: Recipe = field(default_factory=Recipe)
    own: OwnCode | None = None
    """Says the weights, where ``strategy`` is "own"."""
