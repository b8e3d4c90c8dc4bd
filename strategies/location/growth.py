"""What a dollar becomes by the horizon, after all tax, in each kind of account.

With r the return before tax, n years and tw the rate on the withdrawal (Reichenstein, After-Tax
Asset Allocation, Financial Analysts Journal 62, 2006; Horan, Tax-Advantaged Savings Accounts and
Tax-Efficient Wealth Accumulation, CFA Institute 2005):

    traditional   (1 + r)^n (1 - tw)        the government owns the share tw, and bears its risk
    Roth, HSA     (1 + r)^n                 an HSA for medical care (26 U.S.C. 223(f)(1))
    taxable       m_n - tl u_n              with value m and unrealised gain u after n years

A year in a taxable account pays out ordinary income o, qualified dividends q, short and long gains
s and l, taxed and reinvested at full basis; the price grows by g = r - o - q - s - l; then the
share f of all unrealised gain is realised at the rate tf = short_share ts + (1 - short_share) tl:

    m' = m (1 + g + (o + s)(1 - ts) + (q + l)(1 - tl)) - f tf (u + g m)
    u' = (1 - f) (u + g m)

It is linear in m and u, so every lot with a gain already in it is told by two numbers. Where
nothing but what is paid out is realised (f = 0) the recursion sums up to Horan's closed form,
(1 + r*)^n (1 - T*) + T* - tl (1 - B), with r* = r (1 - sum p t), T* = tl g / r*, basis B.
"""

from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO
from strategies.location.nouns import ONE, Asset, Payer
from strategies.policy import TaxKind


@dataclass(frozen=True, slots=True)
class Factors:
    """``money``: USD at the horizon of one today, at full basis; ``gain``: less this of a gain.

    A lot worth v with a gain of u in it becomes v money - u gain.
    """

    money: Decimal
    gain: Decimal

    def of(self, value: Decimal, gain: Decimal = ZERO) -> Decimal:
        """What ``value`` with this ``gain`` in it becomes."""
        return value * self.money - gain * self.gain


def factors(asset: Asset, kind: TaxKind, payer: Payer) -> Factors:
    """After all tax at the horizon, for an account of this ``kind``."""
    if kind is TaxKind.TAXABLE:
        return _taxable(asset, payer)
    grown = (ONE + asset.total) ** payer.years
    kept = ONE - payer.withdrawal if kind is TaxKind.TRADITIONAL else ONE
    return Factors(grown * kept, ZERO)


def _taxable(asset: Asset, payer: Payer) -> Factors:
    value, of_value = _years(ONE, ZERO, asset, payer)
    less, of_gain = _years(ZERO, ONE, asset, payer)
    last = ZERO if payer.stepped_up else payer.rates.long
    return Factors(value - last * of_value, last * of_gain - less)


def _years(money: Decimal, gain: Decimal, asset: Asset, payer: Payer) -> tuple[Decimal, Decimal]:
    """(m, u) after all years."""
    short, long = payer.rates.short, payer.rates.long
    paid = (asset.ordinary + asset.short_gains) * (ONE - short)
    paid += (asset.qualified + asset.long_gains) * (ONE - long)
    rate = asset.short_share * short + (ONE - asset.short_share) * long
    for _ in range(payer.years):
        grown = gain + asset.growth * money
        money = money * (ONE + asset.growth + paid) - asset.turnover * rate * grown
        gain = (ONE - asset.turnover) * grown
    return money, gain
