"""Which account, and which money: addresses and keys that must belong together.

Alpaca has one address for pretended and one for real money, each with keys of its own. Nothing
is sent where they do not fit: a live key on the paper address is a mistake, not a question.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from brokers.broker import Misconfigured
from brokers.settings import AlpacaSettings
from brokers.words import Environment

HOSTS = {
    "paper-api.alpaca.markets": Environment.PAPER,
    "api.alpaca.markets": Environment.LIVE,
}
"""Alpaca's own addresses; at any other (a proxy, a stand-in) the config's word holds."""

ADDRESSES = {environment: f"https://{host}" for host, environment in HOSTS.items()}

KEY_KINDS = {"PK": Environment.PAPER, "AK": Environment.LIVE}
"""How the key ids of paper and of live accounts begin."""

QUOTE_STREAMS = {
    "data.alpaca.markets": "wss://stream.data.alpaca.markets",
    "data.sandbox.alpaca.markets": "wss://stream.data.sandbox.alpaca.markets",
}
"""Where Alpaca streams quotes, by where it answers requests; anywhere else it is one address."""

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Access:
    """Where an account is reached and with what. The keys are in no message and no repr."""

    environment: Environment
    trading_url: str
    data_url: str
    quotes_url: str
    """Of the websocket of quotes, without the feed."""
    key_id: str = field(repr=False)
    secret_key: str = field(repr=False)


def access_of(settings: AlpacaSettings, reveal: Callable[[str], str]) -> Access:
    """Addresses and keys, once they fit together. Raises ``Misconfigured``."""
    wanted = settings.environment
    trading_url = _address(settings.trading_url or ADDRESSES[wanted], "trading_url")
    _same(HOSTS.get(urlsplit(trading_url).hostname or "", wanted), wanted, "trading_url is")
    key_id = _key(reveal(settings.key_id), settings.key_id)
    _same(KEY_KINDS.get(key_id[:2], wanted), wanted, f"the secret {settings.key_id} is a key")
    data_url = _address(settings.data_url, "data_url")
    return Access(
        environment=wanted,
        trading_url=trading_url,
        data_url=data_url,
        quotes_url=_quotes_url(settings.quotes_url, data_url),
        key_id=key_id,
        secret_key=_key(reveal(settings.secret_key), settings.secret_key),
    )


def _address(url: str, name: str) -> str:
    """An address that keys may be sent to: encrypted, unless it does not leave this machine."""
    parts = urlsplit(url)
    encrypted = parts.scheme == "https" or parts.hostname in LOOPBACK
    if parts.scheme not in {"http", "https"} or not parts.hostname or not encrypted:
        raise Misconfigured(f"{name} = {url!r} is not an https address", f"mend {name}")
    return url.rstrip("/").removesuffix("/v2")


def websocket_of(url: str) -> str:
    """The websocket's address at the same place as an ``http`` one."""
    return f"ws{url.removeprefix('http')}"


def _quotes_url(told: str | None, data_url: str) -> str:
    """The websocket's address: as told, or beside the one of requests."""
    if told is not None:
        return websocket_of(_address(told, "quotes_url"))
    own = QUOTE_STREAMS.get(urlsplit(data_url).hostname or "")
    return own or websocket_of(data_url)


def _same(found: Environment, wanted: Environment, what: str) -> None:
    if found is not wanted:
        raise Misconfigured(
            f"{what} for {found} accounts, but this account is {wanted}",
            "make environment, trading_url and keys those of one account",
        )


def _key(text: str, name: str) -> str:
    """A key without the space or newline that a file may have added."""
    key = text.strip()
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", key):
        raise Misconfigured(f"the secret {name} is not a key", f"put the key into {name} again")
    return key
