"""What weights come to under terms, from the weights alone: the cone solver is checked by it."""

import numpy as np

from strategies.optimize.cone.terms import (
    Scenarios,
    Terms,
    UncertainCovariance,
    UncertainMeans,
    Utility,
)
from strategies.optimize.problem import Array, Problem

UNMEASURED = float("inf")


def added(problem: Problem, terms: Terms, weights: Array) -> float:
    """What ``terms`` add to the objective at ``weights`` (n,), as a share of NAV.

    Infinite where a utility has no value, because a scenario loses everything.
    """
    total = _doubt(problem, terms, weights)
    if terms.means is not None:
        total -= worst_mean(terms.means, weights)
    if terms.scenarios is not None:
        total += _over_scenarios(terms, terms.scenarios, weights)
    return total


def broken(problem: Problem, terms: Terms, weights: Array) -> float:
    """The most that a limit of ``terms`` is broken by at ``weights`` (n,): of the loss, annual."""
    parts = [0.0]
    if terms.scenarios is not None:
        if terms.cvar is not None and terms.cvar.limit is not None:
            loss = value_at_risk(terms.scenarios, terms.cvar.level, weights)
            parts.append(loss - terms.cvar.limit)
        if terms.downside is not None and terms.downside.limit is not None:
            below = downside_deviation(terms.scenarios, terms.downside.floor, weights)
            parts.append(below - terms.downside.limit)
    if terms.covariance is not None:
        for limit, d in (
            (problem.tracking_error, weights - problem.target),
            (problem.volatility, weights),
        ):
            if limit is not None:
                parts.append(float(np.sqrt(worst_variance(problem, terms.covariance, d))) - limit)
    return max(parts)


def _over_scenarios(terms: Terms, scenarios: Scenarios, weights: Array) -> float:
    total = 0.0
    if terms.cvar is not None:
        total += terms.cvar.aversion * value_at_risk(scenarios, terms.cvar.level, weights)
    if terms.downside is not None:
        below = downside_deviation(scenarios, terms.downside.floor, weights)
        total += terms.downside.aversion * below
    if terms.utility is not None:
        total -= terms.utility.weight * expected_utility(scenarios, terms.utility, weights)
    return total


def value_at_risk(scenarios: Scenarios, level: float, weights: Array) -> float:
    """Conditional value at risk of the loss -R w: the mean of its worst 1 - ``level`` part.

    A scenario on the edge counts with the part of its chance that is needed (Rockafellar and
    Uryasev, J. Banking and Finance 26 (2002), proposition 8).
    """
    losses = -(scenarios.returns @ weights)
    order = np.argsort(-losses)
    left = 1.0 - level
    before = np.cumsum(scenarios.likely[order]) - scenarios.likely[order]
    taken = np.clip(left - before, 0.0, scenarios.likely[order])
    return float(taken @ losses[order] / left)


def downside_deviation(scenarios: Scenarios, floor: float, weights: Array) -> float:
    """sqrt(sum p max(floor - R w, 0)^2)."""
    short = np.maximum(floor - scenarios.returns @ weights, 0.0)
    return float(np.sqrt(scenarios.likely @ short**2))


def expected_utility(scenarios: Scenarios, utility: Utility, weights: Array) -> float:
    """The mean of u(1 + R w); minus infinity where a scenario leaves nothing (log and power)."""
    wealth, a = 1.0 + scenarios.returns @ weights, utility.aversion
    if utility.kind == "exponential":
        return float(scenarios.likely @ (-np.exp(-a * wealth) / a))
    if wealth.min() <= 0:
        return -UNMEASURED
    values = np.log(wealth) if utility.kind == "log" else wealth ** (1 - a) / (1 - a)
    return float(scenarios.likely @ values)


def worst_mean(means: UncertainMeans, weights: Array) -> float:
    """m.w - kappa |root' w|."""
    doubt = means.kappa * float(np.linalg.norm(means.root.T @ weights))
    return float(means.means @ weights) - doubt


def worst_variance(problem: Problem, doubt: UncertainCovariance, d: Array) -> float:
    """(|B'd| + radius |d|)^2 + (1 + specific) d'D d."""
    common = float(np.linalg.norm(problem.factors.T @ d)) + doubt.radius * float(np.linalg.norm(d))
    return common**2 + (1 + doubt.specific) * float(d @ (problem.specific * d))


def _doubt(problem: Problem, terms: Terms, weights: Array) -> float:
    """What the worst covariance adds to the risk that is stated in the problem."""
    if terms.covariance is None:
        return 0.0
    certain, total = UncertainCovariance(), 0.0
    for aversion, d in (
        (problem.risk_aversion, weights - problem.target),
        (problem.variance_aversion, weights),
    ):
        more = worst_variance(problem, terms.covariance, d) - worst_variance(problem, certain, d)
        total += aversion * more
    return total
