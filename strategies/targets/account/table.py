"""One function a strategy: from what is asked of an account to a portfolio of its names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from brokers.words import Symbol
from strategies.optimize.problem import Array
from strategies.policy.regime import RegimePolicy
from strategies.risk.model import Covariance
from strategies.risk.regime import judge
from strategies.risk.trend import trends
from strategies.targets.account.asked import Asked
from strategies.targets.account.expect import aversion, expected, views
from strategies.targets.account.risk import Moved, moved
from strategies.targets.caps import cap_weighted
from strategies.targets.cvar import minimum_cvar
from strategies.targets.frontier import efficient_return, efficient_volatility
from strategies.targets.glide import along
from strategies.targets.hierarchy import hierarchical_risk_parity
from strategies.targets.means.expected import Expected
from strategies.targets.parity import risk_parity
from strategies.targets.portfolio import Portfolio, portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sharpe import maximum_diversification, maximum_sharpe
from strategies.targets.tilt import Mixes, falling_share, lean, tilted
from strategies.targets.tolerance import tolerance_point, within_reach
from strategies.targets.tracking import index_tracking
from strategies.targets.variance import mean_variance, minimum_variance
from strategies.targets.views import black_litterman
from strategies.targets.vol_target import Mix, volatility_target


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What a portfolio was chosen by: risk, and expected returns where they were used."""

    moved: Moved
    covariance: Covariance
    expected: Expected | None = None


Answer = tuple[Portfolio, Beliefs]


def _by_risk(make: Callable[[Asked, Moved], Portfolio]) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        how = moved(asked)
        return make(asked, how), Beliefs(how, how.covariance)

    return answer


def _by_return(
    make: Callable[[Asked, Expected, Covariance], Portfolio],
) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        how = moved(asked)
        hoped, covariance = expected(asked, how)
        return make(asked, hoped, covariance), Beliefs(how, covariance, hoped)

    return answer


def _cap_weight(asked: Asked, how: Moved) -> Portfolio:
    return cap_weighted(asked.of(asked.recipe.caps, "caps"), how.covariance, asked.limits)


def _minimum_variance(asked: Asked, how: Moved) -> Portfolio:
    return minimum_variance(how.covariance, asked.limits)


def _risk_parity(asked: Asked, how: Moved) -> Portfolio:
    budgets = asked.row(asked.recipe.budgets) if asked.recipe.budgets else None
    return risk_parity(how.covariance, asked.limits, budgets=budgets)


def _hierarchical(asked: Asked, how: Moved) -> Portfolio:
    return hierarchical_risk_parity(how.covariance, asked.limits)


def _diversified(asked: Asked, how: Moved) -> Portfolio:
    return maximum_diversification(how.covariance, asked.limits)


def _least_tail(asked: Asked, how: Moved) -> Portfolio:
    level = float(asked.recipe.level)
    found = minimum_cvar(how.values, asked.limits, level=level, covariance=how.covariance)
    said = f"the worst {1 - level:.1%} of days lost {found.cvar:.2%} on average"
    whole = portfolio(found.portfolio.weights, how.covariance, gap=found.portfolio.gap)
    return replace(whole, notes=(*found.portfolio.notes, said))


def _tracking(asked: Asked, how: Moved) -> Portfolio:
    benchmark = asked.of(asked.recipe.benchmark, "benchmark")
    return index_tracking(how.covariance, benchmark / benchmark.sum(), asked.limits)


def _tilt(asked: Asked, how: Moved) -> Portfolio:
    recipe = asked.recipe
    base = dict(zip(asked.symbols, asked.written.tolist(), strict=True))
    falling = falling_share(base, trends(asked.snapshot.history))
    signal = lean(judge(how.values, RegimePolicy()), falling)
    tilt = float(recipe.tilt_min), float(recipe.tilt_max)
    mixes = Mixes(_whole(asked.written), _whole(asked.row(recipe.defensive)), *tilt)
    return tilted(mixes, how.covariance, signal, asked.limits)


