"""A mail is posted once, tried until it is sent or given up, and never lost."""

from dataclasses import replace

import pytest
from book_makers import MINUTE, NOW, make_mail

from bot.book.book import Book
from bot.book.errors import Contradicted, IllegalStep
from bot.book.outbox import TRIES_MAX
from bot.book.rows import Attachment

PLOT = Attachment("drift.png", "image/png", bytes(range(256)), "drift")
TABLE = Attachment("trades.csv", "text/csv", b"symbol,quantity\n")


def test_a_mail_comes_back_with_its_attachments(book: Book) -> None:
    mail = replace(make_mail("m-1"), html="<p>€</p>", attachments=(PLOT, TABLE))
    assert book.post(mail)
    assert book.due_mails(NOW) == (mail,)


def test_one_key_is_posted_once(book: Book) -> None:
    assert book.post(make_mail("m-1", "breach VTI"))
    assert not book.post(make_mail("m-2", "breach VTI"))
    with pytest.raises(Contradicted):
        book.post(make_mail("m-1", "breach BND"))
    assert [mail.mail_id for mail in book.due_mails(NOW)] == ["m-1"]


def test_what_was_sent_is_not_due(book: Book) -> None:
    for number, mail_id in enumerate(("m-2", "m-1")):
        book.post(make_mail(mail_id, created=NOW + number * MINUTE))
    assert [mail.mail_id for mail in book.due_mails(NOW)] == ["m-2", "m-1"]
    book.mark_mail("m-2", "sent", NOW, "smtp")
    assert [mail.mail_id for mail in book.due_mails(NOW)] == ["m-1"]
    assert [(row.mail_id, row.state, row.tries, row.channel) for row in book.mails()] == [
        ("m-1", None, 0, ""),
        ("m-2", "sent", 1, "smtp"),
    ]
    assert len(book.mails(limit=1)) == 1


def test_each_failure_doubles_the_wait_until_the_mail_is_given_up(book: Book) -> None:
    book.post(make_mail("m-1"))
    time, waits = NOW, []
    for _ in range(TRIES_MAX):
        failed = time
        book.mark_mail("m-1", "failed", time, "smtp", "no route")
        while not book.due_mails(time) and time < failed + 1000 * MINUTE:
            time += MINUTE
        waits.append((time - failed) // MINUTE)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 1000]
    (row,) = book.mails()
    assert (row.state, row.tries, row.why) == ("given-up", TRIES_MAX, "10 tries failed")


def test_a_mail_that_was_never_posted_cannot_be_sent(book: Book) -> None:
    with pytest.raises(IllegalStep, match="post it first"):
        book.mark_mail("m-1", "sent", NOW, "smtp")
