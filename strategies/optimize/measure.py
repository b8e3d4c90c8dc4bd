"""What an answer is worth: the objective and its parts, and by how much any limit is broken."""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, Problem, lot_table


@dataclass(frozen=True, slots=True)
class Bill:
    """The parts of the objective, in shares of NAV; ``risk`` is both aversions times their risks.

    ``wishes`` is all that is neither risk, cost nor tax: reward (below zero), borrowing, missed
    opportunities, closeness and tilts.
    """

    risk: float
    spread: float
    impact: float
    tax: float
    wishes: float = 0.0

    @property
    def total(self) -> float:
        """The objective."""
        return self.risk + self.spread + self.impact + self.tax + self.wishes


def bill(problem: Problem, weights: Array) -> Bill:
    """The objective at ``weights``, shape (n,), part by part."""
    size = np.abs(weights - problem.current)
    return Bill(
        risk(problem, weights),
        float(problem.spread @ size),
        float(problem.impact @ size**problem.exponent),
        _tax(problem, weights),
        wishes(problem, weights) + stepped(problem, weights),
    )


def objective(problem: Problem, weights: Array) -> float:
    """The objective at ``weights``, shape (n,), as a share of NAV."""
    return bill(problem, weights).total


def risk(problem: Problem, weights: Array) -> float:
    """Both aversions times their variances."""
    value = problem.risk_aversion * squared_tracking_error(problem, weights)
    if problem.variance_aversion:
        value += problem.variance_aversion * variance(problem, weights)
    return value


def wishes(problem: Problem, weights: Array) -> float:
    """What is smooth and no risk: reward (below zero), closeness, tilts."""
    value = 0.0
    if problem.reward is not None:
        value -= float(problem.reward @ weights)
    if problem.closeness is not None:
        value += float(problem.closeness @ (weights - problem.target) ** 2)
    for tilt in problem.tilts:
        value += tilt.weight * (float(tilt.coefficients @ weights) - tilt.level) ** 2
    return value


def stepped(problem: Problem, weights: Array) -> float:
    """What goes in steps and is no tax: the lender's fee, and what is missed."""
    value = 0.0
    if problem.borrow is not None:
        value += float(problem.borrow @ np.maximum(-weights, 0.0))
    if problem.opportunity is not None:
        value += float(problem.opportunity @ np.abs(weights - problem.target))
    return value


def squared_tracking_error(problem: Problem, weights: Array) -> float:
    """(w-t)'(B B' + diag(D))(w-t), annual variance."""
    active = weights - problem.target
    exposure = problem.factors.T @ active
    return float(exposure @ exposure + active @ (problem.specific * active))


def variance(problem: Problem, weights: Array) -> float:
    """w'(B B' + diag(D))w, annual."""
    exposure = problem.factors.T @ weights
    return float(exposure @ exposure + weights @ (problem.specific * weights))


def turnover(problem: Problem, weights: Array) -> float:
    """Sum |x|, that of cash left out where it does not count."""
    size = np.abs(weights - problem.current)
    if problem.cash is not None:
        size[problem.cash] = 0.0
    return float(size.sum())


def violation(problem: Problem, weights: Array) -> float:
    """The most that any limit is broken by, in weight (in volatility for the risks)."""
    broken = [
        abs(float(weights.sum()) - problem.budget),
        float((problem.lower - weights).max()),
        float((weights - problem.upper).max()),
    ]
    for group in problem.groups:
        held = float(weights.take(group.members).sum())
        broken += [group.lower - held, held - group.upper]
    for exposure in problem.exposures:
        held = float(exposure.coefficients @ weights)
        broken += [exposure.lower - held, held - exposure.upper]
    if problem.gross is not None:
        broken.append(float(np.abs(weights).sum()) - problem.gross)
    if problem.turnover is not None:
        broken.append(turnover(problem, weights) - problem.turnover)
    if problem.tracking_error is not None:
        te = float(np.sqrt(squared_tracking_error(problem, weights)))
        broken.append(te - problem.tracking_error)
    if problem.volatility is not None:
        broken.append(float(np.sqrt(variance(problem, weights))) - problem.volatility)
    return max(0.0, *broken)


def _tax(problem: Problem, weights: Array) -> float:
    """Tax on what is sold: each name's lots as they are sold, then the price of the dearest."""
    table = lot_table(problem.lots)
    if not table.names.size:
        return 0.0
    sold = np.maximum(problem.current - weights, 0.0)
    ends = np.cumsum(table.weights)
    before = ends - table.weights
    before = before - before[table.first]
    taken = np.clip(sold[table.names] - before, 0.0, table.weights)
    last = np.append(table.first[1:] != table.first[:-1], True)
    dearest = np.maximum(np.maximum.reduceat(table.taxes, np.unique(table.first)), 0.0)
    held = (before + table.weights)[last]
    beyond = np.maximum(sold[table.names[last]] - held, 0.0)
    return float(table.taxes @ taken + dearest @ beyond)
