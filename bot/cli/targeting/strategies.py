"""One row a strategy: from numbers out of files to portfolios, and which options mean something."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import Protocol

import numpy as np

from bot.cli.exits import WrongUse
from bot.cli.targeting.given import Given, refuse_missing
from bot.cli.targeting.own import is_own, own_weights
from bot.cli.targeting.told import Told, counted
from bot.cli.targeting.wanted import LEVEL, POINTS, Wanted, option
from strategies.risk.model import Array, Covariance
from strategies.targets.caps import cap_weighted
from strategies.targets.cvar import at_least, minimum_cvar
from strategies.targets.frontier import efficient_frontier, efficient_return, efficient_volatility
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.kept import breach
from strategies.targets.limits import Limits
from strategies.targets.parity import risk_parity
from strategies.targets.portfolio import Portfolio, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sharpe import maximum_diversification, maximum_sharpe
from strategies.targets.tracking import index_tracking
from strategies.targets.variance import mean_variance, minimum_variance

SLACK = 1e-9
LIMITS = frozenset(
    {"lower", "upper", "short", "gross", "names_max", "expected_return", "volatility"}
)
"""Options that every strategy keeps, or refuses in words."""
ALWAYS = LIMITS | {"risk_free", "covariance"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a strategy is asked: numbers, options, and the limits that follow from those."""

    strategy: str
    given: Given
    wanted: Wanted
    limits: Limits
    told: Told

    @property
    def mean(self) -> Array:
        """Expected returns (n,). Raises ``WrongUse`` where there are none."""
        if self.given.mean is None:
            raise mean_needed(self.strategy)
        return self.given.mean

    @property
    def risk_free(self) -> float:
        """The risk-free rate, zero where nobody said it."""
        return self.wanted.risk_free or 0.0

    def need(self, field: str) -> float:
        """The number of an option. Raises ``WrongUse`` where it is not given."""
        value = getattr(self.wanted.aims, field)
        if value is None:
            raise WrongUse(f"{self.strategy} needs {option(field)}", f"{option(field)} NUMBER")
        return float(value)


