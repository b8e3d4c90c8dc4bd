"""Who was told: mails wait here until they are sent, and what is once posted is not lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from bot.book.errors import Contradicted, IllegalStep
from bot.book.rows import Attachment, Mail, MailRow, MailState
from bot.book.schema import outbox, outbox_events, outbox_files

TRIES_MAX = 10
"""With the waits below, the last try comes eight and a half hours after the first."""

FIRST_WAIT = timedelta(minutes=1)
"""After the first failure; each further one doubles it."""

_COLUMNS = ("mail_id", "dedupe_key", "created", "severity", "subject", "text", "html")


def post(connection: Connection, mail: Mail) -> bool:
    """Put a mail in the box; False where one with its ``dedupe_key`` was put there before."""
    key = select(outbox.c.mail_id).where(outbox.c.dedupe_key == mail.dedupe_key)
    if connection.execute(key).first() is not None:
        return False
    if _exists(connection, mail.mail_id):
        what = f"mail {mail.mail_id} is in the outbox under another key"
        raise Contradicted(what, "give each mail an id of its own")
    connection.execute(insert(outbox).values({n: getattr(mail, n) for n in _COLUMNS}))
    files = [_file_values(mail, place) for place in range(len(mail.attachments))]
    if files:
        connection.execute(insert(outbox_files), files)
    return True


def _exists(connection: Connection, mail_id: str) -> bool:
    query = select(outbox.c.mail_id).where(outbox.c.mail_id == mail_id)
    return connection.execute(query).first() is not None


def _file_values(mail: Mail, place: int) -> dict[str, Any]:
    file = mail.attachments[place]
    return {
        "mail_id": mail.mail_id,
        "place": place,
        "name": file.name,
        "mime": file.mime,
        "content": file.content,
        "cid": file.cid,
    }


def due_mails(connection: Connection, now: datetime) -> tuple[Mail, ...]:
    """Mails to be sent now, oldest first: never tried, or failed long enough ago."""
    rows = connection.execute(_open_mails()).all()
    events = _events(connection, [row.mail_id for row in rows])
    return tuple(
        _mail(connection, row) for row in rows if _is_due(events.get(row.mail_id, []), now)
    )


def _open_mails() -> Select[Any]:
    ended = select(outbox_events.c.seq).where(
        outbox_events.c.mail_id == outbox.c.mail_id,
        outbox_events.c.state.in_(("sent", "given-up")),
    )
    return (
        select(*(outbox.c[name] for name in _COLUMNS))
        .where(~ended.exists())
        .order_by(outbox.c.created, outbox.c.mail_id)
    )


def _is_due(failures: Sequence[Row[Any]], now: datetime) -> bool:
    if not failures:
        return True
    wait: timedelta = FIRST_WAIT * 2 ** (len(failures) - 1)
    due: datetime = failures[-1].time + wait
    return now >= due


def _mail(connection: Connection, row: Row[Any]) -> Mail:
    columns = [outbox_files.c[name] for name in ("name", "mime", "content", "cid")]
    files = connection.execute(
        select(*columns).where(outbox_files.c.mail_id == row.mail_id).order_by(outbox_files.c.place)
    )
    attachments = tuple(Attachment(*file) for file in files)
    return Mail(**row._asdict(), attachments=attachments)


def mark_mail(
    connection: Connection, mail_id: str, state: MailState, time: datetime, channel: str, why: str
) -> None:
    """Write down how a try went. The last failure that is allowed gives the mail up."""
    if not _exists(connection, mail_id):
        raise IllegalStep(f"no mail {mail_id} is in the outbox", "post it first")
    row = {"mail_id": mail_id, "time": time, "channel": channel, "why": why}
    connection.execute(insert(outbox_events).values(**row, state=state))
    tries = len(_events(connection, [mail_id]).get(mail_id, []))
    if state == "failed" and tries == TRIES_MAX:
        row["why"] = f"{TRIES_MAX} tries failed"
        connection.execute(insert(outbox_events).values(**row, state="given-up"))


def mail_rows(connection: Connection, limit: int) -> tuple[MailRow, ...]:
    """The newest mails first, with what became of them."""
    columns = ("mail_id", "created", "severity", "subject")
    query = select(*(outbox.c[name] for name in columns))
    newest = query.order_by(outbox.c.created.desc(), outbox.c.mail_id.desc()).limit(limit)
    rows = connection.execute(newest).all()
    events = _events(connection, [row.mail_id for row in rows])
    return tuple(_mail_row(row, events.get(row.mail_id, [])) for row in rows)


def _mail_row(row: Row[Any], events: Sequence[Row[Any]]) -> MailRow:
    mail = row._asdict()
    if not events:
        return MailRow(**mail, state=None, tries=0, time=None, channel="", why="")
    last = events[-1]
    return MailRow(
        **mail,
        state=last.state,
        tries=sum(event.state != "given-up" for event in events),
        time=last.time,
        channel=last.channel,
        why=last.why,
    )


def _events(connection: Connection, mail_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Everything that happened to each of the mails, oldest first."""
    found: dict[str, list[Row[Any]]] = {}
    query = (
        select(outbox_events)
        .where(outbox_events.c.mail_id.in_(mail_ids))
        .order_by(outbox_events.c.seq)
    )
    for row in connection.execute(query):
        found.setdefault(row.mail_id, []).append(row)
    return found
