"""Expected returns with their source: a strategy that needs them and has none is told so."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from strategies.optimize.problem import Array
from strategies.targets.refusal import NoTarget

SOURCES = (
    '"file:MEANS.csv" (your own numbers), "forecast:MODEL.py:FUNCTION" (your own function),'
    ' "historical" (averages of the past, shrunk), "equilibrium" (from market caps), or "views"'
    " (equilibrium, moved by your views)"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected return of each name, ``values`` (n,), with where it comes from.

    ``day`` is the last that the numbers know of. ``errors`` (n,) are the standard errors of plain
    averages, None where there are none; ``shrinkage`` is the part of the way, 0 to 1, by which
    those were moved toward one return of all. ``notes`` are sentences for a person.
    """

    values: Array
    source: str
    day: date
    notes: tuple[str, ...] = ()
    errors: Array | None = None
    shrinkage: float = 0.0


def needed(expected: Expected | None, strategy: str) -> Expected:
    """``expected``; raises ``NoTarget`` with the remedy where no source of them is named."""
    if expected is None:
        raise NoTarget(
            f"{strategy} needs expected returns, and no source of them is named: set means to"
            f" {SOURCES}"
        )
    return expected


def given(values: Array, *, source: str, day: date) -> Expected:
    """Numbers (n,) that the owner, or the owner's model, says. Raises ``NoTarget``."""
    numbers = np.asarray(values, dtype=np.float64)
    finite("mean", numbers, dimensions=1)
    return Expected(numbers, source, day)


def finite(what: str, array: Array, *, dimensions: int) -> None:
    """Raise ``NoTarget`` that names the place where ``array`` makes no sense."""
    if array.ndim != dimensions:
        raise NoTarget(f"{what} has {array.ndim} dimensions, expected {dimensions}")
    if not np.isfinite(array).all():
        place = ", ".join(str(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise NoTarget(f"{what}[{place}] is not a finite number")
