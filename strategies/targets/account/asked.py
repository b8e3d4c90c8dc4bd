"""What a strategy is asked about in one account: its names, their weights and limits, in arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from brokers.words import ZERO, Symbol
from strategies.optimize.problem import UNLIMITED, Array, Exposure, Group
from strategies.policy import Optimizer, Policy
from strategies.policy.target import Dated, Recipe
from strategies.snapshot import Snapshot
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget


@dataclass(frozen=True, slots=True)
class Asked:
    """The names in their order, the owner's ``written`` weights (n,), and the limits.

    ``invested`` is the share of NAV that is not kept in cash: the limits are shares of that.
    """

    strategy: str
    symbols: tuple[Symbol, ...]
    written: Array
    recipe: Recipe
    limits: Limits
    snapshot: Snapshot
    invested: float

    def of(self, dated: Dated | None, key: str) -> Array:
        """Numbers of a file by name, shape (n,). Raises ``NoTarget`` where one is missing.

        Or where they are of a day that has not come: nothing may know the future.
        """
        if dated is None:
            raise NoTarget(f"{self.strategy} needs {key}: name a file of them")
        if dated.day > self.snapshot.session:
            raise NoTarget(f"{dated.source} is of {dated.day}, which has not come yet")
        known = dict(dated.values)
        if missing := [symbol for symbol in self.symbols if symbol not in known]:
            raise NoTarget(f"{dated.source} says nothing of {', '.join(missing[:5])}")
        return numbers(known[symbol] for symbol in self.symbols)

    def row(self, weights: Iterable[tuple[Symbol, Decimal]]) -> Array:
        """``weights`` by name as an array (n,), zero where nothing is said."""
        known = dict(weights)
        return numbers(known.get(symbol, ZERO) for symbol in self.symbols)


def asked(snapshot: Snapshot, policy: Policy, invested: Decimal) -> Asked:
    """The question. Raises ``NoTarget`` where no name is wanted."""
    target = policy.target
    symbols = tuple(symbol for symbol, _ in target.weights)
    if not symbols:
        raise NoTarget("no name is wanted")
    share = float(invested)
    return Asked(
        strategy=target.strategy,
        symbols=symbols,
        written=numbers(weight for _, weight in target.weights),
        recipe=target.recipe,
        limits=_limits(symbols, target.recipe, policy.optimizer, share),
        snapshot=snapshot,
        invested=share,
    )


def numbers(values: Iterable[Decimal]) -> Array:
    """``values`` as floats."""
    return np.array([float(value) for value in values], dtype=np.float64)


def _limits(
    symbols: Sequence[Symbol], recipe: Recipe, optimizer: Optimizer, invested: float
) -> Limits:
    """The owner's own limits of every plan, as shares of what is invested, and the recipe's."""
    place = {symbol: number for number, symbol in enumerate(symbols)}
    volatility = optimizer.volatility_limit
    return Limits(
        lower=float(recipe.lower),
        upper=float(recipe.upper),
        names_max=recipe.names_max,
        groups=tuple(
            Group(
                group.name,
                tuple(place[member] for member in group.members if member in place),
                *_sides(group.low, group.high, invested),
            )
            for group in optimizer.groups
        ),
        exposures=tuple(
            Exposure(
                exposure.name,
                _row(symbols, dict(exposure.coefficients)),
                *_sides(exposure.low, exposure.high, invested),
            )
            for exposure in optimizer.exposures
        ),
        volatility=None if volatility is None else float(volatility) / invested,
    )


def _row(symbols: Sequence[Symbol], known: Mapping[Symbol, Decimal]) -> Array:
    return numbers(known.get(symbol, ZERO) for symbol in symbols)


def _sides(low: Decimal | None, high: Decimal | None, invested: float) -> tuple[float, float]:
    return (
        -UNLIMITED if low is None else float(low) / invested,
        UNLIMITED if high is None else float(high) / invested,
    )
