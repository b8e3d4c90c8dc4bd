"""A problem with some of its inputs larger or smaller, and what is spared for its own sake.

``Scale`` names the multiples: of costs, taxes, both aversions to risk, and of volatility.
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.problem import Lots, Problem


@dataclass(frozen=True, slots=True)
class Scale:
    """Multiples of what a problem is given; one leaves it as it is."""

    spread: float = 1.0
    impact: float = 1.0
    tax: float = 1.0
    risk: float = 1.0
    volatility: float = 1.0


def scaled(problem: Problem, *, cost: float = 1.0, tax: float = 1.0, risk: float = 1.0) -> Problem:
    """``problem`` with costs, taxes and the aversions to risk so many times as large.

    All at least zero, ``risk`` above it.
    """
    return resized(problem, Scale(spread=cost, impact=cost, tax=tax, risk=risk))


def resized(problem: Problem, scale: Scale) -> Problem:
    """``problem`` with its inputs times ``scale``; volatility makes the covariance its square."""
    return replace(
        problem,
        spread=scale.spread * problem.spread,
        impact=scale.impact * problem.impact,
        lots=tuple(_taxed(lots, scale.tax) for lots in problem.lots),
        risk_aversion=scale.risk * problem.risk_aversion,
        variance_aversion=scale.risk * problem.variance_aversion,
        factors=scale.volatility * problem.factors,
        specific=scale.volatility**2 * problem.specific,
    )


def _taxed(lots: Lots, tax: float) -> Lots:
    return lots if tax == 1 else replace(lots, taxes=tax * lots.taxes)


def roomy(problem: Problem) -> Problem:
    """``problem`` with every name free to rest anywhere from where it is to where it must go."""
    return replace(
        problem,
        lower=np.minimum(problem.lower, problem.current),
        upper=np.maximum(problem.upper, problem.current),
    )


FREE = 1e-9


def is_settled(problem: Problem, grain: float = FREE) -> bool:
    """Whether the bounds leave nothing to choose: no name has more room than ``grain``."""
    return bool((problem.upper - problem.lower).max() <= grain)
