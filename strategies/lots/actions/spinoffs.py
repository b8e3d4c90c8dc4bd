"""Spin-offs, and nothing taxed: the basis is divided, the holding period goes with both parts.

26 U.S.C. 355(a), 358(b) and (c), 1223(1); 26 CFR 1.358-2(a)(2)(iv): lot by lot, by the relative
value of the two kinds of shares. A distribution that section 355 does not cover is a dividend:
tell it as shares that came with their value as basis.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import SpinOff, Symbol
from strategies.lots.actions.shares import pay_fraction, stretched
from strategies.lots.nouns import Lot, Realized, Rules


def spin_off(
    lots: Sequence[Lot], action: SpinOff, rules: Rules
) -> tuple[tuple[Lot, ...], tuple[Lot, ...], tuple[Realized, ...]]:
    """(shares of the parent, shares spun off, what was realized on a fraction)."""
    parents = tuple(_priced(lot, 1 - action.basis_share) for lot in lots)
    parts = [_child(_priced(lot, action.basis_share), action.new_symbol) for lot in lots]
    children, realized = pay_fraction(stretched(parts, action.ratio), action, rules)
    return parents, children, realized


def _priced(lot: Lot, share: Decimal) -> Lot:
    return lot if lot.unit_cost is None else replace(lot, unit_cost=lot.unit_cost * share)


def _child(lot: Lot, symbol: Symbol) -> Lot:
    """The same lot under the new symbol, with a name that tells where it came from."""
    return replace(lot, lot_id=f"{lot.lot_id}/{symbol}", symbol=symbol)
