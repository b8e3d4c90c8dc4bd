"""Orders and executions as the TWS API words them, field by field, and orders as clients do.

The order of the fields is the protocol; frames that gateways sent at server versions 164 and 173
have been held against these (tests/brokers/ibkr/test_tws_standin.py).
"""

from decimal import Decimal

from standins.tws_book import Booked, Execution, Refusal, Wanted
from standins.tws_market import Listing, local
from standins.tws_model import TwsModel
from standins.tws_rules import NO_DEFINITION
from standins.tws_wire import UNSET, UNSET_INT, UNSET_LONG, Cursor, double

Frame = list[object]
MIN_TRADE_FIELDS = ["", "100", "0.02", "", ""]
"""Minimal trade quantity, compete size and offset, two offsets: server version 170."""
SHAREHOLDER = "Not an insider or substantial shareholder"


def contract(listing: Listing, exchange: str, strike: str = "0", right: str = "?") -> Frame:
    """Eleven fields that orders, executions and positions have in common."""
    kind = ["STK", "", strike, right, ""]
    traded = [exchange, listing.currency, listing.symbol, listing.trading_class]
    return [listing.con_id, listing.symbol, *kind, *traded]


def open_order(order: Booked, version: int, margins: Frame | None = None) -> Frame:
    """Message 5. ``margins`` are the nine of a what-if."""
    wanted = order.wanted
    return [
        5,
        wanted.order_id,
        *contract(wanted.listing, wanted.exchange),
        *_terms(wanted),
        order.client_id,
        order.perm_id,
        *_life(wanted),
        f"{order.perm_id}.0/{wanted.account}/100",
        *["", "", ""],
        *([""] if version < 177 else []),
        *["", "", "", "", "", 0, "", -1, 0, "", "", "", "", "", UNSET_INT],
        *[0, 0, 0, "", 3, 0, 0, "", 0, 0],
        *_volatility(["", "", "", "?", 0, 0, ""]),
        *[0, 0, "", "", "", "", "", 0, 0, 0],
        *[UNSET_INT, UNSET_INT, "", ""],
        *[0, "", "IB", 0, 0, "", 0, wanted.what_if],
        *_state(order, margins),
        *[0, 0, 0],
        *["None", UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, 0, "", "", "", 0, 1, 0, 0, 0],
        *([""] if version >= 159 else []),
        *([""] if version >= 160 else []),
        *([0] if version >= 162 else []),
        *(MIN_TRADE_FIELDS if version >= 170 else []),
    ]


def _terms(wanted: Wanted, quantity: Decimal | None = None) -> Frame:
    """From the action to the order reference."""
    size = wanted.quantity if quantity is None else quantity
    prices = [double(wanted.limit), "0.0"]
    asked = [wanted.action, size, wanted.kind, *prices, wanted.tif]
    return [*asked, "", wanted.account, "", 0, wanted.ref]


def _life(wanted: Wanted) -> Frame:
    """Outside of trading hours, hidden, discretionary, good after."""
    return [wanted.outside_rth, 0, 0, ""]


def _volatility(more: Frame) -> Frame:
    """Volatility and its type, then a delta-neutral order of type None and what belongs to it."""
    return ["", 0, "None", "", 0, *more]


def _state(order: Booked, margins: Frame | None) -> Frame:
    """Status, nine margins, commission, its currency and a warning."""
    fee: Frame = ["", "", "", "", ""]
    if order.fee:
        fee = [double(order.fee), "", "", order.wanted.listing.currency, ""]
    return [order.status, *(margins or [UNSET] * 9), *fee]


def order_status(order: Booked) -> Frame:
    """Message 3."""
    wanted, average = order.wanted, order.average
    counts: Frame = [order.filled, order.remaining, _price(average)]
    ids: Frame = [order.perm_id, 0, _price(order.last_price), order.client_id]
    return [3, wanted.order_id, order.status, *counts, *ids, order.held, 0]


def _price(price: Decimal) -> str:
    return double(price) if price else "0"


