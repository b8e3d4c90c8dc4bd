"""Rows for the tests of the book: one account, a plan or two, orders and what became of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.book.rows import Intent, Mail, Note, OrderStep, PlanState, SnapshotRow
from brokers.words import (
    USD,
    AccountId,
    Environment,
    Execution,
    Order,
    OrderKey,
    Side,
    Symbol,
)
from strategies.drift import Drifted
from strategies.lots import Lot
from strategies.plan import Hold, Leg, Line, Plan, PlanId, Rebalance
from strategies.worth import Worth

ACCOUNT = AccountId("main")
OTHER = AccountId("ira")
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
D = Decimal

Rows = dict[str, dict[str, object]]

ROWS_0001: Rows = {
    "accounts": {
        "account": "old",
        "broker": "paper",
        "environment": "PAPER",
        "fingerprint": "DU1234567",
    },
    "executions": {
        "account": "old",
        "root": "r1",
        "version": 1,
        "key": "k1",
        "symbol": "VTI",
        "side": "buy",
        "quantity": "1.5",
        "price": "123456789.123456789012",
        "fee": "0",
        "time": "2026-03-02T15:00:00.000001+00:00",
        "currency": "USD",
    },
    "cash_flows": {
        "account": "old",
        "flow_id": "f1",
        "kind": "deposit",
        "amount": "0.10",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "currency": "USD",
    },
    "transfers": {
        "account": "old",
        "transfer_id": "t1",
        "symbol": "VTI",
        "quantity": "3",
        "unit_cost": "99.99",
        "acquired": "2020-02-29",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "currency": "USD",
    },
    "corporate_actions": {
        "account": "old",
        "action_id": "a1",
        "symbol": "VTI",
        "ratio": "0.05",
        "effective": "2026-03-03",
    },
    "plans": {
        "plan_id": "p1",
        "account": "old",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "session": "2026-03-02",
        "kind": "hold",
        "policy_digest": "d",
        "body": "",
    },
    "plan_events": {
        "plan_id": "p1",
        "seq": 1,
        "time": "2026-03-02T15:00:00.000000+00:00",
        "state": "proposed",
        "who": "trimtab",
        "why": "",
    },
    "intents": {
        "key": "k1",
        "plan_id": "p1",
        "account": "old",
        "leg": 0,
        "symbol": "VTI",
        "side": "buy",
        "quantity": "1.5",
        "limit_price": "100.01",
        "currency": "USD",
        "created": "2026-03-02T15:00:00.000000+00:00",
        "send_before": "2026-03-02T15:01:00.000000+00:00",
    },
    "order_events": {
        "key": "k1",
        "time": "2026-03-02T15:00:30.000000+00:00",
        "kind": "filled",
        "broker_id": "b1",
        "detail": "",
    },
    "runs": {"account": "old", "slot": "s1", "started": "2026-03-02T15:00:00.000000+00:00"},
    "run_events": {
        "account": "old",
        "slot": "s1",
        "time": "2026-03-02T15:02:00.000000+00:00",
        "state": "finished",
        "why": "",
    },
    "halts": {
        "scope": "old",
        "state": "halted",
        "reason": "a break",
        "who": "trimtab",
        "time": "2026-03-02T15:00:00.000000+00:00",
    },
    "locks": {
        "account": "old",
        "symbol": "VTI",
        "session": "2026-03-02",
        "why": "a split",
        "time": "2026-03-02T15:00:00.000000+00:00",
    },
    "snapshots": {
        "account": "old",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "session": "2026-03-02",
        "nav": "1000.50",
        "cash": "10",
        "body": '{"weights": {"VTI": "0.9"}, "targets": {}, "lows": {}, "highs": {}}',
    },
    "tieouts": {
        "account": "old",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "ok": 1,
        "text": "",
    },
    "outbox": {
        "mail_id": "m1",
        "dedupe_key": "d1",
        "created": "2026-03-02T15:00:00.000000+00:00",
        "severity": "info",
        "subject": "Hello",
        "text": "Hello",
        "html": "",
    },
    "outbox_files": {
        "mail_id": "m1",
        "place": 0,
        "name": "a.png",
        "mime": "image/png",
        "content": b"\x00\x01",
        "cid": "a",
    },
    "outbox_events": {
        "mail_id": "m1",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "state": "failed",
        "channel": "mail",
        "why": "no route",
    },
}
"""One row of every table as version 0001 stored it, by raw SQL; ``BODY`` is the plan's."""

