"""Flex statements in our words: executions, cash and transfers. Pure.

A statement is XML: sections of rows whose fields are attributes. Which sections and fields there
are, the owner has ticked in the query; a row that lacks what it needs is a ``BadAnswer`` that names
the field. Rows that only add others up (``levelOfDetail`` SUMMARY) are left out.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from brokers.broker import BadAnswer
from brokers.ibkr.fields import number_or_none
from brokers.ibkr.ledger import STEPS, split_id
from brokers.settings import IbkrSettings
from brokers.words import (
    USD,
    ZERO,
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    OrderKey,
    Side,
    Symbol,
    Transfer,
)

Row = Mapping[str, str]

FLOWS: Mapping[str, FlowKind] = {
    "Dividends": FlowKind.DIVIDEND,
    "Payment In Lieu Of Dividends": FlowKind.DIVIDEND,
    "Withholding Tax": FlowKind.OTHER,
    "Broker Interest Paid": FlowKind.INTEREST,
    "Broker Interest Received": FlowKind.INTEREST,
    "Bond Interest Paid": FlowKind.INTEREST,
    "Bond Interest Received": FlowKind.INTEREST,
    "Other Fees": FlowKind.FEE,
    "Advisor Fees": FlowKind.FEE,
    "Commission Adjustments": FlowKind.FEE,
    "871(m) Withholding": FlowKind.OTHER,
}
"""What cash of a type is; ``MOVES`` are a deposit or a withdrawal by their sign."""

LONG_GAIN = re.compile(r"LONG[ -]TERM CAP(ITAL)? GAIN", re.IGNORECASE)
"""What the description of a dividend says that a fund paid out of its long-term gains."""

MOVES = {"Deposits/Withdrawals", "Deposits & Withdrawals"}
DETAILS = {"DETAIL", "EXECUTION"}
"""Levels of detail of rows that add nothing up; a row may also be without one."""
DATES = ("%Y%m%d", "%Y-%m-%d", "%m/%d/%Y")
CLOCKS = ("%H%M%S", "%H:%M:%S")
SET_UP = "set the Flex query up as docs/ibkr.md says"


@dataclass(frozen=True, slots=True)
class Statement:
    """The rows of one statement by section, of one account, and the zone of its times."""

    rows: tuple[tuple[str, Row], ...] = ()
    zone: str = "America/New_York"
    currency: Currency = USD
    listings: tuple[tuple[Symbol, str], ...] = ()

    def of(self, section: str) -> tuple[Row, ...]:
        """The rows of a section, without those that add others up."""
        return tuple(
            row
            for name, row in self.rows
            if name == section and row.get("levelOfDetail", "DETAIL").upper() in DETAILS
        )


NONE = Statement()


def parse(body: bytes) -> Element:
    """The answer, where it is XML."""
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - it comes from IB over TLS, of bounded length
    except ElementTree.ParseError as exc:
        raise BadAnswer(
            "Interactive Brokers: the Flex statement is not XML", "check flex_url"
        ) from exc


def read(root: Element, settings: IbkrSettings, account: str) -> Statement:
    """The rows that are of ``account``."""
    found = tuple(
        (node.tag, dict(node.attrib))
        for node in root.iter()
        if node.attrib.get("accountId") == account
    )
    if not any(name == "FlexStatement" for name, _ in found):
        raise BadAnswer(f"Interactive Brokers: the Flex statement is not of {account}", SET_UP)
    return Statement(found, settings.zone, settings.currency, settings.listings)


def text(row: Row, name: str, what: str) -> str:
    """A field that must be there."""
    value = row.get(name, "")
    if value:
        return value
    raise BadAnswer(f"Interactive Brokers: a row of the Flex section {what} lacks {name}", SET_UP)


def amount(row: Row, name: str, what: str) -> Decimal:
    """A field that must be a number; commas between thousands are left out."""
    found = number_or_none(text(row, name, what).replace(",", ""))
    if found is None:
        raise BadAnswer(
            f"Interactive Brokers: the Flex section {what} has {name} = {row[name]!r}", SET_UP
        )
    return found


def moment(row: Row, names: Sequence[str], what: str, zone: str) -> datetime:
    """The first of several times that is there, in UTC; of a day alone its end."""
    value = next((row[name] for name in names if row.get(name)), "")
    parts = re.split(r"[;, T]+", value.strip(), maxsplit=1)
    day = _first(parts[0], DATES)
    clock = _first(parts[1].split(" ")[0], CLOCKS) if len(parts) > 1 else None
    if day is None or (len(parts) > 1 and clock is None):
        raise BadAnswer(
            f"Interactive Brokers: the Flex section {what} has the time {value!r}", SET_UP
        )
    hour = clock.time() if clock is not None else datetime(1, 1, 1, 20).time()  # noqa: DTZ001 - an hour
    return datetime.combine(day.date(), hour, ZoneInfo(zone)).astimezone(UTC)


def _first(value: str, forms: Iterable[str]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007 - the zone is added above
        except ValueError:
            continue
    return None


def symbol_of(row: Row, of: Statement, what: str) -> Symbol:
    """Our name of a row's contract, the same as TWS's would get."""
    plainly = Symbol(text(row, "symbol", what).replace(" ", "."))
    listed = dict(of.listings).get(plainly, "").partition(" ")[2]
    is_ours = row.get("assetCategory", "STK") == "STK"
    if is_ours and row.get("currency", of.currency) == (listed or of.currency):
        return plainly
    return Symbol(f"{text(row, 'symbol', what)}#{text(row, 'conid', what)}")


def executions(of: Statement) -> list[Execution]:
    """Every execution, with IB's own id of it, so that it is known again from TWS."""
    what, found = "Trades", []
    for row in of.of("Trade"):
        if not row.get("ibExecID") or row.get("assetCategory", "STK") == "CASH":
            continue
        base, version = split_id(row["ibExecID"])
        quantity = amount(row, "quantity", what)
        price = amount(row, "tradePrice", what)
        if price < 0:
            raise BadAnswer(f"Interactive Brokers: a trade of {row['ibExecID']} at {price}", SET_UP)
        found.append(
            Execution(
                root=base,
                version=STEPS * version + STEPS - 1,
                key=OrderKey(row["orderReference"]) if row.get("orderReference") else None,
                symbol=symbol_of(row, of, what),
                side=Side.BUY if quantity > 0 else Side.SELL,
                quantity=abs(quantity),
                price=price * (given(row, "multiplier", what) or Decimal(1)),
                fee=_fee(row),
                time=moment(row, ("dateTime", "tradeDate"), what, of.zone),
                currency=Currency(text(row, "currency", what)),
            )
        )
    return found


