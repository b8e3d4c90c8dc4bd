"""What is said of a plan: the words, the numbers in them, and that none is missing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report import amounts
from bot.report.reasons import in_short, reason_text
from bot.report.say import (
    brief,
    cost_text,
    decision_text,
    headline,
    proof_texts,
    say,
    verdict,
    warnings,
    worst_text,
)
from brokers.words import Environment, Symbol
from strategies.drift import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    CorrelationsChanged,
    Drifted,
    FarOff,
    FirstAllocation,
    HarvestPays,
    LimitBroken,
    Reason,
    TotalDrift,
)
from strategies.plan import Hold, Rebalance
from strategies.policy import Period
from strategies.worth import Proof
from tests.bot.report.plans import USD, calm, hold, line, rebalance

D = Decimal
VNQ = Symbol("VNQ")
VTI, BND = Symbol("VTI"), Symbol("BND")

REASONS = (
    (
        Drifted(VNQ, D("0.108"), D("0.08"), D("0.06"), D("0.10")),
        "VNQ is 10.80 %, over its band of 6.00 % to 10.00 % (target 8.00 %)",
    ),
    (
        Drifted(VNQ, D("0.05"), D("0.08"), D("0.06"), D("0.10")),
        "VNQ is 5.00 %, under its band of 6.00 % to 10.00 % (target 8.00 %)",
    ),
    (
        FarOff(VNQ, D("0.14"), D("0.08"), D("0.05")),
        "VNQ is 6.00 pt away from target, 5.00 pt at most",
    ),
    (
        Concentrated(VNQ, D("0.16"), D("0.08"), D("1.5")),
        "VNQ is 2.00 times its target, 1.50 times at most",
    ),
    (
        Concentrated(VNQ, D("0.16"), D(0), D("1.5")),
        "VNQ is many times its target, 1.50 times at most",
    ),
    (
        CalendarDue(Period.MONTHLY, date(2026, 10, 1)),
        "the monthly rebalance is due (last trade 2026-10-01)",
    ),
    (CalendarDue(Period.YEARLY, None), "the yearly rebalance is due (never traded before)"),
    (CashToInvest(D(12000)), "there is 12,000.00 USD of cash to invest"),
    (CashToRaise(D("0.5")), "there is 0.50 USD of cash to raise"),
    (FirstAllocation(D(5)), "nothing is held yet: first allocation of 5.00 USD"),
    (
        LimitBroken("tracking-error", "", D("0.0235"), D("0.02"), "most", D("0.001")),
        "tracking error is 2.35 % a year, 2.00 % at most",
    ),
    (
        LimitBroken("volatility", "", D("0.182"), D("0.15"), "most", D("0.171")),
        (
            "volatility is 18.20 % a year, 15.00 % at most; "
            "trades within the bands bring it to 17.10 % at best"
        ),
    ),
    (
        LimitBroken("value-at-risk", "", D("0.0171"), D("0.017"), "most"),
        "value at risk is 1.71 % in a day, 1.70 % at most",
    ),
    (
        LimitBroken("group", "Bonds", D("0.19"), D("0.20"), "least"),
        "group Bonds is 19.00 %, 20.00 % at least",
    ),
    (
        LimitBroken("exposure", "duration", D("7.1"), D("6.5"), "most"),
        "exposure duration is 7.10, 6.50 at most",
    ),
    (
        TotalDrift(D("0.123"), D("0.1"), in_crisis=False),
        "all names together are 12.30 pt away from target, 10.00 pt at most",
    ),
    (
        TotalDrift(D("0.07"), D("0.05"), in_crisis=True),
        "all names together are 7.00 pt away from target, 5.00 pt at most in a crisis",
    ),
    (
        HarvestPays(VTI, BND, D(20_000), D("5320.5"), "saves 7,000.00 USD of tax now"),
        (
            "VTI stands at a loss of 20,000.00 USD, worth 5,320.50 USD after all costs: "
            "saves 7,000.00 USD of tax now"
        ),
    ),
    (
        CorrelationsChanged(D("0.42"), D("0.3"), D("0.24"), D("0.62"), date(2020, 2, 20)),
        (
            "correlations have changed by 0.42 since 2020-02-20, 0.30 at most; "
            "their average was 0.24 and is 0.62"
        ),
    ),
)


@pytest.mark.parametrize(("reason", "text"), REASONS)
def test_each_reason_has_its_words(reason: Reason, text: str) -> None:
    assert reason_text(reason, USD) == text


def test_no_reason_is_left_without_an_example() -> None:
    assert {type(reason) for reason, _ in REASONS} == set(get_args(Reason))


def test_each_reason_has_a_few_words_but_a_name_outside_its_band() -> None:
    for reason, _ in REASONS:
        assert bool(in_short(reason)) == (not isinstance(reason, Drifted))
        assert len(in_short(reason)) < 40
    both = (REASONS[10][0], *rebalance().reasons[:1])
    assert brief(replace(rebalance(), reasons=both)).startswith("tracking error broken")


def test_what_only_warns_is_said_as_a_warning() -> None:
    alert, text = REASONS[11]
    plan = replace(hold(), alerts=(alert,))
    assert warnings(plan)[0] == text
    assert f"Warning: {text}" in say(plan)
    assert f"Noticed: {text}" not in say(plan)


def test_a_plan_that_leads_away_from_target_says_what_that_risks() -> None:
    worth = rebalance().worth
    assert worth is not None
    away = replace(rebalance(), worth=replace(worth, benefit=D("-2.95")))
    assert "and 2.95 USD of higher risk against the targets." in cost_text(away)
    assert "to gain" not in cost_text(away)


def test_weights_that_differ_are_told_apart() -> None:
    reason = Drifted(VNQ, D("0.100001"), D("0.08"), D("0.06"), D("0.10"))
    assert "10.0001 %, over its band of 6.0000 % to 10.0000 %" in reason_text(reason, USD)


def test_decisions() -> None:
    assert decision_text(Hold("nothing to do")) == "Hold: nothing to do"
    assert decision_text(Rebalance("it pays", full=False)) == "Rebalance: it pays"
    text = decision_text(Rebalance("it pays", full=True))
    assert text == "Rebalance every name to target: it pays"


@pytest.mark.parametrize("environment", Environment)
def test_paper_and_live_are_words_in_what_is_said(environment: Environment) -> None:
    plan = replace(rebalance(), environment=environment)
    assert headline(plan).startswith(f"[{environment.value}] family: ")
    assert {Environment.PAPER: "no real money", Environment.LIVE: "LIVE (real money)"}[
        environment
    ] in say(plan)


def test_say_holds_everything_a_person_needs() -> None:
    said = say(rebalance())
    for part in (
        "gains 61.20 USD for 39.26 USD",
        "Noticed: VNQ is 10.80 %",
        "Largest drift: 5.00 pt before, 2.00 pt after; 3 of 10 names outside the band before.",
        "9 orders: buy 4,050.00 USD, sell 6,020.00 USD, turnover 10.07 % of NAV.",
        "tax 37.50) to gain 61.20 USD of lower risk",
        "Risk of the drift: tracking error 1.42 % a year before, 0.71 % after",
        "(a volatility, not money).",
        "cash 2,280.00 USD before and 2,301.55 USD after",
        "Warning: IBM: the quote is 14 minutes old",
        "Plan plan-42 for session 2026-11-20, made 2026-11-20 15:30 UTC",
    ):
        assert part in said


def test_a_hold_says_what_trading_would_have_cost() -> None:
    weighed = replace(hold(), worth=rebalance().worth)
    assert cost_text(weighed).startswith("Cost if traded: 39.26 USD (spread 1.05,")
    assert cost_text(hold()) == "Cost: none."
    assert "No orders." in say(hold())


def test_orders_that_were_not_weighed_still_show_their_cost() -> None:
    unweighed = replace(rebalance(), worth=None)
    assert cost_text(unweighed) == (
        "Cost: 39.26 USD (spread 1.05, fees 0.18, impact 0.52, tax 37.50); "
        "the gain was not weighed."
    )


def test_verdict_is_judged_before_rounding() -> None:
    row = replace(line("A", "1", "1", "1", "0.08"), weight_before=D("0.1000000001"))
    assert verdict(row) == "over"
    assert verdict(replace(row, weight_before=row.high)) == "inside"
    assert verdict(replace(row, weight_before=row.low)) == "inside"


def test_the_worst_name_is_one_outside_its_band() -> None:
    assert worst_text(rebalance()) == "VNQ +2.80 pt from target, over its band"
    assert worst_text(calm()).endswith("0.00 pt from target, inside its band")
    assert worst_text(replace(calm(), lines=())) == "no names"


def test_barred_names_are_warned_of() -> None:
    plan = rebalance()
    barred = replace(plan.lines[0], barred="halted by the exchange")
    assert "VTI cannot be traded: halted by the exchange" in warnings(
        replace(plan, lines=(barred, *plan.lines[1:]))
    )


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234.5", "1,234.50"),
        ("-1234.567", "-1,234.57"),
        ("-0.001", "0.00"),
        ("0", "0.00"),
        ("123456789012345678901234567890.12", "123,456,789,012,345,678,901,234,567,890.12"),
    ],
)
def test_numbers(amount: str, text: str) -> None:
    assert amounts.number(D(amount)) == text


def test_signs() -> None:
    assert amounts.points(D("0.018")) == "+1.80 pt"
    assert amounts.points(D("-0.018")) == "-1.80 pt"
    assert amounts.points(D("0.0000001")) == "0.00 pt"
    assert amounts.money(D(5), USD, signed=True) == "+5.00 USD"


def test_quantities_and_prices() -> None:
    assert amounts.quantity(D("1200")) == "1,200"
    assert amounts.quantity(D("0.125000")) == "0.125"
    assert amounts.quantity(D("1E+3")) == "1,000"
    assert amounts.quantity(D("0.000")) == "0"
    assert amounts.price(D("101.2")) == "101.20"
    assert amounts.price(D("0.4375")) == "0.4375"
    assert amounts.moment(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == "2026-01-02 03:04 UTC"
    assert amounts.count(1, "order") == "1 order"
    assert amounts.count(2, "match", "matches") == "2 matches"


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15
    )
)
def test_a_number_reads_back_to_the_cent(amount: Decimal) -> None:
    text = amounts.number(amount)
    assert abs(D(text.replace(",", "")) - amount) <= D("0.005")
    assert text.isascii()
    assert text != "-0.00"


@given(st.lists(st.decimals(min_value=0, max_value=1, places=4), min_size=1, max_size=4))
def test_shares_side_by_side_are_told_apart(shares: list[Decimal]) -> None:
    texts = amounts.percents(*shares)
    assert len(set(texts)) == len(set(shares))


PROOF = Proof(
    objective=D("0.001"),
    bound=D("0.0009998"),
    gap=D("0.0002"),
    violation=D(0),
    iterations=14,
    dollars=D("0.31"),
    steps=("kernel: optimal, gap 0.0002",),
)
PROOFS = (
    (PROOF, "Proven within 0.02 % of the best possible; 0.31 USD at most (14 iterations)."),
    (
        replace(PROOF, gap=D("1.2E-9"), dollars=D("0.01"), iterations=1),
        "Proven within 0.01 % of the best possible; 0.01 USD at most (1 iteration).",
    ),
    (
        replace(PROOF, gap=D(0), dollars=D(0), iterations=0),
        "Proven within 0.00 % of the best possible; 0.00 USD at most (there was no choice).",
    ),
    (
        replace(PROOF, bound=D("0.00101"), gap=D(0), dollars=D(0)),
        (
            "As good as the best that was searched, or better: the orders lie a little beside it"
            " (14 iterations)."
        ),
    ),
    (
        replace(PROOF, bound=PROOF.objective * D("1.0000001"), gap=D(0), dollars=D(0)),
        "Proven within 0.00 % of the best possible; 0.00 USD at most (14 iterations).",
    ),
    (
        replace(PROOF, bound=None, gap=None, dollars=None, steps=("kernel: error, stopped",)),
        "Not proven how near to the best these trades are: kernel: error, stopped.",
    ),
    (
        replace(PROOF, second="Clarabel agrees"),
        (
            "Proven within 0.02 % of the best possible; 0.31 USD at most (14 iterations).\n"
            "Second opinion: Clarabel agrees."
        ),
    ),
)


@pytest.mark.parametrize(("proof", "text"), PROOFS)
def test_a_plan_says_how_near_to_the_best_it_is_proven_to_be(proof: Proof, text: str) -> None:
    plan = replace(rebalance(), proof=proof)
    assert "\n".join(proof_texts(plan)) == text
    assert text in say(plan)
    assert proof_texts(replace(plan, legs=())) == ()


def test_a_plan_of_old_says_nothing_of_a_proof() -> None:
    assert rebalance().proof is None
    assert proof_texts(rebalance()) == ()
