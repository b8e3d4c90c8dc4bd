"""A statement into the files of an account: all of it or nothing, and the same twice is once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.broker import BadAnswer, Misconfigured
from brokers.manual.disk import write_all
from brokers.manual.folder import LOTS, read_file
from brokers.manual.intake import Kept, News, TakenIn, take_in
from brokers.manual.nouns import Frame, lots
from brokers.words import USD, CashFlow, Execution, FlowKind, Side, Split, Symbol, Transfer

D = Decimal
VTI = Symbol("VTI")
DAY = datetime(2025, 2, 3, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 20, tzinfo=UTC)


def news() -> News:
    """One of each; the second lot's cost of a share has no end of digits."""
    return News(
        fills=(("f:1", Execution("x1", 1, None, VTI, Side.BUY, D(2), D(100), D(1), DAY)),),
        lots=(
            ("f:2", Transfer("", VTI, D(10), D("80.5"), date(2021, 3, 4), DAY)),
            ("f:3", Transfer("", VTI, D(3), D(10) / 3, date(2025, 2, 3), DAY)),
            ("f:4", Transfer("", VTI, D(5), None, date(2025, 2, 3), DAY)),
        ),
        flows=(("f:5", CashFlow("", FlowKind.DIVIDEND, D("6.11"), DAY, symbol=VTI)),),
        splits=(("f:6", Split("", VTI, D(1) / 3, date(2025, 6, 11))),),
    )


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.csv"))}


def test_all_of_it_is_written_and_read_again_as_it_was(tmp_path: Path) -> None:
    taken = take_in(tmp_path, news())
    assert taken.known == 0
    assert contents(tmp_path) == {
        "fills.csv": "symbol,side,quantity,price,time,fee,currency,key,id\n"
        "VTI,buy,2,100,2025-02-03T05:00:00+00:00,1,USD,,x1\n",
        "flows.csv": "kind,amount,time,currency,symbol,id\n"
        f"dividend,6.11,2025-02-03T05:00:00+00:00,USD,VTI,{taken.flows[0].flow_id}\n",
        "lots.csv": "symbol,quantity,acquired,unit_cost,received,currency,basis\n"
        "VTI,10,2021-03-04,80.5,2025-02-03,USD,\n"
        "VTI,3,2025-02-03,,,USD,10\n"
        "VTI,5,2025-02-03,,,USD,\n",
        "splits.csv": "symbol,ratio,effective,id\nVTI,0.333333333333,2025-06-11,\n",
    }
    assert {p.stat().st_mode & 0o777 for p in tmp_path.glob("*.csv")} == {0o600}


def test_the_same_again_and_a_preview_write_nothing(tmp_path: Path) -> None:
    previewed = take_in(tmp_path, news(), preview=True)
    assert contents(tmp_path) == {}
    assert take_in(tmp_path, news()) == previewed
    before = contents(tmp_path)
    again = take_in(tmp_path, news())
    assert (again.known, again.fills, again.lots, again.flows, again.splits) == (6, (), (), (), ())
    assert contents(tmp_path) == before


def test_two_like_lots_are_two_and_a_third_is_new(tmp_path: Path) -> None:
    one = news().lots[0]
    assert len(take_in(tmp_path, News(lots=(one, one))).lots) == 2
    assert len(take_in(tmp_path, News(lots=(one, one))).lots) == 0
    assert len(take_in(tmp_path, News(lots=(one, one, one))).lots) == 1


def test_what_the_judge_refuses_leaves_every_file_alone(tmp_path: Path) -> None:
    take_in(tmp_path, News(lots=news().lots[:1]))
    before = contents(tmp_path)

    def judge(kept: Kept, taken: TakenIn) -> None:
        assert len(kept.lots) == 1
        assert len(taken.lots) == 2
        raise BadAnswer("no")

    with pytest.raises(BadAnswer, match="no"):
        take_in(tmp_path, news(), judge)
    assert contents(tmp_path) == before


def test_a_contradiction_is_told_by_its_place_and_nothing_is_taken(tmp_path: Path) -> None:
    take_in(tmp_path, news())
    before = contents(tmp_path)
    other = Execution("x1", 1, None, VTI, Side.BUY, D(3), D(100), D(1), DAY)
    split = Split("", VTI, D(2), date(2025, 6, 11))
    with pytest.raises(BadAnswer) as caught:
        take_in(tmp_path, News(fills=(("g:7", other),), splits=(("g:8", split),)))
    said = str(caught.value)
    assert 'g:7: id: "x1": is in fills.csv as buy 2 VTI at 100' in said
    assert "g:8: VTI is split by 2 on 2025-06-11, and splits.csv says 0.333333333333" in said
    assert contents(tmp_path) == before


def test_the_owner_s_lines_and_columns_stay(tmp_path: Path) -> None:
    mine = "# mine\nacquired,symbol,quantity,unit_cost\n2020-01-02,BND,4,70\n"
    (tmp_path / "lots.csv").write_text(mine.rstrip("\n"))
    take_in(tmp_path, News(lots=news().lots[:2]))
    assert (tmp_path / "lots.csv").read_text() == (
        "# mine\nacquired,symbol,quantity,unit_cost,received,currency,basis\n"
        "2020-01-02,BND,4,70,,,\n"
        "2021-03-04,VTI,10,80.5,2025-02-03,USD,\n"
        "2025-02-03,VTI,3,,,USD,10\n"
    )


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is not a folder"):
        take_in(tmp_path / "none", news())


def failing(folder: Path) -> dict[Path, str]:
    """Two good files, and one below what is no folder."""
    (folder / "file").write_text("x")
    return {folder / "a.csv": "new", folder / "b.csv": "new", folder / "file" / "c.csv": "new"}


@pytest.mark.parametrize("texts", [failing])
def test_no_file_takes_its_place_before_all_are_on_the_disk(
    tmp_path: Path, texts: Callable[[Path], dict[Path, str]]
) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(OSError, match=r".*"):
        write_all(texts(tmp_path))
    assert (tmp_path / "a.csv").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "file"}


AMOUNTS = st.decimals("0", "9999999", places=2)
SHARES = st.decimals("0.000000001", "99999", places=9)
DAYS = st.dates(date(1990, 1, 1), date(2025, 1, 1))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(SHARES, st.none() | AMOUNTS, st.dates(date(1990, 1, 1), date(2025, 1, 1))))
)
def test_any_lots_come_back_with_their_basis(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[Decimal, Decimal | None, date]],
) -> None:
    folder = tmp_path_factory.mktemp("lots")
    told = [
        Transfer("", VTI, q, None if b is None else b / q, day, DAY.replace(year=2025))
        for q, b, day in rows
    ]
    take_in(folder, News(lots=tuple(("f:1", lot) for lot in told)))
    found = read_file(folder, LOTS, lots, Frame(USD, NOW))
    assert sorted(map(shape, found)) == sorted(map(shape, told))


def shape(lot: Transfer) -> tuple[Decimal, str, date, datetime]:
    """A lot with its basis as a whole, to a billionth of a cent."""
    basis = "?" if lot.unit_cost is None else f"{(lot.unit_cost * lot.quantity):.11f}"
    return lot.quantity, basis, lot.acquired, lot.time
