"""Prices out of files: their forms, and every bad row by file and line."""

import csv
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from math import isnan
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from price_bench import FIRST, THURSDAY, A, B, C, Desk, bars, before, walk

from bot.config.settings import PriceSettings, PriceSource
from bot.prices.folder import FromFolder
from bot.prices.kept import bars_of
from bot.prices.refresh import Wanted, refresh
from bot.prices.source import NoPrices, Span, Told
from brokers.words import Bars, Symbol

ALL = Span(10_000, date(2030, 1, 1))


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_long(path: Path, told: Bars) -> Path:
    rows = zip(told.days, told.closes, told.volumes, strict=True)
    return write(path, "date,close,volume", *(f"{d},{c},{v:.0f}" for d, c, v in rows))


def tell(folder: Path, *symbols: Symbol, span: Span = ALL, consolidated: bool = False) -> Told:
    return FromFolder(folder, "feed", consolidated=consolidated).tell(symbols, span)


def one(folder: Path, *lines: str) -> Bars:
    """What a file of A says."""
    write(folder / "AAA.csv", *lines)
    told = tell(folder, A)
    assert told.faults == {}
    return told.bars[A]


def refused(folder: Path, *lines: str) -> str:
    """Why a file of A is not used."""
    path = write(folder / "AAA.csv", *lines)
    told = tell(folder, A)
    assert told.bars == {}
    return told.faults[A].replace(str(path), "AAA.csv")


def test_a_file_of_one_name(tmp_path: Path) -> None:
    told = bars(A, date(2020, 1, 6), date(2020, 3, 6))
    write_long(tmp_path / "AAA.csv", told)
    found = tell(tmp_path, A, B, consolidated=True)
    assert set(found.bars) == {A}
    assert found.bars[A].days == told.days
    assert found.bars[A].closes == told.closes
    assert found.bars[A].volumes == told.volumes
    assert found.bars[A].consolidated
    assert not tell(tmp_path, A).bars[A].consolidated, "unless the owner says so"


def test_headers_as_they_come(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "Date,Open,High,Low,Close,Adj Close,Volume",
        "2024-06-07 00:00:00-04:00,1,1,1,1200,119,1000",
        "2024-06-10,1,1,1,121,121,20000",
    )
    assert found.days == (date(2024, 6, 7), date(2024, 6, 10))
    assert found.closes == (119.0, 121.0)
    assert found.volumes == pytest.approx((1000 * 1200 / 119, 20000)), "the value traded stays"
    assert tell(tmp_path, A).adjusted == {A}


def test_rows_from_new_to_old_an_empty_cell_and_an_empty_line(tmp_path: Path) -> None:
    found = one(tmp_path, "\ufeffday,close", "2024-01-05,3", "2024-01-04,", "", "2024-01-03,1")
    assert (found.days, found.closes) == ((date(2024, 1, 3), date(2024, 1, 5)), (1.0, 3.0))
    assert found.volumes == ()
    assert tell(tmp_path, A).adjusted == frozenset()


def test_a_volume_that_is_missing_is_not_zero(tmp_path: Path) -> None:
    found = one(tmp_path, "date,close,volume", "2024-01-03,1,", "2024-01-04,1,5")
    assert isnan(found.volumes[0])
    assert found.volumes[1] == 5


BAD = {
    "AAA.csv:3: close is 'x'": ("date,close", "2024-01-03,1", "2024-01-04,x"),
    "AAA.csv:2: close is '-1'": ("date,close", "2024-01-03,-1"),
    "AAA.csv:2: close is '0'": ("date,close", "2024-01-03,0"),
    "AAA.csv:2: close is 'nan'": ("date,close", "2024-01-03,nan"),
    "AAA.csv:2: close is 'inf'": ("date,close", "2024-01-03,inf"),
    "AAA.csv:2: volume is '-5'": ("date,close,volume", "2024-01-03,1,-5"),
    "AAA.csv:2: adj_close is 'no'": ("date,close,adj_close", "2024-01-03,1,no"),
    "AAA.csv:2: '03/01/2024' is not a day, written as 2026-01-31": (
        "date,close",
        "03/01/2024,1",
    ),
    "AAA.csv:3: 2024-01-03 is there twice": ("date,close", "2024-01-03,1", "2024-01-03,2"),
    "AAA.csv:4: 2024-01-02 stands after 2024-01-04": (
        "date,close",
        "2024-01-01,1",
        "2024-01-04,1",
        "2024-01-02,1",
        "2024-01-05,1",
    ),
    "AAA.csv:3: 3 columns, the header has 2": ("date,close", "2024-01-03,1", "2024-01-04,1,2"),
    "AAA.csv:1: there is no column date": ("close,volume", "1,2"),
    "AAA.csv:1: there is no column close": ("date,price", "2024-01-03,1"),
}


@pytest.mark.parametrize("why", BAD)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, why: str) -> None:
    assert refused(tmp_path, *BAD[why]) == why


