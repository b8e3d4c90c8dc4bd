"""Corrected and busted trades, by the stream of activities that Alpaca documents for them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alpaca_bench import Alpaca, D, buy, sell
from standins.alpaca_events import PATH, bust, correct
from standins.faults import HTML, Fault, answer, drop_before, says

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.corrections import FRESH
from brokers.broker import BadAnswer
from brokers.words import ZERO, Execution

STREAM = ("GET", PATH)
LATER = FRESH.total_seconds() + 1


@pytest.fixture
def traded(alpaca: Alpaca, broker: AlpacaBroker) -> AlpacaBroker:
    """The account once it has bought ten shares, and knows it."""
    broker.submit(buy("k"))
    alpaca.clock.on(1)
    assert [told(each) for each in broker.executions(None)] == ["10 at 70.02, 0"]
    alpaca.clock.on(LATER)
    return broker


def told(each: Execution) -> str:
    return f"{each.quantity} at {each.price}, {each.version}"


def only(broker: AlpacaBroker) -> Execution:
    (execution,) = broker.executions(None)
    return execution


LISTED = pytest.mark.parametrize("listed", [False, True], ids=["stream only", "listed too"])


@LISTED
def test_a_busted_trade_leaves_nothing(
    alpaca: Alpaca, traded: AlpacaBroker, *, listed: bool
) -> None:
    before = only(traded)
    bust(alpaca.model, listed=listed)
    alpaca.clock.on(LATER)
    after = only(traded)
    assert after == replace(before, version=1, quantity=ZERO)
    assert traded.account().positions == ()


@LISTED
def test_a_corrected_trade_takes_the_place_of_what_it_corrects(
    alpaca: Alpaca, traded: AlpacaBroker, *, listed: bool
) -> None:
    before = only(traded)
    correct(alpaca.model, quantity="8", price="69.95", listed=listed)
    alpaca.clock.on(LATER)
    assert only(traded) == replace(before, version=1, quantity=D(8), price=D("69.95"))
    assert [p.quantity for p in traded.account().positions] == [8]


def test_a_correction_may_be_corrected_and_busted(alpaca: Alpaca, traded: AlpacaBroker) -> None:
    root = only(traded).root
    correct(alpaca.model, price="69.95")
    correct(alpaca.model, price="69.90")
    alpaca.clock.on(LATER)
    assert told(only(traded)) == "10 at 69.90, 2"
    bust(alpaca.model)
    alpaca.clock.on(LATER)
    assert told(only(traded)) == "0 at 70.02, 3"
    assert only(alpaca.open()) == only(traded), "a program that begins now is told the same"
    assert only(traded).root == root


def test_each_part_of_an_order_is_corrected_for_itself(
    alpaca: Alpaca, broker: AlpacaBroker
) -> None:
    alpaca.model.parts = 2
    broker.submit(buy("k"))
    alpaca.clock.on(1)
    broker.submit(sell("s", "4", "69.98"))
    alpaca.clock.on(1)
    broker.account()
    correct(alpaca.model, price="70.00", of=1)
    assert sorted(told(each) for each in broker.executions(None)) == [
        "2 at 69.98, 0",
        "2 at 69.98, 0",
        "5 at 70.00, 1",
        "5 at 70.02, 0",
    ]


def test_it_is_told_to_who_asks_for_what_is_new(alpaca: Alpaca, traded: AlpacaBroker) -> None:
    since = alpaca.clock.now()
    assert traded.executions(since) == ()
    correct(alpaca.model, price="69.95")
    alpaca.clock.on(LATER)
    assert [told(each) for each in traded.executions(since)] == ["10 at 69.95, 1"]


def test_it_is_asked_for_every_quarter_of_an_hour(alpaca: Alpaca, traded: AlpacaBroker) -> None:
    asked = alpaca.server.count(*STREAM)
    for _ in range(10):
        alpaca.clock.on(60)
        traded.executions(None)
    assert alpaca.server.count(*STREAM) == asked + 1


SILENT = {
    "no such path": answer(*STREAM, 404, b'{"message": "endpoint not found."}'),
    "not for this account": answer(*STREAM, 403, b'{"message": "forbidden."}'),
    "a page": answer(*STREAM, 200, HTML),
    "a list": says(*STREAM, b"[]"),
    "down": answer(*STREAM, 503, HTML),
    "dropped": drop_before(*STREAM),
    "cut": Fault(*STREAM, cut_at=250),
    "some left out": Fault(
        *STREAM, rewrite=lambda body: b": you are reading too slowly, dropped 3 messages\n\n" + body
    ),
    "it fails": Fault(*STREAM, rewrite=lambda body: body + b": internal server error\n\n"),
    "never ending": Fault(*STREAM, hangs=True),
}


@pytest.mark.parametrize("kind", SILENT)
def test_where_it_is_not_told_everything_else_goes_on(
    kind: str, alpaca: Alpaca, traded: AlpacaBroker
) -> None:
    correct(alpaca.model, price="69.95")
    alpaca.clock.on(LATER)
    fault = replace(SILENT[kind])
    alpaca.server.faults.tell(fault)
    assert told(only(traded)) == "10 at 70.02, 0"
    assert not fault.times
    alpaca.clock.on(LATER)
    assert told(only(traded)) == "10 at 69.95, 1"


WRONG = {
    "of an unknown trade": {"previous_id": "7c2cf2a4-0000-0000-0000-000000000000"},
    "of nothing": {"previous_id": None},
    "without a price": {"price": None},
    "without a size": {"qty": "NaN"},
}


@pytest.mark.parametrize("kind", WRONG)
def test_one_that_fits_no_trade_stops_everything(
    kind: str, alpaca: Alpaca, traded: AlpacaBroker
) -> None:
    correct(alpaca.model, price="69.95")
    alpaca.model.events[-1] |= WRONG[kind]
    alpaca.clock.on(LATER)
    with pytest.raises(BadAnswer, match="Alpaca"):
        traded.executions(None)


def test_one_of_another_order_stops_everything(alpaca: Alpaca, traded: AlpacaBroker) -> None:
    correct(alpaca.model, price="69.95")
    details = alpaca.model.events[-1]["details"]
    assert isinstance(details, dict)
    details["symbol"] = "KO"
    alpaca.clock.on(LATER)
    with pytest.raises(BadAnswer, match="fits no entry"):
        traded.executions(None)


def test_what_was_corrected_long_ago_is_not_looked_for(alpaca: Alpaca) -> None:
    alpaca.open().executions(None)
    query = next(e.query for e in alpaca.server.exchanges if e.path == PATH)
    assert query["until"] == f"{alpaca.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    assert query["since"] == f"{alpaca.clock.now() - timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
