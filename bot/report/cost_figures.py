"""The figures of a cost analysis, rounded: the same for a table, a page and a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite

from bot.report.shortfall import Shortfall
from bot.report.tca import Analysis, Traded
from brokers.words import ZERO, AccountId, Currency
from strategies.costfit import Coefficient

HUNDREDTH = Decimal("0.01")
FINE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class CostRow:
    """Orders of one name, or all. ``value`` is at the plan's mid in base currency.

    The rest is in bps of that value: planned half spread, impact and fees beside the slippage
    against mid and the fees that were really paid.
    """

    name: str
    orders: int
    fills: int
    value: Decimal
    spread_bps: Decimal
    impact_bps: Decimal
    slippage_bps: Decimal
    planned_fees_bps: Decimal
    fees_bps: Decimal


@dataclass(frozen=True, slots=True)
class ShortfallRow:
    """Implementation shortfall in bps of ``value``, which is all that was meant at the plan's mid.

    ``legs`` are those whose quote at arrival is known, ``orders`` what they were worked as. Delay
    is from plan to arrival, opportunity what was not filled; a positive number is a loss.
    """

    legs: int
    orders: int
    value: Decimal
    delay_bps: Decimal
    spread_bps: Decimal
    impact_bps: Decimal
    opportunity_bps: Decimal
    fees_bps: Decimal
    total_bps: Decimal


@dataclass(frozen=True, slots=True)
class FittedNumber:
    """A number of the fit with its standard error; null is what the fills cannot tell.

    ``shrunk`` lies between ``prior`` and ``value`` in proportion to the evidence.
    """

    value: Decimal
    error: Decimal | None
    t: Decimal | None
    prior: Decimal
    shrunk: Decimal


@dataclass(frozen=True, slots=True)
class CostFigures:
    """What one account's trading cost, and the fit to it.

    ``spread`` is the multiple of the planned half spread, ``impact`` the factor Y of the square
    root law. ``impact_now`` is what the config says, ``impact_fitted`` what it would say;
    ``config`` is the text that says it, empty where the fit is not usable and ``doubts`` say why.
    """

    base: Currency | None
    first: date | None
    last: date | None
    total: CostRow
    symbols: tuple[CostRow, ...]
    unfilled: Decimal
    fills_not_ours: int
    left_out: Mapping[str, int]
    orders_fitted: int
    days_fitted: int
    outliers: int
    noise_bps: Decimal
    r_squared: Decimal
    spread: FittedNumber
    impact: FittedNumber
    usable: bool
    doubts: tuple[str, ...]
    impact_now: Decimal
    impact_fitted: Decimal
    config: str
    shortfall: ShortfallRow


def figures(analysis: Analysis, account: AccountId) -> CostFigures:
    """``analysis`` rounded."""
    fit = analysis.fit
    return CostFigures(
        base=analysis.base,
        first=analysis.first,
        last=analysis.last,
        total=_row(analysis.total),
        symbols=tuple(_row(row) for row in analysis.symbols),
        unfilled=_rounded(analysis.unfilled, FINE),
        fills_not_ours=analysis.strangers,
        left_out=dict(analysis.left_out),
        orders_fitted=fit.orders,
        days_fitted=fit.days,
        outliers=fit.outliers,
        noise_bps=_rounded(fit.noise * 10_000, HUNDREDTH),
        r_squared=_rounded(fit.r_squared, FINE),
        spread=_number(fit.spread),
        impact=_number(fit.impact),
        usable=fit.is_usable,
        doubts=fit.doubts,
        impact_now=analysis.impact_now,
        impact_fitted=analysis.impact_fitted,
        config=_config(analysis, account) if fit.is_usable else "",
        shortfall=_shortfall(analysis.shortfall),
    )


def _shortfall(found: Shortfall) -> ShortfallRow:
    def bps(amount: Decimal) -> Decimal:
        return _rounded(amount / found.value * 10_000 if found.value else ZERO, HUNDREDTH)

    return ShortfallRow(
        legs=found.legs,
        orders=found.orders,
        value=_rounded(found.value, HUNDREDTH),
        delay_bps=bps(found.delay),
        spread_bps=bps(found.spread),
        impact_bps=bps(found.impact),
        opportunity_bps=bps(found.opportunity),
        fees_bps=bps(found.fees),
        total_bps=bps(found.total),
    )


def _config(analysis: Analysis, account: AccountId) -> str:
    """Lines of TOML, to be copied."""
    return f"[accounts.{account}.costs]\nimpact = {analysis.impact_fitted}"


def _row(traded: Traded) -> CostRow:
    def bps(amount: Decimal) -> Decimal:
        return _rounded(traded.bps(amount), HUNDREDTH)

    return CostRow(
        name=traded.name,
        orders=traded.orders,
        fills=traded.fills,
        value=_rounded(traded.value, HUNDREDTH),
        spread_bps=bps(traded.planned_spread),
        impact_bps=bps(traded.planned_impact),
        slippage_bps=bps(traded.slippage),
        planned_fees_bps=bps(traded.planned_fees),
        fees_bps=bps(traded.fees),
    )


def _number(found: Coefficient) -> FittedNumber:
    return FittedNumber(
        value=_rounded(found.value, FINE),
        error=_rounded(found.error, FINE) if isfinite(found.error) else None,
        t=_rounded(found.t, HUNDREDTH) if isfinite(found.error) and isfinite(found.t) else None,
        prior=_rounded(found.prior, FINE),
        shrunk=_rounded(found.shrunk, FINE),
    )


def _rounded(number: Decimal | float, step: Decimal) -> Decimal:
    """To a multiple of ``step``; what rounds to zero has no sign."""
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    return exact.quantize(step) + 0
