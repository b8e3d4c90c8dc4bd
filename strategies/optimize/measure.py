"""What an answer is worth: the objective and its parts, and by how much any limit is broken."""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, Problem, lot_table


@dataclass(frozen=True, slots=True)
class Bill:
    """The parts of the objective, in shares of NAV; ``risk`` is risk_aversion x TE^2."""

    risk: float
    spread: float
    impact: float
    tax: float

    @property
    def total(self) -> float:
        """The objective."""
        return self.risk + self.spread + self.impact + self.tax


def bill(problem: Problem, weights: Array) -> Bill:
    """The objective at ``weights``, shape (n,), part by part."""
    size = np.abs(weights - problem.current)
    return Bill(
        problem.risk_aversion * squared_tracking_error(problem, weights),
        float(problem.spread @ size),
        float(problem.impact @ size**1.5),
        _tax(problem, weights),
    )


def objective(problem: Problem, weights: Array) -> float:
    """The objective at ``weights``, shape (n,), as a share of NAV."""
    return bill(problem, weights).total


def squared_tracking_error(problem: Problem, weights: Array) -> float:
    """(w-t)'(B B' + diag(D))(w-t), annual variance."""
    active = weights - problem.target
    exposure = problem.factors.T @ active
    return float(exposure @ exposure + active @ (problem.specific * active))


def violation(problem: Problem, weights: Array) -> float:
    """The most that any limit is broken by, in weight (in volatility for the tracking error)."""
    broken = [
        abs(float(weights.sum()) - problem.budget),
        float((problem.lower - weights).max()),
        float((weights - problem.upper).max()),
    ]
    for group in problem.groups:
        held = float(weights[list(group.members)].sum())
        broken += [group.lower - held, held - group.upper]
    if problem.turnover is not None:
        broken.append(float(np.abs(weights - problem.current).sum()) - problem.turnover)
    if problem.tracking_error is not None:
        te = float(np.sqrt(squared_tracking_error(problem, weights)))
        broken.append(te - problem.tracking_error)
    return max(0.0, *broken)


def _tax(problem: Problem, weights: Array) -> float:
    """Tax on what is sold: each name's lots from the cheapest, then the price of the dearest."""
    table = lot_table(problem.lots)
    if not table.names.size:
        return 0.0
    sold = np.maximum(problem.current - weights, 0.0)
    ends = np.cumsum(table.weights)
    before = ends - table.weights
    before = before - before[table.first]
    taken = np.clip(sold[table.names] - before, 0.0, table.weights)
    last = np.append(table.first[1:] != table.first[:-1], True)
    dearest = np.maximum(table.taxes[last], 0.0)
    held = (before + table.weights)[last]
    beyond = np.maximum(sold[table.names[last]] - held, 0.0)
    return float(table.taxes @ taken + dearest @ beyond)
