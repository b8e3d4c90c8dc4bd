"""An account in another market, or under another law: its snapshot or policy, changed in one way.

Prices and quotes move by a share; quantities, lots and what was paid for them stay, and so weights,
gains and net asset value follow. Nothing that was observed is altered: these are new nouns.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.policy import Policy
from strategies.snapshot import Holding, Snapshot


class BadShock(Exception):
    """A shock that makes no sense; the message names the symbol."""


def shocked(snapshot: Snapshot, shocks: Mapping[Symbol, Decimal]) -> Snapshot:
    """``snapshot`` after prices moved by ``shocks`` (-0.2: a fall of 20 %); others stay.

    Raises ``BadShock`` for a name that is neither held nor wanted, and where no price is left.
    """
    known = {holding.symbol for holding in snapshot.holdings}
    for symbol, shock in shocks.items():
        if symbol not in known:
            raise BadShock(f"{symbol} is neither held nor wanted")
        if not (shock.is_finite() and shock > -1):
            raise BadShock(f"{symbol}: a shock of {shock} leaves no price; it is above -1")
    holdings = tuple(_moved(h, shocks.get(h.symbol, ZERO)) for h in snapshot.holdings)
    return replace(snapshot, holdings=holdings)


def _moved(holding: Holding, shock: Decimal) -> Holding:
    grown, quote = 1 + shock, holding.quote
    if quote is not None:
        quote = replace(quote, bid=quote.bid * grown, ask=quote.ask * grown)
    return replace(holding, price=holding.price * grown, quote=quote)


def taxed_short(policy: Policy) -> Policy:
    """``policy`` under a law that taxes every gain at the short-term rate."""
    return replace(policy, tax=replace(policy.tax, long_rate=policy.tax.short_rate))


def in_fractions(snapshot: Snapshot, policy: Policy) -> tuple[Snapshot, Policy]:
    """The same account where any fraction of a share can be traded.

    What is asked of it is then about the weights, and not about how they round.
    """
    holdings = tuple(
        h
        if h.instrument is None
        else replace(h, instrument=replace(h.instrument, quantity_step=FRACTION))
        for h in snapshot.holdings
    )
    orders = replace(policy.orders, fractional=True)
    return replace(snapshot, holdings=holdings), replace(policy, orders=orders)


FRACTION = Decimal("1e-9")
"""Shares: too small to matter."""
