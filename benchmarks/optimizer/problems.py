"""Realistic rebalancing problems of any size, each named by its seed.

``draw`` makes the problem of an index fund that has drifted: capitalisation weights, a market
factor, sectors and styles, tax lots with gains and losses, spreads and impact that follow the
size of the company. ``vary`` makes one of all kinds of limits for the sweep: tight and loose,
one-sided and overlapping, names that may not trade, shorts, cash, no costs, no specific risk,
factor limits, volatility, gross weight, tilts, reward, missed opportunities.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.problem import Array, Exposure, Group, Lots, Problem, Tilt

Random = np.random.Generator

SECTORS = (
    "Energy",
    "Materials",
    "Industrials",
    "Consumer Discretionary",
    "Consumer Staples",
    "Health Care",
    "Financials",
    "Technology",
    "Communication",
    "Utilities",
    "Real Estate",
)
SESSIONS = 252
SHORT_RATE, LONG_RATE = 0.408, 0.238
"""Highest federal rates in the United States on short and long gains, with the 3.8 % surtax."""
IMPACT = 0.8
"""Y of the square-root law: cost = Y x daily volatility x sqrt(dollars traded / ADV)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a drawn problem has; ``None`` leaves a limit out.

    ``drift`` is the spread of log weights since the last rebalance, ``nav_usd`` sets how much of
    a day's volume a trade is, ``band`` how far a sector may leave the target.
    """

    names: int = 500
    factors: int = 40
    lots: int = 10
    nav_usd: float = 250e6
    drift: float = 0.35
    risk_aversion: float = 40.0
    band: float | None = 0.01
    turnover: float | None = 0.30
    tracking_error: float | None = 0.005


def sized(names: int) -> Recipe:
    """The full problem at one of the sizes that are quoted: 10 lots a name, all limits."""
    error = 0.005 if names > 100 else 0.015
    factors = 10 if names <= 100 else 40 if names <= 1000 else 70
    return Recipe(names=names, factors=factors, tracking_error=error)


def draw(seed: int, recipe: Recipe) -> Problem:
    """A drifted index fund, with its losses: ``sides`` has not been asked yet."""
    random, n = np.random.default_rng(seed), recipe.names
    sector = random.integers(0, len(SECTORS), n)
    target = _capitalisations(random, n)
    current = _drifted(random, target, recipe.drift)
    factors = _factors(random, sector, recipe.factors)
    specific = (0.22 * np.exp(random.normal(0, 0.35, n))) ** 2
    spread = random.uniform(0.5e-4, 5e-4, n)
    return Problem(
        current=current,
        target=target,
        factors=factors,
        specific=specific,
        spread=spread,
        impact=_impact(random, target, (factors**2).sum(axis=1) + specific, recipe.nav_usd),
        lower=np.zeros(n),
        upper=np.maximum(0.05 if n > 100 else 0.15, 2 * target),
        risk_aversion=recipe.risk_aversion,
        lots=_lots(random, current, recipe.lots),
        groups=() if recipe.band is None else _groups(SECTORS, sector, target, recipe.band),
        turnover=recipe.turnover,
        tracking_error=recipe.tracking_error,
    )


def _capitalisations(random: Random, n: int) -> Array:
    """Weights that fall off as those of an index do, none above 4.5 % where there are many."""
    sizes = 1 / (np.arange(1, n + 1) + 4.0) ** (0.9 if n > 100 else 0.5)
    random.shuffle(sizes)
    weights = sizes / sizes.sum()
    for _ in range(50):
        weights = np.minimum(weights, max(0.045, 2 / n))
        weights = weights / weights.sum()
    return weights


def _drifted(random: Random, target: Array, drift: float) -> Array:
    """Where the market has carried the weights; one in twenty names is not held yet."""
    weights = target * np.exp(random.normal(0, drift, target.size))
    weights[random.random(target.size) < 0.05] = 0.0
    weights[0] = max(weights[0], target[0])
    return np.asarray(weights / weights.sum())


def _factors(random: Random, sector: Array, count: int) -> Array:
    """Exposures (n, count): the market, then sectors, then styles of falling weight."""
    exposures = np.zeros((sector.size, count))
    for column in range(count):
        style = column - 1 - len(SECTORS)
        if column == 0:
            exposures[:, 0] = 0.16 * random.normal(1, 0.3, sector.size)
        elif style < 0:
            inside = sector == column - 1
            exposures[inside, column] = 0.08 * np.abs(random.normal(1, 0.3, inside.sum()))
        else:
            exposures[:, column] = 0.05 * 0.93**style * random.normal(0, 1, sector.size)
    return exposures


def _impact(random: Random, target: Array, variance: Array, nav_usd: float) -> Array:
    """The square-root law, for the daily volume that a company of this size has."""
    n = target.size
    volume_usd = np.maximum(target * 4e9 * max(1.0, 500 / n), 2e6)
    volume_usd = volume_usd * np.exp(random.normal(0, 0.3, n))
    return np.asarray(IMPACT * np.sqrt(variance / SESSIONS * nav_usd / volume_usd))


def _lots(random: Random, current: Array, count: int) -> tuple[Lots, ...]:
    """``count`` lots for each name that is held: gains and losses, short and long rates."""
    found = []
    for name in np.flatnonzero(current > 0) if count else ():
        weights = current[name] * random.dirichlet(np.full(count, 2.0))
        growth = random.normal(0.18, 0.22) + random.normal(0.0, 0.10, count)
        rate = np.where(random.random(count) < 0.35, SHORT_RATE, LONG_RATE)
        found.append(Lots(int(name), weights, (1 - np.exp(-growth)) * rate))
    return tuple(found)


def _groups(labels: tuple[str, ...], label: Array, target: Array, band: float) -> tuple[Group, ...]:
    """One group for each label that occurs: the target's weight, plus and minus ``band``."""
    members = {name: np.flatnonzero(label == index) for index, name in enumerate(labels)}
    held = {name: float(target[those].sum()) for name, those in members.items()}
    return tuple(
        Group(name, tuple(those.tolist()), max(0.0, held[name] - band), held[name] + band)
        for name, those in members.items()
        if those.size
    )


