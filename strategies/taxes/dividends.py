"""What a sale does to dividends that were paid before it, and what they do to its loss.

A dividend is taxed at the long rate only where the share was held long enough about its ex-date
(26 U.S.C. 1(h)(11)(B)(iii)); a loss on a fund held for six months or less is no loss as far as the
fund paid exempt interest, and long-term as far as it paid capital gains (852(b)(4)). Days are
counted without the day of purchase and with the day of sale (246(c)(3)(A)). Days on which the risk
was laid off by an option or a short sale (246(c)(4)) are not known here and are counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from brokers.words import ZERO
from strategies.lots.nouns import Lot
from strategies.taxes.errors import check
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term, is_six_months_or_less, term

COMMON_DAYS = 60
PREFERRED_DAYS = 90
"""For dividends on preferred stock that are for more than 366 days (26 U.S.C. 246(c)(2))."""


@dataclass(frozen=True, slots=True)
class Dividend:
    """``amount`` a share that may be qualified; who buys on ``ex_date`` gets none of it."""

    ex_date: date
    amount: Decimal
    is_preferred: bool = False

    @property
    def days(self) -> int:
        """More days than these must be held, in a window of as many before and after."""
        return PREFERRED_DAYS if self.is_preferred else COMMON_DAYS


def days_held(acquired: date, sold: date, dividend: Dividend) -> int:
    """Days held within the 121 days that begin 60 days before the ex-date (181 and 90)."""
    reach = timedelta(days=dividend.days)
    first = max(acquired + timedelta(days=1), dividend.ex_date - reach)
    last = min(sold, dividend.ex_date + reach)
    return max(0, (last - first).days + 1)


def is_entitled(acquired: date, sold: date, dividend: Dividend) -> bool:
    """Whether shares held from ``acquired`` to ``sold`` get it at all."""
    return acquired < dividend.ex_date <= sold


def is_qualified(acquired: date, sold: date, dividend: Dividend) -> bool:
    """Whether they were held for more than 60 of the 121 days (26 U.S.C. 1(h)(11)(B)(iii)(I))."""
    entitled = is_entitled(acquired, sold, dividend)
    return entitled and days_held(acquired, sold, dividend) > dividend.days


def first_qualified_day(acquired: date, dividend: Dividend) -> date:
    """First day on which a sale leaves it qualified; for shares bought before the ex-date."""
    reach = timedelta(days=dividend.days)
    return max(acquired + timedelta(days=1), dividend.ex_date - reach) + reach


@dataclass(frozen=True, slots=True)
class Forfeit:
    """A dividend that a sale makes ordinary income: ``cost`` in tax, none from ``until`` on."""

    lot_id: str
    dividend: Dividend
    cost: Decimal
    until: date


def forfeits(
    lots: Iterable[Lot], sold: date, dividends: Iterable[Dividend], rates: Rates
) -> tuple[Forfeit, ...]:
    """What a sale of ``lots`` on ``sold`` costs in dividends that are no longer qualified.

    Each at the short rate less the long one, which is what qualified dividends bear. Their sum
    belongs beside the tax of the sale.
    """
    told = tuple(dividends)
    for dividend in told:
        check("the dividend", dividend.amount, ZERO)
    return tuple(
        Forfeit(
            lot.lot_id,
            dividend,
            lot.quantity * dividend.amount * (rates.short - rates.long),
            first_qualified_day(lot.acquired, dividend),
        )
        for lot in lots
        for dividend in told
        if is_entitled(lot.acquired, sold, dividend)
        and not is_qualified(lot.acquired, sold, dividend)
    )


@dataclass(frozen=True, slots=True)
class FundLoss:
    """What is left of a loss on fund shares, as positive amounts; together they are the loss.

    ``disallowed`` is gone for good: no basis receives it.
    """

    short: Decimal
    long: Decimal
    disallowed: Decimal


def fund_loss(
    loss: Decimal,
    acquired: date,
    sold: date,
    exempt: Decimal = ZERO,
    capital_gains: Decimal = ZERO,
) -> FundLoss:
    """A ``loss`` (positive) on fund shares after what the fund paid on them (26 U.S.C. 852(b)(4)).

    Held for six months or less: disallowed as far as it paid ``exempt`` interest (B), the rest
    long-term as far as it paid ``capital_gains`` (A). Leave ``exempt`` out for a fund that declares
    its exempt interest daily and pays it monthly or oftener: such regular dividends do not count
    (E).
    """
    check("the loss", loss, ZERO)
    check("the exempt-interest dividends", exempt, ZERO)
    check("the capital gain dividends", capital_gains, ZERO)
    if not is_six_months_or_less(acquired, sold):
        is_long = term(acquired, sold) is Term.LONG
        return FundLoss(ZERO, loss, ZERO) if is_long else FundLoss(loss, ZERO, ZERO)
    disallowed = min(loss, exempt)
    long = min(loss - disallowed, capital_gains)
    return FundLoss(loss - disallowed - long, long, disallowed)
