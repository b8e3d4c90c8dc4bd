"""Lots beside the trades that made them: no share twice, none lost, and nothing guessed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.importers.merge import merge
from bot.importers.nouns import BadImport, Item, Kind, Place, Statement
from bot.importers.rows import Deal, Held, Told, lot, split, trade
from bot.importers.settle import Only, Settled, changes, refuse_oversold, settle
from brokers.words import Execution, Relief, Side, Symbol, Transfer
from strategies.lots import Lot, ledger
from tests.bot.importers.statement_files import line

D = Decimal
VTI = Symbol("VTI")
END = date(2025, 12, 31)


def items(text: str) -> tuple[Item, ...]:
    """Lines ``KIND DAY QUANTITY PRICE [OPENED]`` of VTI; a price of ? is a basis not known."""
    found: list[Item] = []
    for number, words in enumerate((row.split() for row in text.strip().splitlines()), start=1):
        kind, day, quantity, *rest = words
        on, shares = date.fromisoformat(day), D(quantity)
        at = Told(Place("f", number), "N1")
        if kind in {"buy", "sell"}:
            moment = datetime(on.year, on.month, on.day, 17, tzinfo=UTC)
            found.append(trade(Deal(VTI, Side(kind), shares, D(rest[0]), moment), at))
        elif kind == "split":
            found.append(split(VTI, shares, on, at))
        else:
            opened = date.fromisoformat(rest[1]) if len(rest) > 1 else on
            basis = None if rest[0] == "?" else D(rest[0]) * shares
            kinds = {"lot": Kind.LOT, "closed": Kind.CLOSED, "held": Kind.POSITION}
            of = kinds.get(kind, Kind.TRANSFER)
            found.append(lot(Held(VTI, shares, basis, opened, on), at, of))
    return tuple(found)


def came(found: Settled) -> list[str]:
    return [line(item).partition(": ")[2] for item in found.lots]


ADDS_UP = {
    "trades explain the lots": (
        """
        buy 2025-02-03 10 100
        lot 2025-12-31 10 100 2025-02-03
        """,
        [],
    ),
    "an older lot is still open": (
        """
        buy 2025-02-03 10 100
        lot 2025-12-31 10 100 2025-02-03
        lot 2025-12-31 40 80 2021-03-04
        """,
        ["lot 40 VTI for 3200 of 2021-03-04 as of 2025-02-02"],
    ),
    "an older lot was sold in part": (
        """
        sell 2025-06-09 15 120
        closed 2025-06-09 15 80 2021-03-04
        lot 2025-12-31 25 80 2021-03-04
        """,
        [
            "closed lot 15 VTI for 1200 of 2021-03-04 as of 2025-06-07",
            "lot 25 VTI for 2000 of 2021-03-04 as of 2025-06-08",
        ],
    ),
    "all of the older ones were sold, and nobody tells what they cost": (
        """
        buy  2025-02-03 10 100
        sell 2025-06-09 15 120
        lot  2025-12-31 10 100 2025-02-03
        """,
        ["position 15 VTI for ? of 2025-02-02 as of 2025-02-02"],
    ),
    "positions tell no more than how many": (
        """
        buy  2025-02-03 10 100
        sell 2025-06-09 4 120
        held 2025-12-31 106 ?
        """,
        ["position 100 VTI for ? of 2025-02-02 as of 2025-02-02"],
    ),
    "a split between: lots of the end in shares of the beginning": (
        """
        buy   2025-02-03 10 100
        split 2025-06-11 2
        lot   2025-12-31 20 50 2025-02-03
        lot   2025-12-31 80 40 2021-03-04
        """,
        ["lot 40 VTI for 3200 of 2021-03-04 as of 2025-02-02"],
    ),
    "shares sent here without a basis, and the lots that tell it": (
        """
        in  2025-02-10 40 ?
        lot 2025-12-31 30 80 2021-03-04
        lot 2025-12-31 10 90 2022-03-04
        """,
        [
            "lot 30 VTI for 2400 of 2021-03-04 as of 2025-02-10",
            "lot 10 VTI for 900 of 2022-03-04 as of 2025-02-10",
        ],
    ),
    "a picture alone": (
        "lot 2025-12-31 40 80 2021-03-04",
        ["lot 40 VTI for 3200 of 2021-03-04 as of 2021-03-04"],
    ),
    "a picture alone, with a split since the purchase": (
        """
        split 2025-06-11 2
        lot 2025-12-31 40 80 2021-03-04
        """,
        ["lot 40 VTI for 3200 of 2021-03-04 as of 2025-12-31"],
    ),
}


@pytest.mark.parametrize("name", ADDS_UP)
def test_what_adds_up(name: str) -> None:
    text, wanted = ADDS_UP[name]
    found = settle(items(text))
    assert came(found) == wanted
    assert len(found.trades) == text.count("buy") + text.count("sell")


DOES_NOT = {
    "an older lot too few": """
        buy  2025-02-03 10 100
        sell 2025-06-09 4 120
        lot  2025-12-31 10 100 2025-02-03
        lot  2025-12-31 96 80 2021-03-04
        """,
    "more traded than is held": """
        buy 2025-02-03 10 100
        lot 2025-12-31 5 100 2025-02-03
        """,
}


@pytest.mark.parametrize("name", DOES_NOT)
def test_what_does_not_add_up_is_told_and_one_part_may_be_chosen(name: str) -> None:
    told = items(DOES_NOT[name])
    with pytest.raises(BadImport, match=r"^f:\d: VTI: \d+ are held on 2025-12-31") as caught:
        settle(told)
    assert "--only lots" in caught.value.remedy
    assert settle(told, Only.TRADES).lots == ()
    chosen = settle(told, Only.LOTS)
    assert (chosen.trades, len(chosen.lots)) == ((), sum(i.kind is Kind.LOT for i in told))


def test_more_sold_than_held_is_told_by_its_line() -> None:
    told = items("buy 2025-02-03 10 100\nsell 2025-06-09 15 120\nsell 2025-07-09 1 120")
    with pytest.raises(BadImport) as caught:
        refuse_oversold(changes(told))
    assert str(caught.value) == "f:2: quantity: 15 VTI leave on 2025-06-09, and 10 are held"
    refuse_oversold(changes(items("sell 2025-02-03 10 100\nbuy 2025-02-03 10 100")))


# A year of an account, cut in the middle: what a statement of the second half tells must give the
# same lots as the whole history.

Event = tuple[int, str, int]
"""Days into the year, what, shares."""

EVENTS = st.lists(
    st.tuples(st.integers(0, 360), st.sampled_from(["buy", "buy", "sell"]), st.integers(1, 20)),
    min_size=1,
    max_size=14,
    unique_by=lambda event: event[0],
)
"""On days of their own: which of two lots of one day is sold first, no statement tells."""


def history(events: list[Event]) -> list[Execution]:
    """Trades that never sell more than is held, on days of their own."""
    found: list[Execution] = []
    held = 0
    for turn, (days, kind, wanted) in enumerate(sorted(events)):
        shares = wanted if kind == "buy" else min(wanted, held)
        if not shares:
            continue
        held += shares if kind == "buy" else -shares
        moment = datetime(2025, 1, 1, 17, tzinfo=UTC) + timedelta(days=days)
        amounts = D(shares), D(100 + 7 * turn) / 3, D(1)
        found.append(Execution(f"e{turn}", 1, None, VTI, Side(kind), *amounts, moment))
    return found


def bases(lots: tuple[Lot, ...]) -> list[tuple[date, Decimal, Decimal]]:
    """Purchase day, shares and basis of open lots."""
    priced = ((lot.acquired, lot.quantity, lot.cost) for lot in lots)
    return sorted((day, q, cost.quantize(D("1e-9"))) for day, q, cost in priced if cost is not None)


@settings(max_examples=150, deadline=None)
@given(EVENTS, st.integers(0, 365))
def test_a_statement_of_half_the_year_gives_the_lots_of_all_of_it(
    events: list[Event], cut: int
) -> None:
    every = history(events)
    begin = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=cut)
    whole = ledger(every, (), (), Relief.FIFO)
    told = [Item(Kind.TRADE, e, Place("f", 1)) for e in every if e.time >= begin]
    told += [
        lot(Held(VTI, one.quantity, one.cost, one.acquired, END), Told(Place("f", 2)))
        for one in whole.lots.get(VTI, ())
    ]
    told += [
        lot(Held(VTI, s.quantity, s.basis, s.acquired, s.sold), Told(Place("f", 3)), Kind.CLOSED)
        for s in whole.realized
        if s.sold >= begin.date()
    ]
    found = settle(told)
    transfers = [
        Transfer(f"t{n}", *(getattr(i.what, name) for name in FIELDS))
        for n, i in enumerate(found.lots)
    ]
    trades = [i.what for i in found.trades if isinstance(i.what, Execution)]
    after = ledger(trades, transfers, (), Relief.FIFO)
    assert merged_lots(bases(after.lots.get(VTI, ()))) == merged_lots(
        bases(whole.lots.get(VTI, ()))
    )
    gains = [s for s in whole.realized if s.sold >= begin.date()]
    assert rounded(s.gain for s in after.realized) == rounded(s.gain for s in gains)


FIELDS = ("symbol", "quantity", "unit_cost", "acquired", "time", "currency")


def merged_lots(rows: list[tuple[date, Decimal, Decimal]]) -> dict[date, tuple[Decimal, Decimal]]:
    """Lots of one day together."""
    found: dict[date, tuple[Decimal, Decimal]] = {}
    for day, shares, cost in rows:
        q, c = found.get(day, (D(0), D(0)))
        found[day] = q + shares, (c + cost).quantize(D("1e-6"))
    return found


def rounded(gains: object) -> Decimal:
    assert hasattr(gains, "__iter__")
    return sum((g for g in gains if g is not None), D(0)).quantize(D("1e-6"))


def test_overlapping_files_count_once_and_like_rows_of_one_file_are_two() -> None:
    rows = items("buy 2025-02-03 10 100\nbuy 2025-02-03 10 100\nsell 2025-06-09 4 120")
    first = Statement("a", "f", rows[:2])
    second = Statement("b", "f", rows[1:])
    found = merge([first, second])
    assert [line(i) for i in found.items] == [line(i) for i in rows]
    assert found.repeated == 1
    assert merge([first, second, first]).items == found.items


def test_one_id_that_says_two_things_is_an_error() -> None:
    one = trade(Deal(VTI, Side.BUY, D(1), D(2), datetime(2025, 2, 3, tzinfo=UTC), root="x"), AT)
    other = trade(Deal(VTI, Side.BUY, D(2), D(2), datetime(2025, 2, 3, tzinfo=UTC), root="x"), AT)
    assert merge([Statement("a", "f", (one,)), Statement("b", "f", (one,))]).repeated == 1
    with pytest.raises(BadImport, match=r"^f:1: it has the id of f:1 and differs"):
        merge([Statement("a", "f", (one,)), Statement("b", "f", (other,))])


AT = Told(Place("f", 1))


def test_of_two_pictures_the_newer_counts() -> None:
    old = Statement("a", "f", items("lot 2025-06-30 40 80 2021-03-04"))
    new = Statement("b", "f", items("lot 2025-12-31 30 80 2021-03-04"))
    for order in ([old, new], [new, old]):
        found = merge(order)
        assert [line(i) for i in found.items] == [
            "1: lot 30 VTI for 2400 of 2021-03-04 as of 2025-12-31"
        ]
        assert "earlier day" in found.notes[0]
