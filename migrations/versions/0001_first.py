"""First version: every table, and the triggers by which each of them only ever grows."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTITIES = {
    "accounts": ("account",),
    "executions": ("account, root, version",),
    "cash_flows": ("account, flow_id",),
    "transfers": ("account, transfer_id",),
    "corporate_actions": ("account, action_id",),
    "plans": ("plan_id",),
    "plan_events": ("plan_id, seq",),
    "intents": ("key",),
    "order_events": ("seq",),
    "runs": ("account, slot",),
    "run_events": ("account, slot",),
    "halts": ("seq",),
    "locks": ("seq",),
    "snapshots": ("seq",),
    "tieouts": ("seq",),
    "outbox": ("mail_id", "dedupe_key"),
    "outbox_files": ("mail_id, place",),
    "outbox_events": ("seq",),
}
"""Tables of record, and the columns by which a row would replace another."""


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _exact(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=optional)


def _time(name: str, *, optional: bool = False) -> sa.Column[str]:
    moment = sa.DateTime(timezone=True)
    return sa.Column(name, sa.Text().with_variant(moment, "postgresql"), nullable=optional)


def _day(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text().with_variant(sa.Date(), "postgresql"), nullable=False)


def _seq() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, autoincrement=True, nullable=False)


def _table(
    name: str,
    *columns: sa.Column[str] | sa.Column[int] | sa.Column[bytes],
    key: tuple[str, ...],
    refers: tuple[tuple[str, tuple[str, ...]], ...] = (),
    indexes: tuple[tuple[str, ...], ...] = (),
) -> None:
    """Create a table; ``refers`` are (table, columns of the same name in both)."""
    foreign = [
        sa.ForeignKeyConstraint(
            names, [f"{other}.{n}" for n in names], name=f"fk_{name}_{'_'.join(names)}"
        )
        for other, names in refers
    ]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), *foreign)
    for names in indexes:
        op.create_index(f"ix_{name}_{'_'.join(names)}", name, list(names))


ACCOUNT = (("accounts", ("account",)),)


def _what_happened() -> None:
    _table(
        "accounts",
        _text("account"),
        _text("broker"),
        _text("environment"),
        _text("fingerprint"),
        key=("account",),
    )
    _table(
        "executions",
        _text("account"),
        _text("root"),
        _number("version"),
        _text("key", optional=True),
        _text("symbol"),
        _text("side"),
        _exact("quantity"),
        _exact("price"),
        _exact("fee"),
        _time("time"),
        _text("currency"),
        key=("account", "root", "version"),
        refers=ACCOUNT,
        indexes=(("key",), ("account", "time")),
    )
    _table(
        "cash_flows",
        _text("account"),
        _text("flow_id"),
        _text("kind"),
        _exact("amount"),
        _time("time"),
        _text("currency"),
        _text("symbol", optional=True),
        key=("account", "flow_id"),
        refers=ACCOUNT,
    )
    _table(
        "transfers",
        _text("account"),
        _text("transfer_id"),
        _text("symbol"),
        _exact("quantity"),
        _exact("unit_cost", optional=True),
        _day("acquired"),
        _time("time"),
        _text("currency"),
        key=("account", "transfer_id"),
        refers=ACCOUNT,
    )
    _table(
        "corporate_actions",
        _text("account"),
        _text("action_id"),
        _text("symbol"),
        _exact("ratio"),
        _day("effective"),
        key=("account", "action_id"),
        refers=ACCOUNT,
    )


def _what_was_decided() -> None:
    _table(
        "plans",
        _text("plan_id"),
        _text("account"),
        _time("time"),
        _day("session"),
        _text("kind"),
        _text("policy_digest"),
        _time("expires", optional=True),
        _text("body"),
        key=("plan_id",),
        refers=ACCOUNT,
        indexes=(("account", "time"),),
    )
    _table(
        "plan_events",
        _text("plan_id"),
        _number("seq"),
        _time("time"),
        _text("state"),
        _text("who"),
        _text("why"),
        key=("plan_id", "seq"),
        refers=(("plans", ("plan_id",)),),
        indexes=(("state",),),
    )


def _what_was_sent() -> None:
    _table(
        "intents",
        _text("key"),
        _text("plan_id"),
        _text("account"),
        _number("leg"),
        _text("symbol"),
        _text("side"),
        _exact("quantity"),
        _exact("limit_price"),
        _text("currency"),
        _time("created"),
        _time("send_before"),
        key=("key",),
        refers=(("plans", ("plan_id",)), *ACCOUNT),
        indexes=(("plan_id",), ("account", "created")),
    )
    _table(
        "order_events",
        _seq(),
        _text("key"),
        _time("time"),
        _text("kind"),
        _text("broker_id"),
        _text("detail"),
        key=("seq",),
        refers=(("intents", ("key",)),),
        indexes=(("key", "seq"), ("kind", "time")),
    )


def _how_it_ran() -> None:
    _table("runs", _text("account"), _text("slot"), _time("started"), key=("account", "slot"))
    _table(
        "run_events",
        _text("account"),
        _text("slot"),
        _time("time"),
        _text("state"),
        _text("why"),
        key=("account", "slot"),
        refers=(("runs", ("account", "slot")),),
    )
    _table(
        "halts",
        _seq(),
        _text("scope"),
        _text("state"),
        _text("reason"),
        _text("who"),
        _time("time"),
        key=("seq",),
        indexes=(("scope", "seq"),),
    )
    _table(
        "locks",
        _seq(),
        _text("account"),
        _text("symbol"),
        _day("session"),
        _text("why"),
        _time("time"),
        key=("seq",),
        indexes=(("account", "session"),),
    )
    _table(
        "snapshots",
        _seq(),
        _text("account"),
        _time("time"),
        _day("session"),
        _exact("nav"),
        _exact("cash"),
        _text("body"),
        key=("seq",),
        refers=ACCOUNT,
        indexes=(("account", "time"),),
    )
    _table(
        "tieouts",
        _seq(),
        _text("account"),
        _time("time"),
        _number("ok"),
        _text("text"),
        key=("seq",),
        refers=ACCOUNT,
        indexes=(("account", "seq"),),
    )


def _who_was_told() -> None:
    _table(
        "outbox",
        _text("mail_id"),
        _text("dedupe_key"),
        _time("created"),
        _text("severity"),
        _text("subject"),
        _text("text"),
        _text("html"),
        key=("mail_id",),
    )
    op.create_index("uq_outbox_dedupe_key", "outbox", ["dedupe_key"], unique=True)
    _table(
        "outbox_files",
        _text("mail_id"),
        _number("place"),
        _text("name"),
        _text("mime"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _text("cid"),
        key=("mail_id", "place"),
        refers=(("outbox", ("mail_id",)),),
    )
    _table(
        "outbox_events",
        _seq(),
        _text("mail_id"),
        _time("time"),
        _text("state"),
        _text("channel"),
        _text("why"),
        key=("seq",),
        refers=(("outbox", ("mail_id",)),),
        indexes=(("mail_id", "seq"),),
    )


def _only_grow_sqlite(table: str, identities: tuple[str, ...]) -> None:
    """Refuse UPDATE and DELETE, and an INSERT OR REPLACE, which would delete without a word."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}")
    same = " OR ".join(
        "(" + " AND ".join(f"{column} = NEW.{column}" for column in names.split(", ")) + ")"
        for names in identities
    )
    there = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 our own names
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {there} {refuse}")


def _only_grow_postgresql(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, also to whoever plays a replica."""
    op.execute(
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION book_refuses()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_only_grows")


def upgrade() -> None:
    """Create everything."""
    _what_happened()
    _what_was_decided()
    _what_was_sent()
    _how_it_ran()
    _who_was_told()
    if op.get_context().dialect.name == "sqlite":
        for table, identities in IDENTITIES.items():
            _only_grow_sqlite(table, identities)
        return
    op.execute(
        "CREATE FUNCTION book_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    )
    for table in IDENTITIES:
        _only_grow_postgresql(table)
