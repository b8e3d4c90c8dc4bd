"""Quotes, bars and instruments: as they are, of the feed that was named, read to the end."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from alpaca_bench import AAPL, KO, THURSDAY, Alpaca
from standins.faults import Fault, answer, says

from brokers.alpaca.broker import AlpacaBroker
from brokers.broker import BadAnswer, Misconfigured, Unreachable
from brokers.settings import BarsFeed, QuoteFeed
from brokers.words import USD, Currency, Symbol

D = Decimal
QUOTES, BARS = "/v2/stocks/quotes/latest", "/v2/stocks/bars"


def quote(**more: object) -> dict[str, object]:
    """A quote as Alpaca tells it."""
    row = {"ap": 70.02, "as": 1, "ax": "V", "bp": 69.98, "bs": 1, "bx": "V", "c": ["R"], "z": "C"}
    return {**row, "t": "2020-03-12T14:59:59.812345678Z", **more}


def tell(alpaca: Alpaca, **quotes: object) -> None:
    alpaca.server.faults.tell(says("GET", QUOTES, json.dumps({"quotes": quotes}).encode()))


def test_a_quote_carries_the_exchanges_time_and_every_digit(alpaca: Alpaca) -> None:
    text = json.dumps({"quotes": {"AAPL": quote()}}).replace("69.98", "69.98000000000000000001")
    alpaca.server.faults.tell(says("GET", QUOTES, text.encode()))
    found = alpaca.open().quotes([AAPL])[AAPL]
    assert (found.bid, found.ask) == (D("69.98000000000000000001"), D("70.02"))
    assert found.time == datetime(2020, 3, 12, 14, 59, 59, 812345, tzinfo=UTC)
    assert not found.delayed


@pytest.mark.parametrize(("bid", "ask"), [(0, 70), (70, 0), (71, 70), (70, 70), (-1, 70), (1, 99)])
def test_prices_are_passed_on_as_they_are(alpaca: Alpaca, bid: int, ask: int) -> None:
    tell(alpaca, AAPL=quote(bp=bid, ap=ask))
    found = alpaca.open().quotes([AAPL])[AAPL]
    assert (found.bid, found.ask) == (bid, ask)


NO_QUOTES = [
    quote(bp=None),
    quote(ap="much"),
    quote(bp=float("nan")),
    quote(ap=float("inf")),
    quote(bp=True),
    quote(c=["L"]),
    quote(c=["R", "N"]),
]


@pytest.mark.parametrize("row", NO_QUOTES)
def test_what_is_no_quote_is_left_out_and_spoils_no_other(
    alpaca: Alpaca, row: dict[str, object]
) -> None:
    tell(alpaca, AAPL=row, KO=quote())
    assert set(alpaca.open().quotes([AAPL, KO])) == {KO}


@pytest.mark.parametrize(
    "text",
    [
        b'{"quotes": []}',
        b'{"quotes": {"AAPL": 7}}',
        b'{"quotes": {"AAPL": {"bp": 1, "ap": 2, "t": "yesterday"}}}',
        b'{"quotes": {"AAPL": {"bp": 1, "ap": 2, "t": "2020-03-12T15:00:00"}}}',
        b"[" * 100_000,
        b"",
        b"null",
        b"<html>",
    ],
)
def test_an_answer_that_makes_no_sense_is_not_acted_on(alpaca: Alpaca, text: bytes) -> None:
    alpaca.server.faults.tell(says("GET", QUOTES, text))
    with pytest.raises(BadAnswer):
        alpaca.open().quotes([AAPL])


def test_a_quote_is_asked_for_once_a_second(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    assert set(broker.quotes([AAPL])) == {AAPL}
    alpaca.clock.on(0.9)
    assert set(broker.quotes([AAPL])) == {AAPL}
    assert alpaca.server.count("GET", QUOTES) == 1
    assert set(broker.quotes([AAPL, KO])) == {AAPL, KO}
    assert [e.query["symbols"] for e in alpaca.server.exchanges[-1:]] == ["KO"]
    alpaca.clock.on(1)
    alpaca.model.quotes["AAPL"] = (D(80), D(81))
    assert broker.quotes([AAPL])[AAPL].bid == 80
    alpaca.clock.on(-3600)
    broker.quotes([AAPL])
    assert alpaca.server.count("GET", QUOTES) == 4


def test_an_old_quote_is_not_kept_when_there_is_no_new_one(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    broker.quotes([AAPL])
    alpaca.clock.on(2)
    del alpaca.model.quotes["AAPL"]
    assert broker.quotes([AAPL]) == {}


@pytest.mark.parametrize(
    ("feed", "delayed"),
    [(QuoteFeed.IEX, False), (QuoteFeed.SIP, False), (QuoteFeed.DELAYED_SIP, True)],
)
def test_the_feed_is_the_one_that_was_named(alpaca: Alpaca, feed: QuoteFeed, delayed: bool) -> None:  # noqa: FBT001
    broker = alpaca.open(feed=feed)
    assert broker.quotes([AAPL])[AAPL].delayed is delayed
    assert alpaca.server.exchanges[-1].query["feed"] == feed


def test_a_feed_that_is_not_paid_for_is_a_line_with_its_remedy(alpaca: Alpaca) -> None:
    words = b'{"message": "subscription does not permit querying recent SIP data"}'
    alpaca.server.faults.tell(answer("GET", QUOTES, 403, words))
    with pytest.raises(Misconfigured, match="subscription does not permit") as caught:
        alpaca.open(feed=QuoteFeed.SIP).quotes([AAPL])
    assert "set feed" in caught.value.remedy


def test_many_symbols_are_asked_for_in_several_questions(alpaca: Alpaca) -> None:
    names = [Symbol(f"S{chr(65 + n // 26)}{chr(65 + n % 26)}") for n in range(600)]
    alpaca.model.quotes |= {name: (D(9), D("9.01")) for name in names}
    assert set(alpaca.open().quotes(names)) == set(names)
    assert alpaca.server.count("GET", QUOTES) == 3


def test_a_symbol_that_alpaca_cannot_read_spoils_no_other(alpaca: Alpaca) -> None:
    odd = [Symbol("BRK-B"), AAPL, Symbol("AAPL241213C00250000"), KO, Symbol("X Y")]
    broker = alpaca.open()
    assert set(broker.quotes(odd)) == {AAPL, KO}
    assert set(broker.bars([*odd], 5)) == {AAPL, KO}
    assert broker.quotes([Symbol("BRK-B")]) == {}
    alpaca.server.faults.tell(answer("GET", QUOTES, 400, b'{"message": "invalid feed: iexx"}'))
    alpaca.clock.on(2)
    with pytest.raises(BadAnswer, match="invalid feed"):
        broker.quotes([AAPL])


def test_bars_are_adjusted_and_say_where_they_are_from(alpaca: Alpaca) -> None:
    bars = alpaca.open().bars([AAPL, KO, Symbol("NOPE")], 252)
    assert set(bars) == {AAPL, KO}
    assert len(bars[AAPL].days) == 252
    assert bars[AAPL].days[-1] == date(2020, 3, 11)
    assert bars[AAPL].source == "Alpaca sip, adjusted for splits and dividends"
    assert bars[AAPL].consolidated
    asked = alpaca.server.exchanges[-1].query
    assert (asked["adjustment"], asked["feed"], asked["timeframe"]) == ("all", "sip", "1Day")
    assert datetime.fromisoformat(asked["end"]) < THURSDAY.replace(hour=4, minute=0)
    assert not alpaca.open(bars_feed=BarsFeed.IEX).bars([AAPL], 20)[AAPL].consolidated


def test_bars_are_read_again_after_a_while_or_for_more_days(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    year, month = broker.bars([AAPL], 252)[AAPL], broker.bars([AAPL], 20)[AAPL]
    assert (month.days, month.closes) == (year.days[-20:], year.closes[-20:])
    assert alpaca.server.count("GET", BARS) == 1
    assert set(broker.bars([AAPL, KO], 252)) == {AAPL, KO}
    assert len(broker.bars([AAPL], 300)[AAPL].days) == 300
    assert alpaca.server.count("GET", BARS) == 3
    alpaca.clock.on(15 * 60)
    broker.bars([AAPL], 300)
    assert alpaca.server.count("GET", BARS) == 4
    alpaca.clock.on((13 * 60 - 20) * 60)
    before = broker.bars([AAPL], 5)[AAPL].days[-1]
    alpaca.clock.on(10 * 60)
    assert (before, broker.bars([AAPL], 5)[AAPL].days[-1]) == (date(2020, 3, 11), date(2020, 3, 12))


def test_bars_are_read_page_by_page(alpaca: Alpaca) -> None:
    whole = alpaca.open().bars([AAPL, KO], 252)
    alpaca.server.page_max = 2
    before = alpaca.server.count("GET", BARS)
    assert alpaca.open().bars([AAPL, KO], 252) == whole
    assert alpaca.server.count("GET", BARS) - before > 10


def test_a_page_that_comes_again_is_not_believed(alpaca: Alpaca) -> None:
    again = answer("GET", BARS, 200, b'{"bars": null, "next_page_token": "x"}', times=2)
    alpaca.server.faults.tell(again)
    with pytest.raises(BadAnswer, match="same page of market data"):
        alpaca.open().bars([AAPL], 5)


BAD_BARS = [{"c": None}, {"c": 0}, {"c": float("nan")}, {"v": -1}, {"v": "x"}]


@pytest.mark.parametrize("change", BAD_BARS)
def test_a_series_with_a_bad_bar_is_left_out_whole(
    alpaca: Alpaca, change: dict[str, object]
) -> None:
    good = {"t": "2020-03-10T04:00:00Z", "c": 70.0, "v": 1000}
    bars = {"AAPL": [good, {**good, "t": "2020-03-11T04:00:00Z", **change}], "KO": [good]}
    body = json.dumps({"bars": bars, "next_page_token": None}).encode()
    alpaca.server.faults.tell(says("GET", BARS, body))
    assert set(alpaca.open().bars([AAPL, KO], 5)) == {KO}


def test_a_bar_of_today_is_no_bar_yet(alpaca: Alpaca) -> None:
    today = {"t": "2020-03-12T04:00:00Z", "c": 70.0, "v": 1000}
    body = json.dumps({"bars": {"AAPL": [today]}, "next_page_token": None}).encode()
    alpaca.server.faults.tell(says("GET", BARS, body))
    assert alpaca.open().bars([AAPL], 5) == {}


def test_instruments_say_whether_they_are_divided_and_traded(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    alpaca.model.whole_only.add("KO")
    known = broker.instruments([AAPL, KO, Symbol("NOPE"), Symbol("A/B")])
    assert set(known) == {AAPL, KO}
    assert known[AAPL].quantity_step == D("0.000000001")
    assert known[KO].quantity_step == 1
    assert known[AAPL].tradable
    assert known[AAPL].name == "AAPL Common Stock"
    assert (known[AAPL].tick.at(D("1.00")), known[AAPL].tick.at(D("0.99"))) == (
        D("0.01"),
        D("0.0001"),
    )


@pytest.mark.parametrize(
    "change",
    [
        (b'"tradable": true', b'"tradable": false'),
        (b'"status": "active"', b'"status": "inactive"'),
        (b'"class": "us_equity"', b'"class": "crypto"'),
    ],
)
def test_what_cannot_be_traded_says_so(alpaca: Alpaca, change: tuple[bytes, bytes]) -> None:
    alpaca.server.faults.tell(Fault("GET", "/v2/assets/", rewrite=lambda b: b.replace(*change)))
    assert not alpaca.open().instruments([AAPL])[AAPL].tradable


def test_few_instruments_are_asked_for_by_name_and_many_by_one_list(alpaca: Alpaca) -> None:
    names = [Symbol(f"S{chr(65 + n)}") for n in range(26)]
    alpaca.model.quotes |= {name: (D(9), D("9.01")) for name in names}
    broker = alpaca.open()
    assert set(broker.instruments([*names, Symbol("NOPE")])) == set(names)
    assert len(broker.instruments([*names, AAPL, Symbol("NOPE")])) == 27
    assert alpaca.server.count("GET", "/v2/assets") == 1
    assert len(alpaca.server.exchanges) == 1
    alpaca.clock.on(3600)
    broker.instruments([AAPL])
    assert len(alpaca.server.exchanges) == 2


def test_an_asset_that_cannot_be_read_now_is_not_unknown(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    alpaca.server.faults.tell(answer("GET", "/v2/assets/", 404, b"<html>not here</html>"))
    with pytest.raises(BadAnswer):
        broker.instruments([AAPL])
    alpaca.server.faults.tell(answer("GET", "/v2/assets/", 503))
    with pytest.raises(Unreachable):
        broker.instruments([AAPL])
    assert set(broker.instruments([AAPL])) == {AAPL}


def test_an_account_holds_dollars_and_nothing_else(broker: AlpacaBroker) -> None:
    euro = Currency("EUR")
    assert broker.fx([USD, euro], USD)[USD].rate == 1
    assert broker.fx([euro], USD) == {}
    assert broker.fx([euro], euro) == {}


CASH = [
    ({"cash": "100", "non_marginable_buying_power": "60"}, "60"),
    ({"cash": "100", "non_marginable_buying_power": "400"}, "100"),
    ({"cash": "100", "non_marginable_buying_power": "-5"}, "0"),
    ({"cash": "100", "non_marginable_buying_power": "60", "cash_withdrawable": "40"}, "40"),
    ({"cash": "100", "non_marginable_buying_power": None}, "100"),
    ({"cash": "-23140.2", "non_marginable_buying_power": "0"}, "-23140.2"),
]


@pytest.mark.parametrize(("row", "settled"), CASH)
def test_settled_is_the_least_of_what_alpaca_says_may_be_spent(
    alpaca: Alpaca, row: dict[str, object], settled: str
) -> None:
    body = json.dumps({"account_number": "PA1", **row}).encode()
    alpaca.server.faults.tell(says("GET", "/v2/account$", body))
    (cash,) = alpaca.open().account().cash
    assert (cash.amount, cash.settled) == (D(str(row["cash"])), D(settled))


@pytest.mark.parametrize("bad", [None, "", "NaN", "Infinity", "1e30", "much", True, [], {}])
def test_cash_that_is_no_amount_stops_everything(alpaca: Alpaca, bad: object) -> None:
    body = json.dumps({"account_number": "PA1", "cash": bad}).encode()
    alpaca.server.faults.tell(says("GET", "/v2/account$", body))
    with pytest.raises(BadAnswer, match="account has cash"):
        alpaca.open().account()


def test_the_clock_is_alpacas(alpaca: Alpaca, broker: AlpacaBroker) -> None:
    assert broker.clock().time == THURSDAY
    alpaca.clock.on(timedelta(hours=5).total_seconds())
    assert not broker.clock().is_open
