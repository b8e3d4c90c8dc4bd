"""What is asked of a year beside its sales: how it is filed, what it brings, what must be paid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from bot.cli.exits import WrongUse
from bot.report.tax.figures import TaxStatement
from bot.report.tax.year import Taxpayer as Payer
from bot.report.tax.year import estimated, of_totals, one_rate
from brokers.words import ZERO
from strategies.policy.taxpayer import Filing, Taxpayer
from strategies.taxes.estimated import LastYear
from strategies.taxes.netting import NOTHING, Carryover

NOBODY = Taxpayer()
FILINGS = tuple(filing.value for filing in Filing)
YEARS = range(1913, 10_000)
"""There was no federal income tax before."""


@dataclass(frozen=True, slots=True)
class Payable:
    """The whole federal tax of the year as the owner expects it, and what is withheld of it."""

    tax: Decimal
    withheld: Decimal
    last: LastYear | None


@dataclass(frozen=True, slots=True)
class OfYear:
    """The year that is asked about, None for all."""

    year: int | None
    filing: Filing = Filing.SINGLE
    brought: Carryover = NOTHING
    payable: Payable | None = None

    def added_to(
        self, told: TaxStatement, rates: Sequence[tuple[Decimal, Decimal]]
    ) -> TaxStatement:
        """``told`` with the year netted; ``rates`` are those of each taxable account."""
        if self.year is None:
            return told
        payer = Payer(self.filing, self.brought, one_rate(rates))
        told = replace(told, schedule_d=of_totals(self.year, told.totals, payer))
        if self.payable is None:
            return told
        due = self.payable
        paid = estimated(self.year, due.tax, due.withheld, due.last, self.filing)
        return replace(told, estimated=paid)


@dataclass(frozen=True, slots=True)
class Words:
    """The options as they were typed."""

    filing: str | None
    carryover_short: str | None
    carryover_long: str | None
    tax: str | None
    withheld: str | None
    last_tax: str | None
    last_income: str | None


def of_year(year: int | None, words: Words, known: Taxpayer = NOBODY) -> OfYear:
    """The options understood; each of them is about one year.

    What they leave out is as it is ``known`` from the config.
    """
    given = [name for name in words.__slots__ if getattr(words, name) is not None]
    if year is None:
        if given:
            option = f"--{given[0].replace('_', '-')}"
            raise WrongUse(f"{option} is about one year", f"name it: trimtab tax 2026 {option} ...")
        return OfYear(None)
    if year not in YEARS:
        raise WrongUse(f"{year} is no year", "write it like 2026")
    payer = taxpayer(words.filing, words.carryover_short, words.carryover_long, known)
    brought = Carryover(payer.carryover_short, payer.carryover_long)
    return OfYear(year, payer.filing, brought, _payable(words))


def taxpayer(filing: str | None, short: str | None, long: str | None, known: Taxpayer) -> Taxpayer:
    """The taxpayer of the config, with what the options say in its place."""
    return replace(
        known,
        filing=known.filing if filing is None else _filing(filing),
        carryover_short=known.carryover_short
        if short is None
        else _dollars("--carryover-short", short),
        carryover_long=known.carryover_long if long is None else _dollars("--carryover-long", long),
    )


def _filing(word: str) -> Filing:
    if word.lower() not in FILINGS:
        raise WrongUse(f"--filing {word}: there is none such", f"there is: {', '.join(FILINGS)}")
    return Filing(word.lower())


def _payable(words: Words) -> Payable | None:
    if words.tax is None:
        if words.withheld or words.last_tax or words.last_income:
            raise WrongUse("the tax that the year will owe is not told", "--tax AMOUNT")
        return None
    if (words.last_tax is None) != (words.last_income is None):
        raise WrongUse("of last year the tax and the income are needed", "tell both, or neither")
    last = None
    if words.last_tax is not None:
        tax, income = _dollars("--last-tax", words.last_tax), words.last_income
        last = LastYear(tax, _dollars("--last-income", income))
    return Payable(_dollars("--tax", words.tax), _dollars("--withheld", words.withheld), last)


def _dollars(option: str, word: str | None) -> Decimal:
    """An amount from zero on, as it is typed."""
    if word is None:
        return ZERO
    try:
        amount = Decimal(word.replace(",", "").replace("_", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise WrongUse(f"{option} {word} is no amount from zero on", "write it like 1234.56")
    return amount
