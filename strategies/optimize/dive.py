"""Which names trade at all: each buys, sells or stays, and the rest follows from the prices.

At any prices each name's best count is found exactly, fee and least trade included; the dual value
there is a lower bound that no plan on the grid can beat (stronger than that of fractions wherever
fee or least trade bind). Fixing what each name does, solving again and taking the prices between
leads to a plan near the grid, which rounding and ``swaps`` then make one on the grid.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.dual import Coupling, Mask, Point, best_between, lagrangian, pushes
from strategies.optimize.grid import Counts, Lattice, is_allowed
from strategies.optimize.kernel import Solution, Tick, solve_coupled
from strategies.optimize.pieces import Trades, respond, take, worth
from strategies.optimize.problem import Array, Problem

NOISE = 2.0
"""Standard deviations of rounding that a limit is tightened by before rounding."""
TOLERANCE = 1e-5
SELLS, STAYS, BUYS = range(3)
"""Rows of a table of modes."""


@dataclass(frozen=True, slots=True)
class Dive:
    """A problem on a grid, with its coupling; in ``tight`` the limits have room for rounding."""

    problem: Problem
    coupling: Coupling
    tight: Coupling
    grid: Lattice


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
    return Dive(problem, coupling, _tightened(coupling, grid), grid)


def counted(dive: Dive, z: Array, open_modes: Mask | None = None) -> Counted:
    """The dual on the grid at the prices ``z``: its value bounds every plan on the grid.

    With ``open_modes`` (3, n) every plan in which names only sell, stay or buy where they are set.
    """
    grid, pieces, toll = dive.grid, dive.coupling.pieces, float(z[-2])
    g, a = pushes(dive.coupling, z, dive.coupling.gamma + float(z[-1]))
    stay = np.where(is_allowed(grid, np.zeros_like(grid.least)), 0.0, np.inf)
    (sell, sold), (buy, bought) = (_side(dive, sign, g, a, toll) for sign in (-1, 1))
    table = np.vstack([sell, stay, buy])
    if open_modes is not None:
        table = np.where(open_modes, table, np.inf)
    table[:, grid.cash] = [np.inf, 0.0, np.inf]
    mode = np.argmin(table, axis=0)
    counts = np.select([mode == SELLS, mode == BUYS], [sold, bought], 0)
    x = counts * grid.unit
    x[grid.cash] = respond(take(pieces, np.array([grid.cash])), *_of_cash(grid, g, a), toll).x[0]
    point = lagrangian(dive.coupling, z, None, Trades(x, np.zeros_like(x)))
    fees = grid.fee * int(np.count_nonzero(counts))
    lost = np.inf if np.isinf(table.min(axis=0)).any() else fees
    return Counted(replace(point, value=point.value + lost), counts, table)


def _of_cash(grid: Lattice, g: Array, a: Array) -> tuple[Array, Array]:
    return g[[grid.cash]], a[[grid.cash]]


def _side(dive: Dive, sign: int, g: Array, a: Array, toll: float) -> tuple[Array, Counts]:
    """The least of each name's Lagrangian on one side, fee included, and the count there.

    Convex on the side, so that it is at one of the counts next to the best trade in fractions,
    or at the least trade.
    """
    grid, pieces, nothing = dive.grid, dive.coupling.pieces, np.zeros_like(g)
    sided = (
        replace(pieces, most=np.minimum(pieces.most, nothing))
        if sign < 0
        else replace(pieces, least=np.maximum(pieces.least, nothing))
    )
    near = respond(sided, g, a, toll).x / np.where(grid.unit > 0, grid.unit, 1.0)
    best, found = np.full(g.size, np.inf), np.zeros_like(grid.least)
    for rounding in (np.floor, np.ceil):
        counts = sign * np.maximum(sign * rounding(near).astype(np.int64), grid.least)
        counts = np.clip(counts, grid.lowest, grid.highest)
        value = worth(pieces, counts * grid.unit, g, a, toll) + grid.fee
        value[~is_allowed(grid, counts) | (counts == 0)] = np.inf
        found = np.where(value < best, counts, found)
        best = np.minimum(value, best)
    return best, found


def best_of_both(dive: Dive, low: Array, high: Array, open_modes: Mask | None = None) -> Counted:
    """The best bound between two prices, and its counts."""
    point = best_between(lambda z: counted(dive, z, open_modes).point, low, high)
    return counted(dive, point.z, open_modes)


def solve_where(dive: Dive, signs: NDArray[np.int8], start: Array, tick: Tick) -> Solution:
    """Solve with names that buy (1), sell (-1) at least the least trade, or stay (0): (n,).

    With room for rounding in the limits if that is possible.
    """
    bounded = _bounded(dive, signs)
    answer = None
    for coupling in (dive.tight, dive.coupling):
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
    level[k:] -= np.where(coupling.signed[k:-2], noise, 0.0)
    spread_out = NOISE * float(np.sqrt((grid.unit**2).sum() / 12))
    loadings = coupling.matrix[:, :k] - coupling.matrix[grid.cash, :k]
    variance = (loadings**2).sum(axis=1) + coupling.specific
    risk = float((variance * grid.unit**2).sum() / 12)
    return replace(
        coupling,
        level=level,
        turnover=max(coupling.turnover - spread_out, 0.0),
        squared_error=max(coupling.squared_error - risk, 0.5 * coupling.squared_error),
    )
