"""One corporate action on all lots of an account."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from brokers.words import (
    Action,
    Merger,
    ReturnOfCapital,
    SpinOff,
    Split,
    Symbol,
    SymbolChange,
)
from strategies.lots.actions.capital import return_capital
from strategies.lots.actions.checks import check_action
from strategies.lots.actions.mergers import merge
from strategies.lots.actions.several import SplitsOfDay, split_all
from strategies.lots.actions.shares import pay_fraction, stretched
from strategies.lots.actions.spinoffs import spin_off
from strategies.lots.nouns import Lot, Realized, Rules

Lots = Mapping[Symbol, tuple[Lot, ...]]

ORDER: dict[type[Action | SplitsOfDay], int] = {
    Split: 0,
    SplitsOfDay: 0,
    ReturnOfCapital: 1,
    SpinOff: 2,
    Merger: 3,
    SymbolChange: 4,
}
"""Of one day and one name; ``days`` tells what else counts."""


def apply(
    action: Action | SplitsOfDay, lots: Lots, rules: Rules
) -> tuple[Lots, tuple[Realized, ...]]:
    """(all lots after it, what was realized). Nothing happens to an account that holds none.

    Raises ``BadAction`` where it cannot be carried out as told.
    """
    held = lots.get(action.symbol, ())
    if not held:
        return lots, ()
    if isinstance(action, SplitsOfDay):
        kept, realized = split_all(held, action, rules)
        return {**lots, action.symbol: kept}, realized
    check_action(action)
    after = lots
    realized = ()
    match action:
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
    held = lots.get(symbol, ())
    together = (*held, *_renamed(more, {lot.lot_id for lot in held}))
    return {**lots, symbol: tuple(sorted(together, key=lambda lot: lot.acquired))}


def _renamed(lots: Sequence[Lot], taken: set[str]) -> Iterator[Lot]:
    """``lots`` with a number behind a name that another lot has: of two spin-offs of one lot."""
    for lot in lots:
        name, number = lot.lot_id, 1
        while name in taken:
            number += 1
            name = f"{lot.lot_id}:{number}"
        taken.add(name)
        yield lot if name == lot.lot_id else replace(lot, lot_id=name)
