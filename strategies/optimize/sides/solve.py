"""Which names are only sold and which are only bought, so that no loss is bought back.

A lot whose loss is worth more than the round trip makes "sell and buy back" profitable on paper;
the law takes the loss away (26 U.S.C. 1091). Such a name therefore takes one side: it is sold
with its true lots and not bought, or bought and not sold. And where a broker relieves lots in an
order of his own, a cheap lot may stand behind a dear one. ``ways`` says what each way of trading
such a name is worth, ``branch`` searches the choices.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from strategies.optimize.kernel.dual import couple
from strategies.optimize.kernel.pieces import separate
from strategies.optimize.kernel.solve import TOLERANCE, Solution, refuse_other_laws, solve_coupled
from strategies.optimize.problem import Array, Lots, Problem, check, lot_table
from strategies.optimize.progress import Tick, silent
from strategies.optimize.sides.branch import Search
from strategies.optimize.sides.ways import undecided_names, ways_of


def solve_sides(
    problem: Problem,
    *,
    start: Array | None = None,
    tolerance: float = TOLERANCE,
    tick: Tick = silent,
) -> Solution:
    """The best weights of ``problem`` that buy no loss back, with a bound over all choices of way.

    As ``kernel.solve``, which it is where no name is undecided. ``objective`` is that of the true
    lots; ``tick`` sees the iterations of all solves in one count. Raises ``BadProblem``.
    """
    table = check(problem)
    refuse_other_laws(problem)
    coupling = couple(problem, table)
    names = undecided_names(coupling.pieces)
    if names.size:
        return Search(ways_of(problem, coupling, names, tolerance), tick).run(start)
    return solve_coupled(problem, coupling, start=start, tolerance=tolerance, tick=tick)


def undecided(problem: Problem) -> tuple[int, ...]:
    """Names with more than one way: a loss that pays for buying back, or a cheap lot behind."""
    names: list[int] = undecided_names(separate(problem, lot_table(problem.lots))).tolist()
    return tuple(names)


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
    lots = tuple(_convex(each, each.name in kept) for each in problem.lots)
    return replace(problem, upper=upper, lots=lots)


def _convex(lots: Lots, waives: bool) -> Lots:  # noqa: FBT001 - one of two kinds of name
    """``lots`` without losses where it ``waives`` them; a lot behind a dearer one is as dear."""
    taxes = np.maximum(lots.taxes, 0.0) if waives else lots.taxes
    return replace(lots, taxes=np.maximum.accumulate(taxes) if lots.in_order else taxes)
