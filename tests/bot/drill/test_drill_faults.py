"""``trimtab drill`` with a link that breaks and a server in trouble: no order is ever left open."""

from dataclasses import replace

import pytest
from drill_bench import CANCEL, POST, Account
from standins.faults import HTML, Fault, answer, drop_after, drop_before, hang_after, says

LOOK = "/v2/orders"

TROUBLE = {
    "lost": drop_before(*POST),
    "taken, link dropped": drop_after(*POST),
    "taken, never answered": hang_after(*POST),
    "taken, 504": says(*POST, HTML, 504),
    "500": answer(*POST, 500, HTML),
    "sent twice on the way": Fault(*POST, effects=2),
    "second taken, dropped": drop_after(*POST, skip=1),
    "third taken, dropped": drop_after(*POST, skip=2),
    "cancel lost": drop_before(*CANCEL),
    "cancel done, dropped": drop_after(*CANCEL),
    "cancel 503": answer(*CANCEL, 503, HTML, times=3),
    "look-ups fail for a while": answer("GET", LOOK, 500, HTML, times=9, skip=6),
    "nothing is told of the order": answer("GET", f"{LOOK}:by", 502, HTML, times=20, skip=3),
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
def test_in_trouble_it_says_so_and_leaves_nothing(account: Account, fault: Fault) -> None:
    account.server.faults.tell(replace(fault))
    code, out, err = account.drill()
    assert code in {0, 1}, out + err
    assert account.report()["left_open"] == []
    assert account.verdicts()["swept"] == "passed"
    account.assert_nothing_is_left()
    assert not account.server.model.positions


def test_a_lost_answer_is_looked_up_and_told(account: Account) -> None:
    account.server.faults.tell(drop_after(*POST))
    code, out, _ = account.drill()
    assert code == 1
    verdicts = account.verdicts()
    assert verdicts.pop("submit") == "unverified"
    assert set(verdicts.values()) == {"passed"}
    assert "found by its key, it was not resent" in " ".join(out.split())


def test_a_link_that_breaks_anywhere_leaves_nothing(account: Account) -> None:
    """A request is done and its answer lost: early, late, and in between."""
    for skip in range(1, 50, 6):
        lost = Fault("GET|POST|DELETE", ".*", cut_at=0, skip=skip)
        any_method = [replace(lost, method=m) for m in ("GET", "POST", "DELETE")]
        account.server.faults.faults[:] = any_method
        code, _, err = account.drill()
        assert code in {0, 1, 75}, err
        account.server.faults.faults.clear()
        account.assert_nothing_is_left()


def place(account: Account, key: str) -> None:
    """An order that is at the broker already."""
    body = {"symbol": "KO", "qty": "1", "side": "buy", "limit_price": "9", "client_order_id": key}
    account.server.model.place({**body, "type": "limit", "time_in_force": "day"})


def test_orders_of_others_are_left_alone_and_those_of_lost_drills_are_not(
    account: Account,
) -> None:
    for key in ("TT-0123456789-001", "by hand", "DRILL-0123456789-1"):
        place(account, key)
    assert account.drill()[0] == 0
    fates = {str(o.body["client_order_id"]): o.is_live for o in account.orders}
    assert fates.pop("TT-0123456789-001")
    assert fates.pop("by hand")
    assert len(fates) == 2
    assert not any(fates.values())


def test_an_order_that_cannot_be_taken_back_is_told_loudly_and_next_time_gone(
    account: Account,
) -> None:
    account.server.faults.tell(answer(*CANCEL, 500, HTML, times=10_000))
    code, out, err = account.drill()
    assert code == 1
    (left,) = account.report()["left_open"]
    assert "buy 1 AAPL at 34.99, our id DRILL-" in left
    assert f"may still be open: {left}" in err
    assert "LEFT OPEN" in out
    assert account.verdicts()["swept"] == "failed"
    account.server.faults.faults.clear()
    code, out, err = account.drill()
    assert code == 0, out + err
    assert "taking back what an earlier drill has left: DRILL-" in err
    account.assert_nothing_is_left()