COUNTRIES = tuple(f"country {number}" for number in range(7))
LARGEST = 1000


def vary(seed: int) -> Problem:
    """One problem of the sweep: 30 to 1,000 names, with a draw of all kinds of limits."""
    random = np.random.default_rng([seed, 1])
    recipe = Recipe(
        names=round(float(np.exp(random.uniform(np.log(30), np.log(LARGEST))))),
        factors=int(random.integers(1, 61)),
        lots=int(random.integers(0, 13)),
        nav_usd=float(10 ** random.uniform(6, 10)),
        drift=float(random.uniform(0.05, 0.5)),
        risk_aversion=float(10 ** random.uniform(0, 3)),
        band=float(10 ** random.uniform(-3, -1)) if random.random() < 0.7 else None,
        turnover=float(random.uniform(0.1, 0.6)) if random.random() < 0.7 else None,
        tracking_error=float(10 ** random.uniform(-2.3, -1.3)) if random.random() < 0.7 else None,
    )
    problem = draw(seed, recipe)
    for chance, twist in TWISTS:
        if random.random() < chance:
            problem = twist(problem, random)
    further = np.random.default_rng([seed, 2])
    for chance, twist in FURTHER:
        if further.random() < chance:
            problem = twist(problem, further)
    return problem


def _countries(problem: Problem, random: Random) -> Problem:
    """A second set of groups that lies across the sectors; one in three limits has one side."""
    label = random.integers(0, len(COUNTRIES), problem.size)
    groups = _groups(COUNTRIES, label, problem.target, float(random.uniform(0.005, 0.05)))
    cut = tuple(
        replace(group, lower=-np.inf) if random.random() < 0.33 else group for group in groups
    )
    return replace(problem, groups=problem.groups + cut)


