"""Whether an order waits for the closing auction, or is worked in the session.

An auction trades whole shares, at one price for everybody, and nothing in it is cut into waves: so
a fraction of a share, and an order that is large for its market, are worked in the session. The
auction meant is that of the US exchanges. All of it trades at one moment: what its sales bring in
cannot pay for its purchases.
"""

from decimal import Decimal

from brokers.words import USD, TimeInForce
from strategies.policy import OrderPolicy
from strategies.policy.working import Auction
from strategies.snapshot import Holding


def force_of(holding: Holding, quantity: Decimal, orders: OrderPolicy) -> TimeInForce:
    """For how long an order for ``quantity`` shares is to be good."""
    wishes, instrument = orders.working, holding.instrument
    if wishes.auction is Auction.NONE or instrument is None or instrument.currency != USD:
        return TimeInForce.DAY
    if quantity % 1 or _is_large(holding, quantity, wishes.slice_adv):
        return TimeInForce.DAY
    return TimeInForce.CLOSE


def _is_large(holding: Holding, quantity: Decimal, share: Decimal | None) -> bool:
    """Whether it would be cut in the session."""
    if share is None or holding.adv_shares is None:
        return False
    return quantity > share * holding.adv_shares
