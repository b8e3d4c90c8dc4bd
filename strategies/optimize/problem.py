"""The rebalancing problem in arrays, and whether it makes sense.

Weights are shares of net asset value, costs and taxes are dollars per dollar of net asset value,
risk is annual. With w the weights after the trades, t the target, x = w - current and
Cov = B B' + diag(D):

    minimise    risk_aversion (w-t)' Cov (w-t)                 tracking error, squared
                + variance_aversion w' Cov w                   variance itself
                + sum_i spread_i |x_i|                         half spread, commission and fees
                + sum_i impact_i |x_i|^exponent                square-root law: 3/2
                + sum_i tax of the lots sold                   in the order in which they are sold
                + sum_i borrow_i max(-w_i, 0)                  the lender's fee on what is short
                - sum_i reward_i w_i                           expected return
                + sum_i opportunity_i |w_i - t_i|              return missed by what is not done
                + sum_i closeness_i (w_i - t_i)^2              a wish to be near the target
                + sum_j tilt_j.weight (a_j . w - level_j)^2    factor tilts, style, net buying
    subject to  sum w = sum current,  lower <= w <= upper,
                group.lower <= sum of w over group.members <= group.upper,
                exposure.lower <= a . w <= exposure.upper,
                sum |x| <= turnover,  sum |w| <= gross,
                sqrt((w-t)' Cov (w-t)) <= tracking_error,  sqrt(w' Cov w) <= volatility

Every term but the first may be left out. What a kernel cannot take (an exponent other than 3/2,
scenarios, utilities, uncertain means) is stated to the cone solver: ``cone``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

UNLIMITED = float("inf")
SHORT = 2**16
SQUARE_ROOT_LAW = 1.5
"""Exponent of the impact for which the kernel has a closed form."""
EXPONENT_MAX = 3.0


@dataclass(frozen=True, slots=True)
class Group:
    """Names whose weights together stay within [lower, upper]; infinite where there is no limit.

    ``members`` are indices of names, each at most once.
    """

    name: str
    members: tuple[int, ...]
    lower: float = -UNLIMITED
    upper: float = UNLIMITED


@dataclass(frozen=True, slots=True)
class Exposure:
    """A limit on a factor: lower <= coefficients . w <= upper; ``coefficients`` has shape (n,)."""

    name: str
    coefficients: Array
    lower: float = -UNLIMITED
    upper: float = UNLIMITED


@dataclass(frozen=True, slots=True)
class Tilt:
    """A wish rather than a limit: weight x (coefficients . w - level)^2, a share of NAV.

    A factor tilt has the factor's exposures as ``coefficients`` (n,); style consistency the
    difference between two styles and the level of today; a balance of buying and selling a one for
    each name but cash, and what they hold now as ``level``.
    """

    name: str
    coefficients: Array
    level: float
    weight: float


@dataclass(frozen=True, slots=True)
class Lots:
    """Tax lots of the name with index ``name``.

    ``weights``, shape (L,), are their shares of NAV; ``taxes``, shape (L,), the tax per dollar
    sold, below zero for a loss. They are sold in order of tax, lowest first, as a sale that can
    name its lots does; with ``in_order`` in the order in which they stand here, as a broker does
    who relieves them by a rule of his own. What is sold beyond them pays as the dearest lot does,
    and at least nothing.
    """

    name: int
    weights: Array
    taxes: Array
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What to minimise, and within which limits. All of shape (n,) except ``factors`` (n, k).

    ``spread`` is the one-way cost per dollar traded, ``impact`` the coefficient of |x|^exponent,
    ``turnover`` limits sum |x| (purchases plus sales), ``tracking_error`` and ``volatility`` are
    annual, ``gross`` limits sum |w| (130/30: 1.6). ``reward``, ``borrow`` and ``opportunity`` are
    per unit of weight over the horizon for which the costs are weighed against the risk. A name
    that must not trade has lower = upper = current, one that must not be bought upper = current.
    ``cash`` is the index of the name whose trades count for no turnover; None where all do.
    """

    current: Array
    target: Array
    factors: Array
    specific: Array
    spread: Array
    impact: Array
    lower: Array
    upper: Array
    risk_aversion: float
    lots: tuple[Lots, ...] = ()
    groups: tuple[Group, ...] = ()
    turnover: float | None = None
    tracking_error: float | None = None
    variance_aversion: float = 0.0
    volatility: float | None = None
    gross: float | None = None
    exposures: tuple[Exposure, ...] = ()
    tilts: tuple[Tilt, ...] = ()
    reward: Array | None = None
    borrow: Array | None = None
    opportunity: Array | None = None
    closeness: Array | None = None
    exponent: float = SQUARE_ROOT_LAW
    cash: int | None = None

    @property
    def size(self) -> int:
        """Number of names, n."""
        return len(self.current)

    @property
    def budget(self) -> float:
        """Sum that the weights keep."""
        return float(self.current.sum())