def _exact_groups(problem: Problem, random: Random) -> Problem:
    """Some groups must weigh exactly what the target does."""
    groups = tuple(
        replace(group, lower=middle, upper=middle)
        if np.isfinite(middle := (group.lower + group.upper) / 2) and random.random() < 0.3
        else group
        for group in problem.groups
    )
    return replace(problem, groups=groups)


def _no_trade(problem: Problem, random: Random) -> Problem:
    """A blackout: some names stay where they are."""
    still = random.random(problem.size) < random.uniform(0.02, 0.4)
    lower = np.where(still, problem.current, problem.lower)
    return replace(problem, lower=lower, upper=np.where(still, problem.current, problem.upper))


def _no_buy(problem: Problem, random: Random) -> Problem:
    """Some names may only be sold (a restricted list)."""
    barred = random.random(problem.size) < random.uniform(0.02, 0.4)
    upper = np.where(barred, np.minimum(problem.upper, problem.current), problem.upper)
    return replace(problem, upper=np.maximum(upper, problem.lower))


def _cash(problem: Problem, random: Random) -> Problem:
    """The last name is cash: no risk, no cost, no lots, room to take a twentieth."""
    last = problem.size - 1
    risk, spread, impact = (v.copy() for v in (problem.specific, problem.spread, problem.impact))
    risk[last] = 10 ** random.uniform(-10, -6) if random.random() < 0.5 else 0.0
    spread[last] = impact[last] = 0.0
    factors = problem.factors.copy()
    factors[last] = 0.0
    lots = tuple(each for each in problem.lots if each.name != last)
    return replace(problem, factors=factors, specific=risk, spread=spread, impact=impact, lots=lots)


def _shorts(problem: Problem, random: Random) -> Problem:
    """130/30: names may be held short, and some are."""
    short = 0.3 * random.dirichlet(np.full(problem.size, 0.3))
    current = 1.3 * problem.current - short
    lots = tuple(_within(each, float(current[each.name])) for each in problem.lots)
    return replace(
        problem,
        current=current,
        lower=np.minimum(-0.05, current),
        upper=np.maximum(problem.upper, current),
        lots=tuple(each for each in lots if each.weights.size),
    )


def _within(lots: Lots, held: float) -> Lots:
    """The lots that are left where ``held`` is all there is; none where the name is short."""
    total = float(lots.weights.sum())
    if held <= 0:
        return replace(lots, weights=np.empty(0), taxes=np.empty(0))
    return replace(lots, weights=lots.weights * (held / total))


def _tight_bounds(problem: Problem, random: Random) -> Problem:
    """No name may leave its target by more than a share of it; what is beyond must come back."""
    room = float(random.uniform(0.05, 0.5)) * problem.target
    return replace(problem, lower=problem.target - room, upper=problem.target + room)


def _no_spread(problem: Problem, _: Random) -> Problem:
    return replace(problem, spread=np.zeros(problem.size))


def _no_impact(problem: Problem, _: Random) -> Problem:
    return replace(problem, impact=np.zeros(problem.size))


def _no_specific(problem: Problem, random: Random) -> Problem:
    kept = random.random(problem.size) < random.choice([0.0, 0.7])
    return replace(problem, specific=np.where(kept, problem.specific, 0.0))


def _little_turnover(problem: Problem, random: Random) -> Problem:
    return replace(problem, turnover=float(10 ** random.uniform(-3, -1.3)))


def _little_error(problem: Problem, random: Random) -> Problem:
    return replace(problem, tracking_error=float(10 ** random.uniform(-3.5, -2)))


def _gains_only(problem: Problem, _: Random) -> Problem:
    lots = tuple(replace(each, taxes=np.abs(each.taxes)) for each in problem.lots)
    return replace(problem, lots=lots)


def _at_target(problem: Problem, _: Random) -> Problem:
    """Nothing has drifted: the best may be to do nothing, or only to harvest."""
    lots = tuple(
        replace(each, weights=each.weights * (problem.target[each.name] / each.weights.sum()))
        for each in problem.lots
    )
    return replace(problem, current=problem.target.copy(), lots=lots)


