"""What tests of the paper exchange share: a clock that is set, US hours, a tape that is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from brokers.paper.broker import PaperBroker
from brokers.paper.exchange import FeeRule
from brokers.paper.tape import Tape
from brokers.paper.venue import PaperOptions
from brokers.words import (
    AccountId,
    Bars,
    Instrument,
    Order,
    OrderKey,
    Quote,
    Session,
    Side,
    Symbol,
)

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")
ACME = Symbol("ACME")
THURSDAY = datetime(2020, 3, 12, 14, 0, tzinfo=UTC)
"""10:00 in New York, half an hour after the open."""
CLOSE = datetime(2020, 3, 12, 20, 0, tzinfo=UTC)
ACCOUNT = AccountId("paper")
COMMISSION = FeeRule("commission", tuple(Side), per_share=D("0.01"), least=D(1))


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is set."""

    at: datetime = THURSDAY

    def now(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


def session_at(moment: datetime) -> Session | None:
    """09:30 to 16:00 in New York, Monday to Friday, with no holidays."""
    day = moment.astimezone(NEW_YORK).date()
    if day.weekday() > 4:
        return None
    opens, closes = (
        datetime.combine(day, hour, NEW_YORK).astimezone(UTC) for hour in (time(9, 30), time(16))
    )
    return Session(day, opens, closes) if opens <= moment < closes else None


@dataclass(slots=True)
class ToldTape:
    """A market of ACME whose quote is told from a moment on, and whose volume is one number."""

    spoken: list[tuple[datetime, Decimal, Decimal]] = field(default_factory=list)
    rate: Decimal = Decimal(100)
    remembers: bool = True

    def tell(self, at: datetime, bid: str, ask: str) -> "ToldTape":
        self.spoken.append((at, D(bid), D(ask)))
        return self

    def instruments(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Instrument]:
        return {ACME: Instrument(ACME)} if ACME in symbols else {}

    def quotes(self, symbols: Sequence[Symbol], at: datetime) -> Mapping[Symbol, Quote]:
        last = [each for each in self.spoken if each[0] <= at][-1:]
        if not last or ACME not in symbols:
            return {}
        return {ACME: Quote(ACME, *last[0][1:], at)}

    def bars(self, symbols: Sequence[Symbol], before: date, days: int) -> Mapping[Symbol, Bars]:
        known = (before - timedelta(days=1),)[:days]
        return {ACME: Bars(ACME, known, (100.0,), (1e6,), "told")} if ACME in symbols else {}

    def volume_rate(self, symbol: Symbol, at: datetime) -> Decimal:
        return self.rate if symbol == ACME and at.tzinfo else D(0)


def told(bid: str = "99.99", ask: str = "100.01") -> ToldTape:
    """A quote that stands since the day before."""
    return ToldTape().tell(THURSDAY - timedelta(days=1), bid, ask)


def buy(key: str, quantity: str, limit: str, symbol: Symbol = ACME) -> Order:
    return Order(OrderKey(key), symbol, Side.BUY, D(quantity), D(limit))


def sell(key: str, quantity: str, limit: str, symbol: Symbol = ACME) -> Order:
    return replace(buy(key, quantity, limit, symbol), side=Side.SELL)


def open_at(
    folder: Path, tape: Tape, clock: SetClock, options: PaperOptions | None = None
) -> PaperBroker:
    """The paper account in ``folder``, opened or found."""
    chosen = options or PaperOptions(latency_ms=0)
    return PaperBroker(folder / "ledger.db", tape, clock.now, session_at, ACCOUNT, chosen)
