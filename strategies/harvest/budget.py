"""The year's losses meet its gains first; and how much of gains the owner lets a year have.

Losses of this year and those brought forward are used before a gain is taxed (26 U.S.C. 1211(b),
1212(b)), so that the gains of a plan cost less than the rates say, or nothing. How much less is
worked out once for all that would be sold to bring every name to its target.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import USD, ZERO, Symbol
from strategies.harvest.nouns import Taxes
from strategies.harvest.year import realised, saved
from strategies.lots import Lot, is_long_term
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Holding, Snapshot
from strategies.standing import Standing
from strategies.taxes import lots_sold, sale_today
from strategies.taxes.netting import Carryover, year
from strategies.taxes.rates import Rates
from strategies.washes.home import Home

GRAIN = Decimal("0.0001")
ALL = Decimal(1)


def the_year(home: Home, snapshot: Snapshot, policy: Policy) -> Taxes:
    """The taxpayer's year so far, over all accounts of the household."""
    short, long = realised(home, snapshot.session.year)
    who = policy.taxpayer
    return Taxes(
        Rates(policy.tax.short_rate, policy.tax.long_rate),
        short + who.gains_short,
        long + who.gains_long,
        Carryover(who.carryover_short, who.carryover_long),
        who.filing,
    )


def met_by_losses(snapshot: Snapshot, policy: Policy, stand: Standing) -> tuple[Policy, str]:
    """``policy`` at the rates that are left once losses have met the gains, and a sentence."""
    home = snapshot.home
    if home is None or policy.tax.kind is not TaxKind.TAXABLE or snapshot.base != USD:
        return policy, ""
    taxes = the_year(home, snapshot, policy)
    if year(taxes.short, taxes.long, taxes.brought, taxes.filing).net >= 0:
        return policy, ""
    short, long = _gains_to_target(snapshot, policy, stand)
    usual = short * taxes.rates.short + long * taxes.rates.long
    if usual <= 0:
        return policy, ""
    due = max(ZERO, -saved(taxes, short, long).now)
    part = min(ALL, due / usual).quantize(GRAIN)
    tax = policy.tax
    less = replace(tax, short_rate=tax.short_rate * part, long_rate=tax.long_rate * part)
    said = f"losses of this year and before meet gains first: {part:.0%} of the usual tax is due"
    return replace(policy, tax=less), said


def _gains_to_target(
    snapshot: Snapshot, policy: Policy, stand: Standing
) -> tuple[Decimal, Decimal]:
    """Short- and long-term gains of all that is above its target."""
    short = long = ZERO
    for row in stand.rows:
        if row.weight <= row.target or row.barred:
            continue
        holding, over = row.holding, (row.weight - row.target) * stand.nav / row.holding.price
        quantity = min(over, holding.quantity)
        sale = sale_today(holding, snapshot, policy.tax)
        for lot in lots_sold(holding, quantity, snapshot.relief, sale):
            gain = max(ZERO, gain_of(lot, holding))
            if is_long_term(lot.acquired, snapshot.session):
                long += gain
            else:
                short += gain
    return short, long


def gain_of(lot: Lot, holding: Holding) -> Decimal:
    """Of the whole lot at today's price; an unknown basis counts as nothing, so all is gain."""
    return lot.quantity * (holding.price - (lot.unit_cost or ZERO) * holding.fx)


def within(snapshot: Snapshot, name: Symbol, lots: Sequence[Lot], over: Decimal) -> Snapshot:
    """The account where no more of ``name`` may be sold than makes ``over`` less gain of ``lots``.

    They are what would be sold of it; of none nothing may be.
    """
    held = snapshot.holding(name)
    gain = sum((gain_of(lot, held) for lot in lots), ZERO)
    fits = fitting(lots, max(ZERO, gain - over), held)
    changed = replace(held, sell_max=fits)
    holdings = (changed if one.symbol == name else one for one in snapshot.holdings)
    return replace(snapshot, holdings=tuple(holdings))


def spared(
    names: Sequence[Symbol], sold: Iterable[tuple[Symbol, Sequence[Lot]]], most: str
) -> tuple[str, ...]:
    """What is not sold of ``names``, or in part only, because gains pass ``most``."""
    left = {symbol: sum((lot.quantity for lot in lots), ZERO) for symbol, lots in sold}
    whole = [name for name in dict.fromkeys(names) if name not in left]
    parts = [f"{left[n].normalize():f} {n}" for n in dict.fromkeys(names) if n in left]
    said = (
        (whole, f"{', '.join(whole)} not sold"),
        (parts, f"only {', '.join(parts)} sold"),
    )
    return tuple(f"{words}: {most} for the year" for some, words in said if some)


def fitting(lots: Sequence[Lot], gain_max: Decimal, holding: Holding) -> Decimal:
    """Most shares of ``lots``, in their order, whose gains together are ``gain_max`` or less."""
    fits = sold = gain = ZERO
    for lot in lots:
        whole = gain_of(lot, holding)
        if gain + whole <= gain_max:
            fits = sold + lot.quantity
        elif gain <= gain_max:  # so that it is passed within the lot
            fits = sold + lot.quantity * (gain_max - gain) / whole
        sold, gain = sold + lot.quantity, gain + whole
    return fits


def beyond(
    sold: Iterable[tuple[Symbol, Sequence[Lot]]], snapshot: Snapshot, policy: Policy
) -> tuple[Decimal, tuple[Symbol, ...]]:
    """By how much the gains of lots ``sold`` pass the owner's for the year, and of which names.

    The largest gain first. Losses, of the year and before, make room. Zero where no limit is set.
    """
    home, wanted = snapshot.home, policy.harvest
    if home is None or wanted is None or wanted.gains_max is None:
        return ZERO, ()
    taxes = the_year(home, snapshot, policy)
    so_far = year(taxes.short, taxes.long, taxes.brought, taxes.filing).net
    gains = {
        symbol: sum((gain_of(lot, snapshot.holding(symbol)) for lot in lots), ZERO)
        for symbol, lots in sold
    }
    over = so_far + sum(gains.values(), ZERO) - wanted.gains_max
    most = sorted((name for name, gain in gains.items() if gain > 0), key=lambda n: -gains[n])
    return max(ZERO, over), tuple(most)
