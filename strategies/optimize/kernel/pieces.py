"""One name at a time: what trading it costs, and how much of it to trade at a given price.

Apart from the coupling, each name minimises a function of its own trade x,

    g x + a/2 x^2 + (spread + toll) |x| + impact |x|^1.5 + steps(x),     x between two bounds,

where the steps (``rates``) are the tax of the lots that are sold and the like. Where their rates
rise it is convex and the minimiser has a closed form: a quadratic in sqrt(|x|) inside one step,
found by a sorted search, with kinks where one step ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.rates import (
    Rates,
    of_purchases,
    of_sales,
    rates_together,
    rows_of,
    spent,
    with_short,
)
from strategies.optimize.problem import Array, LotTable, Problem

TINY = 1e-100
"""Keeps 0/0 away where there is neither curvature nor impact; the bounds then decide."""
ROUNDING = 1e-15
"""A round trip that pays less than this does not pay."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The separable part of a problem: arrays of shape (n,) and the rates of either side.

    ``least`` and ``most`` bound x. ``buy`` is None where a purchase costs nothing but spread and
    impact. ``offset`` is a constant besides, None where it is zero. ``turns`` is one where a trade
    counts for the turnover and zero where not, None where all do.
    """

    current: Array
    spread: Array
    impact: Array
    least: Array
    most: Array
    sell: Rates
    buy: Rates | None = None
    offset: Array | None = None
    turns: Array | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """What each name sees of the rest: slope ``g`` and curvature ``a`` at x = 0, both (n,).

    ``toll`` is added to the spread (the price of turnover), ``short`` is that of short weight.
    """

    g: Array
    a: Array
    toll: float = 0.0
    short: float = 0.0


@dataclass(frozen=True, slots=True)
class Trades:
    """Minimisers ``x`` (n,) and ``slope`` (n,) = -dx/dg, zero at kinks and bounds."""

    x: Array
    slope: Array


def separate(problem: Problem, table: LotTable) -> Pieces:
    """The separable part of ``problem``."""
    return Pieces(
        current=problem.current,
        spread=problem.spread,
        impact=problem.impact,
        least=problem.lower - problem.current,
        most=problem.upper - problem.current,
        sell=of_sales(problem, table),
        buy=of_purchases(problem),
        turns=None if problem.cash is None else 1.0 * (np.arange(problem.size) != problem.cash),
    )


def respond(pieces: Pieces, push: Push) -> Trades:
    """The best trade of each name; its rates must rise, and the sides not undercut each other.

    A name that can only be bought must not look at its taxes, nor one that can only be sold at
    what buying gains: a loss worth more than the round trip would have it do both.
    """
    g, a = push.g, push.a
    x, slope = np.zeros_like(g), np.zeros_like(g)
    fee = pieces.spread + tolls(pieces, push)
    curve = 1.5 * pieces.impact
    sell = with_short(pieces.sell, push.short)
    buy = None if pieces.buy is None else with_short(pieces.buy, push.short)
    first = 0.0 if buy is None else buy.rates[:, 0]
    buys = np.flatnonzero((g + fee + first < 0) & (pieces.most > 0))
    sells = np.flatnonzero((g - fee > sell.rates[:, 0]) & (pieces.least < 0))
    if buys.size:
        pull = -(g + fee)[buys]
        if buy is None:
            root = _root(pull, a[buys], curve[buys])
            x[buys], slope[buys] = root * root, _slope(root, a[buys], curve[buys])
        else:
            x[buys], slope[buys] = _along(buy, buys, pull, a[buys], curve[buys])
    if sells.size:
        size, slope[sells] = _along(sell, sells, (g - fee)[sells], a[sells], curve[sells])
        x[sells] = -size
    inside = (x > pieces.least) & (x < pieces.most)
    return Trades(np.clip(x, pieces.least, pieces.most), np.where(inside, slope, 0.0))


def tolls(pieces: Pieces, push: Push) -> Array | float:
    """What turnover costs each name: (n,), or one number where all pay it."""
    return push.toll if pieces.turns is None else push.toll * pieces.turns


def turned(pieces: Pieces, x: Array) -> float:
    """The turnover of the trades ``x`` (n,)."""
    size = np.abs(x)
    return float(size.sum() if pieces.turns is None else pieces.turns @ size)


def _root(push: Array, a: Array, curve: Array) -> Array:
    """Square root of the trade: the s >= 0 with a s^2 + curve s = push."""
    below = curve + np.sqrt(curve * curve + 4 * a * push)
    return 2 * push / np.maximum(below, TINY)


def _slope(root: Array, a: Array, curve: Array) -> Array:
    """dx/dpush = 1 / (a + curve / (2 sqrt(x)))."""
    return 1 / np.maximum(a + 0.5 * curve / np.maximum(root, TINY), TINY)


def _along(
    side: Rates, rows: NDArray[np.intp], push: Array, a: Array, curve: Array
) -> tuple[Array, Array]:
    """How far ``rows`` go along their steps when pushed by ``push``, and the slope of it."""
    ends, rates = side.ends[rows], side.rates[rows]
    resistance = a[:, None] * ends + curve[:, None] * side.roots[rows]
    gone = (resistance + rates < push[:, None]).sum(axis=1)
    empty = gone == ends.shape[1]
    step = np.minimum(gone, ends.shape[1] - 1)
    at = np.arange(rows.size)
    previous = np.maximum(step - 1, 0)
    start = np.where(step > 0, ends[at, previous], 0.0)
    start_resistance = np.where(step > 0, resistance[at, previous], 0.0)
    rest = push - rates[at, step]
    kink = (start_resistance >= rest) & ~empty
    root = _root(np.maximum(rest, 0.0), a, curve)
    size = np.where(kink, start, root * root)
    size = np.where(empty, ends[:, -1], size)
    return size, np.where(empty | kink, 0.0, _slope(root, a, curve))


def cost(pieces: Pieces, x: Array) -> float:
    """Spread, impact and steps of the trades ``x`` (n,), as a share of NAV."""
    return float(costs(pieces, x).sum())


def costs(pieces: Pieces, x: Array) -> Array:
    """Spread, impact and steps of each trade, shape (n,), as shares of NAV."""
    size = np.abs(x)
    total = pieces.spread * size + pieces.impact * (size * np.sqrt(size))
    sells = np.flatnonzero(x < 0)
    total[sells] += spent(pieces.sell, sells, size[sells])
    if pieces.buy is not None:
        buys = np.flatnonzero(x > 0)
        total[buys] += spent(pieces.buy, buys, size[buys])
    if pieces.offset is not None:
        total += pieces.offset
    return np.asarray(total)


def worth(pieces: Pieces, x: Array, push: Push) -> Array:
    """What ``respond`` minimises, at the trades ``x``: shape (n,)."""
    value = (push.g + 0.5 * push.a * x) * x + tolls(pieces, push) * np.abs(x) + costs(pieces, x)
    if push.short:
        value += push.short * shorted(pieces, x)
    return np.asarray(value)


def shorted(pieces: Pieces, x: Array) -> Array:
    """Short weight after the trades ``x``: shape (n,)."""
    return np.asarray(np.maximum(-(pieces.current + x), 0.0))


def take(pieces: Pieces, rows: NDArray[np.intp]) -> Pieces:
    """The pieces of the names ``rows`` alone."""
    return Pieces(
        current=pieces.current[rows],
        spread=pieces.spread[rows],
        impact=pieces.impact[rows],
        least=pieces.least[rows],
        most=pieces.most[rows],
        sell=rows_of(pieces.sell, rows),
        buy=None if pieces.buy is None else rows_of(pieces.buy, rows),
        offset=None if pieces.offset is None else pieces.offset[rows],
        turns=None if pieces.turns is None else pieces.turns[rows],
    )


def stack(parts: Sequence[Pieces]) -> Pieces:
    """All ``parts`` one below the other."""
    fields = ("current", "spread", "impact", "least", "most")
    named = {name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    buys = [part.buy for part in parts if part.buy is not None]
    offsets = [part.offset for part in parts if part.offset is not None]
    turns = [part.turns for part in parts if part.turns is not None]
    return Pieces(
        **named,
        sell=rates_together([part.sell for part in parts]),
        buy=rates_together(buys) if buys else None,
        offset=np.concatenate(offsets) if offsets else None,
        turns=np.concatenate(turns) if turns else None,
    )


def jagged(pieces: Pieces) -> NDArray[np.bool_]:
    """Names whose rates fall somewhere as they are sold, within their bounds: shape (n,)."""
    reached = pieces.sell.ends[:, :-1] < -pieces.least[:, None]
    return np.asarray(((pieces.sell.steps < 0) & reached).any(axis=1))


def torn(pieces: Pieces) -> NDArray[np.bool_]:
    """Names that could be traded both ways, and for which selling and buying back pays: (n,)."""
    both = (pieces.least < 0) & (pieces.most > 0)
    first = 0.0 if pieces.buy is None else pieces.buy.rates[:, 0]
    return np.asarray(both & (pieces.sell.rates[:, 0] + first < -2 * pieces.spread - ROUNDING))
