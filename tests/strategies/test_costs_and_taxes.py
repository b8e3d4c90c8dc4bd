"""What trades cost, to the cent, and what the sale of a lot costs in tax."""

from dataclasses import replace
from datetime import date

import pytest
from strategy_accounts import D, account, holding, lot, lot_text

from brokers.words import Currency, Instrument, Relief, Side
from strategies.costs import crossing, fees, impact, rates
from strategies.policy import CostPolicy, TaxKind, TaxPolicy
from strategies.snapshot import Holding, Snapshot
from strategies.taxes import ladder, lots_sold, sale_today, tax_on

PLAIN = CostPolicy()
DEAR = CostPolicy(commission_per_share=D("0.005"), commission_min=D(1))
SHARE = holding("VTI", "1000", "250", half_spread="0.02")
EURO = Instrument(SHARE.symbol, Currency("EUR"))
ABROAD = replace(SHARE, instrument=EURO, fx=D("1.1"), price=D(275))


def test_crossing_the_spread_costs_half_of_it_on_every_share() -> None:
    assert crossing(SHARE, D(40)) == D("0.8")
    assert crossing(ABROAD, D(40)) == D("0.88")
    assert crossing(SHARE, D("0.001")) == D("0.0001")
    assert crossing(holding("VTI", "1", "250", "halted"), D(40)) == 0


@pytest.mark.parametrize(
    ("side", "quantity", "costs", "share", "fee"),
    [
        (Side.BUY, "40", PLAIN, SHARE, "0"),
        (Side.BUY, "40", DEAR, SHARE, "1"),
        (Side.BUY, "1000", DEAR, SHARE, "5"),
        # SEC 0.206 -> 0.21, FINRA 0.0078 -> 0.01
        (Side.SELL, "40", PLAIN, SHARE, "0.22"),
        # 0.0515 -> 0.06, 0.00195 -> 0.01
        (Side.SELL, "10", PLAIN, SHARE, "0.07"),
        (Side.SELL, "10", DEAR, SHARE, "1.07"),
        # SEC 515.00, FINRA at most 9.79
        (Side.SELL, "100000", PLAIN, SHARE, "524.79"),
        (Side.SELL, "40", PLAIN, ABROAD, "0"),
        (Side.SELL, "40", DEAR, ABROAD, "1"),
        (Side.SELL, "40", PLAIN, replace(SHARE, instrument=None), "0"),
    ],
)
def test_fees_are_rounded_up_to_the_cent(
    side: Side, quantity: str, costs: CostPolicy, share: Holding, fee: str
) -> None:
    assert fees(share, side, D(quantity), costs) == D(fee)


def test_impact_grows_with_the_root_of_the_share_of_a_days_volume() -> None:
    known = replace(SHARE, adv_shares=D(1_000_000))
    assert impact(known, D(10_000), D("0.01"), PLAIN) == D("2500.0000")
    assert impact(known, D(40_000), D("0.01"), PLAIN) == D("20000.0000")
    half = CostPolicy(impact=D("0.5"))
    assert impact(known, D(10_000), D("0.01"), half) == D("1250.0000")


def test_where_the_volume_is_unknown_a_trade_is_taken_for_a_thousandth_of_it() -> None:
    unknown = replace(SHARE, adv_shares=None)
    known = replace(SHARE, adv_shares=D(10_000_000))
    sizes = (
        impact(unknown, D(10_000), D("0.01"), PLAIN),
        impact(known, D(10_000), D("0.01"), PLAIN),
    )
    assert sizes == (D("790.5695"), D("790.5695"))


def test_rates_state_the_same_costs_per_unit_of_value() -> None:
    nav, share = D(10_000_000), D("0.25")
    known = replace(SHARE, adv_shares=D(1_000_000))
    rate = rates(known, D("0.01"), DEAR, nav)
    quantity = share * nav / known.price
    stated = impact(known, quantity, D("0.01"), DEAR)
    assert abs(rate.impact * share * share.sqrt() * nav - stated) <= D("0.0001")
    assert rate.linear == D("0.02") / 250 + D("0.005") / 250 + D("0.0000206") + D("0.000195") / 250
    unknown = rates(replace(SHARE, adv_shares=None), D("0.01"), PLAIN, nav)
    assert (unknown.impact, unknown.linear > rate.linear) == (0, True)
    abroad = rates(ABROAD, D("0.01"), PLAIN, nav)
    assert abroad.linear == D("0.02") / 250
    barred = rates(holding("VTI", "1", "250", "halted"), D("0.01"), PLAIN, nav)
    assert (barred.linear, barred.impact) == (0, 0)


TAXED = TaxPolicy()
LOTS = ("10@100/24-01-02", "10@280/24-06-03", "10@200/26-06-01", "10@?/24-01-02")


def taxed(
    *texts: str, quantity: str = "40", relief: Relief = Relief.FIFO
) -> tuple[Holding, Snapshot]:
    lots = tuple(lot(text, lot_id=str(n)) for n, text in enumerate(texts))
    share = replace(holding("VTI", quantity, "250"), lots=lots)
    snapshot, _ = account("VTI 1@250 100%")
    return share, replace(snapshot, relief=relief, holdings=(share,))


