"""How far a weight may stray from its target, and how far it is brought back.

All weights are shares of NAV.
"""

from collections.abc import Mapping
from decimal import Decimal

from brokers.words import ZERO
from strategies.policy import Aim, Bands, Corridor

ONE = Decimal(1)

INSIDE = Decimal("0.05")
"""Share of the way from edge to target that counts as the edge itself when a name is brought back.

Stopping on the very edge would let the cost of the trade push the name out again.
"""

AIM_SHARE: Mapping[Aim, Decimal] = {
    Aim.EDGE: INSIDE,
    Aim.HALF: Decimal("0.5"),
    Aim.TARGET: ONE,
}
"""Share of the way from the edge of the band to the target."""


def band(
    target: Decimal, bands: Bands, corridor: Corridor | None = None
) -> tuple[Decimal, Decimal]:
    """Lowest and highest weight that need no mending.

    The nearer of the absolute and the relative distance counts; a corridor replaces both, and is
    widened to its target where it leaves that out. A name that is not wanted has no band at all.
    """
    if target <= 0:
        return ZERO, ZERO
    if corridor is not None:
        return min(corridor.low, target), max(corridor.high, target)
    relative = None if bands.relative is None else bands.relative * target
    distances = [distance for distance in (bands.absolute, relative) if distance is not None]
    distance = min(distances, default=ONE)
    return max(ZERO, target - distance), min(ONE, target + distance)


def brought_back(
    weight: Decimal, target: Decimal, edges: tuple[Decimal, Decimal], aim: Aim
) -> Decimal:
    """Where a name outside its band is brought to: from the edge it crossed, on to its target."""
    edge = edges[1] if weight > target else edges[0]
    return edge + (target - edge) * AIM_SHARE[aim]
