"""All legs of a plan in step: each wave sells and buys the same share of every order.

Whatever is linear in the shares traded (the cash that is left, beta, any other exposure) then
moves in a straight line from what it was to what the plan makes of it: a wave is as neutral to it
as the whole plan is, so its purchases need no more than its own sales and its share of the cash
that the plan spends. Rounding to whole steps is the tolerance: less than one step of each order
(``part`` rounds what is done by then down, and never loses any of it). Where the step is a round
lot, sales are rounded up, so that cash is there for the purchases all the same.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from math import isfinite, sqrt

import numpy as np

from strategies.policy.working import Slicing
from strategies.working.schedule import (
    Array,
    Frictions,
    almgren_chriss,
    participation,
    twap,
)

SLICES_MAX = 12
"""More waves than this are messages without a gain: impact falls with the root of a slice."""


@dataclass(frozen=True, slots=True)
class Large:
    """The leg that takes most of its market: the others keep pace with it.

    ``adv`` are shares a day, ``volatility`` is of one day, ``impact`` what the whole order is
    expected to move the price by, in money; ``fixed`` is the least that an order costs.
    """

    quantity: Decimal
    price: Decimal
    adv: Decimal
    volatility: float
    impact: Decimal
    fixed: Decimal

    @property
    def participation(self) -> Decimal:
        """The order as a share of a day's volume."""
        return self.quantity / self.adv

    def frictions(self) -> Frictions:
        """Linear ones that cost the same as ``impact`` where the order takes a day, evenly."""
        shares = float(self.quantity)
        return Frictions(
            sigma=self.volatility * float(self.price),
            eta=float(self.impact) / shares**2,
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a large order goes: ``kind``, and the numbers of the two kinds that have one.

    ``volume_share`` is the share of the volume that is taken (``pov``), ``risk_aversion`` is the
    lambda of ``almgren_chriss``, per unit of money.
    """

    kind: Slicing = Slicing.TWAP
    volume_share: float = 1.0
    risk_aversion: float = 0.0


def slices(large: Large, share: Decimal, room: int, days: float, pace: Pace) -> int:
    """Into how many waves: so that none is for more than ``share`` of a day's volume.

    At most ``room``, which is how many there is time for within ``days``; and no more than pay for
    themselves. With the volume as many as there is time for: each takes what there is.
    """
    most = max(min(room, SLICES_MAX), 1)
    wanted = int((large.participation / share).to_integral_value(ROUND_CEILING))
    if wanted > 1 and pace.kind is Slicing.POV:
        return most
    return min(max(wanted, 1), worthwhile(large, most, days, pace.risk_aversion))


def worthwhile(large: Large, most: int, days: float, risk_aversion: float) -> int:
    """Into how many orders, up to ``most``: where one more costs as much as it saves.

    n equal orders, the first at once and the last ``days`` (1 - 1/n) later, cost
    impact / sqrt(n), by the square-root law; n times the fixed cost of an order; and for the
    delay lambda sigma^2 X^2 days (n - 1)(2 n - 1) / (6 n^2), the variance of what is not traded
    yet.
    """
    risk = (large.volatility * float(large.quantity * large.price)) ** 2 * days * risk_aversion

    def cost(n: int) -> float:
        waiting = (n - 1) * (2 * n - 1) / (6 * n * n)
        return float(large.impact) / sqrt(n) + float(large.fixed) * n + risk * waiting

    if not large.impact:
        return most
    return min(range(1, most + 1), key=cost)


def fractions(pace: Pace, large: Large, count: int, days: float) -> tuple[float, ...]:
    """The share of every order that is done after each of ``count`` waves within ``days``.

    They never fall and end at 1; with the volume they may end before, and what it leaves is not
    traded. Raises ``BadSchedule``.
    """
    done = np.minimum(np.cumsum(_parts(pace, large, count, days)), 1.0)
    if pace.kind is not Slicing.POV or done[-1] > 1 - ROUNDING:
        done[-1] = 1.0
    return tuple(done.tolist())


ROUNDING = 1e-12


def _parts(pace: Pace, large: Large, count: int, days: float) -> Array:
    """Each wave's share of the order, shape (count,)."""
    shares = float(large.quantity)
    if pace.kind is Slicing.POV:
        volumes = np.full(count, float(large.adv) * days / count)
        return participation(shares, volumes, pace.volume_share) / shares
    frictions = large.frictions()
    if pace.kind is Slicing.ALMGREN_CHRISS and frictions.eta > 0 and isfinite(frictions.sigma):
        return almgren_chriss(shares, days, count, frictions, pace.risk_aversion).trades / shares
    return twap(count)


def part(quantity: Decimal, done: float, step: Decimal, *, ahead: bool = False) -> Decimal:
    """Shares that are to be traded once ``done`` of the order is due, in whole ``step``.

    What is ``ahead`` is rounded up, and never more than all of it.
    """
    if done >= 1:
        return quantity
    steps = quantity * Decimal(repr(done)) / step
    return min(steps.to_integral_value(ROUND_CEILING if ahead else ROUND_DOWN) * step, quantity)


def cut_in(quantity: Decimal, least: float, lot: int) -> Decimal:
    """The step in which an order is cut into waves, the smallest of which is ``least`` of it.

    Round lots of ``lot`` shares, so that each wave but the last is a whole number of them: an odd
    lot is not in the protected quote, and fills worse. Where a wave is for less than one the order
    is small for its market, and is cut in single shares; one with a fraction in what it has.
    """
    own = Decimal((0, (1,), min(0, int(quantity.as_tuple().exponent))))
    if quantity % 1 or quantity * Decimal(repr(least)) < lot:
        return own
    return Decimal(lot)
