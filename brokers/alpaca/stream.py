"""Alpaca's stream of trade updates, which wakes whoever waits and is believed in nothing.

alpaca-py has a stream of its own. It looks alive on a link on which nobody speaks, an event is lost
where its reader stumbles, and what happened while the link was down is told to nobody. This one
speaks the same protocol and needs none of it: a message, whatever it says, is a reason to look, and
so is each link that is lost or stands again.
"""

import json
from collections.abc import Callable

from websockets.sync.client import ClientConnection

from brokers.alpaca.identity import Access, websocket_of
from brokers.alpaca.lifeline import Deaf, Lifeline, message_by
from brokers.alpaca.pace import Timing
from brokers.news import News

TRADE_UPDATES = "trade_updates"


class Stream:
    """One link for as long as somebody waits; each message rings."""

    def __init__(self, access: Access, timing: Timing) -> None:
        """Connect to nothing yet."""
        patience = timing.patience
        self._news = News(patience.burst, patience.every, timing.seconds)
        url = f"{websocket_of(access.trading_url)}/stream"
        self._line = Lifeline("alpaca-stream", url, _Updates(access, timing, self._news), timing)

    @property
    def stands(self) -> bool:
        """Whether Alpaca has let us in and is listened to."""
        return self._line.stands

    def wait(self, seconds: float) -> bool:
        """Wait until something may have happened, ``seconds`` at most; whether it may."""
        self._line.want()
        return self._news.wait(seconds)

    def close(self) -> None:
        """Let go of the link and end the thread."""
        self._line.close()


class _Updates:
    """A link's talk: be let in, and ring at whatever happens to it or is said on it."""

    def __init__(self, access: Access, timing: Timing, news: News) -> None:
        self._access, self._seconds, self._news = access, timing.seconds, news

    def greet(self, link: ClientConnection, end: float) -> None:
        """Be let in and subscribed, or raise."""
        greet(link, self._access, end, self._seconds)

    def stood(self) -> None:
        """Nobody was told of what happened before."""
        self._news.ring()

    def hear(self, said: str | bytes) -> None:
        """Whatever it is."""
        del said
        self._news.ring()

    def turn(self, link: ClientConnection) -> None:
        """Nothing is to be said."""

    def lost(self) -> None:
        """Nobody is told of what happens from now on."""
        self._news.ring()


def greet(link: ClientConnection, access: Access, end: float, seconds: Callable[[], float]) -> None:
    """Be let in and subscribed, or raise: what is said before is of no interest."""
    keys = {"key_id": access.key_id, "secret_key": access.secret_key}
    link.send(json.dumps({"action": "authenticate", "data": keys}))
    if _answer(link, "authorization", end, seconds).get("status") != "authorized":
        raise Deaf("Alpaca does not let us in")
    link.send(json.dumps({"action": "listen", "data": {"streams": [TRADE_UPDATES]}}))
    streams = _answer(link, "listening", end, seconds).get("streams")
    if not isinstance(streams, list) or TRADE_UPDATES not in streams:
        raise Deaf("Alpaca does not subscribe us")


def _answer(
    link: ClientConnection, name: str, end: float, seconds: Callable[[], float]
) -> dict[str, object]:
    """What Alpaca says on the stream ``name``, until the time is over."""
    while True:
        try:
            said = json.loads(message_by(link, end, seconds, name))
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and said.get("stream") == name:
            data = said.get("data")
            return data if isinstance(data, dict) else {}