TWISTS: tuple[tuple[float, Callable[[Problem, Random], Problem]], ...] = (
    (0.05, _at_target),
    (0.30, _countries),
    (0.15, _exact_groups),
    (0.10, _tight_bounds),
    (0.15, _shorts),
    (0.25, _no_trade),
    (0.20, _no_buy),
    (0.30, _cash),
    (0.08, _no_spread),
    (0.10, _no_impact),
    (0.08, _no_specific),
    (0.05, _little_turnover),
    (0.05, _little_error),
    (0.20, _gains_only),
)


def _variance(problem: Problem, random: Random) -> Problem:
    return replace(problem, variance_aversion=float(10 ** random.uniform(-1, 2)))


def _volatility(problem: Problem, random: Random) -> Problem:
    """A limit on volatility, as of value at risk, around that of the target."""
    exposure = problem.factors.T @ problem.target
    own = float(problem.target @ (problem.specific * problem.target))
    now = float(np.sqrt(exposure @ exposure + own))
    return replace(problem, volatility=max(now, 1e-3) * float(random.uniform(0.9, 1.1)))


def _exposures(problem: Problem, random: Random) -> Problem:
    """Limits on a few factors, around what the target is exposed to."""
    found = []
    for number in range(int(random.integers(1, 6))):
        row = random.normal(0, 1, problem.size)
        level, room = float(row @ problem.target), float(10 ** random.uniform(-3, -1))
        sides = (level - room, level + room) if random.random() < 0.7 else (-np.inf, level)
        found.append(Exposure(f"factor {number}", row, *sides))
    return replace(problem, exposures=tuple(found))


def _gross(problem: Problem, random: Random) -> Problem:
    """130/30 limited and lent, where names may be short."""
    if not (problem.lower < 0).any():
        return problem
    fees = random.uniform(0, 0.02, problem.size)
    gross = float(np.abs(problem.current).sum()) * float(random.uniform(0.95, 1.2))
    return replace(problem, borrow=fees, gross=gross)


def _tilts(problem: Problem, random: Random) -> Problem:
    row = random.normal(0, 1, problem.size)
    level = float(row @ problem.target) + float(random.normal(0, 0.2))
    weight = float(10 ** random.uniform(-3, 0))
    return replace(problem, tilts=(Tilt("style", row, level, weight),))


def _reward(problem: Problem, random: Random) -> Problem:
    return replace(problem, reward=random.normal(0.05, 0.03, problem.size))


def _opportunity(problem: Problem, random: Random) -> Problem:
    return replace(problem, opportunity=random.uniform(0, 5e-3, problem.size))


def _closeness(problem: Problem, random: Random) -> Problem:
    return replace(problem, closeness=random.uniform(0, 2.0, problem.size))


FURTHER: tuple[tuple[float, Callable[[Problem, Random], Problem]], ...] = (
    (0.10, _variance),
    (0.15, _volatility),
    (0.20, _exposures),
    (0.60, _gross),
    (0.10, _tilts),
    (0.10, _reward),
    (0.10, _opportunity),
    (0.10, _closeness),
)


def document(problem: Problem, *, allow_loss_and_buy: bool = False) -> dict[str, object]:
    """``problem`` in the form that ``trimtab optimize`` reads."""
    lots: list[list[list[float]]] = [[] for _ in range(problem.size)]
    for each in problem.lots:
        lots[each.name] = np.column_stack([each.weights, each.taxes]).tolist()
    groups = [
        {
            "name": group.name,
            "members": list(group.members),
            "lower": group.lower if np.isfinite(group.lower) else None,
            "upper": group.upper if np.isfinite(group.upper) else None,
        }
        for group in problem.groups
    ]
    arrays = ("current", "target", "factors", "specific", "spread", "impact", "lower", "upper")
    return {
        **{name: getattr(problem, name).tolist() for name in arrays},
        "lots": lots,
        "groups": groups,
        "turnover": problem.turnover,
        "tracking_error": problem.tracking_error,
        "risk_aversion": problem.risk_aversion,
        "allow_loss_and_buy": allow_loss_and_buy,
    }
