"""A year on Schedule D: netted, with the losses of earlier years, and what the next one brings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from strategies.policy.taxpayer import Filing
from strategies.taxes.estimated import LastYear, payments
from strategies.taxes.netting import Carryover, Year
from strategies.taxes.netting import year as work_out
from strategies.taxes.rates import Rates
from strategies.washes.totals import Totals


@dataclass(frozen=True, slots=True)
class ScheduleD:
    """The year's lines, losses below zero; what was brought and is carried on above zero.

    ``net_short`` and ``net_long`` are lines 7 and 15, ``net`` is 16, ``deducted`` is 21.
    ``tax`` is on the gains at ``short_rate`` and ``long_rate``, less what the deduction saves;
    all three are null where the rates of the year are not told.
    """

    year: int
    filing: Filing
    short: Decimal
    long: Decimal
    brought_short: Decimal
    brought_long: Decimal
    net_short: Decimal
    net_long: Decimal
    net: Decimal
    deducted: Decimal
    carried_short: Decimal
    carried_long: Decimal
    short_rate: Decimal | None
    long_rate: Decimal | None
    tax: Decimal | None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """What is due beside what is withheld."""

    due: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Estimated:
    """Payments that keep the year free of an addition to tax; none where nothing must be paid."""

    tax: Decimal
    withheld: Decimal
    last_tax: Decimal | None
    last_income: Decimal | None
    payments: tuple[PaymentRow, ...]


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """How the year is filed, what it begins with, and its marginal rates where they are known."""

    filing: Filing
    brought: Carryover
    rates: Rates | None


def schedule_d(year: int, short: Decimal, long: Decimal, payer: Taxpayer) -> ScheduleD:
    """The year with net ``short`` and ``long`` gains of its own. Raises ``BadTax``."""
    found: Year = work_out(short, long, payer.brought, payer.filing)
    rates = payer.rates
    return ScheduleD(
        year=year,
        filing=payer.filing,
        short=short,
        long=long,
        brought_short=payer.brought.short,
        brought_long=payer.brought.long,
        net_short=found.short,
        net_long=found.long,
        net=found.net,
        deducted=found.deducted,
        carried_short=found.carryover.short,
        carried_long=found.carryover.long,
        short_rate=rates.short if rates else None,
        long_rate=rates.long if rates else None,
        tax=found.tax(rates) if rates else None,
    )


def of_totals(year: int, totals: Totals, payer: Taxpayer) -> ScheduleD:
    """The year with what its sales come to."""
    return schedule_d(year, totals.short.recognised, totals.long.recognised, payer)


def estimated(
    year: int, tax: Decimal, withheld: Decimal, last: LastYear | None, filing: Filing
) -> Estimated:
    """The four payments (26 U.S.C. 6654). Raises ``BadTax``."""
    due: Iterable[PaymentRow] = (
        PaymentRow(each.due, each.amount) for each in payments(year, tax, withheld, last, filing)
    )
    return Estimated(
        tax,
        withheld,
        last.tax if last else None,
        last.income if last else None,
        tuple(due),
    )


def one_rate(rates: Iterable[tuple[Decimal, Decimal]]) -> Rates | None:
    """The rates that all accounts name, (short, long); None where they name several, or none."""
    told = set(rates)
    if len(told) != 1:
        return None
    short, long = told.pop()
    return Rates(short, long)
