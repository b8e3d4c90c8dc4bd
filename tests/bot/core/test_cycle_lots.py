"""Large orders are cut in round lots, the rest with the last wave, and the cash is there."""

from collections import defaultdict
from decimal import Decimal

from paced import uneven
from stage import (
    EXACT,
    D,
    MakeStage,
    Setting,
    StillTape,
    assert_sound,
    equal_policy,
    names,
)

from brokers.paper.synthetic import synthetic_tape
from brokers.words import OrderKey, Side, round_lot
from strategies.plan import child_number, leg_key
from strategies.policy import OrderPolicy, WorthPolicy
from strategies.policy.working import WorkingPolicy

NAV = D(3_000_000)


def test_each_slice_but_the_last_is_a_whole_number_of_round_lots(make: MakeStage) -> None:
    orders = OrderPolicy(fractional=False, working=WorkingPolicy(slice_adv=D("0.0005")))
    policy = equal_policy(names(6), orders=orders, worth=WorthPolicy(enabled=False))
    still = StillTape(synthetic_tape(6, seed=1))
    stage = make(policy, Setting(cash=NAV, options=EXACT, tape=still))
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), NAV)
    plan = stage.run_with_consent()
    slices: dict[OrderKey, list[tuple[int, Decimal]]] = defaultdict(list)
    for row in stage.book.orders(plan_id=plan.plan_id, limit=1000):
        assert row.last_event == "filled", row.detail
        number = child_number(row.order.key)
        slices[leg_key(row.order.key)].append((number, row.order.quantity))
    waves = max(map(len, slices.values()))
    assert waves > 1
    large, small = 0, 0
    for leg in plan.legs:
        cut = [quantity for _, quantity in sorted(slices[leg.order.key])]
        assert sum(cut) == leg.order.quantity
        lot = round_lot(leg.mid, plan.session)
        if leg.order.quantity < lot * waves:
            small += 1
            continue
        large += 1
        assert [quantity % lot for quantity in cut[:-1]] == [0] * (len(cut) - 1)
    assert large >= 2
    assert {leg.order.side for leg in plan.legs} == set(Side)
    assert_sound(stage)
