"""Bands and aims, in a table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.bands import band, brought_back
from strategies.policy import Aim, Bands, Corridor

D = Decimal
OFF = Bands(absolute=None, relative=None)
TABLE = [
    # target, bands, corridor -> low, high
    ("0.60", Bands(), None, "0.55", "0.65"),
    ("0.20", Bands(), None, "0.15", "0.25"),
    ("0.10", Bands(), None, "0.075", "0.125"),
    ("0.02", Bands(), None, "0.015", "0.025"),
    ("0.98", Bands(), None, "0.93", "1"),
    ("0", Bands(), None, "0", "0"),
    ("0", Bands(), ("0.1", "0.2"), "0", "0"),
    ("0.02", Bands(relative=None), None, "0", "0.07"),
    ("0.60", Bands(absolute=None), None, "0.45", "0.75"),
    ("0.60", OFF, None, "0", "1"),
    ("0.60", Bands(), ("0.40", "0.62"), "0.40", "0.62"),
    ("0.594", Bands(), ("0.60", "0.70"), "0.594", "0.70"),
    ("0.60", Bands(), ("0.40", "0.50"), "0.40", "0.60"),
]


@pytest.mark.parametrize(("target", "bands", "corridor", "low", "high"), TABLE)
def test_the_nearer_distance_counts_and_a_corridor_replaces_both(
    target: str, bands: Bands, corridor: tuple[str, str] | None, low: str, high: str
) -> None:
    edges = None if corridor is None else Corridor(D(corridor[0]), D(corridor[1]))
    assert band(D(target), bands, edges) == (D(low), D(high))


@pytest.mark.parametrize(
    ("weight", "aim", "goes_to"),
    [
        ("0.70", Aim.EDGE, "0.6475"),
        ("0.70", Aim.HALF, "0.625"),
        ("0.70", Aim.TARGET, "0.60"),
        ("0.50", Aim.EDGE, "0.5525"),
        ("0.50", Aim.HALF, "0.575"),
        ("0.50", Aim.TARGET, "0.60"),
    ],
)
def test_a_name_comes_back_from_the_edge_it_crossed(weight: str, aim: Aim, goes_to: str) -> None:
    assert brought_back(D(weight), D("0.6"), (D("0.55"), D("0.65")), aim) == D(goes_to)


shares = st.decimals(min_value="0", max_value="1", places=4)


@given(shares, shares, shares, st.sampled_from(Aim), shares)
def test_where_a_name_is_brought_to_lies_inside_its_band(
    target: Decimal, absolute: Decimal, relative: Decimal, aim: Aim, weight: Decimal
) -> None:
    low, high = band(target, Bands(absolute=absolute, relative=relative))
    assert 0 <= low <= target <= high <= 1
    assert low <= brought_back(weight, target, (low, high), aim) <= high
