"""One wave leaves: its intents in one commit, then order by order through the gate."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from bot import gate
from bot.book.book import Book
from bot.book.rows import Intent, Note
from bot.carry.passages import counted_once
from bot.carry.waiting import obey, stopped
from bot.clock import Clock
from bot.pairs import allowed, filled_of
from bot.post import Post
from brokers.broker import Broker
from brokers.words import USD, ZERO, OrderKey, Quote, Symbol, is_finite_positive
from strategies.plan import Leg, Plan, child_key, child_number, leg_key
from strategies.washes.home import Home

QUOTE_SECONDS = 5.0
"""How long one reading of quotes may serve the orders behind it."""

QUOTES_AT_ONCE = 100


def send_wave(
    legs: Sequence[Leg],
    quotes: Mapping[Symbol, Quote],
    passage: gate.Passage,
    post: Post,
    broker: Broker,
    book: Book,
) -> gate.Passage:
    """Commit the intents of one wave, then send them one by one at the broker's pace.

    ``quotes`` are what their limits were made from, or what there is before they are sent.
    """
    gap = pace(broker)
    intents = _intents(legs, quotes, passage.plan, gap, post)
    book.intend(passage.plan.plan_id, post.account, intents)
    post.step("intended")
    locks = book.locked(post.account, post.session.day)
    filled = filled_of(passage.plan, book) if any(leg.instead_of for leg in legs) else {}
    for turn, quote, told in _turns(legs, gap, post.clock, broker):
        if why := stopped(post, book):
            obey(post, broker)
            _drop(intents[turn:], why, post, book)
            break
        leg = legs[turn]
        order = leg.order
        moment = gate.Moment(
            now=post.clock.now(),
            send_before=intents[turn].send_before,
            quote=quote,
            halted=gate.forbidden(post.halt(book), order, passage),
            lock=locks.get(order.symbol, ""),
            is_open=told.is_open,
            clock_off_seconds=told.ahead_seconds,
            home=_home(passage.plan, post),
            most=_most(leg, passage.plan, filled, broker),
            clock=post.clock,
            last_look=partial(gate.last_look, order, passage, post, book),
        )
        post.step(f"sending {order.key}")
        counted = counted_once(passage, order)
        after = gate.send(leg, counted, moment, broker, book)
        passage = passage if after is counted else after
        post.step(f"sent {order.key}")
    return passage


def pace(broker: Broker) -> timedelta:
    """Time from one order to the next, as fast as the broker takes them."""
    return timedelta(seconds=1) / float(broker.capabilities.orders_per_second)


def quotes_of(legs: Sequence[Leg], broker: Broker) -> dict[Symbol, Quote]:
    """What the market says now of the names of ``legs``."""
    found: dict[Symbol, Quote] = {}
    for start in range(0, len(legs), QUOTES_AT_ONCE):
        names = [leg.order.symbol for leg in legs[start : start + QUOTES_AT_ONCE]]
        found |= broker.quotes(names)
    return found


def _home(plan: Plan, post: Post) -> Home | None:
    """The household as it is now, where the account is reckoned in the money of its law."""
    return None if post.kin is None or plan.base != USD else post.kin.home(post.clock.now())


def _most(
    leg: Leg, plan: Plan, filled: Mapping[OrderKey, Decimal], broker: Broker
) -> Decimal | None:
    if not leg.instead_of or not broker.capabilities.sends_orders:
        return None
    key = leg_key(leg.order.key)
    planned = next(each for each in plan.legs if each.order.key == key)
    return allowed(planned, plan, filled) - filled.get(key, ZERO)


def _intents(
    legs: Sequence[Leg],
    quotes: Mapping[Symbol, Quote],
    plan: Plan,
    gap: timedelta,
    post: Post,
) -> list[Intent]:
    """One intent a leg; each may be sent until a while after its own turn."""
    now = post.clock.now()
    patience = timedelta(seconds=post.limits.send_within_seconds)
    place = {leg.order.key: number for number, leg in enumerate(plan.legs)}
    intents = []
    for turn, leg in enumerate(legs):
        key, number = leg_key(leg.order.key), child_number(leg.order.key)
        mid, half_spread = _touches(quotes.get(leg.order.symbol))
        intents.append(
            Intent(
                leg.order,
                place[key],
                now,
                now + gap * turn + patience,
                replaces=child_key(key, number - 1) if number else None,
                mid=mid,
                half_spread=half_spread,
            )
        )
    return intents


def _touches(quote: Quote | None) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Mid and half spread of a quote that makes sense; the gate says what is wrong with another."""
    if quote is None or not (is_finite_positive(quote.bid) and is_finite_positive(quote.ask)):
        return None, None
    return (quote.mid, quote.half_spread) if quote.bid <= quote.ask else (None, None)


class Told(NamedTuple):
    """What the broker's clock says: whether it takes orders, and how far it is ahead of ours."""

    is_open: bool
    ahead_seconds: float


def _turns(
    legs: Sequence[Leg], gap: timedelta, clock: Clock, broker: Broker
) -> Iterator[tuple[int, Quote | None, "Told"]]:
    """Each turn when it has come, with a quote that was read shortly before.

    Turns are ``gap`` apart from the first on, so that a slow broker does not slow the rest.
    """
    size = min(QUOTES_AT_ONCE, max(1, int(QUOTE_SECONDS / gap.total_seconds())))
    quotes: Mapping[Symbol, Quote] = {}
    told, start = Told(is_open=False, ahead_seconds=0.0), clock.now()
    for turn, leg in enumerate(legs):
        wait = (start + gap * turn - clock.now()).total_seconds()
        if wait > 0:
            clock.sleep(wait)
        if turn % size == 0:
            quotes = broker.quotes([ahead.order.symbol for ahead in legs[turn : turn + size]])
            theirs = broker.clock()
            told = Told(theirs.is_open, (theirs.time - clock.now()).total_seconds())
        yield turn, quotes.get(leg.order.symbol), told


def _drop(intents: Sequence[Intent], why: str, post: Post, book: Book) -> None:
    """Write down that these orders will not be sent."""
    now = post.clock.now()
    book.note([Note(intent.order.key, "blocked", now, detail=why) for intent in intents])
