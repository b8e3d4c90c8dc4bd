"""Is an answer one? What is wrong with it is told by name; what passes is fit to be a target."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from owners_code import NAMES, given

from bot.outside.checks import returns_in, weights_in
from bot.outside.untold import Untold

WRONG = [
    ([0.5, 0.5], "it returned 2 numbers for 3 names"),
    ({"A": 0.5, "X": 0.5}, "it speaks of X, not among the names that it was given"),
    ({f"N{n}": 0.1 for n in range(10)}, "it speaks of N0, N1, N2, N3, N4 and 5 more, not among"),
    ({"B": float("inf")}, "numbers must be finite; it says B inf"),
    ([float("nan"), 0.5, 0.5], "numbers must be finite; it says A nan"),
    ({}, "the weights sum to 0, and must sum to 1 (within 0.0001)"),
    ([0.3, 0.3, 0.3], "the weights sum to 0.9, and must sum to 1"),
    ([0.3334, 0.3334, 0.3334], "the weights sum to 1.0002, and must sum to 1"),
    ([1.5, -0.5, 0], "weights must be from 0 to 1; it says A 1.5, B -0.5"),
    (None, "its answer cannot be read"),
    ("all", "its answer cannot be read"),
]


@pytest.mark.parametrize(("values", "wanted"), WRONG)
def test_what_is_wrong_is_told_by_name(values: object, wanted: str) -> None:
    with pytest.raises(Untold) as caught:
        weights_in(values, given())
    assert str(caught.value).startswith(wanted)


def test_crumbs_outside_the_bounds_are_the_bound() -> None:
    said = weights_in([1 + 1e-10, -1e-10, 0], given())
    assert said == {"A": Decimal(1), "B": Decimal(0), "C": Decimal(0)}


def test_bounds_and_number_of_names_are_the_owner_s() -> None:
    short = replace(given(), lower=-0.3, upper=0.8)
    assert weights_in([0.8, 0.5, -0.3], short)["C"] == Decimal("-0.3")
    with pytest.raises(Untold, match=r"weights must be from -0.3 to 0.8; it says A 0.9"):
        weights_in([0.9, 0.4, -0.3], short)
    with pytest.raises(Untold, match="it holds 3 names, where names_max allows 2"):
        weights_in([0.3, 0.3, 0.4], given(), 2)
    assert weights_in([0.6, 0.4, 0.0], given(), 2)["C"] == 0


@drawn(
    st.one_of(
        st.lists(st.floats(), max_size=4),
        st.lists(st.floats(0, 1), min_size=3, max_size=3).map(
            lambda w: [x / sum(w or [1]) for x in w] if sum(w) else w
        ),
        st.dictionaries(st.sampled_from(["A", "B", "C", "D", ""]), st.floats()),
    )
)
def test_whatever_passes_is_a_target(values: object) -> None:
    try:
        said = weights_in(values, given())
    except Untold:
        return
    assert list(said) == NAMES
    assert all(weight.is_finite() and 0 <= weight <= 1 for weight in said.values())
    assert abs(sum(said.values()) - 1) <= Decimal("0.00010001")


def test_returns_are_of_every_name_and_of_a_year() -> None:
    assert returns_in([0.1, -0.2, 0], given()) == {"A": 0.1, "B": -0.2, "C": 0.0}
    for values, wanted in (
        ({"A": 0.1}, "it expects nothing of B, C; every name needs a return"),
        ([8, 12, 0.1], "returns are of a year, and 0.05 is 5 %: from -1 to 10; it says B 12"),
        ([0.1, -1.5, 0.1], "returns are of a year, and 0.05 is 5 %: from -1 to 10; it says B -1.5"),
        ([0.1, 0.2, float("nan")], "numbers must be finite; it says C nan"),
    ):
        with pytest.raises(Untold) as caught:
            returns_in(values, given())
        assert str(caught.value) == wanted
