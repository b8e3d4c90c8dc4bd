"""The account that is asked about, and what it knows of substitutes, looked at without trading."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.cli.accounts import chosen, labels
from bot.cli.exits import WrongUse
from bot.cli.harvesting.home import Given, Known, known
from brokers.words import ZERO, Symbol
from strategies.policy import TaxKind
from strategies.policy.target import Target

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from bot.post import Post
    from strategies.snapshot import Snapshot


def one(config: "Config", name: str | None) -> "AccountConfig":
    """The taxable account that is asked about: the one that is named, or the only one."""
    accounts = chosen(config, name)
    taxable = tuple(each for each in accounts if each.policy.tax.kind is TaxKind.TAXABLE)
    if not taxable:
        kind = accounts[0].policy.tax.kind.value
        which = accounts[0].account if len(accounts) == 1 else "every account"
        what = f"{which} is {kind}: nothing is realised there, so there is no loss to harvest"
        remedy = "name a taxable account, or set tax.kind; trimtab harvest --calendar sees them all"
        raise WrongUse(what, remedy)
    if len(taxable) > 1:
        what = f"{config.path} has several taxable accounts: {labels(taxable)}"
        raise WrongUse(what, f"name one: trimtab harvest {taxable[0].account}")
    return taxable[0]


def seen(
    config: "Config", account: "AccountConfig", more: Iterable[Symbol], given: Given
) -> "tuple[Snapshot, Known]":
    """The account with the names ``more`` beside its own; ``Refusal`` where the book is behind."""
    from bot.cli.whatif.account import look
    from bot.cli.wiring import hands_of, open_book, open_office
    from bot.rounds import planning_post

    with open_book(config):  # a book that is not there is not made for a look
        pass
    with open_office(config, hands_of(config), [account]) as (office, desks):
        post = _with(planning_post(desks[0], office), more)
        snapshot = look(post, desks[0].broker, office.book)
        alike = [each for each in config.accounts if each.environment is account.environment]
        return snapshot, known(config, alike, office.book, given, office.clock.now())


def _with(post: "Post", more: Iterable[Symbol]) -> "Post":
    """The same post, which also looks at substitutes: wanted, and at no weight."""
    weights = dict(post.policy.target.weights)
    every = {**dict.fromkeys(more, ZERO), **weights}
    target = Target("fixed", tuple(every.items()))
    return replace(post, policy=replace(post.policy, target=target))


def household(config: "Config", given: Given) -> Known:
    """The household alone, that of real money where there is any: no broker is asked."""
    from bot.cli.taxing.gather import of_one_kind
    from bot.cli.wiring import hands_of, open_book

    now = hands_of(config).clock.now()
    with open_book(config) as book:
        return known(config, of_one_kind(config.accounts), book, given, now)
