"""Carry a plan out: sells first, then the buys that they fund, each wave committed first.

An order that is not done when its time is over is cancelled, and the cancellation is confirmed
before anything else; what is left to trade is planned afresh by a later cycle, never resent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot import gate
from bot.book.book import Book
from bot.book.rows import Activity, Intent
from bot.observe import average_volume
from bot.post import Post
from bot.reconcile import Refusal, catch_up, halt_and_refuse
from brokers.broker import Broker, Market
from brokers.words import ZERO, Quote, Side, Symbol
from strategies.plan import Leg, Plan

POLL_SECONDS = 5.0
"""How often orders in the market are looked at."""

CONFIRM_SECONDS = 60.0
"""How long a cancellation may take until its order is left to the next cycle."""

QUOTE_SECONDS = 5.0
"""How long one reading of quotes may serve the orders behind it."""

QUOTES_AT_ONCE = 100


def carry_out(plan: Plan, passage: gate.Passage, post: Post, broker: Broker, book: Book) -> None:
    """Send the plan wave by wave. Raises ``Refusal`` where it must not be carried out at all."""
    now = post.clock.now()
    if why := gate.throttle(passage.activity, post.limits):
        book.mark_plan(plan.plan_id, "void", "trimtab", why, now)
        halt_and_refuse(post.account, book, why, now)
    if why := gate.preflight(plan, passage, now):
        book.mark_plan(plan.plan_id, "void", "trimtab", why, now)
        raise Refusal(f"plan {plan.plan_id} is not carried out: {why}", "wait for the next plan")
    book.mark_plan(plan.plan_id, "started", "trimtab", "", now)
    post.step("started")
    for side in (Side.SELL, Side.BUY):
        legs = [leg for leg in plan.legs if leg.order.side is side]
        if legs and not post.stopping():
            passage = send_wave(legs, passage, post, broker, book)
            work(post, broker, book)
            passage = replace(passage, cash=spendable(plan, broker, passage), open=0)
    book.mark_plan(plan.plan_id, "finished", "trimtab", "", post.clock.now())
    post.step("finished")


def open_passage(
    plan: Plan, post: Post, market: Market, book: Book, *, approved: bool
) -> gate.Passage:
    """Everything that the gate judges the orders of a plan by."""
    symbols = [leg.order.symbol for leg in plan.legs]
    bars = market.bars(symbols, 20)
    base = {line.symbol: line.price for line in plan.lines}
    activity = book.activity(post.account, post.session.opens, post.lookback)
    passage = gate.Passage(
        plan=plan,
        limits=post.limits,
        session=post.session,
        approved=approved,
        names=len(plan.lines),
        closes={s: Decimal(str(b.closes[-1])) for s, b in bars.items() if b.closes},
        volumes={s: average_volume(b) for s, b in bars.items()},
        rates={leg.order.symbol: base[leg.order.symbol] / leg.mid for leg in plan.legs},
        activity=activity,
        value_today=_in_base(activity, plan, market),
        cash=ZERO,
        held={p.symbol: p.quantity for p in market.account().positions},
    )
    return replace(passage, cash=spendable(plan, market, passage))


def _in_base(activity: Activity, plan: Plan, market: Market) -> Decimal:
    """Worth in base currency of what was sent today; a currency without a rate is a refusal."""
    foreign = sorted(activity.value_by_currency.keys() - {plan.base})
    rates = {c: rate.rate for c, rate in market.fx(foreign, plan.base).items()} if foreign else {}
    rates[plan.base] = Decimal(1)
    if missing := [currency for currency in foreign if currency not in rates]:
        raise Refusal(f"no exchange rate from {missing[0]}", "wait for a rate")
    return sum((v * rates[c] for c, v in activity.value_by_currency.items()), ZERO)


def spendable(plan: Plan, market: Market, passage: gate.Passage) -> Decimal:
    """Settled cash in the base currency, less the fees that the plan's orders will cost."""
    fees = sum((leg.fees for leg in plan.legs), ZERO)
    cash = (c.settled for c in market.account().cash if c.currency == passage.plan.base)
    return sum(cash, ZERO) - fees


def send_wave(
    legs: Sequence[Leg], passage: gate.Passage, post: Post, broker: Broker, book: Book
) -> gate.Passage:
    """Commit the intents of one wave, then send them one by one at the broker's pace."""
    gap = timedelta(seconds=1) / float(broker.capabilities.orders_per_second)
    intents = _intents(legs, passage.plan, gap, post)
    book.intend(passage.plan.plan_id, post.account, intents)
    post.step("intended")
    locks = book.locked(post.account, post.session.day)
    for leg, intent, quote, is_open in _with_quotes(legs, intents, gap, broker):
        order = leg.order
        halt = book.halted(post.account)
        moment = gate.Moment(
            now=post.clock.now(),
            send_before=intent.send_before,
            quote=quote,
            halted=halt.reason if halt else "",
            lock=locks.get(order.symbol, ""),
            is_open=is_open,
        )
        post.step(f"sending {order.key}")
        passage = gate.send(leg, passage, moment, broker, book)
        post.step(f"sent {order.key}")
        post.clock.sleep(gap.total_seconds())
    return passage


def _intents(legs: Sequence[Leg], plan: Plan, gap: timedelta, post: Post) -> list[Intent]:
    """One intent a leg; each may be sent until a while after its own turn."""
    now = post.clock.now()
    patience = timedelta(seconds=post.limits.send_within_seconds)
    place = {leg.order.key: number for number, leg in enumerate(plan.legs)}
    return [
        Intent(leg.order, place[leg.order.key], now, now + gap * turn + patience)
        for turn, leg in enumerate(legs)
    ]


def _with_quotes(
    legs: Sequence[Leg], intents: Sequence[Intent], gap: timedelta, broker: Broker
) -> Iterator[tuple[Leg, Intent, Quote | None, bool]]:
    """Each leg with its intent and a quote that was read shortly before its turn."""
    size = min(QUOTES_AT_ONCE, max(1, int(QUOTE_SECONDS / gap.total_seconds())))
    quotes: dict[Symbol, Quote] = {}
    is_open = False
    for turn, (leg, intent) in enumerate(zip(legs, intents, strict=True)):
        if turn % size == 0:
            quotes = dict(broker.quotes([ahead.order.symbol for ahead in legs[turn : turn + size]]))
            is_open = broker.clock().is_open
        yield leg, intent, quotes.get(leg.order.symbol), is_open


def work(post: Post, broker: Broker, book: Book) -> None:
    """Wait until every order is done or its time is over, then cancel the rest and confirm."""
    patience = timedelta(seconds=post.policy.orders.work_seconds)
    _wait(post, broker, book, post.clock.now() + patience)
    withdraw(post, broker, book)
    post.step("wave done")


def withdraw(post: Post, broker: Broker, book: Book) -> None:
    """Cancel every order of ours that is not done, and wait until the broker confirms it.

    Also the first act of each cycle: what an interrupted one left in the market goes first.
    """
    live = book.unsettled(post.account)
    if not live:
        return
    for intent in live:
        broker.cancel(intent.order.key)
    post.step("cancelling")
    _wait(post, broker, book, post.clock.now() + timedelta(seconds=CONFIRM_SECONDS))


def _wait(post: Post, broker: Broker, book: Book, until: datetime) -> None:
    """Look again and again until no order is open, or the time is over."""
    catch_up(post.policy, post.identity, broker, book, post.clock.now())
    while book.unsettled(post.account) and post.clock.now() < until and not post.stopping():
        post.clock.sleep(POLL_SECONDS)
        catch_up(post.policy, post.identity, broker, book, post.clock.now())
