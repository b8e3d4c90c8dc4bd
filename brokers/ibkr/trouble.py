"""What can go wrong on the way to TWS and back, in the words of the seam: one row for each cause.

TWS is a program on somebody's machine. Most of what goes wrong with it is mended there, so every
sentence says where.
"""

from collections.abc import Mapping

from brokers.broker import BadAnswer, BrokerError, Misconfigured, Unreachable
from brokers.ibkr.ear import Garbled, Gone, Trouble
from brokers.ibkr.errors import READ_ONLY, Kind

START = (
    "start TWS or IB Gateway and log in (it restarts every night and wants a full login once a"
    " week), and check host and port: 7496 and 7497 are TWS, 4001 and 4002 IB Gateway, live and"
    " paper"
)
ALLOW = (
    "in TWS, under Configure, API, Settings: switch on Enable ActiveX and Socket Clients, and trust"
    " this machine's address"
)
TAKEN = "end the other program that uses it, or give this account another client_id"
WRITE = "in TWS, under Configure, API, Settings: switch off Read-Only API"
LOGIN = "TWS has lost IB's servers; it comes back by itself, or wants its login"
SUBSCRIBE = (
    "subscribe to the market data of these exchanges in IB's Client Portal, and share it with the"
    " paper account"
)
AGAIN = "it is tried again"

READINGS: Mapping[Kind, tuple[type[BrokerError], str]] = {
    Kind.REFUSAL: (BadAnswer, "report it with these words"),
    Kind.LOOK: (Unreachable, AGAIN),
    Kind.LINK: (Unreachable, START),
    Kind.DATA: (Unreachable, AGAIN),
    Kind.PERMISSION: (Misconfigured, SUBSCRIBE),
    Kind.PACING: (Unreachable, AGAIN),
    Kind.NOT_FOUND: (BadAnswer, "report it with these words"),
}
"""Which error an objection of this kind is to a reading; any other kind is a ``BadAnswer``."""


def reading_error(exc: Exception) -> BrokerError:
    """The error that a reading raises."""
    if isinstance(exc, BrokerError):
        return exc
    if isinstance(exc, Trouble):
        return objection(exc.code, exc.text, exc.kind)
    if isinstance(exc, Garbled):
        return BadAnswer(f"Interactive Brokers: {exc} cannot be read", "report it with its number")
    if isinstance(exc, Gone | ConnectionError):
        return Unreachable("Interactive Brokers: the connection to TWS ended", AGAIN)
    return Unreachable("Interactive Brokers: TWS did not answer in time", AGAIN)


def objection(code: int, text: str, kind: Kind) -> BrokerError:
    """What TWS's words mean to a reading."""
    words = f"Interactive Brokers: {one_line(text)} ({code})"
    if READ_ONLY in text.lower():
        return Misconfigured(words, WRITE)
    error, remedy = READINGS.get(kind, (BadAnswer, "look up the code, and report it"))
    return error(words, remedy)


WORDS_MAX = 200


def one_line(text: str) -> str:
    """TWS's words without line ends and marks of HTML."""
    plain = text.replace("<br>", " ")
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:WORDS_MAX]
