"""The owner's limits: kept by every plan, in the last share, or named where they cannot be."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategy_accounts import D, account, lot, orders_text

from brokers.words import ZERO, Relief, Side, Symbol
from strategies.drift import reasons
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Problem
from strategies.optimize.progress import silent
from strategies.optimize.whole.grid import Grid
from strategies.plan import Hold, Plan, make_plan, order_key
from strategies.policy import (
    Bands,
    ExposureLimit,
    GroupLimit,
    OnConflict,
    Optimizer,
    OrderPolicy,
    Policy,
    TaxPolicy,
    TiltWish,
    WorthPolicy,
)
from strategies.proposal import question
from strategies.snapshot import Snapshot
from strategies.standing import standing

GENTLE = Bands(single=None, concentration=None)
A, B, C, E = (Symbol(name) for name in "ABCE")
SLACK = D("1e-6")
TOO_SOON = "the search was ended before it found trades that keep every limit"
WAY = "limits keep this plan from going all the way: it goes as far as they let it"


def asked(text: str, cash: str, limits: Optimizer, **parts: object) -> tuple[Snapshot, Policy]:
    """An account that trades whatever it gains, within ``limits``."""
    snapshot, policy = account(text, cash)
    policy = replace(
        policy,
        bands=GENTLE,
        cash=replace(policy.cash, cash_floor=D(50)),
        worth=WorthPolicy(enabled=False),
        optimizer=limits,
    )
    return snapshot, replace(policy, **parts)


def planned(text: str, cash: str, limits: Optimizer, **parts: object) -> Plan:
    return make_plan(*asked(text, cash, limits, **parts))


DRIFTED = "A 44@100 30% B 25@100 30% C 10@100 20% E 20@100 20%"
# A is over its band of 22.275 to 37.125 %, C under its own of 14.85 to 24.75 %


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize(
    "limits",
    [
        Optimizer(no_buy=(B,)),
        Optimizer(no_sell=(A,)),
        Optimizer(no_trade=(A,)),
        Optimizer(turnover_max=D("0.10")),
        Optimizer(participation_max=D("0.000001")),
        Optimizer(groups=(GroupLimit("AE", (A, E), None, D("0.52")),)),
        Optimizer(groups=(GroupLimit("BC", (B, C), D("0.48"), None),)),
        Optimizer(exposures=(ExposureLimit("beta", ((A, D("1.5")), (C, D(1))), None, D("0.65")),)),
        Optimizer(tracking_error_max=D("0.012")),
        Optimizer(volatility_max=D("0.078")),
        Optimizer(value_at_risk_max=D("0.0081")),
    ],
)
def test_a_plan_keeps_each_limit(limits: Optimizer, fractional: bool) -> None:  # noqa: FBT001
    snapshot, policy = asked(DRIFTED, "100", limits, orders=OrderPolicy(fractional=fractional))
    plan = make_plan(snapshot, policy)
    assert kept(plan, limits, snapshot)
    if isinstance(plan.decision, Hold):
        assert limits.no_sell == (A,) or limits.no_trade == (A,)


def kept(plan: Plan, limits: Optimizer, snapshot: Snapshot) -> bool:
    """Every limit measured from the orders alone; risk from the closes themselves."""
    weights = {line.symbol: line.weight_after for line in plan.lines}
    volumes = {one.symbol: one.adv_shares for one in snapshot.holdings}
    for leg in plan.legs:
        order = leg.order
        forbidden = limits.no_buy if order.side is Side.BUY else limits.no_sell
        assert order.symbol not in (*forbidden, *limits.no_trade)
        volume = volumes[order.symbol]
        if limits.participation_max is not None and volume is not None:
            assert order.quantity <= limits.participation_max * volume
    if limits.turnover_max is not None:
        assert plan.turnover <= limits.turnover_max + SLACK
    for group in limits.groups:
        held = sum((weights.get(member, ZERO) for member in group.members), ZERO)
        assert inside(held, group.low, group.high), group.name
    for exposure in limits.exposures:
        held = sum((weights.get(s, ZERO) * each for s, each in exposure.coefficients), ZERO)
        assert inside(held, exposure.low, exposure.high), exposure.name
    if plan.legs and plan.worth is not None and limits.tracking_error_max is not None:
        assert plan.worth.tracking_error_after <= limits.tracking_error_max + SLACK
    return True


def inside(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or value >= low - SLACK) and (high is None or value <= high + SLACK)


def test_a_turnover_that_is_too_small_is_used_to_the_last_cent() -> None:
    plan = planned(DRIFTED, "100", Optimizer(turnover_max=D("0.10")))
    assert orders_text(plan) == "sell 5.25 A, buy 4.75 C"
    assert plan.turnover == D("0.10")
    assert WAY in plan.warnings


def test_a_first_allocation_goes_as_far_as_turnover_lets_it() -> None:
    """Cash moves as much as the names do, and is no turnover."""
    snapshot, policy = asked("A 0@100 60% B 0@50 40%", "10000", Optimizer(turnover_max=D("0.2")))
    plan = make_plan(replace(snapshot, is_first=True, last_traded=None), policy)
    assert plan.turnover == pytest.approx(D("0.2"), abs=D("0.000001"))
    assert plan.turnover <= D("0.2")
    assert all(leg.order.side is Side.BUY for leg in plan.legs)


def test_a_share_of_a_days_volume_is_the_most_that_is_traded() -> None:
    plan = planned(DRIFTED, "100", Optimizer(participation_max=D("0.000001")))
    assert orders_text(plan) == "sell 5 A, buy 5 C"


def test_no_order_is_planned_that_the_gate_would_block() -> None:
    """Three shares of A are all that one order may be for, and nothing needs to be set for it."""
    snapshot, policy = asked(DRIFTED, "100", Optimizer())
    first = replace(snapshot.holdings[0], order_max=D(3))
    plan = make_plan(replace(snapshot, holdings=(first, *snapshot.holdings[1:])), policy)
    sold = [leg.order for leg in plan.legs if leg.order.symbol == A]
    assert [order.quantity for order in sold] == [3]
    assert not isinstance(plan.decision, Hold)


def test_a_name_that_must_not_be_sold_is_said_to_stay_for_that() -> None:
    plan = planned("A 39@100 30% B 30@100 35% C 30@100 35%", "100", Optimizer(no_sell=(A,)))
    assert plan.decision == Hold("outside its band, and the owner's limits keep it there: A")


def test_a_name_that_is_left_alone_leaves_less_to_the_others() -> None:
    plan = planned(DRIFTED, "100", Optimizer(no_trade=(A,)))
    lines = {line.symbol: line for line in plan.lines}
    assert lines[A].barred == "the owner's no_trade names it"
    assert lines[A].target == lines[A].weight_before == D("0.44")
    assert abs(sum(line.target for line in plan.lines) - D("0.99")) < D("1e-20")


CROWDED = Optimizer(groups=(GroupLimit("AE", (A, E), None, D("0.40")),), no_sell=(A, E))
CROWD = "group AE <= 40.0 % cannot hold together with the bounds of 2 names: 64.0 % is the least"


def test_limits_that_cannot_hold_together_are_named_and_nothing_is_traded() -> None:
    plan = planned(DRIFTED, "100", CROWDED)
    assert plan.decision == Hold(f"the limits cannot hold together: {CROWD}")
    assert plan.legs == ()
    assert [line.symbol for line in plan.lines] == ["A", "B", "C", "E"]
    assert plan.reasons


def test_the_least_that_must_gives_way_where_the_owner_said_so() -> None:
    plan = planned(DRIFTED, "600", replace(CROWDED, on_conflict=OnConflict.RELAX))
    assert not isinstance(plan.decision, Hold)
    assert {leg.order.symbol for leg in plan.legs} <= {B, C}
    assert plan.proof is not None
    (gave,) = plan.proof.relaxed
    assert f"a limit gave way: {gave}" in plan.warnings
    assert gave.startswith("group AE <= 40.0 % cannot hold together with ")


NARROW = (GroupLimit("A", (A,), D("0.3050"), D("0.3052")),)
"""Between 31 and 32 shares of A at 97, which no whole number of them comes to."""


def test_limits_that_no_whole_shares_keep_are_named_and_nothing_is_traded() -> None:
    text, whole = "A 25@97 30% B 30@97 30% C 40@97 40%", OrderPolicy(fractional=False)
    plan = planned(text, "785", Optimizer(groups=NARROW), orders=whole)
    assert isinstance(plan.decision, Hold)
    assert re.fullmatch(
        r"no orders keep every limit: group A would be [\d.]+ %, 30\.52? % at (least|most)",
        plan.decision.why,
    )
    free = Optimizer(groups=NARROW, on_conflict=OnConflict.RELAX)
    plan = planned(text, "785", free, orders=whole)
    assert plan.legs
    assert plan.proof is not None
    (gave,) = plan.proof.relaxed
    assert f"a limit gave way to what can be ordered: {gave}" in plan.warnings
    assert plan.proof.violation == 0


def test_turnover_gives_way_where_it_must() -> None:
    """A group far above its limit asks for more trades than the turnover lets through."""
    limits = Optimizer(
        groups=(GroupLimit("AE", (A, E), D("0.2"), D("0.50")),),
        turnover_max=D("0.10"),
        on_conflict=OnConflict.RELAX,
    )
    plan = planned(DRIFTED, "100", limits)
    assert plan.legs
    assert plan.proof is not None
    assert len(plan.proof.relaxed) == 1
    held = planned(DRIFTED, "100", replace(limits, on_conflict=OnConflict.HOLD))
    assert isinstance(held.decision, Hold)
    assert re.search(r"turnover <= 10\.0 %", held.decision.why)


def test_a_far_off_name_brings_all_names_back_as_far_as_they_may_be() -> None:
    plan = planned(DRIFTED, "100", Optimizer(no_buy=(B,)), bands=Bands())
    assert bought_of(plan, B) == 0
    assert sold_of(plan, A) > 5
    assert WAY in plan.warnings
    assert plan.decision.kind == "rebalance"
    assert not plan.decision.full


def test_a_search_that_is_stopped_before_any_limit_is_kept_goes_straight_where_that_does() -> None:
    limits = Optimizer(groups=(GroupLimit("AE", (A, E), None, D("0.50")),))
    snapshot, policy = asked(DRIFTED, "100", limits)
    plan = make_plan(snapshot, policy, lambda _progress: False)
    assert plan.legs
    assert kept(plan, limits, snapshot)
    assert plan.warnings[1].startswith(
        "the optimiser found nothing, trades go straight to band: kernel: "
    )


def test_a_limit_that_the_smallest_order_would_break_is_kept_after_all() -> None:
    """Nine dollars of E are too few to sell: more of A goes instead."""
    limits = Optimizer(groups=(GroupLimit("AE", (A, E), None, D("0.52")),))
    plan = planned(DRIFTED, "100", limits)
    held = sum(line.weight_after for line in plan.lines if line.symbol in {A, E})
    assert D("0.50") < held <= D("0.52")


def test_a_cheap_lot_behind_a_dear_one_is_weighed_as_the_broker_sells() -> None:
    """First in, first out: 8 % are wanted of A, and the tax of its first lot is a sixth of it."""
    snapshot, policy = asked("A 40@100 30% B 40@100 30% C 19@100 40%", "100", Optimizer())
    dear, cheap = lot("20@20/24-01-02", "A", "1"), lot("20@100/24-06-03", "A", "2")
    even = (lot("40@88/24-01-02", "B", "3"),)
    with_lots = (
        replace(snapshot.holdings[0], lots=(dear, cheap)),
        replace(snapshot.holdings[1], lots=even),
        snapshot.holdings[2],
    )
    snapshot = replace(snapshot, holdings=with_lots)
    taxed = replace(policy, tax=TaxPolicy(), bands=replace(GENTLE, relative=D("0.35")))
    first = make_plan(snapshot, taxed)
    last = make_plan(replace(snapshot, relief=Relief.LIFO), taxed)
    assert sold_of(first, B) > sold_of(first, A)
    assert sold_of(last, A) > sold_of(last, B)


def sold_of(plan: Plan, symbol: Symbol) -> Decimal:
    orders = (leg.order for leg in plan.legs if leg.order.side is Side.SELL)
    return sum((order.quantity for order in orders if order.symbol == symbol), ZERO)


def test_a_wish_to_lean_moves_the_trades_and_limits_nothing() -> None:
    deposit = "A 30@100 30% B 20@100 30% C 30@100 40%"
    lean = TiltWish("C", ((C, D(1)),), D("0.5"), D(100))
    plain, leaning = (
        planned(deposit, "1000", limits) for limits in (Optimizer(), Optimizer(tilts=(lean,)))
    )
    assert bought_of(leaning, C) > bought_of(plain, C)
    near = planned(deposit, "1000", Optimizer(closeness=D(100)))
    gaps = [abs(line.weight_after - line.target) for line in near.lines]
    assert max(gaps) <= max(abs(line.weight_after - line.target) for line in plain.lines)


def bought_of(plan: Plan, symbol: Symbol) -> Decimal:
    orders = (leg.order for leg in plan.legs if leg.order.side is Side.BUY)
    return sum((order.quantity for order in orders if order.symbol == symbol), ZERO)


def test_no_whole_shares_are_better_than_the_proof_says() -> None:
    """Against every plan on the grid: 4 names, a deposit, a limit on a group."""
    limits = Optimizer(groups=(GroupLimit("AB", (A, B), None, D("0.57")),))
    snapshot, policy = asked(
        "A 25@91 30% B 24@103 30% C 14@97 20% E 15@107 20%",
        "1350",
        limits,
        orders=OrderPolicy(fractional=False),
    )
    found = question(snapshot, policy)
    assert found.grid is not None
    best = min(objectives(found.problem, found.grid))
    ours = float(found.proof.objective)
    assert found.proof.bound is not None
    assert float(found.proof.bound) <= best + 1e-12
    assert ours - best <= float(found.proof.objective - found.proof.bound) + 1e-12
    assert ours == pytest.approx(best, rel=0.02)


def objectives(problem: Problem, grid: Grid) -> list[float]:
    """What every plan on the grid comes to that keeps all limits, by trying each."""
    steps = grid.prices * grid.step / grid.nav_usd
    names = range(problem.size - 1)
    least = grid.trade_usd_min / grid.nav_usd
    counts = [[n for n in range(-25, 26) if fits(problem, i, n * steps[i], least)] for i in names]
    found = []
    for plan in product(*counts):
        x = np.array([*(n * steps[i] for i, n in enumerate(plan)), 0.0])
        x[-1] = -x.sum()
        weights = problem.current + x
        if violation(problem, weights) <= 1e-12:
            found.append(objective(problem, weights))
    return found


def fits(problem: Problem, name: int, x: float, least: float) -> bool:
    weight = problem.current[name] + x
    inside_bounds = problem.lower[name] - 1e-12 <= weight <= problem.upper[name] + 1e-12
    return bool(inside_bounds and (x == 0 or abs(x) >= least - 1e-12))


def test_the_question_is_the_plans_own() -> None:
    snapshot, policy = asked(DRIFTED, "100", Optimizer(turnover_max=D("0.10")))
    plan, found = make_plan(snapshot, policy), question(snapshot, policy)
    assert plan.proof == found.proof
    assert found.symbols == (A, B, C, E)
    assert [line.weight_after for line in plan.lines] == list(found.weights[:-1])
    assert sum(found.weights) == 1
    assert found.problem.size == 5
    assert (found.nav, found.base, found.grid) == (10_000, "USD", None)


@pytest.mark.parametrize("fractional", [True, False])
def test_another_solver_is_asked_where_the_owner_wants_it(fractional: bool) -> None:  # noqa: FBT001
    orders = OrderPolicy(fractional=fractional)
    plan = planned(DRIFTED, "100", Optimizer(verify=True), orders=orders)
    assert plan.proof is not None
    assert " agrees" in plan.proof.second or "same" in plan.proof.second
    plain = planned(DRIFTED, "100", Optimizer(), orders=orders)
    assert plain.proof is not None
    assert plain.proof.second == ""
    assert orders_text(plan) == orders_text(plain)
    there = planned(DRIFTED, "100", Optimizer(verify=True), bands=Bands())
    assert there.proof is not None
    assert there.proof.second == "there was no choice to have one on"


def test_a_calm_account_has_a_question_too() -> None:
    snapshot, policy = asked("A 30@100 30% B 69@100 70%", "100", Optimizer())
    assert not reasons(standing(snapshot, policy), snapshot, policy)
    found = question(snapshot, policy, silent)
    assert found.weights == (D("0.30"), D("0.69"), D("0.01"))
    assert found.problem.target.tolist() == pytest.approx([0.297, 0.693, 0.01])


symbols = st.sampled_from((A, B, C, E))
some = st.lists(symbols, max_size=2, unique=True).map(tuple)
shares = st.integers(1, 100).map(lambda percent: D(percent) / 100)
maybe = st.none() | shares
limits_drawn = st.builds(
    Optimizer,
    tracking_error_max=maybe,
    volatility_max=maybe,
    value_at_risk_max=st.none() | shares.map(lambda share: share / 20),
    turnover_max=maybe,
    participation_max=st.none() | st.sampled_from((D("0.0000005"), D("0.000002"))),
    no_buy=some,
    no_sell=some,
    no_trade=st.lists(symbols, max_size=1).map(tuple),
    groups=st.lists(
        st.builds(GroupLimit, st.just("G"), some, maybe.map(lambda s: s and s / 4), shares),
        max_size=1,
    ).map(tuple),
    closeness=st.sampled_from((D(0), D(1))),
    on_conflict=st.sampled_from(OnConflict),
)


HOLDS = re.compile("nothing to order: |every name is inside|outside its band|cash|nothing is held")
"""Why an account is left alone whose limits may give way."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    held=st.lists(st.integers(0, 40), min_size=4, max_size=4),
    cash=st.sampled_from(("100", "600", "3000")),
    limits=limits_drawn,
    fractional=st.booleans(),
)
def test_whatever_is_held_and_asked_no_plan_breaks_a_limit(
    held: list[int],
    cash: str,
    limits: Optimizer,
    fractional: bool,  # noqa: FBT001 - drawn
) -> None:
    names = zip("ABCE", held, (30, 30, 20, 20), strict=True)
    text = " ".join(f"{name} {count}@97 {want}%" for name, count, want in names)
    crossed = any(
        g.low is not None and g.high is not None and g.low > g.high for g in limits.groups
    )
    limits = replace(limits, groups=() if crossed else limits.groups)
    snapshot, policy = asked(text, cash, limits, orders=OrderPolicy(fractional=fractional))
    plan = make_plan(snapshot, policy)
    if isinstance(plan.decision, Hold):
        assert plan.legs == ()
        assert "failed its last check" not in plan.decision.why
        assert fractional or limits.on_conflict is OnConflict.HOLD or HOLDS.match(plan.decision.why)
        return
    assert plan.proof is not None
    if not plan.proof.relaxed:
        assert kept(plan, limits, snapshot)
        assert plan.proof.violation <= SLACK


