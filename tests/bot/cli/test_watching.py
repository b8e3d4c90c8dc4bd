"""``trimtab watch`` and ``trimtab stop-search``, each in a process of its own, on real searches."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import jsonschema
import pytest

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.cli.searching.words import block, line
from bot.progress.lines import KEYS, Report
from bot.progress.sockets import FOLDER
from brokers.words import AccountId

ROOT = Path(__file__).parents[3]
TRIMTAB = (sys.executable, "-m", "bot")
ENDLESS = ROOT / "tests" / "bot" / "progress" / "endless_search.py"
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
PATIENCE = 60.0
PAGE = (ROOT / "docs" / "watching.md").read_text("utf-8")
CLEAR = b"\x1b[2K"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A fresh installation."""
    path = tmp_path / "config.toml"
    assert run(["-q", "-c", str(path), "init", "--no-input"]) == 0
    return path


Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes; none of them outlives the test."""
    with ExitStack() as stack:

        def started(*line: object, piped: bool = True, **streams: int) -> Process:
            said = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} if piped else streams
            it = subprocess.Popen([str(part) for part in line], env=ENVIRON, **said)  # noqa: S603  # ours
            stack.enter_context(it)
            stack.callback(it.kill)
            return it

        yield started


def searching(start: Start, config: Path) -> Process:
    """A process that searches, in the state folder of ``config``."""
    folder = config.parent / "state" / FOLDER
    it = start(sys.executable, ENDLESS, folder)
    assert it.stdout is not None
    assert it.stdout.readline() == b"ready\n"
    return it


def test_a_search_is_watched_and_stopped_from_other_processes(start: Start, config: Path) -> None:
    search = searching(start, config)
    watch = start(*TRIMTAB, "-c", config, "watch", "--json", "--once")
    assert watch.stdout is not None
    first = json.loads(watch.stdout.readline())
    assert run(["-c", str(config), "stop-search"]) == 0
    rest = [json.loads(each) for each in watch.communicate(timeout=PATIENCE)[0].splitlines()]
    plan = json.loads(search.communicate(timeout=PATIENCE)[0])
    assert (watch.returncode, search.returncode) == (0, 0)
    for report in (first, *rest):
        jsonschema.validate(report, document_schema("search"))
    assert (first["account"], first["state"]) == ("main", "searching")
    assert [each["state"] for each in rest if each["state"] != "searching"] == ["stopped"]
    assert plan["usable"]
    assert plan["violation"] <= 1e-9


def test_a_plan_that_is_made_is_seen(start: Start, config: Path) -> None:
    """The watcher waits; the search of a real ``trimtab plan`` is over in milliseconds."""
    watch = start(*TRIMTAB, "-c", config, "watch", "--once")
    assert watch.stderr is not None
    assert watch.stderr.readline().startswith(b"waiting for a search")
    while watch.poll() is None:
        assert run(["-q", "-c", str(config), "plan", "--json"]) == 0
    out, err = watch.communicate(timeout=PATIENCE)
    assert out.splitlines()[-1].startswith(b"main: done")
    assert err == b""


def test_watching_leaves_no_trace_in_the_book(config: Path) -> None:
    assert run(["-q", "-c", str(config), "plan"]) == 0
    with Book.open(config.parent / "trimtab.db", upgrade=False) as book:
        before = book.plans(AccountId("main"))
    assert run(["-c", str(config), "stop-search"]) == 0
    with Book.open(config.parent / "trimtab.db", upgrade=False) as book:
        assert book.plans(AccountId("main")) == before


def test_where_nothing_runs_nothing_is_stopped(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-c", str(config), "stop-search", "--account", "main"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no search runs now" in shown.err
    assert run(["-c", str(config), "stop-search", "--account", "mian"]) == 2
    assert "did you mean main" in capsys.readouterr().err


def test_ctrl_c_ends_watching_and_nothing_else(start: Start, config: Path) -> None:
    search = searching(start, config)
    watch = start(*TRIMTAB, "-c", config, "watch", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert watch.stdout is not None
    assert watch.stdout.readline().startswith(b"main: ")
    watch.send_signal(signal.SIGINT)
    _, err = watch.communicate(timeout=PATIENCE)
    assert watch.returncode == 130
    assert b"Traceback" not in err
    assert search.poll() is None
    assert run(["-c", str(config), "stop-search"]) == 0
    search.communicate(timeout=PATIENCE)


def on_terminal(start: Start, *line: object) -> tuple[Process, int]:
    """A process on a terminal, and our end of it."""
    ours, theirs = pty.openpty()
    it = start(*line, piped=False, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    return it, ours


def read_until(ours: int, wanted: bytes) -> bytes:
    said = b""
    while wanted not in said:
        said += os.read(ours, 4096)
    return said


def read_all(ours: int) -> bytes:
    """Up to the end of the process."""
    said = b""
    with suppress(OSError):  # so the kernel says that nobody is at the other end any more
        while more := os.read(ours, 4096):
            said += more
    os.close(ours)
    return said


def test_a_terminal_shows_the_search_and_ctrl_c_takes_the_best_plan(
    start: Start, tmp_path: Path
) -> None:
    it, ours = on_terminal(start, sys.executable, ENDLESS, tmp_path)
    said = read_until(ours, b"gap ")  # once there is a plan
    said += read_until(ours, b"Ctrl-C: stop with the best plan so far")
    for figure in (b"main: ", b"best ", b"gap ", b"iterations", b"a second", b"TE ", b"VaR95 "):
        assert figure in said
    it.send_signal(signal.SIGINT)
    said = read_all(ours)
    assert CLEAR in said, "the bar is gone before anything else is said"
    assert b'"usable": true' in said
    assert it.wait(PATIENCE) == 0


def test_watch_redraws_on_a_terminal_and_leaves_the_end(start: Start, config: Path) -> None:
    searching(start, config)
    it, ours = on_terminal(start, *TRIMTAB, "-c", config, "watch", "--once")
    read_until(ours, b"VaR95 ")
    assert run(["-c", str(config), "stop-search"]) == 0
    left = read_all(ours).rpartition(CLEAR)[2]
    assert b"main: stopped" in left
    assert b"VaR95" in left
    assert it.wait(PATIENCE) == 0


WHOLE = Report(
    account="main",
    state="searching",
    stage="whole shares",
    iteration=12_345,
    objective_bps=-12.3456,
    bound_bps=-13.0,
    gap=0.053,
    elapsed_seconds=2.5,
    iterations_per_second=4938.0,
    seconds_to_deadline=7.5,
    seconds_to_gap=2.5,
    tracking_error=0.0123,
    tracking_error_limit=0.02,
    volatility=0.15,
    var_95=0.0155,
    var_95_limit=0.02,
    var_95_amount=15_544.0,
    breaks=("Tech 31.4000% is above 30.0000%",),
)
SAID = """\
main: whole shares  [#####.....]  2.5 s, about 2.5 s to go, at most 7.5 s
  best -12.346 bps  bound -13.000  gap 5.300%  12,345 iterations  4,938 a second
  TE 1.23% of 2.00%  volatility 15.00%  VaR95 1.55% of 2.00% = 15,544
  breaks: Tech 31.4000% is above 30.0000%"""


def test_the_page_tells_every_key_of_a_line() -> None:
    page = PAGE.partition("## The JSON line")[2]
    told = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)))
    assert tuple(told) == ("schema", *KEYS)
    assert SAID.partition("\n  breaks")[0] in re.sub("^    ", "", PAGE, flags=re.MULTILINE)


def test_it_is_said_in_lines_that_fit() -> None:
    assert block(WHOLE) == SAID
    assert all(len(each) <= 80 for each in block(WHOLE).splitlines())
    assert "\n" not in line(WHOLE)
    assert "breaks Tech" in line(WHOLE)
