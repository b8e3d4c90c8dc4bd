"""Orders that take the place of others, and the market that each was priced from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

REPLACES = "fk_intents_replaces"


def _exact(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text().with_variant(sa.Numeric(), "postgresql"), nullable=True)


def upgrade() -> None:
    """Intents that are there replace nothing, and do not say what they were priced from."""
    if op.get_context().dialect.name == "sqlite":  # alembic adds no foreign key to a table of it
        op.execute(
            f"ALTER TABLE intents ADD COLUMN replaces TEXT CONSTRAINT {REPLACES} "
            "REFERENCES intents (key)"
        )
    else:
        op.add_column("intents", sa.Column("replaces", sa.Text(), nullable=True))
        op.create_foreign_key(REPLACES, "intents", "intents", ["replaces"], ["key"])
    op.add_column("intents", _exact("mid"))
    op.add_column("intents", _exact("half_spread"))
