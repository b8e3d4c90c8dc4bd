"""Covariances for tests of target strategies: published examples, and random nasty ones."""

import numpy as np

from strategies.risk.model import Array, FactorModel


def covariance_of(volatility: list[float], correlations: dict[tuple[int, int], float]) -> Array:
    """From volatilities, and correlations of names that are counted from one."""
    sigma, matrix = np.array(volatility), np.eye(len(volatility))
    for (first, second), rho in correlations.items():
        matrix[first - 1, second - 1] = matrix[second - 1, first - 1] = rho
    return np.asarray(np.outer(sigma, sigma) * matrix, dtype=np.float64)


FOUR = covariance_of(
    [0.20, 0.30, 0.40, 0.10],
    {(1, 2): 0.30, (1, 3): 0.70, (1, 4): 0.10, (2, 3): 0.50, (2, 4): 0.15, (3, 4): 0.05},
)
"""A worked example of four assets."""

FIVE = covariance_of(
    [0.15, 0.18, 0.165, 0.075, 0.14],
    dict(
        zip(
            [(1, 2), (1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5), (3, 4), (3, 5), (4, 5)],
            [0.75, 0.65, 0.25, 0.50, 0.70, 0.10, 0.55, 0.20, 0.45, 0.15],
            strict=True,
        )
    ),
)
"""A worked example of five."""

EIGHT = np.outer(
    np.array([0.05, 0.05, 0.07, 0.1, 0.15, 0.15, 0.15, 0.18]),
    np.array([0.05, 0.05, 0.07, 0.1, 0.15, 0.15, 0.15, 0.18]),
) * (
    np.array(
        [
            [100, 80, 60, -20, -10, -20, -20, -20],
            [80, 100, 40, -20, -20, -10, -20, -20],
            [60, 40, 100, 50, 30, 20, 20, 30],
            [-20, -20, 50, 100, 60, 60, 50, 60],
            [-10, -20, 30, 60, 100, 90, 70, 70],
            [-20, -10, 20, 60, 90, 100, 60, 70],
            [-20, -20, 20, 50, 70, 60, 100, 70],
            [-20, -20, 30, 60, 70, 70, 70, 100],
        ]
    )
    / 100
)
"""Eight asset classes of Richard and Roncalli, Constrained Risk Budgeting Portfolios (2019)."""


def model(seed: int, names: int, factors: int = 6) -> FactorModel:
    """A market factor and some more."""
    random = np.random.default_rng(seed)
    loadings = random.normal(0, 0.05, (names, factors))
    loadings[:, 0] = random.normal(0.16, 0.05, names)
    return FactorModel(loadings, (0.22 * np.exp(random.normal(0, 0.35, names))) ** 2)


def dense(covariance: FactorModel) -> Array:
    """The same as an array, shape (n, n)."""
    return np.asarray(covariance.loadings @ covariance.loadings.T + np.diag(covariance.specific))


KINDS = (
    "fewer days than names",
    "many days",
    "thirty days",
    "two days",
    "a near duplicate",
    "a perfect hedge",
    "volatilities of many sizes",
    "a near hedge",
)


def nasty(seed: int, most: int = 60) -> Array:
    """The sample covariance of returns of a kind that is hard on a method; the kind by the seed."""
    random, kind = np.random.default_rng(seed), KINDS[seed % len(KINDS)]
    names = int(random.integers(2, most))
    days = {
        "fewer days than names": names // 2 + 2,
        "many days": 3 * names,
        "thirty days": 30,
        "two days": 2,
    }.get(kind, 2 * names)
    own = random.normal(0, 0.01, (days, names)) * np.exp(random.normal(0, 1, names))
    returns = own + random.normal(0, 0.01, (days, 1)) * random.uniform(0, 2, names)
    if kind == "a near duplicate":
        returns[:, -1] = returns[:, 0] * (1 + 1e-9) + random.normal(0, 1e-12, days)
    elif kind == "a perfect hedge":
        returns[:, -1] = -returns[:, 0]
    elif kind == "volatilities of many sizes":
        returns *= np.exp(random.normal(0, 3, names))
    elif kind == "a near hedge":
        returns[:, -1] = -returns[:, 0] + random.normal(0, 1e-7, days)
    return np.asarray(np.cov(returns.T) * 252, dtype=np.float64)
