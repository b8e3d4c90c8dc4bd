"""Runs the migrations over a connection that the book has opened: there is no other way in.

The caller holds the transaction, so that a migration that fails leaves nothing behind on either
database. There is no ``alembic.ini``: everything that it would say is said in ``bot/book``.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
    render_as_batch=True,
)

with context.begin_transaction():
    context.run_migrations()
