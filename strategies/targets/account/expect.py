"""What the names are expected to return, from the source that the owner named and no other."""

import numpy as np

from strategies.policy.target import MeanSource
from strategies.risk.model import DAYS_PER_YEAR, Covariance
from strategies.targets.account.asked import Asked, numbers
from strategies.targets.account.risk import Moved
from strategies.targets.means.equilibrium import RISK_AVERSION, equilibrium
from strategies.targets.means.expected import Expected, given, needed
from strategies.targets.means.historical import historical
from strategies.targets.means.opinions import Views
from strategies.targets.refusal import NoTarget
from strategies.targets.views import viewed


def expected(asked: Asked, moved: Moved) -> tuple[Expected, Covariance]:
    """Expected returns a year, and the covariance that goes with them. Raises ``NoTarget``."""
    recipe, covariance = asked.recipe, moved.covariance
    match recipe.means:
        case MeanSource.FILE:
            values = asked.of(recipe.expected, "means")
            assert recipe.expected is not None, "of() refuses what is not there"
            said = given(values, source=recipe.expected.source, day=recipe.expected.day)
        case MeanSource.FORECAST:
            said = _forecast(asked)
        case MeanSource.HISTORICAL:
            day = moved.returns.days[-1]
            said = historical(moved.values, day=day, periods=DAYS_PER_YEAR, covariance=covariance)
        case MeanSource.EQUILIBRIUM:
            caps = asked.of(recipe.caps, "caps")
            assert recipe.caps is not None, "of() refuses what is not there"
            said = equilibrium(
                covariance,
                caps,
                day=recipe.caps.day,
                risk_aversion=aversion(asked),
                risk_free=float(recipe.risk_free),
            )
        case MeanSource.VIEWS:
            return by_views(asked, moved)
        case _:
            said = needed(None, asked.strategy)
    return said, covariance


def by_views(asked: Asked, moved: Moved) -> tuple[Expected, Covariance]:
    """Equilibrium moved by the owner's views, and the covariance after them."""
    recipe = asked.recipe
    caps = asked.of(recipe.caps, "caps")
    assert recipe.caps is not None, "of() refuses what is not there"
    day = max(recipe.caps.day, recipe.views_day or recipe.caps.day)
    return viewed(
        moved.covariance,
        caps,
        views(asked),
        day=day,
        risk_aversion=aversion(asked),
        risk_free=float(recipe.risk_free),
    )


def views(asked: Asked) -> Views:
    """The owner's views in arrays. Raises ``NoTarget`` where there are none or they are to come."""
    recipe = asked.recipe
    if not recipe.views:
        raise NoTarget(f"{asked.strategy} needs views, and there is none")
    if recipe.views_day is not None and recipe.views_day > asked.snapshot.session:
        raise NoTarget(f"a view is of {recipe.views_day}, which has not come yet")
    return Views(
        np.vstack([asked.row(view.coefficients) for view in recipe.views]),
        numbers(view.value for view in recipe.views),
        numbers(view.confidence for view in recipe.views),
    )


def aversion(asked: Asked) -> float:
    """The market's aversion to risk, where the owner does not say another."""
    said = asked.recipe.risk_aversion
    return RISK_AVERSION if said is None else float(said)


def _forecast(asked: Asked) -> Expected:
    told, snapshot = asked.snapshot.forecast, asked.snapshot
    if told is None:
        raise NoTarget(snapshot.untold or "the owner's own forecast was not asked")
    if missing := [symbol for symbol in asked.symbols if symbol not in told]:
        raise NoTarget(f"the forecast says nothing of {', '.join(missing[:5])}")
    values = np.array([told[symbol] for symbol in asked.symbols], dtype=np.float64)
    code = asked.recipe.forecast
    return given(values, source=code.label if code else "forecast", day=snapshot.session)
