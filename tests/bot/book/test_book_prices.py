"""Price histories in the book: exact to the last digit, small, whole after a crash."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from book_makers import DAY, NOW
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from bot.book.book import Book
from bot.book.engine import locate
from bot.book.errors import BookError
from bot.book.maintain import check
from bot.book.packed import Block, pack, unpack
from bot.book.price_rows import Fetch
from bot.book.price_table import known
from bot.book.prices import ROWS_MAX
from bot.prices.kept import bars_of
from brokers.words import Bars, Symbol

A, B = Symbol("AAA"), Symbol("BRK.B")
FIRST = date(2026, 1, 5)

closes = st.one_of(
    st.integers(1, 2**31 - 2).map(lambda n: n / 10_000),
    st.floats(1e-6, 1e9, allow_nan=False),
    st.just(nan),
)
volumes = st.one_of(st.integers(0, 2**40).map(float), st.floats(0, 1e12), st.just(nan))


@given(st.data(), st.integers(0, 4), st.integers(0, 6))
def test_a_block_comes_back_to_the_last_digit(data: st.DataObject, names: int, days: int) -> None:
    count = names * days
    shape = (names, days)
    block = Block(
        symbols=tuple(Symbol(f"N{n}") for n in range(names)),
        days=np.cumsum(
            data.draw(st.lists(st.integers(1, 90), min_size=days, max_size=days)), dtype=np.int32
        )
        if days
        else np.empty(0, np.int32),
        closes=np.array(
            data.draw(st.lists(closes, min_size=count, max_size=count)), dtype=np.float64
        ).reshape(shape),
        volumes=np.array(
            data.draw(st.lists(volumes, min_size=count, max_size=count)), dtype=np.float64
        ).reshape(shape),
        asked=252,
        marks={Symbol("N0"): "12:34"},
    )
    found = unpack(pack(block))
    assert (found.symbols, found.asked, found.marks) == (block.symbols, 252, block.marks)
    assert found.days.tolist() == block.days.tolist()
    np.testing.assert_array_equal(found.closes, block.closes)
    np.testing.assert_array_equal(found.volumes, block.volumes)


def test_closes_in_cents_and_whole_shares_take_four_bytes_each() -> None:
    names, days = 500, 252
    table = np.round(np.random.default_rng(1).uniform(1, 900, (names, days)), 2)
    block = Block(
        tuple(Symbol(f"S{n:04}") for n in range(names)),
        np.arange(737_000, 737_000 + days, dtype=np.int32),
        table,
        np.round(table * 1000),
    )
    assert len(pack(block)) < names * days * 8 + 3_000


@pytest.mark.parametrize("cut", [0, 3, 8, 20, 60, -1])
def test_half_a_block_is_none(cut: int) -> None:
    block = Block((A,), np.array([737_000], np.int32), np.array([[1.5]]), np.array([[7.0]]))
    with pytest.raises(ValueError, match=r"block|begins|size|decompress|codec|JSON|Expecting"):
        unpack(pack(block)[:cut])
    with pytest.raises(ValueError, match="begins with"):
        unpack(b"XYZ" + pack(block)[3:])


def bars(symbol: Symbol, start: int, *closes: float) -> Bars:
    days = tuple(FIRST + timedelta(days=start + n) for n in range(len(closes)))
    return Bars(symbol, days, closes, tuple(c * 100 for c in closes), "the tape")


def fetch(kind: str, *told: Bars, time: datetime = NOW) -> Fetch:
    return Fetch(kind, time, date(2026, 3, 1), 252, adjusted=True, bars=told)  # type: ignore[arg-type]


def seen(book: Book, *symbols: Symbol) -> dict[Symbol, Bars]:
    return dict(bars_of(book.prices("tape"), symbols, 100, date.max))


def test_increments_go_on_and_a_whole_one_begins_anew(book: Book) -> None:
    book.keep_prices("tape", [fetch("whole", bars(A, 0, 1.0, 2.0), bars(B, 0, 9.0, 8.25))])
    book.keep_prices("tape", [fetch("more", bars(A, 2, 3.0))])
    assert seen(book, A, B) == {A: bars(A, 0, 1.0, 2.0, 3.0), B: bars(B, 0, 9.0, 8.25)}
    book.keep_prices("tape", [fetch("whole", bars(A, 1, 20.0, 30.0))])
    assert seen(book, A, B) == {A: bars(A, 1, 20.0, 30.0), B: bars(B, 0, 9.0, 8.25)}
    assert seen(book, Symbol("NOPE")) == {}
    assert bars_of(book.prices("another"), (A,), 100, date.max) == {}


def test_what_is_read_back_knows_where_it_is_from(book: Book) -> None:
    told = replace(bars(A, 0, 1.0), source="Caf\u00e9 \u20ac", consolidated=False)
    book.keep_prices("tape", [fetch("whole", told, bars(B, 0, 2.0))])
    book.keep_prices("tape", [fetch("more", Bars(A, (), (), (), ""), time=NOW + DAY)])
    about = known(book.prices("tape"), A)
    assert about is not None
    assert about.origin is not None
    assert (about.origin.source, about.origin.adjusted) == ("Caf\u00e9 \u20ac", True)
    assert (about.origin.consolidated, about.fetched, about.tried) == (False, NOW, NOW + DAY)
    assert (about.first, about.last, about.days, about.asked) == (FIRST, FIRST, 1, 252)
    assert known(book.prices("tape"), Symbol("NOPE")) is None
    assert seen(book, A)[A].source == "Caf\u00e9 \u20ac"


def test_a_base_says_the_same_as_all_the_rows_before_it(book: Book) -> None:
    book.keep_prices("tape", [fetch("whole", bars(A, 0, 1.0), bars(B, 0, 2.0))])
    for number in range(1, 2 * ROWS_MAX):
        moment = NOW + number * DAY
        told = [bars(A, number, 1.0 + number)]
        told += [bars(B, number, 2.0 + number)] if number % 3 else []
        book.keep_prices("tape", [fetch("more", *told, time=moment)])
        if number == 10:
            book.keep_prices("tape", [fetch("whole", Bars(Symbol("NOPE"), (), (), (), ""))])
    count = 2 * ROWS_MAX
    days = [n for n in range(count) if n == 0 or n % 3]
    found = bars_of(book.prices("tape"), (A, B), 1000, date.max)
    assert found[A] == bars(A, 0, *(1.0 + n for n in range(count)))
    assert found[B].closes == tuple(2.0 + n for n in days)
    assert len(book.prices("tape").rows) <= ROWS_MAX + 3, "reading begins at the last base"
    (feed,) = book.price_feeds()
    assert feed.rows > count
    about = known(book.prices("tape"), Symbol("NOPE"))
    assert about is not None
    assert (about.days, about.origin) == (0, None)


def test_a_name_without_volumes_has_none(book: Book) -> None:
    told = replace(bars(A, 0, 1.0, 2.0), volumes=())
    half = replace(bars(B, 0, 1.0, 2.0), volumes=(nan, 5.0))
    book.keep_prices("tape", [fetch("whole", told, half)])
    found = seen(book, A, B)
    assert found[A] == told
    assert isnan(found[B].volumes[0])
    assert found[B].volumes[1] == 5.0


def test_a_row_that_cannot_be_read_is_named_and_what_comes_after_counts(url: str) -> None:
    with Book.open(url, upgrade=False) as book:
        book.keep_prices("tape", [fetch("whole", bars(A, 0, 1.0))])
        engine = create_engine(locate(url).url)
        with engine.begin() as connection:
            row = {"feed": "tape", "kind": "more", "fetched": NOW.isoformat(), "body": b"TP1 no"}
            row |= {"through": "2026-03-01", "source": "s", "adjusted": 1, "consolidated": 1}
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO prices ({names}) VALUES ({values})"), row)  # noqa: S608 our own names
        engine.dispose()
        assert seen(book, A) == {}
        assert book.prices("tape").damaged == 1
        book.keep_prices("tape", [fetch("whole", bars(A, 0, 1.0, 2.0))])
        assert seen(book, A) == {A: bars(A, 0, 1.0, 2.0)}
    found = {finding.rule: finding.detail for finding in check(url)}
    assert found.pop("prices can be read").startswith("row 2 of tape:")
    assert list(found) == ["every row is as it was committed"], "nor was it written by the book"


def test_nothing_new_is_read_once(book: Book) -> None:
    book.keep_prices("tape", [fetch("whole", bars(A, 0, 1.0))])
    first = book.prices("tape")
    assert book.prices("tape") is first
    book.keep_prices("other", [fetch("whole", bars(A, 0, 5.0))])
    assert book.prices("tape") is first
    book.keep_prices("tape", [fetch("more", bars(A, 1, 2.0))])
    assert seen(book, A) == {A: bars(A, 0, 1.0, 2.0)}


FULL_DISK = """
import resource, sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from bot.book.book import Book
from bot.book.errors import BookError
from bot.book.price_rows import Fetch
from brokers.words import Bars, Symbol

