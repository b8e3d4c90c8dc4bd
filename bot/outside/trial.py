"""The owner's code tried out before anything depends on it, with what a plan of today would give.

Positions count at their last close and cash in the base currency alone: near enough for a trial.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.outside.ask import Answer, ask_forecast, ask_weights
from bot.outside.given import Given, from_history
from brokers.words import AccountState, Bars, Symbol
from strategies.policy.own_code import OwnCode
from strategies.policy.target import Target


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of an account without its book."""

    target: Target
    state: AccountState
    history: Mapping[Symbol, Bars]
    today: date
    folder: Path


def try_out(trial: Trial) -> Iterator[tuple[OwnCode, Answer[object]]]:
    """Each code of the owner's that the target names, with its answer. Raises ``Untold``."""
    recipe = trial.target.recipe
    if (own := trial.target.own) is not None:
        most = recipe.names_max
        yield own, ask_weights(own, _given(trial), trial.folder, names_max=most)
    if recipe.forecast is not None:
        yield recipe.forecast, ask_forecast(recipe.forecast, _given(trial), trial.folder)


def _given(trial: Trial) -> Given:
    state, recipe = trial.state, trial.target.recipe
    cash = float(sum(cash.amount for cash in state.cash if cash.currency == state.base))
    worth = {
        position.symbol: float(position.quantity) * bars.closes[-1]
        for position in state.positions
        if (bars := trial.history.get(position.symbol)) is not None and bars.closes
    }
    nav = cash + sum(worth.values())
    shares = {name: value / nav for name, value in worth.items()} if nav > 0 else {}
    names = [symbol for symbol, _ in trial.target.weights]
    given = from_history(
        names, trial.history, trial.today, current=shares, cash=cash / nav if nav > 0 else 1.0
    )
    return replace(given, lower=float(recipe.lower), upper=float(recipe.upper))
