"""Whether weights keep limits that the procedure which made them does not know of.

A procedure that follows no objective can be told its bounds, and little else. Limits beyond that
are no reason to refuse as long as they happen to be kept; where they are not, nothing is bent to
fit.
"""

import numpy as np

from strategies.risk.model import Array, Covariance, variance
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget

SLACK = 1e-9
"""Breach of a limit, in its own unit or as a share of it, that counts as rounding."""


def refuse_broken(weights: Array, limits: Limits, covariance: Covariance | None, what: str) -> None:
    """Raise ``NoTarget`` with the first limit that ``weights`` (n,), made by ``what``, break."""
    if said := breach(weights, limits, covariance):
        raise NoTarget(
            f"{what} gives {said} is wanted, which it cannot be told: lift that limit, or take a"
            " strategy that minimises something"
        )


def refuse_senseless(limits: Limits, names: int) -> None:
    """Raise ``NoTarget`` for a group or an exposure that does not fit that many names."""
    for group in limits.groups:
        wrong = [member for member in group.members if not 0 <= member < names]
        if wrong:
            raise NoTarget(f"group {group.name}: member {wrong[0]} is not among {names} names")
    for exposure in limits.exposures:
        if exposure.coefficients.shape != (names,):
            shape = exposure.coefficients.shape
            raise NoTarget(f"exposure {exposure.name} has shape {shape}, expected ({names},)")


def breach(weights: Array, limits: Limits, covariance: Covariance | None = None) -> str:
    """The first limit but the bounds that ``weights`` (n,) break, in words; empty where none is.

    Volatility is only looked at where there is a ``covariance``.
    """
    for name, value, least, most in _measures(weights, limits, covariance):
        if value < least - SLACK * max(1.0, abs(least)):
            return f"{name} {value:g}, and at least {least:g}"
        if value > most + SLACK * max(1.0, abs(most)):
            return f"{name} {value:g}, and at most {most:g}"
    return ""


def _measures(
    weights: Array, limits: Limits, covariance: Covariance | None
) -> list[tuple[str, float, float, float]]:
    """Name, value, least and most of every limit there is but the bounds."""
    found = []
    for group in limits.groups:
        inside = float(weights[list(group.members)].sum())
        found.append((f"group {group.name} a weight of", inside, group.lower, group.upper))
    for exposure in limits.exposures:
        at = float(exposure.coefficients @ weights)
        found.append((f"exposure {exposure.name} of", at, exposure.lower, exposure.upper))
    if limits.gross is not None:
        found.append(("gross weights of", float(np.abs(weights).sum()), 0.0, limits.gross))
    if limits.turnover is not None:
        held = np.zeros_like(weights) if limits.current is None else limits.current
        traded = float(np.abs(weights - held).sum())
        found.append(("a turnover of", traded, 0.0, limits.turnover))
    if limits.volatility is not None and covariance is not None:
        sigma = float(np.sqrt(max(0.0, variance(covariance, weights))))
        found.append(("a volatility of", sigma, 0.0, limits.volatility))
    if limits.names_max is not None:
        found.append(("names held:", float((weights != 0).sum()), 0.0, limits.names_max))
    return found