def completed_order(order: Booked, version: int) -> Frame:
    """Message 101. A filled order has a total of nothing here, as recorded."""
    wanted = order.wanted
    total = Decimal(0) if order.status == "Filled" else wanted.quantity
    assert order.ended is not None
    return [
        101,
        *contract(wanted.listing, wanted.exchange),
        *_terms(wanted, total),
        order.perm_id,
        *_life(wanted),
        *["", "", ""],
        *([""] if version < 177 else []),
        *["", "", "", "", "", 0, "", -1, "", "", "", "", "", UNSET_INT],
        *[0, 0, "", 3, 0],
        *_volatility([0, 0, ""]),
        *[0, 0, "", "", "", 0, 0, 0],
        *[UNSET_INT, UNSET_INT, "", ""],
        *["", "IB", 0, 0, "", 0, order.status, 0, 0, 0],
        *[UNSET, UNSET, 0, 1, 0, "", order.filled, UNSET_INT, 0, SHAREHOLDER, 0, 0, UNSET_LONG],
        *[local(order.ended), order.ended_how],
        *([""] * 5 if version >= 170 else []),
    ]


def exec_details(request: int, done: Execution, version: int, *, zoned: bool = True) -> Frame:
    """Message 11; a request of -1 is one that nobody asked for."""
    wanted = done.order.wanted
    side = "BOT" if wanted.is_buy else "SLD"
    return [
        11,
        request,
        wanted.order_id,
        *contract(wanted.listing, done.exchange, "0.0", ""),
        *[done.exec_id, local(done.time, zoned=zoned), wanted.account, done.exchange, side],
        *[done.shares, double(done.price), done.order.perm_id, done.order.client_id, 0],
        *[done.cumulative, double(done.average), wanted.ref, "", "", "", 2],
        *([0] if version >= 178 else []),
    ]


def commission_report(done: Execution) -> Frame:
    """Message 59."""
    currency = done.order.wanted.listing.currency
    return [59, 1, done.exec_id, double(done.fee), currency, UNSET, UNSET, ""]


def asked_contract(cursor: Cursor) -> tuple[int, str, str, str, str]:
    """Twelve fields of a contract: its id, symbol, type, exchange and currency are used here."""
    con_id, symbol, kind = cursor.whole(), cursor.word(), cursor.word()
    cursor.skip(4)
    exchange = cursor.word()
    cursor.skip(1)
    currency = cursor.word()
    local_symbol = cursor.word()
    cursor.skip(1)
    return con_id, symbol or local_symbol, kind, exchange, currency


def wanted_order(model: TwsModel, cursor: Cursor, version: int) -> Wanted:
    """What a client's message 3 asks for; raise ``Refusal`` for what nobody can trade."""
    order_id = cursor.whole()
    con_id, symbol, kind, exchange, currency = asked_contract(cursor)
    if kind not in {"STK", ""}:
        raise Refusal(200, NO_DEFINITION)
    listing = model.only(con_id, symbol, currency)
    cursor.skip(2)
    action, quantity, order_type = cursor.word(), cursor.number(), cursor.word()
    limit, _, tif, _, account = (
        cursor.number(), cursor.word(), cursor.word(), cursor.word(), cursor.word(),
    )  # fmt: skip
    cursor.skip(2)
    ref = cursor.word()
    cursor.skip(6)
    outside, _ = cursor.flag(), cursor.word()
    return Wanted(
        order_id,
        listing,
        action,
        quantity,
        order_type,
        limit if order_type in {"LMT", "LOC"} else Decimal(0),
        tif or "DAY",
        account or (model.accounts[0] if len(model.accounts) == 1 else ""),
        ref,
        outside,
        _what_if(cursor, version),
        exchange or "SMART",
    )


def _what_if(cursor: Cursor, version: int) -> bool:
    """Skip to the flag that asks what an order would cost."""
    cursor.skip(7)
    cursor.skip(1 if version < 177 else 0)
    cursor.skip(22)
    if cursor.word():
        cursor.skip(9)
    else:
        cursor.skip(1)
    cursor.skip(6)
    if cursor.number():
        cursor.skip(7)
    cursor.skip(3)
    if cursor.word():
        cursor.skip(1)
    cursor.skip(4)
    if cursor.flag():
        cursor.skip(3)
    if cursor.word():
        cursor.skip(2 * cursor.whole())
    cursor.skip(1)
    return cursor.flag()
