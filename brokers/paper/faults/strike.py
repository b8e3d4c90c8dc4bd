"""One fault at work, and what is remembered of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from brokers.paper.faults.schedule import Fault
from brokers.words import Symbol


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck: when, and how our newest order stood at that moment."""

    number: int
    kind: str
    time: datetime
    state: str
    detail: str = ""


@dataclass(slots=True)
class Strike:
    """A fault that waits for its call, and then goes on until ``until``, or for one call."""

    fault: Fault
    dice: Random
    skip: int
    until: datetime | None = None
    memory: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, fault: Fault) -> "Strike":
        """``fault`` before its first call."""
        return cls(fault, fault.dice(), fault.skip)

    @property
    def name(self) -> str:
        """Its kind's."""
        return self.fault.kind.name

    @property
    def has_begun(self) -> bool:
        """Whether it has struck."""
        return self.until is not None

    def begin(self, now: datetime) -> None:
        """Strike for the first time."""
        longest = self.fault.kind.seconds
        self.until = now + timedelta(seconds=self.dice.uniform(0.3, 1) * longest)

    def is_over(self, now: datetime) -> bool:
        """Whether it has run its course."""
        return self.until is not None and now >= self.until

    def one_of(self, names: "tuple[Symbol, ...]") -> Symbol | None:
        """The name that it strikes: chosen once, from the names of its first call."""
        if "symbol" not in self.memory and names:
            self.memory["symbol"] = self.dice.choice(sorted(names))
        found = self.memory.get("symbol")
        return Symbol(found) if isinstance(found, str) else None
