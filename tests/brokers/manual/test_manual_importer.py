"""Fills come in from a broker's list: once, to the right order, all of them or none."""

import itertools
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manual_accounts import NOW, Account, make_account, order, said_by

from brokers.broker import BadAnswer, Found, Misconfigured
from brokers.manual.importer import import_fills
from brokers.words import Execution, Order, OrderKey, OrderStatus, Side, Symbol

D = Decimal
HEAD = "symbol,side,quantity,price,fee,time\n"
BUY = "VTI,buy,4,300.05,0.5,2026-11-20T10:31:00-05:00\n"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = make_account(tmp_path)
    made.broker.submit(order())
    made.clock.pass_by(timedelta(hours=1))
    return made


def take(account: Account, text: str, *, preview: bool = False) -> str:
    """Import a list, and return what was said."""
    source = account.put("trades.txt", text)
    return str(import_fills(account.folder, source, preview=preview))


def keys(account: Account) -> list[str | None]:
    return [execution.key for execution in account.broker.executions(None)]


def test_a_fill_finds_the_one_ticket_that_asks_for_it(account: Account) -> None:
    said = take(account, HEAD + BUY + "BND,sell,1,72.4,,2026-11-20T16:00:00Z\n")
    assert said == (
        "trades.txt: new fills 2, known already 0\n"
        "  2026-11-20 15:31 UTC  buy  4 VTI at 300.05 USD, fee 0.5  order ira-20261120-a-1\n"
        "  2026-11-20 16:00 UTC  sell 1 BND at 72.4 USD, fee 0  no ticket of ours\n"
        "  total USD: bought 1,200.20, sold 72.40, fees 0.50"
    )
    assert keys(account) == ["ira-20261120-a-1", None]
    assert (account.folder / "fills.csv").stat().st_mode & 0o777 == 0o600


def test_a_preview_writes_nothing(account: Account) -> None:
    before = sorted(path.name for path in account.folder.iterdir())
    said = take(account, HEAD + BUY, preview=True)
    assert "new fills 1" in said
    assert sorted(path.name for path in account.folder.iterdir()) == sorted([*before, "trades.txt"])


def test_overlapping_lists_bring_each_fill_once(account: Account) -> None:
    take(account, HEAD + BUY * 2)
    first = account.broker.executions(None)
    assert take(account, HEAD + BUY * 2).startswith("trades.txt: new fills 0, known already 2")
    later = BUY.replace("10:31", "10:45").replace(",4,", ",2.0,")
    assert take(account, HEAD + BUY + later).startswith("trades.txt: new fills 1, known already 1")
    assert account.broker.executions(None)[:2] == first
    assert len(account.broker.executions(None)) == 3


def test_an_id_of_the_list_is_the_id_for_ever(account: Account) -> None:
    head, line = HEAD.replace("\n", ",id\n"), BUY.replace("\n", ",X-17\n")
    take(account, head + line)
    assert [e.root for e in account.broker.executions(None)] == ["X-17"]
    assert "new fills 0, known already 1" in take(account, head + line)
    assert "new fills 0, known already 1" in take(account, HEAD + BUY)
    said = said_by(lambda: take(account, head + line.replace("300.05", "300.5")), BadAnswer)
    assert 'trades.txt:2: id: "X-17": is in fills.csv as buy 4 VTI at 300.05' in said


def test_a_list_that_gives_ids_later_knows_what_was_brought_in_without(account: Account) -> None:
    take(account, HEAD + BUY)
    assert "new fills 0, known already 1" in take(
        account, HEAD.replace("\n", ",id\n") + BUY.replace("\n", ",X-17\n")
    )


def test_an_id_twice_in_one_list_is_a_mistake(account: Account) -> None:
    text = HEAD.replace("\n", ",id\n") + BUY.replace("\n", ",X-17\n") * 2
    assert 'trades.txt:3: id: "X-17": is on trades.txt:2 already' in said_by(
        lambda: take(account, text), BadAnswer
    )


def test_no_ticket_is_filled_beyond_what_it_asks_for(account: Account) -> None:
    take(account, HEAD + BUY)
    more = BUY.replace(",4,", ",7,")
    before = account.read("fills.csv")
    said = said_by(lambda: take(account, HEAD + more), BadAnswer)
    assert (
        'trades.txt:2: quantity: "7": ira-20261120-a-1 on TICKET-ira-20261120-a asks for 10,'
        " with this 11 would be filled"
    ) in said
    assert account.read("fills.csv") == before
    take(account, HEAD.replace("\n", ",key\n") + more.replace("\n", ",-\n"))
    assert keys(account) == ["ira-20261120-a-1", None]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (BUY.replace("\n", ",nobody\n"), 'key: "nobody": is on no ticket'),
        (
            BUY.replace("buy", "sell").replace("\n", ",ira-20261120-a-1\n"),
            "is on TICKET-ira-20261120-a as buy VTI",
        ),
        (BUY.replace("300.05", "$300.05").replace("\n", ",\n"), 'price: "$300.05": must be'),
    ],
)
def test_a_line_that_cannot_be_right_stops_the_import(
    account: Account, line: str, said: str
) -> None:
    text = HEAD.replace("\n", ",key\n") + line
    assert said in said_by(lambda: take(account, text), BadAnswer)
    assert keys(account) == []


def test_two_tickets_for_the_same_need_a_key(account: Account) -> None:
    account.broker.submit(order("ira-20261120-b-1"))
    said = said_by(lambda: take(account, HEAD + BUY), BadAnswer)
    assert 'key: "": may be any of ira-20261120-a-1, ira-20261120-b-1' in said
    take(account, HEAD.replace("\n", ",key\n") + BUY.replace("\n", ",ira-20261120-b-1\n"))
    assert keys(account) == ["ira-20261120-b-1"]


