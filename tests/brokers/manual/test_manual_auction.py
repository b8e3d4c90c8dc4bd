"""Tickets with orders for the closing auction: said to the person, and read back as they were."""

from dataclasses import replace
from pathlib import Path

from manual_accounts import make_account, order

from brokers.broker import Accepted
from brokers.manual.tickets import read_tickets
from brokers.words import OrderKey, TimeInForce

TICKET = "tickets/TICKET-ira-20261120-a"
LOC = replace(order(), force=TimeInForce.CLOSE)


def test_an_order_for_the_closing_auction_says_so_to_machine_and_person(tmp_path: Path) -> None:
    account = make_account(tmp_path)
    account.broker.submit(replace(order(), key=OrderKey("ira-20261120-a-0")))
    assert "force" not in account.read(f"{TICKET}.csv"), "a ticket of old looks as ever"
    assert "limit-on-close" not in account.read(f"{TICKET}.html")
    assert isinstance(account.broker.submit(LOC), Accepted)
    head, *lines = account.read(f"{TICKET}.csv").splitlines()[1:]
    assert head.endswith(",withdrawn,note,force")
    assert [line.rpartition(",")[2] for line in lines] == ["", "cls"]
    assert account.read(f"{TICKET}.html").count("limit-on-close") == 2, "above, and in its line"
    assert [line.order for line in read_tickets(account.folder)][1] == LOC
