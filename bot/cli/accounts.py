"""Which accounts a verb is about, and the words that they are called by."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from brokers.words import Environment

EVERY = "*"


def chosen(config: "Config", name: str | None) -> "tuple[AccountConfig, ...]":
    """The account that is named, or all of them; ``WrongUse`` where there is none such."""
    if name in {None, EVERY}:
        return config.accounts
    found = tuple(account for account in config.accounts if account.account == name)
    if not found:
        raise unknown(config, str(name))
    return found


def unknown(config: "Config", name: str) -> WrongUse:
    """No account is called so; names that look like it are suggested."""
    known = [str(account.account) for account in config.accounts]
    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there is: {', '.join(known)}"
    return WrongUse(f"{config.path} has no account {name!r}", hint)


def label(account: "AccountConfig") -> str:
    """Whether the money is real, and the account: ``PAPER demo``."""
    return f"{account.environment} {account.account}"


def labels(accounts: "tuple[AccountConfig, ...]") -> str:
    """Several of them: ``PAPER demo, LIVE ira``."""
    return ", ".join(label(account) for account in accounts)


def environments(accounts: "tuple[AccountConfig, ...]") -> "Mapping[str, Environment]":
    """Whether the money of each account is real."""
    return {account.account: account.environment for account in accounts}
