"""Mergers: shares for shares, for cash, or for both.

In a reorganization (26 U.S.C. 368) shares for shares are no sale: basis and holding period go on
(354, 358, 1223(1)). Cash beside them ("boot") is gain as far as there is gain on that lot, and
never a loss (356(a)(1), (c)), lot by lot (Rev. Rul. 68-23, 1968-1 C.B. 144; 26 CFR 1.356-1(b));
it counts as paid for the shares, not as a dividend (Commissioner v. Clark, 489 U.S. 726). The new
shares have the old basis less the cash plus that gain (358(a)(1)). Anything else is a sale for
what was received (1001), and new shares are bought that day at their value (1012).
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO, Merger
from strategies.lots.actions.shares import pay_fraction, stretched
from strategies.lots.nouns import Cause, Lot, Realized, Rules


def merge(
    lots: Sequence[Lot], action: Merger, rules: Rules
) -> tuple[tuple[Lot, ...], tuple[Realized, ...]]:
    """(new shares, what was realized)."""
    if action.new_symbol is None:
        return (), tuple(_sold(lot, action.cash, action) for lot in lots)
    if action.is_taxable:
        received = action.cash + action.ratio * _value(action)
        sold = tuple(_sold(lot, received, action) for lot in lots)
        bought = [_bought(lot, action) for lot in stretched(lots, action.ratio)]
        new, fraction = pay_fraction(tuple(bought), action, rules)
        return new, sold + fraction
    boot: tuple[Realized, ...] = ()
    if action.cash:
        boot = tuple(_boot(lot, action) for lot in lots)
        lots = [_less(lot, paid.basis) for lot, paid in zip(lots, boot, strict=True)]
    moved = [replace(lot, symbol=action.new_symbol) for lot in stretched(lots, action.ratio)]
    new, fraction = pay_fraction(tuple(moved), action, rules)
    return new, boot + fraction


def _value(action: Merger) -> Decimal:
    assert action.value is not None, "checked before it is applied"
    return action.value


def _sold(lot: Lot, price: Decimal, action: Merger) -> Realized:
    """The whole lot for ``price`` a share."""
    proceeds = price * lot.quantity
    return _realized(lot, lot.quantity, proceeds, lot.cost, action)


def _boot(lot: Lot, action: Merger) -> Realized:
    """The cash on one lot, and as its basis the part of it that is no gain."""
    cash = action.cash * lot.quantity
    if lot.cost is None:
        return _realized(lot, ZERO, cash, None, action)
    gain = cash + action.ratio * _value(action) * lot.quantity - lot.cost
    return _realized(lot, ZERO, cash, cash - max(ZERO, min(gain, cash)), action)


def _less(lot: Lot, basis: Decimal | None) -> Lot:
    if lot.cost is None or basis is None:
        return lot
    return replace(lot, unit_cost=(lot.cost - basis) / lot.quantity)


def _bought(lot: Lot, action: Merger) -> Lot:
    """New shares bought on the day at their value."""
    symbol = action.new_symbol
    assert symbol is not None, "shares for cash alone are not bought"
    name = f"{lot.lot_id}/{symbol}"
    return Lot(name, symbol, lot.quantity, _value(action), action.effective, lot.currency)


def _realized(
    lot: Lot, quantity: Decimal, proceeds: Decimal, basis: Decimal | None, action: Merger
) -> Realized:
    day = action.effective
    return Realized(
        lot.lot_id, lot.symbol, quantity, proceeds, basis, lot.acquired, day, Cause.MERGER
    )
