"""What is decided without a connection: codes, the state of the line, hours, pace, identity."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.broker import BadAnswer, Misconfigured
from brokers.ibkr import account, errors, fates, state
from brokers.ibkr.errors import CODES, Kind
from brokers.ibkr.gaps import Picture, is_disturbed
from brokers.ibkr.hours import is_open, spans
from brokers.ibkr.identity import account_of, environment_of
from brokers.ibkr.pace import Pace, Urgency
from brokers.ibkr.register import Register
from brokers.ibkr.state import Line, State
from brokers.settings import IbkrSettings
from brokers.words import Environment, OrderKey, OrderState, OrderStatus, Symbol

# Codes


def test_of_all_codes_that_there_could_be_only_those_of_the_table_refuse_an_order() -> None:
    refusals = set()
    for code in range(10_501):
        register = Register()
        watch = register.watch(OrderKey("k"), 1)
        assert register.objected(1, code, "words")
        if watch.refusal:
            refusals.add(code)
        ended = watch.refusal or watch.cancelled or watch.objection
        unharmed = errors.kind_of(code) in {Kind.NOTICE, Kind.WARNING}
        assert bool(ended) is not unharmed, code
    assert refusals == {c for c, row in CODES.items() if row.kind in {Kind.REFUSAL, Kind.NOT_FOUND}}


def test_a_code_about_somebody_else_s_order_is_not_ours() -> None:
    assert not Register().objected(7, 201, "words")


@pytest.mark.parametrize("code", [2100, 2109, 2137, 2150, 2199])
def test_what_ib_calls_a_warning_ends_nothing(code: int) -> None:
    assert errors.kind_of(code) not in errors.ENDS_REQUEST


@pytest.mark.parametrize("code", [0, 42, 999, 5000, 10_400, 99_999, -1])
def test_an_unknown_code_is_unknown(code: int) -> None:
    assert errors.kind_of(code) is Kind.UNKNOWN


# The state of the line

UP = state.connected(State())


@pytest.mark.parametrize(
    ("codes", "line", "gaps"),
    [
        ([], Line.UP, 0),
        ([2104, 2106, 2158], Line.UP, 0),
        ([1100], Line.CUT, 1),
        ([1100, 1100, 2110], Line.CUT, 1),
        ([1100, 1102], Line.UP, 2),
        ([1100, 1101], Line.UP, 2),
        ([2110, 1102], Line.UP, 2),
        ([1102], Line.UP, 1),
        ([1300], Line.DOWN, 1),
        ([1300, 1102], Line.DOWN, 1),
        ([2103, 2105, 2157], Line.UP, 0),
    ],
    ids=str,
)
def test_codes_move_the_line(codes: list[int], line: Line, gaps: int) -> None:
    now = UP
    for code in codes:
        now = state.told(now, code)
    assert (now.line, now.gaps) == (line, gaps)


def test_farms_break_and_mend_one_by_one() -> None:
    words = "Market data farm connection is broken:"
    broken = state.told(state.told(UP, 2103, words + "usfarm"), 2105, "HMDS is broken:ushmds")
    broken = state.told(broken, 2103, words + "eufarm")
    assert not broken.quotes_flow
    half = state.told(broken, 2104, "Market data farm connection is OK:usfarm")
    assert not half.quotes_flow
    mended = state.told(half, 2104, "Market data farm connection is OK:eufarm")
    assert mended.quotes_flow
    assert mended.broken == {(2105, "ushmds")}
    assert state.connected(broken).broken == frozenset()


@given(st.lists(st.sampled_from([1100, 1101, 1102, 1300, 2103, 2104, 2110, 502, 399, 201])))
def test_gaps_never_get_fewer_and_no_loss_is_without_one(codes: list[int]) -> None:
    now = UP
    for code in codes:
        after = state.told(now, code)
        assert after.gaps >= now.gaps
        if now.line is Line.UP and after.line is not Line.UP:
            assert after.gaps > now.gaps
        now = after


def test_a_lost_connection_is_one_gap() -> None:
    down = state.dropped(UP)
    assert state.dropped(down) == down
    assert state.connected(down).gaps == 1


# Hours

HOURS = (
    "20200312:0930-20200312:1600;20200313:CLOSED;20200316:0930-1600;20200317:0400-0915,0930-1600"
)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2020, 3, 12, 13, 29, tzinfo=UTC), False),
        (datetime(2020, 3, 12, 13, 30, tzinfo=UTC), True),
        (datetime(2020, 3, 12, 20, 0, tzinfo=UTC), False),
        (datetime(2020, 3, 13, 15, 0, tzinfo=UTC), False),
        (datetime(2020, 3, 16, 15, 0, tzinfo=UTC), True),
        (datetime(2020, 3, 17, 13, 20, tzinfo=UTC), False),
        (datetime(2020, 3, 17, 8, 0, tzinfo=UTC), True),
        (datetime(2020, 3, 20, 15, 0, tzinfo=UTC), None),
    ],
)
def test_hours_in_every_form(at: datetime, expected: object) -> None:
    assert is_open(spans(HOURS, "US/Eastern"), at) is expected


@pytest.mark.parametrize("hours", ["", "CLOSED", "nonsense", "20200312:CLOSED"])
def test_hours_that_say_nothing_are_not_known(hours: str) -> None:
    assert is_open(spans(hours, "US/Eastern"), datetime(2020, 3, 12, 15, tzinfo=UTC)) is None


def test_a_zone_that_nobody_knows_leaves_the_hours_unknown() -> None:
    assert spans(HOURS, "Mars/Olympus") == ()


# Pace


@dataclass
class Hand:
    """A second hand that is set."""

    at: float = 0.0
    sent: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        return self.at


@given(st.lists(st.tuples(st.sampled_from(Urgency), st.floats(0, 0.3)), max_size=200))
def test_no_second_holds_more_than_is_granted(asked: list[tuple[Urgency, float]]) -> None:
    hand = Hand()
    pace = Pace(10, hand.seconds)
    for urgency, later in asked:
        hand.at += later
        hand.at += pace.gap(urgency)
        asyncio.run(pace.take(urgency))
        hand.sent.append(hand.at)
    for at in hand.sent:
        assert sum(at - 1 < each <= at for each in hand.sent) <= 10


def test_a_cancellation_goes_before_an_order_and_an_order_before_a_look() -> None:
    pace = Pace(20, lambda: 0.0)
    pace.sent.extend([0.0] * 16)
    assert pace.gap(Urgency.LOOK) > 0
    assert pace.gap(Urgency.SUBMIT) == 0
    pace.sent.extend([0.0] * 2)
    assert pace.gap(Urgency.SUBMIT) > 0
    assert pace.gap(Urgency.CANCEL) == 0


# Fates


@dataclass
class Listed:
    """An order as a list of TWS's tells it: contract, order and state in one."""

    status: str = "Submitted"
    completedStatus: str = ""  # noqa: N815
    symbol: str = "AAPL"
    action: str = "BUY"
    totalQuantity: float = 10.0  # noqa: N815
    filledQuantity: float = 1.7976931348623157e308  # noqa: N815
    lmtPrice: float = 70.0  # noqa: N815
    permId: int = 5  # noqa: N815
    orderRef: str = "k"  # noqa: N815


