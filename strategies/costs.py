"""What a trade costs: crossing the spread, fees, and moving the market.

Amounts are in the base currency and rounded up; ``rates`` states the same costs per unit of
value, for the optimiser.
"""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from brokers.words import USD, ZERO, Side
from strategies.policy import CostPolicy
from strategies.snapshot import Holding

CENT = Decimal("0.01")
FINE = Decimal("0.0001")

PARTICIPATION_UNKNOWN = Decimal("0.001")
"""Share of a day's volume that a trade is taken to be where that volume is not known."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Costs per unit of value traded one way: ``linear``, and ``impact`` x sqrt(share of NAV)."""

    linear: Decimal
    impact: Decimal


def crossing(holding: Holding, quantity: Decimal) -> Decimal:
    """Half the quoted spread on every share."""
    if holding.quote is None:
        return ZERO
    cost = quantity * holding.quote.half_spread * holding.fx
    return cost.quantize(FINE, ROUND_UP)


def fees(holding: Holding, side: Side, quantity: Decimal, costs: CostPolicy) -> Decimal:
    """Commission, and on a sale of US shares what the SEC and FINRA take; up to the next cent."""
    commission = max(costs.commission_min, costs.commission_per_share * quantity)
    if side is Side.BUY or not _is_american(holding):
        return commission.quantize(CENT, ROUND_UP)
    sec = costs.sec_fee_rate * quantity * holding.price
    taf = min(costs.taf_max, costs.taf_per_share * quantity) * holding.fx
    return sum((fee.quantize(CENT, ROUND_UP) for fee in (commission, sec, taf)), ZERO)


def impact(holding: Holding, quantity: Decimal, volatility: Decimal, costs: CostPolicy) -> Decimal:
    """Y x sigma x sqrt(quantity / ADV) x value; ``volatility`` is sigma, of one day.

    Square-root law (Almgren et al. 2005, Bouchaud 2018).
    """
    adv = holding.adv_shares
    participation = quantity / adv if adv else PARTICIPATION_UNKNOWN
    share = costs.impact * volatility * participation.sqrt()
    return (share * quantity * holding.price).quantize(FINE, ROUND_UP)


def rates(holding: Holding, volatility: Decimal, costs: CostPolicy, nav: Decimal) -> Rates:
    """The same per unit of value, buys and sales alike.

    ``impact`` = Y sigma sqrt(NAV / (ADV x price)), the coefficient of weight^1.5.
    """
    if holding.obstacle or holding.quote is None:
        return Rates(ZERO, ZERO)
    linear = holding.quote.half_spread / holding.quote.mid
    linear += costs.commission_per_share / holding.price
    if _is_american(holding):
        linear += costs.sec_fee_rate + costs.taf_per_share * holding.fx / holding.price
    law = costs.impact * volatility
    if not holding.adv_shares:
        return Rates(linear + law * PARTICIPATION_UNKNOWN.sqrt(), ZERO)
    return Rates(linear, law * (nav / (holding.adv_shares * holding.price)).sqrt())


def _is_american(holding: Holding) -> bool:
    return holding.instrument is not None and holding.instrument.currency == USD
