"""Triggers: what is noticed beside bands, what is done about it, and what is left alone."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from strategy_accounts import SESSION, D, account, filled, history, orders_text

from brokers.words import Bars, Symbol
from strategies.drift import (
    CorrelationsChanged,
    LimitBroken,
    Look,
    Reason,
    TotalDrift,
    alerts,
    reasons,
    trips,
)
from strategies.plan import Hold, Plan, Rebalance, make_plan
from strategies.policy import (
    Aim,
    Bands,
    ExposureLimit,
    GroupLimit,
    OnConflict,
    Optimizer,
    OrderPolicy,
    Period,
    Policy,
    Schedule,
    WorthPolicy,
)
from strategies.policy.triggers import Action, Triggers
from strategies.risk.covariance import estimate
from strategies.risk.model import variance
from strategies.snapshot import Snapshot
from strategies.standing import standing

A, B, C, E = (Symbol(name) for name in "ABCE")
CALM = "A 31@100 30% B 30@100 30% C 18@100 20% E 20@100 20%"
"""Every name is inside its band: A is 1.3 over its target, B 0.3, E 0.2, and C 1.8 under."""
ACTING = (Action.PARTIAL, Action.FULL, Action.IMMEDIATE)


def asked(
    text: str = CALM, limits: Optimizer | None = None, **triggers: object
) -> tuple[Snapshot, Policy]:
    """An account worth 10,000 with these triggers; what a plan gains is weighed as ever."""
    snapshot, policy = account(text, "100")
    return snapshot, replace(
        policy,
        cash=replace(policy.cash, cash_floor=D(50)),
        optimizer=limits or Optimizer(),
        triggers=replace(Triggers(), **triggers),
    )


def noticed(snapshot: Snapshot, policy: Policy) -> tuple[Reason, ...]:
    return reasons(standing(snapshot, policy), snapshot, policy)


def warned(snapshot: Snapshot, policy: Policy) -> tuple[Reason, ...]:
    return alerts(standing(snapshot, policy), snapshot, policy)


def risk_of(weights: Sequence[Decimal], snapshot: Snapshot) -> float:
    """Annual volatility of weights in the order of the names, by the factor model itself."""
    model = estimate([one.symbol for one in snapshot.holdings], snapshot.history)
    return math.sqrt(variance(model, np.array([float(weight) for weight in weights])))


def held(plan: Plan, *names: Symbol) -> Decimal:
    """Weight of some names together after the plan."""
    return sum((line.weight_after for line in plan.lines if line.symbol in names), D(0))


LIMITS = {
    "tracking_error": Optimizer(tracking_error_max=D("0.002")),
    "volatility": Optimizer(volatility_max=D("0.080")),
    "value_at_risk": Optimizer(value_at_risk_max=D("0.0083")),
    "groups": Optimizer(groups=(GroupLimit("AB", (A, B), None, D("0.605")),)),
    "exposures": Optimizer(
        exposures=(ExposureLimit("beta", ((A, D("1.5")), (C, D("-1"))), None, D("0.27")),)
    ),
}
"""Each is broken by today's weights, and kept by others within the bands."""


@pytest.mark.parametrize("key", LIMITS)
def test_the_limits_of_the_example_are_broken_though_every_name_is_inside(key: str) -> None:
    snapshot, policy = asked(limits=LIMITS[key])
    stand = standing(snapshot, policy)
    assert all(row.is_inside for row in stand.rows)
    found = warned(snapshot, policy)
    assert len(found) == 1
    assert isinstance(found[0], LimitBroken)
    weights = [row.weight for row in stand.rows]
    distances = [row.weight - row.target for row in stand.rows]
    measured = {
        "tracking_error": risk_of(distances, snapshot),
        "volatility": risk_of(weights, snapshot),
        "value_at_risk": 1.645 * risk_of(weights, snapshot) / math.sqrt(252),
        "groups": float(weights[0] + weights[1]),
        "exposures": 1.5 * float(weights[0]) - float(weights[2]),
    }
    assert float(found[0].value) == pytest.approx(measured[key], rel=1e-9)
    assert found[0].value > found[0].limit


