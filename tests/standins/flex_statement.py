"""An account's Flex statement, made from the broker behind the TWS stand-in.

An activity statement ends with the last day that is over: it tells every execution up to then (the
newest version of each), the lots that are left of them, oldest sold first, and what else happened.
Fields have the names of IB's Reporting Reference; times are New York's, ``yyyyMMdd;HHmmss``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from standins.alpaca_model import NEW_YORK, session_of
from standins.tws_book import ZERO, Execution
from standins.tws_market import Listing
from standins.tws_model import TwsModel

Row = dict[str, str]
LONG_AGO = "20190102;093000"
"""When shares were bought that the account began with."""


@dataclass(slots=True)
class Lot:
    """Shares of one purchase. ``unit_cost`` has its commission in it."""

    listing: Listing
    shares: Decimal
    unit_cost: Decimal
    opened: str
    order_id: str = ""
    transaction_id: str = ""


@dataclass(slots=True)
class Events:
    """What a statement tells besides trades: rows of its sections, as IB words them."""

    cash: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)
    transfers: list[Row] = field(default_factory=list)


def flex_statement(model: TwsModel, account: str, events: Events | None = None) -> str:
    """The XML of one account up to its last day that is over."""
    today = model.now().astimezone(NEW_YORK).date()
    last = today - timedelta(days=1)
    while session_of(last) is None:
        last -= timedelta(days=1)
    done = [each for each in newest(model, account) if _day(each.time) < f"{today:%Y%m%d}"]
    root = Element("FlexQueryResponse", queryName="trimtab", type="AF")
    statement = SubElement(
        SubElement(root, "FlexStatements", count="1"),
        "FlexStatement",
        accountId=account,
        fromDate=f"{last.replace(month=1, day=1):%Y%m%d}",
        toDate=f"{last:%Y%m%d}",
        period="YearToDate",
        whenGenerated=_time(model.now()),
    )
    told = events or Events()
    _section(statement, "Trades", "Trade", (trade_row(each) for each in done))
    lots = lots_of(model, account, done)
    _section(statement, "OpenPositions", "OpenPosition", position_rows(model, lots))
    _section(statement, "CashTransactions", "CashTransaction", told.cash)
    _section(statement, "CorporateActions", "CorporateAction", told.actions)
    _section(statement, "Transfers", "Transfer", told.transfers)
    return ElementTree.tostring(root, encoding="unicode")


def _section(statement: Element, name: str, tag: str, rows: Iterable[Row]) -> None:
    section = SubElement(statement, name)
    for row in rows:
        SubElement(section, tag, {"accountId": statement.attrib["accountId"], **row})


def newest(model: TwsModel, account: str) -> list[Execution]:
    """Every execution of an account as it was last corrected; those that were undone are gone."""
    found = {
        each.base: each for each in model.books.executions if each.order.wanted.account == account
    }
    return [each for each in found.values() if each.shares]


def trade_row(done: Execution) -> Row:
    """An execution, with what it cost and to which order it belongs."""
    wanted, sign = done.order.wanted, done.order.wanted.sign
    proceeds = -sign * done.shares * done.price
    return {
        **_contract(wanted.listing),
        "levelOfDetail": "EXECUTION",
        "tradeID": str(int(done.base.split(".")[1], 16)),
        "transactionID": _transaction(done),
        "ibOrderID": str(done.order.perm_id),
        "ibExecID": done.exec_id,
        "orderReference": wanted.ref,
        "tradeDate": _day(done.time),
        "dateTime": _time(done.time),
        "quantity": f"{sign * done.shares:f}",
        "tradePrice": f"{done.price:f}",
        "proceeds": f"{proceeds:f}",
        "taxes": "0",
        "ibCommission": f"{-done.fee:f}",
        "ibCommissionCurrency": wanted.listing.currency,
        "netCash": f"{proceeds - done.fee:f}",
        "buySell": wanted.action,
        "openCloseIndicator": "O" if wanted.is_buy else "C",
        "exchange": done.exchange,
        "orderType": wanted.kind,
    }


def _contract(listing: Listing) -> Row:
    return {
        "currency": listing.currency,
        "assetCategory": "STK",
        "symbol": listing.symbol,
        "description": listing.name,
        "conid": str(listing.con_id),
        "isin": listing.isin,
        "listingExchange": listing.exchange,
        "multiplier": "1",
    }


def _transaction(done: Execution) -> str:
    return str(int("".join(done.base.split(".")[1:]), 16))


def lots_of(model: TwsModel, account: str, done: list[Execution]) -> list[Lot]:
    """Lots that are left: what the account began with and what it bought, oldest sold first."""
    lots = _first_lots(model, account)
    for each in sorted(done, key=lambda one: one.time):
        wanted = each.order.wanted
        if wanted.is_buy:
            cost = each.price + each.fee / each.shares
            ids = str(each.order.perm_id), _transaction(each)
            lots.append(Lot(wanted.listing, each.shares, cost, _time(each.time), *ids))
        else:
            _take(lots, wanted.listing, each.shares)
    return [lot for lot in lots if lot.shares]


def _first_lots(model: TwsModel, account: str) -> list[Lot]:
    """Shares of now that no execution explains."""
    lots = []
    for held in model.books.accounts[account].holdings.values():
        trades = [e for e in newest(model, account) if e.order.wanted.listing == held.listing]
        bought = sum((each.order.wanted.sign * each.shares for each in trades), ZERO)
        if held.shares > bought:
            cost = (held.cost / held.shares).quantize(Decimal("0.0001"))
            lots.append(Lot(held.listing, held.shares - bought, cost, LONG_AGO))
    return lots


def _take(lots: list[Lot], listing: Listing, shares: Decimal) -> None:
    for lot in lots:
        if lot.listing == listing:
            gone = min(lot.shares, shares)
            lot.shares -= gone
            shares -= gone


def position_rows(model: TwsModel, lots: list[Lot]) -> list[Row]:
    """A row that adds up and a row for each lot."""
    rows = []
    for listing in dict.fromkeys(lot.listing for lot in lots):
        own = [lot for lot in lots if lot.listing == listing]
        shares = sum((lot.shares for lot in own), ZERO)
        cost = sum((lot.shares * lot.unit_cost for lot in own), ZERO)
        whole = Lot(listing, shares, cost / shares, "")
        rows += [_position(model, whole, "SUMMARY"), *(_position(model, x, "LOT") for x in own)]
    return rows


def _position(model: TwsModel, lot: Lot, level: str) -> Row:
    mark = model.quotes.get(lot.listing.symbol, (lot.unit_cost, ZERO))[0]
    return {
        **_contract(lot.listing),
        "levelOfDetail": level,
        "position": f"{lot.shares:f}",
        "markPrice": f"{mark:f}",
        "positionValue": f"{lot.shares * mark:f}",
        "costBasisPrice": f"{lot.unit_cost:f}",
        "costBasisMoney": f"{lot.shares * lot.unit_cost:f}",
        "side": "Long",
        "openDateTime": lot.opened,
        "holdingPeriodDateTime": lot.opened,
        "originatingOrderID": lot.order_id,
        "originatingTransactionID": lot.transaction_id,
    }


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%Y%m%d}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%Y%m%d;%H%M%S}"
