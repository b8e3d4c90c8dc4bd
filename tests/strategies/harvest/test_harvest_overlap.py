"""How much of two funds is the same, and what that does to the choice of a substitute."""

from dataclasses import replace
from decimal import Decimal

import pytest
from harvest_account import NEVER, D, ledger, listed, policy, snapshot, taxes
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.harvest import Home, Substitute, Verdict, candidates
from strategies.policy import CostPolicy, WorthPolicy
from strategies.policy.overlap import overlap, overlaps
from strategies.policy.taxpayer import Taxpayer

A_FELL = "2026-06-01 main buys 100 VTI at 100 as A"
AT_80 = "VTI 80, ITOT 40, SCHB 50"
BOTH = listed({"VTI": ("ITOT", "SCHB")})
VTI, ITOT, SCHB = map(Symbol, ("VTI", "ITOT", "SCHB"))


def weights(**parts: str) -> dict[str, Decimal]:
    return {name: D(share) for name, share in parts.items()}


# Cremers and Petajisto (2009), section 1: a fund that holds half of the index's names in twice
# their weight has an Active Share of 50 %; one that holds other names 100 %, the index itself none.
INDEX = weights(A="0.25", B="0.25", C="0.25", D="0.25")
CASES = [
    ("the index itself", INDEX, "1"),
    ("half of its names", weights(A="0.5", B="0.5"), "0.5"),
    ("nothing of it", weights(X="0.6", Y="0.4"), "0"),
    ("tilted", weights(A="0.4", B="0.3", C="0.2", D="0.1"), "0.8"),
    ("a file that tells half of it", weights(A="0.25", B="0.25"), "0.5"),
    ("nothing told", {}, "0"),
]


@pytest.mark.parametrize(("what", "fund", "shared"), CASES)
def test_the_sum_of_the_smaller_weights(what: str, fund: dict[str, Decimal], shared: str) -> None:
    assert overlap(INDEX, fund) == overlap(fund, INDEX) == D(shared), what


PARTS = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any)


@given(PARTS, PARTS)
def test_it_is_one_less_the_active_share(one: list[int], other: list[int]) -> None:
    first, second = ([D(n) / sum(part) for n in part] for part in (one, other))
    active = sum((abs(a - b) for a, b in zip(first, second, strict=True)), D(0)) / 2
    named = (dict(zip("ABCD", part, strict=True)) for part in (first, second))
    assert abs(overlap(*named) - (1 - active)) < D("1e-20")


def test_only_what_is_known_of_both_is_told() -> None:
    wanted = [(VTI, (ITOT, SCHB)), (Symbol("BND"), (Symbol("AGG"),))]
    held = {"VTI": INDEX, "SCHB": weights(A="1"), "AGG": INDEX}
    assert overlaps(wanted, held) == ((VTI, SCHB, D("0.25")),)


def chosen(payer: Taxpayer) -> dict[str, Substitute]:
    """What may stand for VTI, by name, the best first."""
    seen, owner = snapshot(A_FELL, AT_80), policy(taxpayer=payer)
    (row,) = candidates(seen, owner, Home(ledger(A_FELL)), taxes(), NEVER, BOTH)
    assert row.verdict is Verdict.HARVEST
    assert row.substitute == row.substitutes[0].symbol
    return {str(one.symbol): one for one in row.substitutes}


def told(itot: str, schb: str, **more: object) -> Taxpayer:
    shared = ((VTI, ITOT, D(itot)), (VTI, SCHB, D(schb)), (ITOT, SCHB, D(1)))
    return replace(Taxpayer(overlaps=shared), **more)


def test_it_is_shown_and_unknown_without_a_file() -> None:
    assert {one.overlap for one in chosen(Taxpayer()).values()} == {None}
    found = chosen(told("0.9", "0.8"))
    assert (found["ITOT"].overlap, found["SCHB"].overlap) == (D("0.9"), D("0.8"))


@pytest.mark.parametrize(
    ("itot", "schb", "first"), [("0.9", "0.5", "ITOT"), ("0.5", "0.9", "SCHB")]
)
def test_of_those_that_cost_the_same_dollars_the_one_that_holds_more_of_it_is_bought(
    itot: str, schb: str, first: str
) -> None:
    """Without spread and with a little price of risk both cost less than half a dollar."""
    owner = policy(
        taxpayer=told(itot, schb),
        worth=WorthPolicy(gamma=D("0.001")),
        costs=CostPolicy(impact=D(0)),
    )
    seen = snapshot(A_FELL, AT_80, half_spread="0")
    (row,) = candidates(seen, owner, Home(ledger(A_FELL)), taxes(), NEVER, BOTH)
    assert max(one.dollars for one in row.substitutes) < D("0.5")
    assert row.substitute == first


def test_dollars_come_before_it() -> None:
    plain = chosen(Taxpayer())
    first, second = plain
    assert plain[second].dollars - plain[first].dollars > 1
    more = {first: "0.1", second: "0.9"}
    assert [*chosen(told(more["ITOT"], more["SCHB"]))] == [first, second]


def test_what_holds_too_much_of_the_same_is_not_bought() -> None:
    found = chosen(told("0.95", "0.5", overlap_max=D("0.7")))
    assert next(iter(found)) == "SCHB"
    assert found["ITOT"].objection == "95% of what it holds is what VTI holds, you allow 70%"
    assert not chosen(told("0.7", "0.7", overlap_max=D("0.7")))["ITOT"].objection
