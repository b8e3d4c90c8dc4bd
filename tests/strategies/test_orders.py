"""In what: quantities, limits on the tick, and purchases that can be paid for."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategy_accounts import NOW, D, account, holding

from brokers.words import Currency, Instrument, Quote, Side, Symbol, TickRule
from strategies.orders import Ticket, in_shares, ticket
from strategies.orders.afford import affordable, cash_flow
from strategies.orders.check import fault
from strategies.orders.limits import limit
from strategies.orders.promises import After, Risk, broken, loosened, violation
from strategies.orders.sizes import sizes
from strategies.orders.trade import Trade
from strategies.policy import (
    CostPolicy,
    ExposureLimit,
    GroupLimit,
    Optimizer,
    OrderPolicy,
    Policy,
)
from strategies.snapshot import Holding, Snapshot
from strategies.standing import standing

LIMITS = [
    # side, bid, ask, fraction, collar -> limit
    (Side.BUY, "99.99", "100.01", "1", "0.01", "100.01"),
    (Side.SELL, "99.99", "100.01", "1", "0.01", "99.99"),
    (Side.BUY, "99.99", "100.01", "0", "0.01", "100.00"),
    (Side.SELL, "99.99", "100.01", "0", "0.01", "100.00"),
    (Side.BUY, "99.98", "100.02", "0.5", "0.01", "100.01"),
    (Side.BUY, "99.98", "100.01", "0.5", "0.01", "100.01"),  # 100.0025 up
    (Side.SELL, "99.99", "100.02", "0.5", "0.01", "99.99"),  # 99.9975 down
    (Side.BUY, "98.00", "102.00", "1", "0.01", "101.00"),
    (Side.SELL, "98.00", "102.00", "1", "0.01", "99.00"),
    (Side.BUY, "10.00", "10.03", "1", "0.001", "10.02"),  # 10.025015 up would pass the collar
    (Side.SELL, "10.00", "10.03", "1", "0.001", "10.01"),
    (Side.BUY, "1.00", "1.01", "1", "0.001", "none"),  # no cent within 0.1 % of 1.005
    (Side.BUY, "0.9990", "0.9999", "1", "0.01", "0.9999"),
    (Side.SELL, "0.50011", "0.50029", "1", "0.01", "0.5001"),
    (Side.BUY, "0.9999", "1.0003", "1", "0.01", "1.01"),  # a cent from one dollar on
    (Side.SELL, "1.0003", "1.0005", "1", "0.01", "1.00"),
]


def quoted(bid: str, ask: str) -> Holding:
    share = holding("VTI", "10", "100")
    return replace(share, quote=Quote(share.symbol, D(bid), D(ask), NOW))


@pytest.mark.parametrize(("side", "bid", "ask", "fraction", "collar", "expected"), LIMITS)
def test_a_limit_lies_on_the_tick_and_inside_the_collar(
    side: Side, bid: str, ask: str, fraction: str, collar: str, expected: str
) -> None:
    orders = OrderPolicy(limit_fraction=D(fraction), collar=D(collar))
    found = limit(quoted(bid, ask), side, orders)
    assert found == (None if expected == "none" else D(expected))


def test_without_a_quote_there_is_no_limit() -> None:
    share = holding("VTI", "10", "100", "halted")
    assert limit(share, Side.BUY, OrderPolicy()) is None
    assert limit(replace(quoted("1", "2"), instrument=None), Side.BUY, OrderPolicy()) is None


prices = st.decimals(min_value="0.01", max_value="2000", places=4)


@given(
    prices,
    st.decimals(min_value="0", max_value="0.05", places=4),
    st.sampled_from(Side),
    st.decimals(min_value="0", max_value="1", places=2),
    st.decimals(min_value="0", max_value="0.03", places=3),
)
def test_no_limit_ever_leaves_its_collar(
    bid: Decimal, spread: Decimal, side: Side, fraction: Decimal, collar: Decimal
) -> None:
    share = quoted(str(bid), str(bid * (1 + spread)))
    assert share.quote is not None
    found = limit(share, side, OrderPolicy(limit_fraction=fraction, collar=collar))
    if found is not None:
        assert abs(found - share.quote.mid) <= collar * share.quote.mid
        assert found % TickRule().at(found) == 0


# names, cash, weights to go to (in percent) -> moves; NAV is 10000, cash target 1 %, band 1 %
SIZES = [
    ("VTI 66@100 60% BND 33@100 40%", "100", "59.4 39.6", "-6.6 6.6"),
    ("VTI 66@100 60% BND 33@100 40%", "100", "65.6 33.4", "0 0"),  # below 50 USD
    ("VTI 99@100 100% IBM 0.25@360 0%", "10", "99 0", "0 -0.25"),
    ("VTI 98@100 100%!halted", "200", "99", "0"),
    ("VTI 99@30 100% BND 70@100 0%", "30", "99 0", "231 -70"),
]
WHOLE = [
    ("VTI 66@100 60% BND 33@100 40%", "100", "59.45 39.55", "-6 6"),
    ("VTI 0@2010 100%", "10000", "99", "4"),
    ("IBM 10.5@100 0% VTI 89@100 100%", "50", "0 99", "-10.5 10"),
    # 4.95 shares are 4, and cash of 9 % buys the fifth
    ("VTI 0@800 40% BND 59@100 60%", "4100", "39.6 59.4", "5 0"),
    # 4 3 2 1 would leave 2.64 % of cash: the two furthest below target get one more
    (
        "A 30@71 25% B 30@73 25% C 30@77 25% D 30@79 25%",
        "1000",
        "24.75 24.75 24.75 24.75",
        "5 4 2 1",
    ),
    # -4 3 would leave 85 of cash, below the floor of 100: one more of what is above target
    ("A 45@110 40% B 44@115 60%", "-10", "44.6 55.0", "-5 3"),
    # all that can be sold inside the bands is not enough: past the edge by one share
    ("A 1@5000 50% B 1@5100 50%", "-100", "50 51", "0 -1"),
    # B is being bought, C cannot be traded, D is too small to sell: A makes up for it
    (
        "A 50@100 40% B 0@100 30% C 20@100 20%!halted D 32@100 10%",
        "-200",
        "50 25 20 5",
        "-1 25 0 -27",
    ),
]


def moves_text(text: str, cash: str, weights: str, policy_orders: OrderPolicy) -> str:
    snapshot, policy = account(text, cash)
    stand = standing(snapshot, replace(policy, orders=policy_orders))
    moves = sizes(stand, [D(w) / 100 for w in weights.split()], policy_orders.value_min)
    return " ".join(f"{move.quantize(D('0.0001')).normalize():f}" for move in moves)


@pytest.mark.parametrize(("text", "cash", "weights", "moves"), SIZES)
def test_weights_become_quantities(text: str, cash: str, weights: str, moves: str) -> None:
    assert moves_text(text, cash, weights, OrderPolicy()) == moves


@pytest.mark.parametrize(("text", "cash", "weights", "moves"), WHOLE)
def test_whole_shares_are_rounded_toward_no_trade(
    text: str, cash: str, weights: str, moves: str
) -> None:
    assert moves_text(text, cash, weights, OrderPolicy(fractional=False)) == moves


def test_cash_that_is_not_settled_is_not_spent_on_rounding() -> None:
    snapshot, policy = account("VTI 0@800 40% BND 59@100 60%", "4100")
    policy = replace(policy, orders=OrderPolicy(fractional=False))
    stand = standing(replace(snapshot, settled=D(3390)), policy)
    assert sizes(stand, [D("0.396"), D("0.594")], D(50)) == [4, 0]


def order_of(trade: Trade) -> str:
    quantity = trade.quantity.quantize(D("0.0001")).normalize()
    return f"{trade.side} {quantity:f} {trade.row.symbol} at {trade.limit}"


def ticketed(snapshot: Snapshot, policy: Policy, weights: str) -> Ticket:
    """The orders that bring the names to ``weights``, which are written with blanks between."""
    stand = standing(snapshot, policy)
    moves = sizes(stand, [D(w) for w in weights.split()], policy.orders.value_min)
    return ticket(stand, moves, snapshot, policy)


def test_a_ticket_sells_before_it_buys_and_the_largest_first() -> None:
    snapshot, policy = account("A 50@100 20% B 30@100 20% C 15@100 30% D 0@100 30%", "500")
    made = ticketed(snapshot, policy, "0.2 0.2 0.3 0.28")
    assert [order_of(trade) for trade in made.trades] == [
        "sell 30 A at 99.99",
        "sell 10 B at 99.99",
        "buy 28 D at 100.01",
        "buy 15 C at 100.01",
    ]
    assert made.warnings == ()


def test_what_has_no_tick_in_its_collar_is_left_out_with_a_warning() -> None:
    snapshot, policy = account("PNY 1000@1.005 50% VTI 90@100 50%", "0")
    odd = replace(
        snapshot.holdings[0],
        quote=Quote(Symbol("PNY"), D("1.00"), D("1.01"), NOW),
        instrument=Instrument(Symbol("PNY")),
    )
    snapshot = replace(snapshot, holdings=(odd, snapshot.holdings[1]))
    policy = replace(policy, orders=OrderPolicy(collar=D("0.001")))
    made = ticketed(snapshot, policy, "0.05 0.89")
    assert Symbol("PNY") not in [trade.row.symbol for trade in made.trades]
    assert made.warnings == ("PNY: no tick within the collar of 0.1%",)


def row_trade(text: str, snapshot: Snapshot, policy: Policy) -> Trade:
    """``buy 10 VTI at 100`` as a trade of that row."""
    side, quantity, symbol, _, price = text.split()
    stand = standing(snapshot, policy)
    row = next(row for row in stand.rows if row.symbol == symbol)
    return Trade(row, Side(side), D(quantity), D(price))


AFFORD = [
    # orders, settled -> kept; the floor is 100
    ("buy 10 A at 100, buy 5 B at 100", "1600", "buy 10 A, buy 5 B"),
    ("buy 10 A at 100, buy 5 B at 100", "1599", "buy 10 A, buy 4 B"),
    ("buy 10 A at 100, buy 5 B at 100", "850", "buy 5 A, buy 2 B"),
    ("buy 10 A at 100, buy 5 B at 100", "100", ""),
    ("buy 10 A at 100, buy 5 B at 100", "-500", ""),
    ("sell 4 C at 100, buy 10 A at 100", "705", "sell 4 C, buy 10 A"),
    ("sell 4 C at 100, buy 10 A at 100", "700", "sell 4 C, buy 9 A"),  # the fees of the sale
    ("sell 4 C at 100", "-500", "sell 4 C"),
    ("buy 1 A at 100, buy 1 B at 100", "299", "buy 1 A"),
]


@pytest.mark.parametrize(("orders", "settled", "kept"), AFFORD)
def test_purchases_are_cut_until_they_can_be_paid_for(orders: str, settled: str, kept: str) -> None:
    snapshot, policy = account("A 30@100 40% B 30@100 30% C 39@100 30%", "100")
    policy = replace(policy, orders=OrderPolicy(fractional=False))
    trades = [row_trade(text, snapshot, policy) for text in orders.split(", ")]
    found = affordable(trades, D(settled), D(10_000), policy)
    assert ", ".join(f"{t.side} {t.quantity} {t.row.symbol}" for t in found) == kept


def test_a_cash_account_buys_nothing_with_what_it_sells_today() -> None:
    snapshot, policy = account("A 30@100 40% B 30@100 30% C 39@100 30%", "100")
    policy = replace(policy, orders=OrderPolicy(fractional=False))
    orders = ("sell 4 C at 100", "buy 10 A at 100")
    trades = [row_trade(text, snapshot, policy) for text in orders]
    found = affordable(trades, D(705), D(10_000), policy, spends_proceeds=False)
    assert [order_of(trade) for trade in found] == ["sell 4 C at 100", "buy 6 A at 100"]


def test_a_purchase_cut_below_the_smallest_order_is_dropped() -> None:
    snapshot, policy = account("A 30@100 50% B 69@100 50%", "100")
    trades = [row_trade(text, snapshot, policy) for text in ("buy 10 A at 100", "buy 1 B at 100")]
    found = affordable(trades, D(540), D(10_000), policy)
    assert [order_of(trade) for trade in found] == ["buy 4 A at 100"]


def test_commissions_are_paid_out_of_the_same_cash() -> None:
    snapshot, policy = account("A 99@100 100%", "100")
    policy = replace(policy, costs=CostPolicy(commission_min=D(1)))
    trades = [row_trade("buy 10 A at 100", snapshot, policy)]
    assert cash_flow(trades, policy.costs) == D(-1001)
    assert affordable(trades, D(1101), D(10_000), policy)[0].quantity == 10
    assert affordable(trades, D(1100), D(10_000), policy)[0].quantity == D("9.99")


def test_a_foreign_order_is_paid_for_in_base_currency() -> None:
    share = replace(
        holding("SAP", "0", "110"),
        quote=Quote(Symbol("SAP"), D("99.99"), D("100.01"), NOW, Currency("EUR")),
        instrument=Instrument(Symbol("SAP"), Currency("EUR")),
        fx=D("1.1"),
    )
    snapshot, policy = account("SAP 0@110 100%", "10000")
    snapshot = replace(snapshot, holdings=(share,))
    made = ticketed(snapshot, policy, "0.99")
    assert [order_of(trade) for trade in made.trades] == ["buy 89 SAP at 100.01"]
    assert cash_flow(made.trades, policy.costs) == -89 * D("100.01") * D("1.1")


FAULTS = [
    ("buy 8 A at 100.01", ""),
    ("sell 40 A at 99.99", ""),
    ("buy 0 A at 100", "0 A at 100 is not an order"),
    ("buy 1 A at 0", "1 A at 0 is not an order"),
    ("buy 1 A at 100, sell 1 A at 100", "A has 2 orders"),
    ("buy 1 X at 100", "X must not be traded: halted"),
    ("sell 41 A at 100", "41 A would be sold and 40 are held"),
    ("buy 1 A at 101.01", "the limit 101.01 of A is outside its collar"),
    ("sell 1 A at 98.99", "the limit 98.99 of A is outside its collar"),
    ("buy 20 A at 100", "-1000.00 of cash would be left at the limits, below the floor of 100.00"),
]


@pytest.mark.parametrize(("orders", "why"), FAULTS)
def test_the_last_look_finds_what_must_not_be(orders: str, why: str) -> None:
    snapshot, policy = account("A 40@100 50% X 50@100 50%!halted", "1000")
    trades = [row_trade(text, snapshot, policy) for text in orders.split(", ")]
    assert fault_in(trades, snapshot, policy) == why


def fault_in(trades: Sequence[Trade], snapshot: Snapshot, policy: Policy) -> str:
    """What the last look says, with a risk of 2 % against the targets and 10 % in all."""
    stand = standing(snapshot, policy)
    moved = {t.row.symbol: t.side.sign * t.quantity * t.row.holding.price for t in trades}
    weights = tuple(row.weight + moved.get(row.symbol, D(0)) / stand.nav for row in stand.rows)
    after = After(weights, Risk(D("0.02"), D("0.1")))
    unkept = broken(stand, policy.optimizer, after)
    return fault(trades, stand, snapshot, policy) or "; ".join(unkept)


def test_an_order_without_a_quote_is_outside_any_collar() -> None:
    snapshot, policy = account("A 40@100 50% B 50@100 50%", "1000")
    trade = row_trade("sell 1 A at 100", snapshot, policy)
    blind = replace(trade, row=replace(trade.row, holding=replace(trade.row.holding, quote=None)))
    found = fault_in([blind], snapshot, policy)
    assert found == "the limit 100 of A is outside its collar"


A, B, C = Symbol("A"), Symbol("B"), Symbol("C")
TECH = GroupLimit("Technology", (A, C), low=D("0.3"), high=D("0.45"))
BETA = ExposureLimit("beta", ((A, D("1.2")), (B, D("0.8"))), low=D("0.8"), high=D("0.95"))

OWNERS = [
    # A 40 %, B 50 %, cash 10 %; orders, limits -> what is wrong
    ("buy 5 A at 100", Optimizer(groups=(TECH,)), ""),
    ("sell 10 A at 100", Optimizer(groups=(TECH,)), ""),
    (
        "buy 5.1 A at 100",
        Optimizer(groups=(TECH,)),
        "group Technology would be 45.10 %, 45 % at most",
    ),
    (
        "sell 15 A at 100",
        Optimizer(groups=(TECH,)),
        "group Technology would be 25.00 %, 30 % at least",
    ),
    ("buy 5 A at 100", Optimizer(exposures=(BETA,)), ""),
    (
        "buy 6 A at 100",
        Optimizer(exposures=(BETA,)),
        "exposure beta would be 95.20 %, 95 % at most",
    ),
    ("sell 4 A at 100, buy 4 B at 100", Optimizer(turnover_max=D("0.08")), ""),
    (
        "sell 4 A at 100, buy 5 B at 100",
        Optimizer(turnover_max=D("0.08")),
        "turnover would be 9.00 %, 8 % at most",
    ),
    ("buy 1 A at 100", Optimizer(tracking_error_max=D("0.02")), ""),
    (
        "buy 1 A at 100",
        Optimizer(tracking_error_max=D("0.019")),
        "tracking error would be 2.00 %, 1.9 % at most",
    ),
    (
        "buy 1 A at 100",
        Optimizer(volatility_max=D("0.09")),
        "volatility would be 10.00 %, 9 % at most",
    ),
    ("buy 1 A at 100", Optimizer(value_at_risk_max=D("0.0104")), ""),
    ("buy 1 A at 100", Optimizer(no_sell=(A,), no_buy=(B,)), ""),
    ("buy 1 A at 100", Optimizer(no_buy=(A,)), "the owner's no_buy names A"),
    ("sell 1 A at 100", Optimizer(no_sell=(A,)), "the owner's no_sell names A"),
    ("sell 1 A at 100", Optimizer(no_trade=(A,)), "the owner's no_trade names A"),
    ("buy 5 A at 100", Optimizer(participation_max=D("0.000001")), ""),
    (
        "buy 5.1 A at 100",
        Optimizer(participation_max=D("0.000001")),
        "5.1 A are more than 0.0001% of a day's volume",
    ),
]


@pytest.mark.parametrize(("orders", "limits", "why"), OWNERS)
def test_the_last_look_measures_every_limit_of_the_owner(
    orders: str, limits: Optimizer, why: str
) -> None:
    snapshot, policy = account("A 40@100 50% B 50@100 50%", "1000")
    plain = [row_trade(text, snapshot, policy) for text in orders.split(", ")]
    found = fault_in(plain, snapshot, replace(policy, optimizer=limits))
    assert found == why


def test_one_day_in_twenty_loses_more_than_its_volatility_allows() -> None:
    """VaR = 1.645 x volatility / sqrt(252): 10 % a year is 1.0363 % of NAV in a day."""
    limit = Optimizer(value_at_risk_max=D("0.0103")).volatility_limit
    assert limit is not None
    assert limit == pytest.approx(D("0.0994"), abs=D("0.0001"))
    both = Optimizer(value_at_risk_max=D("0.0103"), volatility_max=D("0.09"))
    assert both.volatility_limit == D("0.09")
    assert Optimizer().volatility_limit is None


def test_an_order_is_no_larger_than_the_gate_lets_pass() -> None:
    snapshot, policy = account("A 40@100 50% B 50@100 50%", "1000")
    first = replace(snapshot.holdings[0], order_max=D(5))
    snapshot = replace(snapshot, holdings=(first, snapshot.holdings[1]))
    assert fault_in([row_trade("buy 5 A at 100", snapshot, policy)], snapshot, policy) == ""
    found = fault_in([row_trade("buy 5.1 A at 100", snapshot, policy)], snapshot, policy)
    assert found == "5.1 A are more than one order may be for"


def test_limits_that_gave_way_are_kept_by_what_they_gave_way_to() -> None:
    snapshot, policy = account("A 40@100 50% B 50@100 50%", "1000")
    stand = standing(snapshot, policy)
    after = After((D("0.45"), D("0.2")), Risk(D("0.02"), D("0.1")))
    limits = Optimizer(
        tracking_error_max=D("0.01"),
        value_at_risk_max=D("0.005"),
        turnover_max=D("0.1"),
        groups=(replace(TECH, high=D("0.4")), GroupLimit("B", (B,), low=D("0.3"))),
        exposures=(BETA, replace(BETA, name="low", low=D("0.9"), high=None)),
    )
    assert len(broken(stand, limits, after)) == 7
    wide = loosened(stand, limits, after)
    assert broken(stand, wide, after) == ()
    assert violation(stand, limits, after) == D("0.25")
    assert violation(stand, wide, after) == 0
    assert wide.groups[0].low == TECH.low
    assert loosened(stand, wide, after) == wide


@pytest.mark.parametrize(
    ("fractional", "wanted", "ordered"),
    [
        (False, "-3.27", "-3"),  # part of a name that is on its way out
        (False, "-10.5", "-10.5"),  # all of it, with the fraction
        (False, "-0.4", "0"),
        (False, "2.9", "2"),
        (True, "-3.27", "-3.27"),
    ],
)
def test_only_who_sells_out_sells_a_fraction_where_shares_are_whole(
    fractional: bool,  # noqa: FBT001  # a column of the table
    wanted: str,
    ordered: str,
) -> None:
    snapshot, policy = account("VTI 10.5@100 0% BND 40@100 100%", "1000")
    policy = replace(policy, orders=replace(policy.orders, fractional=fractional))
    row = next(row for row in standing(snapshot, policy).rows if row.symbol == Symbol("VTI"))
    assert in_shares(row, D(wanted), policy.orders) == D(ordered)
