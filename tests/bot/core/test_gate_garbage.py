"""Garbage plans are fired at the gate: none passes outside any limit, and none is refused for fun.

How many orders, and from which seed on, is told by the environment: ``make soak-gate`` fires ten
million. Each order goes the whole way, through ``send`` and to a broker that counts.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

import pytest
from gate_judge import Judge, first_fault
from gate_world import Shot, World, moment, world

from bot.book.recent import Worked
from bot.book.rows import Note
from bot.gate import RULES, Passage, preflight, send
from brokers.broker import Accepted, Refused, SubmitResult, Unclear
from brokers.words import ZERO, Order, OrderKey, Symbol
from strategies.plan import Leg

ORDERS = int(os.environ.get("GATE_ORDERS", "100000"))
SEED = int(os.environ.get("GATE_SEED", "1"))
LANES = 2
"""So many runs share the orders, each with a seed of its own."""
EXEMPT = {"wash-sale"}
"""Judged by an oracle of its own, with households."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the broker can do."""

    orders_per_second: Decimal = Decimal(1000)


@dataclass(slots=True)
class Range:
    """A broker that takes what it is given, and a book that remembers what was noted."""

    fired: Shot | None = None
    capabilities: Pace = Pace()
    arrived: list[Shot] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    quarantined: set[Symbol] = field(default_factory=set)

    @property
    def latches(self) -> "Range":
        return self

    def submit(self, order: Order) -> SubmitResult:
        assert self.fired is not None
        assert self.notes[-1].kind == "sent", "the book knew before the broker"
        assert order == self.fired.order
        self.arrived.append(self.fired)
        answers = {"accepted": Accepted("1"), "refused": Refused("no"), "unclear": Unclear("?")}
        return answers[self.fired.answer]

    def note(self, notes: list[Note]) -> None:
        self.notes += notes

    def quarantine(self, _account: str, symbol: Symbol, _why: str, _now: object) -> None:
        self.quarantined.add(symbol)

    def worked(self, _plan: str, symbol: Symbol, but: OrderKey) -> Worked:
        mine = [s for s in self.arrived if s.order.symbol == symbol and s.order.key != but]
        done = [_done(shot) for shot in mine]
        worth = (d * s.order.limit for d, s in zip(done, mine, strict=True))
        is_live = any(not s.ends and s.answer != "refused" for s in mine)
        return Worked(len(mine), sum(done, ZERO), sum(worth, ZERO), is_live)


def _done(shot: Shot) -> Decimal:
    if shot.answer == "refused":
        return ZERO
    return min(shot.filled, shot.order.quantity) if shot.ends else shot.order.quantity


def fire(shot: Shot, passage: Passage, gallery: Range) -> tuple[Passage, str]:
    """One order through the gate: the passage after it, and why it was refused."""
    gallery.fired = shot
    leg = Leg(shot.order, shot.order.limit, (), *[ZERO] * 4)
    after = send(leg, passage, moment(shot), gallery, gallery)
    last = gallery.notes[-1]
    return after, last.detail if last.kind == "blocked" else ""


def judged(found: World, seen: Counter[str]) -> int:
    """Fire one plan's orders; how many were fired. A plan that is refused as a whole sends none."""
    judge = Judge(found.passage)
    refused = preflight(found.passage, found.time)
    faults = list(judge.against_plan(found.time))
    assert bool(refused) is bool(faults), (refused, faults)
    if refused:
        seen["plan"] += len(found.shots)
        return len(found.shots)
    passage, gallery = found.passage, Range()
    for shot in found.shots:
        fault = first_fault(judge, shot)
        count = len(gallery.arrived)
        passage, why = fire(shot, passage, gallery)
        has_left = len(gallery.arrived) > count
        assert has_left is not bool(fault), (fault, why, shot)
        seen[why.partition(":")[0] or "passed"] += 1
        if has_left:
            judge.arrived.append(shot)
    return len(found.shots)


@pytest.mark.parametrize("lane", range(LANES))
def test_no_garbage_passes_and_nothing_sound_is_refused(lane: int) -> None:
    seen, fired = Counter[str](), 0
    rnd = Random(SEED + lane)  # noqa: S311  # a run that can be repeated
    while fired < ORDERS // LANES:
        fired += judged(world(rnd), seen)
    rules = {name for name, _ in RULES} - EXEMPT
    assert seen["passed"] > fired * 0.05
    assert seen["plan"] < fired * 0.7
    assert rules <= seen.keys(), f"never refused by {sorted(rules - seen.keys())}"
    assert sum(seen.values()) == fired