ROWS_0002: Rows = {
    "prices": {
        "feed": "alpaca sip",
        "kind": "whole",
        "fetched": "2026-03-02T15:00:00.000000+00:00",
        "through": "2026-02-27",
        "source": "Alpaca sip, adjusted for splits and dividends",
        "adjusted": 1,
        "consolidated": 1,
        "body": bytes.fromhex(
            "5450310b00000040000000789c0b0bf1040001f600f4789cab564a49ac2c56b28a3637b63433"
            "37d6318cd551cacecc4b010929d9649a28e98049a0686271766a8a929591a9918e526e625136"
            "5045756d2d004677126c28392600b04c2600e8030000d0070000"
        ),
    },
}
"""What version 0002 added: two closes of VTI, 250.5 and 251, with volumes of 1,000 and 2,000."""

ROWS_0003: Rows = {
    "corporate_actions": {
        "account": "old",
        "action_id": "a2",
        "kind": "spin-off",
        "symbol": "VTI",
        "effective": "2026-03-03",
        "ratio": "0.25",
        "new_symbol": "VTV",
        "basis_share": "0.1234567890123456789",
        "records": '["t2", "t3"]',
    },
    "reliefs": {
        "account": "old",
        "since": "0001-01-01",
        "relief": "fifo",
        "short_rate": "0.37",
        "long_rate": "0.2",
        "time": "2026-03-02T15:00:00.000000+00:00",
    },
    "named_lots": {
        "account": "old",
        "sale": "r1",
        "lots": '["r0", "1.5"]',
        "who": "owner",
        "time": "2026-03-02T15:00:00.000000+00:00",
    },
}
"""What version 0003 added, and a corporate action as it stores one."""

ROWS_0004: Rows = {
    "leases": {
        "account": "old",
        "token": 1,
        "state": "taken",
        "holder": "0011223344556677",
        "host": "alpha",
        "pid": 4711,
        "life": "",
        "time": "2026-03-02T15:00:00.000000+00:00",
        "until": "2026-03-02T15:02:00.000000+00:00",
    },
}
"""What version 0004 added; an intent of the versions before has no token."""

ROWS_0005: Rows = {
    "restores": {
        "state": "restored",
        "who": "owner",
        "why": "the disk died",
        "time": "2026-03-02T15:00:00.000000+00:00",
    },
    "chain": {
        "seq": 1,
        "head": "",
        "total": 23,
        "body": "[]",
    },
}
"""What version 0005 added; its chain is made from the rows (chain_oracle)."""

ROWS_0006: Rows = {
    "intents": ROWS_0001["intents"] | {"token": 1, "mid": "100.005", "half_spread": "0.005"},
}
"""What version 0006 added; an older intent does not say what it was priced from."""

ONE_ROW_EACH: Rows = ROWS_0001 | ROWS_0002 | ROWS_0003 | ROWS_0004 | ROWS_0005 | ROWS_0006
"""One row of every table, as each version stored it."""


