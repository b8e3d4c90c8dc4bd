"""Another market: prices shocked, costs doubled, taxes raised, risk larger or all in step.

With shocks s to prices a weight w becomes w (1+s) / (1 + sum w s). A lot taxed at ``rate`` on a
gain of g per dollar pays tax rate x g; after the shock its gain is 1 - (1-g)/(1+s). Impact grows
with sqrt(NAV / dollar volume), so by sqrt((1 + sum w s) / (1+s)).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.problem import Array, BadProblem, Lots, Problem
from strategies.optimize.whatif.outcome import Outcome, measured
from strategies.optimize.whatif.scaled import Scale, resized, scaled

WHOLLY = -1.0
"""A shock that leaves nothing."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A market that differs from today's: by ``shocks`` to prices (n,), or as ``change`` says."""

    name: str
    words: str
    shocks: Array | None = None
    change: Callable[[Problem], Problem] = lambda problem: problem


def scenarios(problem: Problem) -> tuple[Scenario, ...]:
    """The usual ones, then a fall of 20 % in each group."""
    risky = np.where(is_cash(problem), 0.0, 1.0)
    falls = [
        Scenario(f"prices{100 * size:+.0f}", f"all prices {100 * size:+.0f} %", size * risky)
        for size in (-0.10, -0.20, 0.10)
    ]
    of_groups = [
        Scenario(f"{group.name}-20", f"{group.name} prices -20 %", _shocks(problem, group.members))
        for group in problem.groups
        if group.members
    ]
    return (*falls, *USUAL, *of_groups)


def _shocks(problem: Problem, members: tuple[int, ...]) -> Array:
    shocks = np.zeros(problem.size)
    shocks[list(members)] = -0.20
    return shocks


def in_step(problem: Problem) -> Problem:
    """``problem`` with every name as volatile as it is, and all moving as one."""
    variances = np.einsum("ij,ij->i", problem.factors, problem.factors) + problem.specific
    alone = np.where(is_cash(problem), problem.specific, 0.0)
    factor = np.sqrt(np.maximum(variances - alone, 0.0))
    return replace(problem, factors=factor[:, None], specific=alone)


USUAL = (
    Scenario(
        "costs-double", "spread and impact twice as large", change=lambda p: scaled(p, cost=2)
    ),
    Scenario("taxes-up", "tax rates half as high again", change=lambda p: scaled(p, tax=1.5)),
    Scenario(
        "volatility-double",
        "volatility twice as high",
        change=lambda p: resized(p, Scale(volatility=2.0)),
    ),
    Scenario("correlation-one", "all names move as one", change=in_step),
)


def is_cash(problem: Problem) -> Array:
    """Names without any factor, spread or impact: shape (n,), true or false."""
    return np.asarray(
        ~problem.factors.any(axis=1) & (problem.spread == 0) & (problem.impact == 0), dtype=bool
    )


def growth(weights: Array, shocks: Array) -> float:
    """What NAV is multiplied by: 1 + sum w s."""
    return 1.0 + float(weights @ shocks)


def drifted(weights: Array, shocks: Array) -> Array:
    """``weights`` (n,) after the prices moved by ``shocks`` (n,)."""
    held = float(weights.sum())
    return np.asarray(weights * (1 + shocks) * (held / (held + float(weights @ shocks))))


def stressed(problem: Problem, scenario: Scenario, tax_rate: float) -> Problem:
    """``problem`` in ``scenario``; gains that a shock makes or takes are taxed at ``tax_rate``.

    Bounds that are today's weight (no buying, no selling) go along with it. Raises ``BadProblem``
    where a price is lost or NAV is.
    """
    if scenario.shocks is None:
        return scenario.change(problem)
    return scenario.change(shocked(problem, scenario.shocks, tax_rate))


def shocked(problem: Problem, shocks: Array, tax_rate: float) -> Problem:
    """``problem`` after prices moved by ``shocks`` (n,)."""
    bad = ~(np.isfinite(shocks) & (shocks > WHOLLY))
    if bool(bad.any()):
        name = int(np.argmax(bad))
        raise BadProblem(f"shocks[{name}] = {shocks[name]:g} is not a number above -1")
    total = problem.budget + float(problem.current @ shocks)
    if total <= 0:
        raise BadProblem(f"the shocks leave {total:g} of net asset value")
    grown = (1 + shocks) * (problem.budget / total)
    current = problem.current * grown
    return replace(
        problem,
        current=current,
        lower=np.where(problem.lower == problem.current, current, problem.lower),
        upper=np.where(problem.upper == problem.current, current, problem.upper),
        impact=problem.impact / np.sqrt(grown),
        lots=tuple(_moved(lots, shocks, grown, tax_rate) for lots in problem.lots),
    )


def _moved(lots: Lots, shocks: Array, grown: Array, tax_rate: float) -> Lots:
    """A lot is worth more, and more of it is gain; one that is never taxed stays so."""
    name = lots.name
    taxes = tax_rate - (tax_rate - lots.taxes) / (1 + shocks[name])
    untaxed = not lots.taxes.any()
    return replace(
        lots,
        weights=lots.weights * grown[name],
        taxes=lots.taxes if untaxed else taxes,
    )


def kept(problem: Problem, plan: Outcome, scenario: Scenario) -> Outcome:
    """What ``plan`` comes to in ``scenario``.

    Where prices move it was carried out before, at today's cost and tax, and they move its
    weights; else it is carried out at the costs, the taxes and the risk of the scenario.
    """
    if scenario.shocks is None:
        return measured(scenario.change(problem), plan.weights)
    after = measured(problem, drifted(plan.weights, scenario.shocks))
    return replace(after, bill=replace(plan.bill, risk=after.bill.risk), turnover=plan.turnover)