def ended_after(ticks: int) -> Callable[[object], bool]:
    """A tick that ends the search when it is called for the ``ticks``-th time."""
    left = iter(range(ticks - 1))
    return lambda _progress: next(left, None) is not None


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        (
            "A 28@100 30% B 25@210 30% C 6@100 20% E 20@100 20%",
            Optimizer(tracking_error_max=D("0.005")),
        ),
        (
            "A 6@210 30% B 12@150 30% C 22@100 20% E 25@210 20%",
            Optimizer(tracking_error_max=D("0.005")),
        ),
        (
            "A 8@210 30% B 30@100 30% C 30@100 20% E 30@210 20%",
            Optimizer(volatility_max=D("0.075")),
        ),
        (
            "A 6@210 30% B 2@100 30% C 11@100 20% E 15@100 20%",
            Optimizer(
                tracking_error_max=D("0.02"),
                groups=(GroupLimit("AE", (A, E), None, D("0.5")),),
            ),
        ),
    ],
)
def test_no_limit_gives_way_because_a_search_was_ended(text: str, limits: Optimizer) -> None:
    """Whoever lets limits go lets those go that cannot be kept, not those that were not tried."""
    orders = OrderPolicy(fractional=False)
    relaxing = replace(limits, on_conflict=OnConflict.RELAX)
    snapshot, policy = asked(text, "100", relaxing, orders=orders)
    whole = make_plan(snapshot, policy)
    assert whole.legs
    assert whole.proof is not None
    assert whole.proof.relaxed == ()
    for ticks in (1, 2, 5, 12, 30):
        plan = make_plan(snapshot, policy, ended_after(ticks))
        assert plan.proof is None or plan.proof.relaxed == ()
        assert not plan.legs or kept(plan, limits, snapshot)


