"""The row of ``trimtab check`` on price histories: can they be had, and what is there?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.cli.accounts import label
from bot.cli.exits import Exit
from bot.cli.finding import Finding
from bot.cli.wiring import make_book

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config

NAMES_MAX = 5


def price_findings(config: "Config") -> Iterator[Finding]:
    """Sources that cannot be asked, names that they do not have, and what the book has."""
    with make_book(config) as book:
        from bot.prices.cached import cached
        from bot.prices.history import Owner

        for account in config.accounts:
            yield from _folder(account)
            yield from _adapter(account)
            names = tuple(symbol for symbol, _ in account.policy.target.weights)
            found = cached(book, Owner(account.account, account.prices), names)
            said = found.sentence if found.bars else "none in the book yet; the first look asks"
            yield Finding("ok", f"prices: {label(account)}: {said}")


def _folder(account: "AccountConfig") -> Iterator[Finding]:
    from bot.prices.folder import FromFolder
    from bot.prices.source import NoPrices

    folder = account.prices.folder
    if folder is None:
        return
    try:
        there = set(FromFolder(folder, "").symbols())
    except NoPrices as exc:
        yield Finding("fail", f"prices: {exc}", exc.remedy, Exit.ENVIRONMENT)
        return
    lost = [symbol for symbol, _ in account.policy.target.weights if symbol not in there]
    if lost:
        more = f" and {len(lost) - NAMES_MAX} more" if len(lost) > NAMES_MAX else ""
        what = f"prices: {folder} has none of {', '.join(lost[:NAMES_MAX])}{more}"
        yield Finding("warn", what, "add their files; docs/prices.md tells the form")


def _adapter(account: "AccountConfig") -> Iterator[Finding]:
    from bot.prices.adapter import GROUP, installed

    adapter = account.prices.adapter
    if adapter and adapter not in installed():
        there = ", ".join(installed()) or "none"
        fix = f"install the package that has it; the group {GROUP} has: {there}"
        yield Finding("fail", f"prices: adapter {adapter} is not installed", fix, Exit.ENVIRONMENT)
