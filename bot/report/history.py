"""What happened over time, as rows: the book hands them over and the pages draw them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.book.rows import SnapshotRow
from brokers.words import ZERO, AccountId, Currency, Environment, Symbol


def drift(row: SnapshotRow, symbol: Symbol) -> Decimal:
    """Weight less target; a name that is missing weighs nothing."""
    return row.weights.get(symbol, ZERO) - row.targets.get(symbol, ZERO)


def drift_max(row: SnapshotRow) -> Decimal:
    """Largest distance of a weight from its target."""
    names = row.weights.keys() | row.targets.keys()
    return max((abs(drift(row, name)) for name in names), default=ZERO)


@dataclass(frozen=True, slots=True)
class CycleRow:
    """What one cycle decided, why, and what it came to.

    ``decision`` and ``reasons`` are as ``say`` puts them; ``turnover`` and the drifts are shares
    of NAV, ``cost`` is in base currency.
    """

    session: date
    decision: str
    reasons: tuple[str, ...]
    orders: int
    turnover: Decimal
    cost: Decimal
    drift_before: Decimal
    drift_after: Decimal


@dataclass(frozen=True, slots=True)
class TradedRow:
    """All that was bought and sold of one name; values and fees are in base currency."""

    symbol: Symbol
    orders: int
    shares_bought: Decimal
    value_bought: Decimal
    shares_sold: Decimal
    value_sold: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that a report of one run of one account tells.

    ``deposits`` is cash that came (less what went) between ``start`` and ``end``. ``totals`` are
    further facts, label to text; ``places`` is where things lie, label to path.
    """

    account: AccountId
    environment: Environment
    base: Currency
    start: date
    end: date
    nav_start: Decimal
    nav_end: Decimal
    cycles: tuple[CycleRow, ...]
    history: tuple[SnapshotRow, ...]
    deposits: Decimal = ZERO
    traded: tuple[TradedRow, ...] = ()
    totals: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def gain(self) -> Decimal:
        """Change of value that no deposit or withdrawal explains, in base currency."""
        return self.nav_end - self.nav_start - self.deposits

    @property
    def cost(self) -> Decimal:
        """What all cycles cost, in base currency."""
        return sum((cycle.cost for cycle in self.cycles), ZERO)

    @property
    def trades(self) -> tuple[CycleRow, ...]:
        """The cycles that sent orders."""
        return tuple(cycle for cycle in self.cycles if cycle.orders)