def mean_needed(strategy: str) -> WrongUse:
    """Expected returns are never taken for granted."""
    return WrongUse(
        f"{strategy} needs expected returns, and no source of them is named",
        "--mean MEAN.csv, or --returns RETURNS.csv for plain averages of the past",
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """The portfolios, and the two losses of the tail where they were asked for."""

    portfolios: tuple[Portfolio, ...]
    cvar: float | None = None
    value_at_risk: float | None = None


def answer(strategy: str, given: Given, wanted: Wanted, told: Told) -> tuple[Answer, list[str]]:
    """What ``strategy`` says, and notes. Raises ``WrongUse`` and ``NoTarget``."""
    row = row_of(strategy)
    unused = [o for o in wanted.said() if o not in ALWAYS | row.takes]
    notes = [f"{option(field)} is not used by {strategy}" for field in unused]
    question = Question(strategy, given, wanted, limits_of(strategy, given, wanted), told)
    told(f"{strategy} of {len(given.names):,} names")
    return row.make(question), notes


def limits_of(strategy: str, given: Given, wanted: Wanted) -> Limits:
    """The limits that the options say; what is an aim of the strategy is none."""
    bounds, aims = wanted.bounds, wanted.aims
    least = -1.0 if bounds.short else 0.0
    at_volatility = strategy == "efficient-volatility" or (
        strategy == FRONTIER and aims.expected_return is None
    )
    limits = Limits(
        lower=least if bounds.lower is None else bounds.lower,
        upper=1.0 if bounds.upper is None else bounds.upper,
        gross=bounds.gross,
        volatility=None if at_volatility else aims.volatility,
        names_max=bounds.names_max,
    )
    if aims.expected_return is None or strategy in {FRONTIER, "efficient-return"}:
        return limits
    if given.mean is None:
        raise WrongUse(f"--return for {strategy} needs expected returns", "--mean MEAN.csv")
    return at_least(limits, given.mean, aims.expected_return)


def _one(found: Portfolio) -> Answer:
    return Answer((found,))


def _equal(q: Question) -> Answer:
    weights = np.full(len(q.given.names), 1.0 / len(q.given.names))
    return _one(_held_to(weights, q))


def _own(q: Question) -> Answer:
    weights = own_weights(q.strategy, q.given, q.limits)
    return _one(_held_to(weights, q))


def _held_to(weights: Array, q: Question) -> Portfolio:
    """Weights that nobody fits to the limits, with their figures. Raises ``NoTarget``."""
    lower, upper = q.limits.bounds(len(weights))
    outside = (weights < lower - SLACK) | (weights > upper + SLACK)
    if outside.any():
        place = int(np.argmax(outside))
        raise NoTarget(f"{q.strategy} gives name {place} {weights[place]:g}, outside its bounds")
    if said := breach(weights, q.limits, q.given.covariance):
        raise NoTarget(f"{q.strategy} gives {said} is wanted: lift that limit")
    return portfolio(weights, q.given.covariance, mean=q.given.mean, risk_free=q.risk_free)


class ByRisk(Protocol):
    """A strategy that takes expected returns for its figures alone."""

    def __call__(
        self, covariance: Covariance, limits: Limits, /, *, mean: Array | None, risk_free: float
    ) -> Portfolio:
        """Its answer."""
        ...


def _by_risk(q: Question, make: ByRisk) -> Answer:
    given = q.given
    return _one(make(given.covariance, q.limits, mean=given.mean, risk_free=q.risk_free))


def _maximum_sharpe(q: Question) -> Answer:
    return _one(maximum_sharpe(q.mean, q.given.covariance, q.limits, risk_free=q.risk_free))


def _mean_variance(q: Question) -> Answer:
    return _one(
        mean_variance(
            q.mean,
            q.given.covariance,
            q.limits,
            risk_aversion=q.need("risk_aversion"),
            risk_free=q.risk_free,
        )
    )


def _at_return(q: Question) -> Answer:
    wanted = q.need("expected_return")
    found = efficient_return(
        q.mean, q.given.covariance, q.limits, expected_return=wanted, risk_free=q.risk_free
    )
    if found.expected_return is not None and found.expected_return > wanted + SLACK:
        said = f"the calmest weights return more than the {wanted:g} that are wanted"
        found = replace(found, notes=(*found.notes, said))
    return _one(found)


def _at_volatility(q: Question) -> Answer:
    wanted = q.need("volatility")
    return _one(
        efficient_volatility(
            q.mean, q.given.covariance, q.limits, volatility=wanted, risk_free=q.risk_free
        )
    )


def _frontier(q: Question) -> Answer:
    if q.wanted.aims.expected_return is not None:
        return _at_return(q)
    if q.wanted.aims.volatility is not None:
        return _at_volatility(q)
    points = POINTS if q.wanted.aims.points is None else q.wanted.aims.points
    found = efficient_frontier(
        q.mean,
        q.given.covariance,
        q.limits,
        points=points,
        risk_free=q.risk_free,
        told=counted(q.told, "points"),
    )
    return Answer(found)


def _least_tail(q: Question) -> Answer:
    if q.given.returns is None:
        raise WrongUse("minimum-cvar needs returns", "--returns RETURNS.csv, one row a period")
    level = LEVEL if q.wanted.aims.level is None else q.wanted.aims.level
    found = minimum_cvar(
        q.given.returns,
        q.limits,
        level=level,
        mean=q.given.mean,
        covariance=q.given.covariance,
        risk_free=q.risk_free,
    )
    tail = (
        f"the worst {100 * (1 - level):.4g} % of periods lose {found.cvar:.4%} on average (CVaR),"
        f" all others at most {found.value_at_risk:.4%} (VaR)"
    )
    notes = (*found.portfolio.notes, tail)
    return Answer((replace(found.portfolio, notes=notes),), found.cvar, found.value_at_risk)


def _tracking(q: Question) -> Answer:
    benchmark = refuse_missing(q.given, "benchmark", q.strategy)
    total = float(benchmark.sum())
    if total <= 0:
        raise WrongUse(f"the weights of --benchmark sum to {total:g}", "shares that sum to 1")

    shares = benchmark / total
    return _by_risk(q, lambda c, limits, **figures: index_tracking(c, shares, limits, **figures))


def _cap_weight(q: Question) -> Answer:
    caps = refuse_missing(q.given, "caps", q.strategy)
    return _by_risk(q, lambda c, limits, **figures: cap_weighted(caps, c, limits, **figures))


FRONTIER = "efficient-frontier"


@dataclass(frozen=True, slots=True)
class Row:
    """The function, and the options that it takes beside those that all keep to."""

    make: Callable[[Question], Answer]
    takes: frozenset[str] = frozenset()


STRATEGIES: Mapping[str, Row] = {
    "minimum-variance": Row(lambda q: _by_risk(q, minimum_variance)),
    "maximum-sharpe": Row(_maximum_sharpe),
    FRONTIER: Row(_frontier, frozenset({"points"})),
    "efficient-return": Row(_at_return),
    "efficient-volatility": Row(_at_volatility),
    "mean-variance": Row(_mean_variance, frozenset({"risk_aversion"})),
    "risk-parity": Row(
        lambda q: _by_risk(q, partial(risk_parity, budgets=q.given.extra.get("budgets"))),
        frozenset({"budgets"}),
    ),
    "hierarchical-risk-parity": Row(
        lambda q: _by_risk(q, partial(hierarchical_risk_parity, correlation=q.given.correlation))
    ),
    "maximum-diversification": Row(lambda q: _by_risk(q, maximum_diversification)),
    "minimum-cvar": Row(_least_tail, frozenset({"level"})),
    "index-tracking": Row(_tracking, frozenset({"benchmark"})),
    "cap-weight": Row(_cap_weight, frozenset({"caps"})),
    "equal": Row(_equal),
}
OWN = Row(_own)


def row_of(strategy: str) -> Row:
    """The row of ``strategy``. Raises ``WrongUse`` where there is none."""
    if strategy in STRATEGIES:
        return STRATEGIES[strategy]
    if is_own(strategy):
        return OWN
    raise unknown(strategy, STRATEGIES)


def unknown(strategy: str, known: Mapping[str, object]) -> WrongUse:
    """No strategy is called so; names that look like it are suggested."""
    near = get_close_matches(strategy, known, n=3)
    there = f"did you mean {' or '.join(near)}?" if near else f"there is: {', '.join(known)}"
    return WrongUse(f"there is no strategy {strategy!r}", there)
