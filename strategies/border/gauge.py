"""What is measured once for all wishes of one decision: risk, costs, taxes by lot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from brokers.words import ZERO
from strategies.border.second import Ask, ask_here
from strategies.costs import rates
from strategies.optimize.ladder import RUNGS, Rung
from strategies.optimize.problem import Array, Lots, Problem
from strategies.optimize.progress import Tick, silent
from strategies.orders.promises import Risk
from strategies.policy import Policy
from strategies.risk.covariance import estimate
from strategies.risk.model import FactorModel, daily_volatility, variance
from strategies.snapshot import Snapshot
from strategies.standing import Row, Standing
from strategies.taxes import ladder

GRAIN = Decimal("1e-11")


@dataclass(frozen=True, slots=True)
class Gauge:
    """Measures row by row.

    ``daily`` is volatility over one day; ``spread`` and ``impact``, shape (n + 1,), cost the
    trades, cash last; ``lots`` are those of the rows above target that would be taxed.
    """

    model: FactorModel
    daily: tuple[Decimal, ...]
    spread: Array
    impact: Array
    lots: tuple[Lots, ...]

    def variance(self, weights: Sequence[Decimal]) -> Decimal:
        """Annual variance of holding ``weights``, or of a distance from the targets."""
        return Decimal(repr(variance(self.model, array(weights))))

    def risk(self, stand: Standing, weights: Sequence[Decimal]) -> Risk:
        """Tracking error against the targets, and volatility, of ``weights``."""
        distance = [weight - row.target for weight, row in zip(weights, stand.rows, strict=True)]
        return Risk(self.variance(distance).sqrt(), self.variance(weights).sqrt())


@dataclass(frozen=True, slots=True)
class Company:
    """Who takes part in a search: who listens, the solvers in their order, who is asked again."""

    tick: Tick = silent
    rungs: tuple[Rung, ...] = RUNGS
    ask: Ask = ask_here


@dataclass(frozen=True, slots=True)
class Case:
    """All that one decision is made from, and who listens to the search.

    ``presses`` where trades are wanted whatever they cost, ``mends`` where a limit is broken today,
    so that no trade at all does not keep it; ``rungs`` are the solvers, ``ask`` who
    gives a second opinion. Once the search ``has_ended`` at somebody's wish no limit gives way.
    """

    stand: Standing
    snapshot: Snapshot
    policy: Policy
    gauge: Gauge
    presses: bool = False
    mends: bool = False
    tick: Tick = silent
    rungs: tuple[Rung, ...] = RUNGS
    ask: Ask = ask_here
    has_ended: Callable[[], bool] = lambda: False

    def hearing(self, made: Problem) -> Tick:
        """The tick of a search for an answer to ``made``: who listens is told what is asked."""
        return lambda progress: self.tick(replace(progress, problem=made))


def measure(
    stand: Standing, snapshot: Snapshot, policy: Policy, model: FactorModel | None = None
) -> Gauge:
    """Risk from the history that the snapshot brings, costs and taxes from quotes and lots.

    ``model`` is that risk where it has been estimated already.
    """
    if model is None:
        model = estimate([row.symbol for row in stand.rows], snapshot.history)
    sigmas = daily_volatility(model).tolist()
    daily = tuple(Decimal(repr(sigma)).quantize(GRAIN) for sigma in sigmas)
    costs = [
        rates(row.holding, sigma, policy.costs, stand.nav)
        for row, sigma in zip(stand.rows, daily, strict=True)
    ]
    above = (place for place, row in enumerate(stand.rows) if row.weight > row.target)
    found = (lots_of(place, stand, snapshot, policy) for place in above)
    return Gauge(
        model=model,
        daily=daily,
        spread=array([*(cost.linear for cost in costs), ZERO]),
        impact=array([*(cost.impact for cost in costs), ZERO]),
        lots=tuple(lots for lots in found if lots is not None),
    )


def lots_of(place: int, stand: Standing, snapshot: Snapshot, policy: Policy) -> Lots | None:
    """The lots of a row in the order in which the broker relieves them; None where none is taxed.

    No order names its lots, so that the order is the broker's: only where it rises anyway is it
    that of the tax.
    """
    row: Row = stand.rows[place]
    steps = () if row.barred else ladder(row.holding, snapshot, policy.tax)
    if not steps:
        return None
    share = row.holding.price / stand.nav
    taxes = array([tax for _, tax in steps])
    widths = array([quantity * share for quantity, _ in steps])
    return Lots(place, widths, taxes, in_order=bool(np.any(taxes[1:] < taxes[:-1])))


def array(numbers: Sequence[Decimal]) -> Array:
    """``numbers`` as floats."""
    return np.array([float(number) for number in numbers], dtype=np.float64)


def exact(weight: float) -> Decimal:
    """A float as a weight, rounded to ``GRAIN``."""
    return Decimal(repr(float(weight))).quantize(GRAIN)
