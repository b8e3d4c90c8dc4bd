"""Real sockets: any number of listeners, slow and dead ones, stale files, long paths, garbage."""

import contextlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.progress.broadcast import LISTENERS_MAX, QUEUE_MAX, SEND_BUFFER, Broadcaster
from bot.progress.lines import Refused, Report, Said, encode
from bot.progress.listen import Hearing, cancel, follow
from bot.progress.search import Searches, Subject
from bot.progress.sockets import BACKLOG, PATH_MAX, NoSocket, connect, found_in
from strategies.optimize.progress import Progress

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0
REPORT = Report(
    account="main",
    state="searching",
    stage="kernel",
    iteration=0,
    objective_bps=-1.0,
    bound_bps=-2.0,
    gap=0.5,
    elapsed_seconds=0.1,
    iterations_per_second=100.0,
    seconds_to_deadline=None,
    seconds_to_gap=None,
    tracking_error=0.01,
    tracking_error_limit=0.02,
    volatility=0.1,
    var_95=0.01,
    var_95_limit=None,
    var_95_amount=None,
    breaks=(),
)


@contextlib.contextmanager
def on_air(folder: Path) -> Iterator[tuple[Broadcaster, Searches]]:
    broadcaster = Broadcaster(folder)
    searches = Searches((broadcaster,))
    with broadcaster.serving(searches.cancel):
        yield broadcaster, searches


def joined(path: Path) -> Hearing:
    """A listener that the broadcaster knows of: its thread answers after it has taken it in."""
    link = connect(path)
    assert link is not None
    link.settimeout(PATIENCE)
    link.sendall(b"hello\n")
    hearing = Hearing(link)
    (said,) = hearing.read() or []
    assert isinstance(said, Refused)
    return hearing


def heard(hearing: Hearing) -> Iterator[Said]:
    """All that it hears, up to the end of the connection."""
    while (said := hearing.read()) is not None:
        yield from said


def until(hearing: Hearing, iteration: int) -> list[int]:
    """Iterations of the reports that come, up to that one."""
    seen: list[int] = []
    for said in heard(hearing):
        assert isinstance(said, Report)
        seen.append(said.iteration)
        if seen[-1] == iteration:
            break
    return seen


def test_every_listener_hears_every_report(tmp_path: Path) -> None:
    with on_air(tmp_path) as (broadcaster, _):
        assert not broadcaster.is_looking()
        hearings = [joined(broadcaster.path) for _ in range(LISTENERS_MAX)]
        assert broadcaster.is_looking()
        for iteration in range(QUEUE_MAX):
            broadcaster.show(replace(REPORT, iteration=iteration))
        for hearing in hearings:
            assert until(hearing, QUEUE_MAX - 1) == list(range(QUEUE_MAX))
            hearing.link.close()


def test_what_is_said_last_is_heard_before_the_end(tmp_path: Path) -> None:
    with on_air(tmp_path) as (broadcaster, _):
        hearing = joined(broadcaster.path)
        broadcaster.show(replace(REPORT, state="finished"))
    with hearing.link:
        assert list(heard(hearing)) == [replace(REPORT, state="finished")]


def test_the_socket_is_for_its_owner_and_goes_with_its_process(tmp_path: Path) -> None:
    folder = tmp_path / "searches"
    with on_air(folder) as (broadcaster, _):
        assert found_in(folder) == [broadcaster.path]
        mode = broadcaster.path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


def test_a_slow_listener_loses_the_oldest_and_holds_up_nobody(tmp_path: Path) -> None:
    """It reads nothing for ten thousand reports; what it then reads is whole and ends with now."""
    last = 10_000
    with on_air(tmp_path) as (broadcaster, _):
        slow = joined(broadcaster.path)
        for iteration in range(last + 1):
            broadcaster.show(replace(REPORT, iteration=iteration))
        with slow.link:
            seen = until(slow, last)
    assert seen == sorted(seen)
    lines_kept = QUEUE_MAX + 4 * SEND_BUFFER // len(encode(REPORT))
    assert len(seen) <= lines_kept, "no more is kept than a queue and the system's buffers"


def test_a_dead_listener_is_let_go(tmp_path: Path) -> None:
    with on_air(tmp_path) as (broadcaster, _):
        dead, alive = joined(broadcaster.path), joined(broadcaster.path)
        dead.link.close()
        with alive.link:
            for iteration in range(100):
                broadcaster.show(replace(REPORT, iteration=iteration))
                assert until(alive, iteration) == [iteration]
        joined(broadcaster.path).link.close()


def test_one_listener_too_many_is_told_so(tmp_path: Path) -> None:
    with on_air(tmp_path) as (broadcaster, _):
        hearings = [joined(broadcaster.path) for _ in range(LISTENERS_MAX)]
        link = connect(broadcaster.path)
        assert link is not None
        with link:
            assert list(heard(Hearing(link))) == [Refused(f"{LISTENERS_MAX} listen already")]
        for hearing in hearings:
            hearing.link.close()


