"""Views as arrays: checked, those that are ignored left out, and each with the error it has."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, times, variances
from strategies.targets.means.expected import finite
from strategies.targets.refusal import NoTarget

TAU = 0.05
"""As in He and Litterman 1999; about 1 / years of the history behind the equilibrium."""
NO_RISK = 1e-12
"""Variance of a view, relative to that of its names apart, that is none: rounding."""


@dataclass(frozen=True, slots=True)
class Views:
    """k views on n names: ``coefficients`` P (k, n) times the returns are ``values`` Q (k,).

    How sure of them: ``confidence`` (k,), from 0 (ignored) to 1 (certain), by which a view alone
    moves what it is about, as a part of the way (Idzorek, A Step-by-Step Guide to the
    Black-Litterman Model, 2005; omega = tau p C p' (1 - c) / c as Walters, The Black-Litterman
    Model in Detail, 2014, has it); or ``omega``, error variances (k,) or their covariance (k, k).
    Without either each is one half (He and Litterman: omega = tau p C p').
    """

    coefficients: Array
    values: Array
    confidence: Array | None = None
    omega: Array | None = None
    tau: float = TAU


@dataclass(frozen=True, slots=True)
class Heard:
    """Views that are not ignored: ``reach`` is A (n, k), ``numbers`` their places in the list."""

    coefficients: Array
    values: Array
    omega: Array
    reach: Array
    numbers: NDArray[np.intp]


def check(views: Views, names: int) -> None:
    """Raise ``NoTarget`` for arrays that make no sense."""
    finite("view", views.coefficients, dimensions=2)
    finite("view's value", views.values, dimensions=1)
    count = len(views.values)
    if views.coefficients.shape != (count, names):
        raise NoTarget(
            f"views have shape {views.coefficients.shape}, expected {(count, names)}: {count}"
            f" values, {names} names"
        )
    if not 0 < views.tau < np.inf:
        raise NoTarget(f"tau is {views.tau:g}: it has to be above zero")
    if views.confidence is not None and views.omega is not None:
        raise NoTarget("views have both a confidence and an omega: give one of them")
    if views.confidence is not None:
        _check_confidence(views.confidence, count)
    if views.omega is not None:
        _check_omega(views.omega, count)


def _check_confidence(confidence: Array, count: int) -> None:
    finite("confidence", confidence, dimensions=1)
    if confidence.shape != (count,):
        raise NoTarget(f"there are {confidence.size} confidences for {count} views")
    bad = (confidence < 0) | (confidence > 1)
    if bad.any():
        place = int(np.argmax(bad))
        raise NoTarget(f"confidence[{place}] is {confidence[place]:g}: it is from 0 to 1")


def _check_omega(omega: Array, count: int) -> None:
    finite("omega", omega, dimensions=omega.ndim)
    if omega.shape not in {(count,), (count, count)}:
        raise NoTarget(f"omega has shape {omega.shape}, expected {(count,)} or {(count, count)}")
    square = np.diag(omega) if omega.ndim == 1 else omega
    if not np.allclose(square, square.T, rtol=1e-9, atol=0):
        raise NoTarget("omega is not symmetric")
    if count and np.linalg.eigvalsh(square)[0] < -NO_RISK * np.abs(square).max():
        raise NoTarget("omega is no covariance: one of its variances is negative")


def heard(covariance: Covariance, views: Views) -> Heard:
    """The views with a confidence above zero, and how they reach all names."""
    count = len(views.values)
    sure = np.ones(count, bool) if views.confidence is None else views.confidence > 0
    coefficients, numbers = views.coefficients[sure], np.flatnonzero(sure)
    reach = np.zeros((views.coefficients.shape[1], len(numbers)))
    for column, row in enumerate(coefficients):
        reach[:, column] = views.tau * times(covariance, row)
    spread = np.einsum("kn,nk->k", coefficients, reach)
    alone = views.tau * (coefficients**2 @ variances(covariance))
    if (spread <= NO_RISK * alone).any():
        place = int(numbers[np.argmax(spread <= NO_RISK * alone)])
        raise NoTarget(f"view {place} is about no name, or about no risk: nothing follows from it")
    omega = _omega(views, spread, sure)
    return Heard(coefficients, views.values[sure], omega, reach, numbers)


def _omega(views: Views, spread: Array, sure: NDArray[np.bool_]) -> Array:
    """Error covariance of the views, (k, k); ``spread`` is tau p C p' of each."""
    if views.omega is not None:
        return np.diag(views.omega) if views.omega.ndim == 1 else views.omega
    if views.confidence is None:
        return np.diag(spread)
    c = views.confidence[sure]
    return np.diag(spread * (1 - c) / c)
