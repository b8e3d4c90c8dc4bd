"""What Alpaca answers to each question, as published: one function a path, one row a route."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote
from uuid import uuid5

from standins.alpaca_events import PATH, stream
from standins.alpaca_model import (
    IDS,
    NEW_YORK,
    ZERO,
    AlpacaModel,
    Json,
    Refusal,
    session_of,
    stamp,
)


@dataclass(slots=True)
class Reply:
    """A status and a body that becomes JSON; bytes are events, None is no body at all."""

    status: int
    body: object = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, taken apart."""

    path: str
    query: dict[str, str]
    body: object
    page_max: int

    @property
    def last(self) -> str:
        """The last part of the path."""
        return unquote(self.path.rsplit("/", 1)[1])


def _account(model: AlpacaModel, _: Asked) -> Reply:
    model.carry()
    worth = sum((q * model.quotes[s][0] for s, q in model.positions.items()), ZERO)
    return Reply(
        200,
        {
            "id": str(uuid5(IDS, model.number)),
            "account_number": model.number,
            "status": "ACTIVE",
            "currency": "USD",
            "cash": f"{model.cash:f}",
            "portfolio_value": f"{model.cash + worth:f}",
            "equity": f"{model.cash + worth:f}",
            "long_market_value": f"{worth:f}",
            "short_market_value": "0",
            "buying_power": f"{model.buying_power():f}",
            "regt_buying_power": f"{model.buying_power():f}",
            "non_marginable_buying_power": f"{model.buying_power():f}",
            "multiplier": model.multiplier,
            "created_at": stamp(model.now() - timedelta(days=100)),
            "trading_blocked": False,
            "transfers_blocked": False,
            "account_blocked": False,
            "trade_suspended_by_user": False,
            "shorting_enabled": False,
            "accrued_fees": "0",
            "pending_reg_taf_fees": "0",
        },
    )


def _positions(model: AlpacaModel, _: Asked) -> Reply:
    model.carry()
    return Reply(200, [_position(model, s, q) for s, q in model.positions.items()])


def _position(model: AlpacaModel, symbol: str, quantity: Decimal) -> Json:
    price = model.quotes[symbol][0]
    return {
        "asset_id": str(uuid5(IDS, symbol)),
        "symbol": symbol,
        "exchange": "NASDAQ",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": f"{quantity:f}",
        "qty_available": f"{model.free(symbol):f}",
        "side": "long",
        "avg_entry_price": f"{price:f}",
        "market_value": f"{price * quantity:f}",
        "cost_basis": f"{price * quantity:f}",
        "unrealized_pl": "0",
        "unrealized_plpc": "0",
        "unrealized_intraday_pl": "0",
        "unrealized_intraday_plpc": "0",
        "current_price": f"{price:f}",
        "lastday_price": f"{price:f}",
        "change_today": "0",
    }


def _place(model: AlpacaModel, asked: Asked) -> Reply:
    assert isinstance(asked.body, dict)
    return Reply(200, model.place(asked.body).json())


def _list_orders(model: AlpacaModel, asked: Asked) -> Reply:
    model.carry()
    query = asked.query
    wanted = {"open": {True}, "closed": {False}, "all": {True, False}}[query.get("status", "open")]
    orders = [order for order in model.orders if order.is_live in wanted]
    if after := query.get("after"):
        orders = [o for o in orders if o.sent > datetime.fromisoformat(after)]
    if after_id := query.get("after_order_id"):
        first = model.by_id(after_id).number
        orders = [o for o in orders if o.number > first]
    if query.get("direction", "desc") == "desc":
        orders.reverse()
    limit = min(int(query.get("limit", 50)), asked.page_max)
    return Reply(200, [order.json() for order in orders[:limit]])


def _order_by_key(model: AlpacaModel, asked: Asked) -> Reply:
    model.carry()
    return Reply(200, model.by_key(asked.query["client_order_id"]).json())


def _order(model: AlpacaModel, asked: Asked) -> Reply:
    model.carry()
    return Reply(200, model.by_id(asked.last).json())


def _cancel(model: AlpacaModel, asked: Asked) -> Reply:
    model.cancel(asked.last)
    return Reply(204)


def _activities(model: AlpacaModel, asked: Asked) -> Reply:
    model.carry()
    rows = model.entries()
    if after := asked.query.get("after"):
        first = f"{datetime.fromisoformat(after).astimezone(UTC):%Y%m%d%H%M%S}"
        rows = [row for row in rows if str(row["id"]) > first]
    if asked.query.get("direction", "desc") == "desc":
        rows.reverse()
    ids = [row["id"] for row in rows]
    token = asked.query.get("page_token")
    start = ids.index(token) + 1 if token in ids else 0
    size = min(int(asked.query.get("page_size", 100)), 100, asked.page_max)
    return Reply(200, rows[start : start + size])


def _events(model: AlpacaModel, asked: Asked) -> Reply:
    model.carry()
    return Reply(200, stream(model, asked.query))


