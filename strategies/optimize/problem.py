"""The rebalancing problem in arrays, and whether it makes sense.

Weights are shares of net asset value, costs and taxes are dollars per dollar of net asset value,
risk is annual. With w the weights after the trades, t the target and x = w - current:

    minimise    risk_aversion (w-t)'(B B' + diag(D))(w-t)      tracking error, squared
                + sum_i spread_i |x_i|                         half spread, commission and fees
                + sum_i impact_i |x_i|^1.5                     square-root law
                + sum_i tax of the lots sold, the cheapest first
    subject to  sum w = sum current,  lower <= w <= upper,
                group.lower <= sum of w over group.members <= group.upper,
                sum |x| <= turnover,  sqrt((w-t)'(B B' + diag(D))(w-t)) <= tracking_error
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

UNLIMITED = float("inf")
SHORT = 2**16


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
class Lots:
    """Tax lots of the name with index ``name``.

    ``weights``, shape (L,), are their shares of NAV; ``taxes``, shape (L,), the tax per dollar
    sold, below zero for a loss. They are sold in order of tax, lowest first. What is sold beyond
    them pays as the dearest lot does, and at least nothing.
    """

    name: int
    weights: Array
    taxes: Array


@dataclass(frozen=True, slots=True)
class Problem:
    """What to minimise, and within which limits. All of shape (n,) except ``factors`` (n, k).

    ``spread`` is the one-way cost per dollar traded, ``impact`` the coefficient of |x|^1.5,
    ``turnover`` limits sum |x| (purchases plus sales), ``tracking_error`` is annual. A name that
    must not trade has lower = upper = current.
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
    """All lots in rows, by name and then by tax, lowest first. All arrays have shape (rows,).

    ``first`` is the row of the cheapest lot of the same name.
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
    names = np.repeat([each.name for each in lots], [len(each.weights) for each in lots])
    weights = np.concatenate([each.weights for each in lots])
    taxes = np.concatenate([each.taxes for each in lots])
    order = _order(names, taxes)
    names = names[order]
    first = np.searchsorted(names, names, side="left")
    return LotTable(names, weights[order], taxes[order], first)


def _order(names: NDArray[np.intp], taxes: Array) -> NDArray[np.intp] | slice:
    """By name and tax; to see that lots come sorted is quicker than to sort them."""
    same, later = names[1:] == names[:-1], names[1:] > names[:-1]
    if bool(np.all(later | (same & (taxes[1:] >= taxes[:-1])))):
        return slice(None)
    by_tax = np.argsort(taxes)
    short = np.uint16 if int(names.max()) < SHORT else np.intp  # which NumPy sorts by radix
    return by_tax[np.argsort(names[by_tax].astype(short), kind="stable")]


class BadProblem(Exception):
    """The problem makes no sense; the message names the array and the index."""


VECTORS = ("current", "target", "specific", "spread", "impact", "lower", "upper")
NEVER_NEGATIVE = ("specific", "spread", "impact")


def check(problem: Problem) -> LotTable:
    """Raise ``BadProblem`` for the first thing that makes no sense or cannot be solved at once.

    What ``check_values`` asks, and that no loss pays for being sold and bought back.
    """
    table = check_values(problem)
    _refuse_washes(problem, table)
    return table


def check_values(problem: Problem) -> LotTable:
    """Raise ``BadProblem`` for the first thing that makes no sense; the lots in one table."""
    if problem.size == 0:
        raise BadProblem("current: there are no names")
    for name in VECTORS:
        _check_array(name, getattr(problem, name), (problem.size,))
    if problem.factors.ndim != 2:  # noqa: PLR2004 - a matrix
        raise BadProblem(f"factors: {problem.factors.ndim} dimensions, expected 2")
    _check_array("factors", problem.factors, (problem.size, problem.factors.shape[1]))
    for name in NEVER_NEGATIVE:
        _refuse(name, getattr(problem, name), getattr(problem, name) < 0, "is negative")
    crossed = problem.lower > problem.upper
    _refuse("lower", problem.lower, crossed, "is above upper")
    _check_scalars(problem)
    _check_groups(problem)
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
    aversion, turnover, error = problem.risk_aversion, problem.turnover, problem.tracking_error
    if not 0 < aversion < UNLIMITED:
        raise BadProblem(f"risk_aversion = {aversion:g} is not above zero")
    if turnover is not None and not 0 <= turnover < UNLIMITED:
        raise BadProblem(f"turnover = {turnover:g} is not a limit")
    if error is not None and not 0 < error < UNLIMITED:
        raise BadProblem(f"tracking_error = {error:g} is not above zero")


def _check_groups(problem: Problem) -> None:
    for group in problem.groups:
        place = f"groups[{group.name}]"
        if np.isnan(group.lower) or np.isnan(group.upper):
            raise BadProblem(f"{place}: a limit is not a number")
        if group.lower > group.upper:
            raise BadProblem(f"{place}: lower {group.lower:g} is above upper {group.upper:g}")
        if len(set(group.members)) < len(group.members):
            raise BadProblem(f"{place}: a member is named twice")
        for member in (min(group.members, default=0), max(group.members, default=0)):
            if not 0 <= member < problem.size:
                raise BadProblem(f"{place}: member {member} is not among {problem.size} names")


def _check_lots(problem: Problem) -> LotTable:
    seen, size = set[int](), problem.size
    for lots in problem.lots:
        if not 0 <= lots.name < size:
            raise BadProblem(f"lots: name {lots.name} is not among {size} names")
        if lots.name in seen:
            raise BadProblem(f"lots: name {lots.name} has two entries")
        if lots.weights.ndim != 1 or lots.weights.shape != lots.taxes.shape:
            shapes = f"{lots.weights.shape} weights, {lots.taxes.shape} taxes"
            raise BadProblem(f"lots[{lots.name}]: {shapes}, expected one row of each")
        seen.add(lots.name)
    table = lot_table(problem.lots)
    for name, values in (("weights", table.weights), ("taxes", table.taxes)):
        _refuse_lot(name, table, values, ~np.isfinite(values), "is not finite")
    _refuse_lot("weights", table, table.weights, table.weights < 0, "is negative")
    return table


def _refuse_washes(problem: Problem, table: LotTable) -> None:
    """A loss worth more than the round trip would be sold and bought back: a wash sale."""
    pays = ~one_sided(problem)[table.names] & (table.taxes < -2 * problem.spread[table.names])
    fault = "is a loss that pays for selling and buying back; let sides.solve_sides find its side"
    _refuse_lot("taxes", table, table.taxes, pays, fault)


def _refuse_lot(
    name: str, table: LotTable, values: Array, bad: NDArray[np.bool_], fault: str
) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise BadProblem(f"lots[{table.names[first]}].{name} = {values[first]:g} {fault}")


def one_sided(problem: Problem) -> NDArray[np.bool_]:
    """Names whose bounds let them only be sold or only be bought, shape (n,)."""
    return (problem.upper <= problem.current) | (problem.lower >= problem.current)
