"""Whole cycles at the stand-in of TWS: plan, execute, reconcile, book; and again."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from ibkr_bench import MINE, until
from stage import equal_policy, session_at
from standins import tws_faults as faults
from standins.faults import Fault, drop_after, drop_before
from standins.flex_server import FlexServer, deposit, secret_of, section, statement
from standins.flex_statement import Events, flex_statement
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer
from tws_bench import THURSDAY

from bot.book.book import Book
from bot.clock import VirtualClock
from bot.cycle import run_approved, run_cycle
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from bot.reconcile import Refusal
from brokers.broker import Unreachable
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.link import Timing
from brokers.ibkr.state import Line
from brokers.settings import IbkrSettings
from brokers.words import Environment, FlowKind, Symbol
from strategies.lots import ledger
from strategies.plan import Hold, Plan
from strategies.policy import Policy, WorthPolicy

D = Decimal
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "KO": (D("49.99"), D("50.00")),
    "MSFT": (D("139.95"), D("140.05")),
    "SPY": (D("250.00"), D("250.05")),
}
ACCOUNT = "DU1234567"
PLACE = ("placeOrder", "")


@dataclass(slots=True)
class Account:
    """One account at the stand-in, and the book that is kept of it."""

    clock: VirtualClock
    server: TwsServer
    flex: FlexServer
    book: Book
    policy: Policy
    broker: IbkrBroker
    stops_at: str = ""

    @property
    def model(self) -> TwsModel:
        return self.server.model

    def post(self) -> Post:
        session = session_at(self.clock.now())
        assert session is not None
        return Post(
            policy=self.policy,
            policy_digest="digest",
            identity=Identity(Environment.PAPER, None),
            limits=PROFILES[Profile.PERSON],
            clock=self.clock,
            session=session,
            lookback=session.opens - timedelta(days=13),
            step=self.step,
            stopping=lambda: False,
            disk_free_mib=lambda: 10_000,
        )

    def step(self, name: str) -> None:
        if self.stops_at and name.startswith(self.stops_at):
            self.stops_at = ""
            raise KeyboardInterrupt

    def run(self) -> Plan:
        """One cycle, and an owner who agrees."""
        plan = run_cycle(self.post(), self.broker, self.book)
        if self.book.plan_state(plan.plan_id) == "awaiting":
            self.book.mark_plan(plan.plan_id, "approved", "owner", "", self.clock.now())
            run_approved(self.post(), plan, self.broker, self.book)
        return plan

    def next_day(self) -> None:
        """The same time of the next day on which the market is open."""
        self.clock.sleep(86_400)
        while session_at(self.clock.now()) is None:
            self.clock.sleep(86_400)

    def reopen(self) -> None:
        """The program was started again."""
        self.broker.close()
        self.broker = adapter(self)

    def held(self) -> dict[str, Decimal]:
        """Shares that the broker holds."""
        holdings = self.model.books.accounts[ACCOUNT].holdings.values()
        return {each.listing.symbol: each.shares for each in holdings}

    def assert_sound(self) -> None:
        """Book and broker hold the same, and no key came to the broker twice."""
        keys = [order.wanted.ref for order in self.model.books.orders]
        assert len(set(keys)) == len(keys)
        lots = ledger(
            self.book.executions(MINE),
            self.book.transfers(MINE),
            self.book.corporate_actions(MINE),
            self.policy.tax.relief,
        )
        assert {symbol: lots.quantity(symbol) for symbol in lots.lots} == self.held()
        roots = {each.root for each in self.book.executions(MINE)}
        assert roots == {each.base for each in self.model.books.executions}
        assert not self.book.unsettled(MINE)


def adapter(account: Account) -> IbkrBroker:
    settings = IbkrSettings(
        port=account.server.port,
        timeout_seconds=2,
        messages_per_second=10_000,
        margin=True,
        flex_token="ibkr_flex_token",  # noqa: S106 - the name of a secret
        flex_url=account.flex.url,
    )
    timing = Timing(account.clock.now, time.monotonic)
    return IbkrBroker(settings, MINE, timing, session_at, secret_of)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    clock = VirtualClock(THURSDAY)
    model = TwsModel(clock.now, dict(QUOTES), cash=D(100_000), parts=2)
    policy = equal_policy(
        [Symbol(name) for name in QUOTES], account=MINE, worth=WorthPolicy(enabled=False)
    )
    flex = FlexServer(lambda: statement(ACCOUNT, deposit(ACCOUNT, "100000")))
    with TwsServer(model) as server, Book.open(tmp_path / "book.db", upgrade=True) as book:
        server.per_second = None
        made = Account(clock, server, flex, book, policy, None)  # type: ignore[arg-type]
        made.broker = adapter(made)
        yield made
        made.broker.close()
    flex.stop()


def test_a_cycle_from_plan_to_book_and_another_that_finds_nothing_to_do(account: Account) -> None:
    plan = account.run()
    assert account.book.plan_state(plan.plan_id) == "finished"
    assert set(account.held()) == set(QUOTES)
    account.assert_sound()
    account.clock.sleep(3600)
    assert isinstance(account.run().decision, Hold)
    account.assert_sound()
    assert [flow.kind for flow in account.book.cash_flows(MINE)] == [FlowKind.DEPOSIT]


def test_a_price_that_moves_is_traded_back_sales_first(account: Account) -> None:
    account.run()
    account.next_day()
    account.model.quotes["AAPL"] = (D("94.98"), D("95.02"))
    account.model.quotes["KO"] = (D("39.99"), D("40.00"))
    first = len(account.model.books.orders)
    account.run()
    sides = [order.wanted.action for order in account.model.books.orders[first:]]
    assert sides
    assert sides == sorted(sides, reverse=True), "sell comes before buy"
    account.assert_sound()


def test_dividends_of_a_statement_are_booked_and_the_book_ties_out(account: Account) -> None:
    account.run()
    account.next_day()
    row = {
        "accountId": ACCOUNT, "currency": "USD", "type": "Dividends", "amount": "12.34",
        "dateTime": "20200313;080000", "transactionID": "77", "symbol": "KO", "conid": "8894",
        "assetCategory": "STK", "levelOfDetail": "DETAIL",
    }  # fmt: skip
    told = section("CashTransactions", "CashTransaction", row)
    account.flex.xml = lambda: statement(ACCOUNT, deposit(ACCOUNT, "100000"), told)
    account.model.books.accounts[ACCOUNT].pay("USD", D("12.34"))
    account.run()
    kinds = sorted(flow.kind for flow in account.book.cash_flows(MINE))
    assert kinds == [FlowKind.DEPOSIT, FlowKind.DIVIDEND]
    assert account.book.halted(MINE) is None
    account.assert_sound()


def test_a_correction_of_the_day_before_is_booked(account: Account) -> None:
    account.run()
    with account.server.lock:
        first = account.model.books.executions[0]
        account.model.correct(first.exec_id, shares=str(first.shares - 1))
    account.clock.sleep(60)
    account.run()
    account.assert_sound()


TROUBLE: dict[str, Callable[[], Fault]] = {
    "lost": lambda: drop_before(*PLACE),
    "taken, link dropped": lambda: drop_after(*PLACE),
    "lost, the link stays": lambda: faults.lost(*PLACE),
    "refused": lambda: faults.error(*PLACE, 201, "Order rejected - reason:no margin"),
    "an unknown code": lambda: faults.error(*PLACE, 9999, "nobody knows"),
    "never pushed": lambda: faults.without("push", "execDetails", 11),
    "told late": lambda: faults.late("push", "execDetails", 11),
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
def test_an_order_in_trouble_is_neither_lost_nor_sent_twice(
    account: Account, fault: Callable[[], Fault]
) -> None:
    account.server.faults.tell(replace(fault(), skip=1))
    account.run()
    account.assert_sound()
    account.next_day()
    account.run()
    account.assert_sound()
    assert set(account.held()) == set(QUOTES)


STEPS = ["intended", "started", "wave done", "catching up", "planned"]


@pytest.mark.parametrize("step", STEPS)
def test_a_program_that_ends_anywhere_goes_on_where_it_was(account: Account, step: str) -> None:
    account.stops_at = step
    with pytest.raises(KeyboardInterrupt):
        account.run()
    account.reopen()
    account.clock.sleep(60)
    account.run()
    account.next_day()
    account.run()
    account.assert_sound()
    assert set(account.held()) == set(QUOTES)


REQUESTS = [
    "reqAccountUpdatesMulti", "reqPositionsMulti", "reqAllOpenOrders", "reqCompletedOrders",
    "reqExecutions", "reqContractDetails", "reqMktData", "reqHistoricalData",
]  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_link_that_breaks_anywhere_is_mended_by_the_next_cycle(
    account: Account, request_: str
) -> None:
    breaks = drop_before(request_, "")
    account.server.faults.tell(breaks)
    with suppress(Unreachable, Refusal):
        account.run()
    assert breaks.times == 0
    account.clock.sleep(60)
    account.run()
    account.assert_sound()


def test_a_nightly_restart_between_two_cycles_is_lived_through(account: Account) -> None:
    account.run()
    account.server.nightly_restart(17)
    until(lambda: account.broker._link.state.line is Line.DOWN)  # noqa: SLF001
    account.next_day()
    account.model.quotes["AAPL"] = (D("94.98"), D("95.02"))
    account.run()
    account.assert_sound()


def test_what_was_filled_as_the_program_died_is_found_in_the_statement_of_the_day(
    account: Account,
) -> None:
    row = {
        "currency": "USD", "type": "Deposits/Withdrawals", "amount": "100000",
        "dateTime": "20200102;093000", "transactionID": "1", "levelOfDetail": "DETAIL",
    }  # fmt: skip
    account.flex.xml = lambda: flex_statement(account.model, ACCOUNT, Events(cash=[row]))
    account.server.faults.tell(drop_after(*PLACE))
    account.stops_at = "sent "
    with pytest.raises(KeyboardInterrupt):
        account.run()
    (intent,) = [each for each in account.book.unsettled(MINE) if each.last_event == "unclear"]
    account.next_day()
    account.reopen()
    account.run()
    account.assert_sound()
    events = {each.order.key: each.last_event for each in account.book.orders(MINE, None, 99)}
    assert events[intent.order.key] == "filled"
    assert "absent" not in {e for k, e in events.items() if k == intent.order.key}


def test_an_order_that_tws_has_forgotten_is_not_said_never_to_have_been(account: Account) -> None:
    account.model.quotes["AAPL"] = (D("69.98"), D("70.02"))
    account.server.faults.tell(drop_before(*PLACE))
    account.stops_at = "sent "
    with pytest.raises(KeyboardInterrupt):
        account.run()
    (intent,) = [each for each in account.book.unsettled(MINE) if each.last_event == "unclear"]
    account.next_day()
    account.reopen()
    account.run()
    events = {each.order.key: each.last_event for each in account.book.orders(MINE, None, 99)}
    assert events[intent.order.key] == "expired"
    account.assert_sound()


def test_positions_that_vanish_are_not_believed(account: Account) -> None:
    account.run()
    account.next_day()
    account.server.faults.tell(replace(faults.without("reqPositionsMulti", "", 71), times=99))
    with pytest.raises(Refusal, match="no positions at all"):
        account.run()
    assert account.book.halted(MINE) is not None
