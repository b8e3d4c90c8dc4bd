"""One corporate action on all lots of an account."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from brokers.words import CorporateAction, Symbol
from strategies.lots.actions.capital import return_capital
from strategies.lots.actions.checks import check_action
from strategies.lots.actions.mergers import merge
from strategies.lots.actions.nouns import (
    Action,
    Merger,
    ReturnOfCapital,
    SpinOff,
    Split,
    SymbolChange,
)
from strategies.lots.actions.shares import pay_fraction, stretched
from strategies.lots.actions.spinoffs import spin_off
from strategies.lots.nouns import Lot, Realized, Rules

Lots = Mapping[Symbol, tuple[Lot, ...]]


def apply(action: Action, lots: Lots, rules: Rules) -> tuple[Lots, tuple[Realized, ...]]:
    """(all lots after it, what was realized). Nothing happens to an account that holds none.

    Raises ``BadAction`` where it cannot be carried out as told.
    """
    held = lots.get(action.symbol, ())
    if not held:
        return lots, ()
    check_action(action)
    after = lots
    realized: tuple[Realized, ...] = ()
    match action:
        case CorporateAction():
            after = {**lots, action.symbol: stretched(held, action.ratio)}
        case Split():
            kept, realized = pay_fraction(stretched(held, action.ratio), action, rules)
            after = {**lots, action.symbol: kept}
        case SpinOff():
            parents, children, realized = spin_off(held, action, rules)
            after = _with({**lots, action.symbol: parents}, action.new_symbol, children)
        case Merger():
            new, realized = merge(held, action, rules)
            after = _moved(lots, action.symbol, action.new_symbol, new)
        case SymbolChange():
            renamed = [replace(lot, symbol=action.new_symbol) for lot in held]
            after = _moved(lots, action.symbol, action.new_symbol, renamed)
        case ReturnOfCapital():
            lower, realized = return_capital(held, action)
            after = {**lots, action.symbol: lower}
    return after, realized


def _moved(lots: Lots, old: Symbol, new: Symbol | None, made: Sequence[Lot]) -> Lots:
    without = {symbol: held for symbol, held in lots.items() if symbol != old}
    return without if new is None else _with(without, new, made)


def _with(lots: Lots, symbol: Symbol, more: Sequence[Lot]) -> Lots:
    """``more`` beside the lots held already, in order of purchase."""
    together = (*lots.get(symbol, ()), *more)
    return {**lots, symbol: tuple(sorted(together, key=lambda lot: lot.acquired))}
