"""Lots for what came without a basis: together they are as many shares as came."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.importers.basis import not_told, parts_of, with_basis
from brokers.words import Symbol, Transfer

D = Decimal
VTI = Symbol("VTI")
CAME = datetime(2026, 1, 2, 15, tzinfo=UTC)
WHOLE = Transfer("opening:1:VTI", VTI, D(100), None, CAME.date(), CAME)
KNOWN = Transfer("t1", VTI, D(5), D(7), date(2020, 1, 2), CAME)


def lot(quantity: object, cost: object = 3, day: int = 4) -> Transfer:
    return Transfer("", VTI, D(str(quantity)), D(str(cost)), date(2021, 3, day), CAME)


def test_without_lots_nothing_changes() -> None:
    assert with_basis((WHOLE, KNOWN)) == (WHOLE, KNOWN)


def test_what_is_told_takes_the_place_of_as_many_shares() -> None:
    parts = parts_of(WHOLE, [lot(60), lot(30, 4, 5)], (WHOLE,))
    assert [p.transfer_id for p in parts] == ["opening:1:VTI/lot1", "opening:1:VTI/lot2"]
    assert {p.time for p in parts} == {CAME}
    rest, *told = with_basis((WHOLE, *parts))
    assert (rest.transfer_id, rest.quantity, rest.unit_cost) == (WHOLE.transfer_id, D(10), None)
    assert tuple(told) == parts
    last = parts_of(WHOLE, [lot(10)], (rest, *parts))
    assert last[0].transfer_id == "opening:1:VTI/lot3"
    assert with_basis((WHOLE, *parts, *last)) == (*parts, *last)


def test_a_name_that_only_looks_like_a_part_is_none() -> None:
    stranger = Transfer("t1/lot1", VTI, D(2), D(1), date(2020, 1, 2), CAME)
    assert with_basis((KNOWN, WHOLE, stranger)) == (KNOWN, WHOLE, stranger)


def test_like_lots_are_counted() -> None:
    parts = parts_of(WHOLE, [lot(10), lot(10)], (WHOLE,))
    assert len(not_told([lot(10), lot(10), lot(10)], parts)) == 1
    assert not_told([lot(10), lot(10)], parts) == ()
    assert not_told([lot(10, 4)], parts) == (lot(10, 4),)


@given(st.lists(st.integers(1, 30), max_size=12), st.randoms(use_true_random=False))
def test_shares_stay_as_many_in_whatever_order_the_book_tells_them(
    sizes: list[int], order: Random
) -> None:
    kept: list[Transfer] = []
    for size in sizes:
        if sum((p.quantity for p in kept), D(0)) + size <= WHOLE.quantity:
            kept += parts_of(WHOLE, [lot(size)], kept)
    rows = [WHOLE, KNOWN, *kept]
    order.shuffle(rows)
    found = with_basis(rows)
    assert sum((t.quantity for t in found), D(0)) == WHOLE.quantity + KNOWN.quantity
    assert all(t.quantity > 0 for t in found)
    assert len({t.transfer_id for t in found}) == len(found)
