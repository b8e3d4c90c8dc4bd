"""Stands at the wire: judges each order as it is sent, from the files of that moment."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from simulation.judge import FINAL, OURS, halts
from simulation.records import ZERO, opened, rows, true_cash, true_shares

AFTER_OPEN, BEFORE_CLOSE = timedelta(minutes=5), timedelta(minutes=15)
COLLAR = Decimal("0.05")
"""Of the profile 3 % from a quote that may be some seconds old, and one that is frozen a while."""
QUIET = timedelta(minutes=30)
"""After something happened to the account, what was known before may still be acted on."""
CENT = Decimal("0.01")
READ_BEFORE = timedelta(seconds=15)
QUOTE_AGE, CLOCK_MAX = timedelta(seconds=20), timedelta(seconds=5)
SPREAD_MAX, JUMP_MAX = Decimal("0.03"), Decimal("0.25")
REFUSALS_MAX, UNKNOWN_MAX = 5, 3
LEAST, MOST = Decimal("0.6"), Decimal("1.4")
"""Of the share that a name should have: what prices, cash and other people make of it in a day."""
ORDER_MAX, DAY_MAX = Decimal("0.175"), Decimal("0.315")
"""Shares of NAV without a person's word: a sixth where there are six names, 30 % a day; and a
twentieth more, since NAV is that of the last look."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the exchange has told last, true or not: a quote of the name, and its clock."""

    bid: Decimal
    ask: Decimal
    at: datetime
    currency: str = "USD"
    clock_ahead: timedelta = timedelta(0)
    says_open: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """An order at the wire, and what is true at that moment: mid, and the session's hours."""

    at: datetime
    key: str
    symbol: str
    side: str
    quantity: Decimal
    limit: Decimal
    mid: Decimal | None
    opens: datetime | None
    closes: datetime | None
    disturbed_at: datetime | None
    """When something last happened to the account beside our own orders."""
    heard: Heard | None = None
    weight: Decimal | None = None
    """What the name will weigh, in shares of all that there really is, should all of it fill."""
    share: Decimal | None = None
    """What it should weigh."""


@dataclass(slots=True)
class Witness:
    """Remembers what went over the wire, and all that was wrong with it."""

    book: Path
    ledger: Path
    session: str = ""
    orders: int = 0
    seen: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def saw(self, sent: Sent) -> None:
        """Judge ``sent``."""
        self.orders += 1
        with opened(self.book) as book, opened(self.ledger) as ledger:
            found = [*self._meant(sent, book), *_timely(sent), *_priced(sent)]
            found += [*_stopped(sent, book), *_alone(sent, ledger), *_covered(sent, ledger)]
            found += [*_bounded(sent, book), *_believed(sent), *_weighed(sent)]
            found += [*_restrained(sent, book), *_tied_out(sent, book)]
        self.wrong += [f"{sent.at:%Y-%m-%d %H:%M:%S} {sent.key}: {what}" for what in found]
        self.seen.add(sent.key)

    def asked(self, at: datetime, key: str) -> None:
        """Judge a cancellation: nobody else's order is cancelled (I21)."""
        with opened(self.book) as book:
            if not rows(book, "SELECT 1 FROM intents WHERE key = ?", key):
                self.wrong.append(f"{at:%Y-%m-%d %H:%M:%S} {key}: I21: not ours, and cancelled")

    def _meant(self, sent: Sent, book: sqlite3.Connection) -> list[str]:
        """I2, I7, I8: it was committed before, as it is, under the lease that holds now."""
        if sent.key in self.seen:
            return ["I2: it goes over the wire twice"]
        query = "SELECT symbol, side, quantity, limit_price, token FROM intents WHERE key = ?"
        found = rows(book, query, sent.key)
        if not found:
            return ["I7: there is no intent"]
        symbol, side, quantity, limit, token = found[0]
        wrong = []
        if (symbol, side, Decimal(quantity), Decimal(limit)) != (
            sent.symbol,
            sent.side,
            sent.quantity,
            sent.limit,
        ):
            wrong.append("I7: it is not what was meant")
        kinds = [k for (k,) in rows(book, "SELECT kind FROM order_events WHERE key = ?", sent.key)]
        if "sent" not in kinds:
            wrong.append("I7: the book does not say that it is sent")
        if FINAL & set(kinds):
            wrong.append(f"I7: it ended before it was sent: {kinds}")
        lease = rows(book, "SELECT token, state FROM leases ORDER BY seq DESC LIMIT 1")
        if not lease or lease[0][0] != token or lease[0][1] == "released":
            wrong.append(f"I8: it bears token {token}, the lease is {lease}")
        return wrong


