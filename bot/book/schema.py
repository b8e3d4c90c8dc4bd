"""The tables. Rows are added and never changed: a state is the last row of an events table.

The migrations create all this; a test holds that both say the same. The triggers that make the
database itself refuse UPDATE and DELETE live in the migrations alone.
"""

from typing import get_args

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from bot.book.columns import Choice, Day, Exact, Flag, Names, OneOf, Prose, UtcTime
from bot.book.price_rows import PriceKind
from bot.book.rows import MailState, OrderStep, PlanState, Severity
from bot.switch.states import STATES
from brokers.words import ACTION_NOUNS, Environment, FlowKind, Relief, Side

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

RUN_ENDS = ("finished", "failed")
LEASE_STATES = ("taken", "renewed", "released")
RESTORE_STATES = ("restored", "accepted")

_SEQ = BigInteger().with_variant(Integer(), "sqlite")
"""Counts up by itself; writers take turns, so that its order is the order of commits."""


def _account() -> "Column[str]":
    return Column("account", Text, ForeignKey("accounts.account"), nullable=False)


accounts = Table(
    "accounts",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("broker", Text, nullable=False),
    Column("environment", Choice(Environment), nullable=False),
    Column("fingerprint", Text, nullable=False),
)

# What happened.

executions = Table(
    "executions",
    METADATA,
    Column("account", Text, ForeignKey("accounts.account"), primary_key=True),
    Column("root", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # No foreign key: the broker may know an order that a lost book forgot, and it still counts.
    Column("key", Text),
    Column("symbol", Text, nullable=False),
    Column("side", Choice(Side), nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("price", Exact, nullable=False),
    Column("fee", Exact, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("currency", Text, nullable=False),
    Index(None, "key"),
    Index(None, "account", "time"),
)

cash_flows = Table(
    "cash_flows",
    METADATA,
    Column("account", Text, ForeignKey("accounts.account"), primary_key=True),
    Column("flow_id", Text, primary_key=True),
    Column("kind", Choice(FlowKind), nullable=False),
    Column("amount", Exact, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("currency", Text, nullable=False),
    Column("symbol", Text),
)

transfers = Table(
    "transfers",
    METADATA,
    Column("account", Text, ForeignKey("accounts.account"), primary_key=True),
    Column("transfer_id", Text, primary_key=True),
    Column("symbol", Text, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("unit_cost", Exact),
    Column("acquired", Day, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("currency", Text, nullable=False),
)

corporate_actions = Table(
    "corporate_actions",
    METADATA,
    Column("account", Text, ForeignKey("accounts.account"), primary_key=True),
    Column("action_id", Text, primary_key=True),
    Column("kind", OneOf(tuple(ACTION_NOUNS)), nullable=False),
    Column("symbol", Text, nullable=False),
    Column("effective", Day, nullable=False),
    # A kind fills the columns that its noun has fields for.
    Column("ratio", Exact),
    Column("new_symbol", Text),
    Column("basis_share", Exact),
    Column("cash", Exact),
    Column("value", Exact),
    Column("is_taxable", Flag),
    Column("cash_in_lieu", Exact),
    Column("amount", Exact),
    Column("paid", Day),
    Column("said", Prose),
    Column("records", Names, nullable=False),
)

# How lots are relieved.

reliefs = Table(
    "reliefs",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    _account(),
    Column("since", Day, nullable=False),
    Column("relief", Choice(Relief), nullable=False),
    Column("short_rate", Exact, nullable=False),
    Column("long_rate", Exact, nullable=False),
    Column("time", UtcTime, nullable=False),
    Index(None, "account", "seq"),
)

named_lots = Table(
    "named_lots",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    _account(),
    Column("sale", Text, nullable=False),
    Column("lots", Names, nullable=False),
    Column("who", Prose, nullable=False),
    Column("time", UtcTime, nullable=False),
    Index(None, "account", "seq"),
)

# What was decided.

plans = Table(
    "plans",
    METADATA,
    Column("plan_id", Text, primary_key=True),
    _account(),
    Column("time", UtcTime, nullable=False),
    Column("session", Day, nullable=False),
    Column("kind", Text, nullable=False),
    Column("policy_digest", Text, nullable=False),
    Column("expires", UtcTime),
    Column("body", Text, nullable=False),
    Index(None, "account", "time"),
)

plan_events = Table(
    "plan_events",
    METADATA,
    Column("plan_id", Text, ForeignKey("plans.plan_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("time", UtcTime, nullable=False),
    Column("state", OneOf(get_args(PlanState)), nullable=False),
    Column("who", Prose, nullable=False),
    Column("why", Prose, nullable=False),
    Index(None, "state"),
)

# What was sent.

intents = Table(
    "intents",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("plan_id", Text, ForeignKey("plans.plan_id"), nullable=False),
    _account(),
    Column("leg", Integer, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Choice(Side), nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("limit_price", Exact, nullable=False),
    Column("currency", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("send_before", UtcTime, nullable=False),
    # Of the lease under which it was written; none before there were leases.
    Column("token", _SEQ),
    # The order of the same leg before it, which is over.
    Column("replaces", Text, ForeignKey("intents.key")),
    # The quote that it was priced from; none in intents of old.
    Column("mid", Exact),
    Column("half_spread", Exact),
    Index(None, "plan_id"),
    Index(None, "account", "created"),
)

order_events = Table(
    "order_events",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("key", Text, ForeignKey("intents.key"), nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("kind", OneOf(get_args(OrderStep)), nullable=False),
    Column("broker_id", Prose, nullable=False),
    Column("detail", Prose, nullable=False),
    Index(None, "key", "seq"),
    Index(None, "kind", "time"),
)

# How it ran.

runs = Table(
    "runs",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("started", UtcTime, nullable=False),
)

run_events = Table(
    "run_events",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("time", UtcTime, nullable=False),
    Column("state", OneOf(RUN_ENDS), nullable=False),
    Column("why", Prose, nullable=False),
    ForeignKeyConstraint(["account", "slot"], ["runs.account", "runs.slot"]),
)

leases = Table(
    "leases",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("account", Text, nullable=False),
    Column("token", _SEQ, nullable=False),
    Column("state", OneOf(LEASE_STATES), nullable=False),
    Column("holder", Text, nullable=False),
    Column("host", Prose, nullable=False),
    Column("pid", _SEQ, nullable=False),
    Column("life", Text, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Index(None, "account", "seq"),
)

halts = Table(
    "halts",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("state", OneOf(STATES), nullable=False),
    Column("reason", Prose, nullable=False),
    Column("who", Prose, nullable=False),
    Column("time", UtcTime, nullable=False),
    Index(None, "scope", "seq"),
)

locks = Table(
    "locks",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("session", Day, nullable=False),
    Column("why", Prose, nullable=False),
    Column("time", UtcTime, nullable=False),
    Index(None, "account", "session"),
)

snapshots = Table(
    "snapshots",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    _account(),
    Column("time", UtcTime, nullable=False),
    Column("session", Day, nullable=False),
    Column("nav", Exact, nullable=False),
    Column("cash", Exact, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "account", "time"),
)

tieouts = Table(
    "tieouts",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    _account(),
    Column("time", UtcTime, nullable=False),
    Column("ok", Integer, nullable=False),
    Column("text", Prose, nullable=False),
    Index(None, "account", "seq"),
)

# How prices moved.

prices = Table(
    "prices",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("feed", Prose, nullable=False),
    Column("kind", OneOf(get_args(PriceKind)), nullable=False),
    Column("fetched", UtcTime, nullable=False),
    Column("through", Day, nullable=False),
    Column("source", Prose, nullable=False),
    Column("adjusted", Integer, nullable=False),
    Column("consolidated", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "feed", "kind", "seq"),
    Index(None, "feed", "seq"),
)

# Who was told.

outbox = Table(
    "outbox",
    METADATA,
    Column("mail_id", Text, primary_key=True),
    Column("dedupe_key", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("severity", OneOf(get_args(Severity)), nullable=False),
    Column("subject", Prose, nullable=False),
    Column("text", Prose, nullable=False),
    Column("html", Prose, nullable=False),
    Index("uq_outbox_dedupe_key", "dedupe_key", unique=True),
)

outbox_files = Table(
    "outbox_files",
    METADATA,
    Column("mail_id", Text, ForeignKey("outbox.mail_id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("cid", Text, nullable=False),
)

outbox_events = Table(
    "outbox_events",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("mail_id", Text, ForeignKey("outbox.mail_id"), nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("state", OneOf(get_args(MailState)), nullable=False),
    Column("channel", Prose, nullable=False),
    Column("why", Prose, nullable=False),
    Index(None, "mail_id", "seq"),
)

# Whether it is still what was written.

chain = Table(
    "chain",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    Column("head", Text, nullable=False),
    Column("total", _SEQ, nullable=False),
    Column("body", Text, nullable=False),
)

restores = Table(
    "restores",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("state", OneOf(RESTORE_STATES), nullable=False),
    Column("who", Prose, nullable=False),
    Column("why", Prose, nullable=False),
    Column("time", UtcTime, nullable=False),
)
