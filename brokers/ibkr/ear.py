"""What TWS says, sorted: answers to requests, news of orders, news of the line.

The library's decoder calls one method for each message, by the names that IB gives them. It logs a
message that it cannot decode and goes on, so that an answer is missing and nobody is told; here
such a message fails what is being waited for.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from types import SimpleNamespace
from typing import Protocol

from brokers.ibkr import errors
from brokers.ibkr.errors import Kind
from brokers.ibkr.library import Gateway, Told

Key = int | str
NOBODY = -1
"""The id of a message that is about no request and no order."""

ANSWERS = {
    "3", "4", "5", "10", "11", "15", "17", "18", "49", "52", "53", "55", "59", "71", "72", "73",
    "74", "93", "101", "102",
}  # fmt: skip
"""Messages that something is waited for by. Any other one that cannot be read, a tick or a message
of a later version, costs at most one name its quote."""

PRICE, SIZE, TEXT, KIND, REQUEST_PARAMETERS = "1", "2", "46", "58", "81"
TICKS: Mapping[str, Mapping[str, str]] = {
    PRICE: {"1": "price 1", "2": "price 2", "66": "price 66", "67": "price 67"},
    TEXT: {"45": "text 45", "88": "text 88"},
    KIND: dict.fromkeys("1234", "kind"),
    SIZE: {},
    REQUEST_PARAMETERS: {},
}
"""Messages of which a quote is made, and what is needed of them: bid and ask, the time of the last
trade, live and delayed, and which of these it is. They are many, so they are read here and not in
the library, which also makes floats of their prices."""


REQUEST, TICK = 2, 3
"""Places of the request and of the kind of tick in such a message."""


class Trouble(Exception):
    """TWS objects to a request; it is caught at this border and never seen outside."""

    def __init__(self, code: int, text: str) -> None:
        """Keep TWS's code and words."""
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text

    @property
    def kind(self) -> Kind:
        """What the code means."""
        return errors.kind_of(self.code)


class Garbled(Exception):
    """TWS sent a message that the library cannot decode."""


class Gone(Exception):
    """The connection ended while something was waited for."""


@dataclass(slots=True)
class Waiting:
    """One request: what has come for it so far, and what ends it.

    ``news`` is called with each tick of a quote, as a name and words, the first of which is the
    kind of tick, and with the code of each error; it may end the request before TWS does.
    """

    done: "asyncio.Future[list[Told]]"
    rows: list[Told] = field(default_factory=list)
    news: Callable[[str, Told], None] | None = None

    def end(self) -> None:
        """It is all there."""
        if not self.done.done():
            self.done.set_result(self.rows)

    def fail(self, exc: Exception) -> None:
        """It will not come."""
        if not self.done.done():
            self.done.set_exception(exc)


class OrderNews(Protocol):
    """Who wants to know of orders."""

    def shown(self, contract: Told, order: Told, status: str) -> None:
        """TWS shows an order that is open, or was a moment ago."""
        ...

    def moved(self, ids: tuple[int, int, int], status: str, filled: float) -> None:
        """TWS says where an order stands; its ids are the client's, the client's own, IB's."""
        ...

    def executed(self, contract: Told, execution: Told) -> None:
        """Shares changed hands."""
        ...

    def charged(self, report: Told) -> None:
        """The commission of an execution is known."""
        ...

    def objected(self, order_id: int, code: int, text: str) -> bool:
        """TWS says something about one of our orders; False where it is none of ours."""
        ...

    def joined(self, client_id: int) -> None:
        """A connection begins, under this client id."""
        ...

    def lost(self) -> None:
        """The connection ended."""
        ...

    def missed(self) -> None:
        """TWS has lost IB, or found it again: what happened meanwhile is told to nobody."""
        ...


@dataclass(slots=True)
class _Complaints:
    """Stands where the decoder has its log: what it writes there it does not raise."""

    count: int = 0

    def exception(self, *_: object) -> None:
        self.count += 1


