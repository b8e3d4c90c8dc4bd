"""The file KILL: whatever is in it, whatever it is, and wherever it cannot be written."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.switch import NAME, STATES, FlagNotWritten, State, lift, raise_flag, read

ROOT = Path(__file__).parents[3]

MEANINGS = [
    ("", "halted", "the file KILL is there"),
    ("\n \n", "halted", "the file KILL is there"),
    ("halted", "halted", "the file KILL is there"),
    ("halted prices look wrong\n", "halted", "prices look wrong"),
    ("reducing: cash is short", "reducing", "cash is short"),
    ("REDUCING\nsecond\tline", "reducing", "second line"),
    ("cancel-only, I look\x1b[2J myself", "cancel-only", "I look [2J myself"),
    ("active", "halted", "active"),
    ("stop everything", "halted", "stop everything"),
    ("reduce", "halted", "reduce"),
]


@pytest.mark.parametrize(("text", "state", "reason"), MEANINGS)
def test_its_first_word_is_the_state_and_the_rest_the_reason(
    tmp_path: Path, text: str, state: str, reason: str
) -> None:
    (tmp_path / NAME).write_text(text)
    halt = read(tmp_path)
    assert halt is not None
    assert (halt.scope, halt.state, halt.reason, halt.who) == ("*", state, reason, "the file KILL")


def test_no_file_and_no_folder_stop_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    assert read(tmp_path / "not yet there") is None


@given(content=st.binary(max_size=300))
def test_any_bytes_at_all_stop_trading(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("state")
    (folder / NAME).write_bytes(content)
    halt = read(folder)
    assert halt is not None
    assert halt.state in STATES[1:]
    assert halt.reason.isprintable()
    words = content.decode("utf-8", "replace").lower()
    assert halt.state == "halted" or halt.state in words


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_lost_link(path: Path) -> None:
    path.symlink_to("nowhere")


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_loop(path: Path) -> None:
    path.symlink_to(NAME)


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_lost_link, make_endless, make_loop])
def test_what_cannot_be_read_means_halted_and_can_be_lifted(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / NAME)
    halt = read(tmp_path)
    assert halt is not None
    assert halt.state == "halted"
    assert lift(tmp_path)
    assert read(tmp_path) is None
    assert not lift(tmp_path)


def test_a_folder_that_cannot_be_looked_into_stops_trading(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.write_text("a file where the folder should be")
    halt = read(place)
    assert halt is not None
    assert halt.state == "halted"
    assert "it cannot be seen whether" in halt.reason


def test_it_is_of_the_time_at_which_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.touch()
    for seconds in (1_700_000_000, 0, -5):
        os.utime(path, (seconds, seconds))
        halt = read(tmp_path)
        assert halt is not None
        assert halt.time == datetime.fromtimestamp(max(seconds, 1), UTC)


@pytest.mark.parametrize("first", STATES[1:])
@pytest.mark.parametrize("second", STATES[1:])
def test_it_goes_up_and_grows_worse_but_never_milder(
    tmp_path: Path, first: State, second: State
) -> None:
    raise_flag(tmp_path / "new", first, "one")
    raise_flag(tmp_path / "new", second, "two")
    halt = read(tmp_path / "new")
    assert halt is not None
    worse = STATES.index(second) > STATES.index(first)
    assert (halt.state, halt.reason) == ((second, "two") if worse else (first, "one"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == [NAME]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from bot.switch import raise_flag, read
folder = Path(sys.argv[1])
if len(sys.argv) > 2:
    raise_flag(folder, sys.argv[2], "before")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
raise_flag(folder, "halted", "the disk is full")
print(read(folder).state, sorted(path.name for path in folder.iterdir()))
"""


@pytest.mark.parametrize("before", [(), ("reducing",)])
def test_a_full_disk_has_room_for_it(tmp_path: Path, before: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), *before]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 our own interpreter
    assert done.stdout == f"halted ['{NAME}']\n", done.stderr


def test_where_it_cannot_be_made_another_way_is_named(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.write_text("a file where the folder should be")
    with pytest.raises(FlagNotWritten, match="cannot be written") as caught:
        raise_flag(place, "halted", "why")
    assert "SIGUSR1" in caught.value.remedy
