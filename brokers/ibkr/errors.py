"""What each of TWS's message codes means for what we asked: one row a code.

A code that is not in the table is ``UNKNOWN``: a reading fails, and an order is unclear until it
has been looked up. It is never taken for a refusal. Sources: IB's list of message codes
(interactivebrokers.github.io/tws-api/message_codes.html and its successor on IBKR Campus), what
client libraries were seen to be told, and, where those leave it open, the careful reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message does to the request or the order that it is about."""

    NOTICE = "notice"
    """Nothing is wrong."""
    WARNING = "warning"
    """The order or the request lives on."""
    REFUSAL = "refusal"
    """What was asked is not done and never will be."""
    CANCELLED = "cancelled"
    """The order is at its end."""
    LOOK = "look it up"
    """A cancellation or an order crossed something else on the way: only looking tells."""
    LINK = "connection"
    """TWS, its line to IB, or our line to TWS."""
    DATA = "no data"
    """There is none, or not now; the same question may be answered later."""
    PERMISSION = "no permission"
    """The account has no subscription to this market data."""
    PACING = "too many requests"
    NOT_FOUND = "not found"
    """No such contract."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One code: its kind, and what it says in a few words."""

    kind: Kind
    words: str


def _rows(kind: Kind, words: Mapping[int, str]) -> dict[int, Row]:
    return {code: Row(kind, each) for code, each in words.items()}


REFUSALS = {
    102: "duplicate id of a request",
    103: "duplicate order id",
    104: "a filled order cannot be modified",
    107: "the order is not complete",
    109: "the price is out of the range of the order defaults",
    110: "the price is not on the tick",
    111: "order type and time in force do not fit",
    113: "time in force does not fit a market-on-close order",
    116: "the exchange is not connected",
    117: "the block order is too small",
    125: "a buy cannot be a short order",
    140: "the size must be a whole number",
    141: "the price must be a number",
    144: "the side is not valid",
    145: "an entry is not valid",
    154: "the security is halted",
    163: "the price violates the percentage of the order presets",
    201: "the order is rejected",
    203: "the security is not available to this account",
    301: "the side of the request is not valid",
    311: "the origin is not valid",
    321: "the request is not valid",
    327: "only client id 0 may do this",
    332: "the account codes of the order profile are not valid",
    333: "the allocation of shares is not valid",
    344: "the account is not an adviser's",
    347: "the short sale slot is not valid",
    355: "the size is not on the market rule",
    382: "the price violates the ticks of the order presets",
    383: "the size violates the limit of the order presets",
    387: "the exchange does not take this type of order",
    388: "the order is smaller than the minimum",
    403: "the stop price is not valid",
    406: "the currency is not supported for this order",
    411: "stop orders are not supported",
    412: "the contract cannot be traded",
    434: "the size is zero",
    435: "no account is named",
    436: "no allocation is named",
    10052: "the time in force is not valid",
    10243: "a fractional size cannot be sent through the API",
    10244: "a cash quantity cannot be used here",
    10245: "the instrument does not trade in fractions",
    10246: "this type of order does not trade in fractions",
    10247: "the order is too small",
    10248: "the exchange does not trade in fractions",
    10249: "this time in force does not trade in fractions",
    10268: "the attribute eTradeOnly is not supported",
    10269: "the attribute firmQuoteOnly is not supported",
    10270: "the attribute nbboPriceCap is not supported",
    10289: "a cash quantity must be set for this order",
    10293: "the order is rejected",
    10311: "direct routing is restricted in the precautionary settings",
}

WARNINGS = {
    399: "a message about the order, such as the time at which it will be placed",
    404: "the order is held until shares are found to borrow",
    2102: "the order is still being processed",
    2109: "the attribute Outside RTH is ignored",
    2137: "the order is on the other side of one that is open",
    2161: "the price is capped",
    10006: "the parent order is missing",
    10167: "no subscription; delayed data is shown",
    10349: "the time in force was set by an order preset",
}

LOOK_UPS = {
    105: "the order does not match the one that is to be modified",
    106: "the order cannot be transmitted",
    135: "no order with this id",
    136: "this order cannot be cancelled",
    161: "not in a state to be cancelled",
    320: "the request could not be read",
    322: "the request could not be processed",
    323: "the server failed",
    329: "the order could not be modified",
    10147: "the order to be cancelled is not found",
    10148: "the order to be cancelled cannot be cancelled",
    10149: "the order id is not valid",
}

