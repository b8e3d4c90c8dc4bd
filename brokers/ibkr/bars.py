"""Daily bars at Interactive Brokers, adjusted for splits and dividends, of days that are over.

IB adjusts the closes of ``ADJUSTED_LAST`` for both. Its volume is that of all exchanges as far as
IB counts trades for its charts: odd lots, blocks and combinations are left out, so it is a little
less than the whole.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brokers.ibkr.contracts import Contracts, Listed
from brokers.ibkr.ear import Trouble
from brokers.ibkr.errors import Kind
from brokers.ibkr.fields import price_or_none
from brokers.ibkr.library import Told
from brokers.ibkr.link import Link
from brokers.words import Bars, Symbol

FRESH = timedelta(minutes=15)
"""Bars of days that are over seldom change, and IB counts requests for them."""
AT_ONCE = 20
"""Requests for history under way; IB takes 50."""
SECONDS = 60.0
"""How long history may take: IB slows down who asks for much of it."""
YEAR_DAYS = 365
DAYS_PER_SESSION = 1.5
"""Calendar days that surely hold a session, 252 of which are a year."""
SOURCE = "Interactive Brokers, adjusted for splits and dividends, without odd lots"
PACED = "pacing violation"
"""In the words of code 162, which else means that there is nothing."""


class History:
    """Daily bars for one account."""

    def __init__(self, link: Link, contracts: Contracts) -> None:
        """Nothing is read until it is asked for."""
        self._link = link
        self._contracts = contracts
        self._bars: dict[Symbol, tuple[datetime, int, Bars | None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def bars(self, symbols: Sequence[Symbol], days: int) -> Mapping[Symbol, Bars]:
        """Up to ``days`` bars before today for each symbol that has any."""
        now = self._link.timing.now()
        known = await self._contracts.known(symbols)
        stale = [symbol for symbol in known if not self._has(symbol, days, now)]
        found = await asyncio.gather(*(self._read(known[symbol], days) for symbol in stale))
        for symbol, bars in zip(stale, found, strict=True):
            self._bars[symbol] = now, days, bars
        ready = ((symbol, self._bars[symbol][2]) for symbol in known)
        return {symbol: last(bars, days) for symbol, bars in ready if bars is not None}

    def _has(self, symbol: Symbol, days: int, now: datetime) -> bool:
        """Whether as many bars were read a short while ago, on the same day."""
        read, reach, _ = self._bars.get(symbol, (None, 0, None))
        if read is None or not timedelta(0) <= now - read < FRESH:
            return False
        return reach >= days and read.date() == now.date()

    async def _read(self, listed: Listed, days: int) -> Bars | None:
        """The bars of one contract; None where IB has none."""
        async with self._places:
            try:
                rows = await self._link.request(
                    lambda client, number: client.reqHistoricalData(
                        number,
                        listed.contract,
                        "",
                        duration(days),
                        "1 day",
                        "ADJUSTED_LAST",
                        True,  # noqa: FBT003 - regular hours
                        1,
                        False,  # noqa: FBT003 - once
                        [],
                    ),
                    SECONDS,
                )
            except Trouble as trouble:
                if (
                    trouble.kind in {Kind.DATA, Kind.NOT_FOUND}
                    and PACED not in trouble.text.lower()
                ):
                    return None
                raise
        return self._series(listed, rows)

    def _series(self, listed: Listed, rows: Sequence[Told]) -> Bars | None:
        """The bars before today where it is listed; None where one of them is no bar."""
        today = self._link.timing.now().astimezone(place(listed.zone)).date()
        series: dict[date, tuple[float, float]] = {}
        for row in rows:
            close, made = price_or_none(row.close), day(row.date)
            if close is None or made is None or not row.volume >= 0:
                return None
            if made < today:
                series[made] = float(close / listed.magnifier), float(row.volume)
        if not series:
            return None
        days = sorted(series)
        return Bars(
            symbol=listed.instrument.symbol,
            days=tuple(days),
            closes=tuple(series[each][0] for each in days),
            volumes=tuple(series[each][1] for each in days),
            source=SOURCE,
        )


def duration(days: int) -> str:
    """So many sessions as IB counts time: in days up to a year, else in years."""
    back = round(days * DAYS_PER_SESSION) + 10
    return f"{back} D" if back <= YEAR_DAYS else f"{-(-back // YEAR_DAYS)} Y"


def day(text: object) -> date | None:
    """The day of a daily bar, ``20200312``."""
    try:
        return datetime.strptime(str(text)[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


def place(zone: str) -> ZoneInfo:
    """The zone of an exchange, or New York's where it is not known."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("America/New_York")


def last(bars: Bars, days: int) -> Bars:
    """The newest ``days`` bars."""
    return replace(
        bars, days=bars.days[-days:], closes=bars.closes[-days:], volumes=bars.volumes[-days:]
    )
