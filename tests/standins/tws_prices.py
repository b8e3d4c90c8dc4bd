"""What TWS tells of contracts and prices: details, market rules, ticks, bars."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from standins.alpaca_model import NEW_YORK, session_of
from standins.tws_book import Refusal
from standins.tws_market import RULES, ZONE, Bar, Listing, hours, local, moment_of
from standins.tws_model import TwsModel
from standins.tws_wire import double

Frame = list[object]
ORDER_TYPES = "ACTIVETIM,AD,ADJUST,ALERT,DAY,FOK,GTC,IOC,LMT,LOC,MKT,WHATIF"
LIVE_TICKS = {"bid": 1, "ask": 2, "last": 4, "close": 9, "bid_size": 0, "ask_size": 3, "time": 45}
DELAYED_TICKS = {
    "bid": 66, "ask": 67, "last": 68, "close": 75, "bid_size": 69, "ask_size": 70, "time": 88,
}  # fmt: skip
MORE_AT = "See link in 'Market Data Connections' dialog for more details."


def details(model: TwsModel, request: int, listing: Listing, version: int) -> Frame:
    """Message 10."""
    today = model.now().astimezone(NEW_YORK).date()
    exchanges = ["SMART", "IEX", listing.exchange]
    named: Frame = [listing.symbol, "STK", "", "0", "", "SMART", listing.currency]
    sector = ["Technology", "Computers", "Computers"]
    isin = [1, "ISIN", listing.isin] if listing.isin else [0]
    return [
        10,
        *([8] if version < 164 else []),
        request,
        *named,
        *[listing.symbol, listing.trading_class, listing.trading_class, listing.con_id],
        listing.min_tick,
        *([1] if version < 164 else []),
        *["", ORDER_TYPES, ",".join(exchanges), 1, 0, listing.name, listing.exchange, ""],
        *sector,
        *[ZONE, hours(today, "0400", "2000"), hours(today, "0930", "1600"), "", ""],
        *isin,
        *[1, "", "", ",".join([str(listing.rule)] * len(exchanges)), "", "COMMON"],
        *([100] if version == 163 else []),
        *([listing.step, listing.step, 100] if version >= 164 else []),
    ]


def market_rule(rule: int) -> Frame:
    """Message 93."""
    if rule not in RULES:
        raise Refusal(321, f"Error validating request.-'bE' : cause - Unknown rule {rule}")
    steps = [double(each) for step in RULES[rule] for each in step]
    return [93, rule, len(RULES[rule]), *steps]


def data_kind(model: TwsModel, asked: int) -> int:
    """Live is 1, frozen 2, delayed 3, delayed and frozen 4; raise ``Refusal`` where it may not."""
    if model.market_data == "live":
        return 1 if asked in {1, 3} else 2
    if model.market_data == "none":
        raise Refusal(354, "Requested market data is not subscribed.")
    if asked < 3:
        words = "Requested market data requires additional subscription for API. "
        raise Refusal(10089, f"{words}{MORE_AT}Delayed market data is available.")
    return asked


def ticks(model: TwsModel, request: int, listing: Listing, kind: int) -> list[Frame]:
    """The prices of now, one message each."""
    if listing.symbol not in model.quotes:
        return []
    bid, ask = model.quotes[listing.symbol]
    ids = LIVE_TICKS if kind < 3 else DELAYED_TICKS
    last = bid if bid > 0 else Decimal(70)
    made = int((model.now() - model.quote_age).timestamp())
    sizes = [0, 0] if bid < 0 else [200, 100]
    return [
        [1, 6, request, ids["bid"], double(bid), sizes[0], 0],
        [2, 6, request, ids["bid_size"], sizes[0]],
        [1, 6, request, ids["ask"], double(ask), sizes[1], 0],
        [2, 6, request, ids["ask_size"], sizes[1]],
        [1, 6, request, ids["last"], double(last), 100, 0],
        [46, 6, request, ids["time"], made],
        [1, 6, request, ids["close"], double(last), 0, 0],
    ]


def tick_parameters(request: int, listing: Listing) -> Frame:
    """Message 81."""
    return [81, request, listing.min_tick, "9c0001", 3]


@dataclass(frozen=True, slots=True)
class Bars:
    """A request for bars, as it is worded."""

    request: int
    end: str
    size: str
    duration: str
    what: str


def bars(model: TwsModel, listing: Listing, asked: Bars) -> Frame:
    """Message 17: daily bars, or raise ``Refusal``."""
    if asked.size != "1 day":
        raise _invalid("Only daily bars here")
    if asked.what == "ADJUSTED_LAST" and asked.end:
        raise _invalid("End Date not supported with adjusted last")
    end = moment_of(asked.end) if asked.end else model.now()
    last = end.astimezone(NEW_YORK).date()
    session = session_of(last)
    if session is not None and end < session[0]:
        last -= timedelta(days=1)
    found = model.bars_of(listing, last, _sessions(asked.duration))
    if not found:
        words = "Historical Market Data Service error message:HMDS query returned no data: "
        raise Refusal(162, f"{words}{listing.symbol}@SMART Trades")
    start = datetime.combine(found[0].day, datetime.min.time(), UTC)
    rows = [each for bar in found for each in _bar(bar)]
    return [17, asked.request, local(start), local(end), len(found), *rows]


def _invalid(cause: str) -> Refusal:
    return Refusal(321, f"Error validating request.-'bW' : cause - {cause}")


def _bar(bar: Bar) -> Frame:
    prices = [double(each) for each in (bar.open, bar.high, bar.low, bar.close)]
    return [f"{bar.day:%Y%m%d}", *prices, bar.volume, double(bar.close), bar.trades]


def _sessions(duration: str) -> int:
    """About how many sessions a duration is, such as ``30 D`` or ``1 Y``."""
    count, unit = duration.split()
    return max(1, int(int(count) * {"D": 1, "W": 5, "M": 21, "Y": 252}[unit]))
