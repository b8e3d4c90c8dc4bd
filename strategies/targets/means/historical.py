"""Averages of the past as expected returns: shrunk, and with their standard errors.

The error of an average is volatility / sqrt(years), whatever the number of days in them: 9 % a
year for a stock of 20 % after five years, as much as the average itself. A choice by such averages
picks the luckiest names; shrinkage toward one return of all takes part of the luck away.
"""

from datetime import date
from enum import StrEnum

import numpy as np

from strategies.optimize.problem import Array
from strategies.risk.model import Covariance
from strategies.targets.means.expected import Expected, finite
from strategies.targets.means.inverse import solved
from strategies.targets.portfolio import checked
from strategies.targets.refusal import NoTarget

RETURNS_MIN = 2


class Average(StrEnum):
    """Which average of the past."""

    ARITHMETIC = "arithmetic"
    """Mean of simple returns, times the periods of a year: what a mean-variance choice takes."""
    GEOMETRIC = "geometric"
    """Growth of one unit that was held for a year: lower by about half the variance."""


def historical(
    returns: Array,
    *,
    day: date,
    periods: float,
    average: Average = Average.ARITHMETIC,
    shrink: bool = True,
    covariance: Covariance | None = None,
) -> Expected:
    """Averages of simple ``returns`` (T, n), moved toward one of all by Jorion's Bayes-Stein rule.

    ``periods`` is how many of them make a year (252 of days; 1 leaves all figures per period),
    ``day`` the last of them. With Y the averages and Y0 that of the minimum-variance portfolio:

        (1 - phi) Y + phi Y0,   phi = (n + 2) / (n + 2 + T (Y - Y0 1)' C^-1 (Y - Y0 1))

    (Jorion, Bayes-Stein Estimation for Portfolio Analysis, Journal of Financial and Quantitative
    Analysis 21 (1986)). C is ``covariance``, of a year, where it is given, which it has to be where
    T <= n + 2; else the sample's times (T - 1) / (T - n - 2), as there. Of geometric averages this
    is an approximation. ``errors`` is sqrt(variance / years). Raises ``NoTarget``.
    """
    _check(returns, periods)
    values, errors = _averages(returns, periods, average)
    notes = [_how_little(errors, len(returns), periods, average)]
    phi = 0.0
    if shrink:
        chosen = covariance if covariance is not None else _sample(returns, periods)
        values, phi, said = _bayes_stein(values, chosen, len(returns) / periods)
        notes.append(said)
    return Expected(values, f"historical ({average})", day, tuple(notes), errors, phi)


def _check(returns: Array, periods: float) -> None:
    finite("returns", returns, dimensions=2)
    count, names = returns.shape
    if count < RETURNS_MIN or names == 0:
        raise NoTarget(f"{count} returns of {names} names say nothing of their mean")
    if not 0 < periods < np.inf:
        raise NoTarget(f"{periods:g} periods make no year")
    if returns.min() <= -1:
        row, column = np.argwhere(returns <= -1)[0]
        raise NoTarget(
            f"returns[{row}, {column}] = {returns[row, column]:g} leaves nothing to grow"
        )


def _averages(returns: Array, periods: float, average: Average) -> tuple[Array, Array]:
    """Averages of a year and their standard errors, shape (n,) each."""
    growing = np.log1p(returns) if average is Average.GEOMETRIC else returns
    values = periods * growing.mean(axis=0)
    errors = growing.std(axis=0, ddof=1) * (periods / np.sqrt(len(returns)))
    if average is Average.GEOMETRIC:
        return np.expm1(values), np.exp(values) * errors
    return values, errors


def _how_little(errors: Array, count: int, periods: float, average: Average) -> str:
    unit = "period" if periods == 1 else "year"
    return (
        f"{average} averages of {count} returns ({count / periods:.3g} {unit}s): their standard"
        f" error is {np.median(errors):.2%} a {unit} for the median name"
    )


def _sample(returns: Array, periods: float) -> Array:
    """The sample's covariance of a year, (n, n), as the rule wants it."""
    count, names = returns.shape
    if count <= names + 2:
        raise NoTarget(
            f"{count} returns of {names} names cannot be shrunk by their own covariance: give more"
            ' history, or another covariance (covariance = "factors")'
        )
    unbiased = np.atleast_2d(np.cov(returns, rowvar=False))
    return np.asarray(periods * unbiased * ((count - 1) / (count - names - 2)), dtype=np.float64)


def _bayes_stein(values: Array, covariance: Covariance, years: float) -> tuple[Array, float, str]:
    """Shrunk averages (n,), phi, and what was done."""
    names = checked(covariance, values)
    both = solved(covariance, np.column_stack([np.ones(names), values]))
    centre = float(both[:, 1].sum() / both[:, 0].sum())
    apart = both[:, 1] - centre * both[:, 0]
    distance = years * max(0.0, float((values - centre) @ apart))
    phi = (names + 2) / (names + 2 + distance)
    said = (
        f"shrunk by {phi:.0%} toward {centre:.2%}, the mean of the minimum-variance portfolio"
        " (Jorion 1986)"
    )
    return (1 - phi) * values + phi * centre, phi, said
