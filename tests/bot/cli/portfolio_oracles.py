"""What each target strategy should answer, by other means: cone programs, LPs, and plain loops."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations

import cvxpy as cp
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.optimize import linprog

Array = NDArray[np.float64]
Limit = Callable[[cp.Variable, cp.Variable | float], list[cp.Constraint]]
"""Constraints on weights y that sum to k: with k = 1 they are the weights themselves."""

TOLERANCES = (1e-13, 1e-12, 1e-11)
"""How exactly the solver is asked, until it says that it can."""


def long_only(y: cp.Variable, k: cp.Variable | float) -> list[cp.Constraint]:
    return [y >= 0, y <= k]


def long_short(y: cp.Variable, k: cp.Variable | float) -> list[cp.Constraint]:
    return [y >= -k, y <= k]


def gross(lower: float, upper: float, most: float) -> Limit:
    return lambda y, k: [y >= lower * k, y <= upper * k, cp.norm1(y) <= most * k]


def box(lower: float, upper: float) -> Limit:
    return lambda y, k: [y >= lower * k, y <= upper * k]


def _root(covariance: Array) -> Array:
    return np.asarray(np.linalg.cholesky(covariance).T)


def _solved(problem: cp.Problem, weights: cp.Variable) -> Array:
    for tolerance in TOLERANCES:
        with warnings.catch_warnings(), suppress(cp.SolverError):
            warnings.filterwarnings("ignore", message="Solution may be inaccurate")
            problem.solve(
                solver=cp.CLARABEL,
                tol_gap_abs=tolerance,
                tol_gap_rel=tolerance,
                tol_feas=tolerance,
            )
            return np.asarray(weights.value, dtype=np.float64)
    raise AssertionError("the oracle has no answer")


def least_variance(
    covariance: Array,
    limit: Limit = long_only,
    *,
    mean: Array | None = None,
    at_least: float = -np.inf,
) -> Array:
    w = cp.Variable(len(covariance))
    rows = [cp.sum(w) == 1, *limit(w, 1.0)]
    if mean is not None:
        rows.append(mean @ w >= at_least)
    return _solved(cp.Problem(cp.Minimize(cp.sum_squares(_root(covariance) @ w)), rows), w)


def most_return(
    mean: Array, covariance: Array, limit: Limit = long_only, *, volatility: float
) -> Array:
    w = cp.Variable(len(mean))
    rows = [cp.sum(w) == 1, *limit(w, 1.0), cp.norm2(_root(covariance) @ w) <= volatility]
    found = _solved(cp.Problem(cp.Maximize(mean @ w), rows), w)  # its return is exact to 1e-9,
    return least_variance(covariance, limit, mean=mean, at_least=float(mean @ found))  # weights now


def utility(mean: Array, covariance: Array, aversion: float) -> Array:
    w = cp.Variable(len(mean))
    risk = cp.sum_squares(_root(covariance) @ w)
    rows = [cp.sum(w) == 1, *long_only(w, 1.0)]
    return _solved(cp.Problem(cp.Maximize(mean @ w - aversion / 2 * risk), rows), w)


def greatest_ratio(
    gain: Array, covariance: Array, limit: Limit = long_only, *, free: float = 0.0
) -> Array:
    """Of (gain . w - free) to volatility: Charnes and Cooper's change of variables."""
    y, k = cp.Variable(len(gain)), cp.Variable(nonneg=True)
    rows = [cp.sum(y) == k, gain @ y - free * k == 1, *limit(y, k)]
    scaled = _solved(cp.Problem(cp.Minimize(cp.sum_squares(_root(covariance) @ y)), rows), y)
    return scaled / scaled.sum()


def parity(covariance: Array, budgets: Array) -> Array:
    """Least 1/2 y'Cy - sum b ln y, whose solution has contributions in proportion to b."""
    y = cp.Variable(len(covariance))
    value = 0.5 * cp.sum_squares(_root(covariance) @ y) - budgets @ cp.log(y)
    scaled = _solved(cp.Problem(cp.Minimize(value)), y)
    return scaled / scaled.sum()


def hierarchical(covariance: Array, correlation: Array) -> Array:
    """As López de Prado lists it, recursively, by scipy's tree."""
    distance = np.sqrt((1 - correlation) / 2)
    order = leaves_list(linkage(distance[np.triu_indices(len(distance), 1)], "single")).tolist()
    weights = np.ones(len(covariance))

    def risk(names: list[int]) -> float:
        block = covariance[np.ix_(names, names)]
        inverse = 1 / np.diag(block)
        return float((inverse / inverse.sum()) @ block @ (inverse / inverse.sum()))

    def split(names: list[int]) -> None:
        if len(names) == 1:
            return
        left, right = names[: len(names) // 2], names[len(names) // 2 :]
        share = 1 - risk(left) / (risk(left) + risk(right))
        weights[left] *= share
        weights[right] *= 1 - share
        split(left)
        split(right)

    split(order)
    return weights


def pairwise(returns: Array) -> tuple[Array, Array]:
    """Covariance and correlation, each pair by the rows that both have."""
    count = returns.shape[1]
    covariance, correlation = np.empty((count, count)), np.empty((count, count))
    for i in range(count):
        for j in range(count):
            both = np.isfinite(returns[:, i]) & np.isfinite(returns[:, j])
            table = np.cov(returns[both, i], returns[both, j])
            covariance[i, j] = table[0, 1] if i != j else table[0, 0]
            correlation[i, j] = table[0, 1] / np.sqrt(table[0, 0] * table[1, 1])
    return covariance, correlation


def least_tail(returns: Array, level: float) -> tuple[Array, float]:
    """Weights and CVaR by the linear program with a row for every period."""
    periods, count = returns.shape
    costs = np.concatenate([np.zeros(count), [1], np.full(periods, 1 / (1 - level) / periods)])
    rows = np.hstack([-returns, -np.ones((periods, 1)), -np.eye(periods)])
    whole = np.concatenate([np.ones(count), np.zeros(periods + 1)])[None, :]
    bounds = [(0, 1)] * count + [(None, None)] + [(0, None)] * periods
    found = linprog(costs, rows, np.zeros(periods), whole, [1], bounds, method="highs")
    return np.asarray(found.x[:count]), float(found.fun)


def tracked(covariance: Array, benchmark: Array, most: int) -> Array:
    """The best of all choices of ``most`` names."""
    best, value = np.zeros(len(covariance)), np.inf
    for names in combinations(range(len(covariance)), most):
        chosen = list(names)
        w = cp.Variable(most)
        spread = np.eye(len(covariance))[:, chosen]
        error = cp.sum_squares(_root(covariance) @ (spread @ w - benchmark))
        found = _solved(cp.Problem(cp.Minimize(error), [cp.sum(w) == 1, w >= 0]), w)
        weights = spread @ found
        away = weights - benchmark
        if (now := float(away @ covariance @ away)) < value:
            best, value = weights, now
    return best
