"""An account in another market: dollars by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from brokers.words import Instrument, Symbol
from strategies.policy import TaxKind, TaxPolicy
from strategies.proposal import question
from strategies.shocks import BadShock, in_fractions, shocked, taxed_short
from tests.strategies.strategy_accounts import account, holding, lot, snapshot

D = Decimal
VTI, BND = Symbol("VTI"), Symbol("BND")


def test_prices_move_and_with_them_weights_and_value() -> None:
    before, policy = account("VTI 40@250 60% BND 125@80 40%", "0")
    after = shocked(before, {VTI: D("-0.2")})
    assert after.nav == 40 * 200 + 125 * 80
    assert after.weight(after.holding(VTI)) == D(8000) / 18000
    quote = after.holding(VTI).quote
    assert quote is not None
    assert quote.mid == 200
    assert quote.half_spread / quote.mid == D("0.01") / 250, "the spread is the same share"
    assert after.holding(BND) == before.holding(BND)
    assert question(after, policy).nav == 18000


def test_gains_follow_the_price() -> None:
    taxable = TaxPolicy(kind=TaxKind.TAXABLE, short_rate=D("0.3"), long_rate=D("0.2"))
    _, policy = account("VTI 40@250 10% BND 0@80 90%")
    one = replace(holding("VTI", "40", 250), lots=(lot("40@150/24-01-02"),))
    before = snapshot([one, holding("BND", "0", 80)], D(0))
    policy = replace(policy, tax=taxable)
    for shock, gain in (("0", D(100) / 250), ("-0.2", D(50) / 200), ("-0.4", D(0))):
        asked = question(shocked(before, {VTI: D(shock)}), policy, to_target=True)
        taxes = [each.taxes.tolist() for each in asked.problem.lots]
        due = float(gain) * 0.2
        assert taxes == ([[pytest.approx(due)]] if due else [])
    short = question(before, taxed_short(policy), to_target=True)
    assert short.problem.lots[0].taxes.tolist() == [pytest.approx(0.3 * 100 / 250)]


@pytest.mark.parametrize(
    ("symbol", "shock", "said"),
    [
        ("GONE", "-0.1", "neither held nor wanted"),
        ("VTI", "-1", "above -1"),
        ("VTI", "NaN", "no price"),
        ("VTI", "Infinity", "no price"),
    ],
)
def test_a_shock_that_makes_no_sense_is_refused(symbol: str, shock: str, said: str) -> None:
    before, _ = account("VTI 40@250 60%")
    with pytest.raises(BadShock, match=said):
        shocked(before, {Symbol(symbol): D(shock)})


def test_in_fractions_no_share_is_coarse() -> None:
    one = replace(holding("VTI", "40", 250), instrument=Instrument(VTI))
    before = replace(snapshot([one], D(100)), holdings=(one, replace(one, instrument=None)))
    _, policy = account("VTI 40@250 60%")
    whole = replace(policy, orders=replace(policy.orders, fractional=False))
    seen, told = in_fractions(before, whole)
    assert told.orders.fractional
    assert seen.holdings[0].instrument is not None
    assert seen.holdings[0].instrument.quantity_step == D("1e-9")
    assert seen.holdings[1] == before.holdings[1]


def test_the_way_to_target_is_asked_whatever_the_plan_would_do() -> None:
    drifted, policy = account("VTI 52@250 60% BND 87.5@80 40%", "0")
    planned = question(drifted, policy).problem
    wide = question(drifted, policy, to_target=True).problem
    assert wide.target.tolist() == pytest.approx([0.6, 0.4, 0.0], abs=0.02)
    assert wide.upper[0] == wide.current[0]
    assert wide.lower[0] == wide.target[0]
    assert planned.upper[0] < planned.current[0], "the plan must bring it back"
