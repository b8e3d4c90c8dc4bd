"""What a sale today costs in tax, from the lots that the broker will really sell.

Cautious on purpose: a loss counts as nothing (what it is worth depends on gains elsewhere and on
the wash-sale rule), and shares whose basis is unknown count as if they had cost nothing. A foreign
basis is taken at today's exchange rate.
"""

from collections.abc import Sequence
from decimal import ROUND_UP, Decimal

from brokers.words import ZERO, Relief
from strategies.lots import Lot, Sale, is_long_term, queue, relieve
from strategies.policy import TaxKind, TaxPolicy
from strategies.snapshot import Holding, Snapshot
from strategies.taxes.dividends import Dividend, forfeits
from strategies.taxes.rates import Rates

CENT = Decimal("0.01")


def lots_sold(
    holding: Holding, quantity: Decimal, relief: Relief, sale: Sale | None = None
) -> tuple[Lot, ...]:
    """The lots that a sale of ``quantity`` takes, as far as the book knows of any.

    ``sale`` is needed for minimum tax only: ``sale_today`` makes it.
    """
    known = sum((lot.quantity for lot in holding.lots), ZERO)
    return relieve(holding.lots, min(quantity, known), relief, sale)[0]


def sale_today(holding: Holding, snapshot: Snapshot, tax: TaxPolicy) -> Sale:
    """A sale at today's price, in the currency of the lots, as minimum tax must know it."""
    price = holding.price / holding.fx if holding.fx else holding.price
    return Sale(snapshot.session, price, tax.short_rate, tax.long_rate)


def tax_on(
    holding: Holding, quantity: Decimal, lots: Sequence[Lot], snapshot: Snapshot, tax: TaxPolicy
) -> Decimal:
    """Tax on selling ``quantity`` at today's price, in base currency, rounded up to the cent.

    With that on dividends which the sale makes ordinary income.
    """
    if tax.kind is not TaxKind.TAXABLE:
        return ZERO
    known = sum((lot.quantity for lot in lots), ZERO)
    due = (quantity - known) * holding.price * tax.short_rate
    due += sum((per_share(lot, holding, snapshot, tax) * lot.quantity for lot in lots), ZERO)
    return (due + forfeited(lots, holding, snapshot, tax)).quantize(CENT, ROUND_UP)


def forfeited(lots: Sequence[Lot], holding: Holding, snapshot: Snapshot, tax: TaxPolicy) -> Decimal:
    """Tax on dividends that a sale of ``lots`` makes ordinary income, in base currency.

    Shares that were not held for more than 60 of the 121 days about an ex-date (26 U.S.C.
    1(h)(11)(B)(iii)). Brokers tell the day of payment, which is later: cautious both ways.
    """
    paid = snapshot.paid.get(holding.symbol, ())
    if not paid or tax.kind is not TaxKind.TAXABLE or tax.short_rate <= tax.long_rate:
        return ZERO
    rates = Rates(tax.short_rate, tax.long_rate)
    dividends = [Dividend(day, amount) for day, amount in paid]
    found = forfeits(lots, snapshot.session, dividends, rates)
    return sum((one.cost for one in found), ZERO)


def per_share(lot: Lot, holding: Holding, snapshot: Snapshot, tax: TaxPolicy) -> Decimal:
    """Tax on one share of ``lot`` sold today, in base currency; never below zero."""
    basis = ZERO if lot.unit_cost is None else lot.unit_cost * holding.fx
    is_long = is_long_term(lot.acquired, snapshot.session)
    return max(ZERO, holding.price - basis) * (tax.long_rate if is_long else tax.short_rate)


def ladder(
    holding: Holding, snapshot: Snapshot, tax: TaxPolicy
) -> tuple[tuple[Decimal, Decimal], ...]:
    """(quantity, tax per unit of value) of each lot in the order in which they are sold.

    A rule of the broker's own may sell a dear lot before a cheap one. Empty where no sale is taxed.
    """
    if tax.kind is not TaxKind.TAXABLE or not holding.quantity:
        return ()
    places = queue(holding.lots, snapshot.relief, sale_today(holding, snapshot, tax))
    lots = [holding.lots[place] for place in places]
    steps = [(lot.quantity, per_share(lot, holding, snapshot, tax) / holding.price) for lot in lots]
    known = sum((lot.quantity for lot in lots), ZERO)
    if known < holding.quantity:
        steps.append((holding.quantity - known, tax.short_rate))
    return tuple(steps) if any(rate for _, rate in steps) else ()