def test_an_empty_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "AAA.csv").write_bytes(b"")
    (tmp_path / "BBB.csv").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "CCC.parquet").write_bytes(b"not one")
    faults = tell(tmp_path, A, B, C).faults
    assert "is empty" in faults[A]
    assert "is no CSV file" in faults[B]
    assert "is no parquet file" in faults[C]


WIDE = ("date,AAA,BRK.B", "2024-01-03,1,10", "2024-01-04,,11", "2024-01-05,3,12")


def test_a_file_with_a_column_a_name(tmp_path: Path) -> None:
    path = write(tmp_path / "prices.csv", *WIDE)
    for place in (tmp_path, path):
        found = tell(place, A, Symbol("BRK.B"), C).bars
        assert set(found) == {A, "BRK.B"}
        assert found[A].days == (date(2024, 1, 3), date(2024, 1, 5))
        assert found[Symbol("BRK.B")].closes == (10.0, 11.0, 12.0)
        assert FromFolder(place, "feed").symbols() == (A, "BRK.B")


def test_a_bad_cell_of_a_wide_file_costs_that_name_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "prices.csv", *WIDE[:2], "2024-01-04,oops,11")
    found = tell(tmp_path, A, Symbol("BRK.B"))
    assert found.faults == {A: f"{path}:3: AAA is 'oops'"}
    assert set(found.bars) == {"BRK.B"}


def test_the_own_file_of_a_name_goes_before_a_wide_one(tmp_path: Path) -> None:
    write(tmp_path / "prices.csv", *WIDE)
    write(tmp_path / "AAA.csv", "date,close", "2024-01-03,7")
    assert tell(tmp_path, A).bars[A].closes == (7.0,)
    assert FromFolder(tmp_path, "feed").symbols() == (A, "BRK.B")


def test_a_file_in_small_letters_is_told_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "aaa.csv", "date,close", "2024-01-03,7")
    assert tell(tmp_path, A).faults == {A: f"{path}: is of one name; call it AAA.csv"}


def parquet(path: Path, names: Sequence[str], *columns: Sequence[object]) -> None:
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), path)


@pytest.mark.parametrize("moments", [True, False])
def test_parquet_long_and_wide(tmp_path: Path, moments: bool) -> None:  # noqa: FBT001
    days = [date(2024, 1, 3), date(2024, 1, 4)]
    stamps = [datetime(day.year, day.month, day.day) for day in days]  # noqa: DTZ001  # as files have them
    parquet(
        tmp_path / "AAA.parquet",
        ("Date", "Close", "Volume"),
        stamps if moments else days,
        [1.5, 2.5],
        [10, 20],
    )
    parquet(tmp_path / "prices.parquet", ("__index_level_0__", "BBB"), days, [7.0, None])
    found = tell(tmp_path, A, B).bars
    assert (found[A].days, found[A].closes, found[A].volumes) == (tuple(days), (1.5, 2.5), (10, 20))
    assert (found[B].days, found[B].closes) == ((days[0],), (7.0,))


def test_a_bad_row_of_parquet_is_named_by_its_line(tmp_path: Path) -> None:
    days = [date(2024, 1, 3), date(2024, 1, 4)]
    parquet(tmp_path / "AAA.parquet", ("date", "close"), days, [1.5, -2.5])
    assert tell(tmp_path, A).faults == {A: f"{tmp_path / 'AAA.parquet'}:3: close is -2.5"}


def test_parquet_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet(tmp_path / "AAA.parquet", ("date", "close"), [date(2024, 1, 3)], [1.5])
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where it is not installed
    with pytest.raises(NoPrices, match=r"AAA\.parquet cannot be read") as caught:
        tell(tmp_path, A)
    assert caught.value.remedy == "run: pip install 'trimtab[parquet]'"


def test_a_folder_that_is_not_there_or_empty(tmp_path: Path) -> None:
    with pytest.raises(NoPrices, match="cannot be read: No such file") as caught:
        tell(tmp_path / "none", A)
    assert "prices.folder" in caught.value.remedy
    with pytest.raises(NoPrices, match=r"holds no \.csv or \.parquet file"):
        tell(tmp_path, A)


def test_nothing_after_the_last_session_is_told(tmp_path: Path) -> None:
    write(tmp_path / "AAA.csv", "date,close", "2024-01-03,1", "2024-01-04,2", "2024-01-05,3")
    found = tell(tmp_path, A, span=Span(1, date(2024, 1, 4)))
    assert (found.bars[A].days, found.bars[A].closes) == ((date(2024, 1, 4),), (2.0,))


# Together with the book.


@pytest.fixture
def folder(tmp_path: Path, desk: Desk) -> Path:
    """Files of A and B from 2018 on to a month before the present, and a desk that reads them."""
    place = tmp_path / "prices"
    place.mkdir()
    for symbol in (A, B):
        write_long(place / f"{symbol}.csv", bars(symbol, FIRST, date(2020, 2, 12)))
    desk.settings = PriceSettings(
        (PriceSource.BROKER, PriceSource.FOLDER), folder=place, history_days=500
    )
    return place


