"""One act at a broker over a line that fails at a certain byte, and what is true after it.

An account has one order of ours that waits and one that was filled. Then one of
``ACTS`` is done over a toll at which the line is cut, reset or falls silent; after that the line is
whole again, and what was done is looked up as the book would do it. Each trial has a stand-in, a
line and an adapter of its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

from killing_toll import HttpNames, Link, Said, Spot, Toll, TwsNames
from stage import session_at
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import AlpacaServer, key_of
from standins.flex_server import secret_of
from standins.tws_book import Wanted
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from bot.book.life import Answered, Life, NoRecord, Passed, Recorded, advance, begun
from bot.book.rows import FINAL_STEPS
from brokers.broker import Absent, Accepted, Broker, BrokerError, Found, Refused, Unclear
from brokers.connect import open_alpaca, open_ibkr
from brokers.settings import AlpacaSettings, IbkrSettings
from brokers.words import AccountId, Order, OrderKey, OrderStatus, Side, Symbol

D = Decimal
ACCOUNT, AAPL, KO = AccountId("cut"), Symbol("AAPL"), Symbol("KO")
QUOTES = {"AAPL": (D("69.98"), D("70.02")), "KO": (D("49.99"), D("50.01"))}
PATIENCE = {"cut": 20.0, "reset": 20.0, "silent": 0.4}
"""How many seconds an answer is waited for."""
APART = timedelta(seconds=16)
LOOKS = 5
TRIES = 20

BLOWS: Mapping[str, Callable[[Link], None]] = {
    "cut": Link.cut,
    "reset": Link.reset,
    "silent": Link.fall_silent,
}


@dataclass(slots=True)
class Clock:
    """Stands until it is moved."""

    at: datetime = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment."""
        return self.at

    def on(self, seconds: float) -> None:
        """Time passes."""
        self.at += timedelta(seconds=seconds)


@dataclass(slots=True)
class Scene:
    """A broker, the line to it, and what it has."""

    kind: str
    clock: Clock
    toll: Toll
    broker: Broker
    settle: Callable[[], None]
    keys: Callable[[], list[str]]
    """Of every order that the broker has, one entry an order."""


@contextmanager
def scene(kind: str, seconds: float) -> Iterator[Scene]:
    """An account with one order filled and one that waits; answers are waited for so long."""
    clock = Clock()
    with ExitStack() as stack:
        made = (_alpaca if kind == "alpaca" else _tws)(clock, stack, seconds)
        stack.callback(made.broker.close)  # type: ignore[attr-defined]
        stack.callback(made.toll.close)
        yield made


PLACED = (("done", KO, "51"), ("waits", AAPL, "60"))


def _alpaca(clock: Clock, stack: ExitStack, seconds: float) -> Scene:
    model = AlpacaModel(clock.now, dict(QUOTES))
    server = stack.enter_context(AlpacaServer(model))
    for key, symbol, limit in PLACED:
        told = {"symbol": symbol, "qty": "2", "limit_price": limit, "client_order_id": key}
        model.place({**told, "side": "buy", "type": "limit", "time_in_force": "day"})
        clock.on(5)
        server.carry()
    toll = Toll(int(server.url.rpartition(":")[2]), HttpNames)
    url = f"http://127.0.0.1:{toll.here}"
    settings = AlpacaSettings(
        trading_url=url, data_url=url, timeout_seconds=seconds, requests_per_minute=100_000
    )
    broker = open_alpaca(ACCOUNT, settings, clock.now, key_of)
    return Scene(
        "alpaca", clock, toll, broker, server.carry, lambda: list(map(_alpaca_key, model.orders))
    )


def _alpaca_key(booked: Any) -> str:  # noqa: ANN401  # the stand-in's own
    return str(booked.body["client_order_id"])