def told(row: Listed, filled: int = 0, *, completed: bool = False) -> OrderState:
    """What becomes of a row."""
    name_of = lambda contract: Symbol(contract.symbol)  # noqa: E731
    each = (row, row, row)
    return fates.state_of(each, name_of, row.status, Decimal(filled), completed=completed)


@pytest.mark.parametrize(
    ("row", "completed", "status", "filled"),
    [
        (Listed(), False, OrderStatus.OPEN, 0),
        (Listed("Filled"), False, OrderStatus.FILLED, 10),
        (Listed("Cancelled"), False, OrderStatus.CANCELLED, 0),
        (Listed("Inactive"), False, OrderStatus.OPEN, 0),
        (Listed("ValidationError"), False, OrderStatus.OPEN, 0),
        (Listed("PendingCancel"), False, OrderStatus.OPEN, 0),
        (Listed("of tomorrow"), False, OrderStatus.OPEN, 0),
        (Listed("Filled", totalQuantity=0, filledQuantity=7), True, OrderStatus.FILLED, 7),
        (Listed("Cancelled", filledQuantity=3), True, OrderStatus.CANCELLED, 3),
        (Listed("Cancelled", "Order expired"), True, OrderStatus.EXPIRED, 0),
        (Listed("Inactive", "Rejected"), True, OrderStatus.REJECTED, 0),
        (Listed("of tomorrow"), True, OrderStatus.EXPIRED, 0),
    ],
)
def test_what_a_list_says_of_an_order(
    row: Listed, completed: object, status: OrderStatus, filled: int
) -> None:
    state = told(row, completed=bool(completed))
    assert (state.status, state.filled) == (status, filled)
    assert state.quantity == (7 if row.totalQuantity == 0 else 10)


def test_an_order_that_makes_no_sense_is_no_answer() -> None:
    for wrong in (Listed(action="HOLD"), Listed(totalQuantity=float("nan"))):
        with pytest.raises(BadAnswer):
            told(wrong)


