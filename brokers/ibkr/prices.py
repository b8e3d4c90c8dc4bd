"""Quotes at Interactive Brokers: snapshots, as many at once as the account has market-data lines.

TWS does not say when a quote was made. A live one is that of the moment in which it comes, and has
that time. A delayed one says so. A frozen one is that of the last close: it has the time of the
last trade, or is left out. While a market-data farm is disconnected nothing that comes is live.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from brokers.broker import Misconfigured, Unreachable
from brokers.ibkr import errors
from brokers.ibkr.contracts import Contracts, Listed
from brokers.ibkr.ear import Trouble
from brokers.ibkr.errors import Kind
from brokers.ibkr.fields import price_or_none
from brokers.ibkr.library import Contract, Gateway, Told
from brokers.ibkr.link import Link, in_one_piece
from brokers.ibkr.pace import Urgency
from brokers.ibkr.trouble import AGAIN, SUBSCRIBE
from brokers.words import Currency, FxRate, Quote, Symbol

FRESH = timedelta(seconds=1)
LINE_SECONDS = 12.0
"""How long a snapshot keeps its line: TWS ends it after 11 seconds."""
DELAY = timedelta(minutes=15)
FROZEN, DELAYED, DELAYED_FROZEN = 2, 3, 4
"""Kinds of market data that are not live; frozen is that of the last close."""
TICKS = {"price 1": "bid", "price 2": "ask", "price 66": "bid", "price 67": "ask"}
DELAYED_TICKS = {"price 66", "price 67"}
TIMES = {"text 45", "text 88"}
"""Time of the last trade, live and delayed."""
LINES_TAKEN = 101
PAIRS = "IDEALPRO"
"""Where IB trades currencies."""


@dataclass(slots=True)
class Shot:
    """What has come of one snapshot. ``now`` is the time of day, ``until`` one of the loop's."""

    now: Callable[[], datetime]
    until: float
    kind: int = 0
    prices: dict[str, str] = field(default_factory=dict)
    is_delayed: bool = False
    came: datetime | None = None
    """When its last price came."""
    traded: datetime | None = None
    refused: int = 0
    failure: BaseException | None = None
    end: Callable[[], object] = int
    """Lets go of its line, where TWS has not."""
    whole: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, name: str, value: Told) -> None:
        """One tick, or one message about it."""
        if name in TICKS:
            self._priced(name, *value[1:3])
        elif name == "kind":
            self.kind = int(value[0])
        elif name in TIMES:
            self._was_traded(*value[1:2])
        elif name == "error" and errors.kind_of(value) in errors.ENDS_REQUEST:
            self.refused = value
        if len(self.prices) == len(SIDES) and self.kind:
            self.whole.set()

    def _priced(self, name: str, price: str = "", size: str = "") -> None:
        """A price, which nobody makes where there is nothing to be had at it."""
        if price:
            self.prices[TICKS[name]] = price if size.strip("0.") else "0"
            self.came = self.now()
            self.is_delayed = self.is_delayed or name in DELAYED_TICKS

    def _was_traded(self, seconds: str = "") -> None:
        if seconds.isdecimal() and int(seconds):
            self.traded = datetime.fromtimestamp(int(seconds), UTC)


SIDES = {"bid", "ask"}


