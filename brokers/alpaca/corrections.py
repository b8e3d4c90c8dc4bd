"""Trades that were corrected or busted, as Alpaca's stream of account activities tells them.

The list of activities has no form for them. The stream has one (Trading API 2.0.1, ``GET
/v2beta1/events/activities``): the details of a trade say whether it is a fill, a ``trade_correct``
or a ``trade_bust``, and ``previous_id`` names the execution that it takes the place of. It is read
up to now every quarter of an hour. Where it is not offered, or cannot be read, nothing is known of
corrections, as before; one that is told and fits no trade that we know stops everything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from brokers.alpaca.fields import Row, moment, number, row_of, text
from brokers.alpaca.wire import Wire
from brokers.broker import BadAnswer, BrokerError
from brokers.words import ZERO

PATH = "/events/activities"
VERSION = "v2beta1"
FRESH = timedelta(minutes=15)
REACH = timedelta(days=7)
"""How far back each look reaches: exchanges correct and bust trades within days."""
WHAT = "event of a trade"
BUST, CORRECT = "trade_bust", "trade_correct"
COMPARE = "compare the account's trades with the book: trimtab reconcile"


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as the stream tells it; ``takes_place_of`` is empty for a fill."""

    event: str
    execution: str
    takes_place_of: str
    order: str
    symbol: str
    side: str
    total: Decimal
    """Shares of the order that were filled so far."""
    quantity: Decimal
    """Zero where the trade was busted."""
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a fill: its newest version."""

    version: int
    quantity: Decimal
    price: Decimal | None
    """None as it was."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of fills, by the id of each, and entries that are corrections themselves."""

    of: Mapping[str, Change]
    corrections: frozenset[str]


NONE = Changes({}, frozenset())


class Corrections:
    """The trades of the last days, as the stream tells them."""

    def __init__(self, wire: Wire, now: Callable[[], datetime]) -> None:
        """Nothing is read until it is asked for."""
        self._wire = wire
        self._now = now
        self._trades: dict[str, Trade] = {}
        self._asked: datetime | None = None

    def changes(self, fills: Sequence[Row]) -> Changes:
        """What became of ``fills``, as far as Alpaca tells. Raises ``BadAnswer``."""
        now = self._now()
        if self._asked is None or not timedelta(0) <= now - self._asked < FRESH:
            self._asked = now
            self._read(now)
        return changes_of(fills, self._trades.values())

    def _read(self, now: datetime) -> None:
        """Read up to now, if it can be read: to an account that has no stream nothing is lost."""
        span = {"since": (now - REACH).isoformat(), "until": now.isoformat()}
        query = {name: told.replace("+00:00", "Z") for name, told in span.items()}
        try:
            told = self._wire.read_events(PATH, VERSION, query)
        except BrokerError:
            return
        for each in told:
            if trade := trade_of(row_of(each, WHAT)):
                self._trades[trade.event] = trade


def trade_of(event: Row) -> Trade | None:
    """A trade; None where it is an activity of another kind."""
    details = event.get("details")
    kind = details.get("execution_type") if isinstance(details, dict) else None
    if kind is None:
        return None
    told = row_of(details, WHAT)
    is_correction = kind in {BUST, CORRECT}
    return Trade(
        event=text(event, "event_id", WHAT),
        execution=text(event, "ref_id", WHAT),
        takes_place_of=text(event, "previous_id", WHAT) if is_correction else "",
        order=text(told, "order_id", WHAT),
        symbol=text(told, "symbol", WHAT),
        side=text(told, "side", WHAT),
        total=number(told, "cum_qty", WHAT),
        quantity=ZERO if kind == BUST else abs(number(event, "qty", WHAT)),
        price=ZERO if kind == BUST else number(event, "price", WHAT),
        at=moment(event, "at", WHAT),
    )


def changes_of(fills: Sequence[Row], trades: Iterable[Trade]) -> Changes:
    """What ``trades`` tell of ``fills``. Pure. A correction of a correction is one more version."""
    ordered = sorted(trades, key=lambda trade: trade.event)
    corrections = [trade for trade in ordered if trade.takes_place_of]
    if not corrections:
        return NONE
    by_execution = {trade.execution: trade for trade in ordered}
    own = frozenset(_entries(fills, corrections))
    roots: dict[str, str] = {}
    found: dict[str, Change] = {}
    for trade in corrections:
        before = roots.get(trade.takes_place_of) or _fill(fills, own, trade, by_execution)
        roots[trade.execution] = before
        version = found[before].version + 1 if before in found else 1
        price = trade.price if trade.quantity else None
        found[before] = Change(version, trade.quantity, price, trade.at)
    return Changes(found, own)


def _entries(fills: Sequence[Row], corrections: Sequence[Trade]) -> Iterable[str]:
    """Entries of the list that are corrections: by their id, or of their own type."""
    executions = {trade.execution for trade in corrections}
    for row in fills:
        name = str(row.get("id"))
        if name.rpartition("::")[2] in executions or row.get("type") in {BUST, CORRECT}:
            yield name


def _fill(
    fills: Sequence[Row], own: frozenset[str], trade: Trade, by_execution: Mapping[str, Trade]
) -> str:
    """The id of the fill that ``trade`` takes the place of.

    It is the one that bears the execution's id, or else the one at which the same order had come
    as far: no two fills of an order have.
    """
    before = by_execution.get(trade.takes_place_of)
    candidates = [
        row
        for row in fills
        if row.get("id") not in own
        and (row.get("order_id"), row.get("symbol"), row.get("side"))
        == (trade.order, trade.symbol, trade.side)
        and (
            str(row.get("id")).rpartition("::")[2] == trade.takes_place_of
            or (before is not None and _as_far(row, before))
        )
    ]
    if len(candidates) != 1 or not trade.price.is_finite() or trade.price < 0:
        words = f"Alpaca corrects a trade of {trade.symbol} that fits no entry: {trade.execution}"
        raise BadAnswer(words, COMPARE)
    return text(candidates[0], "id", WHAT)


def _as_far(row: Row, trade: Trade) -> bool:
    """Whether an entry of the list is a trade of the stream."""
    told = number(row, "cum_qty", WHAT), number(row, "qty", WHAT)
    return told == (trade.total, trade.quantity)
