"""Which names trade at all: each buys, sells or stays, and the rest follows from the prices.

At any prices each name's best count is found exactly, fee and least trade included; the dual value
there is a lower bound that no plan on the grid can beat (stronger than that of fractions wherever
fee or least trade bind). Fixing what each name does, solving again and taking the prices between
leads to a plan near the grid, which rounding and ``swaps`` then make one on the grid.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.compiled import answers
from strategies.optimize.kernel.dual import (
    ERROR,
    LAST,
    TOLL,
    VOLATILITY,
    Coupling,
    Mask,
    Point,
    best_between,
    lagrangian,
    pushes,
)
from strategies.optimize.kernel.pieces import Pieces, Push, Trades, jagged, take, worth
from strategies.optimize.kernel.solve import Solution, solve_coupled
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import Tick
from strategies.optimize.sides.ways import reachable, ways_of
from strategies.optimize.whole.grid import Counts, Lattice, is_allowed

NOISE = 2.0
"""Standard deviations of rounding that a limit is tightened by before rounding."""
TOLERANCE = 1e-5
SELLS, STAYS, BUYS = range(3)
"""Rows of a table of modes."""


@dataclass(frozen=True, slots=True)
class Dive:
    """A problem on a grid, with its coupling.

    ``rough`` has rates that fall made convex from above, and in ``tight`` the limits have room for
    rounding besides. ``sales`` are the ways to sell the names whose rates fall, ``rows``.
    """

    problem: Problem
    coupling: Coupling
    rough: Coupling
    tight: Coupling
    grid: Lattice
    rows: NDArray[np.intp]
    sales: tuple[Pieces, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """The dual of the problem on the grid at some prices, and the counts that reach it (n,).

    ``table`` (3, n) has the least of each name's Lagrangian when it sells, stays and buys.
    """

    point: Point
    counts: Counts
    table: Array


def dive_into(problem: Problem, coupling: Coupling, grid: Lattice) -> Dive:
    """``problem`` ready to be solved near ``grid``."""
    rows = np.flatnonzero(jagged(coupling.pieces))
    if not rows.size:
        return Dive(problem, coupling, coupling, _tightened(coupling, grid), grid, rows, ())
    rough = replace(coupling, pieces=reachable(coupling.pieces, rows))
    sales = ways_of(problem, coupling, rows, TOLERANCE).each[:-1]
    return Dive(problem, coupling, rough, _tightened(rough, grid), grid, rows, sales)


def counted(dive: Dive, z: Array, open_modes: Mask | None = None) -> Counted:
    """The dual on the grid at the prices ``z``: its value bounds every plan on the grid.

    With ``open_modes`` (3, n) every plan in which names only sell, stay or buy where they are set.
    """
    grid, pieces = dive.grid, dive.coupling.pieces
    push = pushes(dive.coupling, z)
    stay = np.where(is_allowed(grid, np.zeros_like(grid.least)), 0.0, np.inf)
    (sell, sold), (buy, bought) = (_side(dive, sign, push) for sign in (-1, 1))
    table = np.vstack([sell, stay + worth(pieces, np.zeros_like(sell), push), buy])
    if open_modes is not None:
        table = np.where(open_modes, table, np.inf)
    table[:, grid.cash] = [np.inf, 0.0, np.inf]
    mode = np.argmin(table, axis=0)
    counts = np.select([mode == SELLS, mode == BUYS], [sold, bought], 0)
    x = counts * grid.unit
    cash = np.array([grid.cash])
    x[cash], _ = answers(take(pieces, cash), _seen(push, cash))
    point = lagrangian(dive.coupling, z, None, Trades(x, np.zeros_like(x)))
    fees = grid.fee * int(np.count_nonzero(counts))
    lost = np.inf if np.isinf(table.min(axis=0)).any() else fees
    return Counted(replace(point, value=point.value + lost), counts, table)


def _seen(push: Push, rows: NDArray[np.intp]) -> Push:
    """What the names ``rows`` see."""
    return Push(push.g[rows], push.a[rows], push.toll, push.short)


def _side(dive: Dive, sign: int, push: Push) -> tuple[Array, Counts]:
    """The least of each name's Lagrangian on one side, fee included, and the count there.

    Convex on the side, so that it is at one of the counts next to the best trade in fractions,
    or at the least trade. Where rates fall that holds within each way of selling.
    """
    pieces, nothing = dive.coupling.pieces, np.zeros_like(push.g)
    if sign > 0:
        sided = replace(pieces, least=np.maximum(pieces.least, nothing))
        return _nearest(dive, sign, push, answers(sided, push)[0])
    sided = replace(dive.rough.pieces, most=np.minimum(pieces.most, nothing))
    near, _ = answers(sided, push)
    best, found = _nearest(dive, sign, push, near)
    for way in dive.sales:
        there = near.copy()
        there[dive.rows], _ = answers(way, _seen(push, dive.rows))
        there[dive.rows[way.least > way.most]] = 0.0
        value, counts = _nearest(dive, sign, push, there)
        found = np.where(value < best, counts, found)
        best = np.minimum(value, best)
    return best, found


def _nearest(dive: Dive, sign: int, push: Push, x: Array) -> tuple[Array, Counts]:
    """The better of the counts next to the trades ``x`` (n,), and its worth."""
    grid, pieces = dive.grid, dive.coupling.pieces
    near = x / np.where(grid.unit > 0, grid.unit, 1.0)
    best, found = np.full(x.size, np.inf), np.zeros_like(grid.least)
    for rounding in (np.floor, np.ceil):
        counts = sign * np.maximum(sign * rounding(near).astype(np.int64), grid.least)
        counts = np.clip(counts, grid.lowest, grid.highest)
        value = worth(pieces, counts * grid.unit, push) + grid.fee
        value[~is_allowed(grid, counts) | (counts == 0)] = np.inf
        found = np.where(value < best, counts, found)
        best = np.minimum(value, best)
    return best, found


def best_of_both(
    dive: Dive,
    low: Array,
    high: Array,
    go_on: Callable[[], bool],
    open_modes: Mask | None = None,
) -> Counted:
    """The best bound between two prices, and its counts."""
    point = best_between(lambda z: counted(dive, z, open_modes).point, low, high, go_on)
    return counted(dive, point.z, open_modes)


def solve_where(dive: Dive, signs: NDArray[np.int8], start: Array, tick: Tick) -> Solution:
    """Solve with names that buy (1), sell (-1) at least the least trade, or stay (0): (n,).

    With room for rounding in the limits if that is possible.
    """
    bounded = _bounded(dive, signs)
    answer = None
    for coupling in (dive.tight, dive.rough):
        pieces = replace(
            coupling.pieces,
            least=bounded.lower - bounded.current,
            most=bounded.upper - bounded.current,
        )
        sided = replace(coupling, pieces=pieces)
        answer = solve_coupled(bounded, sided, start=start, tolerance=TOLERANCE, tick=tick)
        if answer.is_usable:
            break
    assert answer is not None
    return answer


def _bounded(dive: Dive, signs: NDArray[np.int8]) -> Problem:
    """The problem with each name bounded to what ``signs`` say; cash as it is."""
    grid, problem = dive.grid, dive.problem
    least = np.minimum(grid.least, np.where(signs < 0, -grid.lowest, grid.highest))
    low = np.select([signs > 0, signs < 0], [least, grid.lowest], 0) * grid.unit
    high = np.select([signs > 0, signs < 0], [grid.highest, -least], 0) * grid.unit
    lower, upper = problem.current + low, problem.current + high
    noise = NOISE * float(np.sqrt((grid.unit**2).sum() / 12))
    room = (problem.upper[grid.cash] - problem.lower[grid.cash]) / 2
    lower[grid.cash] = problem.lower[grid.cash] + min(noise, room)
    upper[grid.cash] = problem.upper[grid.cash] - min(noise, room)
    return replace(problem, lower=lower, upper=upper)


def _tightened(coupling: Coupling, grid: Lattice) -> Coupling:
    """Limits tightened by what rounding is expected to move them."""
    k = coupling.factors
    rows = coupling.matrix[:, k:] - coupling.matrix[grid.cash, k:]
    noise = NOISE * np.sqrt((rows**2).T @ (grid.unit**2 / 12))
    level = coupling.level.copy()
    level[k:] -= np.where(coupling.signed[k:-LAST], noise, 0.0)
    spread_out = NOISE * float(np.sqrt((grid.unit**2).sum() / 12))
    loadings = coupling.matrix[:, :k] - coupling.matrix[grid.cash, :k]
    variance = (loadings**2).sum(axis=1) + coupling.specific
    risk = float((variance * grid.unit**2).sum() / 12)
    limits = coupling.limits.copy()
    limits[TOLL] = max(limits[TOLL] - spread_out, 0.0)
    for place in (ERROR, VOLATILITY):
        limits[place] = max(limits[place] - risk, 0.5 * limits[place])
    return replace(coupling, level=level, limits=limits)
