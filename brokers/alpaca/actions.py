"""Corporate actions out of Alpaca's activities, and the questions that they leave open. Pure.

Told in full are splits, changes of a symbol, mergers for cash alone and returns of capital. Of the
rest Alpaca does not say what decides the basis: the parent and its share of a spin-off, whether a
merger is a reorganization, what a fraction was paid out of. Such shares are transfers without a
basis, each with a question that keeps its symbol from being traded until the owner answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from brokers.alpaca.fields import NEW_YORK, Row, day, moment, number_or_none, text
from brokers.alpaca.legs import (
    IN_LEGS,
    MERGER,
    SPIN_OFF,
    SPLIT,
    UNDOING,
    UNDONE,
    WHAT,
    booked,
    cash_of,
    exchanges,
    is_share_dividend,
    is_told,
    pair,
    same_symbol,
    shares_of,
    symbol_of,
)
from brokers.words import (
    ZERO,
    Action,
    ActionRecord,
    Merger,
    OpenQuestion,
    Retraction,
    ReturnOfCapital,
    Split,
    Symbol,
    SymbolChange,
)

CLOSING_HOUR = 16
"""In New York."""

CASH_MERGER = "CMA"
IN_LIEU = "CIL"
"""Cash in lieu of a fraction: an older type, which the published list no longer has."""

UNTOLD = {SPIN_OFF, MERGER, "REO", "REORG", "VOF"}
"""Types of which something that decides the basis is not told."""


def corporate_actions(rows: Sequence[Row]) -> tuple[ActionRecord, ...]:
    """All of them, oldest first."""
    found: list[ActionRecord] = [*_exchanged(rows), *_alone(rows)]
    return tuple(sorted(found, key=lambda each: (each.effective, each.action_id)))


def _exchanged(rows: Sequence[Row]) -> Iterator[ActionRecord]:
    """What comes as two legs: splits and new names. More legs than two are asked about."""
    for legs in exchanges(rows):
        both = pair(legs)
        if is_told(legs) and both is not None:
            yield from _exchange(*both)
        elif len(legs) > 1:
            yield from (_question(leg) for leg in legs if symbol_of(leg))


def _exchange(old: Row, new: Row) -> Iterator[Action]:
    name, effective = text(new, "id", WHAT), _effective(new)
    if new.get("activity_type") == SPLIT:
        symbol = Symbol(text(new, "symbol", WHAT))
        yield Split(name, symbol, shares_of(new) / -shares_of(old), effective)
    elif not same_symbol((old, new)):
        was, now = (Symbol(text(leg, "symbol", WHAT)) for leg in (old, new))
        yield SymbolChange(name, was, effective, now, (text(old, "id", WHAT), name))


def _alone(rows: Iterable[Row]) -> Iterator[ActionRecord]:
    """What one activity tells, or leaves open; what was undone is told with its undoing."""
    for row in booked(rows):
        found = _one(row) if symbol_of(row) else None
        if found is not None:
            yield found
            if row.get("status") == UNDONE:
                name = found.action_id
                yield Retraction(name + UNDOING, found.symbol, found.effective, (name,))


def _one(row: Row) -> ActionRecord | None:
    kind, sub = row.get("activity_type"), row.get("activity_sub_type")
    if kind in IN_LEGS:
        return None
    if kind == MERGER and sub == CASH_MERGER and shares_of(row) < 0 < cash_of(row):
        return _for_cash(row)
    if kind == "DIVROC" or (kind, sub) == ("DIV", "ROC"):
        return _returned(row)
    is_open = kind in UNTOLD and shares_of(row)
    return _question(row) if is_open or kind == IN_LIEU or _is_more_shares(row) else None


def _is_more_shares(row: Row) -> bool:
    return is_share_dividend(row) and bool(shares_of(row))


def _for_cash(row: Row) -> Merger:
    """Every share was paid for: a sale, whatever else it was (26 U.S.C. 1001)."""
    name, symbol = text(row, "id", WHAT), Symbol(text(row, "symbol", WHAT))
    each = cash_of(row) / -shares_of(row)
    return Merger(name, symbol, _effective(row), cash=each, records=(name,))


def _returned(row: Row) -> ReturnOfCapital | OpenQuestion | None:
    """Alpaca tells the day of payment, and not the day from which a buyer gets none of it.

    What is taken back of it is asked about.
    """
    if cash_of(row) < 0:
        return _question(row)
    shares = number_or_none(row, "qty", WHAT) or ZERO
    each = number_or_none(row, "per_share_amount", WHAT) or ZERO
    amount = each if each > 0 else cash_of(row) / shares if shares > 0 else ZERO
    if amount <= 0:
        return None
    name, symbol = text(row, "id", WHAT), Symbol(text(row, "symbol", WHAT))
    return ReturnOfCapital(name, symbol, day(row, "date", WHAT), amount)


def _question(row: Row) -> OpenQuestion:
    name, symbol = text(row, "id", WHAT), Symbol(text(row, "symbol", WHAT))
    return OpenQuestion(name, symbol, day(row, "date", WHAT), _said(row, symbol), (name,))


def _said(row: Row, symbol: Symbol) -> str:
    words = [str(word) for word in (row.get("activity_type"), row.get("activity_sub_type")) if word]
    what = [f"{_plain(shares_of(row))} {symbol}"] if shares_of(row) else []
    what += [f"{_plain(cash_of(row))} USD"] if cash_of(row) else []
    return f"Alpaca booked {' '.join(words)} of {' and '.join(what) or symbol}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():+f}"


def _effective(row: Row) -> date:
    """The first day of the new shares: what is booked after the close holds from the next day."""
    dated = day(row, "date", WHAT)
    if not row.get("created_at"):
        return dated
    entered = moment(row, "created_at", WHAT).astimezone(NEW_YORK)
    late = timedelta(days=1 if entered.hour >= CLOSING_HOUR else 0)
    return max(dated, entered.date() + late)
