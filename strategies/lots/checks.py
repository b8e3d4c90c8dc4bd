"""What a journal says that cannot be true, before anything is added up from it.

The same record told twice in the same words counts once, as where two files overlap; so does one
split told under two names, by the broker and by its owner. Two records of one name that differ are
errors.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from brokers.words import (
    Action,
    ActionRecord,
    Execution,
    Split,
    Symbol,
    Transfer,
    is_finite_positive,
)
from strategies.lots.actions.shares import exact_ratio
from strategies.lots.actions.told import in_force
from strategies.lots.dates import TRADE_ZONE, trade_date
from strategies.lots.errors import BadQuantity, Duplicate, FutureDate, NegativeBasis

Record = TypeVar("Record", Execution, Transfer, ActionRecord)


def check_executions(executions: Sequence[Execution], today: date | None = None) -> None:
    """Raise where one is negative, lies after ``today``, or contradicts another of its name."""
    for execution in executions:
        name = f"{execution.symbol}: the execution {execution.root}"
        _not_negative(execution.quantity, name)
        if not execution.price.is_finite() or execution.price < 0:
            raise NegativeBasis(f"{name} is at {execution.price} a share", "correct its price")
        if not execution.fee.is_finite():
            raise NegativeBasis(f"{name} has a fee of {execution.fee}", "correct its fee")
        _not_after(trade_date(execution), today, name)
    once(executions, lambda execution: (execution.root, execution.version), "execution")


def check_transfers(
    transfers: Iterable[Transfer], today: date | None = None
) -> tuple[Transfer, ...]:
    """Each transfer once; raise where one has no true quantity, basis or day."""
    found = once(transfers, lambda transfer: transfer.transfer_id, "transfer")
    for transfer in found:
        name = f"{transfer.symbol}: the transfer {transfer.transfer_id}"
        if not transfer.quantity.is_finite():
            raise BadQuantity(f"{name} is of {transfer.quantity} shares", "correct it")
        cost = transfer.unit_cost
        if cost is not None and (not cost.is_finite() or cost < 0):
            remedy = "leave the basis out where it is not known"
            raise NegativeBasis(f"{name} has a basis of {cost} a share", remedy)
        came = transfer.time.astimezone(UTC).date()
        if transfer.quantity > 0 and transfer.acquired > came:
            what = f"{name} came on {came} and was acquired on {transfer.acquired}"
            raise FutureDate(what, "correct the day on which it was acquired")
        _not_after(transfer.time.astimezone(TRADE_ZONE).date(), today, name)
    return found


def check_actions(actions: Iterable[ActionRecord], today: date | None = None) -> tuple[Action, ...]:
    """Each action in force once; raise where one split is told twice, and not alike.

    What takes effect after ``today`` is announced and no mistake: it is left out.
    """
    found = in_force(once(actions, lambda action: action.action_id, "corporate action"))
    return tuple(a for a in _splits_once(found) if today is None or a.effective <= today)


def _splits_once(actions: Iterable[Action]) -> Iterator[Action]:
    """Splits of one name, day and ratio as one, which stands for the records of all.

    A reverse split and a forward one are two; two forward ones are one of which somebody is wrong.
    """
    told: dict[tuple[Symbol, date, Fraction], Split] = {}
    for action in actions:
        if not isinstance(action, Split) or not is_finite_positive(action.ratio):
            yield action
            continue
        key = (action.symbol, action.effective, exact_ratio(action.ratio))
        told[key] = _same_split(told[key], action) if key in told else action
    ways: dict[tuple[Symbol, date, bool], Split] = {}
    for (symbol, day, ratio), split in told.items():
        other = ways.setdefault((symbol, day, ratio > 1), split)
        if other is not split:
            raise Duplicate(
                f"{symbol}: {other.action_id} and {split.action_id} are both splits of {day}",
                f"keep the one that the company announced, and take back the other: trimtab lots"
                f" retract {other.action_id} (or {split.action_id})",
            )
        yield split


def _same_split(one: Split, other: Split) -> Split:
    paid = {each.cash_in_lieu for each in (one, other)} - {None}
    if len(paid) > 1:
        raise Duplicate(
            f"{one.symbol}: {one.action_id} and {other.action_id} are the same split of"
            f" {one.effective}, with other cash for its fraction",
            f"take back the one that is wrong: trimtab lots retract {other.action_id}",
        )
    records = tuple(dict.fromkeys((*one.records, *other.records)))
    return replace(one if one.cash_in_lieu in paid else other, records=records)


def once(
    records: Iterable[Record], name: Callable[[Record], Hashable], what: str
) -> tuple[Record, ...]:
    """``records`` without repeats; raise ``Duplicate`` where two of one name differ."""
    first: dict[Hashable, Record] = {}
    for record in records:
        known = first.setdefault(name(record), record)
        if known != record:
            raise Duplicate(
                f"{record.symbol}: the {what} {name(record)} is told twice, and differently",
                "keep the one that the broker's statement has",
            )
    return tuple(first.values())


def _not_negative(quantity: Decimal, name: str) -> None:
    if not quantity.is_finite() or quantity < 0:
        raise BadQuantity(f"{name} is of {quantity} shares", "correct its quantity")


def _not_after(day: date, today: date | None, name: str) -> None:
    if today is not None and day > today:
        raise FutureDate(f"{name} is of {day}, and today is {today}", "correct its date")
