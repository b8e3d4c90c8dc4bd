"""Puts a backup in the place of the book: proven first, marked as an older copy, the old one kept.

Whoever calls this holds the lock of the state folder, so that no daemon works the book.
"""

import os
import shlex
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bot.book import restores
from bot.book.engine import BUSY_SECONDS, Place, connect, locate, reading, translated, writing
from bot.book.errors import BookError, LeaseHeld
from bot.book.holders import is_dead
from bot.book.leases import TERMS, Lease, newest
from bot.book.maintain import copy_sound, findings, version_of
from bot.book.opening import open_engine
from bot.book.restores import Restored
from bot.book.schema import leases
from brokers.words import AccountId

ENDS = ("-wal", "-shm", "")
"""What belongs to a book, in the order in which it is moved: a journal never meets another book."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The book, and where the one that it took the place of is; None where there was none."""

    book: Path
    kept: Path | None


def restore(url_or_path: str | Path, source: Path, who: str, now: datetime) -> Exchanged:
    """Let the backup ``source`` be the book; ``BookError`` where it is not whole, nothing done."""
    place = locate(url_or_path)
    if place.path is None:
        raise BookError(f"book {place.name} is restored by its server's own tool", _remedy(place))
    if not source.is_file():
        raise BookError(f"there is no backup at {source}", "name the file of a backup")
    if place.path.exists() and source.samefile(place.path):
        raise BookError(f"{source} is the book itself", "name the file of a backup")
    _refuse_worked(place, now)
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    fresh = place.path.with_name(f"{place.path.name}.{stamp}.fresh")
    kept = place.path.with_name(f"{place.path.name}.{stamp}.before-restore")
    try:
        _prove(source, fresh, Restored(who, f"{source.name} was restored", now))
        return Exchanged(place.path, _exchange(place.path, fresh, kept))
    except OSError as exc:
        raise BookError(f"restore of {source}: {exc.strerror}", "nothing was exchanged") from exc
    finally:
        for end in ENDS:
            fresh.with_name(fresh.name + end).unlink(missing_ok=True)


def _remedy(place: Place) -> str:
    url = place.url.set(drivername="postgresql")._replace(password=None).render_as_string()
    options = "--clean --if-exists --single-transaction"
    return (
        "stop every trimtab that works it, then run: "
        f"pg_restore {options} --dbname={shlex.quote(url)} FILE"
    )


def _refuse_worked(place: Place, now: datetime) -> None:
    """A process that holds an account would go on in the file that is moved away."""
    assert place.path is not None
    if not place.path.exists():
        return
    for lease in _leases(place):
        if lease.alive(now, TERMS) and not is_dead(lease.holder):
            what = f"{lease.account} is worked by {lease.holder.words}"
            raise LeaseHeld(what, "stop it, then restore")


def _leases(place: Place) -> tuple[Lease, ...]:
    """The newest lease of each account; none of a book that cannot be read."""
    engine = connect(place)
    try:
        with reading(engine, place) as connection:
            accounts = connection.execute(select(leases.c.account).distinct()).scalars().all()
            found = [newest(connection, AccountId(account)) for account in accounts]
    except BookError:  # it is restored for that very reason
        return ()
    finally:
        engine.dispose()
    return tuple(lease for lease in found if lease is not None)


def _prove(source: Path, fresh: Path, restored: Restored) -> None:
    """A copy beside the book, of this schema, sound from its pages to its chain, and marked."""
    fresh.touch(mode=0o600, exist_ok=False)
    place = locate(fresh)
    with translated(locate(source)):
        copy_sound(source, fresh)
    if version_of(place) is None:
        raise BookError(f"{source} is no book", "name the file of a backup")
    engine = open_engine(place, upgrade=True, busy_seconds=BUSY_SECONDS, for_check=True)
    try:
        if found := findings(engine, place, of_storage=True):
            what = f"{source} is not sound: {found[0].rule}: {found[0].detail}"
            raise BookError(what, "nothing was exchanged; take an older backup")
        with writing(engine, place) as connection:
            restores.mark(connection, restored)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(fresh)) as done:  # one file, nothing beside it
        done.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _exchange(book: Path, fresh: Path, kept: Path) -> Path | None:
    """Move the old one aside, its journal first, and the new one into its place."""
    there = book.exists()
    if there and any(kept.with_name(kept.name + end).exists() for end in ENDS):
        raise BookError(f"{kept} is there already", "nothing was exchanged; wait a second")
    if there:
        with suppress(sqlite3.Error), closing(sqlite3.connect(book)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    for end in ENDS:
        old_part = book.with_name(book.name + end)
        if old_part.exists():
            old_part.rename(kept.with_name(kept.name + end))
    _settle(fresh)
    fresh.rename(book)
    _settle(book.parent)
    return kept if there else None


def _settle(path: Path) -> None:
    """Have it on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
