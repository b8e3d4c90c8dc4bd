"""Lots as steps of a convex tax curve, for a solver that knows no other.

Lots that are sold in order of tax are such steps already. In an order of the broker's they may not
be: then the steps are those of the lower convex hull of the tax paid so far (the largest convex
curve below it), so that what is found from them is a lower bound of what the sale really costs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.problem import Array, Lots, Problem

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Steps:
    """What may be sold, in one row: name, width and tax of each step, all of shape (steps,).

    The taxes of a name rise; its last step is what lies beyond its lots. ``bent`` are the lots
    that the steps do not follow but bound from below.
    """

    name: NDArray[np.intp]
    width: Array
    tax: Array
    bent: tuple[Lots, ...]


def steps_of(problem: Problem) -> Steps:
    """Every lot of ``problem``, or the hull of it, and for each name what lies beyond its lots."""
    reach = np.maximum(problem.current - problem.lower, 0.0)
    dearest, bent = np.zeros(problem.size), []
    names: list[int] = []
    widths, taxes = [], []
    for lots in problem.lots:
        some, rates = lots.weights, lots.taxes
        dearest[lots.name] = dearest_of(lots)
        if lots.in_order and is_bent(lots):
            bent.append(lots)
            one_way = problem.upper[lots.name] <= problem.current[lots.name]
            within = reach[lots.name] if one_way else max(reach[lots.name], some.sum())
            some, rates = hull(lots, float(within))
        names += [lots.name] * len(some)
        widths.append(some)
        taxes.append(rates)
    name = np.array([*names, *range(problem.size)], dtype=np.intp)
    width, tax = np.concatenate([*widths, reach]), np.concatenate([*taxes, dearest])
    return Steps(name, width, tax, tuple(bent))


def dearest_of(lots: Lots) -> float:
    """The tax of what is sold beyond the lots: the dearest's, and at least nothing."""
    return float(lots.taxes.max(initial=0.0))


def is_bent(lots: Lots) -> bool:
    """Whether a dearer lot comes before a cheaper one."""
    taxes = lots.taxes[lots.weights > 0]
    return bool((np.diff(taxes) < 0).any())


def hull(lots: Lots, within: float) -> tuple[Array, Array]:
    """Widths and taxes of the lower convex hull of the tax paid, over sales up to ``within``."""
    corners = list[Corner]()
    for corner in _curve(lots, within):
        while len(corners) > 1 and _rises_less(corners[-2], corners[-1], corner):
            corners.pop()
        corners.append(corner)
    sold, paid = np.array(corners).T
    widths = np.diff(sold)
    return widths, np.diff(paid) / widths


def _curve(lots: Lots, within: float) -> list[Corner]:
    """Sold and tax paid, at the end of each lot and of what lies beyond, up to ``within``."""
    rest = max(within - float(lots.weights.sum()), 0.0)
    corners, sold, paid = [(0.0, 0.0)], 0.0, 0.0
    widths = [*lots.weights.tolist(), rest]
    for width, tax in zip(widths, [*lots.taxes.tolist(), dearest_of(lots)], strict=True):
        taken = min(width, within - sold)
        if taken > 0:
            sold, paid = sold + taken, paid + tax * taken
            corners.append((sold, paid))
    return corners


def _rises_less(one: Corner, two: Corner, three: Corner) -> bool:
    """Whether the way from ``two`` to ``three`` is no steeper than that to ``two``."""
    return (three[1] - two[1]) * (two[0] - one[0]) <= (two[1] - one[1]) * (three[0] - two[0])


def tax_in_order(lots: Lots, sold: float) -> float:
    """What a sale of ``sold`` really pays when the lots go in the order in which they stand."""
    before = np.cumsum(lots.weights) - lots.weights
    taken = np.clip(sold - before, 0.0, lots.weights)
    beyond = max(sold - float(lots.weights.sum()), 0.0)
    return float(lots.taxes @ taken) + dearest_of(lots) * beyond
