"""Is the answer of the owner's code one? Each check says what is wrong, and with which name."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.outside.given import Given
from bot.outside.untold import Untold
from brokers.words import Symbol

SUM_TOLERANCE = 1e-4
"""How far from one the weights may sum to, as with weights that are written down."""
BOUND_TOLERANCE = 1e-9
"""A weight this far outside its bounds is on the bound: solvers leave such crumbs."""
PLACES = Decimal("1e-12")
RETURN_LOW, RETURN_HIGH = -1.0, 10.0
"""Nothing loses more than all of it in a year; who expects 1,000 % has written percent."""
NAMES_MAX = 5
"""Names that are listed in one sentence."""


def weights_in(values: object, given: Given, names_max: int | None = None) -> dict[Symbol, Decimal]:
    """A weight for each name, zero where nothing was said of it. Raises ``Untold``."""
    said = dict.fromkeys(given.names, 0.0) | _by_name(values, given.names)
    low, high = given.lower - BOUND_TOLERANCE, given.upper + BOUND_TOLERANCE
    if wrong := [
        f"{name} {weight:g}" for name, weight in said.items() if not low <= weight <= high
    ]:
        bounds = f"from {given.lower:g} to {given.upper:g}"
        raise Untold(f"weights must be {bounds}; it says {_listed(wrong)}")
    total = math.fsum(said.values())
    if abs(total - 1) > SUM_TOLERANCE:
        raise Untold(f"the weights sum to {total:g}, and must sum to 1 (within {SUM_TOLERANCE:g})")
    inside = {name: min(max(w, given.lower), given.upper) for name, w in said.items()}
    held = sum(weight != 0 for weight in inside.values())
    if names_max is not None and held > names_max:
        raise Untold(f"it holds {held} names, where names_max allows {names_max}")
    return {name: Decimal(weight).quantize(PLACES) for name, weight in inside.items()}


def returns_in(values: object, given: Given) -> dict[Symbol, float]:
    """An expected return for each name. Raises ``Untold``."""
    said = _by_name(values, given.names)
    if lost := [name for name in given.names if name not in said]:
        raise Untold(f"it expects nothing of {_listed(lost)}; every name needs a return")
    wrong = [f"{n} {r:g}" for n, r in said.items() if not RETURN_LOW <= r <= RETURN_HIGH]
    if wrong:
        rule = "returns are of a year, and 0.05 is 5 %"
        raise Untold(f"{rule}: from {RETURN_LOW:g} to {RETURN_HIGH:g}; it says {_listed(wrong)}")
    return said


def _by_name(values: object, names: Sequence[Symbol]) -> dict[Symbol, float]:
    """Finite numbers of names that were asked for."""
    if isinstance(values, list):
        if len(values) != len(names):
            raise Untold(f"it returned {len(values)} numbers for {len(names)} names")
        values = dict(zip(names, values, strict=True))
    if not isinstance(values, Mapping):
        raise Untold("its answer cannot be read")
    if strangers := [str(name) for name in values if name not in set(names)]:
        raise Untold(f"it speaks of {_listed(strangers)}, not among the names that it was given")
    numbers = {Symbol(name): float(value) for name, value in values.items()}
    if wrong := [f"{n} {v}" for n, v in numbers.items() if not math.isfinite(v)]:
        raise Untold(f"numbers must be finite; it says {_listed(wrong)}")
    return numbers


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - NAMES_MAX} more" if len(words) > NAMES_MAX else ""
    return f"{', '.join(word[:60] for word in words[:NAMES_MAX])}{more}"