def short(told: Bars) -> Bars:
    """A broker that knows a hundred days."""
    return Bars(told.symbol, told.days[-100:], told.closes[-100:], told.volumes[-100:], told.source)


def test_a_history_longer_than_the_broker_s_comes_from_the_folder(desk: Desk, folder: Path) -> None:
    desk.teller.bend = short
    found = desk.look(A, B)
    assert found.notes == ()
    for symbol in (A, B):
        told = found.bars[symbol]
        assert len(told.days) == 500
        assert told.closes == pytest.approx([walk(symbol)[day][0] for day in told.days])
        assert str(folder) in told.source
    assert set(found.used) == {"account main", f"folder {folder}"}


def test_a_folder_is_read_again_only_when_it_changed(desk: Desk, folder: Path) -> None:
    desk.teller.bend = short
    desk.look(A, B)
    desk.next_day()
    os.remove(folder / "BBB.csv")  # noqa: PTH107
    (folder / "AAA.csv").touch()
    desk.look(A, B)
    feed = desk.book.prices(f"folder {folder}")
    assert [len(row.origin.source) > 0 for row in feed.rows] == [True] * len(feed.rows)
    assert len(desk.look(B).bars[B].days) == 500, "what was read once stays"


def test_an_unchanged_file_is_not_opened_again(desk: Desk, folder: Path) -> None:
    desk.settings = PriceSettings((PriceSource.FOLDER,), folder=folder)
    desk.look(A)
    desk.next_day()
    state = (folder / "AAA.csv").stat()
    (folder / "AAA.csv").write_bytes(b"?" * state.st_size)
    os.utime(folder / "AAA.csv", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert all("not used" not in note for note in desk.look(A).notes), "nobody looked into it"
    desk.next_day()
    (folder / "AAA.csv").write_bytes(b"nonsense")
    for _ in range(2):
        found = desk.look(A)
        assert found.bars[A].days[-1] == date(2020, 2, 12)
        desk.next_day()
        assert "AAA.csv:1: there is no column" in found.notes[0], "said until it is mended"


def test_a_file_that_knows_the_future_tells_it_day_by_day(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "ahead"
    place.mkdir()
    write_long(place / "AAA.csv", bars(A, FIRST, date(2020, 6, 30)))
    desk.settings = PriceSettings((PriceSource.FOLDER,), folder=place)
    for _ in range(3):
        found = desk.look(A)
        assert found.notes == ()
        assert found.bars[A].days[-1] == before(desk.teller.today)
        desk.next_day()
    assert desk.asked() == [], "the broker is no source here"


def test_another_word_of_the_owner_on_the_files_holds_at_once(desk: Desk, folder: Path) -> None:
    desk.settings = PriceSettings((PriceSource.FOLDER,), folder=folder)
    assert not desk.look(A).bars[A].consolidated
    desk.settings = PriceSettings((PriceSource.FOLDER,), folder=folder, consolidated=True)
    assert desk.look(A).bars[A].consolidated


def test_the_same_files_imported_with_another_word_are_of_another_kind(
    desk: Desk, folder: Path
) -> None:
    wanted = Wanted((A,), 2520, desk.through, desk.now, insist=True)
    for consolidated in (False, True, True):
        source = FromFolder(folder, "import main", consolidated=consolidated, adjusted=consolidated)
        assert refresh(desk.book, source, wanted) == ()
        found = bars_of(desk.book.prices("import main"), (A,), 2520, desk.through)[A]
        assert found.consolidated is consolidated
        assert found.closes == bars(A, FIRST, date(2020, 2, 12)).closes
    (feed,) = desk.book.price_feeds()
    kinds = [row.kind for row in desk.book.prices("import main").rows]
    assert (feed.rows, kinds) == (3, ["whole", "whole", "more"])


def test_a_folder_of_another_company_is_not_joined(desk: Desk, folder: Path) -> None:
    write_long(folder / "AAA.csv", Bars(A, *_parts(bars(B, FIRST, THURSDAY))))
    desk.teller.bend = short
    found = desk.look(A)
    assert len(found.bars[A].days) == 100
    (note,) = found.notes
    assert note.startswith(
        f"older prices of folder {folder} are not used: AAA (daily returns differ"
    )


def _parts(told: Bars) -> tuple[tuple[date, ...], tuple[float, ...], tuple[float, ...], str]:
    return told.days, told.closes, told.volumes, told.source


def test_a_folder_that_went_away_is_said_and_nothing_is_lost(desk: Desk, folder: Path) -> None:
    desk.teller.bend = short
    before_that = desk.look(A).bars[A]
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    desk.next_day()
    found = desk.look(A)
    assert found.bars[A].closes[:-1] == pytest.approx(before_that.closes[1:])
    assert "cannot be read: No such file or directory; check prices.folder" in found.notes[0]


def test_the_csv_of_this_test_is_one(tmp_path: Path) -> None:
    path = write_long(tmp_path / "AAA.csv", bars(A, FIRST, date(2018, 1, 31)))
    with path.open(newline="") as file:
        assert len(list(csv.reader(file))) == 24
