"""Pairs as a unit: no more is bought in place of a loss than of the loss was really sold.

The sale goes first, in a wave of its own. What is bought instead is cut to what has filled; where
that cannot be bought the loss is realised all the same: the book has it, so the name is shut out
of being bought for 30 days, and a person is told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from bot.book.book import Book
from brokers.words import ZERO, OrderKey
from strategies.plan import CHILDREN_MAX, Leg, Plan, leg_key

WHOLE = Decimal(1)
HUNDREDTH = Decimal("0.01")


def filled_of(plan: Plan, book: Book) -> dict[OrderKey, Decimal]:
    """Shares that the orders of each leg have traded; of those that never left none."""
    filled: dict[OrderKey, Decimal] = {}
    for row in book.orders(plan.account, plan.plan_id, len(plan.legs) * (CHILDREN_MAX + 1)):
        key = leg_key(row.order.key)
        filled[key] = filled.get(key, ZERO) + row.filled
    return filled


def part_sold(leg: Leg, plan: Plan, filled: Mapping[OrderKey, Decimal]) -> Decimal:
    """How much of the sales that ``leg`` stands for has filled, from 0 to 1."""
    sales = [each for each in plan.legs if each.order.key in leg.instead_of]
    asked = sum((sale.paired * sale.order.limit for sale in sales), ZERO)
    if not asked:
        return WHOLE
    done = sum(
        (min(sale.paired, filled.get(sale.order.key, ZERO)) * sale.order.limit for sale in sales),
        ZERO,
    )
    return done / asked


def allowed(leg: Leg, plan: Plan, filled: Mapping[OrderKey, Decimal]) -> Decimal:
    """The most that ``leg`` may buy now, in steps no finer than those of its order."""
    if not leg.instead_of:
        return leg.order.quantity
    most = leg.order.quantity - leg.paired * (1 - part_sold(leg, plan, filled))
    step = Decimal((0, (1,), min(0, int(leg.order.quantity.as_tuple().exponent))))
    return min(leg.order.quantity, most.quantize(step, ROUND_DOWN))


def as_far_as_sold(legs: Iterable[Leg], plan: Plan, book: Book) -> list[Leg]:
    """``legs`` cut to what their sales have filled; one of which nothing is left stays as it is.

    The gate refuses that one, and so the book says why it never left.
    """
    legs = list(legs)
    if not any(leg.instead_of for leg in legs):
        return legs
    filled = filled_of(plan, book)
    return [_cut(leg, allowed(leg, plan, filled)) for leg in legs]


def _cut(leg: Leg, most: Decimal) -> Leg:
    if most <= 0 or most == leg.order.quantity:
        return leg
    return replace(leg, order=replace(leg.order, quantity=most))


def half_done(plan: Plan, book: Book) -> Iterator[str]:
    """What was sold at a loss and not wholly replaced, a sentence each."""
    filled = filled_of(plan, book) if any(leg.instead_of for leg in plan.legs) else {}
    symbols = {leg.order.key: leg.order.symbol for leg in plan.legs}
    for leg in plan.legs:
        if not leg.instead_of or not part_sold(leg, plan, filled):
            continue
        wanted = allowed(leg, plan, filled)
        bought = filled.get(leg.order.key, ZERO)
        if bought < wanted:
            sold = ", ".join(symbols[key] for key in leg.instead_of)
            yield (
                f"{sold} was sold at a loss, and of the {_told(wanted)} {leg.order.symbol} to be "
                f"bought in its place {_told(bought)} were: {sold} is not to be bought back for "
                "30 days"
            )


def _told(shares: Decimal) -> str:
    """To the hundredth, which is enough to be read."""
    return f"{shares.quantize(HUNDREDTH, ROUND_DOWN):f}"
