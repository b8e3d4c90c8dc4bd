"""The tables of the paper exchange's file, and the rows that go in and out of them.

Moments are UTC text of one width, so that they sort; amounts are decimal text, so that they stay
exact. Executions and flows are only ever added; an order's row is its latest state. What the back
office does to an account later has tables of its own: ``versions`` of executions, ``transfers`` of
shares, ``actions`` of companies.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from brokers.paper.records import Booked, Role, Trade
from brokers.words import (
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    Order,
    OrderKey,
    OrderStatus,
    Side,
    Symbol,
    TimeInForce,
)

VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  account TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, base TEXT NOT NULL,
  opened_at TEXT NOT NULL, looked_at TEXT NOT NULL, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
  account TEXT NOT NULL, seq INTEGER NOT NULL, key TEXT NOT NULL, symbol TEXT NOT NULL,
  side TEXT NOT NULL, quantity TEXT NOT NULL, limit_price TEXT NOT NULL, currency TEXT NOT NULL,
  placed_at TEXT NOT NULL, live_at TEXT NOT NULL, expires_at TEXT NOT NULL,
  reserved TEXT NOT NULL, cancel_at TEXT, status TEXT NOT NULL, role TEXT NOT NULL,
  filled TEXT NOT NULL, value TEXT NOT NULL, fees TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (account, seq), UNIQUE (account, key));
CREATE INDEX IF NOT EXISTS orders_open ON orders (account, seq) WHERE status = 'open';
CREATE TABLE IF NOT EXISTS executions (
  account TEXT NOT NULL, seq INTEGER NOT NULL, key TEXT NOT NULL, symbol TEXT NOT NULL,
  side TEXT NOT NULL, quantity TEXT NOT NULL, price TEXT NOT NULL, fee TEXT NOT NULL,
  time TEXT NOT NULL, currency TEXT NOT NULL, settles_at TEXT NOT NULL,
  PRIMARY KEY (account, seq));
CREATE INDEX IF NOT EXISTS executions_of ON executions (account, symbol, time);
CREATE INDEX IF NOT EXISTS executions_at ON executions (account, time, seq);
CREATE TABLE IF NOT EXISTS flows (
  account TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, amount TEXT NOT NULL,
  time TEXT NOT NULL, currency TEXT NOT NULL,
  PRIMARY KEY (account, seq));
CREATE TABLE IF NOT EXISTS flow_symbols (
  account TEXT NOT NULL, seq INTEGER NOT NULL, symbol TEXT NOT NULL,
  PRIMARY KEY (account, seq));
CREATE TABLE IF NOT EXISTS versions (
  account TEXT NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL, quantity TEXT NOT NULL,
  price TEXT NOT NULL, fee TEXT NOT NULL, told_at TEXT NOT NULL,
  PRIMARY KEY (account, seq, version));
CREATE TABLE IF NOT EXISTS transfers (
  account TEXT NOT NULL, seq INTEGER NOT NULL, symbol TEXT NOT NULL, quantity TEXT NOT NULL,
  unit_cost TEXT, time TEXT NOT NULL, told INTEGER NOT NULL,
  PRIMARY KEY (account, seq));
CREATE TABLE IF NOT EXISTS actions (
  account TEXT NOT NULL, seq INTEGER NOT NULL, symbol TEXT NOT NULL, ratio TEXT NOT NULL,
  new_symbol TEXT NOT NULL, effective TEXT NOT NULL, time TEXT NOT NULL,
  PRIMARY KEY (account, seq));
"""

ORDER_COLUMNS = (
    "seq, key, symbol, side, quantity, limit_price, currency, placed_at, live_at, expires_at, "
    "reserved, cancel_at, status, role, filled, value, fees, reason"
)
ORDER_CHANGES = (
    "ON CONFLICT (account, seq) DO UPDATE SET cancel_at = excluded.cancel_at, "
    "status = excluded.status, role = excluded.role, filled = excluded.filled, "
    "value = excluded.value, fees = excluded.fees, reason = excluded.reason"
)
"""What may change of an order once it is written down."""
TRADE_COLUMNS = "seq, key, symbol, side, quantity, price, fee, time, currency, settles_at"
FLOW_COLUMNS = "seq, kind, amount, time, currency"

Row = tuple[Any, ...]


def stamp(moment: datetime) -> str:
    """``moment`` as text that sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str) -> datetime:
    """The moment that ``text`` says."""
    return datetime.fromisoformat(text)


def order_row(booked: Booked) -> Row:
    """``booked`` in the order of ORDER_COLUMNS."""
    order = booked.order
    return (
        booked.seq,
        order.key,
        order.symbol,
        order.side.value,
        str(order.quantity),
        str(order.limit),
        order.currency,
        stamp(booked.placed_at),
        stamp(booked.live_at),
        stamp(booked.expires_at),
        str(booked.reserved),
        None if booked.cancel_at is None else stamp(booked.cancel_at),
        booked.status.value,
        booked.role.value,
        str(booked.filled),
        str(booked.value),
        str(booked.fees),
        booked.reason,
    )


def order_of(row: Row) -> Booked:
    """The order that ``row`` keeps."""
    return Booked(
        seq=row[0],
        order=Order(
            key=OrderKey(row[1]),
            symbol=Symbol(row[2]),
            side=Side(row[3]),
            quantity=Decimal(row[4]),
            limit=Decimal(row[5]),
            currency=Currency(row[6]),
            force=TimeInForce.CLOSE if row[13] == Role.AUCTION else TimeInForce.DAY,
        ),
        placed_at=moment_of(row[7]),
        live_at=moment_of(row[8]),
        expires_at=moment_of(row[9]),
        reserved=Decimal(row[10]),
        cancel_at=None if row[11] is None else moment_of(row[11]),
        status=OrderStatus(row[12]),
        role=Role(row[13]),
        filled=Decimal(row[14]),
        value=Decimal(row[15]),
        fees=Decimal(row[16]),
        reason=row[17],
    )


def trade_row(seq: int, trade: Trade) -> Row:
    """``trade`` in the order of TRADE_COLUMNS."""
    done = trade.execution
    return (
        seq,
        done.key,
        done.symbol,
        done.side.value,
        str(done.quantity),
        str(done.price),
        str(done.fee),
        stamp(done.time),
        done.currency,
        stamp(trade.settles_at),
    )


def trade_of(row: Row) -> Trade:
    """The trade that ``row`` keeps."""
    execution = Execution(
        root=root_of(row[0]),
        version=1,
        key=OrderKey(row[1]),
        symbol=Symbol(row[2]),
        side=Side(row[3]),
        quantity=Decimal(row[4]),
        price=Decimal(row[5]),
        fee=Decimal(row[6]),
        time=moment_of(row[7]),
        currency=Currency(row[8]),
    )
    return Trade(execution, moment_of(row[9]))


def root_of(seq: int) -> str:
    """The exchange's own id of its execution ``seq``."""
    return f"E{seq:08d}"


def flow_row(seq: int, flow: CashFlow) -> Row:
    """``flow`` in the order of FLOW_COLUMNS."""
    return (seq, flow.kind.value, str(flow.amount), stamp(flow.time), flow.currency)


def flow_of(row: Row) -> CashFlow:
    """The flow that ``row`` keeps."""
    return CashFlow(
        flow_id=flow_id_of(row[0]),
        kind=FlowKind(row[1]),
        amount=Decimal(row[2]),
        time=moment_of(row[3]),
        currency=Currency(row[4]),
    )


def flow_id_of(seq: int) -> str:
    """The exchange's own id of its cash flow ``seq``."""
    return f"F{seq:08d}"
