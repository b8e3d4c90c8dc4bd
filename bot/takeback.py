"""Take back every order of ours that may still fill, and see that each is gone.

Only ours: what the owner sent by hand, and what another program did, is left alone. It needs the
broker and nothing else, so it works where the book is locked or its disk is full. Nothing is ever
sold to get flat.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.clock import Clock
from brokers.broker import Broker, BrokerError, Found
from brokers.words import OrderKey, OrderState
from strategies.planned import KEY_PREFIX

POLL_SECONDS = 1.0
"""How often orders that were asked to go are looked at."""

AGAIN_SECONDS = 15.0
"""How long a cancellation may go unconfirmed until it is asked for again."""

PATIENCE_SECONDS = 60.0
"""How long it is asked for until the order is listed as unconfirmed."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of our orders: those seen to be gone, and of the rest a sentence each."""

    gone: tuple[OrderKey, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """In a sentence."""
        if self.left:
            return f"{len(self.left)} of our orders may still fill: {'; '.join(self.left)}"
        count = len(self.gone)
        return f"{count} of our orders taken back" if count else "none of our orders was open"


def is_ours(key: OrderKey | None) -> bool:
    """Whether an order was sent by a plan of ours, by the id that it carries."""
    return key is not None and key.startswith(KEY_PREFIX)


def take_back(
    broker: Broker,
    known: Collection[OrderKey],
    clock: Clock,
    patience_seconds: float = PATIENCE_SECONDS,
) -> TakenBack:
    """Cancel what is ours and may still fill; ``known`` are those whose end the book misses.

    Each is asked to go at once, and looked up until its end is known or patience is at an end.
    """
    sweep, waited = _Sweep(broker, set(known)), 0.0
    while (left := sweep.round(waited)) and waited < patience_seconds:
        clock.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    return TakenBack(tuple(sorted(sweep.gone)), left)


class _Sweep:
    """The orders that are being taken back."""

    def __init__(self, broker: Broker, ours: set[OrderKey]) -> None:
        """Nothing was asked yet."""
        self.broker = broker
        self.ours = ours
        self.gone = set[OrderKey]()
        self.asked = dict[OrderKey, float]()

    def round(self, now: float) -> tuple[str, ...]:
        """Ask what is left to go; of each whose end is not known yet, a sentence."""
        said = ""
        try:
            listed = {o.key: o for o in self.broker.open_orders() if o.key is not None}
        except BrokerError as error:
            listed, said = {}, f"the broker does not tell its open orders: {error}"
        fresh = {key for key in listed if is_ours(key)}
        self.ours |= fresh
        self.gone -= fresh
        left = [self._look(key, listed.get(key), now) for key in sorted(self.ours - self.gone)]
        return tuple(why for why in (said, *left) if why)

    def _look(self, key: OrderKey, state: OrderState | None, now: float) -> str:
        """Why an order is not known to be gone; it is asked to go where it may be there."""
        if state is None:
            try:
                found = self.broker.find(key)
            except BrokerError as error:
                self._ask(key, now)
                return f"{key}: not looked up: {error}"
            if isinstance(found, Found):
                state = found.state
            elif found.certain:
                return self._is_gone(key)
        if state is not None and not state.status.is_live:
            return self._is_gone(key)
        self._ask(key, now)
        return f"{key}: {_named(state)}" if state else f"{key}: the broker has it not, or not yet"

    def _is_gone(self, key: OrderKey) -> str:
        self.gone.add(key)
        return ""

    def _ask(self, key: OrderKey, now: float) -> None:
        if now - self.asked.get(key, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self.asked[key] = now
            self.broker.cancel(key)


def _named(state: OrderState) -> str:
    return f"{state.side} {state.quantity - state.filled:f} {state.symbol} at {state.limit}"