@pytest.mark.parametrize("key", LIMITS)
@pytest.mark.parametrize("action", [Action.NONE, Action.WARN])
def test_what_only_warns_trades_nothing_and_wakes_nobody(key: str, action: Action) -> None:
    snapshot, policy = asked(limits=LIMITS[key], **{key: action})
    plan = make_plan(snapshot, policy)
    assert plan.decision == Hold("every name is inside its band; the largest drift is 1.80% of NAV")
    assert (plan.legs, plan.reasons, plan.action) == ((), (), None)
    assert len(plan.alerts) == (action is Action.WARN)
    assert not trips(snapshot, policy)
    assert trips(snapshot, policy, lambda: ()) == (action is Action.WARN)
    assert not trips(snapshot, policy, lambda: plan.alerts)


@pytest.mark.parametrize("key", LIMITS)
@pytest.mark.parametrize("action", ACTING)
@pytest.mark.parametrize("aim", Aim)
def test_a_broken_limit_is_mended_and_leaves_no_reason(key: str, action: Action, aim: Aim) -> None:
    snapshot, policy = asked(limits=LIMITS[key], **{key: action})
    policy = replace(policy, bands=replace(policy.bands, aim=aim))
    assert trips(snapshot, policy)
    plan = make_plan(snapshot, policy)
    assert isinstance(plan.decision, Rebalance), plan.decision
    assert "back within the limit" in plan.decision.why
    assert plan.action is action
    assert [type(reason) for reason in plan.reasons] == [LimitBroken]
    after = filled(snapshot, plan)
    assert not trips(after, policy)
    assert not warned(after, policy)


@pytest.mark.parametrize("key", ["tracking_error", "groups", "exposures"])
def test_partly_is_less_than_wholly(key: str) -> None:
    """To the edge trades the least, half way more, to target the most: that keeps these limits."""
    turned = []
    for action, aim in (
        (Action.PARTIAL, Aim.EDGE),
        (Action.PARTIAL, Aim.HALF),
        (Action.FULL, Aim.HALF),
    ):
        snapshot, policy = asked(limits=LIMITS[key], **{key: action})
        plan = make_plan(snapshot, replace(policy, bands=replace(policy.bands, aim=aim)))
        turned.append(float(plan.turnover))
    least = 0.0051  # a smallest order of 50 in 10,000, which may be left out
    assert turned[0] <= turned[1] + least
    assert turned[0] < turned[2] + least
    assert turned[0] > 0


def test_it_stops_inside_as_far_as_the_aim_says() -> None:
    """The group is 61 %, at most 60.5 %, and 59.4 % at target."""
    limits = LIMITS["groups"]
    for aim, most in ((Aim.EDGE, "0.60445"), (Aim.HALF, "0.5995"), (Aim.TARGET, "0.5940")):
        snapshot, policy = asked(limits=limits, groups=Action.PARTIAL)
        policy = replace(policy, bands=replace(policy.bands, aim=aim))
        plan = make_plan(snapshot, replace(policy, orders=OrderPolicy(value_min=D(1))))
        assert float(held(plan, A, B)) == pytest.approx(float(most), abs=2e-6), aim


def test_a_limit_that_the_owner_lowers_is_acted_on_at_once() -> None:
    snapshot, policy = asked(limits=Optimizer(volatility_max=D("0.09")), volatility=Action.PARTIAL)
    assert not trips(snapshot, policy)
    lowered = replace(policy, optimizer=Optimizer(volatility_max=D("0.079")))
    assert trips(snapshot, lowered)
    after = [line.weight_after for line in make_plan(snapshot, lowered).lines]
    assert risk_of(after, snapshot) < 0.079


def test_a_limit_is_mended_though_it_gains_less_than_it_costs() -> None:
    """Volatility falls below what it would be at target: the tracking error rises."""
    snapshot, policy = asked(limits=Optimizer(volatility_max=D("0.0775")), volatility=Action.FULL)
    plan = make_plan(snapshot, policy)
    assert isinstance(plan.decision, Rebalance)
    assert plan.worth is not None
    assert plan.worth.benefit < 0 < plan.worth.cost
    assert plan.worth.tracking_error_after > plan.worth.tracking_error_before


