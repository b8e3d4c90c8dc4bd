"""Any account, any policy: one cycle that fills mends it, and a second has nothing to do."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stage import EXACT, D, Setting, Stage, StillTape, assert_sound, equal_policy, names, set_stage

from brokers.paper.synthetic import synthetic_tape
from brokers.words import Symbol
from strategies.plan import Hold, Plan
from strategies.policy import (
    Aim,
    Bands,
    CashPolicy,
    OrderPolicy,
    Period,
    Policy,
    Schedule,
    WorthPolicy,
)
from strategies.policy.target import Target

MARKET = StillTape(synthetic_tape(8, seed=1))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    count = draw(st.integers(2, 8))
    parts = [D(part) for part in draw(st.lists(st.integers(1, 5), min_size=count, max_size=count))]
    total = sum(parts)
    weights = [(part / total).quantize(D("0.0001")) for part in parts]
    weights[0] += 1 - sum(weights)
    target = Target("fixed", tuple(zip(names(count), weights, strict=True)))
    absolute = draw(st.sampled_from([D("0.02"), D("0.05"), None]))
    bands = Bands(
        absolute=absolute,
        relative=draw(st.sampled_from([D("0.1"), D("0.25")])),
        aim=draw(st.sampled_from(Aim)),
        single=draw(st.sampled_from([D("0.05"), None])) if absolute else None,
    )
    return equal_policy(
        names(count),
        target=target,
        bands=bands,
        cash=CashPolicy(weight=draw(st.sampled_from([D("0.01"), D("0.05")]))),
        worth=WorthPolicy(enabled=False),
        schedule=Schedule(period=draw(st.sampled_from([Period.NEVER, Period.MONTHLY]))),
        orders=OrderPolicy(fractional=draw(st.booleans())),
    )


HOLDINGS = st.lists(st.sampled_from(["0", "0.02", "0.05", "0.1", "0.3"]), min_size=8, max_size=8)


def hold_some(stage: Stage, shares: list[str], cash: Decimal) -> None:
    """Whatever the account happens to hold, as far as its cash goes."""
    wanted: dict[Symbol, Decimal] = {}
    for symbol, share in zip(names(len(stage.policy.target.weights)), shares, strict=False):
        if D(share) and sum(wanted.values()) + D(share) <= D("0.9"):
            wanted[symbol] = D(share)
    if wanted:
        stage.hold_weights(wanted, cash)


def assert_mended(stage: Stage, plan: Plan) -> None:
    """Every name lies inside its band, or nearer to it than an order can bring it."""
    nav = stage.nav()
    for line in plan.lines:
        out = max(line.low - line.weight_before, line.weight_before - line.high, D(0))
        least = max(stage.policy.orders.value_min, line.price)
        assert out * nav <= least, f"{line.symbol} is {out:.4f} outside its band"


@given(policies(), HOLDINGS, st.sampled_from([20_000, 60_000, 150_000]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_cycle_mends_and_a_second_does_nothing(
    template: Path, policy: Policy, shares: list[str], cash: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(cash=D(cash), options=EXACT, tape=MARKET)
        stage = set_stage(Path(folder) / "a", template, policy, setting)
        hold_some(stage, shares, D(cash))
        stage.run_with_consent()
        assert_sound(stage)
        assert stage.cash() >= policy.cash.floor(stage.nav())
        stage.clock.sleep(60)
        again = stage.run_with_consent()
        assert isinstance(again.decision, Hold), again.decision
        assert_mended(stage, again)
        stage.close()
