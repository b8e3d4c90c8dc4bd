"""One account as it is now, looked at without writing anything down.

It is given a ``Market``, which cannot trade, and reads the book as it is: where the broker already
says something else, the book is behind, and no figure would be right.
"""

from typing import TYPE_CHECKING

from bot.cli.accounts import labels
from bot.cli.exits import WrongUse

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config
    from bot.post import Post
    from brokers.broker import Market
    from strategies.snapshot import Snapshot


def single(config: "Config", accounts: "tuple[AccountConfig, ...]") -> "AccountConfig":
    """The one account that is asked about."""
    if len(accounts) != 1:
        raise WrongUse(
            f"{config.path} has several accounts: {labels(accounts)}",
            f"name one: trimtab whatif {accounts[0].account}",
        )
    return accounts[0]


def seen(config: "Config", account: "AccountConfig") -> "Snapshot":
    """All that a plan would know of ``account``; ``Refusal`` where book and broker differ."""
    from bot.cli.wiring import hands_of, open_book, open_office
    from bot.rounds import planning_post

    with open_book(config):  # a book that is not there is not made for a look
        pass
    with open_office(config, hands_of(config), [account]) as (office, desks):
        return look(planning_post(desks[0], office), desks[0].broker, office.book)


def look(post: "Post", market: "Market", book: "Book") -> "Snapshot":
    """As ``prepare`` looks, without what it writes down."""
    from bot.observe import observe
    from bot.reconcile import Refusal, read_account
    from bot.reconcile.account import check_identity
    from bot.reconcile.agree import compare

    state = read_account(market)
    check_identity(post.account, post.identity, state)
    known = compare(post.policy, state, book)
    if known.breaks:
        raise Refusal(
            f"the book is behind the broker ({known.breaks[0].words})",
            f"trimtab plan --account {post.account} brings it up to date",
        )
    return observe(post, known, market, book)
