"""A chain over every row, link by link as it was committed, and whether a book was restored."""

import sqlalchemy as sa
from alembic import op

from bot.book.chain import seal_all

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("chain", "restores")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, counts: bool = False) -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, number, autoincrement=counts, nullable=False)


def _only_grow_sqlite(table: str) -> None:
    """Refuse UPDATE and DELETE, and an INSERT OR REPLACE, which would delete without a word."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {refuse}")
    there = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)"  # noqa: S608 our own names
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {there} {refuse}")


def _only_grow_postgresql(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, also to whoever plays a replica."""
    op.execute(
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION book_refuses()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_only_grows")


def upgrade() -> None:
    """What is there becomes the first link, whoever wrote it."""
    op.create_table(
        "chain",
        _number("seq"),
        _text("head"),
        _number("total"),
        _text("body"),
        sa.PrimaryKeyConstraint("seq", name="pk_chain"),
    )
    op.create_table(
        "restores",
        _number("seq", counts=True),
        _text("state"),
        _text("who"),
        _text("why"),
        sa.Column(
            "time", sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_restores"),
    )
    for table in TABLES:
        if op.get_context().dialect.name == "sqlite":
            _only_grow_sqlite(table)
        else:
            _only_grow_postgresql(table)
    seal_all(op.get_bind())
