"""One leg while it is worked: state and event give state and commands.

    ready --tick--> working --tick, a better price is due--> cancelling --ended--> ready
                       |--all traded, lost, or ended unasked--> done
    ready, when no order may leave any more --> done;  working, at the deadline --> cancelling

At most one order of a leg may be live: the next one is sent from ``ready``, and ready is left for
good or reached again only by ``Ended``, the proof that the order before is over and that all of
its shares are known. A cancellation without that proof is asked for again and never replaced.
What is left at the end is planned afresh by a later cycle.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from brokers.words import ZERO, Quote
from strategies.working.ladder import Ladder


class Phase(StrEnum):
    """Where a leg stands."""

    READY = "ready"
    """None of its orders is live, and more is to be traded."""
    WORKING = "working"
    """An order is, or may be, in the market."""
    CANCELLING = "cancelling"
    """Its end was asked for and is not proven."""
    DONE = "done"
    """Nothing more is sent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of a leg, and never changes while it is worked.

    ``quantity`` is all that is to be traded. From ``starts`` on a step of the ladder is due each
    ``every``; from ``last_send`` on no order is sent and none priced anew, and at ``deadline`` the
    last one is cancelled. A rest that is smaller than ``least`` is left where it is. ``again`` is
    how long a cancellation waits to be repeated.
    """

    quantity: Decimal
    ladder: Ladder
    starts: datetime
    every: timedelta
    last_send: datetime
    deadline: datetime
    least: Decimal = ZERO
    again: timedelta = timedelta(seconds=15)

    def step_at(self, now: datetime) -> int:
        """The step that is due, counted from 0; after the last of the ladder they count on."""
        return max(int((now - self.starts) / self.every), 0)


@dataclass(frozen=True, slots=True)
class Worked:
    """A leg as far as it has come.

    ``number`` is that of its newest order, counted from 0 for the order of the plan itself, and
    -1 before there is one; ``filled`` what the orders before it have traded, ``traded`` what it
    has. ``step`` is the one it was priced for, ``asked_at`` when its end was asked for.
    """

    phase: Phase
    number: int = -1
    filled: Decimal = ZERO
    sent: Decimal = ZERO
    price: Decimal = ZERO
    traded: Decimal = ZERO
    step: int = 0
    asked_at: datetime | None = None
    why: str = ""

    @property
    def may_be_live(self) -> bool:
        """Whether an order of the leg may be in the market."""
        return self.phase in {Phase.WORKING, Phase.CANCELLING}

    @property
    def total(self) -> Decimal:
        """All that the leg has traded, as far as is known."""
        return self.filled + self.traded


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; ``quote`` is what the market says now, None where it is not known."""

    now: datetime
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Traded:
    """The executions of the newest order come to so many shares."""

    shares: Decimal


@dataclass(frozen=True, slots=True)
class Ended:
    """Proof that the newest order is over, and that it traded so many shares in all."""

    shares: Decimal


@dataclass(frozen=True, slots=True)
class Lost:
    """The newest order was refused, never left, or ended by another hand; the leg is given up."""

    why: str


Event = Tick | Traded | Ended | Lost


@dataclass(frozen=True, slots=True)
class Send:
    """Mean and send order ``number`` of the leg."""

    number: int
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask for the end of order ``number``."""

    number: int


Command = Send | Cancel


def begin(number: int = -1, filled: Decimal = ZERO) -> Worked:
    """A leg before its next order; ``number`` and ``filled`` are of those that are over."""
    return Worked(Phase.READY, number, filled)


def advance(state: Worked, event: Event, terms: Terms) -> tuple[Worked, Command | None]:
    """What becomes of a leg by an event, and what is to be done."""
    if state.phase is Phase.DONE:
        return state, None
    match event:
        case Tick(now, quote):
            return _ticked(state, now, quote, terms)
        case Traded(shares):
            return _traded(state, shares), None
        case Ended(shares):
            return _ended(state, shares, terms), None
        case Lost(why):
            return replace(state, phase=Phase.DONE, why=why), None
        case _:
            assert_never(event)


def _ticked(
    state: Worked, now: datetime, quote: Quote | None, terms: Terms
) -> tuple[Worked, Command | None]:
    if state.phase is Phase.READY:
        return _ready(state, now, quote, terms)
    if state.phase is Phase.CANCELLING:
        assert state.asked_at is not None, "a cancellation has its moment"
        if now - state.asked_at < terms.again:
            return state, None
        return replace(state, asked_at=now), Cancel(state.number)
    if now >= terms.deadline or _is_bettered(state, now, quote, terms):
        return replace(state, phase=Phase.CANCELLING, asked_at=now), Cancel(state.number)
    return looked(state, now, terms), None


def looked(state: Worked, now: datetime, terms: Terms) -> Worked:
    """The leg once its present step was looked at and led to nothing: the next look is its next."""
    return replace(state, step=max(state.step, terms.step_at(now)))


def _ready(
    state: Worked, now: datetime, quote: Quote | None, terms: Terms
) -> tuple[Worked, Command | None]:
    left = terms.quantity - state.filled
    if left <= 0 or now >= terms.last_send:
        return replace(state, phase=Phase.DONE, why="" if left <= 0 else "its time is over"), None
    step = terms.step_at(now)
    price = terms.ladder.price(step, quote)
    if price is None:
        return state, None
    number = state.number + 1
    sent = Worked(Phase.WORKING, number, state.filled, left, price, step=step)
    return sent, Send(number, left, price)


def _is_bettered(state: Worked, now: datetime, quote: Quote | None, terms: Terms) -> bool:
    """Whether a step is due whose price is nearer to trading than that of the order."""
    step = terms.step_at(now)
    if step <= state.step or now >= terms.last_send:
        return False
    if state.sent - state.traded < terms.least:
        return False
    price = terms.ladder.price(step, quote)
    return price is not None and terms.ladder.is_nearer(price, state.price)


def _traded(state: Worked, shares: Decimal) -> Worked:
    """Shares are told in any order; they never become fewer but by a correction."""
    if not state.may_be_live:
        return state
    if shares >= state.sent:
        return replace(state, phase=Phase.DONE, traded=shares)
    return replace(state, traded=shares)


def _ended(state: Worked, shares: Decimal, terms: Terms) -> Worked:
    if not state.may_be_live:
        return state
    after = replace(state, filled=state.filled + shares, sent=ZERO, traded=ZERO, asked_at=None)
    if state.phase is Phase.WORKING:
        return replace(after, phase=Phase.DONE, why="it was ended by another hand")
    if after.filled >= terms.quantity:
        return replace(after, phase=Phase.DONE)
    return replace(after, phase=Phase.READY)
