"""How much of a name one sale may be for: what is above it waits for the next session."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import Symbol
from strategies.harvest.scene import Scene
from strategies.snapshot import Holding
from strategies.standing import order_most


@dataclass(frozen=True, slots=True)
class Room:
    """Most shares of a sale; ``of`` is the name whose orders are limited to ``order_max`` shares.

    That is what is sold, or the substitute for which the limit is widest.
    """

    shares: Decimal
    of: Symbol
    order_max: Decimal


def room_of(holding: Holding, scene: Scene) -> Room | None:
    """What the limits of both legs leave; None where they set none."""
    most = order_most(holding, scene.policy.optimizer)
    own = None if most is None else Room(most, holding.symbol, most)
    others = [*_of_substitutes(holding, scene)]
    if not others or None in others:
        return own
    widest = max((each for each in others if each is not None), key=lambda each: each.shares)
    return widest if own is None or widest.shares < own.shares else own


def _of_substitutes(holding: Holding, scene: Scene) -> Iterator[Room | None]:
    """Of each that can be bought and is not shut out."""
    for name in scene.listed.get(holding.symbol, ()):
        other = scene.holdings.get(name)
        group = scene.group(name)
        is_shut = group in scene.locked or group == scene.group(holding.symbol)
        if other is None or other.obstacle or is_shut:
            continue
        most = order_most(other, scene.policy.optimizer)
        yield None if most is None else Room(most * other.price / holding.price, name, most)
