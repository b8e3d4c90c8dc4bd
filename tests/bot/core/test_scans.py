"""Every account that harvests is scanned every session, or an alarm says which was not."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from family import HARVESTED, HERS, IRA, MAIN, VTI, Family, open_family

from bot.book.glance import ScanGlance, glance
from bot.book.rows import Mail
from bot.cli.scanned import Missed, line, scan_status
from bot.cli.service import scans_of
from bot.config.settings import AtSession
from bot.daemon.fastforward import fast_forward
from bot.daemon.rota import Job, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.slots import Grace
from bot.reconcile import Refusal
from brokers.words import AccountId

MORNING = (AtSession("open", timedelta(minutes=30)),)
EVENING = datetime(2026, 6, 15, 21, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Failing = Callable[[AccountId], None]


@pytest.fixture(scope="module")
def new_york() -> Sessions:
    return Sessions("XNYS", HARVESTED, since=datetime(2025, 12, 1, tzinfo=UTC).date())


@pytest.fixture
def family(tmp_path: Path, template: Path) -> Iterator[Family]:
    """Two accounts that harvest, and an IRA that has nothing to harvest."""
    made = open_family(tmp_path, template)
    made.add("ira", IRA)
    made.add("hers", HERS._replace(harvests=True))
    made.add("main", MAIN)
    made.until(HARVESTED - 3 * DAY)
    made.slots()  # on Friday, so that on Monday something is known of each
    made.until(HARVESTED - timedelta(hours=1))
    yield made
    made.close()


def live(
    family: Family, sessions: Sessions, until: datetime, fails: Failing = lambda _account: None
) -> None:
    """The daemon's work up to a moment: everybody's slot in the morning, the chore at the close."""

    def run(account: AccountId, slot: str, now: datetime) -> None:
        del slot, now
        fails(account)
        family.slot(str(account))

    office = replace(family.office("main"), sessions=sessions)
    work = Work(family.book, run, lambda *_told: None, lambda: False)
    rota = Rota(sessions, family.clock, work, Grace())
    jobs = [Job(AccountId(name), MORNING) for name in family.stages]
    desks = {desk.account: desk for desk in family.desks.values()}
    fast_forward(rota, jobs, [*scans_of(office, desks)], family.clock, until)
    family.clock.move_to(until)


def alarms(family: Family) -> list[Mail]:
    found = family.book.due_mails(family.clock.now())
    return [mail for mail in found if "/unscanned/" in mail.dedupe_key]


def status(family: Family) -> str:
    """The line of ``trimtab status``."""
    found = scan_status(("hers", "main"), glance(family.folder / "book.db").accounts)
    assert found is not None
    return line(found)


def test_who_was_scanned_is_counted_and_nobody_alarmed(family: Family, new_york: Sessions) -> None:
    live(family, new_york, EVENING)
    assert alarms(family) == []
    expected = "harvest: scanned 2 of 2 eligible accounts in the session of 2026-06-15"
    assert status(family) == expected
    looks = {one.account: one.scan for one in glance(family.folder / "book.db").accounts}
    assert looks["main"] == ScanGlance(HARVESTED.date(), "")
    assert looks["ira"] is None


def test_an_account_whose_cycle_fails_is_named_with_its_reason(
    family: Family, new_york: Sessions
) -> None:
    def fails(account: AccountId) -> None:
        if account == "hers" and family.clock.now() < EVENING:
            raise Refusal("the broker does not answer", "wait")

    live(family, new_york, EVENING, fails)
    (alarm,) = alarms(family)
    assert alarm.severity == "critical"
    assert "harvest scanned 1 of 2 eligible accounts, not hers" in alarm.subject
    text = " ".join(alarm.text.split())
    assert "hers: the broker does not answer" in text
    assert "main:" not in text
    assert "scanned 1 of 2 eligible accounts" in status(family)
    assert status(family).endswith("not hers: not looked at")
    live(family, new_york, EVENING + DAY, fails)
    assert len(alarms(family)) == 1, "the next session scanned it"
    assert "scanned 2 of 2" in status(family)


def test_a_plan_that_looked_at_no_lots_is_no_scan(
    tmp_path: Path, template: Path, new_york: Sessions
) -> None:
    """An account of which nothing is known keeps all others from taking losses."""
    family = open_family(tmp_path, template)
    family.add("main", MAIN)
    family.join("hers", HERS)
    family.until(HARVESTED - timedelta(hours=1))

    def fails(account: AccountId) -> None:
        if account == "hers":
            raise Refusal("the broker does not answer", "wait")

    live(family, new_york, EVENING, fails)
    (alarm,) = alarms(family)
    assert "scanned 0 of 1 eligible accounts, not main" in alarm.subject
    text = " ".join(alarm.text.split())
    assert re.search("main: .*hers", text), text
    live(family, new_york, EVENING + DAY, fails)
    assert len(alarms(family)) == 2, "each session has its own"
    family.close()


def test_what_could_not_be_judged_says_why_it_was_not_scanned(family: Family) -> None:
    family.until(HARVESTED)
    assert family.slot("main").unscanned == ""
    assert family.slot("ira").unscanned is None
    family.next_day()
    family.tape.gone.add(VTI)
    assert family.slot("main").unscanned == "", "a name without a quote keeps no other from it"


def test_a_machine_that_was_away_tells_of_the_session_that_it_missed(
    family: Family, new_york: Sessions
) -> None:
    live(family, new_york, EVENING)
    family.clock.move_to(EVENING + DAY + timedelta(hours=3))
    live(family, new_york, EVENING + 2 * DAY)
    assert [re.findall(r"\d{4}-\d\d-\d\d", m.dedupe_key)[0] for m in alarms(family)] == [
        "2026-06-16"
    ]
    assert "scanned 0 of 2" in alarms(family)[0].subject


def test_a_new_installation_is_not_told_of_the_days_before_it(
    family: Family, new_york: Sessions
) -> None:
    office = replace(family.office("main"), sessions=new_york)
    desks = {desk.account: desk for desk in family.desks.values()}
    (chore,) = scans_of(office, desks)
    chore.act("close+2m", family.clock.now())
    assert alarms(family) == []


def test_who_harvests_nothing_has_no_such_chore(family: Family, new_york: Sessions) -> None:
    office = replace(family.office("main"), sessions=new_york)
    desks = {desk.account: desk for name, desk in family.desks.items() if name == "ira"}
    assert [*scans_of(office, desks)] == []


def test_one_look_of_a_session_is_enough(tmp_path: Path, template: Path) -> None:
    family = open_family(tmp_path, template)
    family.add("main", MAIN)
    family.sell_gold("main")
    family.until(HARVESTED)
    first = family.slot("main")
    assert (bool(first.legs), first.unscanned) == (True, "")
    family.clock.sleep(3600)
    assert family.slot("main").unscanned == "it was traded in this session before"
    found = scan_status(("main",), glance(family.folder / "book.db").accounts)
    assert found is not None
    assert (found.scanned, found.missed) == (1, ())
    family.close()


def test_the_count_without_any_plan() -> None:
    found = scan_status(("a", "b"), ())
    assert found is not None
    assert (found.session, found.scanned) == (None, 0)
    assert found.missed == (Missed("a", "not looked at"), Missed("b", "not looked at"))
    assert line(found).startswith("harvest: scanned 0 of 2 eligible accounts so far, not a")
    assert scan_status((), ()) is None
