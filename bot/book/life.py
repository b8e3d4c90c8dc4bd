"""The life of an order as a state machine: state and event give steps to write and things to do.

    planned -> intended -> sent -> acknowledged -> partly filled -> filled
                  |          |          |                |-> cancelled, expired
               blocked       |          |-> rejected, cancelled, expired
                             |-> rejected
                             |-> unknown -> any of the above, once the broker's record says so

Pure: what an order is follows from the steps in the book, which are only ever added to. Unknown is
never an end: the order is looked up by our own id until the broker's record has said twice, some
time apart, what became of it; what is shown to be filled by executions needs no second look. An
end that proves wrong, an order that lives although it was given up, goes back into the market's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, assert_never

from bot.book.rows import FINAL_STEPS, NEXT_STEPS, UNKNOWN_STEPS, Note, OrderRow, OrderStep
from brokers.words import ZERO, Order, OrderKey, OrderState, OrderStatus

EXECUTIONS_LATE = timedelta(minutes=15)
"""How long shares that the broker says were filled may be missing from its executions.

From the first word of it on.
"""

DAY_ORDER_MAX = timedelta(hours=16)
"""An order is for one session, and none is longer: what is older cannot fill any more."""

RISEN = "it lives, although it was given up as"
"""So begins what is noted of an order that came back."""

MISSING = "the broker has it not, or not yet"
"""Noted of an order that a look-up did not find."""

NOT_BY_US = "the broker has it, though this book never sent it"
"""Noted of an order that was only meant: the book is an older one than the broker's."""

State = Literal[
    "intended",
    "sent",
    "acknowledged",
    "partly filled",
    "filled",
    "cancelled",
    "rejected",
    "expired",
    "unknown",
    "absent",
    "blocked",
]
"""Where an order stands. A leg of a plan without an intent is planned, and no more than that."""

STATES: Mapping[OrderStep | None, State] = {
    None: "intended",
    "sent": "sent",
    "accepted": "acknowledged",
    "partly": "partly filled",
    "cancel-requested": "acknowledged",
    "refused": "rejected",
    "unclear": "unknown",
    "looked": "unknown",
    "absent": "absent",
    "filled": "filled",
    "cancelled": "cancelled",
    "expired": "expired",
    "rejected": "rejected",
    "blocked": "blocked",
}
"""What the last step in the book makes of an order."""

ENDINGS: Mapping[OrderStatus, OrderStep] = {
    OrderStatus.OPEN: "accepted",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.EXPIRED: "expired",
}
"""What is written down when the broker's record says so."""

_LIVE: tuple[OrderStep, ...] = ("accepted", "partly", "cancel-requested")


@dataclass(frozen=True, slots=True)
class Life:
    """All that decides what an event means for an order. ``since`` is when ``step`` was noted."""

    key: OrderKey
    quantity: Decimal
    created: datetime
    step: OrderStep | None
    since: datetime
    word: str
    filled: Decimal
    """Shares of the executions in the book."""

    @property
    def state(self) -> State:
        """Where it stands."""
        found = STATES[self.step]
        return "partly filled" if found == "acknowledged" and self.filled else found

    @property
    def is_filled(self) -> bool:
        """Whether executions account for all of it."""
        return self.filled >= self.quantity

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if it is in the market; who sent it may have died since."""
        return self.step == "sent" or self.step in UNKNOWN_STEPS


@dataclass(frozen=True, slots=True)
class Passed:
    """The gate lets it go."""


@dataclass(frozen=True, slots=True)
class Held:
    """The gate refuses it, or nobody will send it any more."""

    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the broker said when it was submitted, or that it never left after all."""

    step: Literal["accepted", "refused", "unclear", "blocked"]
    word: str = ""
    broker_id: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The broker's own record of it, asked for by our id."""

    state: OrderState


@dataclass(frozen=True, slots=True)
class NoRecord:
    """The broker has no such order: ``certain``, or only not yet.

    ``in_sight`` where it can still see as far back as the order was made.
    """

    certain: bool
    in_sight: bool = False


Event = Passed | Held | Answered | Recorded | NoRecord


@dataclass(frozen=True, slots=True)
class Write:
    """Commit this step to the book, before any command that follows it."""

    note: Note


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand it to the broker, once."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the broker by our id, not before this moment."""

    after: datetime


Command = Write | Submit | LookUp


def begun(order: Order, now: datetime) -> Life:
    """An order whose intent has just been committed."""
    return Life(order.key, order.quantity, now, None, now, "", ZERO)


def life_of(row: OrderRow) -> Life:
    """The order as the book has it."""
    order, since = row.order, row.last_time or row.created
    return Life(
        order.key, order.quantity, row.created, row.last_event, since, row.detail, row.filled
    )


