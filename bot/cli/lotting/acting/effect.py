"""What the owner's word does to the lots of an account, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.household.relief import rules_of
from brokers.words import ZERO, ActionRecord, Symbol
from strategies.lots import BadLots, Ledger, ledger

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig


@dataclass(frozen=True, slots=True)
class Change:
    """Shares and basis of a symbol before and after; a basis is None where one is not known."""

    symbol: Symbol
    shares: tuple[Decimal, Decimal]
    basis: tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes, and the gain that comes with it; ``trouble`` is why nothing could be added up.

    It stood in the way before, and may still: who takes back one of two mistakes leaves the other.
    """

    changes: tuple[Change, ...]
    gain: Decimal
    trouble: tuple[str, ...] = ()


def effect_of(
    account: "AccountConfig",
    book: "Book",
    known: Sequence[ActionRecord],
    new: ActionRecord,
) -> Effect:
    """The lots with ``new`` beside those without; ``BadLots`` where only ``new`` cannot be true.

    Symbols that the account never had are left out: nothing happens to them.
    """
    try:
        before = _lots(account, book, known)
    except BadLots as exc:
        return Effect((), ZERO, (f"before: {exc}", *_still(account, book, (*known, new))))
    after = _lots(account, book, (*known, new))
    symbols = sorted({*before.lots, *after.lots})
    changes = tuple(
        Change(
            symbol,
            (before.quantity(symbol), after.quantity(symbol)),
            (_basis(before, symbol), _basis(after, symbol)),
        )
        for symbol in symbols
    )
    return Effect(
        tuple(c for c in changes if c.shares[0] != c.shares[1] or c.basis[0] != c.basis[1]),
        _gain(after) - _gain(before),
    )


def _still(account: "AccountConfig", book: "Book", told: Sequence[ActionRecord]) -> tuple[str, ...]:
    """What is wrong after it as well, or how much is held now."""
    try:
        found = _lots(account, book, told)
    except BadLots as exc:
        return (f"after: {exc}",)
    return tuple(f"after: {found.quantity(symbol):f} {symbol}" for symbol in sorted(found.lots))


def _lots(account: "AccountConfig", book: "Book", told: Sequence[ActionRecord]) -> Ledger:
    name = account.account
    rules = rules_of(name, account.policy.tax, book)
    return ledger(book.executions(name), book.transfers(name), told, rules)


def _basis(found: Ledger, symbol: Symbol) -> Decimal | None:
    costs = [lot.cost for lot in found.lots.get(symbol, ())]
    known = [cost for cost in costs if cost is not None]
    return sum(known, ZERO) if len(known) == len(costs) else None


def _gain(found: Ledger) -> Decimal:
    return sum((one.gain or ZERO for one in found.realized), ZERO)
