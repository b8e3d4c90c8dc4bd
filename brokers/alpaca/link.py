"""A link to Alpaca whose every answer has a deadline and keeps every digit.

``requests`` gives up when nothing arrives for a while; a byte now and then holds it for ever. So
a handshake and the head of an answer are cut off by a timer, and a body is read against the clock.
"""

import json
import socket
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import urllib3
from requests import PreparedRequest, Response, Session
from requests import exceptions as http
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from brokers.deadlines import cut_after, cut_later

CONNECT_SECONDS = 3.05
"""A little over three seconds, within which TCP sends its first packet again."""
IDLE_SECONDS = 5.0
"""A link that was quiet for longer is not used again: the other end may have dropped it."""
BODY_MAX = 32 * 2**20
"""Bytes of an answer. The list of all US assets is about five million."""
ELSEWHERE = range(300, 400)
BODILESS = {204, 304}
CHUNK = 64 * 2**10


def _within(seconds: object) -> float:
    return seconds if isinstance(seconds, int | float) else CONNECT_SECONDS


class _Plain(HTTPConnection):
    """A connection whose answer must have begun, head and all, within its read time-out."""

    @override
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        with cut_after(_within(self.timeout), self.sock):
            return super().getresponse()


class _Secure(HTTPSConnection):
    """The same over TLS, of which a handshake has its time too."""

    _shaken_hands: Callable[[], None] | None = None

    @override
    def _new_conn(self) -> socket.socket:
        link = super()._new_conn()
        self._shaken_hands = cut_later(_within(self.timeout), link)
        return link

    @override
    def connect(self) -> None:
        try:
            super().connect()
        finally:
            if self._shaken_hands is not None:
                self._shaken_hands()

    @override
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        with cut_after(_within(self.timeout), self.sock):
            return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS = {"http": _PlainPool, "https": _SecurePool}


class Events(list[object]):
    """What a stream of server-sent events told until it ended."""


def events_of(body: bytes) -> Events:
    """Each event's data. Raises where Alpaca says that it left some out, or broke off.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html; a comment of Alpaca's
    says that messages were dropped, or that the server failed.
    """
    found = Events()
    for event in body.decode(errors="replace").replace("\r\n", "\n").split("\n\n"):
        lines = event.split("\n")
        if any(line.startswith(":") and _is_bad_news(line) for line in lines):
            raise http.ChunkedEncodingError("events were left out")
        data = "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))
        if data:
            found.append(_exact(data))
    return found


def _is_bad_news(comment: str) -> bool:
    return "dropped" in comment or "error" in comment


def _exact(data: str | bytes) -> object:
    """JSON whose numbers keep every digit."""
    try:
        return json.loads(data, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError) as exc:
        raise http.InvalidJSONError(type(exc).__name__) from exc


class Answer(Response):
    """An answer whose numbers keep every digit: they are never floats."""

    @override
    def json(self, **_: Any) -> Any:
        if self.headers.get("Content-Type", "").startswith("text/event-stream"):
            return events_of(self.content)
        return _exact(self.content)

    def read_within(self, seconds: float, clock: Callable[[], float]) -> None:
        """Take the whole body in, or raise: too slow, too long, cut off, or garbled."""
        parts: list[bytes] = []
        end, size = clock() + seconds, 0
        try:
            while part := self.raw.read1(CHUNK, decode_content=True):
                parts.append(part)
                size += len(part)
                if clock() > end:
                    raise http.ReadTimeout("the answer comes too slowly")
                if size > BODY_MAX:
                    raise http.ContentDecodingError("the answer is too long")
        except urllib3.exceptions.HTTPError as exc:
            raise http.ConnectionError(type(exc).__name__) from exc
        finally:
            self.close()
        if not parts and not self._says_it_is_empty():
            raise http.ConnectionError("the head of the answer was cut off")
        self._content = b"".join(parts)
        self.encoding = "utf-8"

    def _says_it_is_empty(self) -> bool:
        """Whether the head told how long the body is; one that was cut off has no end to tell."""
        told = {"content-length", "transfer-encoding"}
        return self.status_code in BODILESS or any(name in self.headers for name in told)


class _Adapter(HTTPAdapter):
    """Connections with a deadline, and answers that are exact."""

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _with_deadline(self.poolmanager)

    @override
    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        return _with_deadline(manager)

    @override
    def build_response(self, req: PreparedRequest, resp: Any) -> Answer:
        answer = Answer()
        vars(answer).update(vars(super().build_response(req, resp)))
        return answer


def _with_deadline(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = POOLS
    return manager


class Link(Session):
    """A session for alpaca-py: each answer within ``seconds``, no redirects, no ``.netrc``."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Give each answer ``seconds`` to begin, and as long again to end, by ``clock``."""
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._used = float("-inf")
        self.auth = _as_it_is
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter())

    @override
    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        if self._clock() - self._used > IDLE_SECONDS:
            self.close()
        sent = {**kwargs, "timeout": (CONNECT_SECONDS, self._seconds), "stream": True}
        answer = super().send(request, **sent)
        assert isinstance(answer, Answer), "every adapter of this session makes them"
        answer.read_within(self._seconds, self._clock)
        self._used = self._clock()
        if answer.status_code in ELSEWHERE:
            raise http.TooManyRedirects(f"status {answer.status_code}")
        return answer

    @override
    def get_redirect_target(self, resp: Response) -> None:
        return None


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """No credentials but those in the headers: a line in ``.netrc`` is not for Alpaca."""
    return request