LINKS = {
    326: "the client id is in use",
    501: "already connected",
    502: "TWS cannot be reached",
    503: "TWS is too old",
    504: "not connected",
    505: "unknown message",
    506: "unsupported version",
    507: "bad message length",
    509: "the socket failed",
    1100: "TWS has lost IB",
    1101: "TWS has IB again; subscriptions are lost",
    1102: "TWS has IB again; subscriptions are kept",
    1300: "the port was changed, the connection ends",
    2103: "a market-data farm is disconnected",
    2105: "a historical-data farm is disconnected",
    2110: "TWS has lost the server; it is restored by itself",
    2157: "the security-definition farm is disconnected",
}

NOTICES = {
    165: "a message of the historical-data service",
    300: "a request that has ended already was cancelled",
    310: "no such subscription",
    317: "the book is reset",
    330: "only advisers may ask for managed accounts",
    366: "a historical request that has ended already was cancelled",
    2100: "unsubscribed from account data",
    2104: "a market-data farm is connected",
    2106: "a historical-data farm is connected",
    2107: "a historical-data farm rests until it is needed",
    2108: "a market-data farm rests until it is needed",
    2119: "a market-data farm is being connected",
    2158: "the security-definition farm is connected",
    2168: "a message about time zones",
    2174: "a message about time zones",
    10090: "a part of the market data is not subscribed",
}

NO_DATA = {
    162: "the historical-data service has nothing, or objects",
    166: "the contract has expired",
    10182: "live updates failed",
    10187: "historical ticks failed",
    10314: "the end of the request is not a time",
}

PERMISSIONS = {
    354: "market data is not subscribed",
    10089: "market data needs an additional subscription for the API",
    10091: "a part of the market data needs an additional subscription for the API",
    10168: "market data is not subscribed, and delayed data not enabled",
    10186: "market data is not subscribed, and delayed data not available",
    10197: "another session of this user has the market data",
}

PACINGS = {
    100: "more than 50 messages a second",
    101: "all market-data lines are taken",
    420: "real-time requests come too quickly",
    10190: "too many tick-by-tick requests",
}

CODES: Mapping[int, Row] = {
    **_rows(Kind.REFUSAL, REFUSALS),
    **_rows(Kind.WARNING, WARNINGS),
    **_rows(Kind.LOOK, LOOK_UPS),
    **_rows(Kind.LINK, LINKS),
    **_rows(Kind.NOTICE, NOTICES),
    **_rows(Kind.DATA, NO_DATA),
    **_rows(Kind.PERMISSION, PERMISSIONS),
    **_rows(Kind.PACING, PACINGS),
    **_rows(Kind.NOT_FOUND, {200: "no such contract, or more than one"}),
    **_rows(Kind.CANCELLED, {202: "the order is cancelled"}),
}

WARNINGS_UNKNOWN = range(2100, 2200)
"""Codes that IB calls warnings, whatever they say: they end neither order nor request."""

READ_ONLY = "read-only"
"""In the words of the refusal of an order while the API may only read."""


def kind_of(code: int) -> Kind:
    """The kind of a message."""
    if code in CODES:
        return CODES[code].kind
    return Kind.WARNING if code in WARNINGS_UNKNOWN else Kind.UNKNOWN


ENDS_REQUEST = frozenset(Kind) - {Kind.NOTICE, Kind.WARNING}
"""Kinds after which a request that carries an id is not answered any more."""


def page() -> str:
    """The table as a page of the documentation."""
    rows = [
        f"| {code} | {row.kind} | {row.words} |"
        for code, row in sorted(CODES.items(), key=lambda each: each[0])
    ]
    kinds = [f"* **{kind}**: {KINDS[kind]}" for kind in Kind]
    head = ["| code | kind | what it says |", "|---|---|---|"]
    return "\n".join([HEAD, *kinds, "", *head, *rows, ""])


HEAD = """\
# Message codes of TWS

What the adapter for Interactive Brokers makes of each code. This page is written from the table in
`brokers/ibkr/errors.py`; a test holds them together. What a kind does:
"""

KINDS: Mapping[Kind, str] = {
    Kind.NOTICE: "nothing is wrong, and nothing is done",
    Kind.WARNING: "the order or the request lives on; codes from 2100 to 2199 are warnings too",
    Kind.REFUSAL: "an order is refused for good, and the words are told; a reading fails",
    Kind.CANCELLED: "an order is at its end",
    Kind.LOOK: "an order is unclear until it has been looked up; a reading fails",
    Kind.LINK: "readings fail until the connection is back; the next order waits for a look",
    Kind.DATA: "the name is left out of the answer",
    Kind.PERMISSION: "the name is left out; where no name is left, the account must be mended",
    Kind.PACING: "a reading is tried again later; an order is unclear",
    Kind.NOT_FOUND: "the name is left out of the answer; an order is refused",
    Kind.UNKNOWN: "any other code: a reading fails, an order is unclear until it is looked up",
}
