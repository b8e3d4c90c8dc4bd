"""A harvest in words: the pair, what it gains, and what the drift is while a target is shared."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.alerts.by_hand import ticket
from bot.alerts.mails import drift_warning, executed
from bot.report.letter import drift_bars
from bot.report.pairs import by_hand_texts, pair_texts, replaced_texts
from bot.report.say import cost_text, drift_text, say, verdict
from bot.report.tables import orders_table
from bot.report.text import plan_text
from brokers.words import Execution, Side, Symbol
from strategies.plan import Plan
from tests.bot.report.plans import NOW, line, rebalance

D = Decimal
VTI, ITOT = Symbol("VTI"), Symbol("ITOT")


def harvest() -> Plan:
    """VTI is 30 % of the account: all of it is sold at a loss, and 300 ITOT bought in its place."""
    plan = rebalance()
    lines = (
        line("VTI", "250", "120", "0", "0"),
        line("ITOT", "100", "0", "299", "0.30"),
        *(each for each in plan.lines if each.symbol not in {VTI, ITOT}),
    )
    lines = tuple(
        replace(each, shares_with=VTI) if each.symbol in {VTI, ITOT} else each for each in lines
    )
    sale = next(leg for leg in plan.legs if leg.order.symbol == VTI)
    sale = replace(sale, order=replace(sale.order, quantity=D(120)), paired=D(120))
    buy = next(leg for leg in plan.legs if leg.order.side is Side.BUY)
    order = replace(buy.order, symbol=ITOT, quantity=D(299), limit=D("100.01"))
    buy = replace(buy, order=order, paired=D(299), instead_of=(sale.order.key,))
    assert plan.worth is not None
    worth = replace(plan.worth, harvest=D(1200))
    return replace(plan, lines=lines, legs=(sale, buy), worth=worth)


def fill(plan: Plan, symbol: Symbol, quantity: str) -> Execution:
    order = next(leg.order for leg in plan.legs if leg.order.symbol == symbol)
    shares = D(quantity)
    return Execution(f"E{symbol}", 1, order.key, symbol, order.side, shares, order.limit, D(0), NOW)


def test_the_pair_is_said_with_what_holds_it_together() -> None:
    plan = harvest()
    (said,) = pair_texts(plan)
    assert said.startswith("120 VTI sold at a loss, 299 ITOT bought in its place: the sale goes")
    assert said in " ".join(say(plan).splitlines())
    assert not pair_texts(rebalance())


def test_tax_that_is_saved_is_part_of_the_gain() -> None:
    plan = harvest()
    assert "to gain 1,261.20 USD: 1,200.00 USD of tax saved by its losses, and 61.20 USD" in (
        cost_text(plan)
    )
    assert plan.worth is not None
    alone = replace(plan, worth=replace(plan.worth, benefit=D(0)))
    assert "to gain 1,200.00 USD of tax saved by its losses." in cost_text(alone)
    riskier = replace(plan, worth=replace(plan.worth, benefit=D(-3)))
    assert "saved by its losses, and 3.00 USD of higher risk" in cost_text(riskier)


def test_names_that_share_a_target_have_drifted_together() -> None:
    plan = harvest()
    assert plan.drift_before < D("0.06"), "not the 30 % by which VTI is over what it will be"
    assert plan.drift_after < D("0.06")
    assert {verdict(each) for each in plan.lines[:2]} == {"pair"}
    assert "0 of" not in drift_text(rebalance())
    warned = drift_warning(plan, D("0.25"))
    assert warned is None
    assert all(0 <= bar.left <= 100 and 0 <= bar.right <= 100 for bar in drift_bars(plan))


def test_the_orders_of_a_pair_are_told_apart_from_others() -> None:
    table = orders_table(harvest())
    assert [row[-1] for row in table.rows] == ["at a loss", "for VTI"]
    assert max(map(len, plan_text(harvest()).splitlines())) <= 80
    assert len(orders_table(rebalance()).columns) == len(table.columns) - 1


@pytest.mark.parametrize(
    ("sold", "bought", "text"),
    [
        ("120", "299", "120 VTI sold at a loss, 299 ITOT bought in its place."),
        ("50", "124", "50 VTI sold at a loss, 124 ITOT bought in its place."),
        ("50", "", "50 VTI sold at a loss, 0 ITOT bought in its place."),
    ],
)
def test_what_came_of_it_is_told_with_the_day_up_to_which_it_stays_sold(
    sold: str, bought: str, text: str
) -> None:
    plan = harvest()
    fills = [fill(plan, VTI, sold)] + ([fill(plan, ITOT, bought)] if bought else [])
    (said,) = replaced_texts(plan, fills)
    assert said.startswith(text)
    assert "Up to 2026-12-20 no account of the household buys VTI" in said
    assert text in " ".join(executed(plan, fills, NOW).text.split())
    assert not [*replaced_texts(plan, [])]


def test_who_trades_by_hand_is_told_what_comes_first() -> None:
    plan = harvest()
    (said,) = by_hand_texts(plan)
    assert "First sell 120 VTI, at a loss; once that is filled buy 299 ITOT" in said
    assert "Do not buy VTI in any account up to 2026-12-20" in said
    mail = ticket(plan, NOW)
    assert said in " ".join(mail.text.split())
    assert "trimtab fills import FILE" in mail.text
    assert "cancelled" not in mail.text
