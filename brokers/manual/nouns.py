"""Each file's lines as nouns: one function a file, which sees lines and answers with a tuple.

An empty ``currency`` is the account's base. Ids that a file leaves out are made of the content.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TypeVar

from brokers.manual.identity import Turns, content_id, digest, numbered
from brokers.manual.row import Row
from brokers.words import (
    Bars,
    Cash,
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    FxRate,
    OrderKey,
    Position,
    Quote,
    Side,
    Symbol,
    Transfer,
)

Noun = TypeVar("Noun")

MORNING = time(5, tzinfo=UTC)
"""Midnight or an hour past it in New York, winter and summer: before anything that day, and it is
the same date there."""

SIGN: Mapping[FlowKind, int] = {FlowKind.DEPOSIT: 1, FlowKind.WITHDRAWAL: -1, FlowKind.FEE: -1}
"""Kinds of flow that go one way only; the others may be taken back."""

NO_TICKET = OrderKey("-")
"""Written under ``key`` where a fill answers no order of ours."""

LOT = "lot"
FILL = "fill"
FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Frame:
    """What every line is read by: the currency that need not be written, and what is past."""

    base: Currency
    now: datetime


def _unique(
    rows: Sequence[Row], column: str, name: Callable[[Noun], str], nouns: Iterable[Noun]
) -> tuple[Noun, ...]:
    """``nouns``, complaining of a line that names what an earlier one has named."""
    first: dict[str, str] = {}
    kept = tuple(nouns)
    for row, noun in zip(rows, kept, strict=True):
        if first.setdefault(name(noun), row.place) != row.place:
            row.wrong(column, f"is on {first[name(noun)]} already")
    return kept


def positions(rows: Sequence[Row], _frame: Frame) -> tuple[Position, ...]:
    """What the account holds now, one line a symbol."""
    nouns = (Position(row.symbol(), row.positive("quantity")) for row in rows)
    return _unique(rows, "symbol", lambda position: position.symbol, nouns)


def cash(rows: Sequence[Row], frame: Frame) -> tuple[Cash, ...]:
    """Cash now, one line a currency; all of it is settled where nothing else is said."""
    return _unique(rows, "currency", lambda c: c.currency, (_cash(row, frame) for row in rows))


def _cash(row: Row, frame: Frame) -> Cash:
    amount = row.any_number("amount")
    settled = row.any_number("settled") if row.has("settled") else amount
    return Cash(row.currency(frame.base), amount, settled)


def quotes(rows: Sequence[Row], frame: Frame) -> tuple[Quote, ...]:
    """Bid and ask, or a price with its spread, one line a symbol."""
    return _unique(rows, "symbol", lambda quote: quote.symbol, (_quote(r, frame) for r in rows))


def _quote(row: Row, frame: Frame) -> Quote:
    bid, ask = _two_sides(row)
    currency = row.currency(frame.base)
    return Quote(row.symbol(), bid, ask, row.past("time", frame.now), currency)


def _two_sides(row: Row) -> tuple[Decimal, Decimal]:
    if row.has("price") and not (row.has("bid") or row.has("ask")):
        price, half = row.positive("price"), row.positive("spread") / 2
        if half >= price:
            row.wrong("spread", "must be less than twice the price")
        return price - half, price + half
    if row.has("price"):
        row.wrong("price", "stands beside bid and ask; write the one or the other")
    bid, ask = row.positive("bid"), row.positive("ask")
    if ask < bid:
        row.wrong("ask", f"is below the bid of {bid}")
    return bid, ask


def lots(rows: Sequence[Row], frame: Frame) -> tuple[Transfer, ...]:
    """Tax lots as they came to the account, oldest first; an empty ``unit_cost`` is unknown."""
    found = [_lot(row, frame) for row in rows]
    names = numbered(LOT, map(lot_name, found))
    made = (replace(lot, transfer_id=name) for lot, name in zip(found, names, strict=True))
    return tuple(sorted(made, key=lambda lot: lot.time))


def _lot(row: Row, frame: Frame) -> Transfer:
    acquired = row.day("acquired")
    received = row.day("received") if row.has("received") else acquired
    if received < acquired:
        row.wrong("received", "is before the day on which it was acquired")
    if max(acquired, received) > frame.now.date():
        row.wrong("acquired", f"lies in the future: today is {frame.now:%Y-%m-%d}")
    cost = _cost(row)
    moment = datetime.combine(received, MORNING)
    currency = row.currency(frame.base)
    return Transfer("", row.symbol(), row.positive("quantity"), cost, acquired, moment, currency)


def _cost(row: Row) -> Decimal | None:
    """Of one share; ``basis`` is that of the whole lot, where a share's has no end of digits."""
    if not row.has("basis"):
        return row.not_negative("unit_cost") if row.has("unit_cost") else None
    if row.has("unit_cost"):
        row.wrong("basis", "stands beside unit_cost; write the one or the other")
    quantity = row.positive("quantity")
    return row.not_negative("basis") / quantity if quantity > 0 else None


