"""Splits of one name on one day: a reverse split and a forward split behind it, as some do.

Shares are those of the product of the ratios, whatever the order. What was paid for a fraction is
not: 150 shares at one for a hundred leave half a share, at a hundred for one none. So every order
is tried, and the one that leaves a fraction where it was paid for is what happened.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from math import prod

from brokers.words import Action, Split, Symbol
from strategies.lots.actions.checks import check_action
from strategies.lots.actions.shares import exact_ratio, nine_places, pay_fraction, stretched_by
from strategies.lots.errors import BadAction
from strategies.lots.nouns import Lot, Realized, Rules

After = tuple[tuple[Lot, ...], tuple[Realized, ...]]
"""The lots after it, and what was realized."""


@dataclass(frozen=True, slots=True)
class SplitsOfDay:
    """Splits of ``symbol`` that hold from one morning on: a reverse one and a forward one."""

    symbol: Symbol
    effective: date
    splits: tuple[Split, ...]

    @property
    def product(self) -> Fraction:
        """New shares for one old one, after all of them."""
        return prod((exact_ratio(one.ratio) for one in self.splits), start=Fraction(1))


def together(actions: Iterable[Action]) -> Iterator[Action | SplitsOfDay]:
    """``actions``, those splits as one that are of one symbol and day."""
    days = defaultdict[tuple[Symbol, date], list[Split]](list)
    for action in actions:
        if isinstance(action, Split):
            days[action.symbol, action.effective].append(action)
        else:
            yield action
    for (symbol, day), splits in days.items():
        yield splits[0] if len(splits) == 1 else SplitsOfDay(symbol, day, tuple(splits))


def splits_by_day(actions: Iterable[Action]) -> Iterator[Split]:
    """One split for each symbol and day of an account, with what its splits come to.

    None of a day after which there are as many shares as before.
    """
    for one in together(action for action in actions if isinstance(action, Split)):
        match one:
            case Split():
                yield one
            case SplitsOfDay():
                distinct = {exact_ratio(split.ratio) for split in one.splits}
                ratio = prod(distinct, start=Fraction(1))
                if ratio != 1:
                    yield Split(one.splits[0].action_id, one.symbol, _decimal(ratio), one.effective)
            case _:
                pass


def _decimal(ratio: Fraction) -> Decimal:
    return Decimal(ratio.numerator) / Decimal(ratio.denominator)


def split_all(held: Sequence[Lot], day: SplitsOfDay, rules: Rules) -> After:
    """Every split of a day. Raises ``BadAction`` where no order, or more than one, can be true."""
    for one in day.splits:
        check_action(one)
    if all(one.cash_in_lieu is None for one in day.splits):
        return stretched_by(held, day.product), ()
    found: list[After] = []
    trouble: BadAction | None = None
    for order in permutations(day.splits):
        try:
            after = _in_order(held, order, rules)
        except BadAction as exc:
            trouble = exc
            continue
        if after not in found:
            found.append(after)
    if len(found) == 1:
        return found[0]
    raise trouble if trouble is not None and not found else _in_doubt(day)


def _in_order(held: Sequence[Lot], order: Sequence[Split], rules: Rules) -> After:
    """One split after the other; what is realized is told in shares as they are after all."""
    lots, gains = tuple(held), list[Realized]()
    waiting = Fraction(1)
    for place, one in enumerate(order, start=1):
        waiting *= exact_ratio(one.ratio)
        if one.cash_in_lieu is None:
            continue
        lots, paid = pay_fraction(stretched_by(lots, waiting), one, rules)
        waiting = Fraction(1)
        later = prod((exact_ratio(each.ratio) for each in order[place:]), start=Fraction(1))
        gains += [replace(each, quantity=_scaled(each.quantity, later)) for each in paid]
    return stretched_by(lots, waiting), tuple(gains)


def _scaled(shares: Decimal, ratio: Fraction) -> Decimal:
    return shares if ratio == 1 else nine_places(Fraction(shares) * ratio)


def _in_doubt(day: SplitsOfDay) -> BadAction:
    names = " and ".join(one.action_id for one in day.splits)
    first = day.splits[0].action_id
    return BadAction(
        f"{day.symbol}: {names} are all of {day.effective}, and which of them came first, and so"
        " which fraction was paid for, is not known",
        f"take back the one that came later, and tell it again for the day after: trimtab lots"
        f" retract {first} (or another), then trimtab lots action split {day.symbol} --on ...",
    )