class Ear:
    """Receives every message of one connection. It lives in the link's own thread."""

    defaultTimezone = UTC

    def __init__(self, zone: str, orders: OrderNews, line: Callable[[int, str], None]) -> None:
        """``zone`` holds for times without one; ``line`` is told every code about nobody."""
        self.ib = SimpleNamespace(TimezoneTWS=zone)
        self.waiting: dict[Key, Waiting] = {}
        self._orders = orders
        self._line = line

    def listen(self, client: Gateway) -> None:
        """Have every message read here, and every one that cannot be read told."""
        complaints = _Complaints()
        client.decoder.logger = complaints
        interpret = client.decoder.interpret

        def hear(fields: list[str]) -> None:
            names = TICKS.get(fields[0]) if fields else None
            if names is not None:
                if len(fields) > TICK and fields[TICK] in names:
                    self._tick(names[fields[TICK]], fields)
                return
            complaints.count = 0
            interpret(fields)
            if complaints.count and fields and fields[0] in ANSWERS:
                self._fail_all(Garbled(f"message {fields[0]}"))

        client.decoder.interpret = hear

    def _tick(self, name: str, fields: Sequence[str]) -> None:
        """A part of a quote; one that cannot be read costs its name that quote."""
        request = fields[REQUEST]
        waiting = self.waiting.get(int(request)) if request.isdecimal() else None
        if waiting is not None and waiting.news is not None:
            waiting.news(name, tuple(fields[TICK:]))

    def _fail_all(self, exc: Exception) -> None:
        for each in list(self.waiting.values()):
            each.fail(exc)

    def _row(self, key: Key, row: Told) -> None:
        if key in self.waiting:
            self.waiting[key].rows.append(row)

    def _end(self, key: Key) -> None:
        if key in self.waiting:
            self.waiting[key].end()

    # The names below are those of IB's own EWrapper.

    def connectAck(self) -> None:
        """The versions are agreed on."""

    def setEventsDone(self) -> None:
        """The connection ends; there are no subscriptions here."""

    def connectionClosed(self) -> None:
        """Nothing that was asked will be answered."""
        self._fail_all(Gone("the connection ended"))
        self._orders.lost()

    def error(self, req_id: int, code: int, text: str, *_: object) -> None:
        """A message with a code, about a request, an order, or nobody."""
        waiting = self.waiting.get(req_id)
        if waiting is not None:
            if waiting.news is not None:
                waiting.news("error", code)
            if errors.kind_of(code) in errors.ENDS_REQUEST:
                waiting.fail(Trouble(code, text))
            return
        if req_id == NOBODY or not self._orders.objected(req_id, code, text):
            self._line(code, text)

    def currentTime(self, seconds: int) -> None:
        self._row("currentTime", seconds)
        self._end("currentTime")

    def positionMulti(
        self, req_id: int, account: str, _model: str, contract: Told, size: float, *_: float
    ) -> None:
        self._row(req_id, (account, contract, size))

    def positionMultiEnd(self, req_id: int) -> None:
        self._end(req_id)

    def accountUpdateMulti(
        self, req_id: int, account: str, model: str, tag: str, value: str, currency: str
    ) -> None:
        self._row(req_id, (account, model, tag, value, currency))

    def accountUpdateMultiEnd(self, req_id: int) -> None:
        self._end(req_id)

    def contractDetails(self, req_id: int, details: Told) -> None:
        self._row(req_id, details)

    bondContractDetails = contractDetails

    def contractDetailsEnd(self, req_id: int) -> None:
        self._end(req_id)

    def marketRule(self, rule: int, increments: Sequence[Told]) -> None:
        for each in increments:
            self._row(f"marketRule-{rule}", each)
        self._end(f"marketRule-{rule}")

    def historicalData(self, req_id: int, bar: Told) -> None:
        self._row(req_id, bar)

    def historicalDataEnd(self, req_id: int, *_: object) -> None:
        self._end(req_id)

    def openOrder(self, _order_id: int, contract: Told, order: Told, state: Told) -> None:
        self._row("openOrders", (contract, order, state))
        self._orders.shown(contract, order, state.status)

    def openOrderEnd(self) -> None:
        self._end("openOrders")

    def completedOrder(self, contract: Told, order: Told, state: Told) -> None:
        self._row("completedOrders", (contract, order, state))

    def completedOrdersEnd(self) -> None:
        self._end("completedOrders")

    def orderStatus(self, order_id: int, status: str, filled: float, *more: Told) -> None:
        perm_id, client_id = int(more[PERM_ID]), int(more[CLIENT_ID])
        self._orders.moved((client_id, order_id, perm_id), status, filled)

    def execDetails(self, req_id: int, contract: Told, execution: Told) -> None:
        self._row(req_id, execution.execId)
        self._orders.executed(contract, execution)

    def execDetailsEnd(self, req_id: int) -> None:
        self._end(req_id)

    def commissionReport(self, report: Told) -> None:
        self._orders.charged(report)

    def tickSnapshotEnd(self, req_id: int) -> None:
        self._end(req_id)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Messages that nobody here waits for."""
        if name.startswith("_") or name in OPTIONAL:
            raise AttributeError(name)
        return _ignore


PERM_ID, CLIENT_ID = 2, 5
"""Places of IB's id and the client's behind the first three words of an order's status."""

OPTIONAL = {"tcpDataArrived", "tcpDataProcessed"}
"""Methods that the library calls only where they are."""


def _ignore(*_: object) -> None:
    """Nothing is done with it."""
