"""A plan, carried out wave by wave: sells first, then the buys that they fund."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import gate
from bot.book.book import Book
from bot.book.errors import BookError, NotHolder
from bot.book.rows import OrderRow, PlanState
from bot.carry.auctions import for_auction, is_for_auction, send_to_auction
from bot.carry.parts import Part, parts
from bot.carry.passages import renewed
from bot.carry.rhythm import Wave, pause, rhythm_of
from bot.carry.sending import pace, quotes_of, send_wave
from bot.carry.waiting import cancel_all, end_of_wave, stopped, work
from bot.carry.working import Hands, work_wave
from bot.pairs import as_far_as_sold, filled_of
from bot.post import Post
from bot.reconcile import Refusal, halt_and_refuse, tie_out
from brokers.broker import Broker, BrokerError
from brokers.words import ZERO, Side
from strategies.plan import CHILDREN_MAX, Leg, Plan, child_number, leg_key


def carry_out(plan: Plan, passage: gate.Passage, post: Post, broker: Broker, book: Book) -> None:
    """Send the plan wave by wave. Raises ``Refusal`` where it must not be carried out at all.

    Whatever ends it early, what is in the market is cancelled and the plan is never taken up
    again: the next cycle looks afresh. Where another process has taken the account over, orders
    and plan are that one's now, and nothing is touched.
    """
    now = post.clock.now()
    if why := gate.throttle(passage.activity, post.limits):
        book.mark_plan(plan.plan_id, "void", "trimtab", why, now)
        halt_and_refuse(post.account, book, why, now)
    if why := gate.preflight(passage, now):
        book.mark_plan(plan.plan_id, "void", "trimtab", why, now)
        raise Refusal(f"plan {plan.plan_id} is not carried out: {why}", "wait for the next plan")
    book.mark_plan(plan.plan_id, "started", "trimtab", "", now)
    post.step("started")
    try:
        passage = _waves(plan, passage, post, broker, book)
    except NotHolder:
        raise
    except (BrokerError, BookError, Refusal) as error:
        cancel_all(post, broker, book)
        now = post.clock.now()
        book.mark_plan(plan.plan_id, "void", "trimtab", f"interrupted: {error}", now)
        raise
    end, why = _ending(plan, post, book)
    book.mark_plan(plan.plan_id, end, "trimtab", why, post.clock.now())
    post.step("finished")
    rejects, unknowns, orders = passage.rejects, passage.unknowns, passage.orders_today
    if why := gate.beset(rejects, unknowns, post.limits, orders):
        halt_and_refuse(post.account, book, why, post.clock.now())


def _waves(
    plan: Plan, passage: gate.Passage, post: Post, broker: Broker, book: Book
) -> gate.Passage:
    """Wave by wave, each of the same share of every order, unless somebody wants to stop before."""
    waves = rhythm_of(plan, passage, post, broker)
    for wave in waves:
        if wave is not waves[0]:
            pause(wave.begins, post, book)
        if stopped(post, book):
            break
        passage = _wave(wave, passage, Hands(post, broker, book))
    return send_to_auction(passage, Hands(post, broker, book))


def _wave(wave: Wave, passage: gate.Passage, hands: Hands) -> gate.Passage:
    """Sells, then buys. What is for the auction is ahead until the last wave is over."""
    post, broker, book = hands.post, hands.broker, hands.book
    plan = passage.plan
    ahead = plan.legs
    for side in (Side.SELL, Side.BUY):
        legs = [leg for leg in ahead if leg.order.side is side and not is_for_auction(leg)]
        if broker.capabilities.sends_orders:  # who carries out a ticket sells first
            legs = as_far_as_sold(gate.as_far_as_meant(legs, passage), plan, book)
        ahead = tuple(leg for leg in ahead if leg.order.side is not side or is_for_auction(leg))
        now = parts(legs, wave, plan, broker, book) if legs and not stopped(post, book) else []
        if not now:
            continue
        if not broker.capabilities.sends_orders:
            orders = [each.order(each.number, each.left) for each in now]
            passage = send_wave(orders, quotes_of(orders, broker), passage, post, broker, book)
            passage = _as_if_sold(legs, passage, book)
            continue
        until = min(end_of_wave(post, pace(broker) * len(ahead)), wave.until(side))
        passage = _worked(now, passage, hands, until)
        tie_out(post, broker, book)  # what does not add up is left alone from here on
        passage = renewed(passage, ahead, post, broker, book)
    return passage


def _worked(
    now: Sequence[Part], passage: gate.Passage, hands: Hands, until: datetime
) -> gate.Passage:
    """Send the parts of one side, and wait for them; priced anew where the owner wants that."""
    post, broker, book = hands.post, hands.broker, hands.book
    if post.policy.orders.working.reprices:
        return work_wave(now, passage, hands, until)
    orders = [each.order(each.number, each.left) for each in now]
    passage = send_wave(orders, quotes_of(orders, broker), passage, post, broker, book)
    work(post, broker, book, until)
    return passage


def _as_if_sold(legs: Sequence[Leg], passage: gate.Passage, book: Book) -> gate.Passage:
    """A ticket's sales pay for its purchases: the person who carries it out keeps the order."""
    taken = {o.order.key for o in book.unsettled(passage.plan.account)}
    sales = (leg.order for leg in legs if leg.order.side is Side.SELL and leg.order.key in taken)
    proceeds = sum(map(passage.value, sales), ZERO)
    return replace(passage, cash=passage.cash + proceeds, invested=passage.invested - proceeds)


def _ending(plan: Plan, post: Post, book: Book) -> tuple[PlanState, str]:
    """How the plan ended: as it was meant, or cut short; and what was not sent and why.

    What waits for the auction is as it was meant.
    """
    traded, keys = filled_of(plan, book), for_auction(plan)
    rest = {leg_key(row.order.key) for row in book.unsettled(plan.account)} & keys
    short = any(
        traded.get(leg.order.key, ZERO) < leg.order.quantity and leg.order.key not in rest
        for leg in plan.legs
    )
    if short and (why := stopped(post, book)):
        return "void", f"interrupted: {why}"
    rows = book.orders(plan.account, plan.plan_id, len(plan.legs) * (CHILDREN_MAX + 1))
    newest = {row.leg: row for row in sorted(rows, key=lambda row: child_number(row.order.key))}
    blocked = [row for _, row in sorted(newest.items(), reverse=True) if _is_blocked(row)]
    if not blocked:
        return "finished", ""
    first = f"{blocked[-1].order.symbol}: {blocked[-1].detail}"
    return "finished", f"{len(blocked)} of {len(plan.legs)} orders were not sent; {first}"


def _is_blocked(row: OrderRow) -> bool:
    return row.last_event == "blocked"