class Prices:
    """Quotes and exchange rates for one account."""

    def __init__(self, link: Link, contracts: Contracts) -> None:
        """Nothing is read until it is asked for."""
        self._link = link
        self._contracts = contracts
        self._quotes: dict[Symbol, tuple[datetime, Quote]] = {}
        self._lines = asyncio.Semaphore(link.settings.market_data_lines)

    async def quotes(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Quote]:
        """Latest quotes, none older in our hands than a second; who makes no price is left out.

        Raises ``Misconfigured`` where the account may not see a single one.
        """
        now = self._link.timing.now()
        known = await self._contracts.known(symbols)
        stale = [s for s in known if not self._is_fresh(s, now)]
        shots = await self._shots([known[symbol].contract for symbol in stale])
        for symbol, shot in zip(stale, shots, strict=True):
            self._quotes.pop(symbol, None)
            if found := self._quote(known[symbol], shot):
                self._quotes[symbol] = now, found
        refused = [shot.refused for shot in shots if shot.refused]
        if refused and len(refused) == len(shots):
            _raise_for(refused[0])
        return {s: self._quotes[s][1] for s in known if s in self._quotes}

    def _is_fresh(self, symbol: Symbol, now: datetime) -> bool:
        read = self._quotes.get(symbol, (None, None))[0]
        return read is not None and timedelta(0) <= now - read < FRESH

    async def _shots(self, contracts: Sequence[Told]) -> Sequence[Shot]:
        """A snapshot of each; one for which there is no line now is asked for once more."""
        shots = await self._round(contracts)
        again = [n for n, shot in enumerate(shots) if shot.refused == LINES_TAKEN]
        better = await self._round([contracts[number] for number in again])
        for number, shot in zip(again, better, strict=True):
            shots[number] = shot
        return shots

    async def _round(self, contracts: Sequence[Told]) -> list[Shot]:
        """Bid and ask of each contract, or as much of them as comes in time."""
        ahead, shots = deque(contracts), list[Shot]()
        while ahead:
            shots.extend(await self._volley(ahead))
        for shot in shots:
            if not shot.whole.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(shot.until):
                        await shot.whole.wait()
            if shot.failure is not None:
                raise shot.failure
        return shots

    async def _volley(self, ahead: deque[Told]) -> list[Shot]:
        """Take as many contracts as there is room for, one at least, and ask for them at once."""
        await self._lines.acquire()
        with ExitStack() as undo:
            undo.callback(self._lines.release)
            client = await self._link.client()
            await self._link.pace.take(Urgency.LOOK, len(ahead))
            undo.pop_all()
        pace = self._link.pace
        with in_one_piece(client):
            shots = [self._ask(client, ahead.popleft())]
            while ahead and not self._lines.locked() and pace.take_now(Urgency.LOOK):
                await self._lines.acquire()  # it is free, so nothing is waited for
                shots.append(self._ask(client, ahead.popleft()))
        pace.left(len(shots))
        asyncio.get_running_loop().call_later(LINE_SECONDS, _end_all, shots)
        return shots

    def _ask(self, client: Gateway, contract: Told) -> Shot:
        """Ask for a snapshot, which has a line until TWS ends it, or for ``LINE_SECONDS``."""
        number = client.getReqId()
        waiting, leave = self._link.place(number)
        loop = asyncio.get_running_loop()
        shot = Shot(self._link.timing.now, loop.time() + self._link.settings.timeout_seconds)
        shot.end = waiting.end

        def over(done: "asyncio.Future[list[Told]]") -> None:
            shot.failure = _failure(done)
            self._lines.release()
            leave()
            shot.whole.set()

        waiting.news = shot.heard
        waiting.done.add_done_callback(over)
        client.reqMktData(number, contract, "", True, False, [])  # noqa: FBT003 - theirs
        return shot

    def _quote(self, listed: Listed, shot: Shot) -> Quote | None:
        """A quote as it is; None where one side of it is missing, or its age is not known."""
        bid, ask = price_or_none(shot.prices.get("bid")), price_or_none(shot.prices.get("ask"))
        made = self._made(shot)
        if bid is None or ask is None or made is None:
            return None
        return Quote(
            symbol=listed.instrument.symbol,
            bid=bid / listed.magnifier,
            ask=ask / listed.magnifier,
            time=made,
            currency=listed.instrument.currency,
            delayed=shot.is_delayed or shot.kind in {DELAYED, DELAYED_FROZEN},
        )

    def _made(self, shot: Shot) -> datetime | None:
        """When the quote was made, as far as TWS lets us know."""
        came = shot.came
        if came is None or shot.kind in {FROZEN, DELAYED_FROZEN}:
            return shot.traded
        if shot.kind == DELAYED or shot.is_delayed:
            return min(shot.traded or came, came - DELAY)
        return came if self._link.state.quotes_flow else shot.traded

    async def rates(
        self, currencies: Sequence[Currency], base: Currency
    ) -> Mapping[Currency, FxRate]:
        """Rates from currencies to ``base`` as IB's own currency market quotes them."""
        found: dict[Currency, FxRate] = {}
        for currency in currencies:
            for pair in ((currency, base), (base, currency)):
                mid = await self._pair(*pair)
                if mid is not None:
                    rate = mid if pair[0] == currency else 1 / mid
                    found[currency] = FxRate(currency, base, rate, self._link.timing.now())
                    break
        return found

    async def _pair(self, first: Currency, second: Currency) -> Decimal | None:
        contract = Contract(secType="CASH", symbol=first, currency=second, exchange=PAIRS)
        (shot,) = await self._round([contract])
        bid, ask = price_or_none(shot.prices.get("bid")), price_or_none(shot.prices.get("ask"))
        return None if bid is None or ask is None else (bid + ask) / 2


def _end_all(shots: Sequence[Shot]) -> None:
    """Their time is over; most of them have ended long ago."""
    for shot in shots:
        shot.end()


def _failure(done: "asyncio.Future[list[Told]]") -> BaseException | None:
    """What a snapshot died of; that TWS objects to one is heard elsewhere, and no failure."""
    failure = None if done.cancelled() else done.exception()
    return None if isinstance(failure, Trouble) else failure


def _raise_for(code: int) -> None:
    """Say why not a single quote came."""
    row = errors.CODES.get(code)
    words = f"Interactive Brokers gives no quotes: {row.words if row else 'an error'} ({code})"
    if errors.kind_of(code) is Kind.PERMISSION:
        raise Misconfigured(words, SUBSCRIBE)
    raise Unreachable(words, AGAIN)
