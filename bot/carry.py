"""Carry a plan out: sells first, then the buys that they fund, each wave committed first.

An order that is not done when its time is over is cancelled, and the cancellation is confirmed
before anything else; what is left to trade is planned afresh by a later cycle, never resent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot import gate
from bot.book.book import Book
from bot.book.errors import BookError, NotHolder
from bot.book.rows import Activity, Intent, Note, PlanState
from bot.clock import Clock
from bot.observe import ADV_DAYS, average_volume, histories
from bot.pairs import allowed, as_far_as_sold, filled_of
from bot.post import Post
from bot.reconcile import Refusal, busy, follow, halt_and_refuse, read_account
from brokers.broker import Broker, BrokerError, Market, Unreachable
from brokers.words import (
    USD,
    ZERO,
    AccountState,
    Currency,
    OrderKey,
    Quote,
    Side,
    Symbol,
    is_finite_positive,
)
from strategies.plan import Leg, Plan
from strategies.washes.enforce import KIND, Seat
from strategies.washes.home import Home

POLL_SECONDS = 5.0
"""How often orders in the market are looked at."""

CANCEL_AGAIN_SECONDS = 15.0
"""How long a cancellation may go unconfirmed until it is asked for again."""

CONFIRM_SECONDS = 60.0
"""How long it is asked for until the order is left to the next cycle, which leaves it alone."""

HURRY_SECONDS = 10.0
"""The same where the machine wants to stop."""

QUOTE_SECONDS = 5.0
"""How long one reading of quotes may serve the orders behind it."""

QUOTES_AT_ONCE = 100


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
    except (BrokerError, BookError) as error:
        _cancel(post, broker, book)
        now = post.clock.now()
        book.mark_plan(plan.plan_id, "void", "trimtab", f"interrupted: {error}", now)
        raise
    end, why = _ending(plan, post, book)
    book.mark_plan(plan.plan_id, end, "trimtab", why, post.clock.now())
    post.step("finished")
    if why := gate.beset(passage.rejects, passage.unknowns, post.limits):
        halt_and_refuse(post.account, book, why, post.clock.now())


def _waves(
    plan: Plan, passage: gate.Passage, post: Post, broker: Broker, book: Book
) -> gate.Passage:
    """Sells, then buys, unless somebody wants to stop before."""
    gap = timedelta(seconds=1) / float(broker.capabilities.orders_per_second)
    ahead = plan.legs
    for side in (Side.SELL, Side.BUY):
        legs = [leg for leg in ahead if leg.order.side is side]
        if broker.capabilities.sends_orders:  # who carries out a ticket sells first
            legs = as_far_as_sold(legs, plan, book)
        ahead = tuple(leg for leg in ahead if leg.order.side is not side)
        if legs and not _stopped(post, book):
            passage = send_wave(legs, passage, post, broker, book)
            if not broker.capabilities.sends_orders:
                passage = _as_if_sold(legs, passage, book)
                continue
            work(post, broker, book, _end_of_wave(post, gap * len(ahead)))
            passage = renewed(passage, ahead, post, broker, book)
    return passage


def _as_if_sold(legs: Sequence[Leg], passage: gate.Passage, book: Book) -> gate.Passage:
    """A ticket's sales pay for its purchases: the person who carries it out keeps the order."""
    taken = {o.order.key for o in book.unsettled(passage.plan.account)}
    sales = (leg.order for leg in legs if leg.order.side is Side.SELL and leg.order.key in taken)
    proceeds = sum(map(passage.value, sales), ZERO)
    return replace(passage, cash=passage.cash + proceeds, invested=passage.invested - proceeds)


def _stopped(post: Post, book: Book) -> str:
    """Why no further order may leave, or an empty string."""
    if post.stopping():
        return "the machine was told to stop"
    halt = book.halted(post.account)
    return f"halted: {halt.reason}" if halt else ""


def _ending(plan: Plan, post: Post, book: Book) -> tuple[PlanState, str]:
    """How the plan ended: as it was meant, or cut short; and what was not sent and why."""
    rows = book.orders(plan.account, plan.plan_id, len(plan.legs))
    filled = sum(row.last_event == "filled" for row in rows)
    if filled < len(plan.legs) and (why := _stopped(post, book)):
        return "void", f"interrupted: {why}"
    blocked = [row for row in rows if row.last_event == "blocked"]
    if not blocked:
        return "finished", ""
    first = f"{blocked[-1].order.symbol}: {blocked[-1].detail}"
    return "finished", f"{len(blocked)} of {len(plan.legs)} orders were not sent; {first}"


