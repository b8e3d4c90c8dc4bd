"""Who works an account: leases with a token that counts up, and the token of each intent."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LEASES = "leases"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _time(name: str) -> sa.Column[str]:
    moment = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
    return sa.Column(name, moment, nullable=False)


def _number(name: str, *, optional: bool = False) -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, number, autoincrement=name == "seq", nullable=optional)


def _only_grow_sqlite() -> None:
    """Refuse UPDATE and DELETE, and an INSERT OR REPLACE, which would delete without a word."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{LEASES} is append-only'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {LEASES}_no_{act.lower()} BEFORE {act} ON {LEASES} {refuse}")
    there = f"WHEN EXISTS (SELECT 1 FROM {LEASES} WHERE seq = NEW.seq)"  # noqa: S608 our own names
    op.execute(f"CREATE TRIGGER {LEASES}_no_replace BEFORE INSERT ON {LEASES} {there} {refuse}")


def _only_grow_postgresql() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE, also to whoever plays a replica."""
    op.execute(
        f"CREATE TRIGGER {LEASES}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {LEASES} "
        "FOR EACH STATEMENT EXECUTE FUNCTION book_refuses()"
    )
    op.execute(f"ALTER TABLE {LEASES} ENABLE ALWAYS TRIGGER {LEASES}_only_grows")


def upgrade() -> None:
    """Intents that are there keep no token: nobody knows any more who wrote them."""
    op.create_table(
        LEASES,
        _number("seq"),
        _text("account"),
        _number("token"),
        _text("state"),
        _text("holder"),
        _text("host"),
        _number("pid"),
        _text("life"),
        _time("time"),
        _time("until"),
        sa.PrimaryKeyConstraint("seq", name=f"pk_{LEASES}"),
    )
    op.create_index(f"ix_{LEASES}_account_seq", LEASES, ["account", "seq"])
    op.add_column("intents", _number("token", optional=True))
    if op.get_context().dialect.name == "sqlite":
        _only_grow_sqlite()
    else:
        _only_grow_postgresql()
