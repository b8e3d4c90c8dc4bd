"""Both ends against what Alpaca publishes: what the adapter asks, and what the stand-in answers.

``alpaca_facts.json`` holds names, types and choices out of Alpaca's OpenAPI files. They judge the
shape of what is said and not its sense: that is what the other tests are for.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from alpaca_bench import AAPL, KO, Alpaca, buy, sell
from standins.alpaca_events import bust
from standins.alpaca_server import Exchange

from brokers.alpaca.corrections import FRESH
from brokers.alpaca.link import events_of
from brokers.broker import Accepted, CancelRequested, Refused
from brokers.words import OrderKey, Symbol

FACTS = json.loads((Path(__file__).parent / "alpaca_facts.json").read_text())

BODIES = {
    "GET /v2/account": "Account",
    "GET /v2/clock": "legacy_clock",
    "POST /v2/orders": "Order",
    "GET /v2/orders/{order_id}": "Order",
    "GET /v2/orders:by_client_order_id": "Order",
    "GET /v2/assets/{symbol_or_asset_id}": "Assets",
    "GET /v2/stocks/quotes/latest": "stock_latest_quotes_resp",
    "GET /v2/stocks/bars": "stock_bars_resp",
}
LISTS = {
    "GET /v2/orders": "Order",
    "GET /v2/positions": "Position",
    "GET /v2/assets": "Assets",
    "GET /v2beta1/events/activities": "ActivityEvent",
}


def validate(value: object, schema: dict[str, object]) -> None:
    """Raise where ``value`` is not what Alpaca says it is."""
    whole = {**schema, "$defs": FACTS["$defs"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(value, whole, jsonschema.Draft202012Validator, format_checker=checker)


def of(name: str) -> dict[str, object]:
    return {"$ref": f"#/$defs/{name}"}


def endpoint(exchange: Exchange) -> str:
    """The published path of an exchange."""
    for known in FACTS["queries"]:
        method, path = known.split(" ")
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        if method == exchange.method and re.fullmatch(pattern, exchange.path):
            return str(known)
    raise AssertionError(f"Alpaca publishes no {exchange.method} {exchange.path}")


def judge(exchange: Exchange) -> None:
    """Hold one exchange against the published facts."""
    known = endpoint(exchange)
    judge_query(exchange.query, FACTS["queries"][known])
    if exchange.body is not None:
        assert isinstance(exchange.body, dict)
        assert set(exchange.body) <= set(FACTS["$defs"]["CreateOrderRequest"]["properties"])
        validate(exchange.body, of("CreateOrderRequest"))
    if exchange.status >= 400:
        validate(exchange.answer, of("Error"))
    elif known == "GET /v2/account/activities":
        for row in rows(exchange):
            is_trade = row["activity_type"] == "FILL"
            validate(row, of("TradingActivities" if is_trade else "NonTradeActivities"))
    elif known in LISTS:
        for row in rows(exchange):
            validate(row, of(LISTS[known]))
    elif known in BODIES:
        validate(exchange.answer, of(BODIES[known]))
    else:
        assert (known, exchange.status) == ("DELETE /v2/orders/{order_id}", 204)


def rows(exchange: Exchange) -> Iterator[dict[str, object]]:
    told = exchange.answer
    told = events_of(told) if isinstance(told, bytes) else told
    assert isinstance(told, list)
    yield from told


def judge_query(query: dict[str, str], published: dict[str, dict[str, object]]) -> None:
    """Each name is published, each value of its type, and what must be there is there."""
    assert set(query) <= set(published)
    assert {name for name, each in published.items() if each["required"]} <= set(query)
    for name, text in query.items():
        schema = published[name]["schema"]
        assert isinstance(schema, dict)
        is_number = schema.get("type") == "integer"
        validate(int(text) if is_number else text, schema)


@pytest.fixture
def worked(alpaca: Alpaca) -> Alpaca:
    """A stand-in at which everything was done that the adapter can do."""
    broker = alpaca.open()
    alpaca.model.pay("DIV", "1.02", symbol="KO", qty="2", per_share_amount="0.51")
    alpaca.model.parts = 2
    broker.account()
    broker.instruments([AAPL, Symbol("NOPE")])
    broker.instruments([Symbol(f"X{n}") for n in range(11)])
    broker.quotes([AAPL, KO, Symbol("NOPE")])
    broker.bars([AAPL, KO], 20)
    assert isinstance(broker.submit(buy("k", "1.5")), Accepted)
    assert isinstance(broker.submit(buy("w", "1", "1.00", KO)), Accepted)
    assert isinstance(broker.submit(buy("no", "99999")), Refused)
    assert isinstance(broker.submit(sell("no shares", "1", "50", KO)), Refused)
    assert isinstance(alpaca.open().submit(buy("k", "1.5")), Accepted)
    alpaca.clock.on(2)
    assert broker.cancel(OrderKey("w")) == CancelRequested()
    broker.cancel(OrderKey("k"))
    for reading in (broker.executions, broker.cash_flows, broker.transfers):
        reading(None)
    bust(alpaca.model)
    alpaca.clock.on(FRESH.total_seconds())
    broker.executions(None)
    broker.open_orders()
    broker.find(OrderKey("never"))
    broker.account()
    broker.clock()
    return alpaca


def test_everything_that_is_said_is_as_published(worked: Alpaca) -> None:
    for exchange in worked.server.exchanges:
        judge(exchange)
    seen = {endpoint(exchange) for exchange in worked.server.exchanges}
    assert seen >= (BODIES.keys() | LISTS.keys()) - {"GET /v2/orders/{order_id}"}


WRONG = [
    {"qty": 1},
    {"limit_price": 1.5},
    {"time_in_force": "forever"},
    {"client_order_id": "k" * 129},
    {"side": "hold"},
    {"type": None},
]


@pytest.mark.parametrize("change", WRONG)
def test_the_published_facts_refuse_what_alpaca_would(change: dict[str, object]) -> None:
    good = {"symbol": "KO", "qty": "1", "side": "buy", "type": "limit", "time_in_force": "day"}
    validate(good, of("CreateOrderRequest"))
    with pytest.raises(jsonschema.ValidationError):
        validate({**good, **change}, of("CreateOrderRequest"))
    with pytest.raises(AssertionError):
        judge_query({"nested": "True", "colour": "red"}, FACTS["queries"]["GET /v2/orders"])
