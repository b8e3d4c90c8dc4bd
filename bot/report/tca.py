"""What trades cost against what the plan said they would: transaction cost analysis of the book.

One observation a leg of a plan, whatever orders it was worked as, and not a fill: what it pays
depends on all of its quantity, and its fills share one move of the market. Slippage is told against
the mid that the plan was priced from, and fitted against that at arrival, when its first order was
made, where that is known: the wait before it says nothing of what trading costs. A part that was
filled is held against the same part of the plan: spread and fees go with quantity, impact with
quantity^1.5.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.book.slippage import Sent, SentLeg
from bot.report.shortfall import NONE, Shortfall, is_at_close, of_leg, shortfall
from brokers.words import ZERO, Currency, Symbol
from strategies.costfit import CostFit, Observation, Prior, fit

FACTOR_STEP = Decimal("0.01")
FACTOR_MIN = Decimal("0.01")
"""Least factor that is ever proposed: plans made with 0 would leave nothing to fit later."""
FACTOR_MAX = Decimal(10)
"""Most that the config takes."""

UNKNOWN = "whose plan is of an older trimtab and does not say its impact factor"
NO_IMPACT = "whose plan had an impact factor of 0, which leaves nothing to fit"
NO_PRICE = "whose plan has no price or no quantity"
AT_CLOSE = "of the closing auction, where no spread is crossed and the market moves until then"


@dataclass(frozen=True, slots=True)
class Traded:
    """One order as far as it was filled, or several together; amounts in the base currency.

    ``value`` is at the plan's mid, ``slippage`` without fees.
    """

    name: str
    orders: int
    fills: int
    value: Decimal
    planned_spread: Decimal
    planned_impact: Decimal
    slippage: Decimal
    planned_fees: Decimal
    fees: Decimal

    def bps(self, amount: Decimal) -> Decimal:
        """``amount`` in hundredths of a percent of the value traded."""
        return amount / self.value * 10_000 if self.value else ZERO


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one account's trading cost.

    ``dots`` are the orders of the fit. ``unfilled`` is the share of the value sent that was never
    filled, ``strangers`` counts executions that no plan asked for, ``left_out`` orders that the
    fit could not use, by reason. ``base`` is None where nothing was filled.
    """

    base: Currency | None
    first: date | None
    last: date | None
    total: Traded
    symbols: tuple[Traded, ...]
    unfilled: Decimal
    strangers: int
    left_out: tuple[tuple[str, int], ...]
    dots: tuple[Observation, ...]
    fit: CostFit
    impact_now: Decimal
    shortfall: Shortfall = NONE

    @property
    def impact_fitted(self) -> Decimal:
        """The factor that the config would say: shrunk to its prior, as far as it may be set."""
        rounded = Decimal(repr(self.fit.impact.shrunk)).quantize(FACTOR_STEP)
        return min(max(rounded, FACTOR_MIN), FACTOR_MAX)


def analyse(sent: Sent, impact_now: Decimal, factor_was: Decimal | None = None) -> Analysis:
    """Costs of what was sent, where the config now says ``impact_now``.

    ``factor_was`` is the impact factor of plans of old, which do not say it themselves; without it
    they are left out of the fit.
    """
    sound = [leg for leg in sent.legs if _is_sound(leg)]
    filled = [leg for leg in sound if leg.fills]
    whys = [_unusable(leg, _factor(leg, factor_was)) for leg in sent.legs if leg.fills]
    dots = tuple(_observations(filled, factor_was))
    traded, unfilled = [_traded(leg) for leg in filled], _unfilled(sound)
    worked = [leg for leg in sound if not is_at_close(leg)]
    days = [leg.session for leg in filled]
    return Analysis(
        base=filled[0].base if filled else None,
        first=min(days, default=None),
        last=max(days, default=None),
        total=_together("total", traded),
        symbols=_by_symbol(traded),
        unfilled=unfilled,
        strangers=len(sent.strangers),
        left_out=_counted(why for why in whys if why),
        dots=dots,
        fit=fit(dots, Prior(impact=float(impact_now)), float(_unfilled(worked))),
        impact_now=impact_now,
        shortfall=shortfall(sound),
    )


