"""The ways in which an undecided name can be traded, each of them convex, and what each is worth.

A name whose loss pays for being sold and bought back is either sold or bought. A name whose lots
are relieved in an order that puts a cheap lot behind a dear one is sold down to the end of the one
run of rising rates or of the other. Way k of a name bounds its trade to where its cost is convex;
all ways together are the whole of it.

At any prices z the dual value with the best way of every name bounds what any choice can reach: it
is the dual of the convex envelope of every name's cost. ``regret`` is by how much the way taken is
worse than the best: the bound is the dual value less all regrets.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.compiled import answers
from strategies.optimize.kernel.dual import Coupling, Mask, Point, best_between, lagrangian, pushes
from strategies.optimize.kernel.pieces import Pieces, Push, Trades, jagged, stack, take, torn
from strategies.optimize.kernel.rates import Rates, flattened
from strategies.optimize.kernel.solve import Solution, solve_coupled
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import Tick

AT_EDGE = 1e-12
"""Shares of NAV by which a trade may be beyond a way by rounding."""

Choice = NDArray[np.intp]
"""The way that each undecided name takes: (u,)."""


@dataclass(frozen=True, slots=True)
class Ways:
    """A problem with ``open`` (u,) undecided names and its coupling, with their true costs.

    ``each`` has the pieces of those names alone, one for each way: sold down to the end of the
    first run, the second, ..., and last bought; in ``stacked`` they stand one below the other.
    ``exist`` (K, u) marks the ways that a name has.
    In ``reach`` the costs of those names are made convex from above, so that it can be solved as
    it is: it costs more than the truth, within the same limits.
    """

    problem: Problem
    coupling: Coupling
    reach: Coupling
    open: NDArray[np.intp]
    each: tuple[Pieces, ...]
    stacked: Pieces
    exist: Mask
    tolerance: float


def undecided_names(pieces: Pieces) -> NDArray[np.intp]:
    """Names with more than one way to trade them."""
    return np.flatnonzero(torn(pieces) | jagged(pieces))


def ways_of(
    problem: Problem, coupling: Coupling, names: NDArray[np.intp], tolerance: float
) -> Ways:
    """``problem`` made ready for ``solve_with``, ``names`` being the undecided ones."""
    part = take(coupling.pieces, names)
    each = (*_sales(part), _purchase(part))
    return Ways(
        problem=problem,
        coupling=coupling,
        reach=replace(coupling, pieces=reachable(coupling.pieces, names)),
        open=names,
        each=each,
        stacked=stack(each),
        exist=np.vstack([way.least <= way.most for way in each]),
        tolerance=tolerance,
    )


def reachable(pieces: Pieces, names: NDArray[np.intp]) -> Pieces:
    """``pieces`` with the costs of ``names`` made convex from above: no plan pays more."""
    least = np.full(pieces.current.size, -np.inf)
    first = 0.0 if pieces.buy is None else pieces.buy.rates[names, 0]
    least[names] = -2 * pieces.spread[names] - first
    steep = flattened(pieces.sell, least)
    rates = np.where(np.isfinite(least)[:, None], steep.rates, pieces.sell.rates)
    return replace(pieces, sell=replace(steep, rates=rates, steps=np.diff(rates, axis=1)))


def _sales(part: Pieces) -> list[Pieces]:
    """One way for each run of rising rates, the first run first."""
    falls = part.sell.steps < 0
    run = np.hstack([np.zeros((falls.shape[0], 1), dtype=np.intp), np.cumsum(falls, axis=1)])
    return [_sale(part, run, number) for number in range(int(run.max(initial=0)) + 1)]


def _sale(part: Pieces, run: NDArray[np.intp], number: int) -> Pieces:
    """Sold as far as within the run ``number`` of each name; impossible where it has none.

    Before the run and beyond it the rates go on as at its ends: that is never reached.
    """
    side, at = part.sell, np.arange(run.shape[0])
    inside = run == number
    has = inside.any(axis=1)
    first = np.argmax(inside, axis=1)
    last = run.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    place = np.clip(np.arange(run.shape[1])[None, :], first[:, None], last[:, None])
    start = np.where(first > 0, side.ends[at, np.maximum(first - 1, 0)], 0.0)
    is_last = last == run.shape[1] - 1
    end = np.where(is_last, np.maximum(-part.least, start), side.ends[at, last])
    rates = np.take_along_axis(side.rates, place, axis=1)
    paid = _paid(side, start)
    least = np.maximum(part.least, -end)
    most = np.minimum(part.most, -start)
    return replace(
        part,
        least=np.where(has, least, 1.0),
        most=np.where(has, most, 0.0),
        sell=replace(side, rates=rates, steps=np.diff(rates, axis=1)),
        offset=paid - rates[:, 0] * start,
    )


def _paid(side: Rates, size: Array) -> Array:
    """What selling ``size`` (u,) comes to."""
    beyond = np.maximum(size[:, None] - side.ends[:, :-1], 0.0)
    return np.asarray(side.rates[:, 0] * size + np.einsum("ij,ij->i", side.steps, beyond))


def _purchase(part: Pieces) -> Pieces:
    """Bought, or left alone."""
    return replace(
        part,
        least=np.maximum(part.least, 0.0),
        sell=flattened(part.sell, -2 * part.spread),
        offset=np.zeros_like(part.least),
    )


def solve_open(job: Ways, allowed: Mask, start: Array | None, tick: Tick) -> Solution:
    """Solve with every name free to go wherever its ``allowed`` (K, u) ways lead, costs from above.

    Infeasible only where no choice of ways is feasible.
    """
    least = np.min([np.where(on, way.least, np.inf) for on, way in _pairs(job, allowed)], axis=0)
    most = np.max([np.where(on, way.most, -np.inf) for on, way in _pairs(job, allowed)], axis=0)
    pieces = job.reach.pieces
    pieces = replace(
        pieces, least=_put(job, pieces.least, least), most=_put(job, pieces.most, most)
    )
    return _solve(job, replace(job.reach, pieces=pieces), start, tick)


def _pairs(job: Ways, allowed: Mask) -> list[tuple[Mask, Pieces]]:
    return list(zip(allowed & job.exist, job.each, strict=True))


def solve_with(job: Ways, choice: Choice, start: Array | None, tick: Tick) -> Solution:
    """Solve with each open name traded in the way ``choice`` (u,) says, at its true cost."""
    return _solve(job, _chosen(job, choice), start, tick)


def _solve(job: Ways, coupling: Coupling, start: Array | None, tick: Tick) -> Solution:
    pieces = coupling.pieces
    current = pieces.current
    bounded = replace(job.problem, lower=current + pieces.least, upper=current + pieces.most)
    return solve_coupled(bounded, coupling, start=start, tolerance=job.tolerance, tick=tick)


def _chosen(job: Ways, choice: Choice) -> Coupling:
    """The coupling with the chosen ways in place of the true costs."""
    pieces, at = job.coupling.pieces, np.arange(job.open.size)
    least = np.vstack([way.least for way in job.each])[choice, at]
    most = np.vstack([way.most for way in job.each])[choice, at]
    offset = np.vstack([_offset(way) for way in job.each])[choice, at]
    rates = pieces.sell.rates.copy()
    for number, way in enumerate(job.each):
        rows = choice == number
        rates[job.open[rows]] = way.sell.rates[rows]
    sell = replace(pieces.sell, rates=rates, steps=np.diff(rates, axis=1))
    chosen = replace(
        pieces,
        least=_put(job, pieces.least, least),
        most=_put(job, pieces.most, most),
        sell=sell,
        offset=_put(job, np.zeros_like(pieces.least), offset),
    )
    return replace(job.coupling, pieces=chosen)


def _offset(way: Pieces) -> Array:
    assert way.offset is not None
    return way.offset


def _put(job: Ways, array: Array, values: Array) -> Array:
    changed = array.copy()
    changed[job.open] = values
    return changed


def worths(job: Ways, z: Array) -> Array:
    """The least of each open name's Lagrangian in each way, at the prices ``z``: (K, u)."""
    return _answers(job, pushes(job.coupling, z))[1]


