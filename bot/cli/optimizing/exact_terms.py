"""What the cone solver's terms come to, exactly: formulas in ``strategies.optimize.cone.terms``."""

from collections.abc import Iterator
from decimal import Decimal

from bot.cli.optimizing.exact import ONE, ZERO, Row, dot, minus, row, sum_squares
from strategies.optimize.cone.terms import (
    Scenarios,
    Terms,
    UncertainCovariance,
    UncertainMeans,
    Utility,
)
from strategies.optimize.problem import Problem

RUIN = Decimal("Infinity")


def added(problem: Problem, terms: Terms, after: Row) -> Decimal:
    """What ``terms`` add to the objective; infinite where a utility has no value."""
    total = ZERO
    if terms.covariance is not None:
        total += _doubt(problem, terms.covariance, after)
    if terms.means is not None:
        total -= _worst_mean(terms.means, after)
    if terms.scenarios is not None:
        total += _over_scenarios(terms, terms.scenarios, after)
    return total


def breaches(problem: Problem, terms: Terms, after: Row) -> Iterator[Decimal]:
    """The limits of ``terms``; those of risk at its worst where the covariance is in doubt."""
    if terms.scenarios is not None:
        cvar, downside = terms.cvar, terms.downside
        if cvar is not None and cvar.limit is not None:
            yield _value_at_risk(terms.scenarios, cvar.level, after) - Decimal(cvar.limit)
        if downside is not None and downside.limit is not None:
            yield _downside(terms.scenarios, downside.floor, after) - Decimal(downside.limit)
    if terms.covariance is None:
        return
    away = minus(after, row(problem.target))
    for limit, weights in ((problem.tracking_error, away), (problem.volatility, after)):
        if limit is not None:
            worst = _worst_variance(problem, terms.covariance, weights)
            yield worst.sqrt() - Decimal(limit)


def _over_scenarios(terms: Terms, scenarios: Scenarios, after: Row) -> Decimal:
    total = ZERO
    if terms.cvar is not None:
        worst = _value_at_risk(scenarios, terms.cvar.level, after)
        total += Decimal(terms.cvar.aversion) * worst
    if terms.downside is not None:
        below = _downside(scenarios, terms.downside.floor, after)
        total += Decimal(terms.downside.aversion) * below
    if terms.utility is not None:
        total -= Decimal(terms.utility.weight) * _utility(scenarios, terms.utility, after)
    return total


def _outcomes(scenarios: Scenarios, after: Row) -> Row:
    return tuple(dot(row(each), after) for each in scenarios.returns)


def _value_at_risk(scenarios: Scenarios, level: float, after: Row) -> Decimal:
    """The mean loss of the worst 1 - level; the scenario on the edge counts in part."""
    left = whole = ONE - Decimal(level)
    total = ZERO
    pairs = zip(_outcomes(scenarios, after), row(scenarios.likely), strict=True)
    for outcome, chance in sorted(pairs):
        taken = min(left, chance)
        total, left = total - taken * outcome, left - taken
    return total / whole


def _downside(scenarios: Scenarios, floor: float, after: Row) -> Decimal:
    short = (max(Decimal(floor) - each, ZERO) ** 2 for each in _outcomes(scenarios, after))
    return dot(row(scenarios.likely), short).sqrt()


def _utility(scenarios: Scenarios, utility: Utility, after: Row) -> Decimal:
    wealth = [ONE + each for each in _outcomes(scenarios, after)]
    aversion, chances = Decimal(utility.aversion), row(scenarios.likely)
    if utility.kind == "exponential":
        return dot(chances, (-(-aversion * each).exp() / aversion for each in wealth))
    if min(wealth) <= 0:
        return -RUIN
    if utility.kind == "log":
        return dot(chances, (each.ln() for each in wealth))
    return dot(chances, (each ** (ONE - aversion) / (ONE - aversion) for each in wealth))


def _worst_mean(means: UncertainMeans, after: Row) -> Decimal:
    doubt = Decimal(means.kappa) * sum_squares(means.root, after).sqrt()
    return dot(row(means.means), after) - doubt


def _doubt(problem: Problem, doubt: UncertainCovariance, after: Row) -> Decimal:
    """What the worst covariance costs beyond the one that is stated."""
    total = ZERO
    away = minus(after, row(problem.target))
    for aversion, weights in ((problem.risk_aversion, away), (problem.variance_aversion, after)):
        if aversion:
            own = dot(row(problem.specific), (each * each for each in weights))
            stated = own + sum_squares(problem.factors, weights)
            worst = _worst_variance(problem, doubt, weights)
            total += Decimal(aversion) * (worst - stated)
    return total


def _worst_variance(problem: Problem, doubt: UncertainCovariance, weights: Row) -> Decimal:
    squares = tuple(each * each for each in weights)
    common = sum_squares(problem.factors, weights).sqrt()
    common += Decimal(doubt.radius) * sum(squares, ZERO).sqrt()
    return common**2 + (ONE + Decimal(doubt.specific)) * dot(row(problem.specific), squares)
