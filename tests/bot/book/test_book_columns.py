"""Every amount and every moment comes back exactly, and moments sort by time as text too."""

import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from book_makers import ACCOUNT, bound, make_execution, make_note, make_order, ordered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.book.book import Book
from bot.book.columns import UtcTime
from bot.book.errors import BookError
from bot.book.maintain import upgrade

_numbers = itertools.count()

amounts = st.decimals(allow_nan=False, allow_infinity=False).filter(
    lambda number: -1000 < number.adjusted() < 1000
)
zones = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))
FIRST, LAST = datetime(2, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 the strategy adds zones
moments = st.datetimes(FIRST, LAST, timezones=zones)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Book]:
    """One book for all examples of a property."""
    if request.param == "postgresql":
        url = request.getfixturevalue("new_database")(None)
    else:
        url = str(tmp_path_factory.mktemp("shared") / "book.db")
    with Book.open(url, upgrade=True) as book:
        yield bound(book)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(price=amounts, time=moments)
def test_amounts_and_moments_come_back_exactly(
    shared: Book, price: Decimal, time: datetime
) -> None:
    root = f"r-{next(_numbers)}"
    execution = replace(make_execution(root), price=price, time=time)
    shared.record(ACCOUNT, [execution], [], [], [])
    (found,) = (e for e in shared.executions(ACCOUNT) if e.root == root)
    assert found == execution
    assert found.time.tzinfo is UTC


@given(first=moments, second=moments)
def test_moments_sort_as_text(first: datetime, second: datetime) -> None:
    from sqlalchemy.dialects.sqlite import dialect

    texts = [str(UtcTime().process_bind_param(moment, dialect())) for moment in (first, second)]
    assert (first < second) == (texts[0] < texts[1])
    assert (first == second) == (texts[0] == texts[1])


def test_the_embedded_book_holds_plain_digits(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    upgrade(path)
    with Book.open(path, upgrade=False) as book:
        execution = replace(make_execution("r-1"), price=Decimal("1E+3"), fee=Decimal("1E-9"))
        bound(book).record(ACCOUNT, [execution], [], [], [])
    connection = sqlite3.connect(path)
    query = "SELECT typeof(price), price, fee, time FROM executions"
    assert connection.execute(query).fetchone() == (
        "text",
        "1000",
        "0.000000001",
        "2026-03-02T15:00:00.000000+00:00",
    )
    connection.close()


def test_text_that_no_database_can_hold_does_not_lose_the_event(book: Book) -> None:
    ordered(book, make_order("k-1"))
    book.note([make_note("k-1", "sent")])
    book.note([replace(make_note("k-1", "refused"), detail="no\x00way \ud83d \u20ac")])
    assert book.orders()[0].detail == "no\ufffdway ? \u20ac"


def test_a_word_outside_its_set_is_refused(book: Book) -> None:
    ordered(book, make_order("k-1"))
    with pytest.raises(BookError, match="cannot be lost"):
        book.note([make_note("k-1", "lost")])  # type: ignore[arg-type]
    assert book.order_notes(make_order("k-1").key) == ()


def test_a_url_with_a_password_is_never_shown_whole(tmp_path: Path) -> None:
    with pytest.raises(BookError) as raised:
        Book.open(f"postgresql://trimtab:hunter2@/book?host={tmp_path}", upgrade=False)
    assert "hunter2" not in str(raised.value)
    assert "does not answer" in raised.value.what
    shutil.rmtree(tmp_path)
