"""What is wrong with a corporate action, before it touches a lot."""

from collections.abc import Iterator
from decimal import Decimal

from brokers.words import (
    Action,
    Merger,
    ReturnOfCapital,
    SpinOff,
    Split,
    SymbolChange,
    is_finite_positive,
)
from strategies.lots.errors import BadAction


def check_action(action: Action) -> None:
    """Raise ``BadAction`` that names the action and the first thing that is wrong with it."""
    for what in _faults(action):
        raise BadAction(
            f"{action.symbol}: {action.action_id} of {action.effective} {what}",
            "compare it with the notice of the company (Form 8937) and tell it again",
        )


def _faults(action: Action) -> Iterator[str]:
    match action:
        case Split():
            yield from _ratio(action.ratio)
            yield from _in_lieu(action)
        case SpinOff():
            yield from _spin_off_faults(action)
        case Merger():
            yield from _merger_faults(action)
        case SymbolChange():
            yield from _renamed(action)
        case ReturnOfCapital():
            yield from _capital_faults(action)


def _ratio(ratio: Decimal) -> Iterator[str]:
    if not is_finite_positive(ratio):
        yield f"gives {ratio} shares for one"


def _renamed(action: SpinOff | Merger | SymbolChange) -> Iterator[str]:
    if action.new_symbol == action.symbol:
        yield "has the old symbol as its new one"


def _money(amount: Decimal, what: str) -> Iterator[str]:
    if not amount.is_finite() or amount < 0:
        yield f"pays {amount} {what}"


def _in_lieu(action: Split | SpinOff | Merger) -> Iterator[str]:
    if action.cash_in_lieu is not None:
        yield from _money(action.cash_in_lieu, "in lieu")


def _spin_off_faults(action: SpinOff) -> Iterator[str]:
    yield from _ratio(action.ratio)
    yield from _renamed(action)
    yield from _in_lieu(action)
    if not action.basis_share.is_finite() or not 0 <= action.basis_share <= 1:
        yield f"moves a share of {action.basis_share} of the basis; it is from 0 to 1"


def _capital_faults(action: ReturnOfCapital) -> Iterator[str]:
    if not is_finite_positive(action.amount):
        yield f"returns {action.amount} a share"
    if action.paid is not None and action.paid < action.effective:
        yield f"was paid on {action.paid}, before it took effect"


def _merger_faults(action: Merger) -> Iterator[str]:
    yield from _money(action.cash, "a share")
    if action.new_symbol is None:
        if action.ratio or action.cash_in_lieu is not None:
            yield "gives shares and does not say of what"
        return
    yield from _ratio(action.ratio)
    yield from _renamed(action)
    yield from _in_lieu(action)
    if (action.cash or action.is_taxable) and action.value is None:
        yield "does not say what a new share was worth on the day"
    if action.value is not None:
        yield from _money(action.value, "for a new share")
