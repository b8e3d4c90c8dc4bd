"""The owner's limits on a whole plan, measured in exact amounts: what each comes to, what breaks.

Sums of weights are exact. Tracking error and volatility are those of the factor model, in floats,
and good to about twelve digits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from brokers.words import ZERO, Symbol
from strategies.policy import Optimizer
from strategies.standing import Standing

SLACK = Decimal("1e-6")
"""By how much a limit may be passed, as a share of NAV (or of volatility): one dollar in a million
is what rounding weights to orders may leave."""
GRAIN = Decimal("1e-7")


@dataclass(frozen=True, slots=True)
class Risk:
    """Annual risk of some weights, as shares of NAV."""

    tracking_error: Decimal
    volatility: Decimal


@dataclass(frozen=True, slots=True)
class After:
    """Weights once all trades are done, one a row, and their risk."""

    weights: tuple[Decimal, ...]
    risk: Risk


@dataclass(frozen=True, slots=True)
class Level:
    """What one limit comes to: ``value`` is to lie within [``low``, ``high``]."""

    name: str
    value: Decimal
    low: Decimal | None
    high: Decimal | None

    @property
    def excess(self) -> Decimal:
        """By how much it is broken; zero or less where it is kept."""
        under = -SLACK if self.low is None else self.low - self.value
        over = -SLACK if self.high is None else self.value - self.high
        return max(under, over)

    @property
    def words(self) -> str:
        """The breach in a few words."""
        is_under = self.low is not None and self.value < self.low
        limit = self.low if is_under else self.high
        assert limit is not None, "only what has a limit breaks it"
        side = "least" if is_under else "most"
        asked = f"{(limit * 100).normalize():f} %"
        return f"{self.name} would be {_told(self.value, limit)}, {asked} at {side}"


def broken(stand: Standing, limits: Optimizer, after: After) -> tuple[str, ...]:
    """Every limit that ``after`` breaks, in words."""
    found = (level for level in levels(stand, limits, after) if level.excess > SLACK)
    return tuple(level.words for level in found)


def violation(stand: Standing, limits: Optimizer, after: After) -> Decimal:
    """The most that any limit is broken by, never below zero."""
    return max((level.excess for level in levels(stand, limits, after)), default=ZERO).max(ZERO)


def levels(stand: Standing, limits: Optimizer, after: After) -> Iterator[Level]:
    """All limits on the plan as a whole that the owner has set."""
    weights = dict(zip((row.symbol for row in stand.rows), after.weights, strict=True))
    for group in limits.groups:
        held = sum((weights.get(member, ZERO) for member in group.members), ZERO)
        yield Level(f"group {group.name}", held, group.low, group.high)
    for exposure in limits.exposures:
        held = _weighed(weights, exposure.coefficients)
        yield Level(f"exposure {exposure.name}", held, exposure.low, exposure.high)
    if limits.turnover_max is not None:
        yield Level("turnover", _moved(stand, after), None, limits.turnover_max)
    risk = after.risk
    if limits.tracking_error_max is not None:
        yield Level("tracking error", risk.tracking_error, None, limits.tracking_error_max)
    if limits.volatility_limit is not None:
        yield Level("volatility", risk.volatility, None, limits.volatility_limit)


def loosened(stand: Standing, limits: Optimizer, after: After) -> Optimizer:
    """``limits``, those that ``after`` breaks moved to what it comes to."""
    at = {level.name: level for level in levels(stand, limits, after) if level.excess > 0}
    if not at:
        return limits
    groups, exposures = [], []
    for group in limits.groups:
        low, high = _moved_sides(at.get(f"group {group.name}"), group.low, group.high)
        groups.append(replace(group, low=low, high=high))
    for exposure in limits.exposures:
        low, high = _moved_sides(at.get(f"exposure {exposure.name}"), exposure.low, exposure.high)
        exposures.append(replace(exposure, low=low, high=high))
    moved = replace(limits, groups=tuple(groups), exposures=tuple(exposures))
    if turnover := at.get("turnover"):
        moved = replace(moved, turnover_max=_up(turnover.value))
    if error := at.get("tracking error"):
        moved = replace(moved, tracking_error_max=_up(error.value))
    if volatility := at.get("volatility"):
        moved = replace(moved, volatility_max=_up(volatility.value), value_at_risk_max=None)
    return moved


def _moved_sides(
    level: Level | None, low: Decimal | None, high: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Both sides of a limit, the one that is broken moved."""
    if level is not None and high is not None and level.value > high:
        return low, _up(level.value)
    if level is not None and low is not None and level.value < low:
        return (level.value - GRAIN).quantize(GRAIN, ROUND_FLOOR), high
    return low, high


def _up(value: Decimal) -> Decimal:
    return (value + GRAIN).quantize(GRAIN, ROUND_CEILING)


def _weighed(
    weights: dict[Symbol, Decimal], coefficients: Sequence[tuple[Symbol, Decimal]]
) -> Decimal:
    return sum((weights.get(symbol, ZERO) * each for symbol, each in coefficients), ZERO)


def _moved(stand: Standing, after: After) -> Decimal:
    pairs = zip(stand.rows, after.weights, strict=True)
    return sum((abs(weight - row.weight) for row, weight in pairs), ZERO)


def _told(value: Decimal, limit: Decimal) -> str:
    """``value`` in percent, with as many decimals as tell it from a limit that it breaks."""
    texts = (f"{value * 100:.{places}f}" for places in range(2, 8))
    return f"{next(text for text in texts if Decimal(text) != limit * 100)} %"
