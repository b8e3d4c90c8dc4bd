"""Targets and frontiers in plain numbers.

Weights are shares of what is invested, unless said otherwise. Returns and volatilities have the
period of the numbers that they come from: of an account they are annual.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import Environment


@dataclass(frozen=True, slots=True)
class PortfolioFigures:
    """One portfolio by name: ``weights``, and ``risk`` as each name's share of the variance.

    ``expected_return`` and ``sharpe`` are null where no expected returns were given. ``gap`` is the
    proof: how much the objective could still gain at most, relative to it. ``cvar`` and
    ``value_at_risk`` are losses of one period, of minimum-cvar alone.
    """

    weights: Mapping[str, float]
    expected_return: float | None
    volatility: float
    sharpe: float | None
    gap: float
    risk: Mapping[str, float]
    cvar: float | None = None
    value_at_risk: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetFigures:
    """One name by itself; ``error`` is the standard error of its expected return, where known."""

    name: str
    expected_return: float | None
    volatility: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """What a strategy answers to numbers out of files; nothing is annualised.

    ``amounts`` are whole units of money that sum to the amount that was asked about.
    """

    strategy: str
    risk_free: float
    portfolios: tuple[PortfolioFigures, ...]
    names: tuple[AssetFigures, ...]
    amounts: Mapping[str, int] | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeansFigures:
    """Where expected returns come from, and the last day that they know of.

    ``shrinkage`` is the part of the way that averages were moved toward one return of all.
    """

    source: str
    day: date | None
    shrinkage: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CovarianceFigures:
    """Where the covariance comes from: the returns behind it, and what was done to it."""

    source: str
    first: date | None
    last: date | None
    observations: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Where a portfolio lies, by the same beliefs as the rest.

    ``return_given_up`` is what the frontier has more at the same volatility, ``volatility_excess``
    what it needs less for the same return; null where no point of the frontier is like it, and
    ``notes`` say why.
    """

    weights: Mapping[str, float]
    expected_return: float | None
    volatility: float
    sharpe: float | None
    return_given_up: float | None = None
    volatility_excess: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetName:
    """One name of an account: ``now`` and ``target`` are shares of net asset value."""

    name: str
    now: float
    target: float
    expected_return: float | None
    error: float | None
    volatility: float | None
    barred: str


@dataclass(frozen=True, slots=True)
class AccountTarget:
    """What an account is to hold today, by which beliefs, and how that differs from what it holds.

    ``configured`` is the strategy of the config, ``strategy`` the one that was asked. ``invested``
    is the share of net asset value that is not kept in cash. ``portfolio`` is null where nothing is
    known of how the names move; ``today`` also where nothing is held.
    """

    account: str
    environment: Environment
    nav: Decimal
    base: str
    session: date
    strategy: str
    configured: str
    invested: float
    risk_free: float
    portfolio: PortfolioFigures | None
    today: PlaceFigures | None
    cash_now: float
    names: tuple[TargetName, ...]
    means: MeansFigures | None
    covariance: CovarianceFigures | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The efficient frontier, least variance first, and what lies where beside it.

    ``account``, ``environment`` and ``session`` are null for numbers out of files, and then so are
    ``current`` and ``target``. ``maximum_sharpe`` is null where no name earns more than what has no
    risk; ``notes`` say why.
    """

    subject: str
    account: str | None
    environment: Environment | None
    session: date | None
    risk_free: float
    points: tuple[PortfolioFigures, ...]
    maximum_sharpe: PortfolioFigures | None
    current: PlaceFigures | None
    target: PlaceFigures | None
    strategy: str | None
    names: tuple[AssetFigures, ...]
    means: MeansFigures
    covariance: CovarianceFigures
    notes: tuple[str, ...]