def _whole(weights: Array) -> Array:
    """``weights`` scaled to one: written ones may miss it by a rounding."""
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _scaled(asked: Asked, how: Moved) -> Portfolio:
    wanted = _volatility(asked)
    safe = [asked.symbols.index(symbol) for symbol, _ in asked.recipe.defensive]
    mix = Mix(_whole(asked.written), safe[0] if safe else None)
    return volatility_target(mix, how.covariance, wanted / asked.invested, asked.limits)


def _volatility(asked: Asked) -> float:
    recipe = asked.recipe
    if recipe.volatility is not None:
        return float(recipe.volatility)
    if not recipe.tolerance:
        raise NoTarget(f"{asked.strategy} needs a volatility, or a tolerance of risk")
    return tolerance_point(recipe.tolerance).volatility


def _sharpe(asked: Asked, hoped: Expected, covariance: Covariance) -> Portfolio:
    free = float(asked.recipe.risk_free)
    return maximum_sharpe(hoped.values, covariance, asked.limits, risk_free=free)


def _at_return(asked: Asked, hoped: Expected, covariance: Covariance) -> Portfolio:
    wanted, free = asked.recipe.expected_return, float(asked.recipe.risk_free)
    if wanted is None:
        raise NoTarget("efficient-return needs expected_return")
    return efficient_return(
        hoped.values, covariance, asked.limits, expected_return=float(wanted), risk_free=free
    )


def _at_volatility(asked: Asked, hoped: Expected, covariance: Covariance) -> Portfolio:
    wanted, free, said = _volatility(asked), float(asked.recipe.risk_free), ""
    if asked.recipe.tolerance:
        least = minimum_variance(covariance, asked.limits).volatility
        point = tolerance_point(asked.recipe.tolerance)
        wanted, said = within_reach(point, least, max(least, wanted))
        said = said or point.said
    found = efficient_volatility(
        hoped.values, covariance, asked.limits, volatility=wanted, risk_free=free
    )
    return replace(found, notes=(*found.notes, *([said] if said else [])))


def _utility(asked: Asked, hoped: Expected, covariance: Covariance) -> Portfolio:
    gamma, free = asked.recipe.risk_aversion, float(asked.recipe.risk_free)
    if gamma is None and not asked.recipe.tolerance:
        raise NoTarget("mean-variance needs risk_aversion, or a tolerance of risk")
    borne = tolerance_point(asked.recipe.tolerance).risk_aversion if gamma is None else float(gamma)
    return mean_variance(
        hoped.values, covariance, asked.limits, risk_aversion=borne, risk_free=free
    )


def _black_litterman(asked: Asked) -> Answer:
    how = moved(asked)
    hoped, after = expected(asked, how)
    found = black_litterman(
        how.covariance,
        asked.of(asked.recipe.caps, "caps"),
        views(asked),
        asked.limits,
        risk_aversion=aversion(asked),
        risk_free=float(asked.recipe.risk_free),
    )
    return found, Beliefs(how, after, hoped)


def _glide(asked: Asked, how: Moved) -> Portfolio:
    weights: dict[Symbol, float] = {
        symbol: float(weight)
        for symbol, weight in along(asked.recipe.waypoints, asked.snapshot.session).items()
    }
    row = np.array([weights.get(symbol, 0.0) for symbol in asked.symbols])
    return portfolio(row, how.covariance)


STRATEGIES: Mapping[str, Callable[[Asked], Answer]] = {
    "cap-weight": _by_risk(_cap_weight),
    "minimum-variance": _by_risk(_minimum_variance),
    "maximum-sharpe": _by_return(_sharpe),
    "efficient-return": _by_return(_at_return),
    "efficient-volatility": _by_return(_at_volatility),
    "mean-variance": _by_return(_utility),
    "risk-parity": _by_risk(_risk_parity),
    "hierarchical-risk-parity": _by_risk(_hierarchical),
    "maximum-diversification": _by_risk(_diversified),
    "minimum-cvar": _by_risk(_least_tail),
    "index-tracking": _by_risk(_tracking),
    "black-litterman": _black_litterman,
    "tactical-tilt": _by_risk(_tilt),
    "glide-path": _by_risk(_glide),
    "volatility-target": _by_risk(_scaled),
}
