"""Lots from what happened, and which of them a sale takes: cases that an accountant can read."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategy_accounts import D, lot, lot_text

from brokers.words import (
    USD,
    Currency,
    Execution,
    Relief,
    Side,
    Split,
    Symbol,
    Transfer,
)
from strategies.lots import (
    Ledger,
    Lot,
    Oversold,
    Sale,
    is_long_term,
    latest_versions,
    ledger,
    relieve,
    relieve_or_name,
)

VTI = Symbol("VTI")

RELIEF = """
have                                              sell  by        takes
10@100/24-01-02  10@120/24-06-03                    14  fifo      10@100/24-01-02  4@120/24-06-03
10@100/24-01-02  10@120/24-06-03                    14  lifo      10@120/24-06-03  4@100/24-01-02
10@100/24-01-02  10@120/24-06-03                    14  hifo      10@120/24-06-03  4@100/24-01-02
10@100/24-01-02  10@120/24-06-03                    14  lofo      10@100/24-01-02  4@120/24-06-03
10@100/24-01-02  10@120/24-06-03                    14  specific  10@100/24-01-02  4@120/24-06-03
10@100/24-01-02  10@120/24-06-03                    20  fifo      10@100/24-01-02  10@120/24-06-03
10@100/24-01-02  10@120/24-06-03                    21  fifo      oversold by 1
10@100/24-06-03  10@120/24-01-02                     4  fifo      4@120/24-01-02
10@100/24-06-03  10@100/24-01-02                     4  hifo      4@100/24-01-02
10@100/24-06-03  10@100/24-01-02                     4  lofo      4@100/24-01-02
1@90/24-01-02  2@80/24-01-02                         1  fifo      1@90/24-01-02
1@90/24-01-02  2@80/24-01-02                         1  lifo      1@80/24-01-02
10@?/24-01-02  10@120/24-06-03                       4  hifo      4@120/24-06-03
10@?/24-01-02  10@120/24-06-03                       4  lofo      4@?/24-01-02
0.5@100/24-01-02                                  0.25  fifo      0.25@100/24-01-02
10@100/24-01-02                                      0  fifo      nothing
-                                                    3  fifo      oversold by 3
"""


def rows(table: str) -> list[tuple[str, ...]]:
    """Cells of a table; columns start where the titles in its header start."""
    header, *lines = table.strip("\n").splitlines()
    starts = [match.start() for match in re.finditer(r"\S+( \S+)*", header)]
    ends = [*starts[1:], None]
    return [tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True)) for line in lines]


@pytest.mark.parametrize(("have", "sell", "by", "takes"), rows(RELIEF))
def test_relief_takes_lots_in_the_order_of_its_method(
    have: str, sell: str, by: str, takes: str
) -> None:
    lots = [lot(text) for text in have.split() if text != "-"]
    taken: Sequence[Lot] = ()
    left: Sequence[Lot] = ()
    said = ""
    try:
        taken, left = relieve_or_name(lots, D(sell), Relief(by), VTI)
    except Oversold as exc:
        said = f"oversold by {exc.missing}"
    assert (said or "  ".join(lot_text(one) for one in taken) or "nothing") == takes
    if not said:
        assert sum(one.quantity for one in (*taken, *left)) == sum(one.quantity for one in lots)


def test_nothing_can_be_sold_from_nothing() -> None:
    with pytest.raises(Oversold):
        relieve([], D(1), Relief.FIFO)
    assert relieve([], D(0), Relief.FIFO) == ((), ())


def test_lots_that_share_an_id_are_still_two_lots() -> None:
    lots = [lot("10@100/24-01-02", lot_id="x"), lot("10@120/24-06-03", lot_id="x")]
    _, left = relieve(lots, D(14), Relief.FIFO)
    assert [lot_text(one) for one in left] == ["6@120/24-06-03"]


LONG_TERM = """
bought      sold        long term?
2024-01-15  2025-01-15  no
2024-01-15  2025-01-16  yes
2023-02-28  2024-02-28  no
2023-02-28  2024-02-29  no
2023-02-28  2024-03-01  yes
2024-02-28  2025-02-28  no
2024-02-28  2025-03-01  yes
2024-02-29  2025-02-28  no
2024-02-29  2025-03-01  yes
2023-12-31  2024-12-31  no
2023-12-31  2025-01-01  yes
"""


@pytest.mark.parametrize(("bought", "sold", "answer"), rows(LONG_TERM))
def test_a_holding_is_long_term_after_more_than_a_year(bought: str, sold: str, answer: str) -> None:
    days = (date.fromisoformat(bought), date.fromisoformat(sold))
    assert is_long_term(*days) == (answer == "yes")


Event = Execution | Transfer | Split


def event(text: str) -> Event:
    """An event from one line of a journal, e.g. ``24-01-02 15:00 buy 10@100 fee 1``."""
    day, hour, what, *rest = text.split()
    time = datetime.strptime(f"20{day} {hour}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    if what == "split":
        return Split(text, VTI, D(rest[0]), time.date())
    quantity, _, price = rest[0].partition("@")
    if what in ("in", "out"):
        cost = None if price in ("", "?") else D(price)
        signed = D(quantity) if what == "in" else -D(quantity)
        return Transfer(text, VTI, signed, cost, date(2020, 5, 4), time)
    words = dict(zip(rest[1::2], rest[2::2], strict=True))
    return Execution(
        root=words.get("id", text),
        version=int(words.get("v", "1")),
        key=None,
        symbol=VTI,
        side=Side(what),
        quantity=D(quantity),
        price=D(price),
        fee=D(words.get("fee", "0")),
        time=time,
    )


def book(journal: str, method: Relief = Relief.FIFO) -> Ledger:
    events = [event(line.strip()) for line in journal.strip().splitlines()]
    return ledger(
        [e for e in events if isinstance(e, Execution)],
        [e for e in events if isinstance(e, Transfer)],
        [e for e in events if isinstance(e, Split)],
        method,
    )


def lots_text(found: Ledger) -> str:
    return "  ".join(lot_text(one) for one in found.lots.get(VTI, ()))


JOURNALS = [
    ("a purchase", "24-01-02 15:00 buy 10@100", "10@100/24-01-02"),
    ("its fee is basis", "24-01-02 15:00 buy 10@100 fee 1", "10@100.1/24-01-02"),
    (
        "a sale in part",
        "24-01-02 15:00 buy 10@100 \n 24-03-01 15:00 sell 4@110",
        "6@100/24-01-02",
    ),
    (
        "a sale of all",
        "24-01-02 15:00 buy 10@100 \n 24-03-01 15:00 sell 10@110",
        "",
    ),
    (
        "a split, then a sale of new shares",
        "24-01-02 15:00 buy 10@100 \n 24-02-01 00:00 split 4 \n 24-03-01 15:00 sell 4@30",
        "36@25/24-01-02",
    ),
    (
        "a reverse split of an unknown basis",
        "24-01-02 15:00 in 10@? \n 24-02-01 00:00 split 0.5",
        "5@?/20-05-04",
    ),
    (
        "a split comes before the trades of its day",
        "24-01-02 15:00 buy 10@100 \n 24-02-01 14:30 buy 5@50 \n 24-02-01 00:00 split 2",
        "20@50/24-01-02  5@50/24-02-01",
    ),
    (
        "a corrected price",
        "24-01-02 15:00 buy 10@100 id a v 1 \n 24-01-02 15:00 buy 10@99 id a v 2",
        "10@99/24-01-02",
    ),
    (
        "corrections may come in any order",
        "24-01-02 15:00 buy 10@99 id a v 2 \n 24-01-02 15:00 buy 10@100 id a v 1",
        "10@99/24-01-02",
    ),
    (
        "a busted trade",
        "24-01-02 15:00 buy 10@100 id a v 1 \n 24-01-02 15:00 buy 0@100 id a v 2",
        "",
    ),
    (
        "shares that came with a basis, and some that left",
        "24-01-02 15:00 in 10@80 \n 24-01-05 15:00 out 3",
        "7@80/20-05-04",
    ),
    (
        "bought in the morning, sent away in the afternoon",
        "24-01-02 15:00 buy 10@100 \n 24-01-02 19:00 out 10",
        "",
    ),
    (
        "a broker that knows only the day of a trade",
        "24-01-02 21:00 sell 4@110 \n 24-01-02 21:00 buy 10@100",
        "6@100/24-01-02",
    ),
    (
        "the day is the exchange's own",
        "24-01-03 01:30 buy 10@100",
        "10@100/24-01-02",
    ),
]


@pytest.mark.parametrize(
    ("journal", "lots"), [case[1:] for case in JOURNALS], ids=[case[0] for case in JOURNALS]
)
def test_lots_are_the_sum_of_what_happened(journal: str, lots: str) -> None:
    assert lots_text(book(journal)) == lots


def test_a_sale_is_realized_lot_by_lot_and_net_of_its_fee() -> None:
    found = book(
        "24-01-02 15:00 buy 10@100 \n 24-06-03 15:00 buy 10@120 \n 25-03-03 15:00 sell 14@130 fee 7"
    )
    assert [(r.quantity, r.proceeds, r.gain, r.is_long_term) for r in found.realized] == [
        (10, D("1295.0"), D("295.0"), True),
        (4, D("518.0"), D("38.0"), False),
    ]
    assert found.quantity(VTI) == 6
    assert found.quantity(Symbol("BND")) == 0


def test_the_gain_on_an_unknown_basis_is_unknown() -> None:
    found = book("24-01-02 15:00 in 10@? \n 24-06-03 15:00 sell 4@130")
    assert [r.gain for r in found.realized] == [None]
    assert found.lots[VTI][0].cost is None


def test_the_basis_of_a_lot_is_that_of_all_its_shares() -> None:
    assert Lot("a", VTI, D(4), D("2.5"), date(2024, 1, 2), Currency("USD")).cost == D("10.0")


@pytest.mark.parametrize(
    ("journal", "missing"),
    [
        ("24-01-02 15:00 sell 3@100", 3),
        ("24-01-02 15:00 buy 2@100 \n 24-01-03 15:00 sell 3@100", 1),
        ("24-01-02 15:00 in 2@100 \n 24-01-03 15:00 out 5", 3),
    ],
)
def test_selling_what_no_lot_holds_is_named(journal: str, missing: int) -> None:
    with pytest.raises(Oversold) as caught:
        book(journal)
    assert (caught.value.symbol, caught.value.missing) == (VTI, missing)
    assert str(caught.value) == f"VTI: {missing} shares were sold that no lot accounts for"


def test_only_the_latest_version_of_an_execution_counts() -> None:
    lines = ("24-01-02 15:00 buy 10@100 id a v 1", "24-01-02 15:00 buy 0@100 id a v 2")
    executions = [event(line) for line in lines]
    assert latest_versions(e for e in executions if isinstance(e, Execution)) == ()


quantities = st.decimals(min_value="0.001", max_value="1000", places=3)


@given(
    st.lists(st.tuples(quantities, quantities, st.dates(date(2015, 1, 1), date(2026, 1, 1)))),
    st.decimals(min_value="0", max_value="1", places=2),
    st.sampled_from(Relief),
)
def test_no_share_is_lost_or_made_by_relief(
    drawn: list[tuple[Decimal, Decimal, date]], share: Decimal, method: Relief
) -> None:
    lots = [
        Lot(str(place), VTI, quantity, cost, acquired, USD)
        for place, (quantity, cost, acquired) in enumerate(drawn)
    ]
    held = sum((one.quantity for one in lots), D(0))
    sale = Sale(date(2026, 1, 1), D(500), D("0.35"), D("0.15"))
    taken, left = relieve(lots, held * share, method, sale)
    assert sum((one.quantity for one in taken), D(0)) == held * share
    assert sum((one.quantity for one in left), D(0)) == held - held * share
    assert all(one.quantity > 0 for one in (*taken, *left))
