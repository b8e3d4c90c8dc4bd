"""The line to TWS and to IB behind it: who is there, what was missed, and what it is called."""

import socket
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from threading import Thread
from threading import enumerate as threads

import pytest
from ibkr_bench import AAPL, MINE, PLACE, D, Desk, buy, desk, sell, state_of, until
from stage import session_at
from standins import tws_faults as faults
from standins.faults import Fault, drop_before, hang_before
from standins.flex_server import secret_of

from brokers.broker import (
    Absent,
    Accepted,
    BadAnswer,
    CancelRequested,
    Misconfigured,
    Refused,
    Unclear,
    Unreachable,
)
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.link import Timing
from brokers.ibkr.state import Line
from brokers.words import Environment, OrderKey, OrderStatus


def read_all(broker: IbkrBroker) -> None:
    """What a cycle reads before it sends anything."""
    broker.executions(None)
    broker.open_orders()


def line(broker: IbkrBroker) -> Line:
    return broker._link.state.line  # noqa: SLF001 - what no answer tells


def test_nobody_at_the_port_is_told_with_the_remedy(ib: Desk) -> None:
    ib.server.go_down()
    with pytest.raises(Unreachable, match=r"nobody listens at 127\.0\.0\.1:") as caught:
        ib.open().clock()
    assert "log in" in caught.value.remedy
    assert "once a week" in caught.value.remedy


def test_somebody_else_at_the_port_is_told_in_time() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute, desk() as ib:
        broker = ib.open(port=mute.getsockname()[1], timeout_seconds=0.3)
        began = time.monotonic()
        with pytest.raises(Unreachable, match="does not greet us") as caught:
            broker.clock()
        assert time.monotonic() - began < 2
        assert "Enable ActiveX and Socket Clients" in caught.value.remedy


def test_who_hangs_up_at_once_is_told(ib: Desk) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as rude:

        def hang_up() -> None:
            rude.accept()[0].close()

        Thread(target=hang_up, daemon=True).start()
        broker = ib.open(port=rude.getsockname()[1], timeout_seconds=5)
        began = time.monotonic()
        with pytest.raises(Unreachable, match="no connection to"):
            broker.clock()
        assert time.monotonic() - began < 2


def test_a_client_id_that_lingers_is_asked_for_again(ib: Desk) -> None:
    ib.server.lingering[17] = 2
    assert ib.open().clock().is_open