def test_several_orders_under_one_key_are_open_while_one_is() -> None:
    states = [told(Listed("Filled", filledQuantity=10)), told(Listed(), 2)]
    both = fates.together(states)
    assert (both.status, both.filled) == (OrderStatus.OPEN, 12)


# Values of an account

ROWS = [
    ("DU1", "", "NetLiquidation", "900", "USD"),
    ("DU1", "", "CashBalance", "500.25", "USD"),
    ("DU1", "", "CashBalance", "100", "EUR"),
    ("DU1", "", "CashBalance", "608.25", "BASE"),
    ("DU1", "", "SettledCash", "450", "USD"),
    ("DU1", "", "AvailableFunds", "470", "USD"),
    ("DU1", "", "ExchangeRate", "1.08", "EUR"),
    ("DU1", "model", "CashBalance", "77", "USD"),
    ("DU2", "", "CashBalance", "9999", "USD"),
    ("DU2", "", "NetLiquidation", "1", "CHF"),
]


def test_values_of_models_and_of_other_accounts_are_not_ours() -> None:
    values = account.values_of(ROWS, "DU1")
    assert account.base_of(values) == "USD"
    euro, dollar = account.cash_of(values, margin=False)
    assert (dollar.amount, dollar.settled) == (Decimal("500.25"), 450)
    assert (euro.currency, euro.amount) == ("EUR", 100)
    assert account.cash_of(values, margin=True)[1].settled == 470
    assert account.rates_of(values) == {"EUR": Decimal("1.08")}
    rows = [row for row in ROWS if row[2] != "SettledCash"]
    least = account.cash_of(account.values_of(rows, "DU1"), margin=False)[1]
    assert least.settled == 470, "the least of what is told"


def test_what_is_owed_is_never_spent() -> None:
    rows = [("DU1", "", "NetLiquidation", "1", "USD"), ("DU1", "", "CashBalance", "-20", "USD")]
    (cash,) = account.cash_of(account.values_of(rows, "DU1"), margin=True)
    assert (cash.amount, cash.settled) == (-20, -20)


@pytest.mark.parametrize("rows", [ROWS[1:], ROWS[:1]], ids=["no base", "no cash"])
def test_values_that_say_too_little_are_no_answer(rows: list[tuple[str, ...]]) -> None:
    with pytest.raises(BadAnswer):
        account.cash_of(account.values_of(rows, "DU1"), margin=False)  # type: ignore[arg-type]


# Gaps

QUIET = Picture({"e1": "a"}, {1: "a", 2: "theirs"})


@pytest.mark.parametrize(
    ("after", "disturbed"),
    [
        (QUIET, False),
        (Picture({"e1": "a", "e2": "a"}, {2: "theirs"}), False),
        (Picture({"e1": "a", "e2": "b"}, {1: "a", 2: "theirs", 3: "b"}), False),
        (Picture({"e1": "a", "e2": ""}, {1: "a", 2: "theirs"}), True),
        (Picture({"e1": "a"}, {1: "a"}), True),
        (Picture({"e1": "a"}, {1: "a", 2: "theirs", 3: ""}), True),
        (Picture({"e1": "a", "e2": "theirs"}, {1: "a"}), True),
    ],
)
def test_what_others_did_meanwhile_disturbs(after: Picture, disturbed: object) -> None:
    assert is_disturbed(QUIET, after, {"a", "b"}) is disturbed
    assert is_disturbed(None, after, {"a", "b"})


# Identity


@pytest.mark.parametrize(
    ("account", "kind"),
    [
        ("DU1234567", Environment.PAPER),
        ("DF100", Environment.PAPER),
        ("U1234567", Environment.LIVE),
        ("F100", Environment.LIVE),
    ],
)
def test_paper_accounts_begin_with_a_d(account: str, kind: Environment) -> None:
    assert environment_of(account) is kind


def test_a_live_account_is_traded_only_by_name_and_kind() -> None:
    live = IbkrSettings(environment=Environment.LIVE, account="U1", port=4001)
    assert account_of(live, ["U1"]) == "U1"
    with pytest.raises(Misconfigured, match="U1 is not among"):
        account_of(live, ["U2"])
    paper = IbkrSettings()
    with pytest.raises(Misconfigured, match="a LIVE account, but this account is PAPER"):
        account_of(paper, ["U1"])


def test_a_login_of_hundreds_is_told_in_short() -> None:
    managed = [f"DU{number}" for number in range(200)]
    with pytest.raises(Misconfigured, match="200 accounts: DU0, DU1, DU2, DU3, DU4 and 195 more"):
        account_of(IbkrSettings(), managed)
