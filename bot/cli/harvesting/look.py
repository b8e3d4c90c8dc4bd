"""The account that is asked about, and what it knows of substitutes, looked at without trading."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.cli.accounts import chosen, labels
from bot.cli.exits import WrongUse
from brokers.words import ZERO, Symbol
from strategies.policy import TaxKind
from strategies.policy.target import Target

if TYPE_CHECKING:
    from bot.cli.families import Given
    from bot.config.settings import AccountConfig, Config, HouseholdSettings
    from bot.household.kin import Known
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
    config: "Config",
    account: "AccountConfig",
    more: Iterable[Symbol],
    settings: "HouseholdSettings",
) -> "tuple[Snapshot, Known]":
    """The account with the names ``more`` beside its own; ``Refusal`` where the book is behind."""
    from bot.cli.families import family_of
    from bot.cli.whatif.account import look
    from bot.cli.wiring import hands_of, open_book, open_office
    from bot.household.kin import Kin
    from bot.rounds import planning_post

    with open_book(config):  # a book that is not there is not made for a look
        pass
    with open_office(config, hands_of(config), [account]) as (office, desks):
        kin = Kin(settings, family_of(config, account).accounts, office.book, strict=True)
        known = kin.known(office.clock.now())
        post = _with(replace(planning_post(desks[0], office), kin=kin), more)
        return look(post, desks[0].broker, office.book), known


def _with(post: "Post", more: Iterable[Symbol]) -> "Post":
    """The same post, which also looks at substitutes: wanted, and at no weight."""
    weights = dict(post.policy.target.weights)
    every = {**dict.fromkeys(more, ZERO), **weights}
    target = Target("fixed", tuple(every.items()))
    return replace(post, policy=replace(post.policy, target=target))


def household(config: "Config", name: str | None, given: "Given") -> "Known":
    """The household alone, that of real money where there is any: no broker is asked."""
    from bot.cli.families import family
    from bot.cli.wiring import hands_of, open_book
    from bot.household.kin import Kin

    ours = family(config, name)
    with open_book(config) as book:
        kin = Kin(given.over(ours.settings), ours.accounts, book, strict=True)
        return kin.known(hands_of(config).clock.now())
