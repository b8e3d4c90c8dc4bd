"""The answer of the owner's code as a reading: asked once, and put beside quotes and positions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.outside.untold import Untold
from strategies.plan import sound_nav
from strategies.policy import Policy
from strategies.policy.target import MeanSource, Target
from strategies.snapshot import Snapshot

if TYPE_CHECKING:  # arrays are not for those who have no such code
    from bot.outside.given import Given


def hear(
    snapshot: Snapshot, policy: Policy, folder: Path, stopping: Callable[[], bool]
) -> Snapshot:
    """``snapshot`` with what the code says, or why it says nothing.

    An account whose worth makes no sense is not worth the question: the plan will say so.
    """
    target = policy.target
    forecast = target.recipe.forecast if target.recipe.means is MeanSource.FORECAST else None
    if (target.own is None and forecast is None) or sound_nav(snapshot) <= 0:
        return snapshot
    from bot.outside.ask import ask_forecast, ask_weights

    given = given_by(snapshot, target)
    try:
        if target.own is not None:
            most = target.recipe.names_max
            said = ask_weights(target.own, given, folder, names_max=most, stopping=stopping)
            snapshot = replace(snapshot, told=said.values)
        if forecast is not None:
            expected = ask_forecast(forecast, given, folder, stopping=stopping)
            snapshot = replace(snapshot, forecast=expected.values)
    except Untold as exc:
        return replace(snapshot, untold=str(exc))
    return snapshot


def given_by(snapshot: Snapshot, target: Target) -> "Given":
    """What the code is told of the account."""
    from bot.outside.given import from_history

    names = [symbol for symbol, _ in target.weights]
    given = from_history(
        names,
        snapshot.history,
        snapshot.session,
        current={h.symbol: float(snapshot.weight(h)) for h in snapshot.holdings},
        cash=float(snapshot.cash_weight),
    )
    recipe = target.recipe
    return replace(given, lower=float(recipe.lower), upper=float(recipe.upper))
