"""In which turn the corporate actions of one day are carried out.

Splits come first and a change of symbol last; amounts are for shares after the splits. But what is
told of a name that a share bears only since this morning comes after the change: a company that
takes a new name and has a reverse split on the same day is told of under its new one.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from brokers.words import Action, Symbol, SymbolChange
from strategies.lots.actions.apply import ORDER
from strategies.lots.actions.several import SplitsOfDay

Changes = Mapping[tuple[date, Symbol], SymbolChange]
"""Changes of symbol by day and new name."""


def changes_of(actions: Iterable[Action | SplitsOfDay]) -> Changes:
    """The changes of symbol among ``actions``."""
    return {
        (action.effective, action.new_symbol): action
        for action in actions
        if isinstance(action, SymbolChange)
    }


def turn(action: Action | SplitsOfDay, changes: Changes) -> int:
    """Its place among the actions of its day, the lowest first."""
    return _names_before(action, changes) * len(ORDER) + ORDER[type(action)]


def _names_before(action: Action | SplitsOfDay, changes: Changes) -> int:
    """How many names its shares had on the morning of its day before the one it is told under.

    None where they end where they began: nobody can tell then which was the first.
    """
    seen = [action.symbol]
    while (change := changes.get((action.effective, seen[-1]))) is not None:
        if change.symbol in seen:
            return 0
        seen.append(change.symbol)
    return len(seen) - 1