def lot_name(lot: Transfer) -> str:
    """What a lot says, whatever its id."""
    return digest(
        lot.symbol, lot.quantity, lot.unit_cost, lot.acquired, lot.time.date(), lot.currency
    )


def fills(rows: Sequence[Row], frame: Frame) -> tuple[Execution, ...]:
    """Executions, oldest first. A line without an id is known by its content."""
    turns = Turns()
    found = [_without_dash(fill(row, frame)) for row in rows]
    named = [
        e if e.root else replace(e, root=content_id(FILL, name := fill_name(e), turns.of(name)))
        for e in found
    ]
    kept = _unique(rows, "id", lambda execution: execution.root, named)
    return tuple(sorted(kept, key=lambda e: (e.time, e.root)))


def _without_dash(execution: Execution) -> Execution:
    return replace(execution, key=None) if execution.key == NO_TICKET else execution


def fill(row: Row, frame: Frame) -> Execution:
    """One execution; ``root`` is empty where the line has no id."""
    return Execution(
        root=row.name("id") if row.has("id") else "",
        version=1,
        key=OrderKey(row.name("key")) if row.has("key") else None,
        symbol=row.symbol(),
        side=row.word("side", Side),
        quantity=row.positive("quantity"),
        price=row.positive("price"),
        fee=row.not_negative("fee"),
        time=row.past("time", frame.now),
        currency=row.currency(frame.base),
    )


def fill_name(e: Execution) -> str:
    """What an execution says, whatever its id and its order."""
    moment = e.time.isoformat()
    return digest(e.symbol, e.side, e.quantity, e.price, e.fee, moment, e.currency)


def flows(rows: Sequence[Row], frame: Frame) -> tuple[CashFlow, ...]:
    """Cash that came or went without a trade, oldest first."""
    turns = Turns()
    found = [_flow(row, frame) for row in rows]
    named = [
        f if f.flow_id else replace(f, flow_id=content_id(FLOW, n := flow_name(f), turns.of(n)))
        for f in found
    ]
    kept = _unique(rows, "id", lambda flow: flow.flow_id, named)
    return tuple(sorted(kept, key=lambda flow: (flow.time, flow.flow_id)))


def _flow(row: Row, frame: Frame) -> CashFlow:
    kind, amount = row.word("kind", FlowKind), row.any_number("amount")
    if SIGN.get(kind, 0) * amount < 0:
        row.wrong("amount", f"a {kind} is {'positive' if SIGN[kind] > 0 else 'negative'}")
    return CashFlow(
        flow_id=row.name("id") if row.has("id") else "",
        kind=kind,
        amount=amount,
        time=row.past("time", frame.now),
        currency=row.currency(frame.base),
        symbol=row.symbol() if row.has("symbol") else None,
    )


def flow_name(flow: CashFlow) -> str:
    """What a cash flow says, whatever its id."""
    moment = flow.time.isoformat()
    return digest(flow.kind, flow.amount, moment, flow.currency, flow.symbol)


def rates(rows: Sequence[Row], frame: Frame) -> tuple[FxRate, ...]:
    """What one unit of each foreign currency is worth in the base currency."""
    made = (
        FxRate(
            row.currency(frame.base),
            frame.base,
            row.positive("rate"),
            row.past("time", frame.now),
        )
        for row in rows
    )
    return _unique(rows, "currency", lambda rate: rate.base, made)


def bars(rows: Sequence[Row], _frame: Frame) -> tuple[Bars, ...]:
    """Daily closes, one series a symbol, oldest first; volumes only where every day has one."""
    series: dict[Symbol, dict[date, tuple[Decimal, Decimal | None]]] = {}
    for row in rows:
        day, close = row.day("day"), row.positive("close")
        volume = row.not_negative("volume") if row.has("volume") else None
        known = series.setdefault(row.symbol(), {})
        if day in known:
            row.wrong("day", f"is there twice for {row.symbol()}")
        known[day] = (close, volume)
    return tuple(_bars(symbol, days) for symbol, days in series.items())


def _bars(symbol: Symbol, series: Mapping[date, tuple[Decimal, Decimal | None]]) -> Bars:
    days = tuple(sorted(series))
    volumes = [volume for day in days for _, volume in [series[day]] if volume is not None]
    whole = len(volumes) == len(days)
    return Bars(
        symbol,
        days,
        tuple(float(series[day][0]) for day in days),
        tuple(float(volume) for volume in volumes) if whole else (),
        source="bars.csv",
        consolidated=whole,
    )
