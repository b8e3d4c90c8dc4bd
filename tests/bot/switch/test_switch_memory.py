"""What a process remembers of the kill switch, and the lock that orders leave under."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.switch import (
    EVERY_ACCOUNT,
    NAME,
    STATES,
    Halt,
    State,
    Switch,
    barrier,
    lift,
    raise_flag,
    worst,
)

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def state_of(switch: Switch) -> str:
    halt = switch.look()
    return "active" if halt is None else halt.state


def test_without_a_folder_there_is_no_switch_but_memory() -> None:
    switch = Switch()
    with switch.turn() as halt:
        assert halt is None
    switch.throw(Halt(EVERY_ACCOUNT, "SIGUSR1 was sent", "signal", NOW))
    assert state_of(switch) == "halted"


def test_what_was_seen_stays_when_the_file_is_gone(tmp_path: Path) -> None:
    switch = Switch(tmp_path)
    assert state_of(switch) == "active"
    raise_flag(tmp_path, "cancel-only", "why")
    assert state_of(switch) == "cancel-only"
    assert switch.hurries
    (tmp_path / NAME).unlink()
    assert state_of(switch) == "cancel-only"
    raise_flag(tmp_path, "halted", "worse")
    lift(tmp_path)
    assert state_of(switch) == "cancel-only", "nobody looked meanwhile"


def test_what_the_book_keeps_is_forgotten_until_it_comes_anew(tmp_path: Path) -> None:
    switch = Switch(tmp_path)
    raise_flag(tmp_path, "reducing", "why")
    seen = switch.look()
    assert seen is not None
    assert seen == switch.unkept()
    assert not switch.hurries, "what is in the market may stay there"
    switch.keep(seen)
    assert switch.unkept() is None
    assert state_of(switch) == "reducing", "the file is still there"
    assert switch.unkept() is None
    raise_flag(tmp_path, "halted", "worse")
    assert state_of(switch) == "halted"
    worse = switch.unkept()
    assert worse is not None
    switch.keep(seen)
    assert switch.unkept() == worse, "the book knows only the milder one"
    switch.keep(worse)
    lift(tmp_path)
    assert state_of(switch) == "active"


def test_nobody_can_tell_stops_for_as_long_as_that_is_so(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.write_text("")
    switch = Switch(place)
    assert state_of(switch) == "halted"
    assert switch.unkept() is None
    with switch.turn() as halt:
        assert halt is not None
    place.unlink()
    assert state_of(switch) == "active"
    with switch.turn() as halt:
        assert halt is not None, "nothing leaves under a lock that cannot be held"


def test_a_signal_holds_where_the_file_cannot_be_made(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.mkdir()
    switch = Switch(place)
    switch.throw(Halt(EVERY_ACCOUNT, "SIGUSR1 was sent", "signal", NOW))
    assert (place / NAME).read_text() == "halted SIGUSR1 was sent\n"
    assert state_of(switch) == "halted"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("is_sale", [True, False])
def test_what_each_state_lets_through(state: State, *, is_sale: bool) -> None:
    halt = Halt(EVERY_ACCOUNT, "why", "owner", NOW, state)
    passes = state == "active" or (state == "reducing" and is_sale)
    assert (halt.forbids(is_sale_of_held=is_sale) == "") is passes
    assert halt.takes_back is (state in {"cancel-only", "halted"})
    assert halt.plans_nothing is (state == "halted")


def test_the_worst_is_the_first_of_the_most_severe() -> None:
    halts = [
        Halt("main", str(number), "owner", NOW + timedelta(number), state)
        for number, state in enumerate(("reducing", "halted", "cancel-only", "halted"))
    ]
    assert worst(*halts) == halts[1]
    assert worst(None, halts[0], None) == halts[0]
    assert worst() is worst(None) is None


def test_who_throws_it_waits_for_the_order_that_is_on_its_way(tmp_path: Path) -> None:
    switch, waits = Switch(tmp_path), list[float]()
    with switch.turn() as halt:
        assert halt is None
        raise_flag(tmp_path, "halted", "why")
        assert not barrier(tmp_path, 0.05, waits.append)
        assert len(waits) == 5
    assert barrier(tmp_path, 0.05, waits.append)
    with switch.turn() as halt:
        assert halt is not None, "who holds it after the flag is up sees the flag"


def test_two_may_send_at_once_and_both_are_waited_for(tmp_path: Path) -> None:
    first, second = Switch(tmp_path), Switch(tmp_path)
    with first.turn(), second.turn():
        assert not barrier(tmp_path, 0.01, lambda _: None)
    with second.turn():
        assert not barrier(tmp_path, 0.01, lambda _: None)
    assert barrier(tmp_path, 0.01, lambda _: None)


SEND = """
import sys
from pathlib import Path
from bot.switch import Switch
with Switch(Path(sys.argv[1])).turn():
    print("sending", flush=True)
    sys.stdin.read()
"""


def test_a_sender_that_is_killed_holds_nobody_up(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 our own interpreter
        [sys.executable, "-c", SEND, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as sender:
        assert sender.stdout is not None
        assert sender.stdout.readline() == "sending\n"
        assert not barrier(tmp_path, 0.02, lambda _: None)
        sender.kill()
        sender.wait()
        assert barrier(tmp_path, 0.02, lambda _: None)


def test_it_may_be_looked_at_from_many_threads(tmp_path: Path) -> None:
    switch, seen = Switch(tmp_path), list[str]()
    go = threading.Barrier(9)

    def look() -> None:
        go.wait()
        for _ in range(200):
            with switch.turn() as halt:
                seen.append("active" if halt is None else halt.state)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    go.wait()
    raise_flag(tmp_path, "halted", "why")
    assert barrier(tmp_path, 10, threading.Event().wait)
    after = len(seen)
    for thread in threads:
        thread.join()
    assert len(seen) == 1600
    assert set(seen[after + 8 :]) <= {"halted"}
    assert state_of(switch) == "halted"
