"""Alpaca's stream of quotes: for names that are being worked it answers in place of a request.

What it says is a price and never news: nobody is woken by it. A quote serves for two seconds, by
its own time and by its arrival, if somebody has to trade at it; else the request is made as ever.
A link that is lost, or says what makes no sense, takes all that was heard on it along.

Texts and not MessagePack are asked for: prices in them keep every digit.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from threading import Event

from websockets.sync.client import ClientConnection

from brokers.alpaca.fields import Row, moment, rows_of, text
from brokers.alpaca.firm import firm_prices
from brokers.alpaca.identity import Access
from brokers.alpaca.lifeline import Deaf, Lifeline, TurnedAway, message_by
from brokers.alpaca.pace import Timing
from brokers.broker import BadAnswer
from brokers.settings import QuoteFeed
from brokers.words import Quote, Symbol

YOUNG_SECONDS = 2.0
"""How long a quote serves, by its own time, and again by when it came."""
JSON = {"Content-Type": "application/json"}

CONNECTIONS_EXCEEDED = 406
SYMBOLS_EXCEEDED, BAD_SYNTAX = 405, 400
"""What a subscription may be answered with, and the link goes on as it was."""
NOT_LET_IN = {402, 404, 409}
"""Wrong keys, too late, not in our plan: asking again at once does not help."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest that was said of a name: a quote, or None where nobody has to trade at it."""

    made: datetime
    quote: Quote | None
    arrived: float


class Ticker:
    """The newest quotes of the names that are watched."""

    def __init__(self, access: Access, feed: QuoteFeed, names_max: int, timing: Timing) -> None:
        """Connect to nothing yet; ``names_max`` names may be subscribed at a time."""
        self._now, self._seconds = timing.now, timing.seconds
        self._talk = Talk(access, names_max, timing)
        url = f"{access.quotes_url}/v2/{feed}"
        self._line = Lifeline("alpaca-quotes", url, self._talk, timing, timing.patience.turn, JSON)

    def watch(self, names: Sequence[Symbol]) -> None:
        """Subscribe ``names``, the first of them where they are too many, and no others."""
        self._talk.wanted = tuple(names)
        if names:
            self._line.want()

    def latest(self, symbol: Symbol) -> Quote | None:
        """The quote of ``symbol``, where it is young and firm; None where a request must tell."""
        heard = self._talk.held.get(symbol)
        if heard is None or heard.quote is None or symbol not in self._talk.told:
            return None
        age = (self._now() - heard.made).total_seconds()
        rest = self._seconds() - heard.arrived
        is_young = abs(age) <= YOUNG_SECONDS and rest <= YOUNG_SECONDS
        is_sound = 0 < heard.quote.bid < heard.quote.ask
        return heard.quote if is_young and is_sound else None

    def unstreamed(self, names: Sequence[Symbol], seconds: float) -> str:
        """Subscribe ``names`` and wait for an answer; why there is none, or an empty string."""
        self._talk.answered.clear()
        self.watch(names)
        self._talk.answered.wait(seconds)
        return "" if self._talk.told else self._talk.objection or "nobody answers at it"

    @property
    def subscribed(self) -> frozenset[Symbol]:
        """The names that Alpaca says it tells us of, on a link that stands."""
        return self._talk.told

    @property
    def objection(self) -> str:
        """Why Alpaca last did not let us in or subscribe us, in its words."""
        return self._talk.objection

    def close(self) -> None:
        """Let go of the link and end the thread."""
        self._line.close()


