"""What the kill switch and the halts of the book say to one order, also at the very last."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.book.book import Book
from bot.gate.passage import Passage
from bot.post import Post
from bot.switch import Halt, worst
from brokers.words import ZERO, Order, Side


def forbidden(halt: Halt | None, order: Order, passage: Passage) -> str:
    """Why ``order`` may not leave, or an empty string."""
    if halt is None:
        return ""
    free = passage.held.get(order.symbol, ZERO)
    is_sale = order.side is Side.SELL and order.quantity <= free
    return halt.forbids(is_sale_of_held=is_sale)


@contextmanager
def last_look(order: Order, passage: Passage, post: Post, book: Book) -> Iterator[str]:
    """Look again, and hold the switch: whoever throws it can wait until this order has left."""
    with post.switch.turn() as flag:
        known = flag is not None and flag.plans_nothing
        halt = flag if known else worst(flag, book.halted(post.account))
        why = forbidden(halt, order, passage)
        yield f"halt: {why}" if why else ""