@dataclass(frozen=True, slots=True)
class LotTable:
    """All lots in rows, by name and then as they are sold. All arrays have shape (rows,).

    ``first`` is the row of the lot of the same name that is sold first.
    """

    names: NDArray[np.intp]
    weights: Array
    taxes: Array
    first: NDArray[np.intp]


def lot_table(lots: tuple[Lots, ...]) -> LotTable:
    """The lots of all names in one table."""
    if not lots:
        nothing = np.empty(0, dtype=np.intp)
        return LotTable(nothing, np.empty(0), np.empty(0), nothing)
    names = np.array([each.name for each in lots], dtype=np.intp)
    sizes = np.array([each.weights.size for each in lots], dtype=np.intp)
    weights = np.concatenate([each.weights for each in lots])
    taxes = np.concatenate([each.taxes for each in lots])
    every = np.repeat(names, sizes)
    order = _order(every, _ranks(lots, sizes, taxes))
    by_name = np.argsort(names)
    many = sizes[by_name]
    first = np.repeat(np.cumsum(many) - many, many)
    return LotTable(every[order], weights[order], taxes[order], first)


def _ranks(lots: tuple[Lots, ...], sizes: NDArray[np.intp], taxes: Array) -> Array:
    """What the lots of one name are sorted by: their tax, or their place where that is given."""
    fixed = [each.in_order for each in lots]
    if not any(fixed):
        return taxes
    places = np.concatenate([np.arange(size, dtype=np.float64) for size in sizes.tolist()])
    return np.where(np.repeat(fixed, sizes), places, taxes)


def _order(names: NDArray[np.intp], ranks: Array) -> NDArray[np.intp] | slice:
    """By name and rank; to see that lots come sorted is quicker than to sort them."""
    same, later = names[1:] == names[:-1], names[1:] > names[:-1]
    if bool(np.all(later | (same & (ranks[1:] >= ranks[:-1])))):
        return slice(None)
    by_tax = np.argsort(ranks)
    short = np.uint16 if int(names.max()) < SHORT else np.intp  # which NumPy sorts by radix
    return by_tax[np.argsort(names[by_tax].astype(short), kind="stable")]


class BadProblem(Exception):
    """The problem makes no sense; the message names the array and the index."""


VECTORS = ("current", "target", "specific", "spread", "impact", "lower", "upper")
OPTIONAL_VECTORS = ("reward", "borrow", "opportunity", "closeness")
NEVER_NEGATIVE = ("specific", "spread", "impact", "borrow", "opportunity", "closeness")


def check(problem: Problem) -> LotTable:
    """Raise ``BadProblem`` for the first thing that makes no sense; the lots in one table."""
    if problem.size == 0:
        raise BadProblem("current: there are no names")
    given = [name for name in OPTIONAL_VECTORS if getattr(problem, name) is not None]
    for name in (*VECTORS, *given):
        _check_array(name, getattr(problem, name), (problem.size,))
    if problem.factors.ndim != 2:  # noqa: PLR2004 - a matrix
        raise BadProblem(f"factors: {problem.factors.ndim} dimensions, expected 2")
    _check_array("factors", problem.factors, (problem.size, problem.factors.shape[1]))
    for name in NEVER_NEGATIVE:
        if (values := getattr(problem, name)) is not None:
            _refuse(name, values, values < 0, "is negative")
    crossed = problem.lower > problem.upper
    _refuse("lower", problem.lower, crossed, "is above upper")
    _check_scalars(problem)
    _check_groups(problem)
    _check_rows(problem)
    return _check_lots(problem)


