"""What it costs that a loss moves to other lots, where the owner lets it: the price of waiting.

A trade on the other side of 30 days would have left the loss; so what is forgone is what the loss
is worth today, less today's worth of the tax that its lower basis would have brought later.
"""

from decimal import ROUND_UP, Decimal

from brokers.words import ZERO, Side
from strategies.policy import Policy
from strategies.policy.taxpayer import HarvestPolicy
from strategies.snapshot import Holding, Snapshot
from strategies.taxes import CENT
from strategies.taxes.deferral import deferred
from strategies.taxes.rates import Rates
from strategies.washes.enforce import taken_by_buy
from strategies.windows import judge_of


def deferral_cost(
    holding: Holding, side: Side, quantity: Decimal, snapshot: Snapshot, policy: Policy
) -> Decimal:
    """Dollars that the wash-sale rule costs by an order that the owner allows; rounded up.

    The whole loss counts as short-term, the dearer of both: cautious.
    """
    if snapshot.home is None or not policy.taxpayer.may_defer or not quantity:
        return ZERO
    judge = judge_of(snapshot.home, snapshot, policy)
    if side is Side.BUY:
        buy = judge.seat.buy(str(holding.symbol), quantity, holding.price)
        loss = taken_by_buy(judge.home, buy).deferred
    else:
        loss = judge.of_sale(holding, quantity).deferred
    if not loss:
        return ZERO
    tax, wishes = policy.tax, policy.harvest or HarvestPolicy()
    rates = Rates(tax.short_rate, tax.long_rate)
    terms = (wishes.horizon_years, wishes.growth, wishes.discount)
    value = deferred(loss, loss * tax.short_rate, rates, *terms).value
    return max(ZERO, value).quantize(CENT, ROUND_UP)
