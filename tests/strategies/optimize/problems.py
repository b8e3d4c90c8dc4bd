"""Random rebalancing problems, small to large and plain to strange, each named by its seed."""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.problem import Array, Exposure, Group, Lots, Problem, Tilt

SECTORS = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """What a drawn problem has."""

    names: int = 30
    factors: int = 6
    lots: int = 4
    groups: bool = True
    turnover: bool = True
    tracking_error: bool = True
    cash: bool = True


def draw(seed: int, shape: Shape | None = None) -> Problem:
    """A plausible problem: drifted weights, a market factor, lots with gains, sector limits."""
    shape = shape or Shape()
    random, n = np.random.default_rng(seed), shape.names
    target = random.dirichlet(np.full(n, 2.0))
    current = target * np.exp(random.normal(0, 0.35, n))
    current /= current.sum()
    factors = random.normal(0, 0.05, (n, shape.factors))
    factors[:, :1] = random.normal(0.16, 0.05, (n, 1))[:, : shape.factors]
    spread = random.uniform(0.5e-4, 5e-4, n)
    problem = Problem(
        current=current,
        target=target,
        factors=factors,
        specific=(0.22 * np.exp(random.normal(0, 0.35, n))) ** 2,
        spread=spread,
        impact=random.uniform(0, 0.02, n),
        lower=np.zeros(n),
        upper=np.full(n, max(0.15, 3 / n)),
        risk_aversion=float(random.choice([2.5, 5.0, 40.0])),
        lots=_lots(random, current, spread, shape),
        groups=_groups(random, target) if shape.groups else (),
        turnover=float(random.uniform(0.1, 0.5)) if shape.turnover else None,
        tracking_error=float(random.uniform(0.01, 0.05)) if shape.tracking_error else None,
    )
    return with_cash(problem) if shape.cash else problem


def with_cash(problem: Problem) -> Problem:
    """The last name becomes cash: no risk to speak of, no cost."""
    changed = {}
    for name, value in (("specific", 1e-8), ("spread", 0.0), ("impact", 0.0)):
        changed[name] = getattr(problem, name).copy()
        changed[name][-1] = value
    factors = problem.factors.copy()
    factors[-1] = 0.0
    lots = tuple(each for each in problem.lots if each.name != problem.size - 1)
    return replace(problem, factors=factors, lots=lots, **changed)


def strange(seed: int) -> Problem:
    """A problem with some of what is rare: no specific risk, no costs, fixed names, shorts."""
    random = np.random.default_rng(seed + 1_000_000)
    n = int(random.integers(1, 100))
    has_groups, has_turnover, has_error, has_cash = (random.random(4) < 0.6).tolist()
    shape = Shape(
        names=n,
        factors=int(random.integers(0, 25)),
        lots=int(random.integers(0, 12)),
        groups=has_groups,
        turnover=has_turnover,
        tracking_error=has_error,
        cash=has_cash,
    )
    problem = draw(seed, shape)
    for chance, twist in TWISTS:
        if random.random() < chance:
            problem = twist(problem, random)
    return problem


def _no_specific(problem: Problem, random: np.random.Generator) -> Problem:
    kept = random.random(problem.size) < random.choice([0.0, 0.5])
    return replace(problem, specific=np.where(kept, problem.specific, 0.0))


def _no_spread(problem: Problem, _: np.random.Generator) -> Problem:
    lots = tuple(replace(each, taxes=np.maximum(each.taxes, 0.0)) for each in problem.lots)
    return replace(problem, spread=np.zeros(problem.size), lots=lots)


def _no_impact(problem: Problem, _: np.random.Generator) -> Problem:
    return replace(problem, impact=np.zeros(problem.size))


def _fixed_names(problem: Problem, random: np.random.Generator) -> Problem:
    fixed = random.random(problem.size) < 0.3
    return replace(
        problem,
        lower=np.where(fixed, problem.current, problem.lower),
        upper=np.where(fixed, problem.current, problem.upper),
    )


def _shorts(problem: Problem, random: np.random.Generator) -> Problem:
    borrowed = 0.3 * random.dirichlet(np.ones(problem.size))
    current = problem.current - borrowed
    lower, upper = np.minimum(problem.lower, -0.1), np.maximum(problem.upper, current)
    return replace(problem, current=current, lower=lower, upper=upper)


def _odd_aversion(problem: Problem, random: np.random.Generator) -> Problem:
    return replace(problem, risk_aversion=float(10 ** random.uniform(-5, 4)))


def _little_turnover(problem: Problem, random: np.random.Generator) -> Problem:
    return replace(problem, turnover=float(random.choice([0.0, 1e-4, 1e-2])))


def _equal_groups(problem: Problem, _: np.random.Generator) -> Problem:
    held = [float(problem.target[list(group.members)].sum()) for group in problem.groups]
    pairs = zip(problem.groups, held, strict=True)
    groups = tuple(replace(group, lower=weight, upper=weight) for group, weight in pairs)
    return replace(problem, groups=groups)


TWISTS = (
    (0.25, _no_specific),
    (0.2, _no_spread),
    (0.2, _no_impact),
    (0.2, _fixed_names),
    (0.1, _shorts),
    (0.1, _odd_aversion),
    (0.1, _little_turnover),
    (0.1, _equal_groups),
)


