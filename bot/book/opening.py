"""Opens a book only if it is one, is whole, can be written, and has the schema of this code."""

import stat
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from bot.book.engine import Place, comparing, connect, reading, take_turn, translated, writing
from bot.book.errors import BookError
from bot.book.verify import recently_broken
from bot.book.version import APPLICATION_ID, HEAD, VERSION_TABLE

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


_RESTORE = "stop trimtab, and restore the last backup: trimtab db restore FILE"


def open_engine(
    place: Place, *, upgrade: bool, busy_seconds: float, for_check: bool = False
) -> Engine:
    """An engine on a sound book. ``upgrade`` makes it, or brings it to this schema, first.

    ``for_check`` leaves what a full check finds by itself, and says where.
    """
    if place.path is not None:
        _secure_file(place.path, create=upgrade)
    engine = connect(place, busy_seconds)
    try:
        with reading(engine, place) as connection:
            version = book_version(connection, place)
        if upgrade and (version is None or version < HEAD):
            migrate(engine, place)
            version = HEAD
        _refuse_other_schema(version, place)
        if not for_check:
            _refuse_damaged(engine, place)
            _refuse_broken_chain(engine, place)
        _refuse_read_only(engine, place)
    except BookError:
        engine.dispose()
        raise
    return engine


def _secure_file(path: Path, *, create: bool) -> None:
    """Only the owner may read it; the files that SQLite puts beside it take over its mode."""
    try:
        if not path.exists():
            if not create:
                what = f"there is no book at {path}"
                raise BookError(what, "check the path in the config; `trimtab init` makes a book")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        if path.is_dir():
            raise BookError(f"{path} is a folder", "name the book's file in it")
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if file.exists() and file.stat().st_mode & _OTHERS:
                file.chmod(0o600)
    except OSError as exc:
        remedy = "check that its folder exists and may be written by this user"
        raise BookError(f"book {path}: {exc.strerror}", remedy) from exc


def book_version(connection: Connection, place: Place) -> str | None:
    """The schema's version, None where nothing is there yet. Raises where something else is."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise BookError(f"{place.name} is not a book of trimtab", "name another file or database")
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 our own name
    if version is None or not str(version).isdigit():
        raise BookError(f"book {place.name}: its version cannot be read", "restore the last backup")
    return str(version)


def _refuse_other_schema(version: str | None, place: Place) -> None:
    if version is None:
        raise BookError(f"book {place.name} has no tables yet", "run: trimtab db upgrade")
    if version < HEAD:
        what = f"book {place.name} has schema {version} and this trimtab needs {HEAD}"
        raise BookError(what, "run: trimtab db upgrade")
    if version > HEAD:
        what = f"book {place.name} has schema {version} and this trimtab knows only {HEAD}"
        raise BookError(what, "install the newer trimtab that wrote it, or restore a backup")


def _refuse_damaged(engine: Engine, place: Place) -> None:
    if engine.dialect.name != "sqlite":
        return
    with reading(engine, place) as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if verdict != "ok":
        raise BookError(
            f"book {place.name} is damaged: {verdict}",
            _RESTORE,
        )


def _refuse_broken_chain(engine: Engine, place: Place) -> None:
    with comparing(engine, place) as connection:
        fault = recently_broken(connection)
    if fault is not None:
        what = f"book {place.name} was changed past trimtab: {fault}"
        raise BookError(what, f"run: trimtab db check; then {_RESTORE}")


def _refuse_read_only(engine: Engine, place: Place) -> None:
    """An empty write: SQLite refuses it where the file or its folder is read-only."""
    with writing(engine, place) as connection:
        if connection.dialect.name == "sqlite":
            return
        may = connection.execute(
            text(
                "SELECT current_setting('transaction_read_only') = 'off' "
                "AND has_table_privilege('order_events', 'INSERT')"
            )
        ).scalar()
    if not may:
        what = f"book {place.name}: it cannot be written"
        raise BookError(what, "connect to the primary, with a role that may insert")


def migrate(engine: Engine, place: Place, target: str = HEAD) -> None:
    """Bring the schema to ``target`` in one transaction: all of it, or nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["version_table"] = VERSION_TABLE
    with translated(place), engine.execution_options(writes=True).connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:  # neither can be said inside a transaction
            _say(connection, "PRAGMA foreign_keys = OFF", "PRAGMA journal_mode = WAL")
        with connection.begin():
            take_turn(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, target)
            if is_sqlite:
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                _refuse_orphans(connection, place)
        if is_sqlite:
            _say(connection, "PRAGMA foreign_keys = ON")


def _say(connection: Connection, *pragmas: str) -> None:
    """Speak to SQLite outside a transaction."""
    driver = connection.connection.driver_connection
    if driver is not None:
        for pragma in pragmas:
            driver.execute(pragma).close()


def _refuse_orphans(connection: Connection, place: Place) -> None:
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        what = (
            f"book {place.name}: the migration would leave a row of {orphan[0]} without its parent"
        )
        raise BookError(what, "nothing was changed; run: trimtab db check")
