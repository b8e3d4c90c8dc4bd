"""What a journal says that cannot be true, before anything is added up from it.

The same record told twice in the same words counts once, as where two files overlap. Two records
of one name that differ, or one split told under two names, are errors.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, date
from decimal import Decimal
from typing import TypeVar

from brokers.words import Action, ActionRecord, Execution, Split, Symbol, Transfer
from strategies.lots.actions.told import in_force
from strategies.lots.dates import trade_date
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
        _not_after(came, today, name)
    return found


def check_actions(actions: Iterable[ActionRecord], today: date | None = None) -> tuple[Action, ...]:
    """Each action in force once; raise where a split of one name and day is told under two names.

    What takes effect after ``today`` is announced and no mistake: it is left out.
    """
    found = in_force(once(actions, lambda action: action.action_id, "corporate action"))
    told: dict[tuple[Symbol, date], str] = {}
    for action in found:
        if isinstance(action, Split):
            known = told.setdefault((action.symbol, action.effective), action.action_id)
            if known != action.action_id:
                raise Duplicate(
                    f"{action.symbol}: {known} and {action.action_id} are both splits of"
                    f" {action.effective}",
                    "keep the one that the company announced",
                )
    return tuple(a for a in found if today is None or a.effective <= today)


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
