"""Everything that happened in the account, as Alpaca keeps it: read to the end, then kept up.

The whole record is read once; afterwards only its end, with an overlap behind the newest entry
known, so that what is entered late is found. Entries are kept by id; the last reading counts.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from brokers.alpaca.fields import Row, moment, rows_of, text
from brokers.alpaca.wire import Wire
from brokers.broker import BadAnswer

PAGE = 100
"""Most that Alpaca tells at once."""
OVERLAP = timedelta(days=7)
"""How far each look reaches back behind the newest entry known."""
FRESH = timedelta(seconds=1)
"""How long one look answers for all that is made of it."""


class History:
    """The activities of one account, oldest first."""

    def __init__(self, wire: Wire, now: Callable[[], datetime]) -> None:
        """Nothing is read until it is asked for."""
        self._wire = wire
        self._now = now
        self._rows: dict[str, Row] = {}
        self._read: datetime | None = None

    def rows(self) -> tuple[Row, ...]:
        """Every activity there is. Its id begins with its time, so ids are in order."""
        now = self._now()
        if self._read is None or not timedelta(0) <= now - self._read < FRESH:
            self._catch_up()
            self._read = now
        return tuple(self._rows[name] for name in sorted(self._rows))

    def forget(self) -> None:
        """Look again at the next question, however soon: something was done in between."""
        self._read = None

    def _catch_up(self) -> None:
        """Read from a while before the newest known entry to the end; keep nothing of half."""
        found: dict[str, Row] = {}
        newest = max((time_of(row) for row in self._rows.values()), default=None)
        token = ""
        while True:
            query: dict[str, str | int] = {"direction": "asc", "page_size": PAGE}
            if newest is not None:
                query["after"] = f"{newest - OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
            if token:
                query["page_token"] = token
            rows = rows_of(self._wire.read("/account/activities", query), "list of activities")
            fresh = _new(rows, found)
            if not fresh:
                if len(rows) >= PAGE:
                    raise BadAnswer("Alpaca tells the same page of activities again", "report it")
                break
            found.update(fresh)
            token = text(rows[-1], "id", "activity")
        self._rows.update(found)


def _new(rows: Iterable[Row], known: dict[str, Row]) -> dict[str, Row]:
    """The rows by id, those that are known left out."""
    named = {text(row, "id", "activity"): row for row in rows}
    return {name: row for name, row in named.items() if name not in known}


def time_of(row: Row) -> datetime:
    """When it happened: of a trade when it was made, of anything else when it was entered."""
    for name in ("transaction_time", "created_at"):
        if row.get(name):
            return moment(row, name, "activity")
    return entered(row)


def entered(row: Row) -> datetime:
    """The time that an activity's id begins with, for one that tells no other."""
    stamp = text(row, "id", "activity")[:17]
    try:
        return datetime.strptime(f"{stamp}000+0000", "%Y%m%d%H%M%S%f%z")
    except ValueError as exc:
        raise BadAnswer(f"Alpaca's activity {text(row, 'id', 'activity')} has no time") from exc