def _timely(sent: Sent) -> list[str]:
    """I16: inside the session, away from its ends."""
    if sent.opens is None or sent.closes is None:
        return ["I16: the exchange is closed"]
    if not sent.opens + AFTER_OPEN <= sent.at <= sent.closes - BEFORE_CLOSE:
        return ["I16: it is too early or too late"]
    return []


def _priced(sent: Sent) -> list[str]:
    """I11: a price on the grid, not far through the market that really is."""
    if not sent.limit.is_finite() or sent.limit <= 0 or sent.limit % CENT:
        return [f"I11: {sent.limit} is no price"]
    if not sent.quantity.is_finite() or sent.quantity <= 0:
        return [f"I11: {sent.quantity} is no quantity"]
    if sent.mid is None:
        # A quote that was read some seconds before it went may be sent by.
        went = sent.disturbed_at is not None and sent.at - sent.disturbed_at <= READ_BEFORE
        return [] if went else ["I11: nobody quotes it"]
    sign = 1 if sent.side == "buy" else -1
    through = (sent.limit / sent.mid - 1) * sign
    return [f"I11: {through:.1%} through the market"] if through > COLLAR else []


def _believed(sent: Sent) -> list[str]:
    """I11, I16: the quote and the clock that it leaves by are such as can be believed."""
    heard = sent.heard
    if heard is None:
        return []
    wrong = []
    if not (heard.bid.is_finite() and heard.ask.is_finite() and 0 < heard.bid < heard.ask):
        return [f"I11: it leaves by a quote of {heard.bid} / {heard.ask}"]
    if sent.at - heard.at > QUOTE_AGE or heard.currency != "USD":
        wrong.append(f"I11: its quote is of {heard.at:%Y-%m-%d %H:%M:%S} in {heard.currency}")
    if (heard.ask - heard.bid) * 2 > SPREAD_MAX * (heard.ask + heard.bid):
        wrong.append(f"I11: the spread of {heard.bid} / {heard.ask} is too wide")
    if sent.mid is not None and abs((heard.bid + heard.ask) / 2 / sent.mid - 1) > JUMP_MAX:
        wrong.append(f"I11: its quote is {heard.bid} / {heard.ask}, the market is at {sent.mid}")
    if abs(heard.clock_ahead) > CLOCK_MAX:
        wrong.append(f"I16: the exchange's clock is {heard.clock_ahead} ahead")
    if not heard.says_open:
        wrong.append("I16: the exchange says that it is closed")
    return wrong


def _weighed(sent: Sent) -> list[str]:
    """I14: a purchase does not carry its name far beyond its target, nor a sale below it."""
    if sent.weight is None or sent.share is None:
        return []
    most, least = sent.share * MOST, sent.share * LEAST
    if sent.side == "buy" and sent.weight > most:
        return [f"I14: bought up to {sent.weight:.1%}, {sent.share:.1%} is wanted"]
    if sent.side == "sell" and sent.weight < least:
        return [f"I14: sold down to {sent.weight:.1%}, {sent.share:.1%} is wanted"]
    return []


def _restrained(sent: Sent, book: sqlite3.Connection) -> list[str]:
    """I12: nothing more leaves after so many refusals in a day, or with so much that is unknown."""
    if sent.opens is None:
        return []
    opened_at = sent.opens.isoformat(timespec="microseconds")
    query = "SELECT count(DISTINCT key) FROM order_events WHERE kind IN ('refused', 'rejected')"
    ((refused,),) = rows(book, f"{query} AND time >= ?", opened_at)
    wrong = [f"I12: after {refused} refusals today"] if refused >= REFUSALS_MAX else []
    last = dict(
        rows(book, "SELECT key, kind FROM order_events WHERE key <> ? ORDER BY seq", sent.key)
    )
    unknown = sum(kind in {"unclear", "looked"} for kind in last.values())
    return wrong + ([f"I12: with {unknown} of unknown fate"] if unknown >= UNKNOWN_MAX else [])


