"""The one place where an order leaves."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.book.book import Book
from bot.book.life import Answered, Event, Held, Life, Passed, Write, advance, begun
from bot.gate.pace import too_early
from bot.gate.passage import Moment, Passage, place
from bot.gate.rules import JUMP, refusal
from bot.quotes import is_plausible
from brokers.broker import Accepted, Broker, Refused, SubmitResult, Unclear
from brokers.words import ZERO, Order
from strategies.plan import Leg

NO_LOOK = timedelta(0)
"""Nothing is looked up here."""


def send(leg: Leg, passage: Passage, moment: Moment, broker: Broker, book: Book) -> Passage:
    """Send one order, or refuse to and write down why. Its intent is committed already.

    That it is sent is in the book before it leaves: an intent without that note never left, and
    a book that cannot be written stops the order, as does one that another process works now
    (``NotHolder``). A process that stood still since then looks at the clock and lets it be, and
    the kill switch is looked at last of all. An unclear answer stays open until it is looked up.
    """
    order, result = leg.order, None
    moment = _in_turn(order, passage, moment, broker, book)
    life = begun(order, moment.now)
    if not (why := refusal(order, passage, moment)):
        life = _write(life, Passed(), moment.now, book)
        if moment.clock is not None and moment.clock.now() > moment.send_before:
            why = "its time to be sent passed while this process stood still"
    if not why:
        with moment.last_look() as why:
            result = None if why else broker.submit(order)
    if result is None:
        _leave_alone(order, passage, moment, why, book)
        _write(life, Held(why), moment.now, book)
        return passage
    answer = _answer(result)
    _write(life, answer, moment.now, book)
    if answer.step == "blocked":
        return passage
    return passage.after(order, answer.step, moment.now)


def _write(life: Life, event: Event, now: datetime, book: Book) -> Life:
    """Write down what the event makes of the order; it is on the disk when this returns."""
    after, commands = advance(life, event, now, NO_LOOK)
    book.note([command.note for command in commands if isinstance(command, Write)])
    return after


def _in_turn(order: Order, passage: Passage, moment: Moment, broker: Broker, book: Book) -> Moment:
    """The moment at which the order may leave at the broker's pace, with what was sent before it.

    What has to wait so long that its time passes is refused for that.
    """
    if place(order) in passage.sends:
        before = book.worked(passage.plan.plan_id, order.symbol, order.key)
        moment = replace(moment, before=before)
    wait = too_early(passage.sent_at, moment.now, broker.capabilities.orders_per_second)
    if wait and moment.clock is not None:
        moment.clock.sleep(wait)
        return replace(moment, now=moment.clock.now())
    return moment


def _leave_alone(order: Order, passage: Passage, moment: Moment, why: str, book: Book) -> None:
    """A name whose price has jumped is left alone until a person clears it."""
    close = passage.closes.get(order.symbol, ZERO)
    if why.startswith(JUMP) and moment.quote is not None and is_plausible(close):
        reason = why.removeprefix(JUMP).lstrip(": ")
        book.latches.quarantine(passage.plan.account, order.symbol, reason, moment.now)


def _answer(result: SubmitResult) -> Answered:
    match result:
        case Accepted(broker_id):
            return Answered("accepted", broker_id=broker_id)
        case Refused(reason):
            return Answered("refused" if result.left else "blocked", reason)
        case Unclear(reason):
            return Answered("unclear", reason)
        case _:
            assert_never(result)