book = Book.open(sys.argv[1], upgrade=False)
book.prices("tape")
size = Path(sys.argv[1]).stat().st_size + 100_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
days = tuple(date(2020, 1, 1) + timedelta(days=n) for n in range(500))
told = [Bars(Symbol(f"S{n}"), days, (1.01,) * 500, (2.0,) * 500, "t") for n in range(100)]
try:
    book.keep_prices("tape", [
        Fetch("whole", datetime.now(UTC), days[-1], 500, adjusted=True, bars=tuple(told))])
except BookError as exc:
    print(exc)
"""


def test_a_full_disk_loses_nothing_that_was_kept(path: Path) -> None:
    with Book.open(path, upgrade=False) as book:
        book.keep_prices("tape", [fetch("whole", bars(A, 0, 1.0, 2.0))])
    done = subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert "the disk failed" in done.stdout, done.stderr
    with Book.open(path, upgrade=False) as book:
        assert seen(book, A) == {A: bars(A, 0, 1.0, 2.0)}
        assert set(book.prices("tape").places) == {A}
        book.keep_prices("tape", [fetch("more", bars(A, 2, 3.0))])
    assert check(path) == ()


def test_a_kind_that_there_is_not_is_refused(book: Book) -> None:
    with pytest.raises(BookError, match="'none' is none of base, whole, more"):
        book.keep_prices("tape", [fetch("none", bars(A, 0, 1.0))])