def _lots(
    random: np.random.Generator, current: Array, spread: Array, shape: Shape
) -> tuple[Lots, ...]:
    """Lots of most names; losses worth less than the round trip, so that either side is open."""
    found = []
    for name in np.flatnonzero(random.random(shape.names) < 0.8):
        count = int(random.integers(0, shape.lots + 1))
        weights = current[name] * random.dirichlet(np.ones(count)) if count else np.empty(0)
        taxes = np.maximum(random.normal(0.02, 0.06, count), -2 * spread[name])
        found.append(Lots(int(name), weights, taxes))
    return tuple(found)


def _groups(random: np.random.Generator, target: Array) -> tuple[Group, ...]:
    sector = random.integers(0, SECTORS, target.size)
    members = [tuple(np.flatnonzero(sector == s).tolist()) for s in range(SECTORS)]
    weights = [float(target[list(each)].sum()) for each in members]
    return tuple(
        Group(f"sector {s}", each, weight - 0.02, weight + 0.02)
        for s, (each, weight) in enumerate(zip(members, weights, strict=True))
        if each
    )


def with_losses(problem: Problem, seed: int, names: int) -> Problem:
    """The first ``names`` names get a lot at a loss that is well worth the round trip."""
    random = np.random.default_rng(seed + 2_000_000)
    kept = tuple(each for each in problem.lots if each.name >= names)
    held = [name for name in range(names) if problem.current[name] > 0]
    losing = tuple(
        Lots(
            name,
            problem.current[name] * random.dirichlet(np.ones(2)),
            np.array([-float(random.uniform(0.005, 0.1)), float(random.uniform(0, 0.05))]),
        )
        for name in held
    )
    return replace(problem, lots=losing + kept)


def rich(seed: int, names: int = 24) -> Problem:
    """A problem with some of everything beyond lots, groups, turnover and tracking error.

    Shorts that are lent and limited, variance, volatility, factor limits and tilts, reward,
    opportunity and closeness; each with a chance of a half.
    """
    random = np.random.default_rng(seed + 2_000_000)
    shape = Shape(names=names, factors=5, cash=bool(random.random() < 0.5))
    problem = draw(seed, shape)
    for twist in RICH:
        if random.random() < 0.5:
            problem = twist(random, problem)
    return problem


def _shorts(random: np.random.Generator, problem: Problem) -> Problem:
    lower = np.where(random.random(problem.size) < 0.6, -0.05, problem.lower)
    held = problem.current.copy()
    held[:3] = (-0.03, -0.01, 0.0)
    held[3] += problem.budget - float(held.sum())
    lots = tuple(each for each in problem.lots if each.name > 3)
    lower = np.minimum(lower, held)
    fees = random.uniform(0, 0.01, problem.size)
    gross = float(problem.budget + random.choice([0.1, 0.3, 2.0]))
    return replace(problem, lower=lower, current=held, lots=lots, borrow=fees, gross=gross)


def _variance(random: np.random.Generator, problem: Problem) -> Problem:
    return replace(problem, variance_aversion=float(random.choice([0.5, 5.0])))


def _volatility(random: np.random.Generator, problem: Problem) -> Problem:
    exposure = problem.factors.T @ problem.target
    now = float(exposure @ exposure + problem.target @ (problem.specific * problem.target))
    return replace(problem, volatility=float(np.sqrt(now) * random.choice([0.9, 0.97, 1.2])))


def _exposures(random: np.random.Generator, problem: Problem) -> Problem:
    row = random.normal(0, 1, problem.size)
    level = float(row @ problem.target)
    limits = (
        Exposure("value", row, level - 0.05, level + 0.05),
        Exposure("size", random.normal(0, 1, problem.size), -5.0, 5.0),
    )
    return replace(problem, exposures=limits)


def _tilts(random: np.random.Generator, problem: Problem) -> Problem:
    row = random.normal(0, 1, problem.size)
    buys = np.ones(problem.size)
    buys[-1] = 0.0
    tilts = (
        Tilt("momentum", row, float(row @ problem.target) + 0.1, 0.05),
        Tilt("buying and selling", buys, float(buys @ problem.current), 0.5),
    )
    return replace(problem, tilts=tilts)


def _reward(random: np.random.Generator, problem: Problem) -> Problem:
    return replace(problem, reward=random.normal(0.05, 0.05, problem.size))


def _opportunity(random: np.random.Generator, problem: Problem) -> Problem:
    missed = random.uniform(0, 0.01, problem.size)
    missed[-1] = 0.0
    return replace(problem, opportunity=missed)


def _closeness(random: np.random.Generator, problem: Problem) -> Problem:
    return replace(problem, closeness=random.uniform(0, 1.0, problem.size))


def _in_order(random: np.random.Generator, problem: Problem) -> Problem:
    shuffled = []
    for lots in problem.lots:
        order = random.permutation(lots.weights.size)
        shuffled.append(Lots(lots.name, lots.weights[order], lots.taxes[order], in_order=True))
    return replace(problem, lots=tuple(shuffled))


CONVEX = (_shorts, _variance, _volatility, _exposures, _tilts, _reward, _opportunity, _closeness)
RICH = (*CONVEX, _in_order)


def pair(**terms: object) -> Problem:
    """Two names of 20 % volatility that know nothing of each other, half of the money in each."""
    half = np.array([0.5, 0.5])
    plain = Problem(
        current=half,
        target=half,
        factors=np.zeros((2, 0)),
        specific=np.full(2, 0.04),
        spread=np.zeros(2),
        impact=np.zeros(2),
        lower=np.full(2, -1.0),
        upper=np.full(2, 2.0),
        risk_aversion=1.0,
    )
    return replace(plain, **terms)  # type: ignore[arg-type]
