"""Whether terms make sense beside their problem; the first fault is named with its place."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.cone.terms import (
    Downside,
    Scenarios,
    Terms,
    UncertainCovariance,
    UncertainMeans,
    Utility,
    ValueAtRisk,
)
from strategies.optimize.problem import Array, BadProblem, Problem

CHANCE_SLACK = 1e-9
"""By how much chances may miss one in sum: what is left of rounding."""
UTILITIES = ("log", "power", "exponential")
TWO_DIMENSIONS = 2


def check_terms(problem: Problem, terms: Terms) -> None:
    """Raise ``BadProblem`` for the first thing that makes no sense."""
    if terms.scenarios is not None:
        _check_scenarios(problem, terms.scenarios)
        _check_over_scenarios(terms, terms.scenarios)
    else:
        for name in ("cvar", "downside", "utility"):
            if getattr(terms, name) is not None:
                raise BadProblem(f"{name}: there are no scenarios to take it over")
    if terms.means is not None:
        _check_means(problem, terms.means)
    if terms.covariance is not None:
        _check_covariance(terms.covariance)


def _check_scenarios(problem: Problem, scenarios: Scenarios) -> None:
    returns = scenarios.returns
    if returns.ndim != TWO_DIMENSIONS or returns.shape[1] != problem.size or not len(returns):
        shape = f"(scenarios, {problem.size})"
        raise BadProblem(f"scenarios.returns: shape {returns.shape}, expected {shape}")
    _check_numbers("scenarios.returns", returns)
    if scenarios.chances is None:
        return
    chances = scenarios.chances
    if chances.shape != (len(returns),):
        expected = (len(returns),)
        raise BadProblem(f"scenarios.chances: shape {chances.shape}, expected {expected}")
    _check_numbers("scenarios.chances", chances)
    _refuse("scenarios.chances", chances, chances < 0, "is negative")
    if abs(float(chances.sum()) - 1.0) > CHANCE_SLACK:
        raise BadProblem(f"scenarios.chances: they sum to {float(chances.sum()):.9g}, not to 1")


def _check_over_scenarios(terms: Terms, scenarios: Scenarios) -> None:
    if terms.cvar is not None:
        _check_cvar(terms.cvar)
    if terms.downside is not None:
        _check_downside(terms.downside)
    if terms.utility is not None:
        _check_utility(terms.utility, scenarios)


def _check_cvar(cvar: ValueAtRisk) -> None:
    _check_scalar("cvar.level", cvar.level, lambda level: 0 < level < 1, "between 0 and 1")
    _check_risk("cvar", cvar.aversion, cvar.limit)


def _check_downside(downside: Downside) -> None:
    _check_scalar("downside.floor", downside.floor, np.isfinite, "a finite number")
    _check_risk("downside", downside.aversion, downside.limit)
    if downside.limit is not None and downside.limit < 0:
        raise BadProblem(f"downside.limit = {downside.limit:g} is negative: no plan can keep it")


def _check_risk(name: str, aversion: float, limit: float | None) -> None:
    _check_scalar(f"{name}.aversion", aversion, _is_amount, "zero or more")
    if limit is not None:
        _check_scalar(f"{name}.limit", limit, np.isfinite, "a finite number")
    if limit is None and aversion == 0:
        raise BadProblem(f"{name}: neither an aversion nor a limit; leave it out")


def _check_utility(utility: Utility, scenarios: Scenarios) -> None:
    if utility.kind not in UTILITIES:
        raise BadProblem(f"utility.kind = {utility.kind!r} is none of {', '.join(UTILITIES)}")
    _check_scalar("utility.weight", utility.weight, _is_above_zero, "above zero")
    if utility.kind != "log":
        _check_scalar("utility.aversion", utility.aversion, _is_above_zero, "above zero")
    if utility.kind == "power" and utility.aversion == 1:
        raise BadProblem('utility.aversion = 1 is logarithmic utility: kind "log"')
    if utility.kind != "exponential":
        why = f"loses everything: {utility.kind} utility needs returns above -1"
        _refuse("scenarios.returns", scenarios.returns, scenarios.returns <= -1, why)


def _check_means(problem: Problem, means: UncertainMeans) -> None:
    if means.means.shape != (problem.size,):
        raise BadProblem(f"means.means: shape {means.means.shape}, expected ({problem.size},)")
    if means.root.ndim != TWO_DIMENSIONS or len(means.root) != problem.size:
        shape = f"({problem.size}, any)"
        raise BadProblem(f"means.root: shape {means.root.shape}, expected {shape}")
    _check_numbers("means.means", means.means)
    _check_numbers("means.root", means.root)
    _check_scalar("means.kappa", means.kappa, _is_amount, "zero or more")


def _check_covariance(covariance: UncertainCovariance) -> None:
    for name in ("radius", "specific"):
        value: float = getattr(covariance, name)
        _check_scalar(f"covariance.{name}", value, _is_amount, "zero or more")


def _is_amount(value: float) -> bool:
    return bool(0 <= value < np.inf)


def _is_above_zero(value: float) -> bool:
    return bool(0 < value < np.inf)


def _check_scalar(place: str, value: float, good: Callable[[float], bool], wanted: str) -> None:
    if not good(value):
        raise BadProblem(f"{place} = {value:g} is not {wanted}")


def _check_numbers(place: str, array: Array) -> None:
    if array.dtype != np.float64:
        raise BadProblem(f"{place}: holds {array.dtype}, expected float64")
    _refuse(place, array, ~np.isfinite(array), "is not finite")


def _refuse(place: str, array: Array, bad: NDArray[np.bool_], fault: str) -> None:
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        where = ", ".join(str(i) for i in index)
        raise BadProblem(f"{place}[{where}] = {array[index]:g} {fault}")
