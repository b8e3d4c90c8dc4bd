"""How an order is priced anew while it is in the market, and how a large one is cut."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from brokers.words import ZERO


class Slicing(StrEnum):
    """How an order that is large for its market is spread over time."""

    TWAP = "twap"
    """Evenly."""
    POV = "pov"
    """With the volume: a share of what trades, and no more."""
    ALMGREN_CHRISS = "almgren-chriss"
    """As the owner's aversion to risk weighs impact against the move of the price."""


class Auction(StrEnum):
    """Which auction of a session the orders of a plan are for."""

    NONE = "none"
    """None: they are worked in the session."""
    CLOSE = "close"
    """The closing one."""


@dataclass(frozen=True, slots=True)
class WorkingPolicy:
    """The owner's wishes for an order that does not fill at once, or is large for its market.

    With one of ``steps`` an order is sent once, at its limit. With more it starts at ``start``
    (a share of the spread: 0 is the near touch) and is priced anew each ``step_seconds``, up to
    ``through`` (1 is the far touch), never worse than its limit and ``chase``, a share of it.

    An order for more than ``slice_adv`` of a day's volume (None: none) is cut into waves, as
    ``slicing`` says; with the volume, for ``volume_share`` of it.

    With an ``auction`` an order that can waits for that, at a limit that lies ``auction_limit``
    (a share of it) from mid, and is neither priced anew nor cut.
    """

    steps: int = 1
    step_seconds: int = 60
    start: Decimal = ZERO
    through: Decimal = Decimal(1)
    chase: Decimal = ZERO
    slice_adv: Decimal | None = Decimal("0.01")
    slicing: Slicing = Slicing.TWAP
    volume_share: Decimal = Decimal("0.1")
    auction: Auction = Auction.NONE
    auction_limit: Decimal = Decimal("0.005")

    @property
    def reprices(self) -> bool:
        """Whether an order is priced anew while it is in the market."""
        return self.steps > 1 or self.chase > 0
