"""Which account, and which money: TWS's login, the port and the config must be of one kind.

One login can manage several accounts, an adviser's hundreds. Orders go to the one that is named,
never to a group and never to the adviser's own account, which would spread them.
"""

import re
from collections.abc import Sequence

from brokers.broker import Misconfigured
from brokers.settings import IbkrSettings
from brokers.words import Environment

PAPER_START = "D"
"""How the numbers of accounts with pretended money begin: DU, DF, DI."""

ADVISER = re.compile(r"D?F\d+")
"""The number of an adviser's own account, under which those of the clients are."""

PORTS = {
    7496: Environment.LIVE,
    4001: Environment.LIVE,
    7497: Environment.PAPER,
    4002: Environment.PAPER,
}
"""TWS's and IB Gateway's own ports; any other may be either."""

SHOWN_MAX = 5


def environment_of(account: str) -> Environment:
    """Whether the money of ``account`` is real."""
    return Environment.PAPER if account.startswith(PAPER_START) else Environment.LIVE


def check_port(settings: IbkrSettings) -> None:
    """Refuse a port that is known to be of the other kind, before anything is sent."""
    kind = PORTS.get(settings.port, settings.environment)
    if kind is not settings.environment:
        raise Misconfigured(
            f"port {settings.port} is for {kind} accounts, but this account is"
            f" {settings.environment}",
            "make environment and port those of one login",
        )


def account_of(settings: IbkrSettings, managed: Sequence[str]) -> str:
    """The account that is traded, once it is known to be the right one."""
    wanted = settings.account or _only(managed)
    if wanted not in managed:
        raise Misconfigured(
            f"account {wanted} is not among those of TWS's login: {shown(managed)}",
            "log TWS in as the user of this account, or mend account in [accounts.NAME.ibkr]",
        )
    if ADVISER.fullmatch(wanted) and len(managed) > 1:
        raise Misconfigured(
            f"{wanted} is an adviser's own account", "name one client account: " + shown(managed)
        )
    kind = environment_of(wanted)
    if kind is not settings.environment:
        raise Misconfigured(
            f"TWS at port {settings.port} is logged in to {wanted}, a {kind} account, but this"
            f" account is {settings.environment}",
            "make environment, port and TWS's login those of one account",
        )
    return wanted


def _only(managed: Sequence[str]) -> str:
    if len(managed) == 1:
        return managed[0]
    raise Misconfigured(
        f"TWS's login has {len(managed)} accounts: {shown(managed)}",
        "name one of them as account in [accounts.NAME.ibkr]",
    )


def shown(managed: Sequence[str]) -> str:
    """The first few accounts of a login."""
    more = f" and {len(managed) - SHOWN_MAX} more" if len(managed) > SHOWN_MAX else ""
    return ", ".join(managed[:SHOWN_MAX]) + more
