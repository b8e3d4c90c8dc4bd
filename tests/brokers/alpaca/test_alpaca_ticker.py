"""Quotes of names that are being worked come from Alpaca's stream, and never a stale one."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from threading import Event

import pytest
from alpaca_bench import AAPL, KO, Alpaca, buy, standin
from standins.alpaca_server import SECRET_KEY
from standins.alpaca_ticker import Mischief, Tickers

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import Patience
from brokers.alpaca.ticker import AGAIN_SECONDS, YOUNG_SECONDS
from brokers.broker import Accepted
from brokers.settings import QuoteFeed
from brokers.words import Symbol

D = Decimal
LONG = 8.0
QUICK = Patience(turn=0.02, quiet=0.3, answer=0.4, again=0.05, again_max=0.1, burst=100)
NEVER = Event()
LATEST = "/v2/stocks/quotes/latest"


@dataclass
class Seconds:
    """Real seconds, which a test can move on."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    """A fresh stand-in, for a client without patience."""
    with standin() as made:
        made.patience, made.seconds = QUICK, Seconds()
        yield made


@pytest.fixture
def working(alpaca: Alpaca) -> AlpacaBroker:
    """The account, with both names subscribed and nothing told of them yet."""
    broker = alpaca.open()
    assert broker.clock().is_open
    subscribe(alpaca, broker)
    return broker


def subscribe(alpaca: Alpaca, broker: AlpacaBroker, *names: Symbol) -> None:
    """Ask twice, which is what who sends orders does, until Alpaca tells us of the names."""
    chosen = names or (AAPL, KO)
    broker.quotes(chosen)
    alpaca.clock.on(1)
    broker.quotes(chosen)
    until(lambda: alpaca.server.tickers.names() == set(chosen))
    settle(broker, frozenset(chosen))
    alpaca.clock.on(1)


def settle(broker: AlpacaBroker, names: frozenset[Symbol]) -> None:
    """Until the account itself knows what it is told of."""
    assert broker.ticker is not None
    ticker = broker.ticker
    until(lambda: ticker.subscribed == names)


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not holds():
        NEVER.wait(0.002)  # a loop without would take the time of the threads that it waits for
        assert time.monotonic() < end, "it never came"


def requests(alpaca: Alpaca) -> int:
    return alpaca.server.count("GET", LATEST)


def tick(alpaca: Alpaca, bid: str, ask: str) -> None:
    """AAPL has a new price, and everybody who listens is told."""
    alpaca.model.quotes["AAPL"] = (D(bid), D(ask))
    alpaca.server.tickers.tick("AAPL")


def heard(broker: AlpacaBroker, ask: str) -> None:
    """Until the price has come."""
    assert broker.ticker is not None
    ticker = broker.ticker
    until(lambda: (quote := ticker.latest(AAPL)) is not None and quote.ask == D(ask))


def test_a_name_that_is_worked_is_quoted_without_a_request(
    alpaca: Alpaca, working: AlpacaBroker
) -> None:
    asked = requests(alpaca)
    for cent in range(1, 6):
        tick(alpaca, f"70.0{cent}", f"70.0{cent + 1}")
        heard(working, f"70.0{cent + 1}")
        found = working.quotes([AAPL])
        assert (found[AAPL].bid, found[AAPL].ask) == (D(f"70.0{cent}"), D(f"70.0{cent + 1}"))
        assert found[AAPL].time == alpaca.clock.now() - alpaca.model.quote_age
        assert not found[AAPL].delayed
        alpaca.clock.on(1)
    assert requests(alpaca) == asked


def test_a_name_that_is_asked_for_once_is_not_streamed(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    broker.quotes([AAPL])
    alpaca.seconds.ahead += AGAIN_SECONDS + 1  # type: ignore[attr-defined]
    broker.quotes([AAPL])
    broker.await_news(0.2)
    assert alpaca.server.tickers.connected == 0


def test_the_name_of_an_order_is_streamed_until_the_order_is_done(alpaca: Alpaca) -> None:
    broker, tickers = alpaca.open(), alpaca.server.tickers
    assert broker.clock().is_open
    assert isinstance(broker.submit(buy("k1", "1", "60.00")), Accepted)
    broker.quotes([KO])
    until(lambda: tickers.names() == {"AAPL"})
    broker.cancel(buy("k1").key)
    alpaca.clock.on(5)
    broker.find(buy("k1").key)
    broker.await_news(0)
    until(lambda: tickers.names() == set())


WORSE: dict[str, Callable[[Tickers], Mischief]] = {
    "lost": lambda tickers: tickers.lost,
    "a minute old": lambda tickers: tickers.old,
    "of the next minute": lambda tickers: tickers.ahead,
    "not firm": lambda tickers: tickers.loose,
    "without prices": lambda tickers: tickers.empty,
    "crossed": lambda tickers: tickers.crossed,
    "without a time": lambda tickers: tickers.timeless,
    "half a message": lambda tickers: tickers.garbled,
    "no message": lambda tickers: tickers.nonsense,
    "dropped": lambda tickers: tickers.dropped,
    "too long": lambda tickers: tickers.huge,
}


@pytest.mark.parametrize("kind", WORSE)
def test_what_cannot_be_traded_on_is_asked_for_anew(
    kind: str, alpaca: Alpaca, working: AlpacaBroker
) -> None:
    """A quote was told just before: what comes behind it takes its place, or the whole link's."""
    tickers = alpaca.server.tickers
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    asked, links = requests(alpaca), tickers.connected
    alpaca.clock.on(1.5)
    tickers.mischief.append(WORSE[kind](tickers))
    tick(alpaca, "70.20", "70.21")
    if kind in {"without a time", "half a message", "no message", "dropped", "too long"}:
        until(lambda: tickers.connected > links)
    else:
        tickers.tick("KO")
        assert working.ticker is not None
        ticker = working.ticker
        until(lambda: ticker.latest(KO))
    if kind in {"lost", "a minute old"}:
        alpaca.clock.on(1)
    assert working.quotes([AAPL])[AAPL].ask == D("70.21")
    assert requests(alpaca) == asked + 1


