"""Every kind of corporate action, by what method lots are relieved from when on, lots named."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ACTIONS = "corporate_actions"
IDENTITIES = {ACTIONS: "account, action_id", "reliefs": "seq", "named_lots": "seq"}
"""Tables that are made here, and the columns by which a row would replace another."""


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _exact(name: str, *, optional: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=optional)


def _day(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text().with_variant(sa.Date(), "postgresql"), nullable=optional)


def _time(name: str) -> sa.Column[str]:
    moment = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
    return sa.Column(name, moment, nullable=False)


def _seq() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, autoincrement=True, nullable=False)


def _added() -> list[sa.Column[str] | sa.Column[int]]:
    """Columns that a split of the versions before does not have, but for its kind and records."""
    return [
        _text("new_symbol", optional=True),
        _exact("basis_share"),
        _exact("cash"),
        _exact("value"),
        sa.Column("is_taxable", sa.Integer(), nullable=True),
        _exact("cash_in_lieu"),
        _exact("amount"),
        _day("paid", optional=True),
        _text("said", optional=True),
    ]


def _rebuild_sqlite() -> None:
    """SQLite cannot let go of a NOT NULL: a new table takes over the rows of the old one.

    Its triggers go with the old table; none of them asks about a table that is dropped.
    """
    whole = f"{ACTIONS}_0003"
    op.create_table(
        whole,
        _text("account"),
        _text("action_id"),
        _text("kind"),
        _text("symbol"),
        _exact("ratio"),
        _day("effective"),
        *_added(),
        _text("records"),
        sa.PrimaryKeyConstraint("account", "action_id", name=f"pk_{ACTIONS}"),
        sa.ForeignKeyConstraint(["account"], ["accounts.account"], name=f"fk_{ACTIONS}_account"),
    )
    kept = "account, action_id, symbol, ratio, effective"
    op.execute(
        f"INSERT INTO {whole} ({kept}, kind, records) "  # noqa: S608 our own names
        f"SELECT {kept}, 'split', '[]' FROM {ACTIONS} ORDER BY rowid"
    )
    op.drop_table(ACTIONS)
    op.rename_table(whole, ACTIONS)


def _widen_postgresql() -> None:
    """The rows that are there are splits; what comes must say what it is."""
    for name, word in (("kind", "split"), ("records", "[]")):
        op.add_column(ACTIONS, sa.Column(name, sa.Text(), nullable=False, server_default=word))
        op.alter_column(ACTIONS, name, server_default=None)
    op.alter_column(ACTIONS, "ratio", nullable=True)
    for column in _added():
        op.add_column(ACTIONS, column)


def _new_tables() -> None:
    account = ["account"], ["accounts.account"]
    op.create_table(
        "reliefs",
        _seq(),
        _text("account"),
        _day("since"),
        _text("relief"),
        _exact("short_rate", optional=False),
        _exact("long_rate", optional=False),
        _time("time"),
        sa.PrimaryKeyConstraint("seq", name="pk_reliefs"),
        sa.ForeignKeyConstraint(*account, name="fk_reliefs_account"),
    )
    op.create_index("ix_reliefs_account_seq", "reliefs", ["account", "seq"])
    op.create_table(
        "named_lots",
        _seq(),
        _text("account"),
        _text("sale"),
        _text("lots"),
        _text("who"),
        _time("time"),
        sa.PrimaryKeyConstraint("seq", name="pk_named_lots"),
        sa.ForeignKeyConstraint(*account, name="fk_named_lots_account"),
    )
    op.create_index("ix_named_lots_account_seq", "named_lots", ["account", "seq"])


def _only_grow_sqlite(table: str, identity: str) -> None:
    """Refuse UPDATE and DELETE, and an INSERT OR REPLACE, which would delete without a word."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}")
    same = " AND ".join(f"{column} = NEW.{column}" for column in identity.split(", "))
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
    """Keep every split that is there, and make room for what else companies do."""
    is_sqlite = op.get_context().dialect.name == "sqlite"
    if is_sqlite:
        _rebuild_sqlite()
    else:
        _widen_postgresql()
    _new_tables()
    for table, identity in IDENTITIES.items():
        if is_sqlite:
            _only_grow_sqlite(table, identity)
        elif table != ACTIONS:  # which has its trigger still
            _only_grow_postgresql(table)
