"""How an order of a drill leaves: its intent is in the book, and the account is a paper account."""

from decimal import Decimal

from bot.book.rows import Intent, Note
from bot.drill.bench import Bench
from bot.reconcile import Refusal
from brokers.broker import Accepted, Refused, SubmitResult
from brokers.words import ZERO, Environment, Order, OrderKey
from strategies.plan import Leg, Plan, Rebalance

WHY = "a drill: nothing of it is meant to trade"
POLICY = "drill"
"""In place of the digest of a policy: there is none behind these orders."""


def commit(bench: Bench, orders: tuple[Order, ...], mid: Decimal) -> None:
    """Write down the plan and the intents of all orders, before any of them is sent."""
    now, state = bench.clock.now(), bench.before
    session = bench.session_at(now)
    assert session is not None, "orders are tried while the exchange is open"
    cash = next((each.amount for each in state.cash if each.currency == state.base), ZERO)
    legs = tuple(Leg(order, mid, (), ZERO, ZERO, ZERO, ZERO) for order in orders)
    plan = Plan(
        plan_id=bench.plan_id,
        account=bench.account,
        environment=state.environment,
        time=now,
        session=session.day,
        base=state.base,
        nav=cash,
        cash_before=cash,
        cash_after=cash,
        decision=Rebalance(WHY, full=False),
        reasons=(),
        legs=legs,
        lines=(),
        worth=None,
        is_first=False,
        warnings=(),
    )
    bench.book.keep(plan, POLICY, expires=session.closes)
    bench.book.mark_plan(bench.plan_id, "started", "trimtab", WHY, now)
    intents = [Intent(order, n, now, session.closes) for n, order in enumerate(orders, 1)]
    bench.book.intend(bench.plan_id, bench.account, intents)


def send(bench: Bench, order: Order) -> SubmitResult:
    """Send ``order`` once; that it is sent, and what came of it, is written down.

    Raises ``Refusal`` where its intent is not in the book, or where the broker did not state that
    the account is a paper account: both would be faults of ours.
    """
    if bench.before.environment is not Environment.PAPER:
        raise Refusal(f"{bench.account} is no paper account", "drill a paper account")
    if order.key not in _intended(bench):
        raise Refusal(f"{order.key} is not in the book", "report it: nothing was sent")
    bench.book.note([Note(order.key, "sent", bench.clock.now())])
    bench.sent.add(order.key)
    result = bench.broker.submit(order)
    bench.book.note([_told(result, order.key, bench)])
    return result


def send_again(bench: Bench, order: Order) -> SubmitResult:
    """Send an order whose key is taken. What is noted keeps it open until the sweep has looked."""
    if order.key not in bench.sent:
        raise Refusal(f"{order.key} was not sent before", "report it: nothing was sent")
    now = bench.clock.now()
    bench.book.leases.renew(bench.account, now)  # as for any order: nobody else works it
    bench.book.note([Note(order.key, "unclear", now, bench.broker_id, "sent again, to be refused")])
    return bench.broker.submit(order)


def _intended(bench: Bench) -> set[OrderKey]:
    return {row.order.key for row in bench.book.orders(bench.account, bench.plan_id)}


def _told(result: SubmitResult, key: OrderKey, bench: Bench) -> Note:
    now = bench.clock.now()
    match result:
        case Accepted(broker_id):
            return Note(key, "accepted", now, broker_id)
        case Refused(reason):
            return Note(key, "refused", now, detail=reason)
        case _:
            return Note(key, "unclear", now, detail=result.reason)
