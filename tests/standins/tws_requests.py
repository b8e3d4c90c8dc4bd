"""Every message of a client that the TWS stand-in knows: its number, its name, who answers."""

from collections.abc import Callable
from dataclasses import dataclass

from standins import tws_ask as ask
from standins import tws_trade as trade
from standins.tws_book import Refusal
from standins.tws_client import Client, Frame
from standins.tws_wire import Cursor, Fields


@dataclass(frozen=True, slots=True)
class Request:
    """A message of a client: fields to skip before its own, and whether the first is its number."""

    serve: Callable[[Client, Cursor], list[Frame]]
    skip: int
    numbered: bool = True
    needs_broker: bool = False
    """Whether it waits for as long as the gateway has lost IB."""


REQUESTS = {
    "reqMktData": Request(ask.market_data, 2, needs_broker=True),
    "cancelMktData": Request(ask.no_market_data, 2),
    "placeOrder": Request(trade.place, 1, needs_broker=True),
    "cancelOrder": Request(trade.cancel, 2, needs_broker=True),
    "reqOpenOrders": Request(trade.open_orders, 2, numbered=False),
    "reqAccountUpdates": Request(ask.account_updates, 2, numbered=False),
    "reqExecutions": Request(trade.executions, 2, needs_broker=True),
    "reqIds": Request(ask.ids, 2, numbered=False),
    "reqContractDetails": Request(ask.details, 2, needs_broker=True),
    "reqAutoOpenOrders": Request(trade.auto_open_orders, 2, numbered=False),
    "reqAllOpenOrders": Request(trade.all_open_orders, 2, numbered=False),
    "reqManagedAccts": Request(ask.managed, 2, numbered=False),
    "requestFA": Request(ask.advisor, 2, numbered=False),
    "reqHistoricalData": Request(ask.history, 1, needs_broker=True),
    "reqCurrentTime": Request(ask.time, 2, numbered=False),
    "reqGlobalCancel": Request(trade.cancel_all, 2, numbered=False, needs_broker=True),
    "reqMarketDataType": Request(ask.market_data_type, 2, numbered=False),
    "reqPositions": Request(ask.positions, 2, numbered=False),
    "cancelPositions": Request(ask.no_positions, 2, numbered=False),
    "reqAccountSummary": Request(ask.summary, 2),
    "startApi": Request(ask.start, 2, numbered=False),
    "reqPositionsMulti": Request(ask.positions_multi, 2),
    "reqAccountUpdatesMulti": Request(ask.account_multi, 2),
    "reqMarketRule": Request(ask.market_rule, 1, numbered=False),
    "reqCompletedOrders": Request(trade.completed_orders, 1, numbered=False, needs_broker=True),
    "cancelHistoricalData": Request(lambda *_: [], 2),
    "cancelAccountSummary": Request(ask.no_summary, 2),
    "cancelPositionsMulti": Request(lambda *_: [], 2),
    "cancelAccountUpdatesMulti": Request(lambda *_: [], 2),
}

NUMBERS = {
    1: "reqMktData", 2: "cancelMktData", 3: "placeOrder", 4: "cancelOrder", 5: "reqOpenOrders",
    6: "reqAccountUpdates", 7: "reqExecutions", 8: "reqIds", 9: "reqContractDetails",
    15: "reqAutoOpenOrders", 16: "reqAllOpenOrders", 17: "reqManagedAccts", 18: "requestFA",
    20: "reqHistoricalData", 25: "cancelHistoricalData", 49: "reqCurrentTime",
    58: "reqGlobalCancel", 59: "reqMarketDataType", 61: "reqPositions", 62: "reqAccountSummary",
    63: "cancelAccountSummary", 64: "cancelPositions", 71: "startApi", 74: "reqPositionsMulti",
    75: "cancelPositionsMulti", 76: "reqAccountUpdatesMulti", 77: "cancelAccountUpdatesMulti",
    91: "reqMarketRule", 99: "reqCompletedOrders",
}  # fmt: skip


def answer(client: Client, name: str, fields: Fields) -> list[Frame]:
    """What TWS would answer to a request."""
    cursor, request = Cursor(fields), REQUESTS[name]
    cursor.skip(request.skip)
    try:
        return request.serve(client, cursor)
    except Refusal as no:
        number = fields[request.skip] if request.numbered else "-1"
        return [client.error(int(number), no.code, no.text)]
