"""Worlds whose regimes are known: days of a given volatility and a given correlation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strategies.risk.model import Array


@dataclass(frozen=True, slots=True)
class Spell:
    """So many days, in which names have this daily volatility and correlate by ``together``."""

    days: int
    volatility: float
    together: float


QUIET = 0.01
CALM = Spell(300, QUIET, 0.2)
CRASH = Spell(40, 4 * QUIET, 0.8)
RISE = Spell(60, QUIET, 0.7)
"""Correlated, and no more volatile than before."""
STORM = Spell(40, 4 * QUIET, 0.2)
"""Volatile, and no more correlated than before."""


def world(spells: Sequence[Spell], names: int, seed: int) -> Array:
    """Daily returns (T, names) of the spells in turn: one common movement, and each name's own."""
    random = np.random.default_rng(seed)
    parts = []
    for spell in spells:
        common = random.normal(size=(spell.days, 1)) * np.sqrt(spell.together)
        own = random.normal(size=(spell.days, names)) * np.sqrt(1 - spell.together)
        parts.append(spell.volatility * (common + own))
    return np.vstack(parts)


def agree(found: Array, expected: Array | float, rtol: float = 1e-9, atol: float = 0.0) -> None:
    """Assert that the numbers are the same to ``rtol``, and missing on the same days."""
    assert np.allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
