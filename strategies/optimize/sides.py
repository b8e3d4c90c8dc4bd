"""Which names are only sold and which keep their losses, so that no loss is bought back.

A lot whose loss is worth more than the round trip makes "sell and buy back" profitable on paper;
the law takes the loss away (26 U.S.C. 1091). Such a name therefore takes one side: it is sold
with its true lots and not bought, or it may be bought and its losses count for nothing.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from strategies.optimize.problem import Lots, Problem, lot_table, one_sided


def undecided(problem: Problem) -> tuple[int, ...]:
    """Names that could be traded both ways and hold a loss worth more than the round trip."""
    table = lot_table(problem.lots)
    pays = table.taxes < -2 * problem.spread[table.names]
    names = np.unique(table.names[pays & ~one_sided(problem)[table.names]])
    return tuple(int(name) for name in names)


def choose(problem: Problem, selling: Collection[int] | None = None) -> Problem:
    """``problem`` with one side for each undecided name: ``selling`` are sold, the rest bought.

    Without ``selling`` the names above their target are sold. Where that leaves no weights that
    keep the limits, ``choose(problem, ())`` keeps all weights that ``problem`` allows.
    """
    open_names = undecided(problem)
    if selling is None:
        selling = [name for name in open_names if problem.current[name] > problem.target[name]]
    sold = [name for name in open_names if name in selling]
    kept = set(open_names) - set(sold)
    upper = problem.upper.copy()
    upper[sold] = np.minimum(upper[sold], problem.current[sold])
    lots = tuple(_without_losses(each) if each.name in kept else each for each in problem.lots)
    return replace(problem, upper=upper, lots=lots)


def _without_losses(lots: Lots) -> Lots:
    return replace(lots, taxes=np.maximum(lots.taxes, 0.0))
