"""Where a cycle over a socket is killed: at which steps, at which bytes, at random moments."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from killing_toll import Spot

NAMED = {
    "start": "started up",
    "lock held": "lock held",
    "before connect": "opened",
    "config pinned": "config pinned",
    "fence taken": "lease held",
    "connected": "connected",
    "mid-reconcile transaction": "within bind",
    "reconcile read": "did executions 0",
    "reconcile committed": "did keep_tieout",
    "plan computed": "keeping the plan",
    "plan saved": "did keep ",
    "snapshot saved": "did keep_snapshot",
    "mid-intents transaction": "planned, within intend 0",
    "intents committed": "planned, did intend 0",
    "gate passed": "planned, within note 0",
    "half request": "submit: half request",
    "request written": "submit: request written",
    "headers read": "submit: head read",
    "half answer": "submit: half answer",
    "answer read": "submit: answer read",
    "mid-acknowledgement transaction": "planned, within note 1",
    "acknowledgement committed": "planned, sent 0",
    "between orders": "planned, sent 1",
    "stream event read": "worked: planned, heard",
    "between two frames of a stream": "news: between two frames",
    "half a frame of a stream": "news: half a frame",
    "executions half read": "fills: half answer",
    "mid-executions transaction": "planned, within record",
    "executions committed": "planned, did record 1",
    "cancel meant": "worked: planned, replacing",
    "cancel: half request": "cancel: half request",
    "cancel sent": "cancel: request written",
    "cancel acknowledged": "worked: planned, did cancel",
    "cancelled, its end not saved": "worked: planned, did find",
    "replace gap": "worked: planned, within intend",
    "mid-tie-out transaction": "planned, within keep_tieout",
    "tie-out committed": "planned, did keep_tieout",
}
"""What a place where a cycle may die is called, and how the name of the strike there begins."""

CHAIN = 6
"""Cycles that are killed one after the other before one is let go on."""

SECONDS = 0.5
"""A cycle does not last much longer."""


Step = tuple[int, str, str]
"""The wave, what was told before, and what is told."""


@dataclass(frozen=True, slots=True)
class Strike:
    """When a cycle is killed: at its ``nth`` step of a name, at a byte, or after ``seconds``."""

    step: str = ""
    nth: int = 0
    spot: Spot | None = None
    seconds: float = 0.0
    point: str = ""
    """What this place is called, where it has a name of its own."""
    case: str = "quick"
    planned: bool = False
    """Whether steps are counted from the plan on."""

    @property
    def name(self) -> str:
        """For whoever reads of it."""
        if self.spot is not None:
            spot = self.spot
            return f"{self.point}: byte {spot.offset} of the {spot.way} of {spot.what}"
        if not self.step:
            return f"after {self.seconds:.4f} s"
        case = "worked: " if self.case == "worked" else ""
        since = "planned, " if self.planned else ""
        return f"{case}{since}{self.step} {self.nth}"


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: strike each place that has a name, and each ``every``th of the others.

    Or ``kills`` at random from ``seed`` on, which also ends when ``seconds`` are over, where they
    are said.
    """

    broker: str
    url: str = ""
    every: int = 1
    names: bool = True
    """Whether all that have a name are struck, or these as often as the others."""
    kills: int = 0
    seconds: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a chain: how each of its cycles ended, and what is wrong in the end."""

    strikes: list[str]
    ends: list[int]
    outcome: int
    wrong: list[str]
    orders: int


def steps_to_strike(steps: Sequence[str], case: str, known: set[Step]) -> list[Strike]:
    """Where something is told that was not told in the same place before.

    The place is the wave of orders and what was told last: where the same look is taken again
    because nothing has happened yet, it is not struck again. ``known`` grows.
    """
    seen, found = Counter[str](), []
    wave, last, planned = 0, "", False
    for step in steps:
        name = step.partition(" TT-")[0]
        wave += name == "wave done"
        if (wave, last, name) not in known:
            known.add((wave, last, name))
            found.append(Strike(name, seen[name], case=case, planned=planned))
        seen[name] += 1
        last = name
        if name == "planned":
            planned = True
            seen.clear()
    return found


def chosen(strikes: Sequence[Strike], job: Job) -> list[Strike]:
    """Those that the job is about."""
    firsts = [next(s for s in strikes if s.name.startswith(name)) for name in NAMED.values()]
    kept = set(strikes[:: job.every]) | set(firsts if job.names else ())
    return [strike for strike in strikes if strike in kept]


def chains(strikes: Sequence[Strike]) -> list[list[Strike]]:
    """Each strike once, ``CHAIN`` cycles in turn, of all kinds."""
    count = -(-len(strikes) // CHAIN)
    return [list(strikes[n::count]) for n in range(count)]


SUBMIT = {"alpaca": "POST /v2/orders", "ibkr": "3"}
CANCEL = {"alpaca": "DELETE /v2/orders/.*", "ibkr": "4"}
FILLS = {"alpaca": "GET /v2/account/activities.*", "ibkr": "7"}
STREAM = "GET /stream"
HEAD = {"alpaca": 120, "ibkr": 4}
"""Bytes of an answer of which the head has been read and not yet the rest."""


def spots_to_strike(said: Sequence[Mapping[str, Any]], broker: str) -> Iterator[Strike]:
    """Inside the sockets: in the middle of requests and answers that move orders or tell fills."""
    yield _at("connected", ".*", "ask", 0)
    for point, what in (("submit", SUBMIT), ("cancel", CANCEL), ("fills", FILLS)):
        name = what[broker]
        found = [each for each in said if _fits(each["name"], name)]
        for skip, each in enumerate(found[:2] if point != "fills" else found[1:2]):
            yield from _around(point, name, each, skip, HEAD[broker])
    yield from frames_to_strike(said, broker)


def _around(
    point: str, name: str, said: Mapping[str, Any], skip: int, head: int
) -> Iterator[Strike]:
    asked, answered = int(said["asked"]), sum(said["chunks"])
    yield _at(f"{point}: half request", name, "ask", asked // 2, skip)
    yield _at(f"{point}: request written", name, "answer", 0, skip)
    yield _at(f"{point}: head read", name, "answer", min(head, answered), skip)
    yield _at(f"{point}: half answer", name, "answer", answered // 2, skip)
    yield _at(f"{point}: answer read", name, "answer", answered, skip)


def _at(point: str, name: str, way: str, offset: int, skip: int = 0) -> Strike:
    return Strike(point=point, spot=Spot(name, way, offset, skip), case="worked")


def _fits(name: str, pattern: str) -> bool:
    return re.fullmatch(pattern, name) is not None


def frames_to_strike(said: Sequence[Mapping[str, Any]], broker: str) -> Iterator[Strike]:
    """Between two frames of what a broker tells of its own accord, and halfway through one."""
    name = {"alpaca": STREAM, "ibkr": SUBMIT["ibkr"]}[broker]
    told = next(each["chunks"] for each in said if _fits(each["name"], name))
    before = sum(told[:-1])
    yield _at("news: between two frames", name, "answer", before)
    yield _at("news: half a frame", name, "answer", before + told[-1] // 2)


def random_chains(
    steps: Sequence[str], said: Sequence[Mapping[str, Any]], seed: int
) -> Iterator[list[Strike]]:
    """Without end: up to ``CHAIN`` strikes at steps, at bytes and at moments."""
    random = Random(seed)  # noqa: S311 places, no secrets
    known = steps_to_strike(steps, "quick", set())
    while True:
        yield [_random(random, known, said) for _ in range(random.randint(1, CHAIN))]


def _random(random: Random, known: Sequence[Strike], said: Sequence[Mapping[str, Any]]) -> Strike:
    kind = random.random()
    if kind < 0.4:
        return random.choice(known)
    if kind < 0.7:
        return Strike(seconds=0.01 + random.random() * SECONDS)
    place = random.randrange(len(said))
    name = said[place]["name"]
    skip = sum(each["name"] == name for each in said[:place])
    way = random.choice(("ask", "answer"))
    most = said[place]["asked"] if way == "ask" else sum(said[place]["chunks"])
    return _at("random", re.escape(name), way, random.randint(0, most), skip)