def make_plan(
    plan_id: str = "p-1", account: AccountId = ACCOUNT, time: datetime = NOW, *, hold: bool = False
) -> Plan:
    """A plan with one leg, or one to do nothing."""
    line = Line(
        Symbol("VTI"), D("101.5"), D(10), D(12), D("0.4"), D("0.5"), D("0.5"), D("0.45"), D("0.55")
    )
    lot = Lot("lot-1", Symbol("VTI"), D(2), None, date(2024, 2, 29), USD)
    leg = Leg(make_order("k-1"), D("101.5"), (lot,), D("0.02"), D(0), D("1E-9"), D("-3.10"))
    return Plan(
        plan_id=PlanId(plan_id),
        account=account,
        environment=Environment.PAPER,
        time=time,
        session=time.date(),
        base=USD,
        nav=D("10000.00"),
        cash_before=D(500),
        cash_after=D("297.00"),
        decision=Hold("nothing drifted") if hold else Rebalance("VTI drifted", full=False),
        reasons=(Drifted(Symbol("VTI"), D("0.4"), D("0.5"), D("0.45"), D("0.55")),),
        legs=() if hold else (leg,),
        lines=(line,),
        worth=None if hold else Worth(D(10), D(1), D(0), D("0.1"), D(0), D("0.02"), D("0.01")),
        is_first=False,
        warnings=("a warning",),
    )


def make_order(
    key: str, symbol: str = "VTI", side: Side = Side.BUY, quantity: str = "2", limit: str = "101.5"
) -> Order:
    """An order for two shares of VTI unless said otherwise."""
    return Order(OrderKey(key), Symbol(symbol), side, D(quantity), D(limit))


def make_intent(order: Order, leg: int = 0, created: datetime = NOW) -> Intent:
    """Good for half a minute."""
    return Intent(order, leg, created, created + timedelta(seconds=30))


def make_note(key: str, kind: OrderStep, time: datetime = NOW, broker_id: str = "") -> Note:
    """Something that happened to an order."""
    return Note(OrderKey(key), kind, time, broker_id)


def make_execution(root: str, key: str | None = None, quantity: str = "1") -> Execution:
    """A purchase of VTI."""
    return Execution(
        root=root,
        version=1,
        key=None if key is None else OrderKey(key),
        symbol=Symbol("VTI"),
        side=Side.BUY,
        quantity=D(quantity),
        price=D("123456789.123456789012"),
        fee=D("0.01"),
        time=NOW,
    )


def later_version(execution: Execution, quantity: str) -> Execution:
    """The broker's correction of an execution."""
    return replace(execution, version=execution.version + 1, quantity=D(quantity))


def make_mail(mail_id: str, dedupe_key: str | None = None, created: datetime = NOW) -> Mail:
    """A short mail."""
    return Mail(mail_id, dedupe_key or mail_id, created, "warn", f"Subject {mail_id}", "Text")


def make_snapshot(time: datetime = NOW, weight: str = "0.4") -> SnapshotRow:
    """An account that holds VTI alone."""
    vti = Symbol("VTI")
    return SnapshotRow(
        ACCOUNT,
        time,
        time.date(),
        D("1000.10"),
        D("600.06"),
        {vti: D(weight)},
        {vti: D("0.50"), Symbol("BND"): D("0.02")},
        {vti: D("0.45")},
        {vti: D("0.55")},
    )


def bound(book: Book, account: AccountId = ACCOUNT) -> Book:
    """The book, bound to an account."""
    book.bind(account, "paper", Environment.PAPER, f"DU{account}")
    return book


def held(book: Book, now: datetime = NOW, account: AccountId = ACCOUNT) -> Book:
    """The book, which holds the account."""
    book.leases.release(account, now)
    book.leases.take(account, now)
    return book


def planned(book: Book, plan_id: str = "p-1", *states: PlanState, time: datetime = NOW) -> Book:
    """The book, bound and with a plan that went through ``states``."""
    bound(book).keep(make_plan(plan_id, time=time), "digest")
    for state in states:
        book.mark_plan(PlanId(plan_id), state, "owner", "", time)
    return book


def ordered(book: Book, *orders: Order, plan_id: str = "p-1", created: datetime = NOW) -> Book:
    """The book, which holds the account, with a started plan and its intents."""
    held(planned(book, plan_id, "started", time=created), created)
    wanted = [make_intent(order, leg, created) for leg, order in enumerate(orders)]
    book.intend(PlanId(plan_id), ACCOUNT, wanted)
    return book
