"""The caller's own code, asked about returns out of a file."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.cli.exits import WrongUse
from bot.outside.place import FILE, Group, installed
from strategies.policy.own_code import OwnCode

if TYPE_CHECKING:
    from bot.cli.targeting.given import Given
    from strategies.risk.model import Array
    from strategies.targets.limits import Limits


def is_own(strategy: str) -> bool:
    """Whether ``strategy`` is a function in a file, or an entry point that is installed."""
    return bool(FILE.fullmatch(strategy)) or strategy in installed(Group.STRATEGIES)


def own_weights(reference: str, given: "Given", limits: "Limits") -> "Array":
    """What the code says, (n,). It is told of the returns as of days, the last of them yesterday.

    Raises ``Untold``.
    """
    from bot.daemon.clock import SystemClock
    from bot.outside.ask import ask_weights
    from bot.outside.given import from_returns
    from brokers.words import Symbol

    if given.returns is None:
        raise WrongUse(f"{reference} is told of the past", "--returns RETURNS.csv")
    names = [Symbol(name) for name in given.names]
    today = SystemClock().now().date()
    told = replace(
        from_returns(names, given.returns, today),
        lower=float(np.min(limits.lower)),
        upper=float(np.max(limits.upper)),
    )
    said = ask_weights(OwnCode(reference), told, Path(), names_max=limits.names_max)
    return np.array([float(said.values[name]) for name in names])
