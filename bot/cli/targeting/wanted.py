"""What the caller of ``targets`` or ``frontier`` asks for, beside the numbers themselves.

None is what the caller did not say.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from bot.cli.exits import WrongUse

POINTS = 20
LEVEL = 0.95
OPTIONS = {
    "expected_return": "--return",
    "risk_aversion": "--risk-aversion",
    "risk_free": "--risk-free",
    "names_max": "--names-max",
}
"""What a field is called on the command line, where it is not called after itself."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where numbers are: of names, their covariance, and returns of periods."""

    mean: Path | None = None
    cov: Path | None = None
    returns: Path | None = None

    @property
    def any(self) -> bool:
        """Whether there is one of them."""
        return any((self.mean, self.cov, self.returns))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What weights must keep to."""

    lower: float | None = None
    upper: float | None = None
    short: bool = False
    gross: float | None = None
    names_max: int | None = None


@dataclass(frozen=True, slots=True)
class Aims:
    """Which point, or how many of them."""

    expected_return: float | None = None
    volatility: float | None = None
    points: int | None = None
    risk_aversion: float | None = None
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Files of one more number a name."""

    benchmark: Path | None = None
    caps: Path | None = None
    budgets: Path | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of it; ``covariance`` is how one is estimated from returns."""

    risk_free: float | None = None
    bounds: Bounds = Bounds()
    aims: Aims = Aims()
    columns: Columns = Columns()
    covariance: str | None = None

    def said(self) -> dict[str, object]:
        """What the caller set, by field."""
        return {name: value for name, value in self._all() if value not in {None, False}}

    def check(self) -> None:
        """Raise ``WrongUse`` for a number that is none."""
        for name, value in self._all():
            if isinstance(value, float) and not math.isfinite(value):
                raise WrongUse(f"{option(name)} {value} is no number", "write one like 0.05")

    def _all(self) -> Iterator[tuple[str, object]]:
        yield "risk_free", self.risk_free
        yield "covariance", self.covariance
        for part in (self.bounds, self.aims, self.columns):
            yield from ((each.name, getattr(part, each.name)) for each in fields(part))


def option(field: str) -> str:
    """What ``field`` is called on the command line."""
    return OPTIONS.get(field, f"--{field}")
