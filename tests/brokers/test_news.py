"""The bell that wakes who waits for a broker: at once, but not again and again."""

from threading import Timer
from time import monotonic

from hypothesis import given
from hypothesis import strategies as st

from brokers.news import GATHER_SECONDS, News

LONG = 5.0


def test_who_waits_is_woken_when_it_is_rung() -> None:
    news, begun = News(3, 1.0, monotonic), monotonic()
    timer = Timer(0.05, news.ring)
    timer.start()
    assert news.wait(LONG)
    assert 0.05 <= monotonic() - begun < LONG / 2
    timer.join()


def test_what_was_rung_before_is_news_once() -> None:
    news = News(3, 1.0, monotonic)
    news.ring()
    news.ring()
    assert news.wait(LONG)
    assert not news.wait(0.01)


def test_a_wait_without_a_ring_is_as_long_as_it_was_asked_to_be() -> None:
    news, begun = News(3, 1.0, monotonic), monotonic()
    assert not news.wait(0.2)
    assert monotonic() - begun >= 0.19


def test_a_ring_behind_the_first_is_seen_by_the_same_look() -> None:
    news = News(3, 1.0, monotonic)
    news.ring()
    timer = Timer(GATHER_SECONDS / 2, news.ring)
    timer.start()
    assert news.wait(LONG)
    timer.join()
    assert not news.wait(0.01)


def test_a_ring_that_never_ends_wakes_little_more_often_than_the_pace() -> None:
    news, begun, looks = News(2, 0.5, monotonic), monotonic(), 0
    while (gone := monotonic() - begun) < 1.6:
        news.ring()
        looks += news.wait(LONG)
    assert 4 <= looks <= 2 + gone / 0.5 + 1


@given(st.lists(st.floats(0, 3), max_size=30), st.integers(1, 5))
def test_in_no_time_are_there_more_looks_than_granted(gaps: list[float], burst: int) -> None:
    """Its seconds are ours here: a wait for room that does not move them is cut at its end."""
    now = [0.0]
    news, woken = News(burst, 2.0, lambda: now[0]), 0
    for gap in gaps:
        now[0] += gap
        news.ring()
        woken += news.wait(0)
        assert woken <= len(gaps)
    assert not news.wait(0), "each ring was heard once"