def _unusable(leg: SentLeg, factor: Decimal | None) -> str:
    """Why an order that was filled cannot be fitted, or an empty string."""
    if not _is_sound(leg):
        return NO_PRICE
    if is_at_close(leg):
        return AT_CLOSE
    if factor is None:
        return UNKNOWN
    return "" if factor > 0 else NO_IMPACT


def _is_sound(leg: SentLeg) -> bool:
    return min(leg.leg.mid, leg.price, leg.leg.order.quantity) > 0


def _traded(leg: SentLeg) -> Traded:
    order, part = leg.leg.order, _part(leg)
    fx = leg.price / leg.leg.mid
    above = sum(((fill.price - leg.leg.mid) * fill.quantity for fill in leg.fills), ZERO)
    return Traded(
        name=order.symbol,
        orders=1,
        fills=len(leg.fills),
        value=order.quantity * part * leg.price,
        planned_spread=leg.leg.spread * part,
        planned_impact=leg.leg.impact * part * part.sqrt(),
        slippage=above * order.side.sign * fx,
        planned_fees=leg.leg.fees * part,
        fees=sum((fill.fee for fill in leg.fills), ZERO) * fx,
    )


def _part(leg: SentLeg) -> Decimal:
    """Share of the order that was filled."""
    return sum((fill.quantity for fill in leg.fills), ZERO) / leg.leg.order.quantity


def _factor(leg: SentLeg, otherwise: Decimal | None) -> Decimal | None:
    return otherwise if leg.impact_factor is None else leg.impact_factor


def _observations(legs: Sequence[SentLeg], factor_was: Decimal | None) -> Iterator[Observation]:
    """One an order that can be fitted; the factor is taken out of its planned impact."""
    for leg in legs:
        factor = _factor(leg, factor_was)
        if not _unusable(leg, factor) and factor:
            traded = _traded(leg)
            yield Observation(
                day=leg.session,
                symbol=leg.leg.order.symbol,
                value=traded.value,
                slippage=_since_arrival(leg, traded.slippage),
                spread=traded.planned_spread,
                shape=traded.planned_impact / factor,
            )


def _since_arrival(leg: SentLeg, slippage: Decimal) -> Decimal:
    """``slippage`` less what the market had moved when the first order was made."""
    found = of_leg(leg)
    return slippage if found is None else slippage - found.delay


def _unfilled(legs: Sequence[SentLeg]) -> Decimal:
    wanted = sum((leg.leg.order.quantity * leg.price for leg in legs), ZERO)
    filled = sum((leg.leg.order.quantity * leg.price * _part(leg) for leg in legs), ZERO)
    return 1 - filled / wanted if wanted else ZERO


def _by_symbol(traded: Sequence[Traded]) -> tuple[Traded, ...]:
    """One row a name, the largest value first."""
    names = sorted({Symbol(one.name) for one in traded})
    rows = [_together(name, [one for one in traded if one.name == name]) for name in names]
    return tuple(sorted(rows, key=lambda row: -row.value))


def _together(name: str, rows: Sequence[Traded]) -> Traded:
    def added(amounts: Iterable[Decimal]) -> Decimal:
        return sum(amounts, ZERO)

    return Traded(
        name=name,
        orders=sum(row.orders for row in rows),
        fills=sum(row.fills for row in rows),
        value=added(row.value for row in rows),
        planned_spread=added(row.planned_spread for row in rows),
        planned_impact=added(row.planned_impact for row in rows),
        slippage=added(row.slippage for row in rows),
        planned_fees=added(row.planned_fees for row in rows),
        fees=added(row.fees for row in rows),
    )


def _counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    every = list(reasons)
    return tuple((why, every.count(why)) for why in sorted(set(every)))
