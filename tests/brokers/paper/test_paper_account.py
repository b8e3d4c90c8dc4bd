"""An account at the paper exchange: cash, settlement, and a ledger that adds up exactly."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from paper_bench import (
    ACCOUNT,
    ACME,
    THURSDAY,
    D,
    SetClock,
    ToldTape,
    buy,
    open_at,
    sell,
    session_at,
    told,
)

from brokers.broker import Accepted, Found, Misconfigured, Refused, Unclear, Unreachable
from brokers.paper.broker import PaperBroker
from brokers.paper.ledger import Ledger
from brokers.paper.settlement import settles_at
from brokers.paper.standing import AccountKind
from brokers.paper.venue import PaperOptions
from brokers.words import Cash, FlowKind, OrderKey, OrderStatus

Opener = Callable[..., PaperBroker]
FREE = PaperOptions(latency_ms=0, cash=D(1000), fees=())


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def opened(tmp_path: Path, clock: SetClock) -> Iterator[Opener]:
    """Opens the same account, as often as is wanted."""
    made: list[PaperBroker] = []

    def opener(options: PaperOptions = FREE, tape: ToldTape | None = None) -> PaperBroker:
        made.append(open_at(tmp_path, tape or told(), clock, options))
        return made[-1]

    yield opener
    for broker in made:
        broker.close()


def cash(broker: PaperBroker) -> tuple[Decimal, Decimal]:
    (only,) = broker.account().cash
    return only.amount, only.settled


def test_the_first_deposit_opens_the_account(opened: Opener) -> None:
    broker = opened()
    (flow,) = broker.cash_flows(None)
    assert (flow.kind, flow.amount, flow.time) == (FlowKind.DEPOSIT, 1000, THURSDAY)
    state = broker.account()
    assert state.cash == (Cash(state.base, D(1000), D(1000)),)
    assert state.fingerprint.startswith("PAPER-")
    assert opened().account() == state


def test_an_account_may_start_with_nothing(opened: Opener) -> None:
    broker = opened(PaperOptions(cash=D(0)))
    assert broker.cash_flows(None) == ()
    assert cash(broker) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "settled"), [(AccountKind.CASH, "600"), (AccountKind.MARGIN, "1000")]
)
def test_proceeds_settle_when_the_next_session_opens(
    opened: Opener, clock: SetClock, kind: AccountKind, settled: str
) -> None:
    broker = opened(replace(FREE, kind=kind), told("100", "100"))
    broker.submit(buy("b", "4", "100"))
    broker.submit(sell("s", "4", "100"))
    assert cash(broker) == (1000, D(settled))
    result = broker.submit(buy("again", "7", "100"))
    assert isinstance(result, Refused) is (kind is AccountKind.CASH)
    clock.at = THURSDAY + timedelta(hours=23, minutes=29)
    assert cash(broker)[1] == D(settled) - (700 if kind is AccountKind.MARGIN else 0)
    clock.on(minutes=1)  # Friday, 09:30 in New York
    amount, free = cash(broker)
    assert amount == free


def test_settlement_skips_days_without_a_session() -> None:
    friday = session_at(THURSDAY + timedelta(days=1))
    assert friday is not None
    monday = settles_at(friday, 1, session_at)
    assert monday == friday.opens + timedelta(days=3)
    assert settles_at(friday, 2, session_at) == monday + timedelta(days=1)
    assert settles_at(friday, 0, session_at) == friday.opens
    assert settles_at(friday, 1, lambda _: None) > friday.closes + timedelta(days=13)


def test_open_buys_claim_cash_until_they_end(opened: Opener, clock: SetClock) -> None:
    broker = opened()
    broker.submit(buy("a", "6", "99"))
    assert broker.submit(buy("b", "5", "99")) == Refused(
        "no buying power: needs 495.00, has 406.00 USD"
    )
    assert cash(broker) == (1000, 1000)
    broker.cancel(OrderKey("a"))
    clock.on(seconds=1)
    assert isinstance(broker.submit(buy("c", "5", "99")), Accepted)


def test_open_sales_claim_shares_until_they_end(opened: Opener) -> None:
    broker = opened()
    broker.submit(buy("a", "5", "100.01"))
    broker.submit(sell("b", "3", "120"))
    assert isinstance(broker.submit(sell("c", "2.5", "120")), Refused)
    assert isinstance(broker.submit(sell("d", "2", "120")), Accepted)


def test_a_refused_order_is_on_record_with_its_reason(opened: Opener) -> None:
    broker = opened()
    broker.submit(buy("k", "99", "100"))
    found = broker.find(OrderKey("k"))
    assert isinstance(found, Found)
    assert found.state.status is OrderStatus.REJECTED
    assert "no buying power" in found.state.reason
    assert broker.open_orders() == ()


def test_money_comes_and_goes_when_it_is_due(opened: Opener, clock: SetClock) -> None:
    broker = opened()
    later = THURSDAY + timedelta(hours=1)
    assert broker.deposit(D(50), THURSDAY) == Accepted("F00000002")
    assert broker.deposit(D(500), later) == Accepted("F00000003")
    assert broker.deposit(D(-200), later) == Accepted("F00000004")
    assert cash(broker) == (1050, 850)
    assert len(broker.cash_flows(None)) == 2
    clock.at = later
    assert cash(broker) == (1350, 1350)
    assert [f.amount for f in broker.cash_flows(later)] == [500, -200]
    assert broker.cash_flows(later)[1].kind is FlowKind.WITHDRAWAL
    assert cash(opened()) == (1350, 1350)


@pytest.mark.parametrize(
    ("amount", "minutes", "why"),
    [
        ("-1000.01", 0, "only 1000 can be paid out"),
        ("0", 0, "0 is not an amount"),
        ("NaN", 0, "NaN is not an amount"),
        ("5", -1, "2020-03-12 13:59 UTC has passed"),
    ],
)
def test_money_that_cannot_move_is_refused(
    opened: Opener, amount: str, minutes: int, why: str
) -> None:
    broker = opened()
    assert broker.deposit(D(amount), THURSDAY + timedelta(minutes=minutes)) == Refused(why)
    assert cash(broker) == (1000, 1000)


def test_two_programs_on_one_ledger_see_each_other(opened: Opener, clock: SetClock) -> None:
    one, two = opened(), opened()
    one.submit(buy("a", "6", "99"))
    assert [state.key for state in two.open_orders()] == ["a"]
    assert two.submit(buy("a", "1", "99")) == Refused("an order with key a is here already")
    assert isinstance(two.submit(buy("b", "5", "99")), Refused)
    two.cancel(OrderKey("a"))
    two.submit(buy("c", "2", "100.01"))
    clock.on(seconds=1)
    assert one.account() == two.account()
    assert one.executions(None) == two.executions(None)
    assert one.open_orders() == ()


def test_accounts_in_one_file_are_apart(tmp_path: Path, clock: SetClock) -> None:
    file = tmp_path / "both.db"
    one, two = (
        PaperBroker(file, told(), clock.now, session_at, name, FREE) for name in ("one", "two")
    )
    one.submit(buy("k", "1", "100.01"))
    two.submit(buy("k", "2", "100.01"))
    assert [e.quantity for e in one.executions(None)] == [1]
    assert [e.quantity for e in two.executions(None)] == [2]
    assert one.account().fingerprint != two.account().fingerprint
    one.close()
    two.close()


def test_a_ledger_that_another_program_holds_is_unreachable(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(Ledger(file, ACCOUNT)) as one, closing(Ledger(file, ACCOUNT, 0.01)) as two:
        with one.writing(), pytest.raises(Unreachable, match="database is locked"), two.writing():
            pass
        with two.writing():
            assert two.account() is None


def test_a_broken_ledger_makes_readings_unreachable_and_acts_unclear(
    tmp_path: Path, opened: Opener
) -> None:
    broker = opened()
    broker.submit(buy("a", "1", "99"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("ALTER TABLE orders RENAME TO lost")
    with pytest.raises(Unreachable, match=r"ledger\.db: no such table"):
        broker.find(OrderKey("b"))
    assert isinstance(broker.submit(buy("b", "1", "99")), Unclear)
    assert isinstance(broker.cancel(OrderKey("a")), Unclear)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("ALTER TABLE lost RENAME TO orders")
    assert isinstance(broker.submit(buy("b", "1", "99")), Accepted)
    assert [state.key for state in broker.open_orders()] == ["a", "b"]


def test_a_failure_in_the_middle_takes_everything_back(
    tmp_path: Path, opened: Opener, clock: SetClock
) -> None:
    broker = opened()
    broker.submit(buy("a", "1", "99"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("ALTER TABLE executions RENAME TO lost")
    assert isinstance(broker.submit(buy("b", "1", "100.01")), Unclear)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("ALTER TABLE lost RENAME TO executions")
    clock.on(minutes=1)
    assert cash(broker) == (1000, 1000)
    assert [state.key for state in broker.open_orders()] == ["a"]
    assert opened().open_orders() == broker.open_orders()


def overwritten(file: Path) -> None:
    file.write_text("this is not a database, it is a letter" * 40)


def of_the_future(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (overwritten, "cannot be opened: file is not a database"),
        (of_the_future, "has layout 99, this program knows 1"),
        (Path.mkdir, "cannot be opened: unable to open database file"),
    ],
)
def test_a_file_that_is_no_ledger_of_ours_is_left_alone(
    tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    file = tmp_path / "ledger.db"
    spoil(file)
    before = file.read_bytes() if file.is_file() else b""
    with pytest.raises(Misconfigured, match=says) as caught:
        Ledger(file, ACCOUNT)
    assert caught.value.remedy
    assert (file.read_bytes() if file.is_file() else b"") == before


@pytest.mark.parametrize(
    ("options", "days", "says"),
    [
        (PaperOptions(base="EUR"), 0, "holds USD, not EUR"),
        (PaperOptions(cash=D(-1)), 0, "cannot start with -1"),
        (PaperOptions(cash=D("NaN")), 0, "cannot start with NaN"),
        (PaperOptions(), -2, "has come to 2020-03-12, the clock says 2020-03-10"),
    ],
)
def test_settings_that_do_not_fit_the_ledger_are_named(
    opened: Opener, clock: SetClock, options: PaperOptions, days: int, says: str
) -> None:
    opened()
    clock.on(days=days)
    with pytest.raises(Misconfigured, match=says):
        opened(options)


def test_whole_shares_only_where_fractions_are_off(opened: Opener) -> None:
    broker = opened(PaperOptions(latency_ms=0, fractional=False))
    assert not broker.capabilities.fractions
    assert broker.instruments([ACME])[ACME].quantity_step == 1
    assert isinstance(broker.submit(buy("k", "1.5", "99")), Refused)
