"""The best plan where short and long gains are netted, with a bound over all plans.

Netting couples all names, but only through two numbers, the net short gain S and the net long
gain L. At constant rates z = (z_S, z_L) each name pays its own tax again: an ordinary problem,
whose bound q(z) ``sides.solve_sides`` proves. In each region R of ``netting`` the tax is linear, so

    q(z) + min over (S, L) in R, within reach, of [ tax(S, L) - z_S S - z_L L ]

bounds all plans that end in R (Lagrangian relaxation of the definitions of S and L); it is concave
in z, and the least of the regions' best bounds holds for every plan. The rates lie between the
least and the greatest of the law: beyond them no region's bound matters. Each solve is a cut of q
for all regions, and the next rates are those of the model that the cuts make (Kelley, J. SIAM 8
(1960)); its dual mixes the plans so far into one that ends in the region (Dantzig and Wolfe 1960).
Every plan is judged by its true tax.
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.kernel.solve import TOLERANCE, VIOLATION_MAX, Solution, trusted
from strategies.optimize.measure import violation
from strategies.optimize.netting.cuts import TIGHT, Cut, Promise, promise
from strategies.optimize.netting.gains import Gains, lots_at
from strategies.optimize.netting.law import Netting
from strategies.optimize.netting.year import Year, best_order, excess, places, plan, year_of
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import OBJECTIVE_MIN, Progress, Tick, silent
from strategies.optimize.sides.solve import solve_sides

SOLVES_MAX = 25
SHARE = 0.5
"""Part of the gap that a solve may leave, so that some is left for the rates."""
NEAR = 1e-7
"""Distance from a kink, in units of what gains can come to, that counts as standing on it."""
EXACT = "constant rates are exact for this plan: {} on short and {} on long gains ({})"
UNPROVEN = "the plan ends in {}; that none is better is not proven"
KINK = (
    "no constant rates lead to this plan: it stands between {}, where a further dollar"
    " of short gain is worth {} and of long gain {}"
)


@dataclass(frozen=True, slots=True)
class Netted:
    """A plan, and at which rates it pays.

    ``solution`` has the true objective, bound and gap. ``net_short`` and ``net_long`` are the net
    gains after it, ``tax`` what it adds to the tax of the year, all shares of NAV. ``rates`` are
    those of a further dollar of short and long gain; ``is_exact`` says that they are constant, so
    that the plan is also that of an ordinary problem with them; ``words`` says which. ``sold``,
    (L,) for each of the ``Gains``, is how much of each lot is sold.
    """

    solution: Solution
    net_short: float
    net_long: float
    tax: float
    rates: tuple[float, float]
    is_exact: bool
    words: str
    solves: int
    sold: tuple[Array, ...]


def solve_netted(
    problem: Problem,
    gains: tuple[Gains, ...],
    netting: Netting,
    *,
    tolerance: float = TOLERANCE,
    solves_max: int = SOLVES_MAX,
    tick: Tick = silent,
) -> Netted:
    """The best plan of ``problem``, which has no ``lots``, with the tax of ``gains`` netted.

    ``tick`` sees the iterations of all solves in one count. Raises ``BadProblem``.
    """
    search = _Search(year_of(problem, gains, netting), tolerance, tick)
    search.run(solves_max)
    return _answer(search, gains)


class _Search:
    """One search: the plans so far, and the best bound of each region, with its rates."""

    def __init__(self, year: Year, tolerance: float, tick: Tick) -> None:
        self.year, self.places = year, places(year)
        self.bounds = [-float("inf")] * len(self.places)
        self.proofs = [np.zeros(2)] * len(self.places)
        self.cuts: list[Cut] = []
        self.best: Cut | None = None
        self.last: Solution | None = None
        self.iterations = 0
        self.tolerance, self._tick = tolerance, tick
        self._stopped = False

    def run(self, solves_max: int) -> None:
        """Solve at one pair of rates after the other until the bounds meet the best plan."""
        here = min(self.places, key=lambda place: excess(place.region, self.year.so_far))
        rates: Array | None = here.rates
        while rates is not None and len(self.cuts) < solves_max and self._solve(rates):
            rates = None if self._stopped else self._next_rates()

    def gap(self, bound: float) -> float:
        """(objective - bound) / max(1 bp of NAV, |objective|) of the best plan."""
        value = float("inf") if self.best is None else self.best.value
        return (value - bound) / self.scale()

    def scale(self) -> float:
        """What gaps are relative to."""
        return max(OBJECTIVE_MIN, 0.0 if self.best is None else abs(self.best.value))

    def solved(self, rates: Array) -> tuple[Cut, ...]:
        """The cuts at ``rates`` (2,): one, or none."""
        return tuple(cut for cut in self.cuts if np.abs(cut.rates - rates).max() <= TIGHT)

    def _solve(self, rates: Array) -> bool:
        """Solve at ``rates``: a cut, a plan, a bound for each region. False where there is none."""
        problem = replace(self.year.problem, lots=lots_at(self.year.table, rates))
        start = None if self.last is None else self.last.dual
        within = self._within(rates)
        answer = solve_sides(problem, start=start, tolerance=within, tick=self._ticking)
        self.iterations += answer.iterations
        self.last = answer if self.last is None or answer.is_usable else self.last
        if not answer.is_usable:
            return False
        cut = replace(plan(self.year, answer.weights, rates), bound=answer.bound)
        self.cuts.append(cut)
        self._consider(cut)
        for place, each in enumerate(self.places):
            bound = answer.bound + each.least(rates)
            if bound > self.bounds[place]:
                self.bounds[place], self.proofs[place] = bound, rates
        return True

    def _within(self, rates: Array) -> float:
        """The gap asked of a solve: its objective may be far larger than that of the whole."""
        if self.best is None:
            return self.tolerance
        there = max(OBJECTIVE_MIN, abs(self.best.cost_at(rates)))
        return self.tolerance * SHARE * min(1.0, self.scale() / there)

    def _consider(self, cut: Cut) -> None:
        """Keep a plan if it is the best so far, with the best of the orders of its lots."""
        kept = violation(self.year.problem, cut.weights) <= VIOLATION_MAX
        better = best_order(self.year, cut, (place.rates for place in self.places))
        if kept and (self.best is None or better.value < self.best.value):
            self.best = better

    def _next_rates(self) -> Array | None:
        """The rates to solve at next, for the region with the least bound; None at the end."""
        place = min(range(len(self.places)), key=self.bounds.__getitem__)
        bound, own = self.bounds[place], self.places[place].rates
        if self.gap(bound) <= self.tolerance:
            return None
        if not self.solved(own):
            return own
        rates = np.array([each.rates for each in self.places])
        box = (float(rates.min()), float(rates.max()))
        best = promise(self.cuts, self.places[place], box, self.scale())
        self._consider(self._mixed(best))
        is_over = best.value - bound <= self.tolerance * self.scale() or self.solved(best.rates)
        return None if is_over else best.rates

    def _mixed(self, best: Promise) -> Cut:
        """The mixture of all plans so far that the cuts promise."""
        weights = best.shares @ np.array([cut.weights for cut in self.cuts])
        sold = best.shares @ np.array([cut.sold for cut in self.cuts])
        return plan(self.year, weights, best.rates, sold)

    def _ticking(self, progress: Progress) -> bool:
        """Hand on the progress of a solve, with the best plan and the bound of the whole."""
        best = self.best
        seen = Progress(
            iteration=self.iterations + progress.iteration,
            stage="netting",
            weights=None if best is None else best.weights,
            objective=float("inf") if best is None else best.value,
            bound=min(self.bounds),
        )
        self._stopped = not self._tick(seen) or self._stopped
        return not self._stopped


def _answer(search: _Search, gains: tuple[Gains, ...]) -> Netted:
    """The best plan with the least of the regions' bounds."""
    year, best = search.year, search.best
    solution, added, rates = _solution(search), np.zeros(2), np.zeros(2)
    is_exact, words, sold = False, "", np.zeros(year.table.names.size)
    if best is not None:
        added, sold = best.added, best.sold
        rates, is_exact, words = _in_words(search, best)
    short, long = (year.so_far + added).tolist()
    mine = [(year.table.names == each.name) & year.table.given for each in gains]
    return Netted(
        solution=solution,
        net_short=short,
        net_long=long,
        tax=year.tax(added),
        rates=(float(rates[0]), float(rates[1])),
        is_exact=is_exact and solution.status == "optimal",
        words=words,
        solves=len(search.cuts),
        sold=tuple(sold[rows] for rows in mine),
    )


