"""Random problems with everything that a ``Problem`` can hold, some of it in each."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from strategies.optimize.problem import Exposure, Problem, Tilt
from tests.strategies.optimize.problems import Shape, draw


def enrich(seed: int, names_max: int = 40) -> Problem:
    """A plausible problem, with each of the rarer terms and limits in half of the cases."""
    random = np.random.default_rng(seed + 3_000_000)
    names = int(random.integers(4, names_max))
    shape = Shape(
        names=names,
        factors=int(random.integers(1, 8)),
        groups=bool(random.random() < 0.5),
        turnover=bool(random.random() < 0.4),
        tracking_error=bool(random.random() < 0.3),
    )
    problem = draw(seed, shape)
    # A loss worth exactly the round trip is on the edge between two kinds of problem.
    lots = tuple(replace(each, taxes=np.maximum(each.taxes, -1e-4)) for each in problem.lots)
    problem = replace(
        problem,
        spread=np.where(problem.spread > 0, np.maximum(problem.spread, 1e-4), 0.0),
        lots=lots,
    )
    for twist in TWISTS:
        if random.random() < 0.5:
            problem = twist(problem, random)
    return problem


def with_shorts(problem: Problem, random: np.random.Generator) -> Problem:
    """A third of the names may be short, some are; the lender wants a fee, and gross is limited."""
    can = random.random(problem.size) < 0.35
    current = np.where(
        can, problem.current - random.uniform(0, 0.03, problem.size), problem.current
    )
    lots = tuple(each for each in problem.lots if current[each.name] > float(each.weights.sum()))
    room = max(1.0, float(np.abs(current).sum()))
    return replace(
        problem,
        current=current,
        lower=np.where(can, np.minimum(current, -0.05), problem.lower),
        upper=np.maximum(problem.upper, current),
        lots=lots,
        borrow=random.uniform(0, 0.03, problem.size),
        gross=float(room * random.uniform(0.98, 1.3)),
    )


def with_variance(problem: Problem, random: np.random.Generator) -> Problem:
    """Risk itself is avoided, and sometimes limited."""
    limit = float(random.uniform(0.12, 0.25)) if random.random() < 0.5 else None
    return replace(problem, variance_aversion=float(random.uniform(0.1, 4.0)), volatility=limit)


def with_exposures(problem: Problem, random: np.random.Generator) -> Problem:
    """Two factors within a band around what the target has."""
    rows = []
    for number in range(2):
        coefficients = random.normal(0, 1, problem.size)
        level = float(coefficients @ problem.target)
        rows.append(Exposure(f"factor {number}", coefficients, level - 0.1, level + 0.05))
    return replace(problem, exposures=tuple(rows))


def with_tilts(problem: Problem, random: np.random.Generator) -> Problem:
    """A wish to be at a level of a factor, and one to buy as much as is sold."""
    names = problem.size
    value = Tilt("value", random.normal(0, 1, names), 0.1, float(random.uniform(0.001, 0.1)))
    balance = np.ones(names)
    balance[-1] = 0.0
    level = float(balance @ problem.current)
    return replace(problem, tilts=(value, Tilt("balance", balance, level, 0.05)))


def with_reward(problem: Problem, random: np.random.Generator) -> Problem:
    """Expected returns."""
    return replace(problem, reward=random.normal(0.005, 0.01, problem.size))


def with_opportunity(problem: Problem, random: np.random.Generator) -> Problem:
    """Return is missed by what is not done."""
    return replace(problem, opportunity=random.uniform(0, 0.01, problem.size))


def with_closeness(problem: Problem, random: np.random.Generator) -> Problem:
    """A wish to be near the target."""
    return replace(problem, closeness=random.uniform(0, 1.0, problem.size))


Twist = Callable[[Problem, np.random.Generator], Problem]
TWISTS: tuple[Twist, ...] = (
    with_shorts,
    with_variance,
    with_exposures,
    with_tilts,
    with_reward,
    with_opportunity,
    with_closeness,
)