@pytest.mark.parametrize("conflict", OnConflict)
@pytest.mark.parametrize("action", ACTING)
@pytest.mark.parametrize(
    ("key", "limits", "best"),
    [
        ("volatility", Optimizer(volatility_max=D("0.07")), "7.53 %"),
        ("value_at_risk", Optimizer(value_at_risk_max=D("0.0075")), "0.78 %"),
        ("groups", Optimizer(groups=(GroupLimit("AB", (A, B), None, D("0.30")),)), "49.9"),
        (
            "exposures",
            Optimizer(exposures=(ExposureLimit("X", ((A, D(2)),), D("0.75"), None),)),
            "0.69",
        ),
    ],
)
def test_a_limit_that_cannot_be_reached_does_not_trade_for_ever(
    key: str, limits: Optimizer, best: str, action: Action, conflict: OnConflict
) -> None:
    """Held where it must not give way; else brought as near as bands let, once."""
    limits = replace(limits, on_conflict=conflict)
    snapshot, policy = asked(limits=limits, **{key: action})
    plan = make_plan(snapshot, policy)
    if conflict is OnConflict.HOLD:
        assert isinstance(plan.decision, Hold)
        assert f"no trades within the bands bring it nearer than {best}" in plan.decision.why
        assert not trips(snapshot, policy)
        assert [type(reason) for reason in plan.alerts] == [LimitBroken]
        return
    assert isinstance(plan.decision, Rebalance)
    assert "as near to the limit as the bands let" in plan.decision.why
    after = snapshot
    for _ in range(2):
        after = filled(after, make_plan(after, policy))
    left = make_plan(after, policy)
    assert not left.legs
    assert not trips(after, policy)
    assert [type(reason) for reason in left.alerts] == [LimitBroken]


def test_a_limit_that_trades_hardly_near_is_left_alone_and_said() -> None:
    """A fifth of what is too much could go: what is left moves by as much from day to day."""
    limits = Optimizer(volatility_max=D("0.055"), on_conflict=OnConflict.RELAX)
    snapshot, policy = asked(limits=limits, volatility=Action.IMMEDIATE)
    assert not trips(snapshot, policy)
    plan = make_plan(snapshot, policy)
    assert "bring it nearer than 7.53 %" in plan.decision.why
    assert [type(reason) for reason in plan.alerts] == [LimitBroken]


def test_a_limit_that_only_a_forbidden_trade_could_mend_is_no_reason() -> None:
    limits = replace(LIMITS["groups"], no_sell=(A, B))
    snapshot, policy = asked(limits=limits, groups=Action.FULL)
    assert not trips(snapshot, policy)
    assert "no trades within the bands" in make_plan(snapshot, policy).decision.why
    barred = CALM.replace("30%", "30%!halted")
    snapshot, policy = asked(barred, LIMITS["groups"], groups=Action.IMMEDIATE)
    assert not trips(snapshot, policy)


def test_limits_that_contradict_each_other_are_named_and_nothing_is_traded() -> None:
    limits = Optimizer(
        groups=(
            GroupLimit("AB", (A, B), None, D("0.58")),
            GroupLimit("CE", (C, E), None, D("0.38")),
        )
    )
    snapshot, policy = asked(limits=limits, groups=Action.FULL)
    plan = make_plan(snapshot, policy)
    assert isinstance(plan.decision, Hold)
    assert not plan.legs
    assert "cannot hold together" in plan.decision.why


def yesterday(snapshot: Snapshot, policy: Policy, days: int = 30) -> tuple[Snapshot, Policy]:
    """The same account, traded on the session before, and left alone for ``days``."""
    snapshot = replace(snapshot, last_traded=SESSION - timedelta(days=1))
    return snapshot, replace(policy, schedule=Schedule(cooldown_days=days))


