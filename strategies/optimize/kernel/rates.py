"""What a name costs along the size of its trade, beside spread and impact: rates in steps.

The lots of a sale are such steps, each as wide as the lot and as dear as its tax; so are what is
sold short and lent by somebody, what is bought back of it, and what is missed by not trading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array, LotTable, Problem


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of one side. Row i, column l of every array is step l of name i.

    ``ends`` (n, L) is the size of the trade when step l is over and ``roots`` its square root,
    ``rates`` (n, L) what a unit costs within it, and ``steps`` (n, L-1) by how much each next one
    is dearer. ``short`` (n, L) is one where the step is of short weight, None where none is. The
    last step goes on as far as the bounds let.
    """

    ends: Array
    roots: Array
    rates: Array
    steps: Array
    short: Array | None = None


def rates_of(ends: Array, rates: Array, short: Array | None = None) -> Rates:
    """Rates with what follows from them."""
    return Rates(ends, np.sqrt(ends), rates, np.diff(rates, axis=1), short)


def rows_of(side: Rates, rows: NDArray[np.intp]) -> Rates:
    """The rates of the names ``rows`` alone."""
    short = None if side.short is None else side.short[rows]
    return Rates(side.ends[rows], side.roots[rows], side.rates[rows], side.steps[rows], short)


def rates_together(parts: Sequence[Rates]) -> Rates:
    """All ``parts`` one below the other."""
    shorts = [part.short for part in parts if part.short is not None]
    return rates_of(
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.rates for part in parts]),
        np.concatenate(shorts) if shorts else None,
    )


def with_short(side: Rates, price: float) -> Rates:
    """``side`` with short weight dearer by ``price``."""
    if side.short is None or price == 0:
        return side
    return rates_of(side.ends, side.rates + price * side.short, side.short)


def spent(side: Rates, rows: NDArray[np.intp], size: Array) -> Array:
    """What trades of ``size`` of the names ``rows`` cost, both (r,): the first rate and its steps.

    True for rates that fall, too.
    """
    beyond = np.maximum(size[:, None] - side.ends[rows, :-1], 0.0)
    later = np.einsum("ij,ij->i", side.steps[rows], beyond)
    return np.asarray(side.rates[rows, 0] * size + later)


def of_sales(problem: Problem, table: LotTable) -> Rates:
    """What each name pays for being sold: its lots, then what lies beyond them, then short."""
    ends, taxes = _lots(problem, table)
    side = rates_of(ends, taxes)
    if _lends(problem):
        at = np.where(problem.lower < 0, np.maximum(problem.current, 0.0), np.inf)
        side = _with_short_from(side, at, _borrow(problem))
    if problem.opportunity is not None:
        way = problem.current - problem.target
        side = _with_kink(side, way, problem.opportunity)
    return side


def of_purchases(problem: Problem) -> Rates | None:
    """What each name pays for being bought; None where it is nothing beside the spread."""
    is_short = problem.current < 0
    covers = _lends(problem) and bool(is_short.any())
    if not covers and problem.opportunity is None:
        return None
    reach = np.maximum(problem.upper - problem.current, 0.0)[:, None]
    side = rates_of(reach, np.zeros_like(reach))
    if covers:
        borrow = np.where(is_short, _borrow(problem), 0.0)[:, None]
        first = np.where(is_short, -problem.current, 0.0)[:, None]
        ends = np.hstack([first, np.maximum(first, reach)])
        rates = np.hstack([-borrow, np.zeros_like(borrow)])
        side = rates_of(ends, rates, np.hstack([-1.0 * is_short[:, None], np.zeros_like(borrow)]))
    if problem.opportunity is not None:
        way = problem.target - problem.current
        side = _with_kink(side, way, problem.opportunity)
    return side


def _lots(problem: Problem, table: LotTable) -> tuple[Array, Array]:
    """Lots of all names as they are sold, each row filled up with what lies beyond them."""
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


def _lends(problem: Problem) -> bool:
    """Whether short weight has a price: a lender's fee, or a limit."""
    priced = problem.borrow is not None or problem.gross is not None
    return priced and bool(problem.lower.min() < 0)


def _borrow(problem: Problem) -> Array:
    return np.zeros(problem.size) if problem.borrow is None else problem.borrow


def _with_short_from(side: Rates, at: Array, borrow: Array) -> Rates:
    """``side`` with ``borrow`` (n,) besides from the size ``at`` (n,) on, which is short there."""
    ends, old, beyond = _cut(side, np.where(np.isfinite(at), at, 0.0))
    short = np.where(np.isfinite(at)[:, None], beyond, 0.0)
    return rates_of(ends, old(side.rates) + borrow[:, None] * short, short)


def _with_kink(side: Rates, way: Array, rate: Array) -> Rates:
    """``side`` with -rate on the ``way`` (n,) to the target, where it leads there, +rate beyond."""
    ends, old, beyond = _cut(side, np.maximum(way, 0.0))
    rates = old(side.rates) + rate[:, None] * (2 * beyond - 1)
    return rates_of(ends, rates, None if side.short is None else old(side.short))


@dataclass(frozen=True, slots=True)
class _Old:
    """Takes over what each new step had been before the cut."""

    index: NDArray[np.intp]

    def __call__(self, values: Array) -> Array:
        return np.take_along_axis(values, self.index, axis=1)


def _cut(side: Rates, at: Array) -> tuple[Array, _Old, Array]:
    """One step more: the one in which ``at`` (n,) lies is cut in two.

    The new ends, what each step was before, and one for those beyond the cut.
    """
    n, width = side.ends.shape
    together = np.hstack([side.ends, at[:, None]])
    order = np.argsort(together, axis=1, kind="stable")
    is_cut = order == width
    before = np.cumsum(~is_cut, axis=1) - ~is_cut
    ends = np.take_along_axis(together, order, axis=1)
    starts = np.hstack([np.zeros((n, 1)), ends[:, :-1]])
    beyond = (starts >= at[:, None]).astype(np.float64)
    return ends, _Old(np.minimum(before, width - 1)), beyond


def flattened(side: Rates, least: Array) -> Rates:
    """``side`` made convex from above: no rate below an earlier one, nor below ``least`` (n,)."""
    rates = np.maximum(np.maximum.accumulate(side.rates, axis=1), least[:, None])
    return replace(side, rates=rates, steps=np.diff(rates, axis=1))


def free_of_charge(side: Rates) -> Rates:
    """The same steps at no cost; what is short stays so."""
    return replace(side, rates=np.zeros_like(side.rates), steps=np.zeros_like(side.steps))
