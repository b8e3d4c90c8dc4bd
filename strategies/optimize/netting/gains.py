"""Tax lots with their gains instead of their taxes, and what a sale of them realises.

At constant rates a gain is a tax, and the lots are those of an ordinary ``Problem``; which lots a
sale takes then depends on the rates, unless the broker relieves them in an order of his own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array, BadProblem, Lots, Problem

Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]
PLACES = ("weights", "gain_per_dollar", "is_short")


@dataclass(frozen=True, slots=True)
class Gains:
    """Tax lots of the name with index ``name``; all of shape (L,).

    ``weights`` are shares of NAV, ``gain_per_dollar`` what a dollar sold realises (price less cost
    over price, below zero for a loss), ``is_short`` whether it is held for a year or less. A sale
    takes the lots that are taxed least at the rates that apply; with ``in_order`` those that stand
    here first. What is sold beyond them realises what the lot with the greatest gain does, and at
    least nothing.
    """

    name: int
    weights: Array
    gain_per_dollar: Array
    is_short: Mask
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class GainTable:
    """All lots in rows, by name and in the order given, and for each name what lies beyond.

    ``names``, ``widths``, ``gains``, ``short`` and ``fixed`` (sold in the order given) have shape
    (rows,); ``given`` marks the rows that are lots, not what lies beyond them.
    """

    names: Indices
    widths: Array
    gains: Array
    short: Mask
    fixed: Mask
    given: Mask

    def realised(self, sold: Array) -> Array:
        """Short and long gains, shape (2,), when ``sold`` (rows,) of the lots is sold."""
        amounts = self.gains * sold
        return np.array([amounts[self.short].sum(), amounts[~self.short].sum()])

    def taxes(self, rates: Array) -> Array:
        """Tax per dollar of each row at the rates (2,) of short and long gains."""
        return np.asarray(self.gains * np.where(self.short, rates[0], rates[1]))


def gain_table(problem: Problem, gains: tuple[Gains, ...]) -> GainTable:
    """The lots of all names in one table. Raises ``BadProblem`` for those that make no sense."""
    _check(problem, gains)
    reach = np.maximum(problem.current - problem.lower, 0.0)
    rows = [_with_beyond(each, float(reach[each.name])) for each in gains if each.weights.size]
    if not rows:
        none = np.empty(0, dtype=np.bool_)
        return GainTable(np.empty(0, dtype=np.intp), np.empty(0), np.empty(0), none, none, none)
    count = [each.weights.size for each in rows]
    last = np.zeros(sum(count), dtype=np.bool_)
    last[np.cumsum(count) - 1] = True
    return GainTable(
        names=np.repeat([each.name for each in rows], count).astype(np.intp),
        widths=np.concatenate([each.weights for each in rows]),
        gains=np.concatenate([each.gain_per_dollar for each in rows]),
        short=np.concatenate([each.is_short for each in rows]),
        fixed=np.repeat([each.in_order for each in rows], count),
        given=~last,
    )


def _with_beyond(lots: Gains, reach: float) -> Gains:
    """``lots`` and one more for what can be sold beyond them, of no width where nothing can."""
    dearest = int(np.argmax(lots.gain_per_dollar))
    beyond = max(0.0, reach - float(lots.weights.sum()))
    return Gains(
        name=lots.name,
        weights=np.append(lots.weights, beyond),
        gain_per_dollar=np.append(lots.gain_per_dollar, max(0.0, lots.gain_per_dollar[dearest])),
        is_short=np.append(lots.is_short, lots.is_short[dearest]),
        in_order=lots.in_order,
    )


def lots_at(table: GainTable, rates: Array) -> tuple[Lots, ...]:
    """The lots with their taxes at constant ``rates`` (2,)."""
    starts = np.flatnonzero(np.append(True, table.names[1:] != table.names[:-1]))
    taxes, ends = table.taxes(rates), np.append(starts[1:], table.names.size)
    return tuple(
        Lots(int(table.names[a]), table.widths[a:b], taxes[a:b], bool(table.fixed[a]))
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
        if b > a
    )


def sold_at(table: GainTable, sold: Array, rates: Array) -> Array:
    """How much of each row is sold, (rows,), when ``sold`` (n,) is and ``rates`` (2,) apply."""
    if not table.names.size:
        return np.empty(0)
    places = np.arange(table.names.size, dtype=np.float64)
    order = np.lexsort((np.where(table.fixed, places, table.taxes(rates)), table.names))
    names, widths = table.names[order], table.widths[order]
    ends = np.cumsum(widths)
    before = ends - widths
    before -= before[np.searchsorted(names, names, side="left")]
    taken = np.empty(names.size)
    taken[order] = np.clip(sold[names] - before, 0.0, widths)
    return taken


def reach_of(problem: Problem, table: GainTable) -> tuple[Array, Array]:
    """Least and greatest short and long gains that any sale within the bounds realises: (2,) each.

    Each kind by itself: the best lots of the kind, as far as a name may be sold.
    """
    most = np.maximum(problem.current - problem.lower, 0.0)
    low, high = np.zeros(2), np.zeros(2)
    for kind, is_short in enumerate((True, False)):
        gains = np.where(table.short == is_short, table.gains, 0.0)
        for towards, sign in ((low, 1.0), (high, -1.0)):
            free = GainTable(
                table.names,
                table.widths,
                sign * gains,
                table.short,
                table.fixed & False,
                table.given,
            )
            taken = sold_at(free, most, np.ones(2))
            towards[kind] = float(np.sum(np.minimum(sign * gains, 0.0) * taken)) * sign
    return low, high


def _check(problem: Problem, gains: tuple[Gains, ...]) -> None:
    seen = set[int]()
    for each in gains:
        place = f"gains[{each.name}]"
        if not 0 <= each.name < problem.size:
            raise BadProblem(f"gains: name {each.name} is not among {problem.size} names")
        if each.name in seen:
            raise BadProblem(f"gains: name {each.name} has two entries")
        seen.add(each.name)
        if len({getattr(each, name).shape for name in PLACES}) > 1 or each.weights.ndim != 1:
            raise BadProblem(f"{place}: expected one row of each of {', '.join(PLACES)}")
        if not (np.isfinite(each.weights).all() and np.isfinite(each.gain_per_dollar).all()):
            raise BadProblem(f"{place}: a lot is not finite")
        if bool((each.weights < 0).any()):
            raise BadProblem(f"{place}: a weight is negative")
