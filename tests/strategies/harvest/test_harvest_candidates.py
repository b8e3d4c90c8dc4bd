"""Harvest candidates: which lots, with which dollars, and why not the others."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from harvest_account import (
    NEVER,
    RATES,
    D,
    bars,
    found,
    ledger,
    listed,
    policy,
    snapshot,
    taxes,
    trade,
)

from brokers.words import Relief, Side, Symbol
from strategies.costs import crossing, fees, impact
from strategies.harvest import Home, Verdict, Wishes, candidates, realised
from strategies.policy import Optimizer, TaxKind, TaxPolicy
from strategies.policy.taxpayer import Taxpayer
from strategies.taxes.funds import with_fund_gains
from strategies.taxes.netting import Carryover

A_FELL = "2026-06-01 main buys 100 VTI at 100 as A"
AT_80 = "VTI 80, ITOT 40"

CASES = {
    "a short-term loss saves the short rate": (
        A_FELL,
        AT_80,
        "A harvest loss 2000.00 saved 700.00",
    ),
    "a long-term loss saves the long rate where it meets long gains": (
        "2025-06-02 main buys 100 VTI at 100 as A",
        AT_80,
        "A harvest loss 2000.00 saved 300.00",
    ),
    "a gain is left alone": (
        "2026-06-01 main buys 100 VTI at 70 as A",
        AT_80,
        "A at-a-gain",
    ),
    "an IRA's purchase of the 30 days before is a hard stop": (
        f"{A_FELL}\n2026-11-10 ira buys 5 VTI at 80 as R",
        AT_80,
        "A lost-for-good loss 2000.00 lost 100.00",
    ),
    "31 days before it is none": (
        f"{A_FELL}\n2026-10-20 ira buys 5 VTI at 80 as R",
        AT_80,
        "A harvest loss 2000.00 saved 700.00",
    ),
    "a reinvested dividend in a spouse's account defers its part": (
        f"{A_FELL}\n2026-11-10 hers reinvests 5 VTI at 80 as R",
        AT_80,
        "A deferred loss 2000.00 deferred 100.00",
    ),
    "what replaced a loss already takes no other": (
        f"""{A_FELL}
        2026-06-02 hers buys 5 VTI at 100 as H
        2026-11-02 hers sells 5 VTI at 90 as H
        2026-11-10 hers buys 5 VTI at 80 as R""",
        AT_80,
        "A harvest loss 2000.00 saved 700.00",
    ),
    "a loss that moved into the basis is harvested with it": (
        """2026-06-01 main buys 10 VTI at 100 as O
        2026-09-01 main sells 10 VTI at 60 as O
        2026-09-02 main buys 100 VTI at 90 as A""",
        AT_80,
        "A harvest loss 1400.00 saved 490.00",
    ),
    "the broker sells the gain first, and with it it still pays": (
        f"2026-05-01 main buys 10 VTI at 70 as G\n{A_FELL}",
        AT_80,
        "G sold-with-it saved -35.00, A harvest loss 2000.00 saved 700.00",
    ),
    "the broker sells the gain first, and with it it does not pay": (
        f"2026-05-01 main buys 300 VTI at 70 as G\n{A_FELL}",
        AT_80,
        "G at-a-gain, A behind-others loss 2000.00 saved 700.00",
    ),
    "a long-term gain first costs the long rate": (
        f"2025-05-01 main buys 300 VTI at 70 as G\n{A_FELL}",
        AT_80,
        "G sold-with-it saved -450.00, A harvest loss 2000.00 saved 700.00",
    ),
    "what was just bought would go with the lot before it, unless only that one is sold": (
        f"{A_FELL}\n2026-11-10 main buys 100 VTI at 90 as B",
        AT_80,
        "A deferred loss 2000.00 deferred 2000.00, B deferred loss 1000.00 saved 1050.00",
    ),
    "of what is identical nothing may be bought instead": (
        "2026-06-01 main buys 10 VOO at 500 as A",
        "VOO 400, VTI 80",
        "A harvest loss 1000.00 saved 350.00",
    ),
    "a purchase of the identical washes": (
        "2026-06-01 main buys 10 VOO at 500 as A\n2026-11-10 roth buys 1 IVV at 400 as R",
        "VOO 400, VTI 80",
        "A lost-for-good loss 1000.00 lost 100.00",
    ),
    "no substitute is named": (
        "2026-06-01 main buys 10 BND at 100 as A",
        "BND 80, ITOT 40",
        "A no-substitute loss 200.00",
    ),
    "the substitute was sold at a loss in the last 30 days": (
        f"""{A_FELL}
        2026-05-01 hers buys 10 ITOT at 50 as S
        2026-11-01 hers sells 10 ITOT at 40 as S""",
        AT_80,
        "A no-substitute loss 2000.00",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_table_for_an_accountant(name: str) -> None:
    text, prices, expected = CASES[name]
    rows = found(text, prices)
    for said in expected.split(", "):
        lot, verdict, *figures = said.split()
        row = rows.pop(lot)
        assert row.verdict == verdict.replace("-", " "), row.why
        for figure, amount in zip(figures[::2], figures[1::2], strict=True):
            assert row.dollars is not None
            assert getattr(row.dollars, figure) == D(amount), (figure, row.dollars)
    assert not rows


def test_all_dollars_of_a_harvest_by_hand() -> None:
    wishes = Wishes(D(10), D("0.05"), D("0.05"), D(1))
    row = found(A_FELL, AT_80, wishes=wishes)["A"]
    kept = row.dollars
    assert kept is not None
    later = 2000 * D("0.15") / D("1.05") ** 10
    assert (kept.saved, kept.later) == (700, round(later, 2))
    seen = snapshot(A_FELL, AT_80)
    vti, itot = seen.holding(Symbol("VTI")), seen.holding(Symbol("ITOT"))
    spread = crossing(vti, D(100)) + crossing(itot, D(200))
    assert kept.spent.spread == spread == 3
    costs = policy().costs
    sell, buy = fees(vti, Side.SELL, D(100), costs), fees(itot, Side.BUY, D(200), costs)
    assert kept.spent.fees == sell + buy
    vol = {name: _daily(name) for name in ("VTI", "ITOT")}
    moved = impact(vti, D(100), vol["VTI"], costs) + impact(itot, D(200), vol["ITOT"], costs)
    assert abs(kept.spent.impact - moved) < D("0.01")
    error = row.substitutes[0].tracking_error
    assert error is not None
    share = 8000 / seen.nav
    tracking = D("2.5") * D(31) / 365 * seen.nav * (share * D(repr(error))) ** 2
    assert abs(kept.tracking - tracking) < D("0.01")
    assert kept.net == kept.value - kept.spent.total - kept.tracking
    assert row.break_even_move is not None
    assert abs(row.break_even_move - kept.net / 8000) < D("0.0001")
    assert row.why.startswith("saves 700.00 USD of tax now, worth 515.83 USD after the tax that")
    assert row.why.endswith("buy 200 ITOT instead")


def _daily(name: str) -> Decimal:
    """Volatility of a day, the plain way."""
    closes = bars(Symbol(name)).closes
    moves = [b / a - 1 for a, b in pairwise(closes)]
    mean = sum(moves) / len(moves)
    return D(repr((sum((one - mean) ** 2 for one in moves) / (len(moves) - 1)) ** 0.5))


def test_the_tracking_error_is_that_of_the_difference() -> None:
    rows = found(A_FELL, AT_80)["A"].substitutes
    one, other = bars(Symbol("VTI")).closes, bars(Symbol("ITOT")).closes
    moves = [b / a - d / c for a, b, c, d in zip(one, one[1:], other, other[1:], strict=False)]
    mean = sum(moves) / len(moves)
    error = (252 * sum((each - mean) ** 2 for each in moves) / (len(moves) - 1)) ** 0.5
    assert rows[0].tracking_error == pytest.approx(error, rel=1e-6)
    assert rows[0].correlation == pytest.approx(1, abs=0.01)


def test_what_does_not_pay_is_told_with_both_sums() -> None:
    wishes = replace(NEVER, net_min=D(0))
    rows = candidates(
        snapshot("2026-06-01 main buys 100 VTI at 80.02 as A", AT_80, half_spread="0.04"),
        policy(),
        Home(ledger("2026-06-01 main buys 100 VTI at 80.02 as A")),
        taxes(),
        wishes,
        listed(),
    )
    assert rows[0].verdict is Verdict.COST
    kept = rows[0].sale
    assert kept is not None
    assert rows[0].why == f"not harvested: saves 0.70 USD and costs {kept.cost:.2f} USD"
    assert kept.cost > 12


SENTENCES = {
    "2026-11-20 ira reinvests 6 VTI at 80 as R": (
        "not harvested: a purchase of 2026-11-20 in ira would take 120.00 USD of the loss for good"
    ),
    "2026-11-09 hers buys 6 VTI at 80 as R": (
        "not harvested: a purchase of 2026-11-09 in hers would defer 120.00 USD of the loss;"
        " from 2026-12-10 on it counts"
    ),
    "2026-05-01 main buys 300 VTI at 70 as G": (
        "not harvested: the broker sells the lot of 2026-05-01 first and cannot name a lot;"
        " together it saves -350.00 USD now and brings 0.00 USD of tax later"
    ),
}


@pytest.mark.parametrize("also", SENTENCES)
def test_the_sentence_names_the_purchase(also: str) -> None:
    assert found(f"{A_FELL}\n{also}", AT_80)["A"].why == SENTENCES[also]


def test_a_deferral_is_priced_where_the_owner_allows_it() -> None:
    text = f"{A_FELL}\n2026-11-10 hers buys 40 VTI at 80 as R"
    row = found(text, AT_80, wishes=replace(NEVER, may_defer=True))["A"]
    assert row.verdict is Verdict.HARVEST
    assert row.dollars is not None
    assert (row.dollars.deferred, row.dollars.saved) == (800, 420)
    assert "800.00 USD of loss only move to other lots" in row.why
    assert row.free_from == date(2026, 12, 11)


def test_never_where_a_part_is_lost_for_good() -> None:
    text = f"{A_FELL}\n2026-11-10 ira buys 1 VTI at 80 as R"
    wishes = replace(NEVER, may_defer=True)
    assert found(text, AT_80, wishes=wishes)["A"].verdict is Verdict.LOST


def test_orders_in_the_market_count_as_purchases() -> None:
    home = Home(ledger(A_FELL), buys=(trade("2026-11-20 ira buys 2 VTI at 80 as order"),))
    row = found(A_FELL, AT_80, home=home)["A"]
    assert row.verdict is Verdict.LOST
    assert [move.account for move in row.because] == ["ira"]


YEARS = (
    # short   long     brought short, long    loss 2000 short-term saves
    (100_000, 0, 0, 0, "700.00", "0.00"),
    (0, 100_000, 0, 0, "300.00", "0.00"),
    (1_000, 100_000, 0, 0, "500.00", "0.00"),
    (0, 0, 0, 0, "700.00", "0.00"),  # against other income, up to 3,000
    (-2_500, 0, 0, 0, "175.00", "1500.00"),
    (-3_000, 0, 0, 0, "0.00", "2000.00"),
    (0, 0, 9_000, 0, "0.00", "2000.00"),
    (1_000, 0, 0, 500, "700.00", "0.00"),
    (0, 1_000, 500, 0, "600.00", "0.00"),
)


@pytest.mark.parametrize(("short", "long", "old_short", "old_long", "saved", "carried"), YEARS)
def test_what_a_loss_saves_depends_on_the_year(
    short: int, long: int, old_short: int, old_long: int, saved: str, carried: str
) -> None:
    year = taxes(short, long, Carryover(D(old_short), D(old_long)))
    kept = found(A_FELL, AT_80, year)["A"].sale
    assert kept is not None
    assert (kept.saved, kept.carried) == (D(saved), D(carried))


def test_a_loss_that_only_waits_is_not_harvested() -> None:
    row = found(A_FELL, AT_80, taxes(-3_000, 0))["A"]
    assert row.verdict is Verdict.COST
    assert row.why == (
        "not harvested: saves nothing: the year's gains and deduction are used, 2,000.00 USD of"
        " loss would only be carried on"
    )


def test_losses_compete_for_the_same_gains() -> None:
    text = f"{A_FELL}\n2026-06-01 main buys 100 VXUS at 60 as X"
    year = taxes(2_500, 0, Carryover(D(3_000), D(0)))
    rows = found(text, "VTI 80, ITOT 40, VXUS 50, IXUS 50", year)
    assert [rows[lot].sale.saved for lot in ("A", "X")] == [700, 175]  # type: ignore[union-attr]
    assert rows["X"].sale.carried == 500  # type: ignore[union-attr]


def test_the_tax_that_comes_later_is_on_what_saved_tax_now() -> None:
    wishes = Wishes(D(10), D("0.05"), D(0), D(1))
    year = taxes(-2_500, 0)
    kept = found(A_FELL, AT_80, year, wishes)["A"].sale
    assert kept is not None
    assert (kept.saved, kept.carried, kept.later) == (175, 1500, 75)


def test_thresholds_in_money_and_as_a_share() -> None:
    rich = found(A_FELL, AT_80, wishes=replace(NEVER, net_min=D(800)))["A"]
    assert rich.verdict is Verdict.SMALL
    assert rich.why.startswith("not harvested: nets 69")
    assert rich.why.endswith("you ask for 800.00 USD")
    far = found(A_FELL, AT_80, wishes=replace(NEVER, fall_min=D("0.25")))["A"]
    assert far.why == "not harvested: it has fallen by 20.0 %, you ask for 25.0 %"
    assert found(A_FELL, AT_80, wishes=replace(NEVER, fall_min=D("0.2")))["A"].verdict == "harvest"


TWO_LOTS = """2026-05-01 main buys 100 VTI at 79 as G
2026-06-01 main buys 100 VTI at 100 as A
2026-07-01 main buys 100 VTI at 70 as H"""


@pytest.mark.parametrize(
    ("relief", "order", "sold"),
    [
        (Relief.FIFO, "G A H", "G A"),
        (Relief.LIFO, "H A G", "H A"),
        (Relief.HIFO, "A G H", "A"),
        (Relief.LOFO, "H G A", "H G A"),
        (Relief.SPECIFIC, "G A H", "G A"),
        (Relief.MINIMUM_TAX, "A G H", "A"),
    ],
)
def test_only_what_the_broker_sells_next_is_sold(relief: Relief, order: str, sold: str) -> None:
    rows = found(TWO_LOTS, AT_80, relief=relief)
    assert " ".join(rows) == order
    gone = [lot for lot, row in rows.items() if row.verdict in {"harvest", "sold with it"}]
    assert " ".join(gone) == sold
    assert rows["A"].ahead == tuple(order.split()[: order.split().index("A")])


def test_a_lot_of_unknown_basis_blocks_those_behind_it() -> None:
    seen = snapshot(f"2026-05-01 main buys 5 VTI at 0 as G\n{A_FELL}", AT_80)
    home = Home(ledger(f"2026-05-01 main buys 5 VTI at 0 as G\n{A_FELL}"))
    held = seen.holding(Symbol("VTI"))
    lots = (replace(held.lots[0], unit_cost=None), held.lots[1])
    others = tuple(each for each in seen.holdings if each.symbol != "VTI")
    seen = replace(seen, holdings=(replace(held, lots=lots), *others))
    rows = {row.lot: row for row in candidates(seen, policy(), home, taxes(), NEVER, listed())}
    assert (rows["G"].verdict, rows["G"].gain) == (Verdict.UNKNOWN_BASIS, None)
    assert rows["G"].why == "not harvested: basis unknown"
    assert rows["A"].verdict is Verdict.BEHIND
    assert rows["A"].why == (
        "not harvested: the lot of 2026-05-01, which the broker sells first, is not to be"
        " harvested: basis unknown"
    )
    behind = replace(seen, relief=Relief.LIFO)
    rows = {row.lot: row for row in candidates(behind, policy(), home, taxes(), NEVER, listed())}
    assert rows["A"].verdict is Verdict.HARVEST


def test_what_the_household_does_not_know_is_not_harvested() -> None:
    rows = found(A_FELL, AT_80, home=Home(ledger("2026-06-01 main buys 90 VTI at 100 as A")))
    assert rows["A"].verdict is Verdict.UNSURE
    assert "holds 100 shares of it, the household's trades tell of 90" in rows["A"].why
    doubt = Home(ledger(A_FELL), doubts=("nothing is known of ira",))
    assert found(A_FELL, AT_80, home=doubt)["A"].why == "not harvested: nothing is known of ira"
    unsure = Home(ledger(A_FELL), unsure={("main", "A"): "it came from another broker"})
    assert found(A_FELL, AT_80, home=unsure)["A"].verdict is Verdict.UNSURE


def test_a_gain_that_is_soon_long_term_is_waited_for() -> None:
    text = """2025-11-25 main buys 100 VTI at 50 as G
    2026-06-01 main buys 100 VTI at 115 as A"""
    row = found(text, AT_80, taxes(200_000, 0))["A"]
    assert row.verdict is Verdict.WAIT
    assert (
        "the lot of 2025-11-25, which the broker sells first, is long-term on 2026-11-26" in row.why
    )
    gain = found(text, AT_80)["G"]
    assert (gain.until, gain.verdict) == (date(2026, 11, 26), Verdict.GAIN)
    assert gain.waiting is not None
    assert gain.waiting > 590


def test_a_loss_is_worth_less_when_it_is_long_term() -> None:
    row = found("2025-11-25 main buys 100 VTI at 100 as A", AT_80)["A"]
    assert row.until == date(2026, 11, 26)
    assert row.waiting is not None
    assert row.waiting < -400


def test_substitutes_are_ranked_and_the_refused_come_last() -> None:
    text = (
        f"{A_FELL}\n2026-06-02 hers buys 1 VOO at 500 as S\n2026-11-02 hers sells 1 VOO at 400 as S"
    )
    seen = snapshot(text, "VTI 80, SCHB 20, ITOT 40, IVV 400")
    wanted = listed({"VTI": ("SCHB", "IVV", "VTI", "GONE", "ITOT")})
    row = candidates(seen, policy(), Home(ledger(text)), taxes(), NEVER, wanted)[0]
    assert [each.symbol for each in row.substitutes][:2] == ["ITOT", "SCHB"]
    said = {each.symbol: each.objection for each in row.substitutes}
    assert said["IVV"] == (
        "a loss of 100.00 USD on VOO was taken on 2026-11-02: not to be bought up to 2026-12-02"
    )
    assert (said["VTI"], said["GONE"]) == ("it is the same", "nothing is known about it")
    assert row.substitute == "ITOT"
    costs = [each.dollars for each in row.substitutes[:2]]
    assert costs == sorted(costs)


def test_what_the_broker_turned_down_of_late_comes_after_all_others() -> None:
    seen = snapshot(A_FELL, f"{AT_80}, SCHB 20")
    why = "the broker turned an order in it down on 2026-11-18: not tradable"
    holdings = tuple(
        replace(one, turned_down=why) if one.symbol == "ITOT" else one for one in seen.holdings
    )
    seen, home = replace(seen, holdings=holdings), Home(ledger(A_FELL))
    both = listed({"VTI": ("ITOT", "SCHB")})
    (row,) = candidates(seen, policy(), home, taxes(), NEVER, both)
    assert row.substitute == "SCHB"
    (row,) = candidates(seen, policy(), home, taxes(), NEVER, listed())
    assert row.why == f"not harvested: no substitute may be bought: ITOT: {why}"


def test_an_identical_substitute_is_refused() -> None:
    text = "2026-06-01 main buys 10 VOO at 500 as A"
    seen = snapshot(text, "VOO 400, IVV 400")
    wanted = listed({"VOO": ("IVV",)})
    row = candidates(seen, policy(), Home(ledger(text)), taxes(), NEVER, wanted)[0]
    assert row.why == (
        "not harvested: no substitute may be bought: IVV: it is substantially identical to VOO"
    )


def test_one_harvest_never_washes_another() -> None:
    text = f"{A_FELL}\n2026-06-01 main buys 100 ITOT at 60 as I"
    seen = snapshot(text, "VTI 80, ITOT 40, SCHB 20")
    wanted = listed({"VTI": ("ITOT",), "ITOT": ("VTI", "SCHB")})
    rows = candidates(seen, policy(), Home(ledger(text)), taxes(), NEVER, wanted)
    sold = {row.symbol for row in rows if row.verdict is Verdict.HARVEST}
    bought = {row.substitute for row in rows if row.verdict is Verdict.HARVEST}
    assert sold
    assert not sold & bought
    assert {row.lot: row.verdict for row in rows}["I"] in {Verdict.HARVEST, Verdict.BOUGHT}


def test_the_owner_s_word_and_the_market_s() -> None:
    seen, home = snapshot(A_FELL, AT_80), Home(ledger(A_FELL))
    kept = policy(optimizer=Optimizer(no_sell=(Symbol("VTI"),)))
    row = candidates(seen, kept, home, taxes(), NEVER, listed())[0]
    assert (row.verdict, row.why) == (Verdict.BARRED, "not harvested: you forbid to sell VTI")
    unbought = policy(optimizer=Optimizer(no_buy=(Symbol("ITOT"),)))
    row = candidates(seen, unbought, home, taxes(), NEVER, listed())[0]
    assert row.why.endswith("ITOT: you forbid to buy it")
    barred = tuple(replace(each, quote=None, barred="halted") for each in seen.holdings)
    row = candidates(replace(seen, holdings=barred), policy(), home, taxes(), NEVER, listed())[0]
    assert row.why == "not harvested: VTI cannot be sold now: halted"
    roth = policy(tax=TaxPolicy(kind=TaxKind.ROTH))
    assert candidates(seen, roth, home, taxes(), NEVER, listed()) == ()


def test_a_substitute_without_a_past_is_refused() -> None:
    seen = snapshot(A_FELL, AT_80)
    for lacking, who in (("ITOT", "ITOT"), ("VTI", "VTI")):
        told = {name: past for name, past in seen.history.items() if name != lacking}
        row = candidates(
            replace(seen, history=told), policy(), Home(ledger(A_FELL)), taxes(), NEVER, listed()
        )[0]
        assert row.why.endswith(f"ITOT: {who} has no price history to compare by")


def test_what_the_year_has_realised() -> None:
    text = """2025-01-02 main buys 10 VTI at 100 as L
    2026-01-02 hers buys 10 VTI at 100 as S
    2026-01-02 ira buys 10 VTI at 100 as R
    2025-06-02 main sells 2 VTI at 50 as L
    2026-06-01 main sells 2 VTI at 150 as L
    2026-06-01 hers sells 5 VTI at 90 as S
    2026-06-01 ira sells 5 VTI at 90 as R"""
    home = Home(ledger(text))
    assert realised(home, 2026) == (-50, 100)
    assert realised(replace(home, unsure={("main", "L"): "unknown"}), 2026) == (-50, 0)


def test_exempt_interest_leaves_a_young_loss_alone_and_says_by_which_rule() -> None:
    owner = policy(taxpayer=Taxpayer(exempt=(Symbol("VTI"),)))
    for day, verdict in ((date(2026, 8, 3), Verdict.LOST), (date(2026, 5, 4), Verdict.HARVEST)):
        seen = replace(snapshot(A_FELL, AT_80), paid={Symbol("VTI"): ((day, D(1)),)})
        (row,) = candidates(seen, owner, Home(ledger(A_FELL)), taxes(), NEVER, listed())
        assert row.verdict is verdict, "what was paid before it was bought takes nothing"
        if verdict is Verdict.LOST:
            assert row.why == (
                "not harvested: held for six months or less, and it paid exempt interest on"
                " 2026-08-03: as much of the loss as was exempt would be disallowed"
                " (26 U.S.C. 852(b)(4)(B))"
            )


def test_what_is_open_in_options_or_short_is_left_alone_with_its_sentence() -> None:
    said = "VTI260320C00250000, a contract on VTI, is open in ira: outside this ledger"
    home = Home(ledger(A_FELL), outside={"VTI": said})
    (row,) = candidates(snapshot(A_FELL, AT_80), policy(), home, taxes(), NEVER, listed())
    assert (row.verdict, row.why) == (Verdict.UNSURE, f"not harvested: {said}")
    free = replace(home, outside={"ITOT": said})
    (row,) = candidates(snapshot(A_FELL, AT_80), policy(), free, taxes(), NEVER, listed())
    assert row.verdict is Verdict.HARVEST


def test_what_a_fund_paid_of_its_gains_makes_as_much_of_a_young_loss_long_term() -> None:
    """2,000 USD of loss, 500 of capital gains: 1,500 at 35 % and 500 at 15 % are 600 USD."""
    paid = {("main", "VTI"): ((date(2026, 8, 3), D(5)),)}
    home = Home(ledger(A_FELL), fund_gains=paid)
    row = found(A_FELL, AT_80, home=home)["A"]
    assert row.sale is not None
    assert (row.verdict, row.sale.loss, row.sale.saved) == (Verdict.HARVEST, 2000, 600)
    assert (
        "500.00 USD of the loss are long-term, for the fund paid capital gains within six months"
        " (26 U.S.C. 852(b)(4)(A))"
    ) in row.why
    sold = "2026-06-01 main buys 200 VTI at 100 as A\n2026-09-01 main sells 100 VTI at 80 as A"
    told = replace(
        home, ledger=replace(ledger(sold), disposals=with_fund_gains(ledger(sold).disposals, paid))
    )
    assert realised(told, 2026) == (-1500, -500)


def test_amounts_are_of_the_right_size_for_a_part_of_a_lot() -> None:
    """The household's basis counts, not the book's: a part of the lot took up a loss."""
    text = """2026-06-01 hers buys 10 VTI at 120 as O
    2026-09-01 hers sells 10 VTI at 100 as O
    2026-09-02 main buys 40 VTI at 100 as A"""
    row = found(text, AT_80)["A"]
    assert (row.basis, row.gain, row.value) == (4200, -1000, 3200)
    assert row.held_since == date(2026, 6, 2)
    assert RATES.short * 1000 == row.sale.saved  # type: ignore[union-attr]
