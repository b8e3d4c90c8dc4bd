"""Two histories as one: the older at the newer's level, or not at all."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from price_bench import A, B, bars

from bot.prices.joined import join
from bot.prices.placed import Adds, place
from brokers.words import Bars

OLD = bars(A, date(2018, 1, 1), date(2019, 6, 28))
NEW = bars(A, date(2019, 6, 3), date(2020, 3, 11))
BOTH = bars(A, date(2018, 1, 1), date(2020, 3, 11))


def scaled(told: Bars, ratio: float) -> Bars:
    closes = tuple(close * ratio for close in told.closes)
    return replace(told, closes=closes, volumes=tuple(v / ratio for v in told.volumes))


@given(st.floats(1e-3, 1e3))
def test_the_older_takes_the_level_of_the_newer(ratio: float) -> None:
    made = join(scaled(OLD, ratio), NEW)
    assert made.why == ""
    assert made.bars.days == BOTH.days
    assert made.bars.closes == pytest.approx(BOTH.closes, rel=1e-12)
    assert made.bars.volumes == pytest.approx(BOTH.volumes, rel=1e-12)


def test_nothing_older_changes_nothing() -> None:
    assert join(NEW, BOTH).bars is BOTH
    assert join(replace(OLD, days=(), closes=(), volumes=()), NEW).bars is NEW


@pytest.mark.parametrize("common", range(7))
def test_a_few_days_in_common_are_needed(common: int) -> None:
    start = OLD.days.index(NEW.days[0])
    cut = slice(0, start + common)
    made = join(replace(OLD, days=OLD.days[cut], closes=OLD.closes[cut], volumes=()), NEW)
    if common < 5:
        assert made.bars is NEW
        assert made.why == f"{common} days in common, 5 are needed"
    else:
        assert made.bars.days == BOTH.days


def test_what_moves_otherwise_is_something_else() -> None:
    other = replace(bars(B, OLD.days[0], OLD.days[-1]), symbol=A)
    made = join(other, NEW)
    assert made.bars is NEW
    assert made.why.startswith("daily returns differ by ")


def test_a_dividend_that_only_one_of_them_knows_does_not_part_them() -> None:
    place_of = OLD.days.index(date(2019, 6, 12))
    closes = tuple(c * 0.99 if n < place_of else c for n, c in enumerate(OLD.closes))
    made = join(replace(OLD, closes=closes), NEW)
    assert made.bars.closes == pytest.approx(BOTH.closes, rel=1e-12)


def test_volumes_of_one_venue_before_those_of_all_count_for_none_of_the_last_days() -> None:
    venue = replace(OLD, consolidated=False)
    assert join(venue, NEW).bars.consolidated, "the last twenty days are all of the newer one"
    few = slice(len(NEW.days) - 19, None)
    late = replace(NEW, days=NEW.days[few], closes=NEW.closes[few], volumes=NEW.volumes[few])
    older = replace(BOTH, consolidated=False)
    assert not join(older, late).bars.consolidated
    assert not join(OLD, replace(NEW, consolidated=False)).bars.consolidated


def test_a_part_that_does_not_fit_asks_for_the_whole() -> None:
    tail = slice(-6, None)
    part = replace(NEW, days=NEW.days[tail], closes=NEW.closes[tail], volumes=NEW.volumes[tail])
    assert place(NEW, part, whole=False).adds is Adds.NOTHING
    assert place(NEW, scaled(part, 1.001), whole=False).adds is Adds.ASK
    far = bars(A, date(2020, 6, 1), date(2020, 6, 5))
    assert place(NEW, far, whole=False).adds is Adds.ASK


def test_a_whole_answer_with_nothing_in_common_begins_anew_and_says_so() -> None:
    far = bars(A, date(2020, 6, 1), date(2020, 6, 5))
    placed = place(NEW, far, whole=True)
    assert (placed.adds, placed.bars) == (Adds.WHOLE, far)
    assert placed.note == (
        "what was kept before 2020-06-01 is given up: 0 days in common, 5 are needed"
    )
