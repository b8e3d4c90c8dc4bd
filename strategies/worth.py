"""Whether: dollars gained against dollars spent."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What a plan gains and what it costs, in the base currency.

    benefit = gamma/2 x NAV x horizon x (d0' Cov d0 - d1' Cov d1), where d is weight less target
    and Cov the annual covariance: the certainty equivalent of the variance that is shed.
    """

    benefit: Decimal
    spread: Decimal
    fees: Decimal
    impact: Decimal
    tax: Decimal
    tracking_error_before: Decimal
    """Annual, as a share of NAV."""
    tracking_error_after: Decimal

    @property
    def cost(self) -> Decimal:
        """Everything that the trades cost; a tax that falls counts against it."""
        return self.spread + self.fees + self.impact + self.tax
