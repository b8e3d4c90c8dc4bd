"""What clients of the TWS stand-in ask about orders and executions, and the answers."""

from decimal import Decimal

from standins import tws_accounts as accounts
from standins.tws_book import Booked, Refusal, Wanted
from standins.tws_client import Client, Frame
from standins.tws_market import moment_of
from standins.tws_orders import (
    commission_report,
    completed_order,
    exec_details,
    open_order,
    order_status,
    wanted_order,
)
from standins.tws_wire import Cursor, double


def place(client: Client, cursor: Cursor) -> list[Frame]:
    wanted = wanted_order(client.model, cursor, client.version)
    if wanted.what_if:
        client.model.judge(wanted)
        return [what_if(client, wanted)]
    client.model.place(client.client_id, wanted)
    return []


def what_if(client: Client, wanted: Wanted) -> Frame:
    """Message 5 with the margins that an order would change."""
    model = client.model
    price = wanted.limit or model.touch(wanted)
    cost = wanted.quantity * price
    fee = min(max(wanted.quantity * Decimal("0.005"), Decimal(1)), cost / 100)
    worth = next(v for t, v, _ in accounts.whole(model, wanted.account) if t == "NetLiquidation")
    margin = wanted.sign * cost / 2
    order = Booked(0, client.client_id, wanted, model.now(), model.now(), fee=fee)
    before: Frame = ["0.0", "0.0", double(Decimal(worth))]
    change: Frame = [double(margin), double(margin), double(-fee)]
    after: Frame = [double(margin), double(margin), double(Decimal(worth) - fee)]
    return open_order(order, client.version, [*before, *change, *after])


def cancel(client: Client, cursor: Cursor) -> list[Frame]:
    client.model.cancel(client.client_id, cursor.whole())
    return []


def cancel_all(client: Client, _: Cursor) -> list[Frame]:
    """Every open order of every client."""
    for each in client.model.books.orders:
        if each.is_live and each.cancel_at is None:
            client.model.cancel_soon(each)
    return []


def orders_of(client: Client, orders: list[Booked]) -> list[Frame]:
    """Those that are open, and the end of them."""
    live = [each for each in orders if each.is_live]
    rows = [row for each in live for row in (open_order(each, client.version), order_status(each))]
    return [*rows, [53, 1]]


def open_orders(client: Client, _: Cursor) -> list[Frame]:
    client.model.carry()
    return orders_of(
        client, [e for e in client.model.books.orders if e.client_id == client.client_id]
    )


def all_open_orders(client: Client, _: Cursor) -> list[Frame]:
    client.model.carry()
    return orders_of(client, client.model.books.orders)


def auto_open_orders(client: Client, _: Cursor) -> list[Frame]:
    if client.client_id:
        raise Refusal(321, "Error validating request.-'bi' : cause - Only client 0 may bind")
    return []


def completed_orders(client: Client, _: Cursor) -> list[Frame]:
    client.model.carry()
    done = [
        e
        for e in client.model.books.orders
        if e.ended is not None and client.model.is_recent(e.ended)
    ]
    return [*(completed_order(each, client.version) for each in done), [102]]


def executions(client: Client, cursor: Cursor) -> list[Frame]:
    """All that fit the filter, then their commissions, then the end: as recorded."""
    request, asked_by, account, since, symbol = (
        cursor.whole(), cursor.whole(), cursor.word(), cursor.word(), cursor.word(),
    )  # fmt: skip
    cursor.skip(2)
    side = cursor.word()
    client.model.carry()
    now = client.model.now()
    found = [
        done
        for done in client.model.books.executions
        if done.visible <= now
        and client.model.is_recent(done.time)
        and asked_by in {0, done.order.client_id}
        and account in {"", done.order.wanted.account}
        and symbol in {"", done.order.wanted.listing.symbol}
        and side in {"", done.order.wanted.action}
        and (not since or done.time >= moment_of(since))
    ]
    fees = [commission_report(each) for each in found if each.fee_visible <= now]
    rows = [exec_details(request, each, client.version, zoned=client.model.zoned) for each in found]
    return [*rows, *fees, [55, 1, request]]
