"""Prices are asked for once: what a look asks of the broker, and what it makes of the answer."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from math import inf, nan

import pytest
from price_bench import THURSDAY, A, B, C, Desk, Teller, bars, before

from bot.config.settings import PriceSettings
from bot.prices.refresh import OVERLAP
from brokers.words import Bars

YEAR = 252


def direct(desk: Desk, symbol: str, days: int = YEAR) -> Bars:
    """What the market would tell if it were asked."""
    return Teller(today=desk.teller.today, splits=desk.teller.splits).bars([symbol], days)[symbol]  # type: ignore[list-item,index]


def test_the_first_look_asks_once_for_all_names(desk: Desk) -> None:
    found = desk.look(A, B, C)
    assert desk.asked() == [((A, B, C), YEAR + OVERLAP)]
    assert found.notes == ()
    assert {s: found.bars[s] for s in (A, B, C)} == {s: direct(desk, s) for s in (A, B, C)}


def test_a_look_on_the_same_day_asks_nothing(desk: Desk) -> None:
    first = desk.look(A, B)
    desk.asked()
    desk.hour = time(19, 0, tzinfo=desk.hour.tzinfo)
    assert desk.look(A, B) == first
    assert desk.look(B).bars == {B: first.bars[B]}
    assert desk.asked() == []


def test_another_program_finds_it_in_the_book(desk: Desk) -> None:
    first = desk.look(A, B)
    desk.asked()
    place = desk.book._place.path  # noqa: SLF001  # the file that another program would open
    assert place is not None
    with type(desk.book).open(place, upgrade=False) as again:
        other = Desk(again, desk.teller)
        assert other.look(A, B).bars == first.bars
        assert other.asked() == []


@pytest.mark.parametrize("days", [1, 2, 5, 30])
def test_a_later_day_asks_for_what_is_missing_and_a_few_more(desk: Desk, days: int) -> None:
    desk.look(A, B)
    desk.asked()
    desk.next_day(days)
    found = desk.look(A, B)
    assert desk.asked() == [((A, B), days + OVERLAP)]
    assert found.bars == {A: direct(desk, A), B: direct(desk, B)}


def test_after_months_it_asks_for_everything(desk: Desk) -> None:
    desk.look(A)
    desk.next_day(60)
    assert desk.look(A).bars[A] == direct(desk, A)
    assert [days for _, days in desk.asked()] == [YEAR + OVERLAP] * 2


def test_a_new_name_alone_is_asked_for_whole(desk: Desk) -> None:
    desk.look(A)
    desk.asked()
    desk.next_day()
    desk.look(A, B)
    assert desk.asked() == [((A,), 1 + OVERLAP), ((B,), YEAR + OVERLAP)]


def test_a_hundred_days_one_after_the_other_end_as_one_question_would(desk: Desk) -> None:
    for _ in range(100):
        found = desk.look(A, B)
        desk.next_day()
    assert {days for _, days in desk.asked()} == {YEAR + OVERLAP, 1 + OVERLAP}
    desk.teller.today = before(desk.teller.today)
    assert found.bars == {A: direct(desk, A), B: direct(desk, B)}
    (feed,) = desk.book.price_feeds()
    assert feed.rows > 100, "a base was written, and nothing deleted"


def test_more_days_are_asked_for_when_the_owner_wants_more(desk: Desk) -> None:
    desk.look(A)
    desk.asked()
    desk.settings = PriceSettings(history_days=400)
    assert desk.look(A).bars[A] == direct(desk, A, 400)
    assert desk.asked() == [((A,), 400 + OVERLAP)]
    desk.settings = PriceSettings(history_days=30)
    assert desk.look(A).bars[A] == direct(desk, A, 30)
    assert desk.asked() == []


def test_a_young_name_is_not_asked_for_again_and_again(desk: Desk) -> None:
    born = before(before(THURSDAY))
    desk.teller.bend = lambda told: replace(told, days=(born, before(THURSDAY)), closes=(9.0, 9.5))
    assert desk.look(A).bars[A].days == (born, before(THURSDAY))
    desk.asked()
    desk.look(A)
    assert desk.asked() == []


def test_a_name_that_nobody_knows_is_asked_for_again_after_an_hour(desk: Desk) -> None:
    desk.teller.unknown = {B}
    assert set(desk.look(A, B).bars) == {A}
    desk.asked()
    desk.hour = time(15, 59, tzinfo=desk.hour.tzinfo)
    desk.look(A, B)
    assert desk.asked() == []
    desk.hour = time(16, 1, tzinfo=desk.hour.tzinfo)
    desk.teller.unknown = set()
    assert set(desk.look(A, B).bars) == {A, B}
    assert desk.asked() == [((B,), YEAR + OVERLAP)]


def test_a_close_that_comes_late_is_asked_for_after_an_hour_and_said(desk: Desk) -> None:
    desk.look(A)
    last = desk.through
    desk.next_day()
    desk.teller.bend = lambda told: replace(told, days=told.days[:-1], closes=told.closes[:-1])
    found = desk.look(A)
    assert found.bars[A].days[-1] == last
    assert found.notes == (f"no close of {desk.through}, the last are of: AAA {last}",)
    desk.teller.bend = lambda told: told
    desk.asked()
    assert desk.look(A).bars[A].days[-1] == last
    assert desk.asked() == []
    desk.hour = time(16, 30, tzinfo=desk.hour.tzinfo)
    assert desk.look(A).bars[A].days[-1] == desk.through
    assert desk.asked() == [((A,), 1 + OVERLAP)]


def test_insisting_asks_again_at_once(desk: Desk) -> None:
    desk.look(A)
    desk.asked()
    desk.look(A, insist=True)
    assert desk.asked() == [((A,), OVERLAP)]


def test_an_old_day_that_was_corrected_is_found_when_all_is_asked_for(desk: Desk) -> None:
    desk.look(A)
    desk.asked()
    day = before(before(before(before(before(before(before(THURSDAY)))))))

    def corrected(told: Bars) -> Bars:
        closes = (c + 1 if d == day else c for d, c in zip(told.days, told.closes, strict=True))
        return replace(told, closes=tuple(closes))

    desk.teller.bend = corrected
    desk.look(A, insist=True)
    assert desk.look(A).bars[A] == direct(desk, A), "a few days back is as far as it looks"
    found = desk.look(A, whole=True)
    assert found.bars[A] == corrected(direct(desk, A))
    assert "restated the past of AAA" in found.notes[0]
    assert desk.asked() == [((A,), OVERLAP), ((A,), YEAR + OVERLAP)]


# Splits and dividends.


@pytest.mark.parametrize("ratio", [2.0, 0.1, 1.004], ids=["split", "reverse", "dividend"])
def test_a_past_that_was_restated_is_fetched_anew_and_said(desk: Desk, ratio: float) -> None:
    desk.look(A, B)
    desk.asked()
    desk.next_day()
    desk.teller.splits = {A: (desk.through, ratio)}
    found = desk.look(A, B)
    assert desk.asked() == [((A, B), 1 + OVERLAP), ((A,), YEAR + OVERLAP)]
    assert found.bars == {A: direct(desk, A), B: direct(desk, B)}
    said = "the broker restated the past of AAA (a split, a dividend): all of it was fetched anew"
    assert found.notes == (said,)
    assert desk.look(A, B).notes == ()


def test_a_difference_of_less_than_a_basis_point_restates_nothing(desk: Desk) -> None:
    desk.look(A)
    desk.asked()
    desk.next_day()
    desk.teller.splits = {A: (desk.through, 1.00005)}
    assert desk.look(A).notes == ()
    assert len(desk.asked()) == 1


def test_days_that_the_broker_no_longer_tells_are_kept_at_the_new_level(desk: Desk) -> None:
    desk.settings = PriceSettings(history_days=400)
    old = desk.look(A).bars[A]
    desk.next_day()
    desk.teller.splits = {A: (desk.through, 4.0)}

    def short(told: Bars) -> Bars:
        return replace(
            told, days=told.days[-100:], closes=told.closes[-100:], volumes=told.volumes[-100:]
        )

    desk.teller.bend = short
    new = desk.look(A).bars[A]
    assert new.days == (*old.days[1:], desk.through)
    assert new.closes[:-1] == pytest.approx([close / 4 for close in old.closes[1:]])
    assert new.volumes[:-1] == pytest.approx([volume * 4 for volume in old.volumes[1:]])


# Nonsense.


def with_day(told: Bars, day: date, close: float = 50.0) -> Bars:
    return replace(told, days=(*told.days, day), closes=(*told.closes, close), volumes=())


def with_close(told: Bars, close: float) -> Bars:
    return replace(told, closes=(*told.closes[:-1], close))


NONSENSE = {
    "NaN": (lambda told: with_close(told, nan), "a close of nan on"),
    "infinite": (lambda told: with_close(told, inf), "a close of inf on"),
    "zero": (lambda told: with_close(told, 0.0), "a close of 0 on"),
    "negative": (lambda told: with_close(told, -1.0), "a close of -1 on"),
    "twice": (lambda told: with_day(told, told.days[-1]), "twice"),
    "unsorted": (lambda told: with_day(told, told.days[0]), " after "),
    "backwards": (lambda told: replace(told, days=told.days[::-1]), " after "),
    "future": (lambda told: with_day(told, THURSDAY + timedelta(days=90)), "which is yet to come"),
    "torn": (lambda told: replace(told, closes=told.closes[1:]), "closes"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_by_name_and_what_was_kept_stays(desk: Desk, name: str) -> None:
    bend, why = NONSENSE[name]
    kept = desk.look(A, B).bars[A]
    desk.next_day()
    desk.teller.bend = lambda told: bend(told) if told.symbol == A else told
    found = desk.look(A, B)
    assert found.bars[A] == kept
    assert found.bars[B] == direct(desk, B)
    assert found.notes[0].startswith("AAA: what the broker tells is not used: ")
    assert why in found.notes[0]
    desk.teller.bend = lambda told: told
    desk.next_day()
    assert desk.look(A, B).bars[A] == direct(desk, A)


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_never_the_first_thing_that_is_kept(desk: Desk, name: str) -> None:
    bend, _ = NONSENSE[name]
    desk.teller.bend = lambda told: bend(told) if told.symbol == A else told
    assert set(desk.look(A, B).bars) == {B}


def test_no_bar_of_a_session_that_is_not_over_enters(desk: Desk) -> None:
    desk.teller.bend = lambda told: with_day(told, THURSDAY, 9999.0)
    desk.look(A)
    desk.teller.bend = lambda told: told
    found = desk.look(A).bars[A]
    assert (found.days[-1], 9999.0 in found.closes) == (before(THURSDAY), False)
    desk.next_day()
    assert desk.look(A).bars[A].closes == direct(desk, A).closes


def test_a_clock_that_is_set_back_sees_nothing_of_later_days(desk: Desk) -> None:
    desk.next_day(10)
    desk.look(A)
    desk.teller.today = THURSDAY
    assert desk.look(A).bars[A].days[-1] == before(THURSDAY)


@pytest.mark.parametrize("volume", [-1.0, inf])
def test_volumes_that_make_no_sense_are_left_out(desk: Desk, volume: float) -> None:
    desk.teller.bend = lambda told: replace(told, volumes=(*told.volumes[:-1], volume))
    assert desk.look(A).bars[A].volumes == ()


def test_volumes_of_one_venue_stay_so(desk: Desk) -> None:
    desk.teller.bend = lambda told: replace(told, consolidated=told.symbol == B)
    found = desk.look(A, B).bars
    assert (found[A].consolidated, found[B].consolidated) == (False, True)


def test_a_holiday_of_one_name_leaves_the_others_whole(desk: Desk) -> None:
    hole = before(before(before(THURSDAY)))
    desk.teller.bend = lambda told: without(told, hole) if told.symbol == A else told
    found = desk.look(A, B).bars
    assert hole not in found[A].days
    assert found[B] == direct(desk, B)
    assert all(first < second for first, second in pairwise(found[A].days))
    desk.teller.bend = lambda told: told
    desk.next_day()
    assert desk.look(A, B).bars[A] == direct(desk, A), "the hole is seen, and mended"


def without(told: Bars, day: date) -> Bars:
    place = told.days.index(day)
    cut = slice(place, place + 1)
    parts = (list(told.days), list(told.closes), list(told.volumes))
    for part in parts:
        del part[cut]
    days, closes, volumes = map(tuple, parts)
    return replace(told, days=days, closes=closes, volumes=volumes)


def test_the_walk_of_the_bench_is_what_it_says() -> None:
    told = bars(A, date(2020, 3, 2), date(2020, 3, 6))
    assert len(told.days) == len(told.closes) == 5
