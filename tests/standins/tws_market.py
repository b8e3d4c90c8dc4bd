"""What is listed at the broker behind the TWS stand-in: contracts, ticks, quotes, hours, bars."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from standins.alpaca_model import NEW_YORK, session_of

D = Decimal
ZONE = "US/Eastern"
"""The name that IB gives to New York's time."""

RULES: dict[int, tuple[tuple[Decimal, Decimal], ...]] = {
    26: ((D(0), D("0.01")),),
    635: ((D(0), D("0.0001")), (D("0.5"), D("0.005")), (D(10), D("0.01")), (D(50), D("0.05"))),
}
"""Market rules by id: from which price on, which tick. 26 is that of US stocks."""

FRACTION = D("0.0001")
CON_IDS = {"AAPL": 265598, "KO": 8894, "MSFT": 272093, "SPY": 756733, "TSLA": 76792991}
ISINS = {"AAPL": "US0378331005", "KO": "US1912161007", "MSFT": "US5949181045"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A stock at its primary exchange."""

    con_id: int
    symbol: str
    name: str
    exchange: str = "NASDAQ"
    currency: str = "USD"
    trading_class: str = "NMS"
    isin: str = ""
    rule: int = 26
    step: Decimal = FRACTION
    """Shares come in steps of this; 1 where no fractions are traded."""

    def tick(self, price: Decimal) -> Decimal:
        """The tick of an order at ``price``."""
        return [tick for low, tick in RULES[self.rule] if low <= price][-1]

    @property
    def min_tick(self) -> Decimal:
        """The smallest tick of any price, as contract details tell it."""
        return min(tick for _, tick in RULES[self.rule])


def listing_of(symbol: str, number: int) -> Listing:
    """A US stock; those that are not known by their true id have one of ``number``."""
    con_id = CON_IDS.get(symbol, 900_000_000 + number)
    return Listing(con_id, symbol, f"{symbol} INC", isin=ISINS.get(symbol, ""))


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of trading. Volume is in shares."""

    day: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    trades: int = 900


def made_bars(price: Decimal, days: list[date]) -> list[Bar]:
    """Sessions that trade within a tenth of a percent of ``price``."""
    bars = []
    for day in days:
        close = D(round(float(price) * (1 + (day.toordinal() % 7 - 3) / 3000), 2)).quantize(
            D("0.01")
        )
        bars.append(Bar(day, close, close, close, close, 5_000_000 + day.toordinal() % 1000))
    return bars


def sessions(last: date, count: int) -> list[date]:
    """The ``count`` trading days that end with ``last``, oldest first."""
    days: list[date] = []
    while len(days) < count:
        if session_of(last) is not None:
            days.append(last)
        last -= timedelta(days=1)
    return days[::-1]


def hours(today: date, opens: str, closes: str) -> str:
    """Six days of trading hours as contract details have them."""
    days = [today + timedelta(days=n) for n in range(6)]
    return ";".join(
        f"{d:%Y%m%d}:{opens}-{d:%Y%m%d}:{closes}" if session_of(d) else f"{d:%Y%m%d}:CLOSED"
        for d in days
    )


def local(moment: datetime, *, zoned: bool = True) -> str:
    """New York's time as TWS writes it: with the name of the zone, or with two spaces."""
    there = moment.astimezone(NEW_YORK)
    return f"{there:%Y%m%d %H:%M:%S} {ZONE}" if zoned else f"{there:%Y%m%d  %H:%M:%S}"


def moment_of(words: str) -> datetime:
    """A time that a client writes: with a zone, in UTC with a dash, or else New York's."""
    if "-" in words:
        return datetime.strptime(words, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
    day, hour = words.split()[:2]
    naive = datetime.strptime(f"{day} {hour}", "%Y%m%d %H:%M:%S")  # noqa: DTZ007 - zone below
    return naive.replace(tzinfo=UTC if words.endswith("UTC") else NEW_YORK)
