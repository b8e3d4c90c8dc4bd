"""One exchange with Alpaca through alpaca-py: sent once, at its pace, its failures in our words.

The library sends again by itself on 429 and 504, an order too, so that one order becomes two or a
live one is told as rejected; it has no time-outs and reads numbers as floats. Here its retries are
switched off and its session is ours; all else of it is used as it is.
"""

from collections.abc import Callable, Mapping

from alpaca.common.exceptions import APIError
from alpaca.common.rest import RESTClient
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.trading.client import TradingClient
from requests.exceptions import RequestException

from brokers.alpaca.identity import Access
from brokers.alpaca.link import Events, Link
from brokers.alpaca.pace import Pace, Timing, Urgency
from brokers.alpaca.trouble import reading_error, trouble_of
from brokers.broker import Misconfigured, Unreachable

PATIENCE_SECONDS = 65.0
"""How long a reading or a cancellation waits for its place in the minute's budget."""
SUBMIT_PATIENCE_SECONDS = 5.0
"""How long an order waits: its price is of now."""

NOT_FOUND = 404
NOT_OFFERED = frozenset({400, 403, 404, 405, 422, 501})
"""What an interface answers that lacks a path, or lacks it for this account."""

Query = Mapping[str, str | int]


class Wire:
    """The two REST interfaces of one account: trading and market data."""

    def __init__(self, access: Access, seconds: float, timing: Timing) -> None:
        """Give each answer ``seconds``. Each interface has a budget of requests of its own."""
        names = (access.key_id, access.secret_key)
        self._trading = TradingClient(*names, raw_data=True, url_override=access.trading_url)
        self._data = StockHistoricalDataClient(*names, raw_data=True, url_override=access.data_url)
        self._link = Link(seconds, timing.seconds)
        self._trading_pace, self._data_pace = timing.pace(), timing.pace()
        for client in (self._trading, self._data):
            take_over(client, self._link)

    def close(self) -> None:
        """Let go of the connections."""
        self._link.close()

    def read(self, path: str, query: Query | None = None) -> object:
        """What the trading interface answers. Raises one of the three errors of a reading."""
        _wait(self._trading_pace)
        return _reading(lambda: self._trading.get(path, dict(query or {})))

    def read_data(self, path: str, query: Query) -> object:
        """What the market-data interface answers."""
        _wait(self._data_pace)
        return _reading(lambda: self._data.get(path, dict(query)))

    def read_events(self, path: str, version: str, query: Query) -> list[object]:
        """What a stream of events tells up to the end that ``query`` names.

        Raises ``Misconfigured`` too where the interface does not offer it.
        """
        _wait(self._trading_pace)
        answer = _reading(
            lambda: self._trading.get(path, dict(query), api_version=version), NOT_OFFERED
        )
        if isinstance(answer, Events):
            return answer
        raise Misconfigured("Alpaca answers with no events", "they are not needed")

    def look_up(self, path: str, query: Query | None = None) -> object | None:
        """The same as ``read``, and None where Alpaca itself says that there is no such thing."""
        _wait(self._trading_pace)
        try:
            return self._trading.get(path, dict(query or {}))
        except APIError as exc:
            trouble = trouble_of(exc)
            if trouble.status == NOT_FOUND and trouble.words:
                return None
            raise reading_error(exc) from exc
        except RequestException as exc:
            raise reading_error(exc) from exc

    def post(self, path: str, body: Mapping[str, object]) -> object:
        """Send once. Raises ``Trouble``, and ``Unreachable`` where nothing was sent."""
        if not self._trading_pace.take(Urgency.SUBMIT, SUBMIT_PATIENCE_SECONDS):
            raise Unreachable("the requests of this minute are spent", "it was not sent")
        return _acting(lambda: self._trading.post(path, dict(body)))

    def delete(self, path: str) -> None:
        """Ask once that something be taken back. Raises ``Trouble``."""
        self._trading_pace.take(Urgency.CANCEL, PATIENCE_SECONDS)
        _acting(lambda: self._trading.delete(path))


def take_over(client: RESTClient, link: Link) -> None:
    """Put our session into a client and switch its retries off; it has no other way for either.

    A version of the library that keeps them elsewhere must not be used unawares: it would send
    an order again.
    """
    for name, ours in (("_session", link), ("_retry", 0), ("_retry_codes", [])):
        if not hasattr(client, name):
            raise Misconfigured(
                f"this version of alpaca-py has no {name}", "install the one in requirements.lock"
            )
        setattr(client, name, ours)


def _wait(pace: Pace) -> None:
    """Wait for a place in the minute's budget."""
    if not pace.take(Urgency.LOOK, PATIENCE_SECONDS):
        raise Unreachable("the requests of this minute are spent", "it is tried again")


def _reading(ask: Callable[[], object], not_offered: frozenset[int] = frozenset()) -> object:
    try:
        return ask()
    except APIError as exc:
        if exc.status_code in not_offered:
            raise Misconfigured(f"Alpaca: {trouble_of(exc).what}", "it is not needed") from exc
        raise reading_error(exc) from exc
    except RequestException as exc:
        raise reading_error(exc) from exc


def _acting(act: Callable[[], object]) -> object:
    try:
        return act()
    except (APIError, RequestException) as exc:
        raise trouble_of(exc) from exc