@pytest.mark.parametrize("garbage", [b"\xff\n", b"[" * 250 + b"\n", b'{"cancel": 1}\n', b"\n"])
def test_garbage_is_refused_and_stops_nothing(tmp_path: Path, garbage: bytes) -> None:
    with on_air(tmp_path) as (broadcaster, searches), searches.begin(Subject("main")) as search:
        hearing = joined(broadcaster.path)
        with hearing.link:
            hearing.link.sendall(garbage)
            assert any(isinstance(said, Refused) for said in hearing.read() or [])
        assert search(Progress(1, "kernel"))


def test_who_never_ends_a_line_is_let_go(tmp_path: Path) -> None:
    with on_air(tmp_path) as (broadcaster, _):
        hearing = joined(broadcaster.path)
        with hearing.link, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while True:
                hearing.link.sendall(b"x" * 100)
        assert list(heard(hearing)) == []


@pytest.mark.parametrize(("account", "others"), [(None, "ira"), ("main", None)])
def test_a_wish_to_stop_stops_the_search_and_says_which(
    tmp_path: Path, account: str | None, others: str | None
) -> None:
    with on_air(tmp_path) as (_, searches):
        assert cancel(tmp_path, account) == ()
        with searches.begin(Subject("main")) as search, searches.begin(Subject("ira")) as other:
            assert set(cancel(tmp_path, account)) == {"main", "ira"} - {"ira" if account else ""}
            assert not search(Progress(1, "kernel"))
            assert other(Progress(1, "kernel")) is (others is None)


def test_a_path_that_is_too_long_for_a_socket_is_reached_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "searches"
    assert len(str(folder)) > PATH_MAX
    with on_air(folder) as (broadcaster, _):
        joined(broadcaster.path).link.close()
        assert stat.S_IMODE(broadcaster.path.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == []


def test_where_there_can_be_no_socket_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "searches").write_text("in the way")
    broadcaster = Broadcaster(tmp_path / "searches")
    serving = broadcaster.serving(lambda _account: ())
    with pytest.raises(NoSocket, match="no socket at") as found, serving:
        pass
    assert "state_dir" in found.value.remedy
    assert not broadcaster.is_looking()


def killed(folder: Path) -> Path:
    """The socket of a process that was killed while it searched."""
    line = [sys.executable, str(Path(__file__).parent / "endless_search.py"), str(folder)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}) as it:  # noqa: S603  # ours
        assert it.stdout is not None
        assert it.stdout.readline() == b"ready\n"
        (path,) = found_in(folder)
        it.send_signal(signal.SIGKILL)
    return path


def test_what_a_killed_process_leaves_is_cleaned_up(tmp_path: Path) -> None:
    stale = killed(tmp_path)
    assert stale.exists()
    with on_air(tmp_path) as (broadcaster, _):
        assert found_in(tmp_path) == [broadcaster.path]
    stale = killed(tmp_path)
    assert cancel(tmp_path) == ()
    assert not stale.exists()
    stale = killed(tmp_path)
    reports = follow(tmp_path)
    assert next(reports) is None
    reports.close()
    assert not stale.exists()


@contextlib.contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """What would wait for ever fails instead."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits for ever"))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_process_that_was_suspended_holds_up_nobody(tmp_path: Path) -> None:
    """As by Ctrl-Z: it takes no connections, and its queue of them fills up."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asleep:
        asleep.bind(str(tmp_path / "1-a.sock"))
        asleep.listen(BACKLOG)
        with ended_after(PATIENCE):
            links = [connect(tmp_path / "1-a.sock") for _ in range(BACKLOG + 3)]
        assert None not in links[:BACKLOG]
        assert links[-1] is None
        assert found_in(tmp_path) == [tmp_path / "1-a.sock"]
        for link in links:
            if link is not None:
                link.close()


def test_a_lack_of_handles_passes_and_with_it_the_deafness(tmp_path: Path) -> None:
    """Whoever came while there were none is answered once there are some again."""
    with on_air(tmp_path) as (broadcaster, _):
        first = joined(broadcaster.path)  # so that the thread has all that it needs
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            with no_handles_left():
                link.connect(str(broadcaster.path))
                link.sendall(b"hello\n")
                link.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    link.recv(100)
            link.settimeout(PATIENCE)
            assert b"refused" in link.recv(100)
        first.link.close()


@contextlib.contextmanager
def no_handles_left() -> Iterator[None]:
    """All handles are in use that this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
    spare = list(_all_handles())
    try:
        yield
    finally:
        for each in spare:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _all_handles() -> Iterator[int]:
    """Every handle that this process may still have."""
    with contextlib.suppress(OSError):
        while True:
            yield os.dup(0)


def test_a_socket_is_not_taken_for_stale_before_it_listens(tmp_path: Path) -> None:
    """Bound and not yet listening it has another name: who cleans up does not see it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as half_open:
        half_open.bind(str(tmp_path / "1-a.new"))
        assert found_in(tmp_path) == []
        assert cancel(tmp_path) == ()
        assert (tmp_path / "1-a.new").exists()
