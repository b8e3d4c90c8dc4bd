"""What a harvest today is worth, and what it is worth to wait until a lot is long-term.

A harvest is a loan, not a gift: the loss is deducted now, and the shares that replace those sold
have a basis that is lower by it (26 U.S.C. 1012), so that the same amount is taxed when they are
sold. It is worth the tax saved now less the present value of that tax; all of it only where the
shares are kept until death (1014(a)) or given to charity (170(e), 501(c)(3)): a horizon of None.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import ZERO
from strategies.lots.dates import first_long_day
from strategies.taxes.errors import BadTax, check
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term, days_to_long, term

DAYS_PER_YEAR = Decimal(365)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class HarvestValue:
    """The dollars of a harvest. ``value`` is what it is worth today, and may be negative.

    ``saved`` is the tax saved now, ``later`` the tax on the lower basis at the horizon in the
    dollars of then, ``later_today`` its present value. ``ahead`` is what the owner is ahead by at
    the horizon, after tax, if the saving is invested; None where the horizon is never.
    """

    loss: Decimal
    saved: Decimal
    later: Decimal
    later_today: Decimal
    ahead: Decimal | None

    @property
    def value(self) -> Decimal:
        """Tax saved now less the present value of the tax that comes later."""
        return self.saved - self.later_today

    def break_even_move(self, market_value: Decimal) -> Decimal:
        """How far the substitute may fall behind what was sold before the harvest was for nothing.

        As a share of ``market_value``, what was sold; costs are not in it.
        """
        check("the market value", market_value, ZERO)
        return self.value / market_value if market_value else ZERO


def harvest_value(
    loss: Decimal,
    term: Term,
    rates: Rates,
    horizon_years: Decimal | None,
    growth: Decimal,
    discount: Decimal,
) -> HarvestValue:
    """What it is worth to realize ``loss`` (positive, USD) of this ``term`` today.

    As if there were gains of the same term for it to meet: where there are not, ask
    ``netting.saving`` and hand its ``now`` to ``deferred``. ``horizon_years`` is when the
    replacement is sold, None for never. ``growth`` and ``discount`` are annual shares.
    """
    check("the loss", loss, ZERO)
    return deferred(loss, loss * rates.of(term), rates, horizon_years, growth, discount)


def deferred(
    loss: Decimal,
    saved: Decimal,
    rates: Rates,
    horizon_years: Decimal | None,
    growth: Decimal,
    discount: Decimal,
) -> HarvestValue:
    """``harvest_value`` where the tax ``saved`` now is known.

    The replacement is sold after ``horizon_years`` at the long rate, at the short one where that
    is a year or less. The tax that comes later is on ``loss`` whatever the shares do: a fall in
    their price would have been a larger loss without the harvest. ``growth`` is what the saving
    earns where it is invested, itself taxed at the horizon.
    """
    check("the loss", loss, ZERO)
    check("the tax saved", saved)
    for name, rate in (("growth", growth), ("discount", discount)):
        if not rate.is_finite() or rate <= -1:
            raise BadTax(f"{name} is {rate}", "it is an annual share above -1: 0.05 is 5 %")
    if horizon_years is None:
        return HarvestValue(loss, saved, ZERO, ZERO, None)
    check("the horizon", horizon_years, ZERO)
    rate = rates.long if horizon_years > 1 else rates.short
    later = loss * rate
    grown = saved * ((ONE + growth) ** horizon_years - 1)
    ahead = saved + grown * (1 - rate) - later
    return HarvestValue(loss, saved, later, later / (ONE + discount) ** horizon_years, ahead)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waiting changes for one share: after-tax dollars, today's, at an unchanged price.

    ``worth`` is positive where waiting pays: a gain that is soon long-term; negative for a loss
    that is still short-term. ``break_even_move`` is the move in price at which selling on
    ``until`` is as good as selling today: -0.05 where the price may fall by 5 %.
    """

    days: int
    until: date
    tax_now: Decimal
    tax_then: Decimal
    worth: Decimal
    break_even_move: Decimal


def waiting(
    price: Decimal, basis: Decimal, acquired: date, today: date, rates: Rates, discount: Decimal
) -> Waiting:
    """What it is worth to sell on the first long-term day and not today (26 U.S.C. 1222).

    ``price`` and ``basis`` are for one share. A loss counts as tax saved at the rate of its term.
    After tax a sale brings p - r (p - b); the move m solves
    (p (1 + m) (1 - l) + l b) / (1 + d)^t = p - r (p - b), with l the long rate and r today's.
    """
    check("the price", price)
    check("the basis", basis, ZERO)
    if price <= 0:
        raise BadTax(f"the price is {price}", "it is above zero")
    if not discount.is_finite() or discount <= -1:
        raise BadTax(f"discount is {discount}", "it is an annual share above -1: 0.05 is 5 %")
    rate, long = rates.of(term(acquired, today)), rates.long
    days = days_to_long(acquired, today)
    factor = (ONE + discount) ** (Decimal(days) / DAYS_PER_YEAR)
    now, then = rate * (price - basis), long * (price - basis)
    kept = price - now
    even = (kept * factor - long * basis) / (1 - long)
    return Waiting(
        days=days,
        until=max(today, first_long_day(acquired)),
        tax_now=now,
        tax_then=then,
        worth=(price - then) / factor - kept,
        break_even_move=even / price - 1,
    )