def _tws(clock: Clock, stack: ExitStack, seconds: float) -> Scene:
    model = TwsModel(clock.now, dict(QUOTES), latency=timedelta())
    server = stack.enter_context(TwsServer(model))
    server.per_second = None
    toll = Toll(server.port, TwsNames)
    settings = IbkrSettings(port=toll.here, timeout_seconds=seconds, messages_per_second=10_000)
    for number, (key, symbol, limit) in enumerate(PLACED, start=1):
        listing, owner = model.only(0, symbol, "USD"), model.accounts[0]
        terms = ("BUY", D(2), "LMT", D(limit), "DAY", owner, key)
        with server.lock:
            model.place(settings.client_id, Wanted(number, listing, *terms))
        clock.on(5)
        server.settle()
    broker = open_ibkr(ACCOUNT, settings, clock.now, session_at, secret_of)
    keys = partial(map, _tws_key)
    return Scene("ibkr", clock, toll, broker, server.settle, lambda: list(keys(model.books.orders)))


def _tws_key(booked: Any) -> str:  # noqa: ANN401  # the stand-in's own
    return str(booked.wanted.ref)


def order(key: str, symbol: Symbol = AAPL, limit: str = "60") -> Order:
    """Two shares."""
    return Order(OrderKey(key), symbol, Side.BUY, D(2), D(limit))


def _account(made: Scene) -> object:
    state = made.broker.account()
    return (sorted((p.symbol, p.quantity) for p in state.positions), [c.amount for c in state.cash])


def _executions(made: Scene) -> object:
    return sorted((e.root, e.key, e.quantity, e.price) for e in made.broker.executions(None))


def _open(made: Scene) -> object:
    return sorted((str(o.key), o.filled) for o in made.broker.open_orders())


READINGS: Mapping[str, Callable[[Scene], object]] = {
    "positions": _account,
    "executions": _executions,
    "open orders": _open,
}


@cache
def truth(kind: str) -> dict[str, object]:
    """What the readings tell on a whole line."""
    with scene(kind, max(PATIENCE.values())) as made:
        return {name: act(made) for name, act in READINGS.items()}


def _read(name: str, made: Scene) -> list[str]:
    """A reading is whole, or it is none."""
    with suppress(BrokerError):
        if READINGS[name](made) != truth(made.kind)[name]:
            return [f"{name} were told in part"]
    return []


def _find(made: Scene) -> list[str]:
    """An order that is there is never certainly absent."""
    with suppress(BrokerError):
        found = made.broker.find(OrderKey("waits"))
        if isinstance(found, Absent) and found.certain:
            return ["an order that waits was said to be absent"]
    return []


def _cancel(made: Scene) -> list[str]:
    """Asked again afterwards, it is over, and no other order was touched."""
    made.broker.cancel(OrderKey("waits"))
    return []


def _submit(made: Scene) -> list[str]:
    """Whatever was answered, the book finds out what became of it, without a second order."""
    mine = order("new", KO, "51")
    life = _after(begun(mine, made.clock.now()), Passed(), made)
    result = made.broker.submit(mine)
    step = {Accepted: "accepted", Refused: "refused", Unclear: "unclear"}[type(result)]
    if step == "refused" and not result.left:  # type: ignore[union-attr]
        step = "blocked"
    arrived = made.keys().count("new")
    made.toll.disarm()
    life = _after(life, Answered(step), made)  # type: ignore[arg-type]
    made.settle()
    for _ in range(LOOKS):
        if life.step in FINAL_STEPS:
            break
        life = _after(replace(life, filled=_filled(made)), _asked(made), made)
        made.clock.on(APART.total_seconds())
        made.settle()
    there = made.keys().count("new")
    wrong = ["two orders"] if there > 1 else []
    if step in {"refused", "blocked"} and there:
        wrong.append(f"{step}, and it is there")
    if there and life.step != "filled":
        wrong.append(f"it is there, filled, and known as {life.step}")
    if not there and life.step not in {"absent", "refused", "blocked", "rejected"}:
        wrong.append(f"it never came there, and is known as {life.step}")
    return wrong + ([f"{there - arrived} came later"] if there < arrived else [])


