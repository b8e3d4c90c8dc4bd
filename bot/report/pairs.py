"""A loss that is sold and what is bought in its place: as it is planned, and as it came about."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from bot.report.amounts import quantity
from brokers.words import ZERO, Execution, OrderKey
from strategies.plan import Leg, Plan, belongs
from strategies.washes.matching import WINDOW_DAYS


def pair_texts(plan: Plan) -> tuple[str, ...]:
    """Each pair that is planned, and what holds its two orders together; without the full stop."""
    return tuple(
        f"{_sold(sales, {each.order.key: each.paired for each in sales})}, "
        f"{quantity(leg.paired)} {leg.order.symbol} bought in its place: the sale goes first, and "
        "no more is bought than it brings in"
        for leg, sales in _pairs(plan)
    )


def by_hand_texts(plan: Plan) -> Iterator[str]:
    """Each pair as a person who carries it out is to do it."""
    last = plan.session + timedelta(days=WINDOW_DAYS)
    for leg, sales in _pairs(plan):
        names = " and ".join(f"{quantity(each.paired)} {each.order.symbol}" for each in sales)
        sold = " and ".join(each.order.symbol for each in sales)
        yield (
            f"First sell {names}, at a loss; once that is filled buy {quantity(leg.paired)} "
            f"{leg.order.symbol} in its place, or less where less was sold. If nothing was sold, "
            f"buy none. Do not buy {sold} in any account up to {last}, or the loss is put off, or "
            "gone."
        )


def replaced_texts(plan: Plan, fills: Sequence[Execution]) -> Iterator[str]:
    """What was really sold at a loss and bought in its place, and until when it stays sold."""
    last = plan.session + timedelta(days=WINDOW_DAYS)
    for leg, sales in _pairs(plan):
        done = {each.order.key: _filled(each, fills) for each in (leg, *sales)}
        sold = [each for each in sales if done[each.order.key]]
        if sold:
            names = " and ".join(each.order.symbol for each in sold)
            yield (
                f"{_sold(sold, done)}, {quantity(done[leg.order.key])} {leg.order.symbol} bought "
                f"in its place. Up to {last} no account of the household buys {names}: nor should "
                "you, or the loss is put off, or gone."
            )


def _pairs(plan: Plan) -> Iterator[tuple[Leg, list[Leg]]]:
    """Each purchase with the sales that it stands for."""
    for leg in plan.legs:
        if leg.instead_of:
            yield leg, [each for each in plan.legs if each.order.key in leg.instead_of]


def _sold(sales: Sequence[Leg], shares: dict[OrderKey, Decimal]) -> str:
    names = (f"{quantity(shares[leg.order.key])} {leg.order.symbol}" for leg in sales)
    return f"{' and '.join(names)} sold at a loss"


def _filled(leg: Leg, fills: Sequence[Execution]) -> Decimal:
    """Of its pair: what else it trades of the name is no part of it."""
    whole = sum((fill.quantity for fill in fills if belongs(fill.key, leg.order.key)), ZERO)
    return min(whole, leg.paired) if not leg.instead_of else whole
