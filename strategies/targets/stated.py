"""A target's question as the programme that ``optimize.active`` answers, and its answer as weights.

All strategies that weigh variance against return go this way, so that all keep the same limits.
"""

from dataclasses import replace

import numpy as np

from strategies.optimize.active import (
    Absolute,
    Aim,
    Answer,
    Quadratic,
    Return,
    Rows,
    Utility,
    Volatility,
    minimise,
)
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, variance
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import repaired, symmetric

VIOLATION_MAX = 1e-9
HAIR = 1e-13
"""Share of each variance by which an array may miss to be a covariance."""
OVER = 1 + 1e-9


def convex(covariance: Covariance) -> tuple[Covariance, tuple[str, ...]]:
    """The covariance, repaired where it is none, and what was done. Raises ``NoTarget``."""
    if isinstance(covariance, FactorModel):
        if (covariance.specific < 0).any():
            raise NoTarget("the factor model has a negative variance")
        return covariance, ()
    same, notes = symmetric(covariance)
    if notes:
        return same, notes
    own = np.diag(covariance)
    try:
        np.linalg.cholesky(covariance + np.diag(HAIR * np.maximum(own, own.max(initial=0.0))))
    except np.linalg.LinAlgError:
        return repaired(covariance)
    return covariance, ()


def state(
    covariance: Covariance,
    limits: Limits,
    *,
    mean: Array | None = None,
    pull: Array | None = None,
) -> Quadratic:
    """The programme within ``limits``; without ``mean`` (n,) or ``pull`` (n,) they are zero."""
    names = len(covariance.specific) if isinstance(covariance, FactorModel) else len(covariance)
    lower, upper = limits.bounds(names)
    return Quadratic(
        covariance=covariance,
        lower=lower,
        upper=upper,
        rows=rows_of(limits, names),
        mean=np.zeros(names) if mean is None else mean,
        pull=np.zeros(names) if pull is None else pull,
        absolute=absolutes_of(limits, names),
    )


def rows_of(limits: Limits, names: int) -> Rows:
    """The budget first, then all groups and all exposures."""
    matrix, low, high = [np.ones(names)], [limits.budget], [limits.budget]
    said = ["budget", *(g.name for g in limits.groups), *(e.name for e in limits.exposures)]
    for group in limits.groups:
        row = np.zeros(names)
        row[list(group.members)] = 1.0
        matrix.append(row)
        low.append(group.lower)
        high.append(group.upper)
    for exposure in limits.exposures:
        matrix.append(exposure.coefficients)
        low.append(exposure.lower)
        high.append(exposure.upper)
    return Rows(np.vstack(matrix), np.array(low), np.array(high), tuple(said))


def absolutes_of(limits: Limits, names: int) -> tuple[Absolute, ...]:
    """Gross exposure and turnover. Raises ``NoTarget`` for a turnover from nowhere."""
    found = []
    if limits.gross is not None:
        found.append(Absolute(np.zeros(names), limits.gross))
    if limits.turnover is not None:
        if limits.current is None:
            raise NoTarget("a limit on turnover needs the weights that are held")
        if abs(limits.current.sum() - limits.budget) > VIOLATION_MAX:
            held = f"{limits.current.sum():g}, not to {limits.budget:g}"
            raise NoTarget(f"turnover is counted from weights that sum to {held}")
        found.append(Absolute(limits.current, limits.turnover))
    return tuple(found)


def answered(quadratic: Quadratic, aim: Aim, limits: Limits, start: Answer | None = None) -> Answer:
    """The point of the frontier, at no more volatility than allowed. Raises ``NoTarget``."""
    answer = _found(minimise(quadratic, aim, start))
    most = limits.volatility
    if most is None or _volatility(quadratic, answer) <= most * OVER:
        return answer
    if isinstance(aim, Return):
        raise NoTarget(
            f"a return of {aim.of:g} takes a volatility of {_volatility(quadratic, answer):.6g},"
            f" and {most:g} is the limit"
        )
    calm = replace(quadratic, pull=np.zeros(quadratic.size))
    least = _volatility(quadratic, _found(minimise(calm, Utility(0.0))))
    if least > most * OVER:
        raise NoTarget(f"no weights within the limits have less volatility than {least:.6g}")
    return _found(minimise(quadratic, Volatility(most), answer))


def _volatility(quadratic: Quadratic, answer: Answer) -> float:
    return float(np.sqrt(max(0.0, variance(quadratic.covariance, answer.weights))))


def _found(answer: Answer) -> Answer:
    if answer.status == "infeasible":
        raise NoTarget(f"no weights keep the limits: {answer.why}")
    if answer.violation > VIOLATION_MAX:
        raise NoTarget(f"the solver breaks a limit by {answer.violation:.2g}: it is not trusted")
    return answer
