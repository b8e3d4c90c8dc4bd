"""Published problems, worked examples and an independent solver to hold strategies against."""

import csv
import gzip
from pathlib import Path

import cvxpy as cp
import numpy as np

from strategies.optimize.problem import Array
from strategies.targets.limits import Limits

PUBLISHED = Path(__file__).parent / "published"


def stocks() -> tuple[tuple[str, ...], Array, Array]:
    """Names, mean (20,) and covariance (20, 20) of PyPortfolioOpt's twenty stocks."""
    with (PUBLISHED / "mean.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    with (PUBLISHED / "covariance.csv").open(encoding="utf-8") as file:
        matrix = list(csv.reader(file))[1:]
    names = tuple(row[0] for row in rows)
    assert names == tuple(row[0] for row in matrix)
    mean = np.array([float(row[1]) for row in rows])
    return names, mean, np.array([[float(cell) for cell in row[1:]] for row in matrix])


def market(number: int) -> tuple[Array, Array]:
    """Mean (n,) and covariance (n, n) of a market of the OR-Library."""
    numbers = np.array(_words(f"port{number}.txt.gz"), dtype=float)
    n = int(numbers[0])
    moments = numbers[1 : 1 + 2 * n].reshape(n, 2)
    correlation = np.eye(n)
    for i, j, value in numbers[1 + 2 * n :].reshape(-1, 3):
        correlation[int(i) - 1, int(j) - 1] = correlation[int(j) - 1, int(i) - 1] = value
    return moments[:, 0], correlation * np.outer(moments[:, 1], moments[:, 1])


def published_frontier(number: int) -> Array:
    """Return and variance of 2,000 points, shape (2000, 2), the least return first."""
    return np.array(_words(f"portef{number}.txt.gz"), dtype=float).reshape(-1, 2)[::-1]


def _words(name: str) -> list[str]:
    with gzip.open(PUBLISHED / name, "rt", encoding="utf-8") as file:
        return file.read().split()


def four_assets() -> tuple[Array, Array]:
    """Mean (4,) and covariance (4, 4) of a worked example."""
    correlation = np.eye(4)
    pairs = {(0, 1): 0.30, (0, 2): 0.70, (0, 3): 0.10, (1, 2): 0.50, (1, 3): 0.15, (2, 3): 0.05}
    for (i, j), value in pairs.items():
        correlation[i, j] = correlation[j, i] = value
    sigma = np.array([0.20, 0.30, 0.40, 0.10])
    return np.array([0.12, 0.15, 0.18, 0.05]), correlation * np.outer(sigma, sigma)


def least_variance(
    covariance: Array,
    limits: Limits,
    *,
    mean: Array | None = None,
    price: float = 0.0,
    at_least: float | None = None,
    pull: Array | None = None,
) -> float:
    """Least 1/2 w'Cw - pull.w - price mean.w within ``limits``, by cvxpy and Clarabel."""
    n = len(covariance)
    w = cp.Variable(n)
    lower, upper = limits.bounds(n)
    rules = [cp.sum(w) == limits.budget, w >= lower, w <= upper]
    if limits.gross is not None:
        rules.append(cp.norm1(w) <= limits.gross)
    if limits.turnover is not None:
        rules.append(cp.norm1(w - limits.current) <= limits.turnover)
    for group in limits.groups:
        inside = cp.sum(w[list(group.members)])
        rules += [inside >= group.lower, inside <= group.upper]
    for exposure in limits.exposures:
        at = exposure.coefficients @ w
        rules += [at >= exposure.lower, at <= exposure.upper]
    if at_least is not None and mean is not None:
        rules.append(mean @ w >= at_least)
    objective = 0.5 * cp.quad_form(w, cp.psd_wrap(covariance))
    if mean is not None and price:
        objective -= price * (mean @ w)
    if pull is not None:
        objective -= pull @ w
    problem = cp.Problem(cp.Minimize(objective), rules)
    problem.solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-13, tol_gap_rel=1e-12, tol_feas=1e-12, max_iter=200
    )
    assert problem.status == "optimal", problem.status
    return float(problem.value)