def _clock(model: AlpacaModel, _: Asked) -> Reply:
    now = model.now()
    session = model.session_at(now)
    today = now.astimezone(NEW_YORK).date()
    ahead = (model.session_of(today + timedelta(days=n)) for n in range(8))
    coming = next(each for each in ahead if each and each[0] > now)
    return Reply(
        200,
        {
            "timestamp": now.astimezone(NEW_YORK).isoformat(),
            "is_open": session is not None,
            "next_open": coming[0].astimezone(NEW_YORK).isoformat(),
            "next_close": (session or coming)[1].astimezone(NEW_YORK).isoformat(),
        },
    )


def _asset_json(model: AlpacaModel, symbol: str) -> Json:
    return {
        "id": str(uuid5(IDS, symbol)),
        "class": "us_equity",
        "exchange": "NASDAQ",
        "symbol": symbol,
        "name": f"{symbol} Common Stock",
        "status": "active",
        "tradable": True,
        "marginable": True,
        "shortable": True,
        "easy_to_borrow": True,
        "fractionable": symbol not in model.whole_only,
    }


def _asset(model: AlpacaModel, asked: Asked) -> Reply:
    if asked.last not in model.quotes:
        raise Refusal(404, 40410000, f"asset not found for {asked.last}")
    return Reply(200, _asset_json(model, asked.last))


def _assets(model: AlpacaModel, _: Asked) -> Reply:
    return Reply(200, [_asset_json(model, symbol) for symbol in model.quotes])


def _symbols(asked: Asked) -> list[str]:
    """The symbols asked for; one that could not be a symbol spoils the whole question."""
    symbols = asked.query["symbols"].split(",")
    for symbol in symbols:
        if not symbol.replace(".", "").isalpha():
            raise Refusal(400, 40010000, f"invalid symbol: {symbol}")
    return symbols


def _quotes(model: AlpacaModel, asked: Asked) -> Reply:
    made = stamp(model.now() - model.quote_age)
    found: Json = {}
    for symbol in _symbols(asked):
        if symbol in model.quotes:
            bid, ask = map(float, model.quotes[symbol])
            quote: Json = {"ap": ask, "as": 1, "ax": "V", "bp": bid, "bs": 2, "bx": "V"}
            found[symbol] = {**quote, "c": ["R"], "t": made, "z": "C"}
    return Reply(200, {"quotes": found})


def _bars(model: AlpacaModel, asked: Asked) -> Reply:
    """Every symbol's bars one after the other, as many as a page may hold."""
    start, end = (datetime.fromisoformat(asked.query[name]) for name in ("start", "end"))
    days = [
        start.astimezone(NEW_YORK).date() + timedelta(days=n) for n in range((end - start).days + 2)
    ]
    rows = [
        (symbol, _bar(model.quotes[symbol][0], day))
        for symbol in sorted(_symbols(asked))
        if symbol in model.quotes
        for day in days
        if session_of(day) and start <= _midnight(day) <= end
    ]
    first = int(asked.query.get("page_token", 0))
    limit = min(int(asked.query.get("limit", 1000)), 10_000, asked.page_max * 20)
    page: dict[str, list[Json]] = {}
    for symbol, bar in rows[first : first + limit]:
        page.setdefault(symbol, []).append(bar)
    more = str(first + limit) if first + limit < len(rows) else None
    return Reply(200, {"bars": page, "next_page_token": more})


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)


def _bar(price: Decimal, day: date) -> Json:
    """A day that trades within a tenth of a percent of ``price``."""
    close = round(float(price) * (1 + (day.toordinal() % 7 - 3) / 3000), 2)
    made = f"{_midnight(day).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    prices: Json = {"o": close, "h": close, "l": close, "c": close, "vw": close}
    return {**prices, "t": made, "v": 5_000_000 + day.toordinal() % 1000, "n": 900}


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, or everything under one."""

    method: str
    path: str
    serve: Callable[[AlpacaModel, Asked], Reply]
    under: str = "\n"
    """A path begins with this; no path begins with a newline."""


ROUTES = (
    Route("GET", "/v2/account", _account),
    Route("GET", "/v2/positions", _positions),
    Route("POST", "/v2/orders", _place),
    Route("GET", "/v2/orders", _list_orders),
    Route("GET", "/v2/orders:by_client_order_id", _order_by_key),
    Route("GET", "", _order, under="/v2/orders/"),
    Route("DELETE", "", _cancel, under="/v2/orders/"),
    Route("GET", "/v2/account/activities", _activities),
    Route("GET", PATH, _events),
    Route("GET", "/v2/clock", _clock),
    Route("GET", "/v2/assets", _assets),
    Route("GET", "", _asset, under="/v2/assets/"),
    Route("GET", "/v2/stocks/quotes/latest", _quotes),
    Route("GET", "/v2/stocks/bars", _bars),
)
