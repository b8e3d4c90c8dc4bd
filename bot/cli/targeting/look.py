"""One account as its config has it, to be looked at and not traded."""

from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.accounts import chosen, labels
from bot.cli.exits import WrongUse
from bot.cli.whatif.account import seen
from bot.cli.wiring import read_config

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from strategies.snapshot import Snapshot


def open_account(path: Path, name: str | None, verb: str) -> "tuple[Config, AccountConfig]":
    """The config, and the one account that is asked about."""
    if not path.exists():
        raise WrongUse(
            f"{path}: no such file, and no numbers are given",
            "trimtab init writes one; files need none: --cov COV.csv --mean MEAN.csv",
        )
    config = read_config(path)
    accounts = chosen(config, name)
    if len(accounts) != 1:
        raise WrongUse(
            f"{config.path} has several accounts: {labels(accounts)}",
            f"name one: trimtab {verb} {accounts[0].account}",
        )
    return config, accounts[0]


def look(config: "Config", account: "AccountConfig") -> "Snapshot":
    """All that a plan would know of it. Raises ``Refusal`` where there is nothing to judge."""
    from bot.reconcile import Refusal
    from strategies.plan import sound_nav

    snapshot = seen(config, account)
    if sound_nav(snapshot) <= 0:
        raise Refusal(f"{account.account} is worth nothing", "bring money in, or look at it again")
    return snapshot