@pytest.mark.parametrize("action", ACTING)
def test_only_what_is_immediate_does_not_wait_after_a_trade(action: Action) -> None:
    snapshot, policy = yesterday(*asked(limits=LIMITS["groups"], groups=action))
    assert trips(snapshot, policy) == (action is Action.IMMEDIATE)
    plan = make_plan(snapshot, policy)
    if action is not Action.IMMEDIATE:
        assert "left alone for 30 days" in plan.decision.why
        assert [type(reason) for reason in plan.alerts] == [LimitBroken], "it is said meanwhile"
    today = replace(snapshot, last_traded=SESSION)
    assert not trips(today, policy), "not twice in one session"


DEAR = "A 40@100 30% B 20@100 30% C 18@100 20% E 21@100 20%"


@pytest.mark.parametrize("action", ACTING)
def test_only_what_is_immediate_is_done_whatever_it_gains(action: Action) -> None:
    snapshot, policy = asked(DEAR, single=action)
    policy = replace(policy, worth=WorthPolicy(gamma=D("0.0001")))
    plan = make_plan(snapshot, policy)
    if action is Action.IMMEDIATE:
        assert plan.decision.why.startswith("is to be done at once, for ")
        assert plan.legs
    else:
        assert plan.decision.why.startswith("costs ")
        assert not plan.legs


def test_the_strongest_action_wins_and_all_reasons_are_listed() -> None:
    snapshot, policy = asked(DEAR, LIMITS["groups"], single=Action.PARTIAL, groups=Action.WARN)
    plan = make_plan(snapshot, policy)
    kinds = sorted({reason.kind for reason in plan.reasons})
    assert kinds == ["drifted", "far-off"]
    assert plan.action is Action.PARTIAL
    assert plan.decision != Rebalance(plan.decision.why, full=True)
    fuller = replace(
        policy, triggers=replace(policy.triggers, drift=Action.FULL, drift_max=D("0.05"))
    )
    plan = make_plan(snapshot, fuller)
    assert sorted({reason.kind for reason in plan.reasons}) == ["drifted", "far-off", "total-drift"]
    assert plan.action is Action.FULL
    assert plan.decision == Rebalance(plan.decision.why, full=True)


@pytest.mark.parametrize("key", ["band", "single", "concentration"])
def test_old_triggers_have_their_action_too(key: str) -> None:
    text = "A 46@100 30% B 14@100 30% C 18@100 20% E 21@100 20%"
    quiet = {"band": Action.NONE, "single": Action.NONE, "concentration": Action.NONE}
    snapshot, policy = asked(text, **quiet)
    assert not noticed(snapshot, policy)
    assert not trips(snapshot, policy)
    assert "the owner has nothing done about it: A, B" in make_plan(snapshot, policy).decision.why
    snapshot, policy = asked(text, **quiet | {key: Action.WARN})
    assert not noticed(snapshot, policy)
    assert A in {reason.symbol for reason in warned(snapshot, policy)}
    for action, full in ((Action.PARTIAL, False), (Action.FULL, True)):
        snapshot, policy = asked(text, **quiet | {key: action})
        plan = make_plan(snapshot, policy)
        assert plan.decision == Rebalance(plan.decision.why, full=full)
        assert not noticed(filled(snapshot, plan), policy)


def test_far_off_in_part_moves_that_name_and_leaves_others_in_peace() -> None:
    """30 % is 29.7 % of NAV: half way from 5 points off it to target is 32.2 %."""
    wide = Bands(absolute=None, relative=None, concentration=None)
    text = "A 40@100 30% B 24@100 30% C 15@100 20% E 20@100 20%"
    snapshot, policy = asked(text, single=Action.PARTIAL)
    plan = make_plan(snapshot, replace(policy, bands=wide))
    assert held(plan, A) == pytest.approx(D("0.322"), abs=D("0.0001"))
    assert held(plan, B) > D("0.2720") - D("0.0001"), "it is far off, too, and takes the cash"
    assert held(plan, E) == D("0.20")


def test_a_calendar_in_part_goes_half_of_the_way() -> None:
    snapshot, policy = asked(DEAR, calendar=Action.PARTIAL, single=Action.NONE, band=Action.NONE)
    policy = replace(policy, schedule=Schedule(Period.MONTHLY), bands=Bands(concentration=None))
    plan = make_plan(snapshot, policy)
    assert plan.decision == Rebalance(plan.decision.why, full=False)
    assert held(plan, A) == pytest.approx(D("0.3485"), abs=D("0.0001"))
    assert held(plan, B) == pytest.approx(D("0.2485"), abs=D("0.0001"))


