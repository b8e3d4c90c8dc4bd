"""Limits and their prices in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from strategies.optimize.problem import Problem
from strategies.optimize.whatif.limits import Limit, level_of
from strategies.optimize.whatif.prices import Price
from strategies.optimize.whatif.probe import Probe

BPS = 1e4
PLACES = 2
LEAST = 0.005
"""Bps below which two decimals show nothing."""


@dataclass(frozen=True, slots=True)
class Money:
    """What a share of NAV is in ``currency``."""

    nav: float
    currency: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What is needed to say it: the names in their order, and what NAV is, if that is known."""

    names: Sequence[str] = ()
    money: Money | None = None

    def name(self, place: int) -> str:
        """What the name at ``place`` is called."""
        return str(self.names[place]) if place < len(self.names) else f"name {place}"

    def worth(self, share: float) -> str:
        """A share of NAV in bps, and in money where it is known."""
        bps = f"{BPS * share:,.{PLACES}f} bps" if abs(BPS * share) >= LEAST else "under 0.01 bps"
        if self.money is None:
            return bps
        return f"{bps} ({self.money.nav * share:,.0f} {self.money.currency})"


def limit_words(problem: Problem, limit: Limit, speech: Speech) -> str:
    """``turnover <= 10 %``, ``Technology >= 20 %``, ``VTI <= 5 %``."""
    level = level_of(problem, limit)
    sign = ">=" if limit.is_lower else "<="
    match limit.kind:
        case "budget":
            return f"the budget of {_percent(level)}"
        case "group":
            return f"{problem.groups[limit.place].name} {sign} {_percent(level)}"
        case "exposure":
            return f"exposure {problem.exposures[limit.place].name} {sign} {level:g}"
        case "name":
            return _name_words(problem, limit, level, speech)
    return f"{limit.kind.replace('_', ' ')} <= {_percent(level)}"


def _name_words(problem: Problem, limit: Limit, level: float, speech: Speech) -> str:
    """A bound that is today's weight is a word of the owner's or a market's, not a number."""
    name, now = speech.name(limit.place), float(problem.current[limit.place])
    if level != now and level == 0 and limit.is_lower:
        return f"{name} may not be short"
    if level != now:
        return f"{name} {'>=' if limit.is_lower else '<='} {_percent(level)}"
    if problem.lower[limit.place] == problem.upper[limit.place]:
        return f"{name} may not be traded"
    return f"{name} may not be {'sold' if limit.is_lower else 'bought'}"


def price_words(problem: Problem, tested: Probe, speech: Speech) -> str:
    """One price as a sentence."""
    price = tested.price
    asked = limit_words(problem, price.limit, speech)
    if price.limit.kind == "budget":
        does = "save" if price.rate > 0 else "cost"
        return f"{asked}: a point more to place would {does} {speech.worth(abs(price.gain))}"
    if price.limit.kind == "name" and level_of(problem, price.limit) == float(
        problem.current[price.limit.place]
    ):
        does = "selling" if price.limit.is_lower else "buying"
        return f"{asked}: {does} a point of it would gain {_gained(tested, speech)}"
    more = _step(price)
    said = f"{asked}: {more} more would gain {_gained(tested, speech)}"
    if price.limit.is_lower:
        said = f"{asked}: {more} less would gain {_gained(tested, speech)}"
    return f"{said}; {_tighter(tested, speech)}"


def _gained(tested: Probe, speech: Speech) -> str:
    if tested.gain is None:
        return f"up to {speech.worth(tested.price.gain)}"
    if tested.is_corner:
        return f"{speech.worth(max(tested.gain, 0.0))}, since other limits stand in the same place"
    return speech.worth(max(tested.gain, 0.0))


def _tighter(tested: Probe, speech: Speech) -> str:
    way = "more" if tested.price.limit.is_lower else "less"
    if tested.loss is None:
        return f"as much {way} leaves no plan"
    return f"as much {way} would cost {speech.worth(max(tested.loss, 0.0))}"


def _step(price: Price) -> str:
    match price.limit.kind:
        case "tracking_error" | "volatility":
            return "a tenth of a point"
        case "exposure":
            return f"{price.unit:g}"
    return "a point"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