def test_the_earlier_of_two_does_not_take_the_place_of_the_later(
    alpaca: Alpaca, working: AlpacaBroker
) -> None:
    tickers, asked = alpaca.server.tickers, requests(alpaca)
    tickers.mischief.append(tickers.before)
    tick(alpaca, "70.10", "70.11")
    tickers.tick("KO")
    assert working.ticker is not None
    ticker = working.ticker
    until(lambda: ticker.latest(KO))
    assert working.quotes([AAPL])[AAPL].ask == D("70.11")
    assert requests(alpaca) == asked


def test_what_is_told_again_is_no_younger(alpaca: Alpaca, working: AlpacaBroker) -> None:
    """Its own time stands still here; what counts is when it came first."""
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    alpaca.seconds.ahead += YOUNG_SECONDS - 0.5  # type: ignore[attr-defined]
    alpaca.server.tickers.tick("AAPL")
    alpaca.server.tickers.tick("KO")
    assert working.ticker is not None
    ticker = working.ticker
    until(lambda: ticker.latest(KO))
    alpaca.seconds.ahead += 1.0  # type: ignore[attr-defined]
    assert ticker.latest(KO) is not None
    assert ticker.latest(AAPL) is None


def test_a_quote_serves_two_seconds_by_its_own_time(alpaca: Alpaca, working: AlpacaBroker) -> None:
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    asked = requests(alpaca)
    alpaca.clock.on(YOUNG_SECONDS - 0.3)
    working.quotes([AAPL])
    assert requests(alpaca) == asked
    alpaca.clock.on(0.2)
    alpaca.model.quotes["AAPL"] = (D("70.30"), D("70.31"))
    assert working.quotes([AAPL])[AAPL].ask == D("70.31")
    assert requests(alpaca) == asked + 1