class Talk:
    """What is said on the link. ``held`` and ``told`` are replaced whole: others read them."""

    def __init__(self, access: Access, names_max: int, timing: Timing) -> None:
        """Nothing was heard yet."""
        self._access, self._now, self._seconds = access, timing.now, timing.seconds
        self._patience = timing.patience.answer
        self._names_max = self._room = names_max
        self._refused: frozenset[Symbol] = frozenset()
        self._singly = False
        self._asked: frozenset[Symbol] = frozenset()
        self._answer_by: float | None = None
        self.wanted: tuple[Symbol, ...] = ()
        self.told: frozenset[Symbol] = frozenset()
        self.held: dict[Symbol, Heard] = {}
        self.objection = ""
        self.answered = Event()
        """Alpaca said what it tells us of, or that it does not."""

    def greet(self, link: ClientConnection, end: float) -> None:
        """Be welcomed and let in, or raise."""
        self._await(link, "connected", end)
        keys = {"key": self._access.key_id, "secret": self._access.secret_key}
        link.send(json.dumps({"action": "auth", **keys}))
        self._await(link, "authenticated", end)

    def _await(self, link: ClientConnection, word: str, end: float) -> None:
        while True:
            for row in messages(message_by(link, end, self._seconds, word)):
                if row.get("T") == "error":
                    self._let_in_or_not(row)
                elif row.get("T") == "success" and row.get("msg") == word:
                    return

    def stood(self) -> None:
        """Nothing of an earlier link holds on this one."""
        self.objection = ""
        self.lost()

    def lost(self) -> None:
        """What was heard says nothing of now."""
        self.told, self.held = frozenset(), {}
        self._room, self._refused, self._singly = self._names_max, frozenset(), False
        self._asked, self._answer_by = frozenset(), None

    def hear(self, said: str | bytes) -> None:
        """Note quotes and what we are subscribed to; anything that makes no sense ends the link."""
        for row in messages(said):
            kind = row.get("T")
            if kind == "q":
                self._note(row)
            elif kind == "subscription":
                self._subscribed(row)
            elif kind == "error":
                self._object(row)

    def _note(self, row: Row) -> None:
        try:
            symbol = Symbol(text(row, "S", "quote"))
            made = moment(row, "t", "quote")
        except BadAnswer as exc:
            raise Deaf("a quote that is none") from exc
        if symbol not in self.told:
            return
        if (made - self._now()).total_seconds() > YOUNG_SECONDS:
            self.held.pop(symbol, None)  # a time that is to come would outlive every other
            return
        before = self.held.get(symbol)
        prices = firm_prices(row)
        quote = None if prices is None else Quote(symbol, *prices, made)
        if before is None or made > before.made or (made == before.made and quote != before.quote):
            self.held[symbol] = Heard(made, quote, self._seconds())

    def _subscribed(self, row: Row) -> None:
        names = row.get("quotes")
        if not isinstance(names, list):
            raise Deaf("Alpaca does not say what it tells us of")
        self.told = frozenset(Symbol(name) for name in names if isinstance(name, str))
        self.held = {name: heard for name, heard in self.held.items() if name in self.told}
        self._answer_by = None
        self.answered.set()

    def _object(self, row: Row) -> None:
        """An error. Of too many names half is tried; where one cannot be read, one by one."""
        code = row.get("code")
        if code == SYMBOLS_EXCEEDED and self._answer_by is not None:
            self._room = max(len(self.told), (len(self.told) + len(self._asked)) // 2)
        elif code == BAD_SYNTAX and self._answer_by is not None:
            self._refused |= self._asked if self._singly else frozenset()
            self._singly = True
        else:
            self._let_in_or_not(row)
        self._answer_by = None
        self.objection = objection_of(row)
        self.answered.set()

    def _let_in_or_not(self, row: Row) -> None:
        self.objection = objection_of(row)
        self.answered.set()
        code = row.get("code")
        raise (TurnedAway if code in NOT_LET_IN else Deaf)(self.objection)

    def turn(self, link: ClientConnection) -> None:
        """Ask for what is wanted and let go of what is not, one after the other."""
        if self._answer_by is not None:
            if self._seconds() > self._answer_by:
                raise Deaf("a subscription is not answered")
            return
        wanted = [name for name in self.wanted if name not in self._refused][: self._room]
        if gone := self.told.difference(wanted):
            self._ask(link, "unsubscribe", gone)
        elif fresh := [name for name in wanted if name not in self.told]:
            self._ask(link, "subscribe", frozenset(fresh[:1] if self._singly else fresh))

    def _ask(self, link: ClientConnection, action: str, names: frozenset[Symbol]) -> None:
        self._asked, self._answer_by = names, self._seconds() + self._patience
        link.send(json.dumps({"action": action, "quotes": sorted(names)}))


def messages(said: str | bytes) -> Iterator[Row]:
    """What was said, message by message. Raises ``Deaf`` where it is no list of objects."""
    try:
        yield from rows_of(json.loads(said, parse_float=Decimal, parse_constant=str), "stream")
    except (ValueError, RecursionError, BadAnswer) as exc:
        raise Deaf("a message that makes no sense") from exc


def objection_of(row: Row) -> str:
    """An error in Alpaca's words, with its code."""
    return f"{row.get('code')} {row.get('msg')}"[:200]


AGAIN_SECONDS = 180.0
"""How soon a name must be asked for again; a cycle takes minutes, and the next one is later."""


class Interest:
    """Which names are being worked: those with an order that lives, and those asked for again.

    A plan asks for hundreds of names once. Who then sends orders asks for theirs a second time,
    and goes round: what was asked for longest ago is asked for next.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        """Nobody has asked yet."""
        self._seconds = seconds
        self._asked: dict[Symbol, float] = {}
        """When each name was asked for last, the earliest first."""
        self._again: set[Symbol] = set()

    def note(self, names: Iterable[Symbol]) -> None:
        """These were asked for, and have a quote."""
        now = self._seconds()
        for name in names:
            before = self._asked.pop(name, float("-inf"))
            if now - before < AGAIN_SECONDS:
                self._again.add(name)
            self._asked[name] = now

    def names(self, working: Iterable[Symbol]) -> tuple[Symbol, ...]:
        """All of them, in the order in which they will be asked for."""
        now, at_work = self._seconds(), set(working)
        recent = [name for name, at in self._asked.items() if now - at < AGAIN_SECONDS]
        self._again.intersection_update(recent)
        coming = [name for name in recent if name in self._again or name in at_work]
        return tuple(dict.fromkeys([*coming, *sorted(at_work)]))
