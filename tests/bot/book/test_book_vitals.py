"""What a monitor asks of the book, on both databases, by a connection that can only read."""

from datetime import timedelta
from decimal import Decimal

import pytest
from book_makers import ACCOUNT, NOW

from bot.book.book import Book
from bot.book.engine import connect, locate, reading
from bot.book.errors import BookError
from bot.book.rows import Mail, SnapshotRow
from bot.book.schema import halts
from bot.book.vitals import Vitals, Window, _only_read
from brokers.words import Environment

WINDOW = Window(NOW.date(), NOW - timedelta(hours=1), NOW - timedelta(days=14))


def test_a_book_with_nothing_in_it(url: str, book: Book) -> None:
    book.bind(ACCOUNT, "paper", Environment.PAPER, "P-1")
    vitals = Vitals(url)
    seen = vitals.look([ACCOUNT], WINDOW)
    vitals.close()
    (account,) = seen.accounts
    assert (account.tieout, account.halt, account.nav, account.scanned) == (None, None, None, None)
    assert (account.locked, account.activity.orders_today) == (0, 0)
    assert (dict(seen.steps), dict(seen.executions)) == ({}, {})
    assert (seen.mails_waiting, seen.mail_since, seen.plans_waiting) == (0, None, 0)


def test_a_book_with_something_in_it(url: str, book: Book) -> None:
    book.bind(ACCOUNT, "paper", Environment.PAPER, "P-1")
    book.keep_tieout(ACCOUNT, NOW, ok=False, text="AAPL differs")
    book.halt(str(ACCOUNT), "AAPL differs", "trimtab", NOW)
    book.lock(ACCOUNT, "AAPL", NOW.date(), "differs", NOW)
    nav, cash = Decimal(100_000), Decimal(10)
    book.keep_snapshot(SnapshotRow(ACCOUNT, NOW, NOW.date(), nav, cash, {}, {}, {}, {}))
    for number in (1, 2, 3):
        created = NOW + timedelta(minutes=number)
        book.post(Mail(f"m-{number}", f"k/{number}", created, "warn", "s", "t", "", ()))
    book.mark_mail("m-1", "sent", NOW, "mail", "")
    book.leases.take(ACCOUNT, NOW)
    vitals = Vitals(url)
    seen = vitals.look([ACCOUNT], WINDOW)
    book.mark_mail("m-2", "sent", NOW, "mail", "")
    later = vitals.look([ACCOUNT], WINDOW)
    vitals.close()
    (account,) = seen.accounts
    assert account.tieout is not None
    assert account.tieout.text == "AAPL differs"
    assert account.halt is not None
    assert account.halt.words == "halted: AAPL differs"
    assert (account.locked, account.nav) == (1, nav)
    assert account.lease is not None
    assert account.lease.holder == book.leases.holder
    assert (seen.mails_waiting, seen.mail_since) == (2, NOW + timedelta(minutes=2))
    assert later.mails_waiting == 1


def test_the_database_refuses_to_be_written_by_it(url: str, book: Book) -> None:
    assert book.accounts() == ()
    place = locate(url)
    engine = connect(place)
    row = {"scope": "*", "state": "halted", "reason": "", "who": "", "time": NOW}

    def write() -> None:
        with reading(engine, place) as connection:
            _only_read(connection)
            connection.execute(halts.insert().values(**row))

    with pytest.raises(BookError):
        write()
    engine.dispose()
    assert book.halted(ACCOUNT) is None
