"""The connection to TWS: a thread of its own, and a deadline on everything that is waited for.

It is opened by the first question and again by the next one after it was lost. A heartbeat drops
a socket on which nobody answers any more, and so does a question that carries no id: its late
answer would be taken for that of the next.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from brokers.broker import Misconfigured, Unreachable
from brokers.ibkr import state
from brokers.ibkr.ear import Ear, Garbled, Gone, Key, OrderNews, Trouble, Waiting
from brokers.ibkr.errors import READ_ONLY
from brokers.ibkr.greeting import IN_USE, client_ids, ended, greet, hang_up, why_not
from brokers.ibkr.identity import account_of, check_port
from brokers.ibkr.library import Gateway, Told, make_client
from brokers.ibkr.pace import Pace, Urgency
from brokers.ibkr.state import Line, State
from brokers.ibkr.trouble import LOGIN, WRITE, reading_error
from brokers.settings import IbkrSettings

T = TypeVar("T")

READER_SECONDS = 60.0
"""How long a program only reads until it asks again whether it may trade."""
CUT_SECONDS = 60.0
"""How long TWS may say that it has lost IB until it is asked afresh, over a new connection."""
ORDERS = "openOrders"
"""The question that an API which may only read does not answer."""
DELAYED = 3
"""Market data that is delayed where there is no subscription to live data, and says so."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What tells the time: of day, in seconds that never run back; and what lets it go by."""

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    pause: Callable[[float], object] = Event().wait


