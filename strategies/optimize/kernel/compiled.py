"""The same steps compiled, where a compiler was there when Trimtab was installed.

``_climb.c`` has what ``dual.evaluate`` and ``newton.climb`` do, for problems without priced short
weight and without steps on the buying side; the rest, and machines without a compiler, take NumPy.
Answers agree to rounding.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.kernel.dual import SHORT, Anchor, Coupling, Point
from strategies.optimize.kernel.newton import (
    ARMIJO,
    CHANGES_MAX,
    CUTS_FEW,
    CUTS_MANY,
    CUTS_MAX,
    DAMPING,
    DAMPING_DOWN,
    DAMPING_MAX,
    DAMPING_UP,
    ROUNDING,
    USUAL_CURVATURE,
    WANTED,
    Climb,
    Mountain,
)
from strategies.optimize.kernel.pieces import Pieces, Push, respond, worth
from strategies.optimize.problem import Array

try:
    from strategies.optimize.kernel import _climb  # type: ignore[attr-defined, unused-ignore]
except ImportError:
    _climb = None

IS_THERE = _climb is not None
"""Whether the compiled steps were built."""

UNKNOWNS_MAX = 1024
TUNING = np.array(
    [
        USUAL_CURVATURE,
        WANTED,
        CHANGES_MAX,
        DAMPING_UP,
        DAMPING_DOWN,
        DAMPING,
        CUTS_MAX,
        CUTS_FEW,
        CUTS_MANY,
        ARMIJO,
        ROUNDING,
    ],
    dtype=np.float64,
)
NONE = np.empty(0)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A ``Mountain`` climbed by compiled steps."""

    arrays: tuple[NDArray[Any], ...]
    gamma: float
    xi: float
    constant: float
    factors: int
    unknowns: int
    size: int

    def evaluate(self, z: Array) -> Point:
        """The dual at ``z``."""
        out = self._room(z.copy())
        value, whole = _climb.evaluate(
            self.arrays, self.gamma, self.xi, self.constant, self.factors, out
        )
        return _point(out, value, whole)

    def climb(self, here: Climb) -> Climb:
        """One step up."""
        old, out = here.point, self._room(np.empty(self.unknowns))
        made, damping, value, whole = _climb.climb(
            self.arrays,
            self.gamma,
            self.xi,
            self.constant,
            self.factors,
            (old.z, old.gradient, old.x, old.slope, old.active, old.heavy, old.exposure),
            old.value,
            old.gamma,
            here.damping,
            out,
            TUNING,
        )
        if made < 0:
            return Climb(old, damping, stuck=damping > DAMPING_MAX)
        return Climb(_point(out, value, whole), damping)

    def _room(self, z: Array) -> tuple[Array, ...]:
        names = [np.empty(self.size) for _ in range(4)]
        return (z, np.empty(self.unknowns), *names, np.empty(self.factors))


def mountain_of(coupling: Coupling, anchor: Anchor | None) -> Mountain | Compiled:
    """The dual of ``coupling``, to be climbed by compiled steps where they are there and do."""
    pieces = coupling.pieces
    fits = pieces.buy is None and bool(coupling.fixed[SHORT]) and coupling.unknowns <= UNKNOWNS_MAX
    if not (IS_THERE and coupling.compiled and fits):
        return Mountain(coupling, anchor)
    sell = pieces.sell
    slope, curve, constant = _besides(coupling, anchor)
    named = (pieces.current, pieces.spread, pieces.impact, pieces.least, pieces.most)
    lots = (sell.ends, sell.roots, sell.rates)
    rows = (coupling.matrix, coupling.level, coupling.give, coupling.limits)
    arrays = (*named, *lots, coupling.target, coupling.specific, *rows, slope, curve)
    return Compiled(
        arrays=(
            *map(np.ascontiguousarray, arrays),
            coupling.signed,
            coupling.fixed,
            _turns(pieces),
        ),
        gamma=coupling.gamma,
        xi=coupling.xi,
        constant=constant,
        factors=coupling.factors,
        unknowns=coupling.unknowns,
        size=pieces.current.size,
    )


def answers(pieces: Pieces, push: Push) -> tuple[Array, Array]:
    """``pieces.respond`` and ``pieces.worth``: the best trade of each name and its worth, (n,)."""
    if not IS_THERE or pieces.buy is not None or push.short:
        x = respond(pieces, push).x
        return x, worth(pieces, x, push)
    sell = pieces.sell
    named = (pieces.spread, pieces.impact, pieces.least, pieces.most)
    arrays = (*named, sell.ends, sell.roots, sell.rates, push.g, push.a, _turns(pieces))
    found = np.empty_like(push.g), np.empty_like(push.g)
    _climb.respond(tuple(map(np.ascontiguousarray, arrays)), push.toll, found)
    x, value = found
    return x, value if pieces.offset is None else value + pieces.offset


def _turns(pieces: Pieces) -> Array:
    return NONE if pieces.turns is None else pieces.turns


def _besides(coupling: Coupling, anchor: Anchor | None) -> tuple[Array, Array, float]:
    """What wishes and anchor add to slope and curvature (n,) at x = 0, and to the value there."""
    current, constant = coupling.pieces.current, coupling.constant
    if coupling.pieces.offset is not None:
        constant += float(coupling.pieces.offset.sum())
    slope, curve = np.zeros_like(current), np.zeros_like(current)
    if coupling.reward is not None:
        slope -= coupling.reward
        constant -= float(coupling.reward @ current)
    if coupling.closeness is not None:
        apart = current - coupling.target
        slope += 2 * coupling.closeness * apart
        curve += 2 * coupling.closeness
        constant += float(coupling.closeness @ (apart * apart))
    if anchor is not None:
        apart = current - anchor.centre
        slope += anchor.stiffness * apart
        curve += anchor.stiffness
        constant += 0.5 * float(anchor.stiffness @ (apart * apart))
    if not slope.any() and not curve.any():
        return NONE, NONE, constant
    return slope, curve, constant


def _point(out: tuple[Array, ...], value: float, whole: float) -> Point:
    z, gradient, x, slope, active, heavy, exposure = out
    return Point(z, value, gradient, x, slope, active, heavy, exposure, whole)
