"""Order tickets: what a person is asked to do, and what the folder says became of it."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from manual_accounts import NOW, Account, make_account, order

from brokers.broker import (
    Absent,
    Accepted,
    AlreadyDone,
    CancelRequested,
    Found,
    Refused,
    Unclear,
)
from brokers.manual.tickets import read_tickets
from brokers.words import Order, OrderKey, OrderState, OrderStatus, Side, Symbol

D = Decimal
KEY = OrderKey("ira-20261120-a-1")
TICKET = "tickets/TICKET-ira-20261120-a.csv"
PAGE = "tickets/TICKET-ira-20261120-a.html"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return make_account(tmp_path)


def state(account: Account, key: OrderKey = KEY) -> OrderState:
    """What the folder says of an order that it knows."""
    found = account.broker.find(key)
    assert isinstance(found, Found)
    return found.state


def fill(account: Account, *quantities: int) -> None:
    """Type fills of the first order in."""
    lines = (f"VTI,buy,{q},300,2026-11-20T15:3{n}:00Z,{KEY}\n" for n, q in enumerate(quantities, 1))
    account.clock.pass_by(timedelta(minutes=5))
    account.put("fills.csv", "symbol,side,quantity,price,time,key\n" + "".join(lines))


def test_an_order_becomes_a_line_that_only_its_owner_can_read(account: Account) -> None:
    assert account.broker.submit(order()) == Accepted("ticket:TICKET-ira-20261120-a")
    assert account.read(TICKET) == (
        "# MANUAL LIVE ACCOUNT ira: carry these orders out by hand at your broker\n"
        "key,symbol,side,quantity,limit,currency,written,withdrawn,note\n"
        "ira-20261120-a-1,VTI,buy,10,300.12,USD,2026-11-20T15:30:00+00:00,,\n"
    )
    for file in (TICKET, PAGE):
        assert (account.folder / file).stat().st_mode & 0o777 == 0o600
    assert (account.folder / "tickets").stat().st_mode & 0o777 == 0o700


def test_what_a_person_should_know_stands_on_the_ticket_and_the_page(account: Account) -> None:
    said = 'in place of BND: <once> that is sold, and "no more" than that'
    account.broker.submit(replace(order(), note=said))
    assert read_tickets(account.folder)[0].order.note == said
    assert "in place of BND: &lt;once&gt; that is sold" in account.read(PAGE)
    assert account.broker.submit(order()) == Accepted("ticket:TICKET-ira-20261120-a")
    account.broker.cancel(KEY)
    assert read_tickets(account.folder)[0].order.note == said
    assert "do not carry out" in account.read(PAGE)


def test_a_ticket_of_before_has_no_notes(account: Account) -> None:
    (account.folder / TICKET).parent.mkdir()
    account.put(
        TICKET,
        "key,symbol,side,quantity,limit,currency,written,withdrawn\n"
        "ira-20261120-a-1,VTI,buy,10,300.12,USD,2026-11-20T15:30:00+00:00,\n",
    )
    (line,) = read_tickets(account.folder)
    assert (line.order, line.order.note) == (order(), "")


def test_nothing_is_ever_sent(account: Account) -> None:
    capabilities = account.broker.capabilities
    assert (capabilities.sends_orders, capabilities.fractions) == (False, False)


def test_what_was_written_is_found_again_and_open(account: Account) -> None:
    account.broker.submit(order())
    expected = OrderState(
        KEY,
        "ticket:TICKET-ira-20261120-a",
        Symbol("VTI"),
        Side.BUY,
        D(10),
        D(0),
        D("300.12"),
        OrderStatus.OPEN,
    )
    assert state(account) == expected
    assert account.broker.open_orders() == (expected,)


def test_what_is_on_no_ticket_was_never_asked_for(account: Account) -> None:
    assert account.broker.find(OrderKey("other")) == Absent(certain=True)
    assert account.broker.open_orders() == ()


def test_the_same_order_twice_is_one_line(account: Account) -> None:
    first = account.broker.submit(order())
    text = account.read(TICKET)
    account.clock.pass_by(timedelta(seconds=9))
    assert account.broker.submit(order()) == first
    assert account.read(TICKET) == text


def test_another_order_under_the_same_key_is_refused(account: Account) -> None:
    account.broker.submit(order())
    answer = account.broker.submit(order(quantity="11"))
    assert answer == Refused(f"{KEY} is on TICKET-ira-20261120-a already, for another order")
    assert state(account).quantity == D(10)


def test_a_plan_is_one_ticket_and_another_plan_another(account: Account) -> None:
    account.broker.submit(order())
    account.broker.submit(order("ira-20261120-a-2", "BND", Side.SELL, "5", "72.4"))
    account.broker.submit(order("odd/key"))
    account.broker.submit(order("TT-1F0C2A9B3D-001"))
    account.broker.submit(order("TT-1F0C2A9B3D-002", "BND"))
    names = sorted(path.name for path in (account.folder / "tickets").glob("*.csv"))
    assert names == ["TICKET-1F0C2A9B3D.csv", "TICKET-ira-20261120-a.csv", "TICKET-odd_key.csv"]
    assert len(account.broker.open_orders()) == 5


def test_fills_say_how_far_an_order_is(account: Account) -> None:
    account.broker.submit(order())
    fill(account, 4)
    assert (state(account).filled, state(account).status) == (D(4), OrderStatus.OPEN)
    fill(account, 4, 6)
    assert (state(account).filled, state(account).status) == (D(10), OrderStatus.FILLED)
    assert account.broker.cancel(KEY) == AlreadyDone()


def test_a_cancelled_order_is_marked_and_stays_on_the_ticket(account: Account) -> None:
    account.broker.submit(order())
    account.clock.pass_by(timedelta(minutes=10))
    assert account.broker.cancel(KEY) == CancelRequested()
    assert state(account).status is OrderStatus.CANCELLED
    assert state(account).reason == "withdrawn from TICKET-ira-20261120-a"
    assert "2026-11-20T15:30:00+00:00,2026-11-20T15:40:00+00:00" in account.read(TICKET)
    assert "WITHDRAWN 2026-11-20 15:40: do not carry out" in account.read(PAGE)
    assert "Every line is withdrawn." in account.read(PAGE)
    assert account.broker.cancel(KEY) == AlreadyDone()
    assert account.broker.cancel(OrderKey("other")) == AlreadyDone()


def test_what_a_person_did_before_the_withdrawal_still_counts(account: Account) -> None:
    account.broker.submit(order())
    account.broker.cancel(KEY)
    fill(account, 4)
    assert (state(account).filled, state(account).status) == (D(4), OrderStatus.CANCELLED)
    fill(account, 4, 6)
    assert state(account).status is OrderStatus.FILLED


def test_a_ticket_is_for_its_day(account: Account) -> None:
    account.broker.submit(order())
    account.clock.pass_by(timedelta(hours=13))  # 23:30 in New York
    assert state(account).status is OrderStatus.OPEN
    account.clock.pass_by(timedelta(hours=1))
    assert state(account).status is OrderStatus.EXPIRED
    assert state(account).reason == "TICKET-ira-20261120-a was for 2026-11-20"
    assert account.broker.open_orders() == ()


def test_the_page_says_what_it_is_and_loads_nothing(account: Account) -> None:
    account.broker.submit(order(limit="1300.125", quantity="1200"))
    account.broker.submit(order("ira-20261120-a-2", "BND", Side.SELL, "5", "72.4"))
    page = account.read(PAGE)
    assert "<h1>MANUAL LIVE ACCOUNT ira: TICKET-ira-20261120-a</h1>" in page
    assert page.index("SELL") < page.index("BUY")
    assert "1,200" in page
    assert "buy 1,560,150.00 USD, sell 362.00 USD" in page
    assert "//" not in page
    assert "<script" not in page


def test_what_is_written_into_the_page_stays_text(account: Account) -> None:
    account.broker.submit(order("<b>&-1"))
    [page] = (account.folder / "tickets").glob("*.html")
    assert "&lt;b&gt;&amp;-1" in page.read_text()
    assert "<b>" not in page.read_text()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (order(quantity="0"), "must be above 0"),
        (order(quantity="-3"), "must be above 0"),
        (order(quantity="NaN"), "must be a plain number"),
        (order(quantity="1.5"), "1.5 shares: a ticket asks for whole shares"),
        (order(limit="0"), "must be above 0"),
        (order(limit="Infinity"), "must be a plain number"),
        (order(symbol="=cmd()"), "must be a symbol"),
        (order(key="two words"), "without blanks"),
    ],
)
def test_what_a_ticket_cannot_say_is_refused(account: Account, bad: Order, said: str) -> None:
    answer = account.broker.submit(bad)
    assert isinstance(answer, Refused)
    assert said in answer.reason
    assert not answer.left, "no broker has rejected it"
    assert not (account.folder / "tickets").exists()


def test_a_damaged_ticket_takes_no_order(account: Account) -> None:
    account.broker.submit(order())
    path = account.folder / TICKET
    path.write_text(path.read_text().replace("buy", "bye"))
    answer = account.broker.submit(order("ira-20261120-a-2"))
    assert isinstance(answer, Refused)
    assert 'TICKET-ira-20261120-a.csv:3: side: "bye": must be one of buy, sell' in answer.reason
    assert not answer.left
    assert isinstance(account.broker.cancel(KEY), Unclear)


def test_without_a_folder_nothing_is_accepted(tmp_path: Path) -> None:
    answer = Account(tmp_path / "gone").broker.submit(order())
    assert answer == Refused(f"not written: {tmp_path / 'gone'} is not a folder", left=False)


def test_a_ticket_that_cannot_be_written_is_unclear_and_then_looked_up(account: Account) -> None:
    (account.folder / "tickets").write_text("in the way")
    answer = account.broker.submit(order())
    assert isinstance(answer, Unclear)
    assert account.broker.find(KEY) == Absent(certain=True)
    assert sorted(path.name for path in account.folder.iterdir()) == [
        ".lock",
        "cash.csv",
        "positions.csv",
        "quotes.csv",
        "tickets",
    ]


def test_a_page_in_the_way_leaves_the_ticket_whole(account: Account) -> None:
    (account.folder / PAGE).mkdir(parents=True)
    assert isinstance(account.broker.submit(order()), Unclear)
    assert state(account).status is OrderStatus.OPEN
    assert isinstance(account.broker.cancel(KEY), Unclear)
    assert state(account).status is OrderStatus.CANCELLED
    assert not list((account.folder / "tickets").glob(".*"))


def test_two_at_once_lose_no_line(account: Account) -> None:
    orders = [order(f"ira-20261120-a-{number}") for number in range(8)]
    threads = [threading.Thread(target=account.broker.submit, args=(o,)) for o in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {s.key for s in account.broker.open_orders()} == {o.key for o in orders}


def test_the_folder_has_our_time_and_is_always_open(account: Account) -> None:
    clock = account.broker.clock()
    assert (clock.time, clock.is_open) == (NOW, True)
