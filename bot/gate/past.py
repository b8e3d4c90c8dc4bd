"""What the gate must know of the ten sessions before a plan, read once when it is taken up."""

from bot.book.book import Book
from bot.gate.passage import Past
from bot.post import Post


def past(post: Post, book: Book) -> Past:
    """What was traded lately. Names that the broker turns down again and again are left alone."""
    pause_refused(post, book)
    sessions = post.limits.reversal_sessions
    apart = post.opening(sessions - 1) if sessions else post.clock.now()
    return Past(
        traded=book.recent(post.account, post.session.opens, apart),
        cleared=book.latches.cleared(post.account, post.vouched_from),
    )


def pause_refused(post: Post, book: Book) -> None:
    """Leave alone, until a person clears it, what was turned down too often for one reason."""
    known = book.latches.names(post.account)
    for symbol, told in book.same_reasons(post.account, post.lookback).items():
        word = known.get(symbol)
        is_new = word is None or word.time < told.last
        if told.times >= post.limits.rejects_same_reason and is_new:
            why = f"{told.times} orders in it were turned down: {told.reason or 'no reason given'}"
            book.latches.quarantine(post.account, symbol, why, post.clock.now())
