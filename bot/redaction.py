"""No secret leaves: whatever is written, shown, sent or kept passes this filter on its way out.

Two sieves. By value: every secret that was ever fetched by this process, in each of the forms in
which text carries it (in a URL, in JSON, in HTML, in base64). By pattern: what looks like a
credential although nobody told us of it, such as a password in a URL or a bearer token.

The sinks call it, not the places that speak: the terminal, the log, the book's free text, mail,
the pages of ``bot.health``. So an exception whose text holds a key does no harm wherever it goes.
"""

import re
import threading
from collections.abc import Iterator
from functools import cache

HIDDEN = "***"

SHORT = 4
"""Shorter secrets cannot be told from ordinary text."""

LONG = 12
"""From so many characters on a secret is found inside other words too."""


class Sieve:
    """The values that must not pass. They are added from any thread and never taken out."""

    def __init__(self) -> None:
        """Everything passes."""
        self._adding = threading.Lock()
        self._values: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def keep_out(self, value: str) -> None:
        """From now on ``value`` passes in none of its forms."""
        if len(value) < SHORT:
            return
        with self._adding:
            more = frozenset(_forms(value)) - self._values
            if more:
                self._values |= more
                longest_first = sorted(self._values, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(_expression, longest_first)))

    def sifted(self, text: str) -> str:
        """``text`` without the values."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


def _forms(value: str) -> Iterator[str]:
    """The ways in which text carries ``value``, of those that are long enough to be told apart."""
    from base64 import b64encode
    from html import escape
    from json import dumps
    from urllib.parse import quote, quote_plus

    raw = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        escape(value),
        dumps(value)[1:-1],
        dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        b64encode(raw).decode(),
        *(_inside_base64(raw, before) for before in range(3)),
    }
    forms |= {line for line in value.splitlines() if len(line) >= LONG}
    yield from (form for form in forms if len(form) >= SHORT)


def _inside_base64(raw: bytes, before: int) -> str:
    """What stands for ``raw`` wherever it is a part of what is encoded, as in AUTH PLAIN.

    Three bytes are four signs, so the ``before`` that come ahead of it, modulo three, tell all that
    there is to it. Signs that stand for its neighbours, too, are left out.
    """
    from base64 import b64encode

    signs = b64encode(bytes(before) + raw).decode()
    return signs[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]


def _expression(value: str) -> str:
    inside = re.escape(value)
    return inside if len(value) >= LONG else rf"(?<![A-Za-z0-9]){inside}(?![A-Za-z0-9])"


_NAMES = (
    r"apca-api-key-id|apca-api-secret-key|x-api-key|api[_-]?key(?:[_-]?id)?|secret[_-]?key|"
    r"client[_-]?secret|access[_-]?token|refresh[_-]?token|auth[_-]?token|passw(?:or)?d|token|"
    r"secret"
)

_HINTS = ("://", "=", "bearer ", "basic ", "passw", "token", "secret", "key")
_LOOKS = ("eyJ", "PK", "AK", "CK", "-----BEGIN", "hc-ping", "slack")
"""Without any of these in it, of any case or of this one, a text matches none of the patterns."""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What to look for, and what to put in its place; made when a text first needs it."""
    return tuple((re.compile(pattern), put) for pattern, put in _CREDENTIALS)


_CREDENTIALS = (
    # user:password@ of a URL
    (r"(://)[^/\s:@]*:[^/\s@]+@", rf"\1{HIDDEN}@"),
    # what a query carries
    (
        rf"(?i)([?&;](?:t|key|pw|sig|signature|auth|{_NAMES})=)[^&\s\"'<>]+",
        rf"\1{HIDDEN}",
    ),
    # headers, and their like in dumps of requests and of settings
    (r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{12,}", rf"\1{HIDDEN}"),
    (
        rf"(?i)\b((?:{_NAMES})[\"']?\s*[:=]\s*[\"']?)(?=[^\s\"',;&<>]*[0-9])[^\s\"',;&<>]{{8,}}",
        rf"\1{HIDDEN}",
    ),
    # keys that are known by their looks: Alpaca, JSON web tokens, Telegram, Slack, PEM
    (r"\b(?:PK|AK|CK)[A-Z0-9]{18,24}\b", HIDDEN),
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}", HIDDEN),
    (r"\b(?:bot)?[0-9]{8,10}:[A-Za-z0-9_-]{30,}", HIDDEN),
    (r"(hooks\.slack\.com/services/|hc-ping\.com/)[^\s\"'<>]+", rf"\1{HIDDEN}"),
    (r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", HIDDEN),
)

_SIEVE = Sieve()


def keep_out(value: str) -> None:
    """From now on nothing that this process lets out holds ``value``."""
    _SIEVE.keep_out(value)


def keep_url_out(url: str) -> None:
    """The same for an address whose path or query is a secret; its host may be told."""
    _, _, rest = url.partition("://")
    _, slash, path = rest.partition("/")
    if slash and len(path) >= LONG:  # a short one says what is there, and is no secret
        keep_out(path)
        for part in re.split(r"[/?&=]", path):
            if len(part) >= LONG:  # a word of the path that says enough by itself
                keep_out(part)


def without_secrets(text: str) -> str:
    """``text`` without the secrets of this process: for data, whose form must stay as it is."""
    return _SIEVE.sifted(text)


def redacted(text: str) -> str:
    """``text`` without the secrets of this process, and without what looks like one."""
    sifted = _SIEVE.sifted(text)
    folded = sifted.lower()
    if not any(hint in folded for hint in _HINTS) and not any(look in sifted for look in _LOOKS):
        return sifted
    for pattern, put in _patterns():
        sifted = pattern.sub(put, sifted)
    return sifted
