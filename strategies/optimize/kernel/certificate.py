"""Proof that no weights keep all limits: prices at which even the best weights break them.

For any prices, the least over the bounds of (prices x what the limits are broken by) is at most
zero wherever all limits can be kept. Prices where it is above zero are a proof (Farkas), and
checking one takes a single evaluation of the dual with all costs left out.
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.kernel.dual import ERROR, VOLATILITY, Coupling, evaluate
from strategies.optimize.kernel.rates import free_of_charge
from strategies.optimize.problem import Array

PROOF_MIN = 1e-9
"""Breach per unit of price that counts as a proof: far above rounding."""
SMALL = 1e-12
PART_MIN = 1e-6
"""Share of the prices from which a limit is named as part of the contradiction."""


@dataclass(frozen=True, slots=True)
class Proof:
    """By how much the limits miss each other, in weight, and which limits they are."""

    breach: float
    limits: tuple[str, ...]


def contradiction(coupling: Coupling, z: Array) -> Proof | None:
    """A proof by the prices ``z`` (k+m+4,) that no weights keep all limits; None if it is none."""
    ray = _ray(coupling, z)
    if ray is None:
        return None
    breach = evaluate(_without_costs(coupling, ray), ray, None).value
    if breach <= PROOF_MIN:
        return None
    prices = price_sizes(coupling, ray)
    parts = (name for name, price in zip(coupling.names, prices, strict=True) if price > PART_MIN)
    return Proof(breach, tuple(parts))


def _ray(coupling: Coupling, z: Array) -> Array | None:
    """``z`` made admissible and of size one. Prices of exposure go with those of the risk limits.

    A soft row contradicts nothing.
    """
    ray = np.where(coupling.fixed, 0.0, z)
    ray = np.where(coupling.signed, np.maximum(ray, 0.0), ray)
    soft = np.flatnonzero(coupling.give)
    ray[soft] = 0.0
    size = float(price_sizes(coupling, ray).max())
    if not np.isfinite(size) or size <= 0:
        return None
    ray = ray / size
    ray[ERROR:][ray[ERROR:] <= SMALL] = 0.0
    if not ray[ERROR:].any():
        ray[: coupling.factors] = 0.0
    return ray


def price_sizes(coupling: Coupling, z: Array) -> Array:
    """Size of the prices of rows and the last four limits (m+4,), each per unit of weight."""
    sizes = np.abs(z[coupling.factors :])
    sizes[ERROR:] *= np.sqrt(coupling.limits[ERROR:])
    return sizes


def _without_costs(coupling: Coupling, ray: Array) -> Coupling:
    """The limits alone: risk counts only as far as a risk limit has a price."""
    pieces = coupling.pieces
    nothing = np.zeros_like(pieces.spread)
    buy = None if pieces.buy is None else free_of_charge(pieces.buy)
    free = replace(
        pieces,
        spread=nothing,
        impact=nothing,
        sell=free_of_charge(pieces.sell),
        buy=buy,
        offset=None,
    )
    bare = replace(
        coupling,
        pieces=free,
        give=np.zeros_like(coupling.give),
        reward=None,
        closeness=None,
        constant=0.0,
        gamma=0.0,
        xi=0.0,
    )
    if ray[ERROR] > 0 or ray[VOLATILITY] > 0:
        return bare
    return replace(bare, gamma=1.0, specific=nothing)