def open_passage(
    plan: Plan, post: Post, market: Market, book: Book, *, approved: bool
) -> gate.Passage:
    """Everything that the gate judges the orders of a plan by."""
    assert plan.account == post.account, "a plan is carried out in its own account"
    names = [leg.order.symbol for leg in plan.legs]
    bars = histories(post, market, book, names, ADV_DAYS).bars
    state, activity = _look_around(post, market, book)
    base = {line.symbol: line.price for line in plan.lines}
    return gate.Passage(
        plan=plan,
        limits=post.limits,
        session=post.session,
        approved=approved,
        closes={s: Decimal(str(b.closes[-1])) for s, b in bars.items() if b.closes},
        volumes={s: average_volume(b) for s, b in bars.items()},
        rates={leg.order.symbol: base[leg.order.symbol] / leg.mid for leg in plan.legs},
        activity=activity,
        value_before=_in_base(activity.value_by_currency, plan, market),
        busy=busy(post.account, market, book),
        cash=_spendable(state, plan, plan.legs) - _claimed(plan, post, market, book),
        held={p.symbol: p.quantity for p in state.positions if p.quantity},
        invested=_invested(state, plan),
        open=activity.orders_open,
        rejects=activity.rejects_today,
        unknowns=activity.unknowns,
        seat=Seat(str(post.account), KIND[post.policy.tax.kind], post.session.day),
        may_defer=post.policy.taxpayer.may_defer,
    )


def renewed(
    passage: gate.Passage, ahead: Sequence[Leg], post: Post, market: Market, book: Book
) -> gate.Passage:
    """The passage once the orders before those ``ahead`` are done, as far as they will be."""
    plan = passage.plan
    state, activity = _look_around(post, market, book)
    return replace(
        passage,
        cash=_spendable(state, plan, ahead) - _claimed(plan, post, market, book),
        invested=_invested(state, plan),
        open=activity.orders_open,
        rejects=activity.rejects_today,
        unknowns=activity.unknowns,
    )


def _look_around(post: Post, market: Market, book: Book) -> tuple[AccountState, Activity]:
    return read_account(market), book.activity(post.account, post.session.opens, post.lookback)


def _spendable(state: AccountState, plan: Plan, ahead: Sequence[Leg]) -> Decimal:
    """Settled cash in base currency, less the fees of the orders that are still to come."""
    settled = sum((cash.settled for cash in state.cash if cash.currency == plan.base), ZERO)
    return settled - sum((leg.fees for leg in ahead), ZERO)


def _invested(state: AccountState, plan: Plan) -> Decimal:
    """Worth of all positions at the prices of the plan."""
    prices = {line.symbol: line.price for line in plan.lines}
    return sum((p.quantity * prices.get(p.symbol, ZERO) for p in state.positions), ZERO)


def _claimed(plan: Plan, post: Post, market: Market, book: Book) -> Decimal:
    """Cash that purchases which may still fill can take, ours and other people's at a limit."""
    ours = [row for row in book.unsettled(post.account) if row.order.side is Side.BUY]
    claims: dict[Currency, Decimal] = {}
    for row in ours:
        value = (row.order.quantity - row.filled) * row.order.limit
        claims[row.order.currency] = claims.get(row.order.currency, ZERO) + value
    keys = {row.order.key for row in ours}
    for state in market.open_orders():
        if state.side is Side.BUY and state.limit is not None and state.key not in keys:
            value = (state.quantity - state.filled) * state.limit
            claims[plan.base] = claims.get(plan.base, ZERO) + value
    return _in_base(claims, plan, market)


def _in_base(values: Mapping[Currency, Decimal], plan: Plan, market: Market) -> Decimal:
    """Their worth together in base currency; a currency without a rate is a refusal."""
    foreign = sorted(values.keys() - {plan.base})
    quoted = market.fx(foreign, plan.base) if foreign else {}
    rates = {c: fx.rate for c, fx in quoted.items() if is_finite_positive(fx.rate)}
    rates[plan.base] = Decimal(1)
    if missing := [currency for currency in foreign if currency not in rates]:
        raise Refusal(f"no exchange rate from {missing[0]}", "wait for a rate")
    return sum((value * rates[currency] for currency, value in values.items()), ZERO)


def send_wave(
    legs: Sequence[Leg], passage: gate.Passage, post: Post, broker: Broker, book: Book
) -> gate.Passage:
    """Commit the intents of one wave, then send them one by one at the broker's pace."""
    gap = timedelta(seconds=1) / float(broker.capabilities.orders_per_second)
    intents = _intents(legs, passage.plan, gap, post)
    book.intend(passage.plan.plan_id, post.account, intents)
    post.step("intended")
    locks = book.locked(post.account, post.session.day)
    filled = filled_of(passage.plan, book) if any(leg.instead_of for leg in legs) else {}
    for turn, quote, is_open in _turns(legs, gap, post.clock, broker):
        if post.stopping():
            _drop(intents[turn:], post, book)
            break
        leg = legs[turn]
        halt = book.halted(post.account)
        moment = gate.Moment(
            now=post.clock.now(),
            send_before=intents[turn].send_before,
            quote=quote,
            halted=halt.reason if halt else "",
            lock=locks.get(leg.order.symbol, ""),
            is_open=is_open,
            home=_home(passage.plan, post),
            most=_most(leg, passage.plan, filled, broker),
            clock=post.clock,
        )
        post.step(f"sending {leg.order.key}")
        passage = gate.send(leg, passage, moment, broker, book)
        post.step(f"sent {leg.order.key}")
    return passage