def test_beside_the_program_that_trades_another_may_read(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k")), Accepted)
    assert isinstance(broker.submit(buy("waiting", limit="50")), Accepted)
    second = ib.open(timeout_seconds=0.5)
    assert second.account().positions == broker.account().positions
    assert second.executions(None) == broker.executions(None)
    assert second.open_orders() == broker.open_orders()
    result = second.submit(buy("no"))
    assert isinstance(result, Refused)
    assert "another program trades as client id 17" in result.reason
    assert isinstance(second.cancel(OrderKey("waiting")), Unclear)
    assert ib.model.by_ref("no") == []
    assert isinstance(broker.submit(buy("yes")), Accepted), "the first is not disturbed"


def test_who_may_only_read_trades_once_the_other_is_gone(ib: Desk, broker: IbkrBroker) -> None:
    clock = {"seconds": 0.0}
    timing = Timing(ib.clock.now, lambda: clock["seconds"], ib.clock.on)
    settings = replace(ib.settings, timeout_seconds=0.5)
    second = IbkrBroker(settings, MINE, timing, session_at, secret_of)
    ib.opened.append(second)
    assert isinstance(second.submit(buy("early")), Refused)
    broker.close()
    clock["seconds"] = 61.0
    read_all(second)
    assert isinstance(second.submit(buy("late")), Accepted)


def test_a_client_id_in_use_is_told_with_the_remedy(ib: Desk) -> None:
    for number in (17, 100_017, 100_018, 100_019):
        ib.server.lingering[number] = 9
    with pytest.raises(Unreachable, match="client id 17 is in use") as caught:
        ib.open(timeout_seconds=0.2).clock()
    assert "another client_id" in caught.value.remedy


def test_who_only_reads_leaves_the_client_id_to_others(ib: Desk) -> None:
    reader = ib.open(reads_only=True)
    assert reader.clock().is_open
    assert isinstance(reader.submit(buy("no")), Refused)
    assert isinstance(ib.open().submit(buy("yes")), Accepted)


@pytest.mark.parametrize(
    ("port", "environment"),
    [(7496, Environment.PAPER), (4001, Environment.PAPER), (7497, Environment.LIVE)],
)
def test_a_port_of_the_other_money_is_refused_unasked(
    ib: Desk, port: int, environment: Environment
) -> None:
    with pytest.raises(Misconfigured, match=f"port {port} is for") as caught:
        ib.open(port=port, environment=environment)
    assert "one login" in caught.value.remedy


def test_a_paper_login_is_no_live_account(ib: Desk) -> None:
    broker = ib.open(environment=Environment.LIVE, account="DU1234567")
    with pytest.raises(Misconfigured, match="a PAPER account, but this account is LIVE"):
        broker.account()


def test_another_account_than_that_of_the_login_is_refused(ib: Desk) -> None:
    with pytest.raises(Misconfigured, match="DU7 is not among those of TWS's login: DU1234567"):
        ib.open(account="DU7").account()


def test_of_several_accounts_one_must_be_named() -> None:
    with desk(accounts=("DU1", "DU2", "DU3")) as ib:
        with pytest.raises(Misconfigured, match="3 accounts: DU1, DU2, DU3"):
            ib.open().account()
        broker = ib.open(account="DU2")
        assert broker.account().fingerprint == "DU2"
        assert isinstance(broker.submit(buy("k")), Accepted)
        assert ib.model.by_ref("k")[0].wanted.account == "DU2"
        assert [p.quantity for p in broker.account().positions] == [10]
        other = ib.open(account="DU3", client_id=18)
        assert other.account().positions == ()
        assert other.executions(None) == ()
        assert other.open_orders() == ()
        assert isinstance(broker.submit(buy("waiting", limit="50")), Accepted)
        ib.clock.on(2)
        assert other.open_orders() == (), "orders of one login are of many accounts"
        assert [state.key for state in broker.open_orders()] == ["waiting"]


def test_an_adviser_s_own_account_is_not_traded() -> None:
    with desk(accounts=("DF100", "DU1", "DU2"), groups={"All": ("DU1", "DU2")}) as ib:
        with pytest.raises(Misconfigured, match="DF100 is an adviser's own account"):
            ib.open(account="DF100").account()
        assert ib.open(account="DU1").account().fingerprint == "DU1"


def test_a_lost_line_is_made_again_by_the_next_question(ib: Desk, broker: IbkrBroker) -> None:
    ib.server.drop_links()
    until(lambda: line(broker) is Line.DOWN)
    assert broker.account().fingerprint == "DU1234567"
    assert line(broker) is Line.UP


def test_after_a_lost_line_the_next_order_reads_all_again_first(
    ib: Desk, broker: IbkrBroker
) -> None:
    assert isinstance(broker.submit(buy("before", limit="69")), Accepted)
    ib.server.drop_links()
    until(lambda: line(broker) is Line.DOWN)
    ib.model.quotes["AAPL"] = D("68.98"), D("69.00")
    ib.server.settle()
    first = len(ib.server.exchanges)
    assert isinstance(broker.submit(buy("k", limit="69")), Accepted), "only ours was filled"
    names = [each.name for each in ib.server.exchanges[first:]]
    assert {"reqAllOpenOrders", "reqExecutions"} <= set(names[: names.index("placeOrder")])


@pytest.mark.parametrize("how", ["an order came", "an order went", "shares were sold"])
def test_where_others_traded_meanwhile_no_order_leaves_before_all_was_told(
    ib: Desk, broker: IbkrBroker, how: str
) -> None:
    other = ib.open(client_id=5)
    assert isinstance(other.submit(buy("theirs", "4", "50")), Accepted)
    assert isinstance(broker.submit(buy("ours", "5")), Accepted)
    ib.server.nightly_restart(17)
    until(lambda: line(broker) is line(other) is Line.DOWN)
    if how == "an order came":
        read_all(other)
        assert isinstance(other.submit(buy("new", "1", "51")), Accepted)
    elif how == "an order went":
        assert other.cancel(OrderKey("theirs")) == CancelRequested()
    else:
        read_all(other)
        assert isinstance(other.submit(sell("sold", "2", "69.98")), Accepted)
    result = broker.submit(buy("k", "1"))
    assert isinstance(result, Refused)
    assert "others traded" in result.reason
    broker.executions(None)
    assert isinstance(broker.submit(buy("k", "1")), Refused)
    broker.open_orders()
    assert isinstance(broker.submit(buy("k", "1")), Accepted)
    assert len(ib.model.by_ref("k")) == 1


def test_what_happened_while_tws_had_lost_ib_is_read_before_the_next_order(
    ib: Desk, broker: IbkrBroker
) -> None:
    assert isinstance(broker.submit(buy("waiting", limit="69.50")), Accepted)
    ib.server.lose_connectivity()
    until(lambda: line(broker) is Line.CUT)
    with pytest.raises(Unreachable, match="TWS has lost IB's servers"):
        broker.account()
    result = broker.submit(buy("k"))
    assert isinstance(result, Refused)
    assert ib.sent() == 1
    ib.model.quotes["AAPL"] = ib.model.quotes["AAPL"][0] - 1, ib.model.quotes["AAPL"][1] - 1
    ib.server.settle()
    ib.server.restore_connectivity()
    until(lambda: line(broker) is Line.UP)
    (done,) = broker.executions(None)
    assert done.key == "waiting", "no push told of it"
    broker.open_orders()
    assert isinstance(broker.submit(buy("k", limit="69.02")), Accepted)


@pytest.mark.parametrize("lost", [1100, 2110])
@pytest.mark.parametrize("found", [1101, 1102])
def test_codes_of_the_line_are_believed(
    ib: Desk, broker: IbkrBroker, lost: int, found: int
) -> None:
    ib.server.say(lost, "Connectivity is lost.")
    until(lambda: line(broker) is Line.CUT)
    with pytest.raises(Unreachable):
        broker.clock()
    ib.server.say(found, "Connectivity is restored.")
    until(lambda: line(broker) is Line.UP)
    assert broker.clock().is_open
    read_all(broker)
    assert isinstance(broker.submit(buy("k")), Accepted)


def test_quotes_of_a_broken_farm_are_not_live(ib: Desk, broker: IbkrBroker) -> None:
    assert broker.quotes([AAPL])[AAPL].time == ib.clock.at
    ib.server.say(2103, "Market data farm connection is broken:usfarm")
    until(lambda: not broker._link.state.quotes_flow)  # noqa: SLF001
    ib.clock.on(5)
    found = broker.quotes([AAPL])
    assert AAPL not in found or found[AAPL].time < ib.clock.at
    ib.server.say(2104, "Market data farm connection is OK:usfarm")
    until(lambda: broker._link.state.quotes_flow)  # noqa: SLF001
    ib.clock.on(5)
    assert broker.quotes([AAPL])[AAPL].time == ib.clock.at


def test_the_nightly_restart_is_lived_through(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    ib.server.nightly_restart(17)
    until(lambda: line(broker) is Line.DOWN)
    read_all(broker)
    assert state_of(broker, "k").status is OrderStatus.OPEN
    assert broker.cancel(OrderKey("k")) == CancelRequested()
    assert isinstance(broker.submit(buy("next")), Accepted)


def test_a_line_on_which_nobody_answers_is_dropped_by_the_heartbeat(ib: Desk) -> None:
    broker = ib.open(heartbeat_seconds=0.05, timeout_seconds=0.2)
    assert broker.clock().is_open
    ib.server.faults.tell(hang_before("reqCurrentTime", ""))
    until(lambda: line(broker) is Line.DOWN)
    result = broker.submit(buy("k"))
    assert isinstance(result, Refused)
    assert ib.sent() == 0


def test_a_late_answer_is_not_that_of_the_next_question(ib: Desk) -> None:
    broker = ib.open(timeout_seconds=0.3)
    assert isinstance(broker.submit(buy("k", limit="50")), Accepted)
    ib.server.faults.tell(Fault("reqAllOpenOrders", "", wait_seconds=0.6))
    with pytest.raises(Unreachable, match="did not answer in time"):
        broker.open_orders()
    assert [state.key for state in broker.open_orders()] == ["k"]


READINGS = {
    "positions": ("reqPositionsMulti", 71, lambda broker: broker.account()),
    "orders": ("reqAllOpenOrders", 5, lambda broker: broker.open_orders()),
    "completed": ("reqCompletedOrders", 101, lambda broker: broker.find(OrderKey("k"))),
    "executions": ("reqExecutions", 11, lambda broker: broker.executions(None)),
    "details": ("reqContractDetails", 10, lambda broker: broker.instruments([AAPL])),
}


@pytest.mark.parametrize("name", READINGS)
def test_a_frame_that_the_library_swallows_is_a_bad_answer(ib: Desk, name: str) -> None:
    request, kind, read = READINGS[name]
    first = ib.open()
    assert isinstance(first.submit(buy("k")), Accepted)
    assert isinstance(first.submit(buy("open", limit="50")), Accepted)
    broker = ib.reopen(first)
    ib.server.faults.tell(faults.garbled(request, "", kind))
    with pytest.raises(BadAnswer, match=f"message {kind} cannot be read"):
        read(broker)
    read(broker)


@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize(
    "how", [drop_before, hang_before, faults.lost], ids=["dropped", "mute", "lost"]
)
def test_a_reading_that_is_not_answered_is_out_of_reach(
    ib: Desk, name: str, how: Callable[..., Fault]
) -> None:
    request, _, read = READINGS[name]
    broker = ib.open(timeout_seconds=0.3)
    assert broker.clock().is_open
    ib.server.faults.tell(how(request, ""))
    if how is faults.lost and request in {"reqExecutions", "reqCompletedOrders"}:
        assert read(broker) in {(), Absent(certain=False)}, "some gateways do not answer these"
        return
    with pytest.raises(Unreachable):
        read(broker)
    read(broker)


@pytest.mark.parametrize("at", [0, 1, 3, 4, 5, 9])
def test_an_answer_cut_anywhere_is_out_of_reach(ib: Desk, broker: IbkrBroker, at: int) -> None:
    ib.server.faults.tell(Fault("reqPositionsMulti", "", cut_at=at))
    with pytest.raises(Unreachable):
        broker.account()
    assert broker.account().fingerprint == "DU1234567"


def test_an_answer_byte_by_byte_is_read(ib: Desk, broker: IbkrBroker) -> None:
    ib.server.faults.tell(Fault("reqContractDetails", "", drip_seconds=0.0005))
    assert broker.instruments([AAPL])[AAPL].name == "AAPL INC"


def test_an_api_that_may_only_read_says_where_it_is_mended(ib: Desk, broker: IbkrBroker) -> None:
    words = "Error validating request.-'cW' : cause - The API interface is in Read-Only mode."
    ib.server.faults.tell(faults.error(*PLACE, 321, words))
    result = broker.submit(buy("k"))
    assert isinstance(result, Refused)
    assert "switch off Read-Only API" in result.reason
    ib.server.faults.tell(faults.error("reqAllOpenOrders", "", 321, words))
    with pytest.raises(Misconfigured, match="only read") as caught:
        broker.open_orders()
    assert "switch off Read-Only API" in caught.value.remedy


def test_an_account_lives_in_one_thread_and_leaves_none_behind(ib: Desk) -> None:
    broker = ib.open()
    broker.clock()
    assert [t.name for t in threads()].count("ibkr") == 1
    broker.close()
    assert [t.name for t in threads()].count("ibkr") == 0
    broker.close()


def test_order_and_line_lost_in_the_same_moment_leave_it_unclear(ib: Desk) -> None:
    broker = ib.open()
    read_all(broker)
    ib.server.lose_connectivity()
    result = broker.submit(buy("k", limit="50"))
    assert isinstance(result, Unclear | Refused)
    ib.server.restore_connectivity()
    until(lambda: line(broker) is Line.UP)
    read_all(broker)
    if isinstance(result, Unclear):
        assert state_of(broker, "k").status is OrderStatus.OPEN
    assert len(ib.model.by_ref("k")) == (1 if isinstance(result, Unclear) else 0)