def test_a_stream_that_lags_behind_what_was_told_is_not_believed(
    alpaca: Alpaca, working: AlpacaBroker
) -> None:
    alpaca.clock.on(1)
    assert working.quotes([AAPL])[AAPL].ask == D("70.02")
    alpaca.model.quote_age *= 4
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    assert working.quotes([AAPL])[AAPL].ask == D("70.02"), "as it was read, a moment ago"


def test_after_a_gap_nothing_holds_until_it_is_told_anew(
    alpaca: Alpaca, working: AlpacaBroker
) -> None:
    tickers = alpaca.server.tickers
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    asked = requests(alpaca)
    tickers.cut()
    until(lambda: tickers.connected == 2 and tickers.names() == {"AAPL", "KO"})
    settle(working, frozenset({AAPL, KO}))
    alpaca.model.quotes["AAPL"] = (D("70.20"), D("70.21"))
    assert working.quotes([AAPL])[AAPL].ask == D("70.21")
    assert requests(alpaca) == asked + 1
    alpaca.clock.on(1.1)
    tick(alpaca, "70.30", "70.31")
    heard(working, "70.31")
    assert working.quotes([AAPL])[AAPL].ask == D("70.31")
    assert requests(alpaca) == asked + 1


def test_a_link_on_which_nobody_answers_is_dropped(alpaca: Alpaca, working: AlpacaBroker) -> None:
    tickers = alpaca.server.tickers
    tickers.deaf = True
    assert working.ticker is not None
    ticker = working.ticker
    until(lambda: not ticker.subscribed)
    tickers.deaf = False
    until(lambda: tickers.names() == {"AAPL", "KO"})


def test_a_subscription_that_is_not_answered_ends_the_link(alpaca: Alpaca) -> None:
    broker, tickers = alpaca.open(), alpaca.server.tickers
    tickers.mute = True
    broker.quotes([AAPL])
    broker.quotes([AAPL])
    until(lambda: tickers.connected > 1)
    tickers.mute = False
    settle(broker, frozenset({AAPL}))


@pytest.mark.parametrize("code", [407, 500])
def test_an_error_on_the_link_is_a_gap(code: int, alpaca: Alpaca, working: AlpacaBroker) -> None:
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    asked, tickers = requests(alpaca), alpaca.server.tickers
    tickers.error(code)
    until(lambda: tickers.connected == 2)
    working.quotes([AAPL])
    assert requests(alpaca) == asked + 1


