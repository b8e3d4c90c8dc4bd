"""What a further dollar of gain costs one taxpayer: federal, state, and on investment income.

Marginal rates as shares (0.15 is 15 %), told by the owner: brackets are not worked out here.

* ``federal_short``: on ordinary income, which net short-term gains are (26 U.S.C. 1(j), 1222).
* ``federal_long``: 0, 0.15 or 0.20 on net capital gain and qualified dividends (1(h)).
* ``net_investment``: 3.8 % of net investment income, or of modified adjusted gross income above
  the threshold if that is less (1411(a), (b)). Wages do not bear it, nor what is drawn from an
  IRA or another plan (1411(c)(5)).
* ``state_short``, ``state_long``: what the state and the city really take of a further dollar. Most
  tax both alike; a state that deducts federal tax is told at the rate that is left.

What is deductible: federal tax never (275(a)(1)). State income tax is, for those who itemize,
below the cap of 164(b)(6); above it a further dollar deducts nothing, so ``state_deductible`` is
off unless the owner says otherwise. Where it is on, the deduction is from ordinary income, also
when the state taxed a long-term gain, and from net investment income (26 CFR 1.1411-4(f)(3)(iii)).
"""

from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO
from strategies.policy import TaxKind
from strategies.policy.taxpayer import Filing
from strategies.taxes.errors import BadTax
from strategies.taxes.term import Term

NET_INVESTMENT_RATE = Decimal("0.038")
"""26 U.S.C. 1411(a)(1)."""


NET_INVESTMENT_FROM = {
    Filing.SINGLE: Decimal(200_000),
    Filing.JOINT: Decimal(250_000),
    Filing.SEPARATE: Decimal(125_000),
    Filing.HEAD: Decimal(200_000),
}
"""Modified adjusted gross income in USD above which the tax begins (26 U.S.C. 1411(b))."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Marginal rates of one taxpayer, as shares; the properties are all of them together."""

    federal_short: Decimal
    federal_long: Decimal
    state_short: Decimal = ZERO
    state_long: Decimal = ZERO
    net_investment: Decimal = ZERO
    state_deductible: bool = False

    def __post_init__(self) -> None:
        """Raise ``BadTax`` where a rate is no share, or all of a gain would go."""
        named = {name: getattr(self, name) for name in RATE_NAMES}
        for name, rate in named.items():
            if not rate.is_finite() or not 0 <= rate < 1:
                raise BadTax(f"{name} is {rate}", "a rate is from 0 to 1: 0.15 is 15 %")
        if max(self.short, self.long) >= 1:
            raise BadTax("the rates together take all of a gain", "0.15 is 15 %")

    @property
    def short(self) -> Decimal:
        """On a further dollar of net short-term gain."""
        return self._together(self.federal_short, self.state_short, self.net_investment)

    @property
    def long(self) -> Decimal:
        """On a further dollar of net capital gain, or of qualified dividends."""
        return self._together(self.federal_long, self.state_long, self.net_investment)

    @property
    def ordinary(self) -> Decimal:
        """On a further dollar of wages or the like: what a capital loss against them saves."""
        return self._together(self.federal_short, self.state_short, ZERO)

    def of(self, term: Term) -> Decimal:
        """On a further dollar of gain of this ``term``."""
        return self.short if term is Term.SHORT else self.long

    def _together(self, federal: Decimal, state: Decimal, investment: Decimal) -> Decimal:
        saved = state * (self.federal_short + investment) if self.state_deductible else ZERO
        return federal + state + investment - saved


RATE_NAMES = ("federal_short", "federal_long", "state_short", "state_long", "net_investment")


def net_investment_rate(income: Decimal, filing: Filing) -> Decimal:
    """3.8 % where modified adjusted gross ``income`` is above the threshold, else nothing."""
    return NET_INVESTMENT_RATE if income > NET_INVESTMENT_FROM[filing] else ZERO


def on_sale(kind: TaxKind, term: Term, rates: Rates) -> Decimal:
    """Rate on a gain realized in an account of this ``kind``.

    Only a taxable one pays: IRAs (26 U.S.C. 408(e)), Roth IRAs (408A(a)) and HSAs (223(e)) are
    exempt. California and New Jersey do not follow for HSAs: that is not told here.
    """
    return rates.of(term) if kind is TaxKind.TAXABLE else ZERO


def on_withdrawal(kind: TaxKind, rates: Rates) -> Decimal:
    """Rate on a dollar taken out of an account of this ``kind``, penalties aside.

    All of a traditional account is ordinary income (26 U.S.C. 408(d)(1); no basis in it is
    assumed). A Roth pays nothing on a qualified distribution (408A(d)(1)), an HSA nothing where it
    pays for medical care (223(f)(1)); a taxable account paid when it sold.
    """
    return rates.ordinary if kind is TaxKind.TRADITIONAL else ZERO
