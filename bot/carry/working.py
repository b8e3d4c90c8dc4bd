"""A wave is worked: each order is priced anew, step by step, and never are two of a leg live.

What is done of a leg is decided by ``strategies.working.machine``; here it is told what the book,
the broker and the clock say, and its commands are carried out. An order is cancelled to be priced
anew only where the gate would let the new one pass, and the new one is an order like any other: an
intent of its own, committed first, and all of the gate again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot import gate
from bot.book.book import Book
from bot.book.rows import OrderRow
from bot.carry.parts import Part, is_over
from bot.carry.passages import released
from bot.carry.sending import QUOTES_AT_ONCE, pace, send_wave
from bot.carry.waiting import (
    CANCEL_AGAIN_SECONDS,
    CONFIRM_SECONDS,
    POLL_SECONDS,
    look,
    obey,
    stopped,
    withdraw,
)
from bot.clock import wait_for_news
from bot.post import Post
from brokers.broker import Broker, Unreachable
from brokers.words import OrderKey, Quote, Symbol, TickRule
from strategies.plan import Leg, child_key, leg_key
from strategies.policy import OrderPolicy
from strategies.working import (
    Cancel,
    Ended,
    Event,
    Ladder,
    Lost,
    Phase,
    Send,
    Terms,
    Tick,
    Traded,
    Worked,
    advance,
    begin,
    looked,
    worst_price,
)


@dataclass(frozen=True, slots=True)
class Hands:
    """What the work is done with."""

    post: Post
    broker: Broker
    book: Book


@dataclass(frozen=True, slots=True)
class Job:
    """One leg of the wave: its part, its terms, and how far it has come."""

    part: Part
    terms: Terms
    state: Worked

    @property
    def symbol(self) -> Symbol:
        """The name that it trades."""
        return self.part.leg.order.symbol

    @property
    def key(self) -> OrderKey:
        """Of its newest order."""
        return child_key(self.part.key, max(self.state.number, 0))

    def hear(self, event: Event) -> tuple["Job", Send | Cancel | None]:
        """What becomes of it by ``event``, and what is to be done."""
        state, command = advance(self.state, event, self.terms)
        return replace(self, state=state), command

    def leg(self, command: Send) -> Leg:
        """The order that is to be sent."""
        return self.part.order(command.number, command.quantity, command.price)

    @property
    def newest(self) -> Leg:
        """Its newest order."""
        return self.part.order(self.state.number, self.state.sent, self.state.price)

    def next_leg(self, price: Decimal) -> Leg:
        """The order that would take the place of the newest one."""
        rest = self.state.sent - self.state.traded
        return self.part.order(self.state.number + 1, rest, price)


def work_wave(
    parts: Sequence[Part], passage: gate.Passage, hands: Hands, until: datetime
) -> gate.Passage:
    """Send the parts of a wave and work them until they are done or their time is over.

    Whatever is live then is cancelled, and its end confirmed.
    """
    post, broker, book = hands.post, hands.broker, hands.book
    jobs = _jobs(parts, passage, hands, until)
    jobs, passage = _turn(jobs, passage, hands)
    while _goes_on(jobs, until, hands):
        wait_for_news(POLL_SECONDS, post.clock, broker)
        if stopped(post, book):
            break
        if look(post, broker, book) is None:
            jobs, passage = _turn(jobs, passage, hands)
    withdraw(post, broker, book)
    post.step("wave done")
    return passage


def _goes_on(jobs: Sequence[Job], until: datetime, hands: Hands) -> bool:
    if hands.post.clock.now() >= until or stopped(hands.post, hands.book):
        return False
    return any(job.state.phase is not Phase.DONE for job in jobs)


def _jobs(parts: Sequence[Part], passage: gate.Passage, hands: Hands, until: datetime) -> list[Job]:
    post, broker = hands.post, hands.broker
    orders, now = post.policy.orders, post.clock.now()
    known = broker.instruments([part.leg.order.symbol for part in parts])
    ticks = {symbol: instrument.tick for symbol, instrument in known.items()}
    round_trip = pace(broker) * 2 * len(parts)
    every = max(timedelta(seconds=orders.working.step_seconds), round_trip)
    last_send = min(until, post.orders_until)
    return [
        Job(
            part,
            Terms(
                quantity=part.target,
                ladder=_ladder(part.leg, orders, ticks.get(part.leg.order.symbol, TickRule())),
                starts=now,
                every=every,
                last_send=last_send,
                deadline=until,
                least=_least(part.leg, orders, passage),
                again=timedelta(seconds=CANCEL_AGAIN_SECONDS),
            ),
            begin(part.number - 1, part.filled),
        )
        for part in parts
    ]


def _ladder(leg: Leg, orders: OrderPolicy, tick: TickRule) -> Ladder:
    order, wishes = leg.order, orders.working
    worst = worst_price(order.limit, order.side, wishes.chase, tick)
    return Ladder(order.side, worst, tick, wishes.start, wishes.through, wishes.steps)


def _least(leg: Leg, orders: OrderPolicy, passage: gate.Passage) -> Decimal:
    """Shares that are worth the smallest order; all of the leg where it is worth less."""
    each = leg.order.limit * passage.rates[leg.order.symbol]
    return min(orders.value_min / each, leg.order.quantity)


def _turn(
    jobs: Sequence[Job], passage: gate.Passage, hands: Hands
) -> tuple[list[Job], gate.Passage]:
    """One look at every job: what is known, what is due, what is done about it.

    All that is read is read before the first act. A broker that is out of reach ends the look.
    """
    try:
        heard = _heard(jobs, hands)
        quotes = _quotes(heard, hands)
    except Unreachable:
        return list(jobs), passage
    heard = _given_up(heard, hands)
    passage = _freed(jobs, heard, passage, hands)
    after, legs = list[Job](), list[Leg]()
    forecast = passage
    for job in heard:
        moved, command = job.hear(Tick(hands.post.clock.now(), quotes.get(job.symbol)))
        if isinstance(command, Send):
            legs.append(moved.leg(command))
        elif isinstance(command, Cancel):
            moved, forecast = _cancelled(job, moved, quotes, forecast, hands)
        after.append(moved)
    if legs:
        passage = send_wave(legs, quotes, passage, hands.post, hands.broker, hands.book)
    return after, passage


def _heard(jobs: Sequence[Job], hands: Hands) -> list[Job]:
    """Each job once it was told what became of its newest order."""
    keys = [job.key for job in jobs if job.state.may_be_live]
    rows = {row.order.key: row for row in hands.book.orders_named(hands.post.account, keys)}
    heard = []
    for job in jobs:
        event = _event(job.state, rows.get(job.key), hands) if job.state.may_be_live else None
        heard.append(job if event is None else job.hear(event)[0])
    return heard


def _given_up(jobs: Sequence[Job], hands: Hands) -> list[Job]:
    """Without the legs of which an order lives that was proven to be over: all of it is cancelled.

    No broker should do that. Where one does, two orders are in the market, and none follows.
    """
    mine = {job.part.key: job for job in jobs}
    after = dict(mine)
    for row in hands.book.unsettled(hands.post.account):
        job = mine.get(leg_key(row.order.key))
        if job is None or row.order.key == job.key:
            continue
        after[job.part.key] = job.hear(Lost(f"{row.order.key} lives, although it was over"))[0]
        hands.post.step(f"giving up {job.part.key}")
        for key in (row.order.key, job.key):
            hands.broker.cancel(key)
    return list(after.values())


def _event(state: Worked, row: OrderRow | None, hands: Hands) -> Event | None:
    """What the book and the broker say of an order; None while there is no proof of its end."""
    assert row is not None, "an order is intended before it is worked"
    if row.filled >= row.order.quantity or not row.is_settled:
        return Traded(row.filled)
    if row.last_event != "cancelled":
        return Lost(f"{row.last_event}: {row.detail}")
    if is_over(row, hands.broker):
        return Ended(row.filled)
    return Traded(row.filled) if row.filled > state.traded else None


def _quotes(jobs: Iterable[Job], hands: Hands) -> dict[Symbol, Quote]:
    """What the market says of the names of which something is due."""
    now = hands.post.clock.now()
    names = [job.symbol for job in jobs if _is_due(job, now)]
    found: dict[Symbol, Quote] = {}
    for start in range(0, len(names), QUOTES_AT_ONCE):
        found |= hands.broker.quotes(names[start : start + QUOTES_AT_ONCE])
    return found


def _is_due(job: Job, now: datetime) -> bool:
    if job.state.phase is Phase.WORKING:
        return job.terms.step_at(now) > job.state.step
    return job.state.phase is Phase.READY


def _freed(
    before: Sequence[Job], after: Sequence[Job], passage: gate.Passage, hands: Hands
) -> gate.Passage:
    """The passage with what the orders have not taken whose end is proven since."""
    over = [
        old.key
        for old, new in zip(before, after, strict=True)
        if old.state.may_be_live and new.state.phase is Phase.READY
    ]
    for row in hands.book.orders_named(hands.post.account, over):
        passage = released(passage, row.order, row.filled)
    return passage


def _cancelled(
    job: Job,
    moved: Job,
    quotes: Mapping[Symbol, Quote],
    forecast: gate.Passage,
    hands: Hands,
) -> tuple[Job, gate.Passage]:
    """Ask for the end of an order, unless it is to be priced anew and the gate would not have it.

    ``forecast`` is the passage as if the prices before had been taken already.
    """
    post, now = hands.post, hands.post.clock.now()
    if job.state.phase is Phase.WORKING and now < job.terms.deadline:
        price = job.terms.ladder.price(job.terms.step_at(now), quotes.get(job.symbol))
        assert price is not None, "a better price is due"
        leg = job.next_leg(price)
        free = released(forecast, job.newest.order, job.state.traded)
        if gate.refusal(leg.order, free, _as_if_now(leg, quotes, free, hands)):
            return replace(job, state=looked(job.state, now, job.terms)), forecast
        forecast = free.after(leg.order, "accepted")
    obey(post, hands.broker)
    hands.book.leases.renew(post.account, now)
    post.step(f"replacing {job.key}")
    hands.broker.cancel(job.key)
    return moved, forecast


def _as_if_now(
    leg: Leg, quotes: Mapping[Symbol, Quote], passage: gate.Passage, hands: Hands
) -> gate.Moment:
    """The moment at which the gate is asked beforehand; of the household it is asked later."""
    post = hands.post
    now = post.clock.now()
    locks = hands.book.locked(post.account, post.session.day)
    return gate.Moment(
        now=now,
        send_before=now + timedelta(seconds=CONFIRM_SECONDS),
        quote=quotes.get(leg.order.symbol),
        halted=gate.forbidden(post.halt(hands.book), leg.order, passage),
        lock=locks.get(leg.order.symbol, ""),
        is_open=True,
    )