REFUSED: dict[str, tuple[Callable[[Tickers], None], str]] = {
    "another link of ours": (lambda t: setattr(t, "connections_max", 0), "406 connection limit"),
    "not in our plan": (lambda t: t.feeds.clear(), "409 insufficient subscription"),
    "wrong keys": (lambda t: setattr(t, "keys", ("PKOTHER", "other")), "402 auth failed"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_where_we_are_not_let_in_everything_else_goes_on(kind: str, alpaca: Alpaca) -> None:
    spoil, words = REFUSED[kind]
    spoil(alpaca.server.tickers)
    broker = alpaca.open()
    broker.quotes([AAPL])
    broker.quotes([AAPL])
    assert broker.ticker is not None
    ticker = broker.ticker
    until(lambda: ticker.objection)
    assert ticker.objection.startswith(words)
    alpaca.clock.on(5)
    assert broker.quotes([AAPL])[AAPL].ask == D("70.02")
    assert requests(alpaca) == 2
    assert not ticker.subscribed


def test_a_plan_for_fewer_names_than_we_think_is_found_out(alpaca: Alpaca) -> None:
    names = [Symbol(f"A{letter}") for letter in "ABCDEFGHIJKL"]
    alpaca.model.quotes.update(dict.fromkeys(names, (D("9.99"), D("10.00"))))
    alpaca.server.tickers.names_max = 4
    broker = alpaca.open()
    broker.quotes(names)
    broker.quotes(names)
    settle(broker, frozenset(names[:3]))
    assert broker.ticker is not None
    assert broker.ticker.objection == "405 symbol limit exceeded"


def test_no_more_names_are_subscribed_than_the_settings_say(alpaca: Alpaca) -> None:
    broker = alpaca.open(quote_names_max=1)
    broker.quotes([AAPL, KO])
    broker.quotes([AAPL, KO])
    settle(broker, frozenset({AAPL}))
    asked = [told for told in alpaca.server.tickers.heard if told["action"] == "subscribe"]
    assert asked == [{"action": "subscribe", "quotes": ["AAPL"]}]


def test_a_name_that_the_stream_cannot_read_does_not_spoil_the_rest(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    odd = Symbol("A-B")
    alpaca.model.quotes[odd] = (D("9.99"), D("10.00"))
    assert broker.clock().is_open
    assert isinstance(broker.submit(buy("k1", "1", "5.00", odd)), Accepted)
    broker.quotes([AAPL, KO])
    broker.quotes([AAPL, KO])
    settle(broker, frozenset({AAPL, KO}))
    assert broker.ticker is not None
    assert broker.ticker.objection == "400 invalid syntax"


def test_a_wave_of_many_names_goes_round_through_a_few(alpaca: Alpaca) -> None:
    """As a wave asks: for all of its names at first, then for a few at a time, in their order."""
    names = [Symbol(f"{a}{b}") for a in "ABCD" for b in "ABCDEFGHIJ"]
    alpaca.model.quotes.update(dict.fromkeys(names, (D("9.99"), D("10.00"))))
    broker, tickers = alpaca.open(quote_names_max=15), alpaca.server.tickers
    assert broker.ticker is not None
    ticker = broker.ticker
    assert broker.clock().is_open
    broker.quotes(names)
    alpaca.clock.on(2)
    broker.quotes(names)
    asked = requests(alpaca)
    for start in range(0, 40, 5):
        coming = frozenset(names[start : start + 5])
        until(lambda coming=coming: coming <= ticker.subscribed)  # type: ignore[misc]
        alpaca.clock.on(5)
        tickers.tick()
        until(lambda coming=coming: all(map(ticker.latest, coming)))  # type: ignore[misc]
        assert len(broker.quotes(sorted(coming))) == 5
        for name in sorted(coming):
            assert isinstance(broker.submit(buy(f"k{name}", "1", "5.00", name)), Accepted)
        assert len(ticker.subscribed) <= 15
    assert requests(alpaca) == asked, "eight requests less"


def test_a_price_keeps_every_digit(alpaca: Alpaca, working: AlpacaBroker) -> None:
    tick(alpaca, "0.1001", "0.1002")
    heard(working, "0.1002")
    assert str(working.quotes([AAPL])[AAPL].bid) == "0.1001"


def test_nobody_is_woken_by_a_price(alpaca: Alpaca, working: AlpacaBroker) -> None:
    assert working.await_news(LONG), "that trade updates are listened to"
    tick(alpaca, "70.10", "70.11")
    heard(working, "70.11")
    assert not working.await_news(0.3)


@pytest.mark.parametrize("chosen", [{"quote_stream": False}, {"feed": QuoteFeed.DELAYED_SIP}])
def test_without_it_every_quote_is_a_request(chosen: dict[str, object], alpaca: Alpaca) -> None:
    broker = alpaca.open(**chosen)
    for _ in range(3):
        broker.quotes([AAPL])
        alpaca.clock.on(2)
    assert requests(alpaca) == 3
    assert broker.ticker is None
    assert alpaca.server.tickers.connected == 0


def test_the_keys_are_in_no_log(alpaca: Alpaca, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        subscribe(alpaca, alpaca.open())
    assert SECRET_KEY not in caplog.text


def test_closing_ends_the_thread_and_the_link_at_once(
    alpaca: Alpaca, working: AlpacaBroker
) -> None:
    begun = time.monotonic()
    working.close()
    assert time.monotonic() - begun < 1
    until(lambda: not alpaca.server.tickers.lines)
