"""The terms in cvxpy, each as its docstring in ``terms`` states it, and the risk under doubt."""

from typing import TYPE_CHECKING, Any

import numpy as np

from strategies.optimize.cone.terms import Scenarios, Terms, UncertainMeans, Utility
from strategies.optimize.problem import Array, Problem

if TYPE_CHECKING:
    import cvxpy as cp

Parts = tuple["cp.Expression | float", list[Any]]
"""What is added to the objective, and the limits that go with it."""


def risk_of(
    problem: Problem, terms: Terms, weights: "cp.Expression"
) -> tuple["cp.Expression", list[Any]]:
    """A vector whose squared length is the (worst) variance of ``weights`` (n,), and its ties."""
    import cvxpy as cp

    exposure = cp.Variable(problem.factors.shape[1])
    ties: list[Any] = [exposure == problem.factors.T @ weights]
    doubt = terms.covariance
    if doubt is None:
        return cp.hstack([exposure, cp.multiply(np.sqrt(problem.specific), weights)]), ties
    own = cp.multiply(np.sqrt((1 + doubt.specific) * problem.specific), weights)
    common = cp.Variable(nonneg=True)
    worst = cp.norm(exposure, 2) + doubt.radius * cp.norm(weights, 2)
    return cp.hstack([common, own]), [*ties, worst <= common]


def terms_of(terms: Terms, weights: "cp.Expression") -> Parts:
    """Everything in ``terms`` but the doubt about the covariance, which is in the risk."""
    parts: list[Parts] = []
    if terms.means is not None:
        parts.append((_worst_mean(terms.means, weights), []))
    if terms.scenarios is not None:
        outcomes = terms.scenarios.returns @ weights
        each = (_at_risk, _downside, _utility)
        parts += [part(terms, terms.scenarios, outcomes) for part in each]
    total: cp.Expression | float = 0.0
    for value, _ in parts:
        total = total + value
    return total, [limit for _, limits in parts for limit in limits]


def _worst_mean(means: UncertainMeans, weights: "cp.Expression") -> "cp.Expression":
    import cvxpy as cp

    return means.kappa * cp.norm(means.root.T @ weights, 2) - means.means @ weights


def _at_risk(terms: Terms, scenarios: Scenarios, outcomes: "cp.Expression") -> Parts:
    """The edge plus the mean excess over it, least at the value at risk itself."""
    import cvxpy as cp

    if terms.cvar is None:
        return 0.0, []
    edge = cp.Variable()
    excess = scenarios.likely @ cp.pos(-outcomes - edge)
    value = edge + excess / (1 - terms.cvar.level)
    limit = terms.cvar.limit
    return terms.cvar.aversion * value, [] if limit is None else [value <= limit]


def _downside(terms: Terms, scenarios: Scenarios, outcomes: "cp.Expression") -> Parts:
    import cvxpy as cp

    if terms.downside is None:
        return 0.0, []
    short = cp.multiply(np.sqrt(scenarios.likely), cp.pos(terms.downside.floor - outcomes))
    value, limit = cp.norm(short, 2), terms.downside.limit
    return terms.downside.aversion * value, [] if limit is None else [value <= limit]


def _utility(terms: Terms, scenarios: Scenarios, outcomes: "cp.Expression") -> Parts:
    if terms.utility is None:
        return 0.0, []
    return terms.utility.weight * _disutility(terms.utility, scenarios.likely, 1 + outcomes), []


def _disutility(utility: Utility, likely: Array, wealth: "cp.Expression") -> "cp.Expression":
    """- sum p u(wealth), convex."""
    import cvxpy as cp

    a = utility.aversion
    if utility.kind == "log":
        return -(likely @ cp.log(wealth))
    if utility.kind == "exponential":
        return likely @ cp.exp(-a * wealth) / a
    return likely @ cp.power(wealth, 1 - a, approx=False) / (a - 1)