def _answers(job: Ways, push: Push) -> tuple[Array, Array]:
    """Each open name's best trade in each way, and its worth; both (K, u)."""
    times = len(job.each)
    g, a = np.tile(push.g[job.open], times), np.tile(push.a[job.open], times)
    x, value = answers(job.stacked, Push(g, a, push.toll, push.short))
    table = np.where(job.exist, value.reshape(job.exist.shape), np.inf)
    return x.reshape(job.exist.shape), table


def bound_at(job: Ways, allowed: Mask, z: Array) -> tuple[float, Choice]:
    """The bound that the prices ``z`` give for all choices within ``allowed`` (K, u).

    And the choice (u,) that is best at ``z``.
    """
    point, choice = _best(job, allowed, z)
    return point.value, choice


def climb_between(
    job: Ways, allowed: Mask, low: Array, high: Array, go_on: Callable[[], bool]
) -> tuple[float, Array]:
    """The best bound for all choices within ``allowed`` between two prices, and its prices."""
    point = best_between(lambda z: _best(job, allowed, z)[0], low, high, go_on)
    return point.value, point.z


def _best(job: Ways, allowed: Mask, z: Array) -> tuple[Point, Choice]:
    """The dual at ``z`` with the best way of each open name, and which ways those are."""
    push = pushes(job.coupling, z)
    trades, table = _answers(job, push)
    choice = np.argmin(np.where(allowed, table, np.inf), axis=0)
    x, _ = answers(job.coupling.pieces, push)
    x[job.open] = trades[choice, np.arange(choice.size)]
    return lagrangian(job.coupling, z, None, Trades(x, np.zeros_like(x))), choice


def ways_taken(job: Ways, allowed: Mask, answer: Solution) -> Choice:
    """The way in which ``answer`` trades each open name: of several the best at its prices.

    So its weights are within the choice; but for names whose trade is in no way that is allowed.
    """
    x = (answer.weights - job.problem.current)[job.open]
    inside = np.vstack(
        [
            on & (way.least - AT_EDGE <= x) & (x <= way.most + AT_EDGE)
            for on, way in _pairs(job, allowed)
        ]
    )
    within = np.where(inside.any(axis=0), inside, allowed)
    return bound_at(job, within, answer.dual)[1]