def test_a_withdrawn_line_is_answered_only_by_what_came_before(account: Account) -> None:
    account.broker.cancel(OrderKey("ira-20261120-a-1"))
    account.clock.pass_by(timedelta(minutes=10))
    take(account, HEAD + BUY + BUY.replace("10:31", "11:31"))
    assert keys(account) == ["ira-20261120-a-1", None]


def test_an_unknown_column_names_the_nearest(account: Account) -> None:
    said = said_by(lambda: take(account, HEAD.replace("price", "prise") + BUY), BadAnswer)
    assert '"prise" is not a column; did you mean "price"?' in said
    assert "the column price is missing" in said


def test_foreign_headings_are_told_by_a_mapping(account: Account) -> None:
    source = account.put("trades.txt", HEAD.replace("symbol", "Ticker (US)") + BUY)
    summary = import_fills(account.folder, source, {"symbol": "Ticker (US)"})
    assert [e.symbol for e in summary.new] == ["VTI"]
    said = said_by(
        lambda: import_fills(account.folder, source, {"ticker": "Ticker (US)"}), Misconfigured
    )
    assert said == '"ticker" is not a column of ours'


def test_a_fill_of_the_future_is_refused_by_whoever_tells_the_time(account: Account) -> None:
    source = account.put("trades.txt", HEAD + BUY)
    said = said_by(lambda: import_fills(account.folder, source, now=NOW), BadAnswer)
    assert 'time: "2026-11-20T10:31:00-05:00": lies in the future' in said


def test_a_list_or_a_folder_that_is_not_there_is_named(account: Account, tmp_path: Path) -> None:
    source = tmp_path / "none.csv"
    assert "none.csv is not there" in said_by(
        lambda: import_fills(account.folder, source), Misconfigured
    )
    assert "gone is not a folder" in said_by(
        lambda: import_fills(tmp_path / "gone", source), Misconfigured
    )


def test_what_a_person_typed_stays_as_it_is(account: Account) -> None:
    typed = (
        "# typed by hand\nside,symbol,quantity,price,time\n\n"
        "buy,VTI,1,299,2026-11-19T15:00:00Z\n# more below\n"
    )
    account.put("fills.csv", typed)
    [by_hand] = account.broker.executions(None)
    take(account, HEAD + BUY)
    lines = account.read("fills.csv").splitlines()
    assert lines[0] == "# typed by hand"
    assert lines[1] == "side,symbol,quantity,price,time,fee,currency,key,id"
    assert lines[3] == "buy,VTI,1,299,2026-11-19T15:00:00Z,,,,"
    assert lines[4] == "# more below"
    assert account.broker.executions(None)[0] == by_hand
    assert len(account.broker.executions(None)) == 2


QUANTITY = st.integers(1, 10_000).map(D)
PRICE = st.decimals(D("0.0001"), D("9999.9999"), places=4)
ORDERS = st.lists(
    st.tuples(st.sampled_from(["VTI", "BND", "BRK.B", "X-1"]), st.sampled_from(Side)),
    min_size=1,
    max_size=4,
    unique=True,
)


@settings(max_examples=40)
@given(ORDERS, st.data())
def test_ticket_to_fills_to_executions_is_exact(
    asked: list[tuple[str, Side]], data: st.DataObject
) -> None:
    """What a person carries out in parts, and lists, is what the book is told, to the digit."""
    with tempfile.TemporaryDirectory() as place:
        account = make_account(Path(place))
        orders = [
            Order(OrderKey(f"p-{n}"), Symbol(s), side, data.draw(QUANTITY), data.draw(PRICE))
            for n, (s, side) in enumerate(asked)
        ]
        for one in orders:
            account.broker.submit(one)
        account.clock.pass_by(timedelta(hours=2))
        carried_out = [part for one in orders for part in in_parts(one, data)]
        rows = "".join(
            f"{e.symbol},{e.side.value},{e.quantity:f},{e.price:f},{e.fee:f},{e.time.isoformat()}\n"
            for e in carried_out
        )
        source = account.put("trades.txt", HEAD + rows)
        import_fills(account.folder, source)
        import_fills(account.folder, source)
        told = account.broker.executions(None)
        assert sorted(map(contents, told)) == sorted(map(contents, carried_out))
        assert len({e.root for e in told}) == len(told)
        assert {state_of(account, one) for one in orders} == {OrderStatus.FILLED}


def in_parts(one: Order, data: st.DataObject) -> list[Execution]:
    """An order filled whole, in one to three parts, some of them alike."""
    cuts = sorted({D(0), one.quantity, D(data.draw(st.integers(0, int(one.quantity))))})
    return [
        Execution(
            "",
            1,
            one.key,
            one.symbol,
            one.side,
            high - low,
            data.draw(PRICE),
            data.draw(st.sampled_from([D(0), D("0.35")])),
            NOW + timedelta(minutes=data.draw(st.integers(0, 3))),
        )
        for low, high in itertools.pairwise(cuts)
    ]


def contents(e: Execution) -> tuple[str, ...]:
    return tuple(
        str(part) for part in (e.key, e.symbol, e.side, e.quantity, e.price, e.fee, e.time)
    )


def state_of(account: Account, one: Order) -> OrderStatus:
    found = account.broker.find(one.key)
    assert isinstance(found, Found)
    return found.state.status
