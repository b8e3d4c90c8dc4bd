"""Orders for the closing auction: sent last of all, and left alone until it is over.

They are sent once, at their limit, and neither priced anew nor cut: what does not trade in the
auction ends with it, and is planned afresh by a later cycle. Until the close nothing else is
planned for the account.
"""

from datetime import datetime

from bot import gate
from bot.book.book import Book
from bot.book.rows import OrderRow
from bot.carry.sending import quotes_of, send_wave
from bot.carry.waiting import stopped
from bot.carry.working import Hands
from bot.post import Post
from brokers.words import AccountId, OrderKey, TimeInForce
from strategies.plan import Leg, Plan


def is_for_auction(leg: Leg) -> bool:
    """Whether it is for the closing auction, and not worked in the session."""
    return leg.order.force is TimeInForce.CLOSE


def send_to_auction(passage: gate.Passage, hands: Hands) -> gate.Passage:
    """Send what the plan has for the auction, its sales first, and wait for nothing."""
    legs = [leg for leg in passage.plan.legs if is_for_auction(leg)]
    if not legs or stopped(hands.post, hands.book):
        return passage
    quotes = quotes_of(legs, hands.broker)
    passage = send_wave(legs, quotes, passage, hands.post, hands.broker, hands.book)
    hands.post.step("auction sent")
    return passage


def at_auction(post: Post, book: Book) -> tuple[OrderRow, ...]:
    """Orders that wait for the auction of this session; none where a halt takes orders back."""
    now = post.clock.now()
    if now >= post.session.closes or not book.unsettled(post.account):
        return ()
    if (halt := post.halt(book)) is not None and halt.takes_back:
        return ()
    return open_for_auction(post.account, post.session.opens, book)


def open_for_auction(account: AccountId, since: datetime, book: Book) -> tuple[OrderRow, ...]:
    """Orders for an auction, made from ``since`` on, that may still fill as far as is known."""
    rows = (row for row in book.unsettled(account) if row.order.force is TimeInForce.CLOSE)
    return tuple(row for row in rows if row.created >= since)


def for_auction(plan: Plan) -> frozenset[OrderKey]:
    """The orders of the plan that are for the auction."""
    return frozenset(leg.order.key for leg in plan.legs if is_for_auction(leg))