def _filled(made: Scene) -> Decimal:
    """As the book adds it up."""
    mine = (e for e in _again(lambda: made.broker.executions(None)) if e.key == "new")
    return sum((e.quantity for e in mine), D(0))


def _asked(made: Scene) -> Recorded | NoRecord:
    found = _again(lambda: made.broker.find(OrderKey("new")))
    if isinstance(found, Found):
        return Recorded(found.state)
    return NoRecord(certain=found.certain)


def _after(life: Life, event: Any, made: Scene) -> Life:  # noqa: ANN401  # any of its events
    return advance(life, event, made.clock.now(), made.broker.capabilities.lookups_apart)[0]


ACTS: Mapping[str, Callable[[Scene], list[str]]] = {
    "submit": _submit,
    "find": _find,
    "cancel": _cancel,
    **{name: partial(_read, name) for name in READINGS},
}


@dataclass(frozen=True, slots=True)
class Trial:
    """An act, and where the line fails in what way."""

    kind: str
    act: str
    spot: Spot
    blow: str


def heard(kind: str, act: str) -> list[Said]:
    """What is said on a whole line while the act is done."""
    with scene(kind, max(PATIENCE.values())) as made:
        assert ACTS[act](made) == []
        return list(made.toll.said)


def spots(said: Sequence[Said], every: int) -> Iterator[Spot]:
    """Each ``every``th byte of all that is said, counted through, and the ends of each message."""
    passed = 0
    for number, each in enumerate(said):
        skip = sum(other.name == each.name for other in said[:number])
        for way, size in (("ask", each.asked), ("answer", each.answered)):
            chosen = {n for n in range(size) if (passed + n) % every == 0} | {0, size}
            passed += size
            yield from (Spot(each.name, way, n, skip) for n in sorted(chosen))


def tried(trial: Trial) -> list[str]:
    """What is wrong during the act and after it."""
    with scene(trial.kind, PATIENCE[trial.blow]) as made:
        made.toll.arm(trial.spot, BLOWS[trial.blow])
        wrong = []
        with suppress(BrokerError):
            wrong = ACTS[trial.act](made)
        made.toll.disarm()
        return wrong + _later(made, trial)


def _later(made: Scene, trial: Trial) -> list[str]:
    """With a whole line: everything is as it was, but for what the act has done."""
    made.clock.on(APART.total_seconds())
    made.settle()
    wrong = [f"sent twice: {key}" for key in set(made.keys()) if made.keys().count(key) > 1]
    found = _again(lambda: made.broker.find(OrderKey("waits")))
    if not isinstance(found, Found):
        wrong.append("the order that waits is not found")
    elif trial.act == "cancel":
        _again(lambda: made.broker.cancel(OrderKey("waits")))
        made.clock.on(APART.total_seconds())
        made.settle()
        found = _again(lambda: made.broker.find(OrderKey("waits")))
        if not isinstance(found, Found) or found.state.status is not OrderStatus.CANCELLED:
            wrong.append(f"it is not cancelled: {found}")
    if trial.act != "submit":
        names = READINGS.keys() - ({"open orders"} if trial.act == "cancel" else set())
        wrong += [
            f"{name} differ later"
            for name in sorted(names)
            if _again(partial(READINGS[name], made)) != truth(made.kind)[name]
        ]
    elif set(made.keys()) == {"done", "waits", "new"}:
        roots = {str(e.key) for e in _again(lambda: made.broker.executions(None))}
        wrong += [] if roots == {"done", "new"} else [f"executions of {sorted(roots)}"]
    return wrong


def _again(act: Callable[[], Any]) -> Any:  # noqa: ANN401  # what the act returns
    """The adapter may need another try to see that a link is dead, or a machine that is idle."""
    for _ in range(TRIES):
        with suppress(BrokerError):
            return act()
    return act()


def dumped(trial: Trial) -> str:
    """For whoever reads of it."""
    spot = trial.spot
    return json.dumps(
        [trial.kind, trial.act, spot.what, spot.way, spot.offset, spot.skip, trial.blow]
    )