def test_a_search_that_is_ended_before_it_found_anything_says_so() -> None:
    """And not that the limits leave no room, nor that the last check failed."""
    limits = Optimizer(tracking_error_max=D("0.001"), participation_max=D("0.000001"))
    snapshot, policy = asked("A 70@100 30% B 15@100 30% C 5@100 20% E 10@100 20%", "100", limits)
    plan = make_plan(snapshot, policy, lambda _progress: False)
    assert plan.decision == Hold(TOO_SOON)


def test_a_plan_of_a_search_that_was_ended_says_how_good_it_is() -> None:
    snapshot, policy = asked(DRIFTED, "100", Optimizer(), orders=OrderPolicy(fractional=False))
    said = "the search was ended before it was done: these are the best trades found by then"
    plan = make_plan(snapshot, policy, lambda _progress: False)
    assert plan.legs
    assert plan.proof is not None
    assert (plan.proof.gap is None or plan.proof.gap > D("0.001")) == (said in plan.warnings)
    assert said not in make_plan(snapshot, policy).warnings


def test_a_plan_of_a_search_that_was_ended_is_not_taken_for_another_of_the_same_moment() -> None:
    """The book keeps both: what is written down under one id is final."""
    snapshot, policy = asked(DRIFTED, "100", Optimizer(), orders=OrderPolicy(fractional=False))
    whole, again = (make_plan(snapshot, policy, lambda _progress: True) for _ in range(2))
    assert whole == again
    cut = make_plan(snapshot, policy, lambda _progress: False)
    assert cut.plan_id != whole.plan_id
    assert [leg.order.key for leg in cut.legs] == [
        order_key(cut.plan_id, number) for number in range(1, len(cut.legs) + 1)
    ]
    assert make_plan(snapshot, policy, lambda _progress: False) == cut
