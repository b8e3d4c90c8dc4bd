"""Flex statements: what happened in the account before today, fetched from IB over HTTPS.

TWS tells executions since midnight and nothing of dividends, deposits, splits and transfers. A Flex
query, set up once in Client Portal, tells them all: it is asked for, gets a number, and is ready
some seconds later. IB makes a statement once a day, so one is kept for hours.
"""

import http.client
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import Element

from typing_extensions import override

from brokers.broker import BadAnswer, Misconfigured, Unreachable
from brokers.deadlines import cut_later
from brokers.ibkr import actions, statement
from brokers.ibkr.link import Timing
from brokers.ibkr.statement import Statement
from brokers.ibkr.trouble import one_line
from brokers.settings import IbkrSettings
from brokers.words import ActionRecord, CashFlow, Execution, Transfer

FRESH = timedelta(hours=4)
"""How long one statement answers; IB makes a new one each night."""
STALE = timedelta(hours=36)
"""How long an old one may stand in while IB does not answer."""
TRIES = 10
PAUSE_SECONDS = 3.0
WHOLE_SECONDS = 120.0
"""How long it may take until a statement is made, however slowly each question is answered."""
AGENT = {"User-Agent": "trimtab"}
"""IB answers nobody who does not say what he is."""
BODY_MAX = 64 * 2**20
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WAIT = {"1001", "1004", "1005", "1006", "1007", "1008", "1009", "1018", "1019", "1021"}
"""Codes after which the same question may be answered later."""
TOKEN = {"1011", "1012", "1013", "1014", "1015", "1016"}
"""Codes about the token, the query and the service being switched on."""
SET_UP = "in Client Portal, under Performance & Reports, Flex Queries: mend the token or the query"


class Statements:
    """What Flex statements tell; nothing at all where none are set up."""

    def __init__(
        self,
        settings: IbkrSettings,
        timing: Timing,
        reveal: Callable[[str], str],
        account: Callable[[], str],
    ) -> None:
        """Fetch nothing yet. ``account`` tells the number that TWS's login was admitted with."""
        self._account = account
        self._settings = settings
        self._timing = timing
        self._reveal = reveal
        self._read: tuple[datetime, Statement] | None = None

    def executions(self) -> list[Execution]:
        """Executions of the days of the statement."""
        return statement.executions(self._statement())

    def cash_flows(self) -> list[CashFlow]:
        """Deposits, withdrawals, dividends, interest and fees, and what actions paid."""
        of = self._statement()
        return [*statement.cash_flows(of), *actions.cash_flows(of)]

    def transfers(self) -> list[Transfer]:
        """Shares that came or went without a trade."""
        of = self._statement()
        return [*statement.transfers(of), *actions.transfers(of)]

    def corporate_actions(self) -> list[ActionRecord]:
        """What companies did to their shares, and what is not told of it."""
        return actions.corporate_actions(self._statement())

    def _statement(self) -> Statement:
        if self._settings.flex_token is None:
            return statement.NONE
        now = self._timing.now()
        if self._read is not None and timedelta(0) <= now - self._read[0] < FRESH:
            return self._read[1]
        try:
            self._read = now, self._fetch()
        except Unreachable:
            if self._read is None or now - self._read[0] > STALE:
                raise
        return self._read[1]

    def _fetch(self) -> Statement:
        """Ask for a statement, and wait until it is made."""
        assert self._settings.flex_token is not None
        token = self._reveal(self._settings.flex_token).strip()
        query = self._reveal(self._settings.flex_query).strip()
        made = statement.parse(self._get("SendRequest", {"t": token, "q": query, "v": "3"}))
        end = self._timing.seconds() + WHOLE_SECONDS
        number = _told(made, "ReferenceCode")
        if not number:
            raise _refused(made)
        for _ in range(TRIES):
            found = statement.parse(self._get("GetStatement", {"t": token, "q": number, "v": "3"}))
            if found.tag == "FlexQueryResponse":
                return statement.read(found, self._settings, self._account())
            if _told(found, "ErrorCode") not in WAIT:
                raise _refused(found)
            if self._timing.seconds() > end:
                break
            self._timing.pause(PAUSE_SECONDS)
        raise Unreachable(
            "Interactive Brokers: the Flex statement is not ready", "it is tried again"
        )

    def _get(self, verb: str, query: dict[str, str]) -> bytes:
        """One answer. The address holds the token, so no error repeats it."""
        base = urlsplit(self._settings.flex_url)
        seconds = self._settings.timeout_seconds
        if base.scheme != "https" and base.hostname not in LOOPBACK:
            raise Misconfigured("flex_url is not an https address", "mend flex_url")
        make = _Secure if base.scheme == "https" else _Plain
        link = make(base.hostname or "", base.port, timeout=seconds)
        path = f"{base.path.rstrip('/')}/{verb}?{urlencode(query)}"
        try:
            status, body = _exchange(link, path, 6 * seconds)
        except ssl.SSLCertVerificationError as exc:
            raise Misconfigured(
                "Interactive Brokers: the certificate of flex_url is not trusted", "check flex_url"
            ) from exc
        except (OSError, http.client.HTTPException) as exc:
            raise Unreachable(
                f"Interactive Brokers: no Flex statement ({type(exc).__name__})",
                "it is tried again",
            ) from exc
        finally:
            link.close()
        if status != http.client.OK:
            raise Unreachable(f"Interactive Brokers: Flex answers {status}", "it is tried again")
        return body


class _Plain(http.client.HTTPConnection):
    """A connection that is cut when its time is over, however often a byte comes."""

    seconds = 0.0
    let_go: Callable[[], None] | None = None

    @override
    def connect(self) -> None:
        super().connect()
        self.let_go = cut_later(self.seconds, self.sock)

    @override
    def close(self) -> None:
        super().close()
        if self.let_go is not None:
            self.let_go()


class _Secure(http.client.HTTPSConnection, _Plain):
    """The same; its time runs from before TLS's handshake."""


def _exchange(link: _Plain, path: str, seconds: float) -> tuple[int, bytes]:
    """Status and body of an answer that is whole within ``seconds``."""
    link.seconds = seconds
    link.request("GET", path, headers=AGENT)
    body = bytearray()
    with link.getresponse() as answer:
        while (part := answer.read1(1 << 16)) and len(body) <= BODY_MAX:
            body += part
        is_empty = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
        if answer.length or not (body or is_empty):  # a head that was cut off has no end to tell
            raise http.client.IncompleteRead(bytes(body))
    return answer.status, bytes(body)


def _told(answer: Element, name: str) -> str:
    """The text of one element of an answer, empty where there is none."""
    return (answer.findtext(name) or "").strip()


def _refused(answer: Element) -> Exception:
    """Why there is no statement."""
    code, words = _told(answer, "ErrorCode"), one_line(_told(answer, "ErrorMessage"))
    what = f"Interactive Brokers: Flex says {words or 'nothing'} ({code or 'no code'})"
    if code in WAIT:
        return Unreachable(what, "it is tried again")
    return Misconfigured(what, SET_UP) if code in TOKEN else BadAnswer(what, SET_UP)
