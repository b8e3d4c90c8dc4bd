"""A whole cycle through the real client library: plan, execute, reconcile, book; and again."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from alpaca_bench import ACCOUNT, THURSDAY
from stage import equal_policy, session_at
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of
from standins.faults import HTML, Fault, answer, drop_after, drop_before, says

from bot.book.book import Book
from bot.clock import VirtualClock
from bot.cycle import run_approved, run_cycle
from bot.limits import PROFILES, Profile
from bot.post import Identity, Post
from bot.reconcile import Refusal
from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.pace import Pace, Timing
from brokers.broker import Unreachable
from brokers.settings import AlpacaSettings
from brokers.words import Environment, FlowKind, SpinOff, Split, Symbol
from strategies.lots import Ledger, ledger
from strategies.plan import Hold, Plan
from strategies.policy import Policy, WorthPolicy

D = Decimal
QUOTES = {
    "AAPL": (D("69.98"), D("70.02")),
    "BRK.B": (D("190.00"), D("190.10")),
    "KO": (D("49.99"), D("50.00")),
    "MSFT": (D("139.95"), D("140.05")),
}
POST = ("POST", "/v2/orders")


@dataclass(slots=True)
class Account:
    """One account at the stand-in, and the book that is kept of it."""

    clock: VirtualClock
    server: AlpacaServer
    book: Book
    policy: Policy
    broker: AlpacaBroker
    stops_at: str = ""

    @property
    def model(self) -> AlpacaModel:
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
        if name == self.stops_at:
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
        self.broker = adapter(self.server, self.clock)

    def assert_sound(self) -> None:
        """Book and broker hold the same, and no key came to the broker twice."""
        model, book = self.model, self.book
        keys = [order.body["client_order_id"] for order in model.orders]
        assert len(set(keys)) == len(keys)
        lots = lots_of(self)
        held = {symbol: lots.quantity(symbol) for symbol in lots.lots}
        assert held == model.positions
        assert len(book.executions(ACCOUNT)) == sum(
            row["activity_type"] == "FILL" for row in model.activities
        )
        assert not book.unsettled(ACCOUNT)


def lots_of(account: Account) -> Ledger:
    """The lots of the book."""
    book = account.book
    told = book.executions(ACCOUNT), book.transfers(ACCOUNT), book.corporate_actions(ACCOUNT)
    return ledger(*told, account.policy.tax.relief)


def adapter(server: AlpacaServer, clock: VirtualClock) -> AlpacaBroker:
    settings = AlpacaSettings(trading_url=server.url, data_url=server.url, timeout_seconds=5)

    def pace() -> Pace:
        return Pace(200, lambda: clock.now().timestamp(), clock.sleep)

    return AlpacaBroker(settings, ACCOUNT, Timing(clock.now, time.monotonic, pace), key_of)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    clock = VirtualClock(THURSDAY)
    model = AlpacaModel(clock.now, dict(QUOTES), cash=D(100_000), parts=2)
    whatever_it_costs = WorthPolicy(enabled=False)
    names = [Symbol(name) for name in QUOTES]
    policy = equal_policy(names, account=ACCOUNT, worth=whatever_it_costs)
    with AlpacaServer(model) as server, Book.open(tmp_path / "book.db", upgrade=True) as book:
        server.per_minute = 200
        server.seconds = lambda: clock.now().timestamp()
        made = Account(clock, server, book, policy, adapter(server, clock))
        yield made
        made.broker.close()


def test_a_cycle_from_plan_to_book_and_another_that_finds_nothing_to_do(account: Account) -> None:
    plan = account.run()
    assert account.book.plan_state(plan.plan_id) == "finished"
    assert set(account.model.positions) == set(QUOTES)
    assert any(quantity % 1 for quantity in account.model.positions.values()), "fractions"
    account.assert_sound()
    assert account.server.limited == 0
    account.clock.sleep(3600)
    assert isinstance(account.run().decision, Hold)
    account.assert_sound()


def test_a_price_that_moves_is_traded_back_sales_first(account: Account) -> None:
    account.run()
    account.next_day()
    account.model.quotes["AAPL"] = (D("94.98"), D("95.02"))
    account.model.quotes["KO"] = (D("39.99"), D("40.00"))
    first = len(account.model.orders)
    account.run()
    sides = [order.body["side"] for order in account.model.orders[first:]]
    assert sides
    assert sides == sorted(sides, reverse=True), "sell comes before buy"
    account.assert_sound()


def test_dividends_and_fees_are_booked_and_the_book_ties_out(account: Account) -> None:
    account.run()
    account.next_day()
    account.model.pay("DIV", "12.34", symbol="KO", qty="500", per_share_amount="0.02468")
    account.model.pay("FEE", "-0.07", activity_sub_type="TAF")
    account.run()
    kinds = sorted(flow.kind for flow in account.book.cash_flows(ACCOUNT))
    assert kinds == [FlowKind.DEPOSIT, FlowKind.DIVIDEND, FlowKind.FEE]
    assert account.book.halted(ACCOUNT) is None
    account.assert_sound()


def test_a_split_is_booked_and_the_book_ties_out(account: Account) -> None:
    account.run()
    account.next_day()
    held, model = account.model.positions["KO"], account.model
    model.positions["KO"] = held * 2
    bid, ask = model.quotes["KO"]
    model.quotes["KO"] = bid / 2, ask / 2
    at = account.clock.now() - timedelta(hours=6)
    for quantity in (-held, held * 2):
        model.book("SPLIT", D(0), at, symbol="KO", qty=f"{quantity:f}", group_id="g")
    account.run()
    splits = [a for a in account.book.corporate_actions(ACCOUNT) if isinstance(a, Split)]
    assert [split.ratio for split in splits] == [2]
    account.assert_sound()


def test_a_spin_off_is_asked_about_then_told_by_the_owner_and_ties_out(account: Account) -> None:
    account.run()
    account.next_day()
    model, book = account.model, account.book
    came = round(model.positions["KO"] / 4, 9)
    model.positions["MSFT"] = model.positions.get("MSFT", D(0)) + came
    row = model.book("SPIN", D(0), account.clock.now() - timedelta(hours=6), symbol="MSFT")
    row["qty"] = f"{came:f}"
    plan = account.run()
    assert "MSFT" not in {leg.order.symbol for leg in plan.legs}
    assert any("Alpaca booked SPIN of" in warning for warning in plan.warnings)
    account.assert_sound()
    day, record = account.post().session.day, str(row["id"])
    told = SpinOff(
        "owner:1", Symbol("KO"), day, Symbol("MSFT"), D("0.25"), D("0.2"), records=(record,)
    )
    book.record(ACCOUNT, (), (), (), (told,))
    account.assert_sound()
    account.next_day()
    assert not any("Alpaca booked" in warning for warning in account.run().warnings)
    assert all(lot.unit_cost is not None for lot in lots_of(account).lots[Symbol("MSFT")])
    account.assert_sound()


TROUBLE = {
    "lost": drop_before(*POST),
    "taken, link dropped": drop_after(*POST),
    "taken, 504": says(*POST, HTML, 504),
    "taken, half an answer": Fault(*POST, cut_at=300),
    "429": answer(*POST, 429, b'{"message": "rate limit exceeded"}'),
    "500": answer(*POST, 500, HTML),
    "refused": answer(*POST, 403, b'{"code": 40310000, "message": "potential wash trade"}'),
    "sent twice on the way": Fault(*POST, effects=2),
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
@pytest.mark.parametrize("skip", [0, 2])
def test_an_order_in_trouble_is_neither_lost_nor_sent_twice(
    account: Account, fault: Fault, skip: int
) -> None:
    account.server.faults.tell(replace(fault, skip=skip))
    account.run()
    account.assert_sound()
    account.next_day()
    account.run()
    account.assert_sound()
    assert set(account.model.positions) == set(QUOTES)


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
    assert set(account.model.positions) == set(QUOTES)


@pytest.mark.parametrize("skip", range(8))
def test_a_link_that_breaks_anywhere_is_mended_by_the_next_cycle(
    account: Account, skip: int
) -> None:
    breaks = drop_before("GET", "/v2/(account|positions|orders|clock)", skip=3 * skip)
    account.server.faults.tell(breaks)
    with suppress(Unreachable):
        account.run()
    account.clock.sleep(60)
    account.run()
    assert breaks.times == 0
    account.assert_sound()


def test_positions_that_vanish_are_not_believed(account: Account) -> None:
    account.run()
    account.next_day()
    account.server.faults.tell(answer("GET", "/v2/positions", 200, b"[]", times=99))
    with pytest.raises(Refusal, match="no positions at all"):
        account.run()
    assert account.book.halted(ACCOUNT) is not None