def advance(
    life: Life, event: Event, now: datetime, apart: timedelta
) -> tuple[Life, tuple[Command, ...]]:
    """What becomes of an order by an event, and what is to be done, in this order.

    ``apart`` is how long after the first look the second one counts.
    """
    match event:
        case Passed():
            commands = _passed(life, now)
        case Held(why):
            commands = (_write(life, "blocked", now, why),)
        case Answered():
            commands = _answered(life, event, now)
        case Recorded(state):
            commands = _recorded(life, state, now, apart)
        case NoRecord():
            commands = _missing(life, event, now)
        case _:
            assert_never(event)
    return _after(life, commands), commands


def _after(life: Life, commands: tuple[Command, ...]) -> Life:
    notes = [command.note for command in commands if isinstance(command, Write)]
    for note in notes:
        life = replace(life, step=note.kind, since=note.time, word=note.detail)
    return life


def _write(
    life: Life, step: OrderStep, now: datetime, word: str = "", broker_id: str = ""
) -> Write:
    assert step in NEXT_STEPS[life.step], f"{life.key}: no order is {step} after {life.step}"
    return Write(Note(life.key, step, now, broker_id, word))


def _passed(life: Life, now: datetime) -> tuple[Command, ...]:
    """That it is sent is committed first: an intent without that step has never left."""
    return (_write(life, "sent", now), Submit())


def _answered(life: Life, told: Answered, now: datetime) -> tuple[Command, ...]:
    written = _write(life, told.step, now, told.word, told.broker_id)
    return (written, LookUp(now)) if told.step == "unclear" else (written,)


def _recorded(
    life: Life, state: OrderState, now: datetime, apart: timedelta
) -> tuple[Command, ...]:
    """The broker's word, once the executions that it speaks of are in the book too."""
    if life.step is None or life.is_filled:
        return _filled(life, now)
    kind = ENDINGS[state.status]
    if state.status.is_live:
        return _lives(life, state, now)
    if life.step in FINAL_STEPS:
        return ()
    if state.filled > life.filled and (waits := _awaits_executions(life, kind, now)):
        return waits
    if life.is_unknown and apart and not _is_confirmed(life, kind, now, apart):
        return _look_again(life, kind, now, apart)
    return (_write(life, kind, now, state.reason, state.broker_id),)


def _lives(life: Life, state: OrderState, now: datetime) -> tuple[Command, ...]:
    if life.step in _LIVE:
        return ()
    word = f"{RISEN} {life.state}" if life.step in FINAL_STEPS else state.reason
    return (_write(life, "accepted", now, word, state.broker_id),)


def _awaits_executions(life: Life, kind: OrderStep, now: datetime) -> tuple[Command, ...]:
    """Nothing once they are late. That counts from the moment at which the end was first told.

    An order may have rested for hours before, as one for the closing auction does; so the first
    word of its end is written down.
    """
    step: OrderStep = "looked" if life.is_unknown else "partly"
    if (life.step, life.word) != (step, kind):
        return (_write(life, step, now, kind), LookUp(now))
    return () if now - life.since > EXECUTIONS_LATE else (LookUp(now),)


def _is_confirmed(life: Life, kind: OrderStep, now: datetime, apart: timedelta) -> bool:
    return life.step == "looked" and life.word == kind and now - life.since >= apart


def _look_again(
    life: Life, kind: OrderStep, now: datetime, apart: timedelta
) -> tuple[Command, ...]:
    if life.step == "looked" and life.word == kind:
        return (LookUp(life.since + apart),)
    return (_write(life, "looked", now, kind), LookUp(now + apart))


def _missing(life: Life, told: NoRecord, now: datetime) -> tuple[Command, ...]:
    """The broker has it not. Who answers so for certain has looked twice by himself."""
    if life.is_filled:
        return _filled(life, now)
    if life.step in FINAL_STEPS:
        return ()
    if life.step is None or told.certain:
        never = "it was never sent" if life.step is None else "the broker never had it"
        return (_write(life, "absent", now, never),)
    if now - life.created > DAY_ORDER_MAX:
        return _over(life, told, now)
    if life.step == "unclear":
        return (LookUp(now),)
    return (_write(life, "unclear", now, MISSING), LookUp(now))


def _over(life: Life, told: NoRecord, now: datetime) -> tuple[Command, ...]:
    """It cannot fill any more. Who can still see it may tell in a while how it ended."""
    if told.in_sight and life.word != MISSING:
        return (_write(life, "looked" if life.is_unknown else "unclear", now, MISSING), LookUp(now))
    if told.in_sight and now - life.since <= EXECUTIONS_LATE:
        return (LookUp(now),)
    return (_write(life, "expired", now, "its session is over"),)


def _filled(life: Life, now: datetime) -> tuple[Command, ...]:
    """Executions in the book are proof enough, where the book sent it at all."""
    if life.step is None:
        return (_write(life, "unclear", now, NOT_BY_US), LookUp(now))
    return () if life.step == "filled" else (_write(life, "filled", now),)
