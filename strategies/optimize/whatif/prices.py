"""What each limit that binds is worth, read from the dual: no solve is needed for it.

With v the least objective as a function of a limit's level, -dv/dlevel is the limit's price: what
one unit more of it gains. It is the multiplier of the Lagrangian (Boyd and Vandenberghe, Convex
Optimization, 5.6.2); v is convex, so that a whole unit gains at most that, and a unit less costs
at least that. Risk limits stand in the dual as half a variance: dv/dlevel = -price x level.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from strategies.optimize.kernel.dual import ERROR, SHORT, TOLL, VOLATILITY, couple
from strategies.optimize.problem import Array, Problem
from strategies.optimize.rows import Row, bands_of, rows_of
from strategies.optimize.whatif.bounds import bound_rates
from strategies.optimize.whatif.limits import BUDGET, Kind, Limit, level_of
from strategies.optimize.whatif.outcome import Outcome

WORTH_MIN = 1e-6
"""A limit whose unit gains less, a hundredth of a bp of NAV, is not worth a word."""
UNITS: dict[Kind, float] = {"tracking_error": 1e-3, "volatility": 1e-3}
UNIT = 1e-2
"""A point: by how much a limit is moved to say what it is worth; a tenth of one for risks."""


@dataclass(frozen=True, slots=True)
class Price:
    """What loosening ``limit``, which stands at ``level``, gains: ``rate`` a unit, a share of NAV.

    ``unit`` is the step in which it is told. Below zero for a budget of which more would cost.
    """

    limit: Limit
    level: float
    rate: float
    unit: float

    @property
    def gain(self) -> float:
        """What a unit more gains at most, a share of NAV."""
        return self.rate * self.unit


def prices(problem: Problem, answer: Outcome) -> tuple[Price, ...]:
    """All limits that bind at ``answer``, the dearest first; empty where it has no dual.

    Where names have several ways to be traded the prices hold for the ways that were chosen.
    """
    coupling = couple(problem)
    if answer.dual.shape != (coupling.unknowns,):
        return ()
    found = [
        *_of_rows(problem, answer.dual[coupling.factors :]),
        *_of_scalars(problem, answer.dual),
        *bound_rates(problem, coupling, answer),
    ]
    made = (
        Price(limit, level_of(problem, limit), rate, UNITS.get(limit.kind, UNIT))
        for limit, rate in found
    )
    return tuple(sorted((p for p in made if abs(p.gain) >= WORTH_MIN), key=lambda p: -abs(p.gain)))


def _of_scalars(problem: Problem, dual: Array) -> Iterator[tuple[Limit, float]]:
    """Gross weight counts twice what is short of it; risks are half a variance."""
    rates: tuple[tuple[Kind, int, float | None], ...] = (
        ("turnover", TOLL, 1.0),
        ("gross", SHORT, 0.5),
        ("tracking_error", ERROR, problem.tracking_error),
        ("volatility", VOLATILITY, problem.volatility),
    )
    for kind, place, factor in rates:
        if factor is not None and getattr(problem, kind) is not None:
            yield Limit(kind), float(dual[place]) * factor


def _of_rows(problem: Problem, row_prices: Array) -> Iterator[tuple[Limit, float]]:
    """The budget and the sides of bands, in the order in which the dual has them."""
    rows = iter(zip(rows_of(problem), row_prices.tolist(), strict=False))
    _, price = next(rows)
    yield BUDGET, price
    pending = next(rows, None)
    for place, band in enumerate(bands_of(problem)):
        while pending is not None and _is_of(pending[0], band.name, band.coefficients):
            yield _side(problem, place, *pending), abs(pending[1])
            pending = next(rows, None)


def _is_of(row: Row, name: str, coefficients: Array) -> bool:
    """Whether ``row`` is a side of the band of that name."""
    same = np.array_equal(row.coefficients, coefficients)
    other = np.array_equal(row.coefficients, -coefficients)
    return row.give == 0 and row.name.startswith(name) and (same or other)


def _side(problem: Problem, place: int, row: Row, price: float) -> Limit:
    """The side that a row is of; an equation has the side that its price pushes against."""
    groups = len(problem.groups)
    kind: Kind = "group" if place < groups else "exposure"
    is_lower = row.name.split()[-2] == ">=" if row.signed else price < 0
    return Limit(kind, place if place < groups else place - groups, is_lower)
