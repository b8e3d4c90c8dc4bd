"""What a strategy answers: weights, what is expected of them, and the proof that they are best.

Nothing is annualised here: figures have the period of the means and the covariance given.
"""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, size, variance
from strategies.targets.refusal import NoTarget


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Weights (n,) with their figures; None where no means were given.

    ``gap`` is the solver's certificate: how much the objective can still gain at most, relative to
    it; zero where the weights follow from a procedure and not from an objective. ``notes`` are
    sentences for a person.
    """

    weights: Array
    expected_return: float | None
    volatility: float
    sharpe: float | None
    gap: float
    notes: tuple[str, ...] = ()


def portfolio(
    weights: Array,
    covariance: Covariance,
    *,
    mean: Array | None = None,
    risk_free: float = 0.0,
    gap: float = 0.0,
    notes: tuple[str, ...] = (),
) -> Portfolio:
    """``weights`` (n,) with their figures from ``mean`` (n,) and ``covariance``."""
    sigma = float(np.sqrt(max(0.0, variance(covariance, weights))))
    expected = None if mean is None else float(mean @ weights)
    sharpe = None if expected is None or sigma == 0 else (expected - risk_free) / sigma
    return Portfolio(weights, expected, sigma, sharpe, gap, notes)


def checked(covariance: Covariance, mean: Array | None = None) -> int:
    """Number of names, once the arrays make sense. Raises ``NoTarget`` that names the place."""
    names = size(covariance)
    if names == 0:
        raise NoTarget("no name is wanted")
    arrays = {"mean": mean} if mean is not None else {}
    if isinstance(covariance, np.ndarray):
        arrays["covariance"] = covariance
        shapes = {"mean": (names,), "covariance": (names, names)}
    else:
        arrays |= {"loadings": covariance.loadings, "specific": covariance.specific}
        shapes = {
            "mean": (names,),
            "loadings": (names, covariance.loadings.shape[-1]),
            "specific": (names,),
        }
    for what, array in arrays.items():
        if array.shape != shapes[what]:
            raise NoTarget(f"{what} has shape {array.shape}, expected {shapes[what]}")
        if not np.isfinite(array).all():
            place = ", ".join(str(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise NoTarget(f"{what}[{place}] is not a finite number")
    return names
