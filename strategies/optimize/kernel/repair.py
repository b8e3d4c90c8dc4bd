"""From the dual's answer to weights that keep the bounds and the budget exactly."""

import numpy as np

from strategies.optimize.problem import Array, Problem

ROUNDS_MAX = 20
EXACT = 1e-15


def repair(problem: Problem, weights: Array, slope: Array) -> Array:
    """``weights`` within the bounds and summing to the budget, moved where it costs least.

    What is missing goes to names in proportion to ``slope`` (n,), the answer of each to a change
    of price, as far as their bounds allow; then to whoever has room.
    """
    fixed = np.clip(weights, problem.lower, problem.upper)
    for share in (slope, np.ones_like(slope)):
        fixed = _spread_out(problem, fixed, share)
    return fixed


def _spread_out(problem: Problem, weights: Array, share: Array) -> Array:
    for _ in range(ROUNDS_MAX):
        missing = problem.budget - float(weights.sum())
        if abs(missing) <= EXACT:
            break
        room = problem.upper - weights if missing > 0 else weights - problem.lower
        taking = np.where(room > 0, share, 0.0)
        total = float(taking.sum())
        if total <= 0:
            break
        weights = np.clip(weights + missing * taking / total, problem.lower, problem.upper)
    return weights