@pytest.mark.parametrize(
    ("aim", "left"), [(Aim.EDGE, "0.0095"), (Aim.HALF, "0.005"), (Aim.TARGET, "0")]
)
def test_total_drift_in_part_ends_inside_its_limit(aim: Aim, left: str) -> None:
    snapshot, policy = asked(drift=Action.PARTIAL, drift_max=D("0.01"))
    policy = replace(
        policy,
        bands=replace(policy.bands, aim=aim),
        orders=OrderPolicy(value_min=D(1)),
        worth=WorthPolicy(enabled=False),
    )
    stand = standing(snapshot, policy)
    total = sum(abs(row.weight - row.target) for row in stand.rows) / 2
    assert noticed(snapshot, policy) == (TotalDrift(total, D("0.01"), in_crisis=False),)
    plan = make_plan(snapshot, policy)
    after = Look(standing(filled(snapshot, plan), policy), filled(snapshot, plan)).total_drift(
        policy.optimizer
    )
    assert after <= D(left) + D("0.0005")
    assert not trips(filled(snapshot, plan), policy)


def test_distance_that_no_order_can_take_off_is_no_total_drift() -> None:
    held_back = Optimizer(no_sell=(A, B, E), no_buy=(C,))
    snapshot, policy = asked(limits=held_back, drift=Action.FULL, drift_max=D("0.001"))
    assert not trips(snapshot, policy)
    barred = "A 31@100 30%!halted B 30@100 30%!halted C 18@100 20%!halted E 20@100 20%!halted"
    snapshot, policy = asked(barred, drift=Action.FULL, drift_max=D("0.001"))
    assert not trips(snapshot, policy)


def test_drift_that_limits_keep_is_none_of_the_total() -> None:
    """The targets put 59.4 % into the group: with 50 % at most they are never reached."""
    limits = Optimizer(groups=(GroupLimit("AB", (A, B), None, D("0.50")),))
    snapshot, policy = asked(
        limits=limits, drift=Action.IMMEDIATE, drift_max=D("0.03"), band=Action.NONE
    )
    policy = replace(
        policy,
        bands=Bands(single=None, concentration=None),
        worth=WorthPolicy(enabled=False),
    )
    plan = make_plan(snapshot, policy)
    assert [type(reason) for reason in plan.reasons] == [TotalDrift]
    after = filled(snapshot, plan)
    assert held(plan, A, B) <= D("0.50")
    distances = [abs(line.weight_after - line.target) for line in plan.lines]
    assert sum(distances) / 2 > D("0.045"), "far from target all the same"
    assert not trips(after, policy)
    nudged = replace(after.holdings[2], quantity=after.holdings[2].quantity * D("1.05"))
    assert not trips(
        replace(after, holdings=(*after.holdings[:2], nudged, after.holdings[3])), policy
    )


def quiet_then(rho: float, scale: float, days: int = 40) -> dict[Symbol, Bars]:
    """251 returns of four names at 1 % a day and a correlation of .2; the last ones otherwise."""
    rng = np.random.default_rng(3)
    market, own = rng.standard_normal((251, 1)), rng.standard_normal((251, 4))
    share = np.where(np.arange(251)[:, None] < 251 - days, 0.2, rho)
    size = np.where(np.arange(251)[:, None] < 251 - days, 0.01, 0.01 * scale)
    return history(size * (np.sqrt(share) * market + np.sqrt(1 - share) * own), (A, B, C, E))


def test_in_a_crisis_less_drift_is_allowed() -> None:
    snapshot, policy = asked(
        drift_max=D("0.05"), crisis_drift_max=D("0.01"), crisis=Action.IMMEDIATE
    )
    calm = replace(snapshot, history=quiet_then(0.2, 1.0))
    assert not trips(calm, policy)
    tense = replace(snapshot, history=quiet_then(0.9, 5.0))
    assert [type(reason) for reason in noticed(tense, policy)] == [TotalDrift]
    assert noticed(tense, policy)[0] == TotalDrift(
        Look(standing(tense, policy), tense).total_drift(policy.optimizer),
        D("0.01"),
        in_crisis=True,
    )
    plan = make_plan(tense, policy)
    assert plan.decision == Rebalance(plan.decision.why, full=True)
    assert plan.action is Action.IMMEDIATE
    assert not trips(filled(tense, plan), policy)


