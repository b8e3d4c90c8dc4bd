"""When: which accounts ask for a plan, and why."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from strategy_accounts import D, account, holding

from brokers.words import ZERO, Quote, Symbol
from strategies.drift import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    FirstAllocation,
    Reason,
    max_drift,
    quiet,
    reasons,
    trips,
)
from strategies.policy import (
    Aim,
    Bands,
    CashPolicy,
    Corridor,
    Optimizer,
    OrderPolicy,
    Period,
    Policy,
    Schedule,
)
from strategies.snapshot import Holding, Snapshot
from strategies.standing import Unjudgeable, standing

GENTLE = Bands(single=None, concentration=None)


def noticed(snapshot: Snapshot, policy: Policy) -> tuple[Reason, ...]:
    return reasons(standing(snapshot, policy), snapshot, policy)


def text(reason: Reason) -> str:
    """``drifted VTI``, ``cash-to-invest 900``."""
    match reason:
        case CashToInvest(amount) | CashToRaise(amount) | FirstAllocation(amount):
            return f"{reason.kind} {amount:.0f}"
        case CalendarDue():
            return reason.kind
        case _:
            return f"{reason.kind} {reason.symbol}"


def reasons_text(snapshot: Snapshot, policy: Policy) -> str:
    return ", ".join(text(reason) for reason in noticed(snapshot, policy))


# what, cash, bands -> reasons; NAV is 10000 and the cash target 100 everywhere
WEIGHTS = [
    ("VTI 59.4@100 60% BND 39.6@100 40%", "100", Bands(), ""),
    ("VTI 64@100 60% BND 35@100 40%", "100", Bands(), ""),
    ("VTI 65@100 60% BND 34@100 40%", "100", GENTLE, "drifted VTI, drifted BND"),
    ("VTI 80@100 80% BND 7@100 10% TIP 12@100 10%", "100", Bands(), "drifted BND"),
    ("VTI 62@100 60% BND 37@100 40%", "100", Bands(single=D("0.02")), "far-off VTI, far-off BND"),
    (
        "VTI 79@100 85% BND 20@100 15%",
        "100",
        replace(Bands(), absolute=None),
        "drifted BND, far-off VTI, far-off BND",
    ),
    (
        "VTI 88@100 95% BND 11@100 5%",
        "100",
        Bands(absolute=None, relative=None, single=None),
        "concentrated BND",
    ),
    (
        "VTI 79@100 80% BND 20@100 20%",
        "100",
        Bands(corridors=((Symbol("VTI"), Corridor(D("0.7"), D("0.78"))),)),
        "",
    ),
    (
        "VTI 80@100 80% BND 19@100 20%",
        "100",
        Bands(corridors=((Symbol("BND"), Corridor(D("0.196"), D("0.3"))),)),
        "drifted BND",
    ),
    ("VTI 99@100 100% IBM 0.4@100 0%", "60", GENTLE, ""),
    ("VTI 98@100 100% IBM 1@100 0%", "100", GENTLE, "drifted IBM"),
    ("VTI 80@100 60%!halted BND 19@100 40%", "100", Bands(), ""),
    ("VTI 97@100 100%", "300", Bands(), "cash-to-invest 200"),
    ("VTI 98.1@100 100%", "190", Bands(), ""),
    ("VTI 99.9@100 100%", "10", Bands(), ""),
    ("VTI 101@100 100%", "-100", Bands(), "drifted VTI, cash-to-raise 200"),
    ("VTI 101@100 100%!halted", "-100", Bands(), ""),
]


@pytest.mark.parametrize(("names", "cash", "bands", "expected"), WEIGHTS)
def test_what_asks_for_a_plan(names: str, cash: str, bands: Bands, expected: str) -> None:
    snapshot, policy = account(names, cash)
    policy = replace(policy, bands=bands)
    assert reasons_text(snapshot, policy) == expected
    assert trips(snapshot, policy) == bool(expected)


def test_a_reason_carries_the_numbers_behind_it() -> None:
    snapshot, policy = account("VTI 65@100 60% BND 34@100 40%", "100")
    first, second, *_ = noticed(snapshot, policy)
    assert repr(first).startswith("Drifted(symbol='VTI', weight=Decimal('0.65')")
    assert text(second) == "drifted BND"


def test_whole_shares_that_cannot_come_nearer_are_no_reason() -> None:
    snapshot, policy = account("NVR 1@800 5% VTI 91@100 95%", "100")
    assert reasons_text(snapshot, policy) == "drifted NVR, concentrated NVR"
    whole = replace(policy, orders=OrderPolicy(fractional=False))
    assert reasons_text(snapshot, whole) == ""
    assert quiet(standing(snapshot, whole), snapshot, whole) == (
        "outside its band by less than the smallest order: NVR"
    )


def test_the_aim_says_how_far_a_whole_share_must_go() -> None:
    snapshot, policy = account("IBM 5@300 10% VTI 84.5@100 90%", "50")
    whole = replace(policy, bands=GENTLE, orders=OrderPolicy(fractional=False))
    assert reasons_text(snapshot, whole) == "drifted IBM"
    for aim, expected in ((Aim.EDGE, ""), (Aim.TARGET, "drifted IBM")):
        policy = replace(whole, bands=replace(GENTLE, aim=aim))
        assert reasons_text(snapshot, policy) == expected


LAST = [
    # period, last traded, session -> due?
    (Period.NEVER, "2020-01-01", "2026-11-20", False),
    (Period.DAILY, "2026-11-20", "2026-11-20", False),
    (Period.DAILY, "2026-11-19", "2026-11-20", True),
    (Period.WEEKLY, "2026-11-16", "2026-11-20", False),
    (Period.WEEKLY, "2026-11-13", "2026-11-16", True),
    (Period.WEEKLY, "2025-12-29", "2026-01-02", False),
    (Period.MONTHLY, "2026-11-02", "2026-11-30", False),
    (Period.MONTHLY, "2026-10-30", "2026-11-02", True),
    (Period.MONTHLY, "2025-11-20", "2026-11-20", True),
    (Period.QUARTERLY, "2026-10-01", "2026-12-31", False),
    (Period.QUARTERLY, "2026-09-30", "2026-10-01", True),
    (Period.YEARLY, "2026-01-02", "2026-12-31", False),
    (Period.YEARLY, "2025-12-31", "2026-01-02", True),
    (Period.MONTHLY, None, "2026-11-20", True),
]


@pytest.mark.parametrize(("period", "last", "session", "due"), LAST)
def test_the_calendar_is_due_once_in_each_period(
    period: Period, last: str | None, session: str, *, due: bool
) -> None:
    snapshot, policy = account("VTI 99@100 100%", "100")
    snapshot = replace(
        snapshot,
        session=date.fromisoformat(session),
        last_traded=date.fromisoformat(last) if last else None,
    )
    policy = replace(policy, schedule=Schedule(period))
    assert reasons_text(snapshot, policy) == ("calendar" if due else "")


@pytest.mark.parametrize(
    ("traded", "days", "expected"),
    [
        ("2026-11-20", 0, "drifted VTI, drifted BND, far-off VTI, far-off BND"),
        ("2026-11-19", 1, ""),
        ("2026-11-18", 1, "drifted VTI, drifted BND, far-off VTI, far-off BND"),
        ("2026-10-21", 30, ""),
        ("2026-10-20", 30, "drifted VTI, drifted BND, far-off VTI, far-off BND"),
    ],
)
def test_an_account_is_left_alone_after_it_was_traded(
    traded: str, days: int, expected: str
) -> None:
    snapshot, policy = account("VTI 66@100 60% BND 33@100 40%", "100")
    snapshot = replace(snapshot, last_traded=date.fromisoformat(traded))
    policy = replace(policy, schedule=Schedule(cooldown_days=days))
    assert reasons_text(snapshot, policy) == expected
    if not expected:
        said = quiet(standing(snapshot, policy), snapshot, policy)
        assert said == f"traded on {traded}, and left alone for {days} days after"


def test_cash_is_raised_even_then() -> None:
    snapshot, policy = account("VTI 66@100 60% BND 33@100 40%", "100", reserve="500")
    policy = replace(policy, schedule=Schedule(cooldown_days=30))
    snapshot = replace(snapshot, last_traded=date(2026, 11, 19))
    assert reasons_text(snapshot, policy) == "cash-to-raise 500"


def test_who_was_never_traded_does_not_cool_down() -> None:
    snapshot, policy = account("VTI 66@100 60% BND 33@100 40%", "100")
    policy = replace(policy, schedule=Schedule(cooldown_days=30))
    assert trips(replace(snapshot, last_traded=None), policy)


@pytest.mark.parametrize(
    ("settled", "expected"),
    [("3000", "cash-to-invest 2900"), ("1000", "cash-to-invest 900"), ("120", ""), ("0", "")],
)
def test_only_settled_cash_is_invested(settled: str, expected: str) -> None:
    snapshot, policy = account("VTI 70@100 100%", "3000")
    policy = replace(policy, bands=Bands(None, None, single=None, concentration=None))
    snapshot = replace(snapshot, settled=D(settled))
    assert reasons_text(snapshot, policy) == expected


def test_cash_that_buys_no_whole_share_is_no_reason() -> None:
    snapshot, policy = account("NVR 1@9700 100%", "300")
    policy = replace(policy, orders=OrderPolicy(fractional=False))
    assert reasons_text(snapshot, policy) == ""
    said = quiet(standing(snapshot, policy), snapshot, policy)
    assert said == "every name is inside its band, and 3.00% of cash cannot be put to use"


def test_too_little_cash_that_no_sale_may_raise_is_said() -> None:
    snapshot, policy = account("VTI 60.1@100 60% BND 40.1@100 40%", "-20")
    policy = replace(policy, optimizer=Optimizer(no_sell=(Symbol("VTI"), Symbol("BND"))))
    assert reasons_text(snapshot, policy) == ""
    said = quiet(standing(snapshot, policy), snapshot, policy)
    short = "-0.20% of cash is too little, and nothing may be sold"
    assert said == f"every name is inside its band, and {short}"


def test_an_empty_account_begins_with_a_first_allocation_and_nothing_else() -> None:
    snapshot, policy = account("VTI 0@100 60% BND 0@100 40%", "10000")
    policy = replace(policy, schedule=Schedule(Period.DAILY))
    first = replace(snapshot, is_first=True, last_traded=None)
    assert reasons_text(first, policy) == "first-allocation 9900"
    poor = replace(first, settled=D(110))
    assert reasons_text(poor, policy) == ""
    said = quiet(standing(poor, policy), poor, policy)
    assert said == "nothing is held, and the cash buys nothing"


def test_shares_that_were_moved_in_are_not_a_first_allocation() -> None:
    snapshot, policy = account("VTI 99@100 60% BND 0@100 40%", "100")
    snapshot = replace(snapshot, is_first=True)
    assert "first" not in reasons_text(snapshot, policy)


def test_nothing_to_say_is_said_with_the_largest_drift() -> None:
    snapshot, policy = account("VTI 61@100 60% BND 38@100 40%", "100")
    said = quiet(standing(snapshot, policy), snapshot, policy)
    assert said == "every name is inside its band; the largest drift is 1.60% of NAV"
    assert max_drift(snapshot, policy) == D("0.016")


Change = dict[str, Decimal]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quantity": D(-5)}, "VTI is short by 5 shares: cover it by hand"),
        ({"price": ZERO}, "10 VTI are held and have no price"),
        ({"price": D("NaN")}, "10 VTI at NaN cannot be weighed"),
        ({"price": D("Infinity")}, "10 VTI at Infinity cannot be weighed"),
        ({"quantity": D("NaN")}, "NaN VTI at 100 cannot be weighed"),
    ],
)
def test_a_holding_that_makes_no_sense_stops_the_judgement(change: Change, why: str) -> None:
    snapshot, policy = account("VTI 10@100 100%", "500")
    odd = Holding(
        symbol=Symbol("VTI"),
        quantity=change.get("quantity", D(10)),
        price=change.get("price", D(100)),
        fx=D(1),
        quote=None,
        instrument=None,
    )
    snapshot = replace(snapshot, holdings=(odd,))
    with pytest.raises(Unjudgeable, match=why):
        standing(snapshot, policy)
    assert not trips(snapshot, policy)


@pytest.mark.parametrize(
    ("cash", "value"), [("-1000", "0.00"), ("-1500", "-500.00"), ("NaN", "0.00")]
)
def test_an_account_worth_nothing_cannot_be_judged(cash: str, value: str) -> None:
    snapshot, policy = account("VTI 10@100 100%", cash)
    with pytest.raises(Unjudgeable, match=f"net asset value is {value}"):
        standing(snapshot, policy)


def test_what_is_wanted_must_be_in_the_snapshot() -> None:
    snapshot, policy = account("VTI 10@100 60% BND 10@100 40%")
    with pytest.raises(Unjudgeable, match="BND is wanted, and nothing is known about it"):
        standing(replace(snapshot, holdings=snapshot.holdings[:1]), policy)


def test_a_target_that_makes_no_sense_stops_the_judgement() -> None:
    snapshot, policy = account("VTI 10@100 100%")
    with pytest.raises(Unjudgeable, match="lower the reserve"):
        standing(snapshot, replace(policy, cash=CashPolicy(reserve=D(5000))))


VTI = holding("VTI", "10", "100")


def quoted(bid: str, ask: str) -> Holding:
    assert VTI.quote is not None
    quote = Quote(VTI.symbol, D(bid), D(ask), VTI.quote.time)
    return replace(VTI, quote=quote)


assert VTI.instrument is not None
NO_TRADE = "the broker says it cannot be traded"


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (VTI, ""),
        (replace(VTI, barred="halted"), "halted"),
        (replace(VTI, quote=None), "it has no quote or is not known to the broker"),
        (replace(VTI, instrument=None), "it has no quote or is not known to the broker"),
        (replace(VTI, instrument=replace(VTI.instrument, tradable=False)), NO_TRADE),
        (quoted("100.1", "100"), "its quote makes no sense"),
        (quoted("0", "100"), "its quote makes no sense"),
        (quoted("100", "NaN"), "its quote makes no sense"),
        (replace(VTI, fx=ZERO), "its quote makes no sense"),
    ],
)
def test_a_name_without_a_sound_quote_is_barred(odd: Holding, why: str) -> None:
    snapshot, policy = account("VTI 10@100 100%", "10")
    stand = standing(replace(snapshot, holdings=(odd,)), policy)
    assert stand.rows[0].barred == odd.obstacle == why
