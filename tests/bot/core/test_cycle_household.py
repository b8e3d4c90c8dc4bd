"""Accounts of one household worked at the same time: whatever comes between, no loss is washed."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from family import HARVESTED, ITOT, VTI, Family, Folk, losses, lost, open_family, taken
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stage import D, Relay

from bot.reconcile import Refusal
from brokers.broker import Capabilities
from brokers.paper.venue import PaperOptions
from brokers.words import AccountId
from strategies.policy import OrderPolicy, TaxKind

SMALL = {
    "ira": Folk(TaxKind.TRADITIONAL, "VTI 90, BND 10", "VTI 90, BND 10", harvests=False),
    "hers": Folk(TaxKind.TAXABLE, "ITOT 50, BND 50", "ITOT 120, BND 60"),
    "main": Folk(TaxKind.TAXABLE, "VTI 50, BND 50", "VTI 60, BND 60"),
}
"""A loss of about 1,200 in main and in hers. Each harvests into what the other one sells."""
INTO = {"main": ((VTI, (ITOT,)),), "hers": ((ITOT, (VTI,)),)}
EVERYBODY = tuple(SMALL)
WHOLE = PaperOptions(participation=D(1), latency_ms=0, fractional=False)


def family_of(folder: Path, template: Path, names: Sequence[str] = EVERYBODY) -> Family:
    """Accounts that trade whole shares, which the slow oracle can count, on the day of the harvest.

    All were looked at this morning, and money has come to the IRA and to hers.
    """
    family = open_family(folder, template)
    family.options = WHOLE
    for name in names:
        orders = OrderPolicy(fractional=False, work_seconds=10)
        family.add(name, SMALL[name], orders=orders)
        if name in INTO:
            family.harvest_into(name, INTO[name])
    family.next_day()
    family.cycles()
    family.until(HARVESTED)
    for name in names:
        family.book.keep_tieout(AccountId(name), HARVESTED, ok=True, text="")
        if name != "main":
            family.deposit(name, 2_000)
    return family


@pytest.fixture
def two(tmp_path: Path, template: Path) -> Iterator[Family]:
    """The taxable account and the IRA."""
    family = family_of(tmp_path, template, ("ira", "main"))
    yield family
    family.close()


def assert_no_wash(family: Family) -> None:
    """By the ledger, and by the oracle that knows the statute alone."""
    home = family.ledger()
    assert (taken(home), lost(home)) == (0, 0)
    assert sum(piece.disallowed for piece in family.by_law()) == 0


def at_step(family: Family, name: str, step: str, other: str) -> None:
    """When ``name`` has come to ``step``, the whole slot of ``other`` comes between, once."""
    stage = family.stages[name]

    def between(told: str) -> None:
        if told.startswith(step):
            stage.on_step = lambda _step: None
            family.cycle(other)

    stage.on_step = between


def said(family: Family, name: str) -> str:
    """Why orders of the newest plan were not sent."""
    row = family.book.plans(AccountId(name), 1)[0]
    return row.why


@pytest.mark.parametrize("step", ["planned", "started"])
def test_a_purchase_after_the_plan_blocks_the_sale(two: Family, step: str) -> None:
    at_step(two, "main", step, "ira")
    plan = two.cycle("main")
    assert VTI in two.bought("ira", HARVESTED.date())
    assert {leg.order.symbol for leg in plan.legs} == {VTI, ITOT}
    assert "2 of 2 orders were not sent" in said(two, "main")
    notes = [n.detail for leg in plan.legs for n in two.book.order_notes(leg.order.key)]
    assert "wash-sale: VTI was bought on 2026-06-15 in ira, within 30 days" in notes[0]
    assert "would be lost for good" in notes[0]
    assert "pair: it buys in place of a sale" in notes[1]
    assert losses(two.ledger()) == 0
    assert_no_wash(two)


def test_a_sale_that_is_committed_keeps_the_others_from_buying(two: Family) -> None:
    at_step(two, "main", "intended", "ira")
    two.cycle("main")
    assert VTI not in two.bought("ira", HARVESTED.date())
    assert losses(two.ledger()) > 1000
    assert_no_wash(two)


def test_a_purchase_that_is_committed_keeps_the_loss_from_being_planned(two: Family) -> None:
    at_step(two, "ira", "intended", "main")
    two.cycle("ira")
    assert VTI in two.bought("ira", HARVESTED.date())
    assert VTI in two.stages["main"].held()
    assert not [plan for plan in two.book.plans(AccountId("main")) if plan.kind != "hold"]
    assert_no_wash(two)


# Any order of steps.


class Turns:
    """Cycles of several accounts at once, each in a thread that goes on only at its turn."""

    def __init__(self, family: Family, names: Sequence[str]) -> None:
        """All stand before their first step."""
        self.family = family
        self.go = {name: Event() for name in names}
        self.rests = {name: Event() for name in names}
        for name in names:
            family.stages[name].on_step = lambda _step, name=name: self._rest(name)

    def _rest(self, name: str) -> None:
        self.rests[name].set()
        self.go[name].wait(60)
        self.go[name].clear()

    def _cycle(self, name: str) -> None:
        self.go[name].wait(60)
        self.go[name].clear()
        with suppress(Refusal):  # what cannot be agreed upon is looked at again by the next cycle
            self.family.cycle(name)

    def play(self, turns: Sequence[str]) -> None:
        """One step at a time by ``turns``; what is left then goes on to its end, one by one."""
        with ThreadPoolExecutor(len(self.go)) as pool:
            begun = {name: pool.submit(self._cycle, name) for name in self.go}
            for name in turns:
                self._turn(name, begun[name])
            for name, cycle in begun.items():
                while not cycle.done():
                    self._turn(name, cycle)
                cycle.result()

    def _turn(self, name: str, cycle: "Future[None]") -> None:
        if cycle.done():
            return
        self.rests[name].clear()
        self.go[name].set()
        while not (cycle.done() or self.rests[name].wait(0.01)):
            pass


TURNS = st.lists(st.tuples(st.sampled_from(EVERYBODY), st.integers(1, 12)), max_size=12)
"""An account, and how many steps it goes on."""


@given(TURNS)
@example([("main", 4), ("hers", 5), ("ira", 19), ("main", 8), ("ira", 11), ("hers", 6)])
@example([("ira", 6), ("main", 10), ("hers", 8), ("main", 9), ("ira", 5), ("main", 6), ("hers", 3)])
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_steps_makes_a_wash_sale(template: Path, turns: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        family = family_of(Path(folder), template)
        steps = [name for name, count in turns for _ in range(count)]
        Turns(family, EVERYBODY).play(steps)
        for stage in family.stages.values():
            stage.on_step = lambda _step: None
        family.next_day()
        family.cycles()
        assert_no_wash(family)
        family.close()


class TellsOfToday(Relay):
    """A broker that says it tells the trades of one day alone."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, executions_horizon=timedelta(days=1))


def test_for_thirty_days_after_the_first_look_a_plan_says_what_nobody_told(
    tmp_path: Path, template: Path
) -> None:
    family = open_family(tmp_path, template)
    family.add("main", SMALL["main"])
    desk = family.desks["main"]
    family.desks["main"] = replace(desk, broker=TellsOfToday(desk.broker))
    family.next_day()
    first = family.clock.now().date()
    said = f"what main buys may take a loss of its own: it was first looked at on {first}"
    assert [w for w in family.cycle("main").warnings if w.startswith(said)]
    family.until(family.clock.now() + timedelta(days=30))
    family.next_day()
    assert not [w for w in family.cycle("main").warnings if w.startswith(said)]
    family.close()
