"""Any plan becomes JSON and comes back the same to the last digit."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest
from book_makers import make_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.book.codec import decode, encode, plan_document, plan_schema
from bot.book.errors import BookError
from brokers.words import AccountId, Currency, Environment, Order, OrderKey, Side, Symbol
from strategies.drift import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    CorrelationsChanged,
    Drifted,
    FarOff,
    FirstAllocation,
    LimitBroken,
    TotalDrift,
)
from strategies.drift.words import Measure
from strategies.lots import Lot
from strategies.plan import Hold, Leg, Line, Plan, PlanId, Rebalance
from strategies.policy import Period
from strategies.policy.triggers import Action
from strategies.worth import Proof, Worth

words = st.text(st.characters(codec="utf-8"), max_size=12)
amounts = st.decimals(allow_nan=False, allow_infinity=False).filter(
    lambda number: -500 < number.adjusted() < 500
)
days = st.dates(date(1900, 1, 1), date(9000, 1, 1))
moments = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 it adds the zone
symbols = words.map(Symbol)
currencies = words.map(Currency)

reasons = st.one_of(
    st.builds(Drifted, symbols, amounts, amounts, amounts, amounts),
    st.builds(FarOff, symbols, amounts, amounts, amounts),
    st.builds(Concentrated, symbols, amounts, amounts, amounts),
    st.builds(CalendarDue, st.sampled_from(Period), st.none() | days),
    st.builds(CashToInvest, amounts),
    st.builds(CashToRaise, amounts),
    st.builds(FirstAllocation, amounts),
    st.builds(
        LimitBroken,
        st.sampled_from(get_args(Measure)),
        words,
        amounts,
        amounts,
        st.sampled_from(["least", "most"]),
        st.none() | amounts,
    ),
    st.builds(TotalDrift, amounts, amounts, st.booleans()),
    st.builds(CorrelationsChanged, amounts, amounts, amounts, amounts, days),
)
orders = st.builds(
    Order, words.map(OrderKey), symbols, st.sampled_from(Side), amounts, amounts, currencies
)
lots = st.builds(Lot, words, symbols, amounts, st.none() | amounts, days, currencies)
legs = st.builds(
    Leg, orders, amounts, st.tuples() | st.tuples(lots, lots), amounts, amounts, amounts, amounts
)
lines = st.builds(Line, symbols, *[amounts] * 8, words)
proofs = st.builds(
    Proof,
    amounts,
    st.none() | amounts,
    st.none() | amounts,
    amounts,
    st.integers(0, 10**6),
    st.none() | amounts,
    st.lists(words, max_size=2).map(tuple),
    st.lists(words, max_size=2).map(tuple),
    words,
)
plans = st.builds(
    Plan,
    plan_id=words.map(PlanId),
    account=words.map(AccountId),
    environment=st.sampled_from(Environment),
    time=moments,
    session=days,
    base=currencies,
    nav=amounts,
    cash_before=amounts,
    cash_after=amounts,
    decision=st.builds(Hold, words) | st.builds(Rebalance, words, st.booleans()),
    reasons=st.lists(reasons, max_size=3).map(tuple),
    legs=st.lists(legs, max_size=2).map(tuple),
    lines=st.lists(lines, max_size=2).map(tuple),
    worth=st.none() | st.builds(Worth, *[amounts] * 7),
    is_first=st.booleans(),
    warnings=st.lists(words, max_size=2).map(tuple),
    proof=st.none() | proofs,
    alerts=st.lists(reasons, max_size=2).map(tuple),
    action=st.none() | st.sampled_from(Action),
)
VALIDATOR = Draft202012Validator(plan_schema())


@settings(max_examples=50, deadline=None)
@given(plan=plans)
def test_a_plan_survives_exactly(plan: Plan) -> None:
    body = encode(plan)
    again = decode(body)
    assert again == plan
    assert encode(again) == body
    VALIDATOR.validate(json.loads(body))


def test_amounts_are_strings_and_nouns_say_their_kind() -> None:
    body = plan_document(make_plan())
    assert body == json.loads(encode(make_plan()))
    assert body["nav"] == "10000.00"
    assert body["decision"] == {"why": "VTI drifted", "full": False, "kind": "rebalance"}
    assert body["reasons"][0]["kind"] == "drifted"
    assert body["session"] == "2026-03-02"


OLDER = """\
{"plan_id": "p-1", "account": "family", "environment": "PAPER", "time": "2026-03-02T15:00:00Z",
"session": "2026-03-02", "base": "USD", "nav": "10000.00", "cash_before": "500",
"cash_after": "297.00", "decision": {"why": "VTI drifted", "full": false, "kind": "rebalance"},
"reasons": [{"symbol": "VTI", "weight": "0.4", "target": "0.5", "low": "0.45", "high": "0.55",
"kind": "drifted"}], "legs": [{"order": {"key": "k-1", "symbol": "VTI", "side": "buy",
"quantity": "2", "limit": "101.5", "currency": "USD"}, "mid": "101.5", "lots": [],
"spread": "0.02", "fees": "0", "impact": "1E-9", "tax": "0"}], "lines": [{"symbol": "VTI",
"price": "101.5", "quantity_before": "10", "quantity_after": "12", "weight_before": "0.4",
"weight_after": "0.5", "target": "0.5", "low": "0.45", "high": "0.55", "barred": ""}],
"worth": {"benefit": "10", "spread": "1", "fees": "0", "impact": "0.1", "tax": "0",
"tracking_error_before": "0.02", "tracking_error_after": "0.01"}, "is_first": false,
"warnings": ["a warning"]}"""
"""A plan as it was written before plans had a proof."""


def test_a_plan_from_before_there_were_proofs_is_still_read() -> None:
    plan = decode(OLDER)
    assert plan.proof is None
    assert (plan.alerts, plan.action) == ((), None)
    assert (plan.plan_id, plan.nav, plan.warnings) == ("p-1", Decimal("10000.00"), ("a warning",))
    assert decode(encode(plan)) == plan


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("{", "cannot be read"),
        ("{}", "plan_id"),
        (encode(make_plan()).replace('"10000.00"', '"NaN"'), "nav"),
        (encode(make_plan()).replace('"drifted"', '"bored"'), "reasons.0"),
    ],
)
def test_a_body_that_is_no_plan_is_refused(body: str, complaint: str) -> None:
    with pytest.raises(BookError, match=complaint):
        decode(body)


@pytest.mark.parametrize("nav", [Decimal("Infinity"), Decimal("NaN"), 0.1])
def test_an_amount_that_is_not_exact_is_not_written(nav: Decimal) -> None:
    with pytest.raises(BookError, match=r"does not survive|cannot be read"):
        encode(replace(make_plan(), nav=nav))