def _tied_out(sent: Sent, book: sqlite3.Connection) -> list[str]:
    """I6: no name is traded in which book and broker were last found to differ."""
    found = rows(book, "SELECT time, ok, text FROM tieouts ORDER BY seq DESC LIMIT 1")
    if not found or found[0][1] or f"{sent.symbol} shares:" not in found[0][2]:
        return []
    return [f"I6: it differs, as was seen at {found[0][0]}: {found[0][2]}"]


def _bounded(sent: Sent, book: sqlite3.Connection) -> list[str]:
    """I12: what no person approved is not too large, by itself and with all that went before."""
    approved = (
        "SELECT 1 FROM intents JOIN plan_events USING (plan_id)"
        " WHERE key = ? AND state = 'approved'"
    )
    nav = rows(book, "SELECT nav FROM snapshots ORDER BY seq DESC LIMIT 1")
    sound = sent.limit.is_finite() and sent.quantity.is_finite()
    if not nav or not sound or sent.opens is None or rows(book, approved, sent.key):
        return []
    most, value = Decimal(nav[0][0]), sent.quantity * sent.limit
    opened_at = sent.opens.isoformat(timespec="microseconds")
    total = sum((q * p for q, p in _sent_since(opened_at, book)), ZERO)
    wrong = [f"I12: {value:.0f} of {most:.0f} in one order"] if value > ORDER_MAX * most else []
    return wrong + ([f"I12: {total:.0f} of {most:.0f} in a day"] if total > DAY_MAX * most else [])


def _sent_since(moment: str, book: sqlite3.Connection) -> list[tuple[Decimal, Decimal]]:
    """Shares and limit of what was sent; of an order that was replaced what it had filled."""
    filled: dict[str, Decimal] = {}
    for key, quantity in rows(book, "SELECT key, quantity FROM executions WHERE key IS NOT NULL"):
        filled[key] = filled.get(key, ZERO) + Decimal(quantity)
    replaced = {key for (key,) in rows(book, "SELECT replaces FROM intents")}
    today = (
        "SELECT key, quantity, limit_price FROM intents WHERE key IN"
        " (SELECT key FROM order_events WHERE kind = 'sent' AND time >= ?)"
    )
    return [
        (filled.get(key, ZERO) if key in replaced else Decimal(quantity), Decimal(limit))
        for key, quantity, limit in rows(book, today, moment)
    ]


def _stopped(sent: Sent, book: sqlite3.Connection) -> list[str]:
    """I21: no halt is latched and the name is not locked."""
    wrong = [f"I21: halted: {why}" for why in halts(book)]
    day = sent.opens.date().isoformat() if sent.opens else ""
    query = "SELECT why FROM locks WHERE symbol = ? AND session = ?"
    return wrong + [f"I6: locked: {why}" for (why,) in rows(book, query, sent.symbol, day)]


def _alone(sent: Sent, ledger: sqlite3.Connection) -> list[str]:
    """I3: none of our orders in this name is in the market."""
    query = f"SELECT key FROM orders WHERE status = 'open' AND symbol = ? AND {OURS}"  # noqa: S608
    return [f"I3: {key} is still open" for (key,) in rows(ledger, query, sent.symbol)]


def _covered(sent: Sent, ledger: sqlite3.Connection) -> list[str]:
    """I13: it sells what is held, and spends what is there."""
    if sent.disturbed_at is not None and sent.at - sent.disturbed_at < QUIET:
        return []
    query = "SELECT symbol, side, quantity, filled, limit_price FROM orders WHERE status = 'open'"
    open_orders = [
        (s, side, Decimal(q) - Decimal(f), Decimal(p)) for s, side, q, f, p in rows(ledger, query)
    ]
    if sent.side == "sell":
        promised = sum(
            (q for s, side, q, _ in open_orders if (s, side) == (sent.symbol, "sell")), ZERO
        )
        free = true_shares(ledger).get(sent.symbol, ZERO) - promised
        return [f"I13: it sells {sent.quantity} of {free}"] if sent.quantity > free else []
    claimed = sum((q * p for _, side, q, p in open_orders if side == "buy"), ZERO)
    left = true_cash(ledger) - claimed - sent.quantity * sent.limit
    return [f"I13: it leaves {left:.2f} of cash"] if left < 0 else []
