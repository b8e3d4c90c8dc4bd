"""One name at a time: what trading it costs, and how much of it to trade at a given price.

Apart from the coupling, each name minimises a convex function of its own trade x,

    g x + a/2 x^2 + (spread + toll) |x| + impact |x|^1.5 + tax(-x),     x between two bounds,

whose minimiser has a closed form: on the buy side a quadratic in sqrt(x), on the sell side the
same quadratic inside one lot, found by a sorted search, with kinks where one lot ends.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array, LotTable, Problem

TINY = 1e-100
"""Keeps 0/0 away where there is neither curvature nor impact; the bounds then decide."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The separable part of a problem. Row i, column l of the lot arrays is lot l of name i.

    ``ends`` (n, L) is what has been sold when lot l is gone and ``roots`` its square root,
    ``taxes`` (n, L) rises along a row by ``steps`` (n, L-1); the last column is what is sold
    beyond the lots. ``least`` and ``most`` (n,) bound x.
    """

    current: Array
    spread: Array
    impact: Array
    least: Array
    most: Array
    ends: Array
    roots: Array
    taxes: Array
    steps: Array


@dataclass(frozen=True, slots=True)
class Trades:
    """Minimisers ``x`` (n,) and ``slope`` (n,) = -dx/dg, zero at kinks and bounds."""

    x: Array
    slope: Array


def separate(problem: Problem, table: LotTable) -> Pieces:
    """The separable part of ``problem``, lots sorted and padded."""
    ends, taxes = _ladder(problem, table)
    return Pieces(
        current=problem.current,
        spread=problem.spread,
        impact=problem.impact,
        least=problem.lower - problem.current,
        most=problem.upper - problem.current,
        ends=ends,
        roots=np.sqrt(ends),
        taxes=taxes,
        steps=np.diff(taxes, axis=1),
    )


def _ladder(problem: Problem, table: LotTable) -> tuple[Array, Array]:
    """Lots of all names, cheapest first, each row filled up with what lies beyond them."""
    place = np.arange(table.names.size) - table.first
    depth = int(place.max(initial=-1)) + 1
    widths, taxes = np.zeros((problem.size, depth + 1)), np.full((problem.size, depth + 1), -np.inf)
    widths[table.names, place] = table.weights
    taxes[table.names, place] = table.taxes
    dearest = taxes.max(axis=1, keepdims=True, initial=0.0)
    taxes = np.where(np.isfinite(taxes), taxes, dearest)
    ends = np.cumsum(widths, axis=1)
    ends[:, -1] = np.maximum(ends[:, -1], problem.current - problem.lower)
    return ends, taxes


def respond(pieces: Pieces, g: Array, a: Array, toll: float) -> Trades:
    """The best trade of each name.

    A name that can only be bought must not look at its taxes, nor one that can only be sold at
    what buying gains: a loss worth more than the round trip would have it do both.
    ``g`` (n,) is the slope and ``a`` (n,) the curvature at x = 0, both of the smooth part;
    ``toll`` is added to the spread (the price of turnover).
    """
    x, slope = np.zeros_like(g), np.zeros_like(g)
    fee = pieces.spread + toll
    buys = np.flatnonzero((g + fee < 0) & (pieces.most > 0))
    sells = np.flatnonzero((g - fee > pieces.taxes[:, 0]) & (pieces.least < 0))
    curve = 1.5 * pieces.impact
    if buys.size:
        root = _root(-(g + fee)[buys], a[buys], curve[buys])
        x[buys] = root * root
        slope[buys] = _slope(root, a[buys], curve[buys])
    if sells.size:
        sold, sold_slope = _sell(pieces, sells, (g - fee)[sells], a[sells])
        x[sells] = -sold
        slope[sells] = sold_slope
    inside = (x > pieces.least) & (x < pieces.most)
    return Trades(np.clip(x, pieces.least, pieces.most), np.where(inside, slope, 0.0))


def _root(push: Array, a: Array, curve: Array) -> Array:
    """Square root of the trade: the s >= 0 with a s^2 + curve s = push."""
    below = curve + np.sqrt(curve * curve + 4 * a * push)
    return 2 * push / np.maximum(below, TINY)


def _slope(root: Array, a: Array, curve: Array) -> Array:
    """dx/dpush = 1 / (a + curve / (2 sqrt(x)))."""
    return 1 / np.maximum(a + 0.5 * curve / np.maximum(root, TINY), TINY)


def _sell(pieces: Pieces, rows: NDArray[np.intp], push: Array, a: Array) -> tuple[Array, Array]:
    """What ``rows`` sell when pushed by ``push`` (before tax), and the slope of it."""
    ends, taxes = pieces.ends[rows], pieces.taxes[rows]
    curve = 1.5 * pieces.impact[rows]
    resistance = a[:, None] * ends + curve[:, None] * pieces.roots[rows]
    gone = (resistance + taxes < push[:, None]).sum(axis=1)
    empty = gone == ends.shape[1]
    lot = np.minimum(gone, ends.shape[1] - 1)
    at = np.arange(rows.size)
    previous = np.maximum(lot - 1, 0)
    start = np.where(lot > 0, ends[at, previous], 0.0)
    start_resistance = np.where(lot > 0, resistance[at, previous], 0.0)
    rest = push - taxes[at, lot]
    kink = (start_resistance >= rest) & ~empty
    root = _root(np.maximum(rest, 0.0), a, curve)
    sold = np.where(kink, start, root * root)
    sold = np.where(empty, ends[:, -1], sold)
    return sold, np.where(empty | kink, 0.0, _slope(root, a, curve))


def cost(pieces: Pieces, x: Array) -> float:
    """Spread, impact and tax of the trades ``x`` (n,), as a share of NAV."""
    return float(costs(pieces, x).sum())


def costs(pieces: Pieces, x: Array) -> Array:
    """Spread, impact and tax of each trade, shape (n,), as shares of NAV."""
    size = np.abs(x)
    spent = pieces.spread * size + pieces.impact * (size * np.sqrt(size))
    rows = np.flatnonzero(x < 0)
    spent[rows] += _tax(pieces, rows, size[rows])
    return np.asarray(spent)


def _tax(pieces: Pieces, rows: NDArray[np.intp], sold: Array) -> Array:
    """Tax by steps: all of it at the first lot's rate, and what each later lot is dearer by."""
    beyond = np.maximum(sold[:, None] - pieces.ends[rows, :-1], 0.0)
    later = np.einsum("ij,ij->i", pieces.steps[rows], beyond)
    return np.asarray(pieces.taxes[rows, 0] * sold + later)


def take(pieces: Pieces, rows: NDArray[np.intp]) -> Pieces:
    """The pieces of the names ``rows`` alone."""
    return Pieces(**{each.name: getattr(pieces, each.name)[rows] for each in fields(Pieces)})


def with_taxes(pieces: Pieces, ends: Array, taxes: Array) -> Pieces:
    """``pieces`` with other lots, both (n, L), ``taxes`` rising along each row."""
    return replace(
        pieces, ends=ends, roots=np.sqrt(ends), taxes=taxes, steps=np.diff(taxes, axis=1)
    )


def worth(pieces: Pieces, x: Array, g: Array, a: Array, toll: float) -> Array:
    """What ``respond`` minimises, at the trades ``x``: shape (n,)."""
    return np.asarray((g + 0.5 * a * x) * x + toll * np.abs(x) + costs(pieces, x))