def _solution(search: _Search) -> Solution:
    """The last solve's answer with the best plan in it, and what is proven of that."""
    assert search.last is not None
    best = search.best
    if best is None:
        return replace(search.last, iterations=search.iterations)
    bound = trusted(min(search.bounds), best.value)
    gap = search.gap(bound)
    good = gap <= search.tolerance
    return replace(
        search.last,
        status="optimal" if good else "feasible",
        weights=best.weights,
        objective=best.value,
        bound=bound,
        gap=gap,
        violation=violation(search.year.problem, best.weights),
        iterations=search.iterations,
        why="" if good else f"gap {gap:.2g} after {len(search.cuts)} solves of netting",
    )


def _in_words(search: _Search, best: Cut) -> tuple[Array, bool, str]:
    """The rates of the plan, whether they are those of the region it ends in, and a sentence."""
    after = search.year.so_far + best.added
    size = max(float(np.abs(place.points).max()) for place in search.places)
    near = NEAR * max(OBJECTIVE_MIN, size)
    here = [i for i, p in enumerate(search.places) if excess(p.region, after) <= near]
    for place in (search.places[i] for i in here):
        if _is_best_at(search, best, place.rates):
            return place.rates, True, EXACT.format(*_percent(place.rates), place.region.name)
    names = " and ".join(f'"{search.places[i].region.name}"' for i in here)
    rates = search.proofs[min(here, key=search.bounds.__getitem__)]
    is_proven = search.gap(min(search.bounds)) <= search.tolerance
    return rates, False, (KINK if is_proven else UNPROVEN).format(names, *_percent(rates))


def _is_best_at(search: _Search, best: Cut, rates: Array) -> bool:
    """Whether ``best`` is also the best plan where these rates are constant."""
    least = search.tolerance * search.scale()
    return any(best.cost_at(rates) - cut.bound <= least for cut in search.solved(rates))


def _percent(rates: Array) -> tuple[str, str]:
    short, long = rates.tolist()
    return f"{100 * short:.2f} %", f"{100 * long:.2f} %"
