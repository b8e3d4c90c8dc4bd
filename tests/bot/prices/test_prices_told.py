"""Which daily bars can be had: those of the days before today, even once today is over."""

from datetime import UTC, date, datetime

import pytest

from bot.daemon.sessions import Sessions
from bot.prices.told import ENOUGH, last_told

FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    """Those of New York."""
    return Sessions("XNYS", datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-27T17:00", date(2026, 11, 25)),  # Thanksgiving lies between
        ("2026-11-27T18:30", date(2026, 11, 25)),  # closed early, at one o'clock
        ("2026-11-28T04:59", date(2026, 11, 25)),  # an hour before midnight in New York
        ("2026-11-28T05:00", FRIDAY),
        ("2026-11-30T22:00", FRIDAY),  # after the close
        ("2026-12-01T14:00", MONDAY),
    ],
)
def test_the_last_session_before_today_in_new_york(now: str, day: date, sessions: Sessions) -> None:
    moment = datetime.fromisoformat(f"{now}+00:00")
    assert last_told(sessions.previous_sessions(moment, ENOUGH), moment) == day
