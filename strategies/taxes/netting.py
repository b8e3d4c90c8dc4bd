"""One year's gains and losses put together: what is taxed, what is deducted, what goes on.

Schedule D and its Capital Loss Carryover Worksheet: short-term gains and losses are netted, then
long-term ones, then the two (26 U.S.C. 1222). A net loss is deducted from other income up to 3,000
a year, 1,500 where a spouse files apart (1211(b)); the rest is carried on for ever, short-term as
short-term and long-term as long-term (1212(b)), and the deduction uses up the short-term loss
first. What is left at death is lost (Rev. Rul. 74-175).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO
from strategies.policy.taxpayer import Filing
from strategies.taxes.errors import check
from strategies.taxes.rates import Rates

LOSS_LIMIT = Decimal(3_000)
LOSS_LIMIT_SEPARATE = Decimal(1_500)


@dataclass(frozen=True, slots=True)
class Carryover:
    """Losses of earlier years, by character, as positive amounts."""

    short: Decimal = ZERO
    long: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.short + self.long


NOTHING = Carryover()


@dataclass(frozen=True, slots=True)
class Year:
    """A year worked out. ``short`` and ``long`` are net of what was brought: lines 7 and 15.

    ``deducted`` is line 21, positive; ``used`` the part of it that met income (line 4 of the
    worksheet); ``carryover`` is what the next year brings.
    """

    short: Decimal
    long: Decimal
    deducted: Decimal
    used: Decimal
    carryover: Carryover

    @property
    def net(self) -> Decimal:
        """Both together, a loss below zero: line 16."""
        return self.short + self.long

    @property
    def taxable_short(self) -> Decimal:
        """What is taxed as ordinary income: short-term gain that no long-term loss took away."""
        return max(ZERO, min(self.short, self.net))

    @property
    def taxable_long(self) -> Decimal:
        """Net capital gain (26 U.S.C. 1222(11)): long-term gain that no short-term loss took."""
        return max(ZERO, min(self.long, self.net))

    def tax(self, rates: Rates) -> Decimal:
        """Tax on the gains at the taxpayer's marginal rates, less what the deduction saves.

        The deduction is taken to save no tax on investment income, which it may (26 CFR
        1.1411-4(f)(4)) where there is other such income.
        """
        gains = self.taxable_short * rates.short + self.taxable_long * rates.long
        return gains - self.used * rates.ordinary


def loss_limit(filing: Filing) -> Decimal:
    """Most of a net capital loss that a year deducts (26 U.S.C. 1211(b))."""
    return LOSS_LIMIT_SEPARATE if filing is Filing.SEPARATE else LOSS_LIMIT


def year(
    short: Decimal,
    long: Decimal,
    brought: Carryover = NOTHING,
    filing: Filing = Filing.SINGLE,
    taxable_income: Decimal | None = None,
) -> Year:
    """The year with net ``short`` and ``long`` gains of its own (losses below zero), in USD.

    ``brought`` are the losses of the years before. ``taxable_income`` is that of the year without
    the deduction for a capital loss, below zero where deductions exceed income: what finds no
    income is carried on (26 U.S.C. 1212(b)(2)). None where there is plenty. Raises ``BadTax``.
    """
    check("the short-term gain", short)
    check("the long-term gain", long)
    check("the short-term loss brought forward", brought.short, ZERO)
    check("the long-term loss brought forward", brought.long, ZERO)
    line7, line15 = short - brought.short, long - brought.long
    deducted = min(loss_limit(filing), max(ZERO, -(line7 + line15)))
    income = deducted if taxable_income is None else max(ZERO, taxable_income)
    used = min(deducted, income)
    return Year(line7, line15, deducted, used, _carried(line7, line15, used))


def _carried(short: Decimal, long: Decimal, used: Decimal) -> Carryover:
    """Lines 5 to 13 of the worksheet; ``used`` is its line 4.

    Where nothing is left over both are zero: a year with a net gain carries nothing.
    """
    short_loss, long_loss = max(ZERO, -short), max(ZERO, -long)
    line8 = max(ZERO, short_loss - used - max(ZERO, long))
    line12 = max(ZERO, short) + max(ZERO, used - short_loss)
    return Carryover(line8, max(ZERO, long_loss - line12))


def roll(
    years: Iterable[tuple[Decimal, Decimal]],
    brought: Carryover = NOTHING,
    filing: Filing = Filing.SINGLE,
) -> tuple[Year, ...]:
    """Years one after the other, (short, long) each, every one bringing what the last carried."""
    found: list[Year] = []
    for short, long in years:
        found.append(year(short, long, brought, filing))
        brought = found[-1].carryover
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Saving:
    """What further losses change.

    ``now`` is the tax that this year no longer owes, ``later`` the carryover that they add, which
    may be worth something in the years to come.
    """

    now: Decimal
    later: Carryover


def saving(before: Year, after: Year, rates: Rates) -> Saving:
    """What the losses are worth by which ``after`` has more than ``before``: both of one year.

    A short-term loss saves the short rate only as far as there are short-term gains left, then
    the long rate, then up to the limit the ordinary rate; the rest waits.
    """
    more = Carryover(
        after.carryover.short - before.carryover.short, after.carryover.long - before.carryover.long
    )
    return Saving(before.tax(rates) - after.tax(rates), more)
