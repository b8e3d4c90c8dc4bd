"""What can go wrong on the way to Alpaca and back, translated once, by a table.

A reading becomes one of the three errors of the seam. What an order that could not be answered
means is decided by ``verdict``: only Alpaca's own words, in an answer that its contract or HTTP
itself says means "nothing was done", are a refusal; everything else leaves the order unclear.
"""

import json
from collections.abc import Sequence

from alpaca.common.exceptions import APIError
from requests import exceptions as http

from brokers.broker import (
    BadAnswer,
    BrokerError,
    Misconfigured,
    Refused,
    Unclear,
    Unreachable,
)

WORDS_MAX = 200


class Objection(BadAnswer):
    """Alpaca does not take the question as it stands. ``words`` are its own."""

    def __init__(self, words: str) -> None:
        """Keep Alpaca's words, by which one bad symbol among many is found."""
        super().__init__(f"Alpaca objects to a question: {words}", "report it with these words")
        self.words = words


class Trouble(Exception):
    """An exchange that did not end well; it is caught at this border and never seen outside.

    ``status`` is that of the answer, None where there was none; ``words`` are Alpaca's own, empty
    where somebody else answered in its place.
    """

    def __init__(self, status: int | None, words: str, what: str) -> None:
        """Keep what is known; ``what`` says it in a few words."""
        super().__init__(what)
        self.status = status
        self.words = words
        self.what = what


def trouble_of(exc: Exception) -> Trouble:
    """What the library or the network said."""
    if isinstance(exc, APIError):
        body = str(exc)
        words = own_words(body)
        return Trouble(exc.status_code, words, f"{exc.status_code} {words or 'without its words'}")
    return Trouble(None, "", type(exc).__name__)


def own_words(body: str) -> str:
    """The message of a JSON error of Alpaca's, with its code; empty for a page or for nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = found.get("message") if isinstance(found, dict) else None
    if not isinstance(message, str) or not message:
        return ""
    code = found.get("code")
    plain = "".join(char if char.isprintable() else " " for char in message)[:WORDS_MAX]
    return f"{plain} ({code})" if isinstance(code, int) else plain


SERVER_ERROR = 500
ADDRESSES = "check trading_url and data_url"
KEYS = "check alpaca_key_id and alpaca_secret_key, and that they belong to this address"

STATUSES: Sequence[tuple[frozenset[int], type[BrokerError], str]] = (
    (frozenset({401, 403}), Misconfigured, KEYS),
    (frozenset({408, 425, 429}), Unreachable, "it is tried again"),
    (
        frozenset(range(SERVER_ERROR, 600)),
        Unreachable,
        "it is tried again; see status.alpaca.markets",
    ),
)
"""Which error an answer with this status is to a reading; any other status is a ``BadAnswer``."""

FEED = "your market-data plan lacks this feed; set feed and bars_feed in [accounts.NAME.alpaca]"

FAILURES: Sequence[tuple[type[Exception], type[BrokerError], str, str]] = (
    (http.SSLError, Misconfigured, "its certificate is not trusted", "check the address and clock"),
    (http.InvalidURL, Misconfigured, "its address is not one", ADDRESSES),
    (
        http.MissingSchema,
        Misconfigured,
        "its address lacks https://",
        ADDRESSES,
    ),
    (http.InvalidSchema, Misconfigured, "its address is not https", ADDRESSES),
    (http.InvalidHeader, Misconfigured, "the key cannot be sent", KEYS),
    (http.InvalidJSONError, BadAnswer, "its answer is not JSON", ADDRESSES),
    (http.TooManyRedirects, BadAnswer, "it sends us elsewhere", ADDRESSES),
    (http.Timeout, Unreachable, "it did not answer in time", "it is tried again"),
    (http.RequestException, Unreachable, "the link failed", "it is tried again"),
)
"""Which error a failure without an answer is to a reading: the first row that fits."""


BROKEN_OFF = "EOF"
"""In what OpenSSL says where the other end hung up, which is no fault of its certificate."""


def reading_error(exc: Exception) -> BrokerError:
    """The error that a reading raises. Holds nothing that was sent, so no key."""
    if isinstance(exc, APIError):
        return _answered(trouble_of(exc))
    if isinstance(exc, http.SSLError) and BROKEN_OFF in str(exc):
        exc = http.ConnectionError("EOF")
    kind, what, remedy = next(row[1:] for row in FAILURES if isinstance(exc, row[0]))
    return kind(f"Alpaca: {what} ({type(exc).__name__})", remedy)


def _answered(trouble: Trouble) -> BrokerError:
    status = trouble.status or 0
    for statuses, kind, remedy in STATUSES:
        if status in statuses:
            fix = FEED if "subscription" in trouble.words else remedy
            return kind(f"Alpaca answers {trouble.what}", fix)
    if trouble.words and status in {400, 422}:
        return Objection(trouble.words)
    return BadAnswer(f"Alpaca answers {trouble.what}", ADDRESSES)


NOTHING_WAS_DONE = frozenset({400, 401, 403, 422})
"""Statuses that refuse an order for good.

403 and 422 by Alpaca's contract for POST /v2/orders, 400 and 401 by that of HTTP (RFC 9110). Not
429: the contract does not name it for orders, and RFC 6585 does not say that nothing was done.
"""

NOT_UNIQUE = "must be unique"


def verdict(trouble: Trouble) -> Refused | Unclear:
    """What is known of an order whose sending ended in ``trouble``."""
    if trouble.words and trouble.status in NOTHING_WAS_DONE:
        return Refused(trouble.words)
    return Unclear(f"Alpaca: {trouble.what}")


def is_not_unique(trouble: Trouble) -> bool:
    """Whether Alpaca says that it has an order with this key already."""
    return trouble.status == 422 and NOT_UNIQUE in trouble.words.lower()  # noqa: PLR2004 - HTTP