def _fee(row: Row) -> Decimal:
    """Commission and taxes of a trade, where they are in its own currency."""
    own = row.get("ibCommissionCurrency") in {None, "", row.get("currency")}
    commission = given(row, "ibCommission", "Trades") if own else ZERO
    return -(commission + given(row, "taxes", "Trades"))


def given(row: Row, name: str, what: str) -> Decimal:
    """A number that need not be there; nothing where it is not."""
    return amount(row, name, what) if row.get(name) else ZERO


def cash_flows(of: Statement) -> list[CashFlow]:
    """All cash that moved without a trade."""
    what = "Cash Transactions"
    found = [
        CashFlow(
            flow_id=text(row, "transactionID", what),
            kind=_kind_of(row, flow_kind(text(row, "type", what), amount(row, "amount", what))),
            amount=amount(row, "amount", what),
            time=moment(row, ("dateTime", "reportDate", "settleDate"), what, of.zone),
            currency=Currency(text(row, "currency", what)),
            symbol=symbol_of(row, of, what) if row.get("symbol") else None,
        )
        for row in of.of("CashTransaction")
    ]
    return [*found, *_pairs(of)]


def _kind_of(row: Row, kind: FlowKind) -> FlowKind:
    is_gain = kind is FlowKind.DIVIDEND and LONG_GAIN.search(row.get("description") or "")
    return FlowKind.CAPITAL_GAIN if is_gain else kind


def _pairs(of: Statement) -> list[CashFlow]:
    """Trades of one currency for another, with the ids that they have from TWS."""
    what, found = "Trades", []
    for row in of.of("Trade"):
        first, point, second = row.get("symbol", "").partition(".")
        if row.get("assetCategory") != "CASH" or not row.get("ibExecID") or not point:
            continue
        quantity, price = amount(row, "quantity", what), amount(row, "tradePrice", what)
        at = moment(row, ("dateTime", "tradeDate"), what, of.zone)
        paid = given(row, "ibCommission", what)
        moved = [
            (first, quantity, first, FlowKind.OTHER),
            (second, -quantity * price, second, FlowKind.OTHER),
            ("fee", paid, row.get("ibCommissionCurrency") or second, FlowKind.FEE),
        ]
        found += [
            CashFlow(f"{row['ibExecID']}:{name}", kind, each, at, Currency(currency))
            for name, each, currency, kind in moved
            if each
        ]
    return found


def flow_kind(kind: str, paid: Decimal) -> FlowKind:
    """What cash of a type is."""
    if kind in MOVES:
        return FlowKind.DEPOSIT if paid > 0 else FlowKind.WITHDRAWAL
    return FLOWS.get(kind, FlowKind.OTHER)


def transfers(of: Statement) -> list[Transfer]:
    """Shares that came or went without a trade; their basis is not told, so it is unknown."""
    what, found = "Transfers", []
    for row in of.of("Transfer"):
        quantity = given(row, "quantity", what)
        if not quantity or not row.get("symbol") or row.get("assetCategory", "STK") == "CASH":
            continue
        sign = -1 if row.get("direction", "").upper() == "OUT" and quantity > 0 else 1
        at = moment(row, ("dateTime", "date", "reportDate"), what, of.zone)
        found.append(
            Transfer(
                transfer_id=text(row, "transactionID", what),
                symbol=symbol_of(row, of, what),
                quantity=sign * quantity,
                unit_cost=None,
                acquired=at.astimezone(ZoneInfo(of.zone)).date(),
                time=at,
                currency=Currency(text(row, "currency", what)),
            )
        )
    return found
