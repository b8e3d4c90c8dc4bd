"""What TWS has told of orders and executions, as long as this process lives.

It is written in the link's thread, message by message, and read there too. Nothing here decides:
a message is kept under the id that it carries, and what the messages mean together is decided by
``orders`` and ``ledger``.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from brokers.ibkr import errors
from brokers.ibkr.errors import Kind
from brokers.ibkr.library import Told
from brokers.ibkr.trouble import one_line
from brokers.words import OrderKey

TAKEN = {"PreSubmitted", "Submitted", "Filled", "Cancelled", "PendingCancel"}
"""Statuses of an order that IB's system has taken. ``Inactive`` and ``PendingSubmit`` say less."""


@dataclass(slots=True)
class Watch:
    """One order of ours, from the moment before it is sent.

    ``refusal`` and ``objection`` are TWS's words: the first ends the order, the second leaves it
    open what became of it. ``gone`` is True when the connection that it was sent on has ended.
    """

    key: OrderKey
    order_id: int
    perm_id: int = 0
    status: str = ""
    filled: float = 0
    refusal: str = ""
    objection: str = ""
    cancelled: bool = False
    gone: bool = False
    told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_taken(self) -> bool:
        """Whether IB has it, under an id of its own."""
        return bool(self.perm_id) and (self.status in TAKEN or self.filled > 0)


def _nobody() -> None:
    """Nobody waits for news."""


@dataclass(slots=True)
class Register:
    """Orders by TWS's id, executions and commissions by IB's.

    ``ring`` is called at what was not known before, and so not at what a question of ours repeats.
    """

    watches: dict[int, Watch] = field(default_factory=dict)
    fills: dict[str, tuple[Told, Told]] = field(default_factory=dict)
    reports: dict[str, Told] = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)
    """Where each order stood last, by IB's id of it."""
    charged_now: asyncio.Event = field(default_factory=asyncio.Event)
    client_id: int = 0
    ring: Callable[[], None] = _nobody

    def watch(self, key: OrderKey, order_id: int) -> Watch:
        """Keep an eye on an order that is about to be sent or taken back."""
        made = self.watches.get(order_id)
        if made is None or made.key != key:
            made = self.watches[order_id] = Watch(key, order_id)
        return made

    def of(self, key: OrderKey) -> Watch | None:
        """The order with ``key``, where this process has dealt with it."""
        found = [each for each in self.watches.values() if each.key == key]
        return found[-1] if found else None

    def shown(self, _contract: Told, wanted: Told, status: str) -> None:
        """An order as TWS has it, under the key that it carries."""
        watch = self.watches.get(wanted.orderId)
        if watch is None or wanted.orderRef != watch.key:
            return
        watch.perm_id = int(wanted.permId or 0) or watch.perm_id
        watch.status = status
        watch.told.set()

    def moved(self, ids: tuple[int, int, int], status: str, filled: float) -> None:
        """Where an order stands."""
        client_id, order_id, perm_id = ids
        if perm_id:
            self._heard(self.statuses.get(perm_id) == status)
            self.statuses[perm_id] = status
        watch = self.watches.get(order_id)
        if watch is None or client_id != self.client_id:
            return
        self._heard((watch.status, watch.filled) == (status, max(filled, watch.filled)))
        watch.perm_id = perm_id or watch.perm_id
        watch.status = status
        watch.filled = max(filled, watch.filled)
        watch.told.set()

    def executed(self, contract: Told, execution: Told) -> None:
        """Shares changed hands. An id comes again with each look, and says the same."""
        self._heard(execution.execId in self.fills)
        self.fills[execution.execId] = contract, execution
        watch = self.watches.get(execution.orderId)
        if watch is not None and execution.orderRef == watch.key:
            watch.perm_id = int(execution.permId or 0) or watch.perm_id
            watch.filled = max(execution.cumQty, watch.filled)
            watch.told.set()

    def charged(self, report: Told) -> None:
        """What an execution cost."""
        self._heard(report.execId in self.reports)
        self.reports[report.execId] = report
        self.charged_now.set()

    def objected(self, order_id: int, code: int, text: str) -> bool:
        """What a code means for the order is read in the table, never in a status."""
        watch = self.watches.get(order_id)
        if watch is None:
            return False
        words = f"{one_line(text)} ({code})"
        match errors.kind_of(code):
            case Kind.NOTICE | Kind.WARNING:
                return True
            case Kind.REFUSAL | Kind.NOT_FOUND:
                watch.refusal = words
            case Kind.CANCELLED:
                watch.cancelled = True
            case _:
                watch.objection = words
        watch.told.set()
        self.ring()
        return True

    def joined(self, client_id: int) -> None:
        """A connection begins; orders of this client are ours to follow."""
        self.client_id = client_id

    def lost(self) -> None:
        """The connection ended: nothing more will be told of what was sent on it."""
        for watch in self.watches.values():
            watch.gone = True
            watch.told.set()
        self.ring()

    def missed(self) -> None:
        """The line has a gap: a reason to look, and nothing else here."""
        self.ring()

    def _heard(self, known: bool) -> None:  # noqa: FBT001 - all that there is to say
        """Ring, unless it was known."""
        if not known:
            self.ring()
