"""Triggers over time: limits near the targets do not churn, and winners are kept for a while."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from strategy_accounts import SESSION, D, account, filled, history, holding

from brokers.words import Bars, Symbol
from strategies.drift import trips
from strategies.plan import Hold, Plan, make_plan
from strategies.policy import Bands, GroupLimit, OnConflict, Optimizer, Policy, WorthPolicy
from strategies.policy.trend import TrendPolicy
from strategies.policy.triggers import Action, Triggers
from strategies.snapshot import Snapshot

A, B, C, E = (Symbol(name) for name in "ABCE")
CALM = "A 31@100 30% B 30@100 30% C 18@100 20% E 20@100 20%"


def asked(text: str, **parts: object) -> tuple[Snapshot, Policy]:
    """An account worth 10,000."""
    snapshot, policy = account(text, "100")
    policy = replace(policy, cash=replace(policy.cash, cash_floor=D(50)))
    return snapshot, replace(policy, **parts)


def lived(policy: Policy, snapshot: Snapshot, seed: int, days: int = 60) -> list[Plan]:
    """The plans of an account over days on which prices move, each carried out at its limits."""
    rng = np.random.default_rng(seed)
    market, own = rng.standard_normal((251 + days, 1)), rng.standard_normal((251 + days, 4))
    returns = 0.012 * (math.sqrt(0.3) * market + math.sqrt(0.7) * own)
    plans = []
    for day in range(days):
        moved = [1 + D(str(round(move, 9))) for move in returns[251 + day].tolist()]
        snapshot = replace(
            snapshot,
            session=SESSION + timedelta(days=day),
            history=history(returns[day + 1 : 252 + day], (A, B, C, E)),
            holdings=tuple(
                replace(holding(one.symbol, one.quantity, one.price * move), lots=one.lots)
                for one, move in zip(snapshot.holdings, moved, strict=True)
            ),
        )
        plans.append(make_plan(snapshot, policy))
        snapshot = filled(snapshot, plans[-1])
    return [plan for plan in plans if plan.legs]


@pytest.mark.parametrize(
    ("key", "limits"),
    [
        ("tracking_error", Optimizer(tracking_error_max=D("0.005"))),
        ("groups", Optimizer(groups=(GroupLimit("AB", (A, B), None, D("0.58")),))),
        ("groups", Optimizer(groups=(GroupLimit("AB", (A, B), None, D("0.605")),))),
        ("volatility", Optimizer(volatility_max=D("0.1223"))),
    ],
)
@pytest.mark.parametrize("action", [Action.PARTIAL, Action.IMMEDIATE])
def test_limits_near_or_beyond_the_targets_do_not_churn(
    key: str, limits: Optimizer, action: Action
) -> None:
    """Without a cooldown, over three months: what is brought inside does not break at once."""
    triggers = replace(Triggers(), **{key: action})
    snapshot, policy = asked(CALM, optimizer=limits, triggers=triggers)
    done = lived(policy, snapshot, seed=1)
    assert 1 <= len(done) <= (8 if action is Action.PARTIAL else 10)
    assert sum(plan.turnover for plan in done) < D("0.6")


def test_a_limit_that_gives_way_is_neared_once_and_then_left_alone() -> None:
    limits = Optimizer(volatility_max=D("0.115"), on_conflict=OnConflict.RELAX)
    triggers = Triggers(volatility=Action.IMMEDIATE, band=Action.NONE, single=Action.NONE)
    snapshot, policy = asked(CALM, optimizer=limits, triggers=triggers)
    done = lived(policy, snapshot, seed=1, days=20)
    assert 1 <= len(done) <= 2
    assert done[0].turnover > D("0.05")


def rising(days: int = 300) -> dict[Symbol, Bars]:
    """A rises by 0.3 % a day with little noise, the others go nowhere."""
    rng = np.random.default_rng(11)
    returns = 0.004 * rng.standard_normal((days, 4))
    returns[:, 0] += 0.003
    return history(returns, (A, B, C, E))


WINNER = "A 32@100 30% B 29@100 30% C 19@100 20% E 19@100 20%"
NARROW = Bands(absolute=D("0.015"), relative=None)


def patient() -> tuple[Snapshot, Policy]:
    """A has risen out of its band, lately, and would be kept for a while."""
    snapshot, policy = asked(WINNER)
    trend = TrendPolicy(trend_delay_days=40, trend_drift_max=D("0.03"))
    policy = replace(policy, bands=NARROW, trend=trend, worth=WorthPolicy(enabled=False))
    return replace(snapshot, history=rising()), policy


def test_the_sale_of_a_winner_in_a_strong_trend_is_put_off_and_said() -> None:
    snapshot, policy = patient()
    eager = replace(policy, trend=TrendPolicy())
    assert make_plan(snapshot, eager).legs[0].order.symbol == A
    plan = make_plan(snapshot, policy)
    assert plan.decision == Hold("outside its band, and its sale is put off: A")
    assert any(warning.startswith("A: not sold, it is up ") for warning in plan.warnings)
    assert not trips(snapshot, policy)


@pytest.mark.parametrize(
    "parts",
    [
        {"trend": TrendPolicy(trend_delay_days=1, trend_drift_max=D("0.03"))},
        {"trend": TrendPolicy(trend_delay_days=40, trend_drift_max=D("0.02"))},
        {"bands": replace(NARROW, single=D("0.02"))},
        {"triggers": Triggers(band=Action.IMMEDIATE)},
        {
            "optimizer": Optimizer(groups=(GroupLimit("AB", (A,), None, D("0.315")),)),
            "triggers": Triggers(groups=Action.PARTIAL),
        },
    ],
    ids=["too long", "too heavy", "far off", "immediate", "a limit"],
)
def test_it_is_bounded_in_time_and_drift_and_by_what_is_urgent(parts: dict[str, object]) -> None:
    snapshot, policy = patient()
    policy = replace(policy, **parts)
    assert trips(snapshot, policy)
    assert make_plan(snapshot, policy).legs[0].order.symbol == A


def test_cash_is_raised_from_a_winner_all_the_same() -> None:
    snapshot, policy = patient()
    short = replace(snapshot, cash=D(-300), settled=D(-300))
    plan = make_plan(short, policy)
    assert plan.decision.why.startswith("raises cash")
    assert A in {leg.order.symbol for leg in plan.legs}


def test_others_are_mended_while_a_winner_is_kept() -> None:
    text = "A 32@100 30% B 31.5@100 30% C 15@100 20% E 20.5@100 20%"
    snapshot, policy = patient()
    crowd, _ = asked(text)
    crowd = replace(crowd, history=snapshot.history)
    plan = make_plan(crowd, policy)
    assert plan.legs
    assert A not in {leg.order.symbol for leg in plan.legs}
    assert C in {leg.order.symbol for leg in plan.legs}
