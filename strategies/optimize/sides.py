"""Which names are only sold and which are only bought, so that no loss is bought back.

A lot whose loss is worth more than the round trip makes "sell and buy back" profitable on paper;
the law takes the loss away (26 U.S.C. 1091). Such a name therefore takes one side: it is sold
with its true lots and not bought, or bought and not sold. ``harvest`` says what either side is
worth, ``branch`` searches the choices.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.branch import Search
from strategies.optimize.dual import couple
from strategies.optimize.harvest import harvest
from strategies.optimize.kernel import TOLERANCE, Solution, Tick, solve_coupled
from strategies.optimize.problem import (
    Array,
    Lots,
    LotTable,
    Problem,
    check_values,
    lot_table,
    one_sided,
)


def solve_sides(
    problem: Problem,
    *,
    start: Array | None = None,
    tolerance: float = TOLERANCE,
    tick: Tick | None = None,
) -> Solution:
    """The best weights of ``problem`` that buy no loss back, with a bound over all choices of side.

    As ``kernel.solve``, which it is where no name is undecided. ``objective`` is that of the true
    lots; ``tick`` sees the iterations of all solves in one count. Raises ``BadProblem``.
    """
    table = check_values(problem)
    coupling, names = couple(problem, table), _undecided(problem, table)
    if names.size:
        return Search(harvest(problem, coupling, names, tolerance), tick).run(start)
    return solve_coupled(problem, coupling, start=start, tolerance=tolerance, tick=tick)


def undecided(problem: Problem) -> tuple[int, ...]:
    """Names that could be traded both ways and hold a loss worth more than the round trip."""
    names: list[int] = _undecided(problem, lot_table(problem.lots)).tolist()
    return tuple(names)


def _undecided(problem: Problem, table: LotTable) -> NDArray[np.intp]:
    pays = table.taxes < -2 * problem.spread[table.names]
    return np.unique(table.names[pays & ~one_sided(problem)[table.names]])


def choose(problem: Problem, selling: Collection[int] | None = None) -> Problem:
    """``problem`` made convex by a rule: ``selling`` are only sold, the rest waive their losses.

    Without ``selling`` the names above their target are sold. ``choose(problem, ())`` keeps all
    weights that ``problem`` allows. A quick start and a plain convex problem, not the best sides:
    those are found by ``solve_sides``.
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
