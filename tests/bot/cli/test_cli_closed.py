"""While the exchange is closed nothing is sent, and a plan is an outlook that says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.cli.app import run
from bot.cli.service import open_market
from bot.cli.wiring import Hands, open_office, read_config
from bot.clock import VirtualClock
from bot.cycle import prepare
from bot.reconcile import Refusal
from bot.report.say import say
from bot.rounds import Desk, Office, planning_post, post_of, work_slot
from strategies.plan import Rebalance

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@contextmanager
def office_at(moment: datetime, folder: Path) -> Iterator[tuple[Office, Desk]]:
    """A fresh installation at ``moment``."""
    path = folder / "config.toml"
    assert run(["-q", "-c", str(path), "init", "--no-input", "--cash", "50,000"]) == 0
    config = read_config(path)
    hands = Hands(VirtualClock(moment), lambda _step: None, lambda: False)
    with open_office(config, hands, config.accounts) as (office, (desk,)):
        yield office, desk


def test_a_pass_of_a_timer_is_refused_with_the_time_of_the_open(tmp_path: Path) -> None:
    with office_at(SATURDAY, tmp_path) as (office, desk):
        with pytest.raises(Refusal, match=r"closed until Mon 2026-11-23 14:30 UTC: nothing was"):
            open_market(office)
        with pytest.raises(Refusal, match="closed"):
            work_slot(desk, office)
        assert office.book.plans(desk.account) == ()


def test_a_plan_of_a_weekend_is_for_monday_and_says_that_its_prices_are_old(tmp_path: Path) -> None:
    with office_at(SATURDAY, tmp_path) as (office, desk):
        plan = prepare(planning_post(desk, office), desk.broker, office.book)
    assert isinstance(plan.decision, Rebalance)
    assert len(plan.legs) == 20
    assert plan.session == MONDAY.date()
    assert plan.nav == Decimal(50_000)
    assert (
        "Warning: the exchange is closed until 2026-11-23 14:30 UTC: prices are old, "
        "this is an outlook only"
    ) in say(plan)


def test_in_a_session_a_plan_is_that_of_a_cycle(tmp_path: Path) -> None:
    with office_at(MONDAY, tmp_path) as (office, desk):
        assert planning_post(desk, office).limits == post_of(desk, office).limits
        open_market(office)
        plan = prepare(planning_post(desk, office), desk.broker, office.book)
    assert len(plan.legs) == 20
    assert "closed" not in say(plan)
