"""The hours of an exchange as contract details state them. Pure.

``20200312:0930-20200312:1600;20200313:CLOSED``, in the exchange's own time; before TWS 970 the end
had no date, ``20200312:0930-1600``, and several sessions of a day are separated by commas.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = re.compile(r"(\d{8}):(.+)")
SPAN = re.compile(r"(?:(\d{8}):)?(\d{4})-(?:(\d{8}):)?(\d{4})")
Spans = tuple[tuple[datetime, datetime], ...]


def spans(hours: str, zone: str) -> Spans:
    """When it opens and closes, in UTC; nothing where the zone is not known."""
    try:
        place = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ()
    return tuple(
        (_at(start or day, opens, place), _at(end or start or day, closes, place))
        for day, told in DAY.findall(hours.replace(";", "\n"))
        for start, opens, end, closes in SPAN.findall(told)
    )


def _at(day: str, clock: str, place: ZoneInfo) -> datetime:
    at = datetime.strptime(day + clock, "%Y%m%d%H%M").replace(tzinfo=place)
    return at.astimezone(UTC)


def is_open(found: Spans, now: datetime) -> bool | None:
    """Whether ``now`` is inside of them; None where they do not reach to ``now``."""
    if not found or now >= max(closes for _, closes in found):
        return None
    return any(opens <= now < closes for opens, closes in found)