@pytest.mark.parametrize(
    ("lots", "sell", "tax"),
    [
        (LOTS[:1], "10", "225.00"),  # 1500 long-term at 15 %
        (LOTS[1:2], "10", "0.00"),  # a loss is worth nothing
        (LOTS[2:3], "10", "175.00"),  # 500 short-term at 35 %
        (LOTS[3:], "10", "375.00"),  # no basis: 2500 long-term at 15 %
        (LOTS[:2], "15", "225.00"),  # the loss does not lower the gain
        ((), "10", "875.00"),  # no lot: 2500 short-term at 35 %
        (LOTS[:1], "12", "400.00"),  # 225 for the lot and 175 for two shares without one
    ],
)
def test_tax_is_that_of_the_lots_sold(lots: tuple[str, ...], sell: str, tax: str) -> None:
    share, snapshot = taxed(*lots)
    sold = lots_sold(share, D(sell), Relief.FIFO)
    assert tax_on(share, D(sell), sold, snapshot, TAXED) == D(tax)


@pytest.mark.parametrize("kind", [TaxKind.ROTH, TaxKind.TRADITIONAL])
def test_an_account_that_is_not_taxable_pays_none(kind: TaxKind) -> None:
    share, snapshot = taxed(*LOTS)
    sold = lots_sold(share, D(10), Relief.FIFO)
    assert tax_on(share, D(10), sold, snapshot, TaxPolicy(kind)) == 0
    assert ladder(share, snapshot, TaxPolicy(kind)) == ()


def test_the_term_is_counted_to_the_session_and_the_basis_in_todays_rate() -> None:
    share, snapshot = taxed("10@100/25-11-20")
    sold = lots_sold(share, D(10), Relief.FIFO)
    assert tax_on(share, D(10), sold, snapshot, TAXED) == D("525.00")
    tomorrow = replace(snapshot, session=date(2026, 11, 21))
    assert tax_on(share, D(10), sold, tomorrow, TAXED) == D("225.00")
    dearer = replace(share, fx=D(2), price=D(500))
    assert tax_on(dearer, D(10), sold, tomorrow, TAXED) == D("450.00")


def test_lots_are_sold_as_the_broker_relieves_them() -> None:
    share, _ = taxed(*LOTS)
    assert [lot_text(one) for one in lots_sold(share, D(12), Relief.HIFO)] == [
        "10@280/24-06-03",
        "2@200/26-06-01",
    ]
    assert lots_sold(replace(share, lots=()), D(12), Relief.FIFO) == ()


@pytest.mark.parametrize(
    ("lots", "relief", "held", "steps"),
    [
        (LOTS[:3], Relief.FIFO, "30", "10 at 0.09, 10 at 0, 10 at 0.07"),
        (LOTS[:3], Relief.LIFO, "30", "10 at 0.07, 10 at 0, 10 at 0.09"),
        (LOTS[:3], Relief.HIFO, "30", "10 at 0, 10 at 0.07, 10 at 0.09"),
        (LOTS[:3], Relief.LOFO, "30", "10 at 0.09, 10 at 0.07, 10 at 0"),
        (LOTS[:3], Relief.SPECIFIC, "30", "10 at 0.09, 10 at 0, 10 at 0.07"),
        (LOTS[1:3], Relief.FIFO, "25", "10 at 0, 10 at 0.07, 5 at 0.35"),
        (LOTS[1:2], Relief.FIFO, "10", ""),
        ((), Relief.FIFO, "10", "10 at 0.35"),
        ((), Relief.FIFO, "0", ""),
    ],
)
def test_the_ladder_of_tax_has_the_lots_as_the_broker_sells_them(
    lots: tuple[str, ...], relief: Relief, held: str, steps: str
) -> None:
    share, snapshot = taxed(*lots, quantity=held, relief=relief)
    found = ladder(share, snapshot, TAXED)
    said = ", ".join(f"{q.normalize():f} at {t.normalize():f}" for q, t in found)
    assert said == steps


def test_minimum_tax_is_judged_in_the_currency_of_the_lots() -> None:
    """At 250 and a rate of 2 a share is worth 125 abroad: one lot there is at a loss."""
    share, snapshot = taxed("10@130/24-06-03", "10@120/24-01-02", relief=Relief.MINIMUM_TAX)
    abroad = replace(share, fx=D(2))
    sale = sale_today(abroad, snapshot, TAXED)
    assert sale.price == 125
    sold = lots_sold(abroad, D(10), Relief.MINIMUM_TAX, sale)
    assert [lot_text(one) for one in sold] == ["10@130/24-06-03"]
    found = ladder(replace(abroad, quantity=D(20)), snapshot, TAXED)
    assert [(q, t.normalize()) for q, t in found] == [(10, D(0)), (10, D("0.006"))]
