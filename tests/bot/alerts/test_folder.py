"""Mails as files: whole, private, and what every mail reader understands."""

import stat
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from bot.alerts.envelope import domain, message
from bot.alerts.folder import FolderChannel
from bot.alerts.mails import action_needed, drift_warning, executed
from bot.alerts.post import NotSent
from bot.book.rows import Attachment, Mail
from tests.bot.report.plans import NOW, D, fills, rebalance

WAITING = action_needed(rebalance(), NOW + timedelta(hours=4))


def read(path: str | Path) -> EmailMessage:
    return message_from_bytes(Path(path).read_bytes(), _class=EmailMessage, policy=default)


def test_a_file_parses_into_text_html_and_picture(tmp_path: Path) -> None:
    message = read(FolderChannel(tmp_path / "mails").send(WAITING))
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == WAITING.text
    assert html.get_content().replace("\r\n", "\n").strip() == WAITING.html
    png = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert png.get_content() == WAITING.attachments[0].content
    assert png["Content-ID"] == "<drift>"
    assert png.get_content_disposition() == "inline"
    assert 'src="cid:drift"' in WAITING.html
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    assert not message.defects


def test_headers_that_machines_obey(tmp_path: Path) -> None:
    first = read(FolderChannel(tmp_path).send(WAITING))
    second = read(FolderChannel(tmp_path).send(executed(rebalance(), fills(rebalance()), NOW)))
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"] == "trimtab <trimtab.localhost>"
    assert first["Message-ID"] == f"<{WAITING.mail_id}@localhost>"
    assert first["Date"].datetime == NOW
    assert first["References"] == second["References"]  # one plan, one thread
    assert first["Message-ID"] != second["Message-ID"]
    other = drift_warning(rebalance(), D("0.03"))
    assert other is not None
    assert read(FolderChannel(tmp_path).send(other))["References"] != first["References"]


def test_files_are_for_the_owner_alone_and_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "mails"
    channel = FolderChannel(folder)
    path = Path(channel.send(WAITING))
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert channel.send(WAITING) == str(path)
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert path.read_bytes() == content
    assert path.name == f"20261120T153000Z-{WAITING.mail_id}.eml"


def test_a_draft_that_a_crash_left_is_no_hindrance(tmp_path: Path) -> None:
    name = f"20261120T153000Z-{WAITING.mail_id}.eml"
    (tmp_path / f".{name}.part").write_bytes(b"half a mai")
    path = FolderChannel(tmp_path).send(WAITING)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert read(path)["Subject"] == WAITING.subject


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotSent, match=r"cannot write a mail into .*file/mails; mend mail.outbox"):
        FolderChannel(tmp_path / "file" / "mails").send(WAITING)


def test_an_id_cannot_leave_the_folder(tmp_path: Path) -> None:
    path = FolderChannel(tmp_path / "mails").send(replace(WAITING, mail_id="../../x"))
    assert Path(path).parent == tmp_path / "mails"


def test_a_mail_of_words_alone_and_a_file_beside_it() -> None:
    table = Attachment("plan.csv", "text/csv", b"symbol,weight\r\n")
    mail = Mail("m1", "PAPER/a/b/c", NOW, "info", "two\r\nlines", "words", attachments=(table,))
    made = message(mail, "a@example.org", ("b@example.org",))
    assert made["Subject"] == "two lines"
    assert made["Importance"] == "normal"
    parts = {part.get_content_type(): part for part in made.walk()}
    assert parts["text/csv"].get_filename() == "plan.csv"
    assert parts["text/csv"].get_content_disposition() == "attachment"
    assert message(replace(mail, severity="critical"), "a@b.c", ())["Importance"] == "high"


def test_the_same_mail_is_the_same_bytes() -> None:
    one, two = (message(WAITING, "a@b.c", ("d@e.f",)).as_bytes() for _ in range(2))
    assert one == two


def test_domain() -> None:
    assert domain("Trimtab <me@example.org>") == "example.org"
    assert domain("nobody") == "trimtab.invalid"
