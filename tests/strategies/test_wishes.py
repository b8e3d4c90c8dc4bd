"""How: which way trades may go, and the weights that come of it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategy_accounts import D, account, lot

from brokers.words import Symbol
from strategies.border import Case, Settled, measure, problem, round_to_grid, settle
from strategies.border.settled import as_far_as_worth
from strategies.cash import (
    Room,
    Wish,
    buy_only,
    glide,
    rooms,
    sell_only,
    to_band,
    to_target,
    wishes,
)
from strategies.drift import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    Drifted,
    FarOff,
    FirstAllocation,
    Reason,
)
from strategies.optimize.progress import Progress, silent
from strategies.policy import (
    Aim,
    Bands,
    Optimizer,
    OrderPolicy,
    Period,
    Policy,
    TaxPolicy,
    WorthPolicy,
)
from strategies.snapshot import Snapshot
from strategies.standing import Standing, Unjudgeable, standing

VTI = Symbol("VTI")
DRIFT = Drifted(VTI, D("0.7"), D("0.6"), D("0.55"), D("0.65"))
FAR = FarOff(VTI, D("0.7"), D("0.6"), D("0.05"))
CROWD = Concentrated(VTI, D("0.7"), D("0.6"), D("1.1"))
DUE = CalendarDue(Period.MONTHLY, None)
FIRST = FirstAllocation(D(100))
MORE, LESS = CashToInvest(D(100)), CashToRaise(D(100))

CHOICES = [
    ((DRIFT,), "band"),
    ((DRIFT, FAR), "target"),
    ((DRIFT, CROWD), "target"),
    ((DUE,), "target"),
    ((FIRST,), "target"),
    ((MORE,), "buy, band"),
    ((LESS,), "sell, band"),
    ((DRIFT, MORE), "buy, band"),
    ((DRIFT, FAR, MORE), "buy, target"),
    ((FAR, LESS), "sell, target"),
    ((DUE, MORE), "target"),
]


@pytest.mark.parametrize(("reasons", "tries"), CHOICES)
def test_money_that_came_or_goes_is_used_first(reasons: Sequence[Reason], tries: str) -> None:
    snapshot, policy = account("VTI 66@100 60% BND 32@100 40%", "200")
    stand = standing(snapshot, policy)
    moves_cash = any(isinstance(reason, CashToInvest | CashToRaise) for reason in reasons)
    named = {
        to_target(stand): "target",
        buy_only(stand): "buy",
        sell_only(stand): "sell",
        to_band(stand, Aim.HALF, moves_cash=moves_cash): "band",
    }
    assert ", ".join(named[wish] for wish in wishes(stand, reasons, Aim.HALF)) == tries


def percents(weights: Sequence[Decimal]) -> str:
    return " ".join(f"{(weight * 100).quantize(D('0.01')).normalize():f}" for weight in weights)


def wish_text(wish: Wish) -> str:
    """``65 33 -> 59.4 39.6, cash 1 to 1.5``."""
    low, high = percents([wish.cash_lower, wish.cash_upper]).split()
    return f"{percents(wish.start)} -> {percents(wish.end)}, cash {low} to {high}"


def stand_of(text: str, cash: str, settled: str = "") -> Standing:
    snapshot, policy = account(text, cash)
    snapshot = replace(snapshot, settled=D(settled or cash))
    return standing(snapshot, policy)


def test_a_deposit_only_buys_and_only_what_is_below_target() -> None:
    wish = buy_only(stand_of("VTI 50@100 60% BND 40@100 40%", "1000"))
    assert wish_text(wish) == "50 40 -> 59.4 40, cash 1 to 1"
    wish = buy_only(stand_of("VTI 50@100 60% BND 40@100 40%", "1000", settled="600"))
    assert wish_text(wish) == "50 40 -> 59.4 40, cash 5 to 5"


def test_a_withdrawal_only_sells_and_only_what_is_above_target() -> None:
    wish = sell_only(stand_of("VTI 62@100 60% BND 39@100 40%", "-100"))
    assert wish_text(wish) == "62 39 -> 59.4 39, cash 1 to 1"


BANDS = [
    # names, cash, aim -> wish; a name on the edge of its band is mended with the others
    ("VTI 67@100 60% BND 32@100 40%", Aim.HALF, "61.9 37.1 -> 59.4 39.6, cash 1 to 1.5"),
    ("VTI 67@100 60% BND 32@100 40%", Aim.EDGE, "64.15 34.85 -> 59.4 39.6, cash 1 to 1.5"),
    ("VTI 67@100 60% BND 32@100 40%", Aim.TARGET, "59.4 39.6 -> 59.4 39.6, cash 1 to 1.5"),
    ("VTI 62@100 60% BND 37@100 40%", Aim.HALF, "62 37 -> 59.4 39.6, cash 1 to 1.5"),
    ("VTI 64.3@100 60% BND 34.7@100 40%", Aim.HALF, "61.9 37.1 -> 59.4 39.6, cash 1 to 1.5"),
    ("VTI 67@100 60%!halted BND 32@100 40%", Aim.HALF, "67 32 -> 67 32, cash 1 to 1.5"),
]


@pytest.mark.parametrize(("text", "aim", "expected"), BANDS)
def test_names_outside_their_bands_come_back_and_the_others_make_room(
    text: str, aim: Aim, expected: str
) -> None:
    assert wish_text(to_band(stand_of(text, "100"), aim, moves_cash=False)) == expected


def test_cash_that_is_a_reason_goes_to_its_target_and_unsettled_cash_need_not() -> None:
    stand = stand_of("VTI 64@100 60% BND 31@100 40%", "500")
    assert wish_text(to_band(stand, Aim.HALF, moves_cash=True)).endswith("cash 1 to 1")
    stand = stand_of("VTI 64@100 60% BND 31@100 40%", "500", settled="100")
    assert wish_text(to_band(stand, Aim.HALF, moves_cash=False)).endswith("cash 1 to 5")


GLIDES = [
    # start, end, cash from, to -> weights
    ("62 37", "59 40", "1", "2", "62 37"),
    ("62 40", "59 40", "1", "2", "59 40"),
    ("64 40", "54 40", "1", "2", "59 40"),
    ("50 40", "60 40", "1", "1", "59 40"),
    ("50 40", "60 40", "1", "5", "55 40"),
    ("62 40", "60 42", "1", "1", "none"),
    ("62 40", "61 40", "1", "1", "none"),
    ("50 40", "40 40", "1", "1", "none"),
]


@pytest.mark.parametrize(("start", "end", "low", "high", "expected"), GLIDES)
def test_without_the_optimiser_all_names_go_the_same_share_of_their_way(
    start: str, end: str, low: str, high: str, expected: str
) -> None:
    first, last = (tuple(D(w) / 100 for w in text.split()) for text in (start, end))
    found = glide(Wish(first, last, first, D(low) / 100, D(high) / 100))
    assert ("none" if found is None else percents(found)) == expected


def case_of(snapshot: Snapshot, policy: Policy, *, stopped: bool = False) -> Case:
    """The account, asked for trades; ``stopped`` ends the search before it has begun."""
    stand = standing(snapshot, policy)
    tick = stop if stopped else silent
    return Case(stand, snapshot, policy, measure(stand, snapshot, policy), tick=tick)


def stop(_progress: Progress) -> bool:
    return False


def settled_by(wish: Wish, snapshot: Snapshot, policy: Policy) -> Settled:
    """What the optimiser makes of a wish."""
    return settle(wish, case_of(snapshot, policy))


def test_a_deposit_goes_where_it_lowers_risk_most() -> None:
    snapshot, policy = account("VTI 55@100 60% BND 30@100 30% TIP 5@100 10%", "1000")
    found = settled_by(buy_only(standing(snapshot, policy)), snapshot, policy)
    vti, bnd, tip = found.weights
    assert found.warnings == ()
    assert abs(sum(found.weights) - D("0.99")) < D("1e-8")
    assert D("0.55") <= vti <= D("0.594")
    assert D("0.05") < tip <= D("0.099")
    assert bnd == D("0.30")


def test_full_wishes_need_no_optimiser() -> None:
    snapshot, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    wish = to_target(standing(snapshot, policy))
    found = settle(wish, case_of(snapshot, policy, stopped=True))
    assert (found.weights, found.warnings) == ((D("0.594"), D("0.396")), ())
    assert found.steps == ("every name goes to its target: there is nothing to choose",)


def test_a_search_that_is_stopped_goes_straight_to_where_cash_lets_it() -> None:
    snapshot, policy = account("VTI 55@100 60% BND 30@100 30% TIP 5@100 10%", "1000")
    wish = buy_only(standing(snapshot, policy))
    found = settle(wish, case_of(snapshot, policy, stopped=True))
    assert abs(sum(found.weights) - D("0.99")) < D("1e-8")
    pairs = zip(found.weights, wish.start, wish.end, strict=True)
    assert all(start <= weight <= end for weight, start, end in pairs)
    assert found.warnings[0].startswith("the optimiser: kernel: ")
    assert found.warnings[1].startswith("the optimiser: cone solver: not tried, ")


def test_a_problem_that_the_optimiser_refuses_goes_straight_to_the_band() -> None:
    """A spread of half a million percent a dollar is no number that it takes."""
    snapshot, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    case = case_of(snapshot, policy)
    broken = replace(case.gauge, spread=case.gauge.spread * float("nan"))
    wish = to_band(case.stand, Aim.HALF, moves_cash=False)
    found = settle(wish, replace(case, gauge=broken))
    assert percents(found.weights) == "61.9 37.1"
    assert found.warnings[0].startswith(
        "the optimiser found nothing, trades go straight to band: spread[0] = nan is not finite"
    )


def test_what_no_solver_takes_is_no_error_in_whole_shares_or_without_a_wish_either() -> None:
    snapshot, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    policy = replace(policy, orders=OrderPolicy(fractional=False))
    case = case_of(snapshot, policy)
    wish = to_band(case.stand, Aim.HALF, moves_cash=False)
    sound = settle(wish, case)
    broken = replace(case, gauge=replace(case.gauge, spread=case.gauge.spread * float("nan")))
    assert round_to_grid(sound, case) is not None
    assert round_to_grid(sound, broken) is None
    with pytest.raises(Unjudgeable, match=r"no weights keep every limit \(spread\[0\] = nan"):
        as_far_as_worth(rooms(wish, case.stand)[1], broken)


def test_where_nothing_keeps_every_limit_that_is_said() -> None:
    snapshot, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    case = case_of(snapshot, policy)
    broken = replace(case.gauge, spread=case.gauge.spread * float("nan"))
    wish = to_band(case.stand, Aim.HALF, moves_cash=False)
    far = replace(wish, cash_lower=D("0.5"), cash_upper=D("0.6"))
    with pytest.raises(Unjudgeable, match="no weights keep every limit"):
        settle(far, replace(case, gauge=broken))


def test_a_turnover_that_does_not_reach_goes_as_far_as_it_does() -> None:
    snapshot, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    policy = replace(policy, optimizer=Optimizer(turnover_max=D("0.04")))
    wish = to_band(standing(snapshot, policy), Aim.HALF, moves_cash=False)
    found = settled_by(wish, snapshot, policy)
    assert percents(found.weights) == "64.98 33.98"
    assert found.warnings == (
        "limits keep this plan from going all the way: it goes as far as they let it",
    )


def room_text(room: Room) -> str:
    """``62 34.9 to 67 37.1, cash 1 to 1.5``."""
    low, high = percents([room.cash_lower, room.cash_upper]).split()
    return f"{percents(room.lower)} to {percents(room.upper)}, cash {low} to {high}"


def test_rooms_grow_from_the_wish_to_where_names_are_and_to_their_bands() -> None:
    stand = stand_of("VTI 67@100 60% BND 27@100 40%!halted", "600")
    stand = replace(
        stand, rows=(replace(stand.rows[0], lowest=D("0.64"), highest=D("0.7")), stand.rows[1])
    )
    wish = to_band(stand, Aim.HALF, moves_cash=False)
    assert [room_text(room) for room in rooms(wish, stand)] == [
        "64 27 to 64 27, cash 13.6 to 14.1",
        "64 27 to 67 27, cash 6 to 14.1",
        "64 27 to 67 27, cash 6 to 14.1",
    ]


def test_who_does_not_mind_risk_is_still_brought_back() -> None:
    snapshot, policy = account("VTI 67@100 60% BND 32@100 40%", "100")
    policy = replace(policy, worth=WorthPolicy(gamma=D(0)))
    wish = to_band(standing(snapshot, policy), Aim.HALF, moves_cash=False)
    assert percents(settled_by(wish, snapshot, policy).weights) == "61.9 37.1"


def test_only_what_may_be_sold_and_is_taxed_brings_its_lots() -> None:
    snapshot, policy = account("A 40@100 30% B 30@100 30% C 20@100 40% D 9@100 0%!halted", "100")
    taxed = [
        replace(
            one, lots=(lot("5@10/24-01-02", one.symbol, "x"), lot("60@50/26-06-01", one.symbol))
        )
        for one in snapshot.holdings
    ]
    snapshot = replace(snapshot, holdings=tuple(taxed))
    policy = replace(policy, tax=TaxPolicy(), bands=Bands(single=None, concentration=None))
    stand = standing(snapshot, policy)
    case = case_of(snapshot, policy)
    exactly = rooms(to_band(stand, Aim.HALF, moves_cash=False), stand)[0]
    made = problem(exactly, case, policy.optimizer)
    assert [stand.rows[lots.name].symbol for lots in made.lots] == ["A", "B"]
    first = made.lots[0]
    assert [round(float(tax), 6) for tax in first.taxes] == [0.135, 0.175]
    assert round(float(first.weights[0]), 6) == 0.05
    buying = problem(rooms(buy_only(stand), stand)[0], case, policy.optimizer)
    assert buying.lots == ()
    assert len(buying.current) == len(stand.rows) + 1
    assert abs(buying.budget - 1) < 1e-12


weights = st.lists(st.integers(1, 60), min_size=2, max_size=8)


@given(weights, weights, st.integers(0, 400), st.booleans())
def test_all_rows_at_their_end_are_always_within_the_wish(
    wanted: list[int],
    held: list[int],
    cash: int,
    moves_cash: bool,  # noqa: FBT001 - drawn
) -> None:
    size = min(len(wanted), len(held))
    total = sum(wanted[:size])
    names = " ".join(f"N{i} {held[i]}@10 {100 * wanted[i] / total:.8f}%" for i in range(size))
    stand = stand_of(names, str(cash))
    found = [to_band(stand, Aim.HALF, moves_cash=moves_cash), to_target(stand)]
    found += [buy_only(stand)] if stand.cash > stand.cash_target else [sell_only(stand)]
    for wish in found:
        weights_found = glide(wish)
        assert weights_found is not None
        left = 1 - sum(weights_found)
        assert wish.cash_lower - D("1e-7") <= left <= wish.cash_upper + D("1e-7")
