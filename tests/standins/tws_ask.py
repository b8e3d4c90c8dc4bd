"""What clients of the TWS stand-in ask about accounts, contracts and prices, and the answers."""

from standins import tws_accounts as accounts
from standins import tws_prices as prices
from standins.tws_book import Refusal
from standins.tws_client import Client, Frame, Stream
from standins.tws_orders import asked_contract
from standins.tws_rules import NO_DEFINITION
from standins.tws_trade import orders_of
from standins.tws_wire import Cursor


def start(client: Client, cursor: Cursor) -> list[Frame]:
    """Its own open orders, the accounts, the next order id, and how the data farms are."""
    client.client_id = cursor.whole()
    model = client.model
    model.carry()
    own = [each for each in model.books.orders if each.client_id == client.client_id]
    return [
        *(orders_of(client, own) if any(each.is_live for each in own) else []),
        [15, 1, ",".join(model.books.accounts)],
        [9, 1, model.next_id(client.client_id)],
        client.error(-1, 2104, "Market data farm connection is OK:usfarm"),
        client.error(-1, 2106, "HMDS data farm connection is OK:ushmds"),
        client.error(-1, 2158, "Sec-def data farm connection is OK:secdefnj"),
    ]


def managed(client: Client, _: Cursor) -> list[Frame]:
    return [[15, 1, ",".join(client.model.books.accounts)]]


def ids(client: Client, _: Cursor) -> list[Frame]:
    return [[9, 1, client.model.next_id(client.client_id)]]


def time(client: Client, _: Cursor) -> list[Frame]:
    return [[49, 1, int(client.model.now().timestamp())]]


def advisor(client: Client, cursor: Cursor) -> list[Frame]:
    """An adviser's groups; there is nothing else of an adviser here."""
    if not client.model.groups:
        words = "Error validating request.-'bp' : cause - FA data operations ignored for non FA"
        raise Refusal(321, f"{words} customers.")
    return [[16, 1, cursor.whole(), accounts.groups_xml(client.model)]]


def account_updates(client: Client, cursor: Cursor) -> list[Frame]:
    subscribes, name = cursor.flag(), cursor.word()
    name = name or next(iter(client.model.books.accounts))
    if not subscribes:
        client.watched.discard(name)
        return []
    if name not in client.model.books.accounts:
        raise Refusal(321, "Error validating request.-'bQ' : cause - Invalid account code")
    client.watched.add(name)
    return [*client.account_rows(name), [54, 1, name]]


def account_multi(client: Client, cursor: Cursor) -> list[Frame]:
    request, group = cursor.whole(), cursor.word()
    cursor.skip(1)
    ledger_only = cursor.flag()
    client.model.carry()
    kept = accounts.ledger if ledger_only else accounts.values
    rows: list[Frame] = [
        [73, 1, request, name, "", tag, value, currency]
        for name in accounts.members(client.model, group)
        for tag, value, currency in kept(client.model, name)
    ]
    return [*rows, [74, 1, request]]


def summary(client: Client, cursor: Cursor) -> list[Frame]:
    request, group, tags = cursor.whole(), cursor.word(), cursor.word().split(",")
    if len(client.summaries) >= 2:
        words = "Maximum number of account summary requests exceeded"
        raise Refusal(322, f"Error processing request.-'bT' : cause - {words}")
    client.summaries.add(request)
    client.model.carry()
    rows: list[Frame] = [
        [63, 1, request, name, tag, value, currency]
        for name in accounts.members(client.model, group)
        for tag, value, currency in accounts.summary(client.model, name, tags)
    ]
    return [*rows, [64, 1, request]]


def no_summary(client: Client, cursor: Cursor) -> list[Frame]:
    client.summaries.discard(cursor.whole())
    return []


def positions(client: Client, _: Cursor) -> list[Frame]:
    client.wants_positions = True
    client.model.carry()
    books = client.model.books.accounts.items()
    rows = [accounts.position(n, h) for n, a in books for h in a.holdings.values()]
    return [*rows, [62, 1]]


def positions_multi(client: Client, cursor: Cursor) -> list[Frame]:
    request, group = cursor.whole(), cursor.word()
    client.model.carry()
    rows = [
        accounts.position_multi(request, name, holding)
        for name in accounts.members(client.model, group)
        for holding in client.model.books.accounts[name].holdings.values()
    ]
    return [*rows, [72, 1, request]]


def no_positions(client: Client, _: Cursor) -> list[Frame]:
    client.wants_positions = False
    return []


def details(client: Client, cursor: Cursor) -> list[Frame]:
    request = cursor.whole()
    con_id, symbol, kind, _, currency = asked_contract(cursor)
    found = client.model.matches(con_id, symbol, currency) if kind in {"STK", ""} else []
    if not found:
        raise Refusal(200, NO_DEFINITION)
    rows = [prices.details(client.model, request, each, client.version) for each in found]
    return [*rows, [52, 1, request]]


def market_rule(_: Client, cursor: Cursor) -> list[Frame]:
    return [prices.market_rule(cursor.whole())]


def market_data_type(client: Client, cursor: Cursor) -> list[Frame]:
    client.data_type = cursor.whole()
    return []


def market_data(client: Client, cursor: Cursor) -> list[Frame]:
    request = cursor.whole()
    con_id, symbol, _, _, currency = asked_contract(cursor)
    if cursor.flag():
        cursor.skip(3)
    cursor.skip(1)
    snapshot = cursor.flag()
    listing = client.model.only(con_id, symbol, currency)
    first = prices.tick_parameters(request, listing)
    try:
        kind = prices.data_kind(client.model, client.data_type)
    except Refusal as no:
        return [first, client.error(request, no.code, no.text)]
    if not snapshot and len(client.streams) >= client.lines:
        raise Refusal(101, "Max number of tickers has been reached")
    now = prices.ticks(client.model, request, listing, kind)
    if snapshot:
        return [[58, 1, request, kind], first, *now, [57, 1, request]]
    client.streams[request] = Stream(listing, kind, client.model.quotes.get(listing.symbol))
    return [[58, 1, request, kind], first, *now]


def no_market_data(client: Client, cursor: Cursor) -> list[Frame]:
    client.streams.pop(cursor.whole(), None)
    return []


def history(client: Client, cursor: Cursor) -> list[Frame]:
    request = cursor.whole()
    con_id, symbol, _, _, currency = asked_contract(cursor)
    cursor.skip(1)
    end, size, duration = cursor.word(), cursor.word(), cursor.word()
    cursor.skip(1)
    asked = prices.Bars(request, end, size, duration, cursor.word())
    return [prices.bars(client.model, client.model.only(con_id, symbol, currency), asked)]
