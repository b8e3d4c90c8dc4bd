"""Price histories with their provenance: a table of its own, which only ever grows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Create the table and what keeps it from being changed."""
    seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
    day = sa.Text().with_variant(sa.Date(), "postgresql")
    op.create_table(
        "prices",
        sa.Column("seq", seq, autoincrement=True, nullable=False),
        _text("feed"),
        _text("kind"),
        sa.Column("fetched", moment, nullable=False),
        sa.Column("through", day, nullable=False),
        _text("source"),
        _number("adjusted"),
        _number("consolidated"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_prices"),
    )
    op.create_index("ix_prices_feed_kind_seq", "prices", ["feed", "kind", "seq"])
    op.create_index("ix_prices_feed_seq", "prices", ["feed", "seq"])
    if op.get_context().dialect.name == "sqlite":
        _only_grow_sqlite()
    else:
        _only_grow_postgresql()


def _only_grow_sqlite() -> None:
    """Refuse UPDATE and DELETE, and an INSERT OR REPLACE, which would delete without a word."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'prices is append-only'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER prices_no_{act.lower()} BEFORE {act} ON prices {refuse}")
    there = "WHEN EXISTS (SELECT 1 FROM prices WHERE seq = NEW.seq)"
    op.execute(f"CREATE TRIGGER prices_no_replace BEFORE INSERT ON prices {there} {refuse}")


def _only_grow_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, also to whoever plays a replica."""
    op.execute(
        "CREATE TRIGGER prices_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON prices "
        "FOR EACH STATEMENT EXECUTE FUNCTION book_refuses()"
    )
    op.execute("ALTER TABLE prices ENABLE ALWAYS TRIGGER prices_only_grows")
