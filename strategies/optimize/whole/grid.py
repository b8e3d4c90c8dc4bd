"""What may be ordered: whole steps of each name, none smaller than the least trade.

A trade is a whole number of steps ("counts", below zero for a sale); cash takes what is left of
the budget. Between no trade and the least trade lies a hole that no count may fall into.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array, BadProblem, Problem

Counts = NDArray[np.int64]
NEAR = 1e-9
"""Part of a step by which a bound may be missed through rounding; the limits are checked after."""
COUNT_MAX = 2.0**53
"""Counts beyond it are not whole numbers in a float any more; no bound of a name is that far."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Prices and steps: what is bought or sold of name i is a whole number of ``step`` shares.

    ``prices`` (n,) are dollars a share, ``step`` (n,) shares (1, 100, or less than one where the
    broker deals in fractions), ``nav_usd`` what weights are shares of. No trade is smaller than
    ``trade_usd_min``, and each costs ``fee_usd`` besides. ``cash`` is the index of the name that
    takes the rest; its price and step count for nothing.
    """

    prices: Array
    step: Array
    nav_usd: float
    cash: int
    trade_usd_min: float = 0.0
    fee_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Lattice:
    """A grid in weights, shape (n,): one step, and the counts allowed.

    Counts lie in [lowest, highest], and are zero or at least ``least`` in size. Of cash all four
    are zero. ``fee`` is a share of NAV.
    """

    unit: Array
    lowest: Counts
    highest: Counts
    least: Counts
    fee: float
    cash: int


def check_grid(problem: Problem, grid: Grid) -> None:
    """Raise ``BadProblem`` for what makes no sense."""
    for name in ("prices", "step"):
        array: Array = getattr(grid, name)
        if array.shape != (problem.size,):
            raise BadProblem(f"{name}: shape {array.shape}, expected {(problem.size,)}")
        bad = ~(np.isfinite(array) & (array > 0))
        if 0 <= grid.cash < problem.size:
            bad[grid.cash] = False
        if bad.any():
            place = int(np.argmax(bad))
            raise BadProblem(f"{name}[{place}] = {array[place]:g} is not above zero")
    if not 0 < grid.nav_usd < np.inf:
        raise BadProblem(f"nav_usd = {grid.nav_usd:g} is not above zero")
    for name in ("trade_usd_min", "fee_usd"):
        amount: float = getattr(grid, name)
        if not 0 <= amount < np.inf:
            raise BadProblem(f"{name} = {amount:g} is not an amount")
    _check_cash(problem, grid.cash)


def _check_cash(problem: Problem, cash: int) -> None:
    if not 0 <= cash < problem.size:
        raise BadProblem(f"cash = {cash} is not among {problem.size} names")
    if problem.spread[cash] or problem.impact[cash]:
        raise BadProblem(f"cash = {cash}: cash has neither spread nor impact")
    wishes = (problem.opportunity, problem.borrow)
    if any(wish is not None and wish[cash] for wish in wishes):
        raise BadProblem(f"cash = {cash}: cash is neither missed nor borrowed here")
    if any(lots.name == cash for lots in problem.lots):
        raise BadProblem(f"cash = {cash}: cash has no lots")


def lattice(problem: Problem, grid: Grid) -> Lattice:
    """``grid`` in weights, within the bounds of ``problem``."""
    unit = grid.prices * grid.step / grid.nav_usd
    unit[grid.cash] = 1.0
    low = np.ceil((problem.lower - problem.current) / unit - NEAR)
    high = np.floor((problem.upper - problem.current) / unit + NEAR)
    least = np.maximum(np.ceil(grid.trade_usd_min / grid.nav_usd / unit - NEAR), 1.0)
    for array in (low, high, least):
        np.clip(array, -COUNT_MAX, COUNT_MAX, out=array)
        array[grid.cash] = 0.0
    unit[grid.cash] = 0.0
    return Lattice(
        unit=unit,
        lowest=low.astype(np.int64),
        highest=high.astype(np.int64),
        least=least.astype(np.int64),
        fee=grid.fee_usd / grid.nav_usd,
        cash=grid.cash,
    )


def nearest(grid: Lattice, x: Array) -> Counts:
    """The allowed counts nearest to the trades ``x`` (n,); the hole is left on the nearer side.

    Where no count is allowed within the bounds, the nearest bound.
    """
    near = np.rint(np.divide(x, grid.unit, out=np.zeros_like(x), where=grid.unit > 0))
    counts = np.clip(near.astype(np.int64), grid.lowest, grid.highest)
    return out_of_hole(grid, counts)


def out_of_hole(grid: Lattice, counts: Counts) -> Counts:
    """``counts`` with those in the hole moved to its nearer end, if the bounds allow that."""
    size = np.abs(counts)
    hole = (size > 0) & (size < grid.least)
    away = np.clip(np.sign(counts) * grid.least, grid.lowest, grid.highest)
    can_stay = (grid.lowest <= 0) & (grid.highest >= 0)
    can_leave = np.abs(away) >= grid.least
    leaves = can_leave & ((2 * size >= grid.least) | ~can_stay)
    moved = np.where(leaves, away, np.where(can_stay, 0, counts))
    return np.where(hole, moved, counts)


def is_allowed(grid: Lattice, counts: Counts) -> NDArray[np.bool_]:
    """Which counts lie within the bounds and outside the hole; shape of ``counts``."""
    inside = (counts >= grid.lowest) & (counts <= grid.highest)
    return np.asarray(inside & ((counts == 0) | (np.abs(counts) >= grid.least)))


def without_count(grid: Lattice) -> NDArray[np.intp]:
    """Names for which no count is allowed at all: (some,)."""
    stays = (grid.lowest <= 0) & (grid.highest >= 0)
    buys = grid.highest >= np.maximum(grid.lowest, grid.least)
    sells = grid.lowest <= np.minimum(grid.highest, -grid.least)
    return np.flatnonzero(~(stays | buys | sells))


def weights_of(problem: Problem, grid: Lattice, counts: Counts) -> Array:
    """The weights after trading ``counts``; cash takes the rest of the budget, summed exactly."""
    weights: Array = problem.current + counts * grid.unit
    weights[grid.cash] = 0.0
    weights[grid.cash] = problem.budget - math.fsum(weights.tolist())
    return weights
