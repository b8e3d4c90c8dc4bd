"""What the rules look at: where the account stands, and risk that is measured once, if at all.

An account is looked at every few minutes. To estimate the covariance of some hundred names takes
longer than all other rules together, so that only a rule which needs it asks for it here.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from brokers.words import ZERO, Symbol
from strategies.policy import DAYS_PER_YEAR, QUANTILE_95, Optimizer
from strategies.policy.regime import RegimePolicy
from strategies.snapshot import Snapshot
from strategies.standing import Standing

if TYPE_CHECKING:  # most looks need no arrays
    from strategies.risk.model import FactorModel
    from strategies.risk.regime import Regime
    from strategies.risk.returns import Returns


NO_LIMITS = Optimizer()


class Look:
    """One look at one account; every figure is found at most once."""

    def __init__(self, stand: Standing, snapshot: Snapshot) -> None:
        """Measure nothing yet."""
        self.stand = stand
        self.snapshot = snapshot
        self.remarks: dict[str, None] = {}
        """What else there is to say: what could not be judged, whose sale is put off."""
        self._drifts: dict[Optimizer, Decimal] = {}
        self.put_off: frozenset[Symbol] = frozenset()
        """Names that are not sold for a while."""

    @cached_property
    def model(self) -> "FactorModel":
        """The covariance of the rows' returns, annual."""
        from strategies.risk.covariance import estimate

        return estimate([row.symbol for row in self.stand.rows], self.snapshot.history)

    @cached_property
    def returns(self) -> "Returns":
        """Daily returns of the rows, as far as they can be held against each other."""
        from strategies.risk.returns import align

        return align([row.symbol for row in self.stand.rows], self.snapshot.history)

    @cached_property
    def regime(self) -> "Regime":
        """Whether the market of these names is calm, tense or in crisis."""
        from strategies.risk.regime import judge

        found = judge(self.returns.values, RegimePolicy())
        if found.since_index is None:
            self.remarks.update(dict.fromkeys(found.notes))
        return found

    @property
    def in_crisis(self) -> bool:
        """Whether it is a crisis; it is none where that cannot be judged, and a remark says so."""
        return self.regime.state.value == "crisis"

    def total_drift(self, limits: Optimizer) -> Decimal:
        """Half the sum of all distances from target, as far as trades can take them off.

        A name that no order can move does not count, nor does what the owner's limits keep away.
        """
        rows = [row for row in self.stand.rows if row.can_move(row.target)]
        if not rows or limits == NO_LIMITS:
            return sum((abs(row.weight - row.target) for row in rows), ZERO) / 2
        if limits not in self._drifts:
            from strategies.drift.reach import goals

            ends = {r.symbol: w for r, w in zip(self.stand.rows, goals(self, limits), strict=True)}
            far = (abs(row.weight - ends[row.symbol]) for row in rows)
            self._drifts[limits] = sum(far, ZERO) / 2
        return self._drifts[limits]

    @cached_property
    def tracking_error(self) -> Decimal:
        """Annual volatility of the distances from target, as a share of NAV."""
        return self.deviation([row.weight - row.target for row in self.stand.rows])

    @cached_property
    def volatility(self) -> Decimal:
        """Annual volatility of the account, as a share of NAV."""
        return self.deviation([row.weight for row in self.stand.rows])

    def deviation(self, weights: Sequence[Decimal]) -> Decimal:
        """sqrt(w' Cov w), annual, of weights or of distances row by row."""
        import numpy as np

        from strategies.risk.model import variance

        row = np.array([float(weight) for weight in weights])
        return Decimal(repr(max(variance(self.model, row), 0.0))).sqrt()


def one_day_loss(volatility: Decimal) -> Decimal:
    """Value at risk: the loss of one day in twenty, for an annual volatility, taken as normal."""
    return volatility * QUANTILE_95 / Decimal(DAYS_PER_YEAR).sqrt()


def annual(loss: Decimal) -> Decimal:
    """The annual volatility at which one day in twenty loses ``loss``."""
    return loss * Decimal(DAYS_PER_YEAR).sqrt() / QUANTILE_95
