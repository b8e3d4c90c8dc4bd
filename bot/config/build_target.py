"""From the table of a target and its files to the policy's own nouns."""

from collections.abc import Mapping
from decimal import Decimal

from bot.config.checks import Subject
from bot.config.own_code import MeansFile, Reference, own_code
from bot.config.target_table import Strategy, TargetTable
from brokers.words import Symbol
from strategies.policy.own_code import OwnCode
from strategies.policy.target import MeanSource, Recipe, Target, View, Waypoint, Weights


def target(of: Subject) -> Target:
    """By symbol, so that the order of lines in the file means nothing."""
    table = of.table.target
    weights = by_symbol(of.weights)
    if isinstance(table.strategy, Reference):
        own = own_code(table.strategy, table.code, table.parameters)
        return Target("own", weights, recipe(of), own=own)
    return Target(table.strategy.value, weights, recipe(of))


def by_symbol(weights: Mapping[str, Decimal]) -> Weights:
    """In the order of the symbols."""
    return tuple((Symbol(symbol), weight) for symbol, weight in sorted(weights.items()))


def recipe(of: Subject) -> Recipe:
    """All that a strategy is given."""
    table = of.table.target
    days = [view.day for view in table.views]
    return Recipe(
        covariance=table.covariance,
        means=_source(table),
        expected=of.given.means,
        forecast=_forecast(table),
        risk_free=table.risk_free,
        lower=table.lower,
        upper=table.upper,
        names_max=table.names_max,
        expected_return=table.expected_return,
        volatility=table.volatility,
        risk_aversion=table.risk_aversion,
        tolerance=table.tolerance or "",
        budgets=by_symbol(table.budgets),
        level=table.level,
        caps=of.given.caps,
        benchmark=of.given.benchmark,
        views=tuple(
            View(by_symbol(view.coefficients), view.value, view.confidence) for view in table.views
        ),
        views_day=min(days, default=None),
        defensive=by_symbol(table.defensive),
        tilt_min=table.tilt_min,
        tilt_max=table.tilt_max,
        waypoints=tuple(Waypoint(way.day, by_symbol(way.weights)) for way in table.path),
    )


def _source(table: TargetTable) -> MeanSource | None:
    match table.means:
        case MeansFile():
            return MeanSource.FILE
        case Reference():
            return MeanSource.FORECAST
        case None if table.strategy is Strategy.BLACK_LITTERMAN:
            return MeanSource.VIEWS
        case source:
            return source


def _forecast(table: TargetTable) -> OwnCode | None:
    if not isinstance(table.means, Reference):
        return None
    return own_code(table.means, table.code, table.parameters)