class Link:
    """One connection to TWS for one account."""

    def __init__(self, settings: IbkrSettings, timing: Timing, orders: OrderNews) -> None:
        """Prepare, and connect to nothing yet. Raises ``Misconfigured``."""
        check_port(settings)
        self.settings = settings
        self.timing = timing
        self.state = State()
        self.account = ""
        self.read_only = False
        self.pace = Pace(settings.messages_per_second, timing.seconds)
        self._orders = orders
        self._starting = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._client: Gateway | None = None
        self._ear: Ear | None = None
        self._greeting: list[tuple[int, str]] = []
        self._cut_since: float | None = None
        self._joined = 0.0
        self.client_id = settings.client_id
        self._beat: asyncio.Task[None] | None = None
        self._gate: asyncio.Lock | None = None

    # From the caller's thread

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """Do ``work`` in the link's thread. Raises one of the three errors of a reading."""
        loop = self._started()
        future = asyncio.run_coroutine_threadsafe(_within(work, seconds), loop)
        try:
            return future.result(seconds + self.settings.timeout_seconds)
        except (Trouble, Garbled, Gone, OSError, TimeoutError, CancelledError) as exc:
            future.cancel()
            raise reading_error(exc) from exc

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._live, name="ibkr", daemon=True)
                self._thread.start()
            return self._loop

    def _live(self) -> None:
        assert self._loop is not None
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def close(self) -> None:
        """Let go of the connection and end the thread."""
        with self._starting:
            loop, thread, self._loop = self._loop, self._thread, None
            self._gate = None
            self.pace.turns.clear()
        if loop is None or thread is None:
            return
        with suppress(TimeoutError, CancelledError):
            asyncio.run_coroutine_threadsafe(self._part(), loop).result(2)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(2)
        if not thread.is_alive():
            loop.close()

    async def _part(self) -> None:
        self._drop()
        me = asyncio.current_task()
        await ended(*(task for task in asyncio.all_tasks() if task is not me))
        await asyncio.sleep(0)  # the socket is closed in the next round

    # In the link's own thread

    async def client(self) -> Gateway:
        """The library's client, connected, admitted, and in reach of IB."""
        if self._gate is None:
            self._gate = asyncio.Lock()
        async with self._gate:
            self._give_up_a_poor_line()
            if self._client is None or self.state.line is Line.DOWN:
                self._drop()
                await self._connect()
        if self.state.line is Line.CUT:
            raise Unreachable("Interactive Brokers: TWS has lost IB's servers", LOGIN)
        assert self._client is not None
        return self._client

    def _give_up_a_poor_line(self) -> None:
        """Begin anew where TWS has long lost IB, or where another program may trade no more."""
        now, since = self.timing.seconds(), self._cut_since
        is_cut = since is not None and now - since > CUT_SECONDS
        waits = self.is_reader and not self.settings.reads_only
        if is_cut or (waits and now - self._joined > READER_SECONDS):
            self._drop()

    @property
    def is_reader(self) -> bool:
        """Whether this connection was made beside that of the program that trades."""
        return self.client_id != self.settings.client_id

    async def _connect(self) -> None:
        ids = client_ids(self.settings)
        for client_id, following in zip(ids, [*ids[1:], None], strict=True):
            try:
                await self._connect_once(client_id)
            except (OSError, TimeoutError) as exc:
                taken = any(code == IN_USE for code, _ in self._greeting)
                if not taken or following is None:
                    raise why_not(self.settings, dict(self._greeting), exc) from exc
                if following == client_id:
                    await asyncio.sleep(self.settings.timeout_seconds / 5)
            else:
                return

    async def _connect_once(self, client_id: int) -> None:
        self._greeting = []
        self._ear = Ear(self.settings.zone, self._orders, self._heard)
        client = make_client(self._ear)
        client.MaxRequests = 0
        self._ear.listen(client)
        try:
            await greet(client, self.settings, client_id)
            self.account = account_of(self.settings, client.getAccounts())
            self._client = client
        finally:
            if self._client is None:
                hang_up(client)
        client.apiEnd += self._ended
        self.state = state.connected(self.state)
        self._cut_since, self.read_only = None, False
        self.client_id, self._joined = client_id, self.timing.seconds()
        self._orders.joined(client_id)
        for code, text in self._greeting:
            self.state = state.told(self.state, code, text)
        client.reqMarketDataType(DELAYED)
        self.pace.sent.extend([self.timing.seconds()] * 3)
        self._beat = asyncio.create_task(self._heartbeat(client))

    def _heard(self, code: int, text: str) -> None:
        """A message about nobody: news of the line, or an objection that names no request."""
        self._greeting.append((code, text))
        del self._greeting[:-20]
        self.read_only = self.read_only or READ_ONLY in text.lower()
        was, gaps = self.state.line, self.state.gaps
        self.state = state.told(self.state, code, text)
        if self.state.gaps != gaps:
            self._orders.missed()
        if self.state.line is Line.CUT and was is not Line.CUT:
            self._cut_since = self.timing.seconds()
        if self.state.line is Line.UP:
            self._cut_since = None

    def _ended(self) -> None:
        """The other side has closed the connection."""
        self._client = None
        self.state = state.dropped(self.state)

    def _drop(self) -> None:
        """Close our side of it."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        client, self._client = self._client, None
        if client is not None:
            client.apiEnd -= self._ended
            hang_up(client)
        if self._ear is not None:
            self._ear.connectionClosed()
        self.state = state.dropped(self.state)
        self._cut_since = None

    async def _heartbeat(self, client: Gateway) -> None:
        """Ask for the time now and then; where it is not told, the line is dead."""
        send = client.reqCurrentTime
        while client is self._client:
            await asyncio.sleep(self.settings.heartbeat_seconds)
            try:
                await self._ask_on(client, "currentTime", send)
            except (Gone, Garbled, OSError, TimeoutError):
                if client is self._client:
                    self._beat = None
                    self._drop()

    async def probe(self) -> None:
        """Something was not answered: see whether anybody is there, and drop the line if not."""
        client = self._client
        if client is not None:
            with suppress(Gone, Garbled, OSError, TimeoutError):
                await self._ask_on(client, "currentTime", client.reqCurrentTime)

    def is_over(self, client: Gateway) -> bool:
        """Whether the connection of ``client`` has ended."""
        return client is not self._client

    async def ask(
        self, key: Key, send: Callable[[Gateway], object], *, is_vital: bool = True
    ) -> list[Told]:
        """What TWS answers to a question that carries no id of its own.

        Where it does not, the connection is dropped, unless the question is not a vital one.
        """
        client = await self.client()
        return await self._ask_on(client, key, lambda: send(client), is_vital=is_vital)

    async def _ask_on(
        self, client: Gateway, key: Key, send: Callable[[], object], *, is_vital: bool = True
    ) -> list[Told]:
        """The same; whoever asks meanwhile is given the same answer."""
        ear = self._ear
        assert ear is not None
        if key in ear.waiting:
            return await _shared(ear.waiting[key])
        try:
            async with self.waiting(key) as waiting:
                await self.pace.take(Urgency.LOOK)
                async with asyncio.timeout(self.settings.timeout_seconds):
                    send()
                    rows = await waiting.done
            self.read_only = self.read_only and key != ORDERS
        except (TimeoutError, asyncio.CancelledError):
            if is_vital and client is self._client:
                self._drop()
            if self.read_only:
                raise Misconfigured("TWS lets the API only read", WRITE) from None
            raise
        return rows

    async def request(
        self,
        send: Callable[[Gateway, int], object],
        seconds: float | None = None,
        then: Callable[[Gateway, int], object] | None = None,
    ) -> list[Told]:
        """What TWS answers to a question with an id; ``then`` ends what goes on after it."""
        client = await self.client()
        await self.pace.take(Urgency.LOOK)
        number = client.getReqId()
        try:
            async with self.waiting(number) as waiting:
                async with asyncio.timeout(seconds or self.settings.timeout_seconds):
                    send(client, number)
                    rows = await waiting.done
        except TimeoutError:
            await self.probe()
            raise
        if then is not None:
            await self.pace.take(Urgency.LOOK)
            then(client, number)
        return rows

    @asynccontextmanager
    async def waiting(self, key: Key) -> AsyncIterator[Waiting]:
        """A place for the answer to ``key``, for as long as it is waited for."""
        made, leave = self.place(key)
        try:
            yield made
        finally:
            leave()

    def place(self, key: Key) -> tuple[Waiting, Callable[[], None]]:
        """A place for the answer to ``key``, and what is to be called when it is left."""
        ear = self._ear
        if ear is None:
            raise Gone("the connection ended")
        made = Waiting(asyncio.get_running_loop().create_future())
        ear.waiting[key] = made

        def leave() -> None:
            ear.waiting.pop(key, None)
            if not made.done.done():
                made.done.cancel()
            elif not made.done.cancelled():
                made.done.exception()

        return made, leave


@contextmanager
def in_one_piece(client: Gateway) -> Iterator[None]:
    """What is sent in here leaves in one write. Nothing may be awaited meanwhile."""
    parts: list[bytes] = []
    client.conn.sendMsg = parts.append
    try:
        yield
    finally:
        del client.conn.sendMsg
        if parts:
            client.conn.sendMsg(b"".join(parts))


async def _within(work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await work()


async def _shared(waiting: Waiting) -> list[Told]:
    """The answer to a question of somebody else's, who may also give it up."""
    try:
        return await asyncio.shield(waiting.done)
    except asyncio.CancelledError:
        if waiting.done.cancelled():
            raise TimeoutError from None
        raise
