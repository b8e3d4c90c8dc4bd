"""What the pages say: each thing that can be wrong is a line of its own, and a figure."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from exposition import Read, read
from health_house import CLOSED, HOUR, IRA, MAIN, NOW, House, make_well

from bot.book.book import Book
from bot.book.rows import Mail
from bot.daemon.pulse import Stuck
from bot.health.wards import Contact
from bot.switch.states import Halt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


@pytest.fixture
def house(path: Path) -> Iterator[House]:
    with Book.open(path, upgrade=True) as book:
        house = House(book)
        make_well(house)
        yield house


def ready(house: House, path: Path) -> tuple[int, list[str]]:
    with house.pages(path) as pages:
        answer = pages.answer("/readyz")
    return answer.status, answer.body.splitlines()


def figures(house: House, path: Path) -> dict[str, Read]:
    with house.pages(path) as pages:
        answer = pages.answer("/metrics")
    assert answer.status == 200
    assert answer.kind == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.body)


def value(found: dict[str, Read], name: str, **labels: str) -> float:
    return found[f"trimtab_{name}"].samples[f"trimtab_{name}", tuple(sorted(labels.items()))]


def mail(age: timedelta) -> Mail:
    return Mail("m-1", "PAPER/main/x/1", NOW - age, "warn", "subject", "text", "", ())


def test_all_is_well(house: House, path: Path) -> None:
    status, lines = ready(house, path)
    assert status == 200
    assert lines[0] == "ready"
    assert {line.split(":")[0] for line in lines[1:]} == {
        f"ok   {name}"
        for name in (
            *("heartbeat", "book", "disk", "calendar", "mail"),
            *(f"{n} {a}" for a in (MAIN, IRA) for n in ("halt", "lease", "tie-out", "connection")),
            *(f"clock {a}" for a in (MAIN, IRA)),
        )
    }


Break = Callable[[House], object]

BREAKS: list[tuple[str, Break, str]] = [
    (
        "stuck",
        lambda h: setattr(h, "complaint", Stuck("main has stood still for 1801 s")),
        "FAIL heartbeat: main has stood still for 1801 s",
    ),
    ("disk", lambda h: setattr(h, "disk", 63), "FAIL disk: 63 MiB free, 64 needed"),
    (
        "calendar ends",
        lambda h: setattr(h, "now", NOW.replace(year=2027)),
        "FAIL calendar: sessions are known until 2027-11-19",
    ),
    (
        "calendar is past",
        lambda h: setattr(h, "schedule", None),
        "FAIL calendar: it does not reach to this day",
    ),
    (
        "flag",
        lambda h: setattr(h, "flag", Halt("*", "I say so", "the file KILL", NOW)),
        "FAIL halt: halted: I say so",
    ),
    (
        "halt",
        lambda h: h.book.halt("ira", "cash differs", "trimtab", NOW),
        "FAIL halt ira: halted: cash differs",
    ),
    (
        "tie-out failed",
        lambda h: h.book.keep_tieout(MAIN, NOW - HOUR, ok=False, text="AAPL: 7 and 9"),
        "FAIL tie-out main: they differed 60 min ago: AAPL: 7 and 9",
    ),
    (
        "tie-out old",
        lambda h: setattr(h, "now", NOW + timedelta(days=3)),
        "FAIL connection main: the broker answered 3 d ago",
    ),
    (
        "connection lost",
        lambda h: h.contacts.note(IRA, Contact(NOW, None, "no answer from 127.0.0.1:4002")),
        "FAIL connection ira: no answer from 127.0.0.1:4002",
    ),
    (
        "clock",
        lambda h: h.contacts.note(IRA, Contact(NOW, -5.5)),
        "FAIL clock ira: -5.5 s from the broker's",
    ),
    (
        "mail waits",
        lambda h: h.book.post(mail(HOUR)),
        "FAIL mail: 1 wait, the oldest for 60 min",
    ),
]


@pytest.mark.parametrize(("_name", "act", "line"), BREAKS, ids=[row[0] for row in BREAKS])
def test_each_trouble_has_its_line(
    house: House, path: Path, _name: str, act: Break, line: str
) -> None:
    act(house)
    status, lines = ready(house, path)
    assert status == 503
    assert lines[0] == "not ready"
    assert line in lines


def test_a_tie_out_of_the_session_before_last_is_too_old(house: House, path: Path) -> None:
    house.book.keep_tieout(MAIN, CLOSED[-1].opens - HOUR, ok=True, text="")
    status, lines = ready(house, path)
    assert status == 503
    assert [line for line in lines if line.startswith("FAIL")] == [
        "FAIL tie-out main: they agreed 26 h ago"
    ]


def test_an_account_that_another_process_works_is_named(house: House, path: Path) -> None:
    with Book.open(path, upgrade=False) as other:
        other.leases.take(MAIN, NOW)
        status, lines = ready(house, path)
    assert status == 503
    assert [line for line in lines if line.startswith("FAIL lease main: worked by ")]
    house.book.leases.take(IRA, NOW)
    assert "ok   lease ira: ours" in ready(house, path)[1]


def test_a_broker_that_a_cycle_speaks_with_need_not_answer_us(house: House, path: Path) -> None:
    house.contacts.note(IRA, Contact(NOW - HOUR, 0.1))
    assert ready(house, path)[0] == 503
    house.busy = True
    assert ready(house, path)[0] == 200


def test_a_book_that_is_gone_is_a_line_and_the_rest_is_told(house: House, tmp_path: Path) -> None:
    status, lines = ready(house, tmp_path / "elsewhere" / "book.db")
    assert status == 503
    assert [line for line in lines if line.startswith("FAIL book: ")]
    found = figures(house, tmp_path / "elsewhere" / "book.db")
    assert value(found, "book_up") == 0
    assert value(found, "heartbeat_age_seconds") == 3.0


def test_whoever_lives_is_alive_though_nothing_is_ready(house: House, path: Path) -> None:
    house.disk, house.schedule = 0, None
    with house.pages(path) as pages:
        assert pages.answer("/livez").status == 200
        house.complaint = Stuck("the scheduler has not ticked for 121 s")
        answer = pages.answer("/livez")
        assert (answer.status, answer.body) == (
            503,
            "stuck: the scheduler has not ticked for 121 s\n",
        )
        assert pages.answer("/nothing").status == 404


def test_figures(house: House, path: Path) -> None:
    house.book.post(mail(HOUR))
    house.book.halt("main", "mind the gap", "trimtab", NOW, "reducing")
    house.book.lock(MAIN, "AAPL", NOW.date(), "differs", NOW)
    found = figures(house, path)
    assert value(found, "ready") == 0
    assert value(found, "check_ok", check="mail", account="") == 0
    assert value(found, "check_ok", check="clock", account="ira") == 1
    assert value(found, "kill_state", account="main") == 1
    assert value(found, "kill_state", account="ira") == 0
    assert value(found, "tieout_age_seconds", account="main") == 7200
    assert value(found, "breaks", account="main") == 1
    assert value(found, "unknown_orders", account="main") == 0
    assert value(found, "clock_offset_seconds", account="ira") == 0.25
    assert value(found, "broker_up", account="ira") == 1
    assert value(found, "scan_gap_sessions", account="main") == 10
    assert value(found, "mails_waiting") == 1
    assert value(found, "mail_age_seconds") == 3600
    assert value(found, "exec_versions_total", account="main") == 0
    assert value(found, "limit_used_ratio", account="main", limit="day_turnover_max") == 0
    assert found["trimtab_commit_seconds"].samples["trimtab_commit_seconds_count", ()] >= 8


def test_the_kill_file_is_as_severe_as_it_says(house: House, path: Path) -> None:
    house.flag = Halt("*", "stop", "the file KILL", NOW, "cancel-only")
    found = figures(house, path)
    assert {value(found, "kill_state", account=a) for a in (MAIN, IRA)} == {2}


def test_what_is_asked_again_at_once_is_read_once(house: House, path: Path) -> None:
    with house.pages(path) as pages:
        assert pages.answer("/readyz").status == 200
        house.disk = 0
        assert {pages.answer("/readyz").status for _ in range(1000)} == {200}


def test_a_secret_in_a_reason_is_not_told(house: House, path: Path) -> None:
    why = "GET https://user:c4narypass@broker.example/x?token=c4narytoken1 failed"
    house.contacts.note(IRA, Contact(NOW, None, why))
    _status, lines = ready(house, path)
    assert "c4nary" not in "".join(lines)
    assert "broker.example" in "".join(lines)