def _check_array(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.dtype != np.float64:
        raise BadProblem(f"{name}: holds {array.dtype}, expected float64")
    if array.shape != shape:
        raise BadProblem(f"{name}: shape {array.shape}, expected {shape}")
    _refuse(name, array, ~np.isfinite(array), "is not finite")


def _refuse(name: str, array: Array, bad: NDArray[np.bool_], fault: str) -> None:
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        place = ", ".join(str(i) for i in index)
        raise BadProblem(f"{name}[{place}] = {array[index]:g} {fault}")


def _check_scalars(problem: Problem) -> None:
    for name in ("risk_aversion", "variance_aversion"):
        if not 0 <= getattr(problem, name) < UNLIMITED:
            raise BadProblem(f"{name} = {getattr(problem, name):g} is negative or no number")
    if problem.risk_aversion + problem.variance_aversion <= 0:
        raise BadProblem("risk_aversion = 0: without an aversion to risk there is nothing to weigh")
    if problem.cash is not None and not 0 <= problem.cash < problem.size:
        raise BadProblem(f"cash = {problem.cash} is not among {problem.size} names")
    if not 1 < problem.exponent <= EXPONENT_MAX:
        raise BadProblem(f"exponent = {problem.exponent:g} is not above 1 and at most 3")
    _check_limits(problem)


def _check_limits(problem: Problem) -> None:
    for name in ("turnover", "gross"):
        limit = getattr(problem, name)
        if limit is not None and not 0 <= limit < UNLIMITED:
            raise BadProblem(f"{name} = {limit:g} is not a limit")
    for name in ("tracking_error", "volatility"):
        limit = getattr(problem, name)
        if limit is not None and not 0 < limit < UNLIMITED:
            raise BadProblem(f"{name} = {limit:g} is not above zero")


def _check_rows(problem: Problem) -> None:
    """Exposures and tilts."""
    for exposure in problem.exposures:
        place = f"exposures[{exposure.name}]"
        _check_array(f"{place}.coefficients", exposure.coefficients, (problem.size,))
        _check_sides(place, exposure.lower, exposure.upper)
    for tilt in problem.tilts:
        place = f"tilts[{tilt.name}]"
        _check_array(f"{place}.coefficients", tilt.coefficients, (problem.size,))
        if not (0 < tilt.weight < UNLIMITED and abs(tilt.level) < UNLIMITED):
            raise BadProblem(f"{place}: weight {tilt.weight:g} and level {tilt.level:g} make none")


def _check_sides(place: str, lower: float, upper: float) -> None:
    if np.isnan(lower) or np.isnan(upper):
        raise BadProblem(f"{place}: a limit is not a number")
    if lower > upper:
        raise BadProblem(f"{place}: lower {lower:g} is above upper {upper:g}")


def _check_groups(problem: Problem) -> None:
    for group in problem.groups:
        place = f"groups[{group.name}]"
        _check_sides(place, group.lower, group.upper)
        if len(set(group.members)) < len(group.members):
            raise BadProblem(f"{place}: a member is named twice")
        for member in (min(group.members, default=0), max(group.members, default=0)):
            if not 0 <= member < problem.size:
                raise BadProblem(f"{place}: member {member} is not among {problem.size} names")


def _check_lots(problem: Problem) -> LotTable:
    names = [lots.name for lots in problem.lots]
    if names and not 0 <= min(names) <= max(names) < problem.size:
        wrong = next(name for name in names if not 0 <= name < problem.size)
        raise BadProblem(f"lots: name {wrong} is not among {problem.size} names")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadProblem(f"lots: name {twice} has two entries")
    for lots in problem.lots:
        if lots.weights.shape != lots.taxes.shape or lots.weights.ndim != 1:
            shapes = f"{lots.weights.shape} weights, {lots.taxes.shape} taxes"
            raise BadProblem(f"lots[{lots.name}]: {shapes}, expected one row of each")
    table = lot_table(problem.lots)
    for name, values in (("weights", table.weights), ("taxes", table.taxes)):
        if not np.isfinite(values).all():
            _refuse_lot(name, table, values, ~np.isfinite(values), "is not finite")
    if table.weights.size and table.weights.min() < 0:
        _refuse_lot("weights", table, table.weights, table.weights < 0, "is negative")
    return table


def _refuse_lot(
    name: str, table: LotTable, values: Array, bad: NDArray[np.bool_], fault: str
) -> None:
    first = int(np.argmax(bad))
    raise BadProblem(f"lots[{table.names[first]}].{name} = {values[first]:g} {fault}")


def one_sided(problem: Problem) -> NDArray[np.bool_]:
    """Names whose bounds let them only be sold or only be bought, shape (n,)."""
    return (problem.upper <= problem.current) | (problem.lower >= problem.current)