def _home(plan: Plan, post: Post) -> Home | None:
    """The household as it is now, where the account is reckoned in the money of its law."""
    return None if post.kin is None or plan.base != USD else post.kin.home(post.clock.now())


def _most(
    leg: Leg, plan: Plan, filled: Mapping[OrderKey, Decimal], broker: Broker
) -> Decimal | None:
    if not leg.instead_of or not broker.capabilities.sends_orders:
        return None
    planned = next(each for each in plan.legs if each.order.key == leg.order.key)
    return allowed(planned, plan, filled)


def _intents(legs: Sequence[Leg], plan: Plan, gap: timedelta, post: Post) -> list[Intent]:
    """One intent a leg; each may be sent until a while after its own turn."""
    now = post.clock.now()
    patience = timedelta(seconds=post.limits.send_within_seconds)
    place = {leg.order.key: number for number, leg in enumerate(plan.legs)}
    return [
        Intent(leg.order, place[leg.order.key], now, now + gap * turn + patience)
        for turn, leg in enumerate(legs)
    ]


def _turns(
    legs: Sequence[Leg], gap: timedelta, clock: Clock, broker: Broker
) -> Iterator[tuple[int, Quote | None, bool]]:
    """Each turn when it has come, with a quote that was read shortly before.

    Turns are ``gap`` apart from the first on, so that a slow broker does not slow the rest.
    """
    size = min(QUOTES_AT_ONCE, max(1, int(QUOTE_SECONDS / gap.total_seconds())))
    quotes: Mapping[Symbol, Quote] = {}
    is_open, start = False, clock.now()
    for turn, leg in enumerate(legs):
        wait = (start + gap * turn - clock.now()).total_seconds()
        if wait > 0:
            clock.sleep(wait)
        if turn % size == 0:
            quotes = broker.quotes([ahead.order.symbol for ahead in legs[turn : turn + size]])
            is_open = broker.clock().is_open
        yield turn, quotes.get(leg.order.symbol), is_open


def _drop(intents: Sequence[Intent], post: Post, book: Book) -> None:
    """Write down that these orders will not be sent."""
    now, why = post.clock.now(), "the machine was told to stop"
    book.note([Note(intent.order.key, "blocked", now, detail=why) for intent in intents])


def _end_of_wave(post: Post, needed: timedelta) -> datetime:
    """When a wave's time is over: orders that follow, ``needed`` long, must still get out."""
    now = post.clock.now()
    end = now + timedelta(seconds=post.policy.orders.work_seconds)
    if not needed:
        return end
    confirming = timedelta(seconds=CONFIRM_SECONDS)
    closes = post.session.closes - timedelta(minutes=post.limits.before_close_minutes)
    return min(end, max(closes - needed - confirming, now + confirming))


def work(post: Post, broker: Broker, book: Book, until: datetime) -> None:
    """Wait until every order is done or its time is over, then cancel the rest and confirm."""
    _wait(post, broker, book, until, lambda: bool(_stopped(post, book)))
    withdraw(post, broker, book)
    post.step("wave done")


def withdraw(post: Post, broker: Broker, book: Book) -> None:
    """Cancel every order of ours that is not done, and wait until the broker confirms it.

    Also the first act of each cycle: what an interrupted one left in the market goes first. An
    order whose end stays unknown keeps its name barred.
    """
    if not book.unsettled(post.account):
        return
    trouble = _look(post, broker, book)
    patience = HURRY_SECONDS if post.stopping() else CONFIRM_SECONDS
    end = post.clock.now() + timedelta(seconds=patience)
    again = timedelta(seconds=CANCEL_AGAIN_SECONDS)
    while book.unsettled(post.account) and post.clock.now() < end:
        _cancel(post, broker, book)
        post.step("cancelling")
        until = min(end, post.clock.now() + again)
        trouble = _wait(post, broker, book, until, lambda: False)
    if trouble is not None:
        raise trouble


def _cancel(post: Post, broker: Broker, book: Book) -> None:
    book.leases.renew(post.account, post.clock.now())  # else these may be somebody else's orders
    for intent in book.unsettled(post.account):
        broker.cancel(intent.order.key)


def _wait(
    post: Post, broker: Broker, book: Book, until: datetime, cut: Callable[[], bool]
) -> Unreachable | None:
    """Look again and again until no order is open, or the time is over.

    A broker out of reach is asked again; what is returned is the trouble with the last look.
    """
    trouble = _look(post, broker, book)
    while book.unsettled(post.account) and post.clock.now() < until and not cut():
        post.clock.sleep(POLL_SECONDS)
        trouble = _look(post, broker, book)
    return trouble


def _look(post: Post, broker: Broker, book: Book) -> Unreachable | None:
    book.leases.renew(post.account, post.clock.now())
    try:
        follow(post.account, broker, book, post.clock.now())
    except Unreachable as error:
        return error
    return None