def test_a_crisis_that_cannot_be_judged_is_none_and_is_said() -> None:
    snapshot, policy = asked(crisis_drift_max=D("0.01"))
    plan = make_plan(snapshot, policy)
    assert not plan.reasons
    assert any("regime unknown: 119 daily returns" in warning for warning in plan.warnings)


TWO = {"correlation_change_max": D("0.30"), "correlation_days": 40}


@pytest.mark.parametrize("action", [Action.WARN, *ACTING])
def test_correlations_that_changed_are_noticed(action: Action) -> None:
    snapshot, policy = asked(**TWO, correlation=action)
    same = replace(snapshot, history=quiet_then(0.2, 1.0))
    assert not noticed(same, policy)
    assert not warned(same, policy)
    risen = replace(snapshot, history=quiet_then(0.9, 1.0))
    found = (*noticed(risen, policy), *warned(risen, policy))
    assert [type(reason) for reason in found] == [CorrelationsChanged]
    assert trips(risen, policy) == action.trades
    assert isinstance(found[0], CorrelationsChanged)
    assert found[0].change == pytest.approx(D("0.7"), abs=D("0.1"))
    assert found[0].now - found[0].before == pytest.approx(D("0.7"), abs=D("0.15"))


def test_a_rebalance_answers_what_correlations_did_before_it() -> None:
    snapshot, policy = asked(**TWO, correlation=Action.FULL)
    risen = replace(snapshot, history=quiet_then(0.9, 1.0))
    days = risen.history[A].days
    for since, is_noticed in ((10, False), (39, False), (40, True), (60, True)):
        traded = replace(risen, last_traded=days[-1 - since])
        found = noticed(traded, policy)
        assert bool(found) == is_noticed, since
        if found:
            assert isinstance(found[0], CorrelationsChanged)
            assert found[0].since == days[-1 - since]
    untraded = replace(risen, last_traded=None)
    assert bool(noticed(untraded, policy))
    old = noticed(replace(risen, last_traded=date(2020, 1, 2)), policy)
    assert isinstance(old[0], CorrelationsChanged)
    assert old[0].since == days[40], "the oldest days there are"


def test_a_history_too_short_for_correlations_is_said() -> None:
    snapshot, policy = asked(correlation_change_max=D("0.3"), correlation_days=60)
    plan = make_plan(snapshot, policy)
    assert not plan.alerts
    why = "correlations cannot be compared: 120 daily returns are needed, not 119"
    assert why in plan.warnings


def test_correlations_ask_for_no_trade_where_every_name_is_on_target() -> None:
    text = "A 29.7@100 30% B 29.7@100 30% C 19.8@100 20% E 19.8@100 20%"
    snapshot, policy = asked(text, **TWO, correlation=Action.FULL)
    assert not trips(replace(snapshot, history=quiet_then(0.9, 1.0)), policy)


def test_risk_is_measured_only_for_who_asks_and_then_once() -> None:
    snapshot, policy = asked(limits=LIMITS["volatility"], volatility=Action.NONE)
    look = Look(standing(snapshot, policy), snapshot)
    assert "model" not in vars(look)
    assert look.volatility == look.volatility
    assert look.model is look.model
    assert not hasattr(Look, "__slots__"), "what was measured is kept in the look itself"


def test_an_account_without_triggers_of_its_own_trades_as_ever() -> None:
    snapshot, policy = account(DEAR, "100")
    assert policy.triggers == Triggers()
    assert orders_text(make_plan(snapshot, policy)) == (
        "sell 10.3 A, sell 1.2 E, buy 9.6976 B, buy 1.7995 C"
    )
    assert isinstance(make_plan(*account(CALM, "100")).decision, Hold)
