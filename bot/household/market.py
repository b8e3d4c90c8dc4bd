"""Orders of a household that may still fill, as trades that are not in its ledger yet."""

from collections.abc import Iterator, Set
from datetime import date
from typing import TYPE_CHECKING

from bot.book.rows import FINAL_STEPS
from bot.household.from_book import KIND, lot_name
from brokers.words import ZERO, Side
from strategies.washes.nouns import BUY, SELL, Trade

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.book.mark import Mark
    from bot.book.rows import OrderRow
    from bot.config.settings import AccountConfig
    from strategies.plan import Plan, PlanId

Plans = dict["PlanId", "Plan"]
"""Plans that were read before."""


def open_orders(
    account: "AccountConfig", book: "Book", today: date, plans: Plans
) -> Iterator[Trade]:
    """What is committed or in the market and not done, as if the rest of it filled now.

    ``order`` is the order's key, so that who asks about one of them can leave it out. A sale names
    the lots of its plan that are still to be sold. Plans that are read are put into ``plans``.
    """
    for row in book.unsettled(account.account):
        left = row.order.quantity - row.filled
        if left <= 0:
            continue
        is_buy = row.order.side is Side.BUY
        yield Trade(
            day=today,
            account=str(account.account),
            kind=KIND[account.policy.tax.kind],
            symbol=str(row.order.symbol),
            side=BUY if is_buy else SELL,
            quantity=left,
            price=row.order.limit,
            fee=ZERO,
            lot=f"order {row.order.key}" if is_buy else _lots(row, book, plans),
            order=str(row.order.key),
        )


def is_changed(before: "Mark", now: "Mark", known: Set[str], book: "Book") -> bool:
    """Whether other orders may be open than the ``known`` keys, or less of one of them is.

    A further step of an order that is open and stays so changes nothing.
    """
    if (before.told, before.intents) != (now.told, now.intents):
        return True
    if before.last_step == now.last_step:
        return False
    steps = book.steps_after(before.last_step)
    return any(kind in FINAL_STEPS or key not in known for key, kind in steps)


def _lots(row: "OrderRow", book: "Book", plans: Plans) -> str:
    """Names of the lots that the plan sells by this order, without those that are sold already."""
    from strategies.planned import child_key, child_number, leg_key

    plan = plans.get(row.plan_id)
    if plan is None:
        plan = plans[row.plan_id] = book.plan(row.plan_id)
    key = leg_key(row.order.key)
    before = [child_key(key, number) for number in range(child_number(row.order.key))]
    earlier = book.orders_named(row.account, before) if before else ()
    sold, names = sum((each.filled for each in earlier), row.filled), list[str]()
    for lot in next((leg.lots for leg in plan.legs if leg.order.key == key), ()):
        gone = min(lot.quantity, sold)
        sold -= gone
        if lot.quantity > gone:
            names.append(lot_name(lot.lot_id))
    return ";".join(names)
