"""What a terminal is given: data on stdout, the rest on stderr, and nothing that it cannot show."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

TRIMTAB = (sys.executable, "-m", "bot")
ESCAPE = b"\x1b"


def trimtab(*arguments: str, **environ: str) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr of a process of its own, with ``environ`` on top of ours."""
    line, found = [*TRIMTAB, *arguments], {**os.environ, **environ}
    done = subprocess.run(line, capture_output=True, env=found, check=False)  # noqa: S603  # ours
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An installation with one plan, in a folder that no ASCII terminal can name."""
    path = str(tmp_path_factory.mktemp("kürbis") / "config.toml")
    assert trimtab("-c", path, "init", "--no-input")[0] == 0
    assert trimtab("-c", path, "plan")[0] == 0
    return path


POOR: tuple[Mapping[str, str], ...] = (
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "dumb"},
    {"NO_COLOR": "1", "COLUMNS": "40"},
)


@pytest.mark.parametrize("environ", POOR)
@pytest.mark.parametrize("verb", ["check", "status", "plan", "history", "reconcile", "nonsense"])
def test_a_poor_terminal_is_enough(config: str, verb: str, environ: Mapping[str, str]) -> None:
    code, out, err = trimtab("-c", config, verb, **environ)
    assert code == (2 if verb == "nonsense" else 0)
    assert ESCAPE not in out + err
    assert b"Traceback" not in err
    assert out.decode("ascii" if "LC_ALL" in environ else "utf-8") or verb == "nonsense"


def seen_on_a_terminal(config: str, **environ: str) -> bytes:
    """What ``trimtab status`` writes to a terminal."""
    ours, theirs = pty.openpty()
    found = {**os.environ, "TERM": "xterm", **environ}
    line = [*TRIMTAB, "-c", config, "status"]
    with subprocess.Popen(line, stdout=theirs, stderr=theirs, env=found) as it:  # noqa: S603  # ours
        os.close(theirs)
        said = b""
        while b"next:" not in said:
            said += os.read(ours, 4096)
        it.wait()
    os.close(ours)
    return said


def test_colour_is_for_terminals_that_want_it(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert ESCAPE in seen_on_a_terminal(config)
    assert ESCAPE not in seen_on_a_terminal(config, NO_COLOR="1")
    assert ESCAPE not in seen_on_a_terminal(config, TERM="dumb")
    assert ESCAPE not in b"".join(trimtab("-c", config, "status")[1:])


def test_data_goes_to_stdout_and_what_is_said_to_stderr(config: str) -> None:
    _, out, err = trimtab("-c", config, "status")
    assert out.startswith(b"PAPER main: active\n")
    assert err.startswith(b"next: ")
    assert b"next:" not in out


COMPLETE = """
source <(trimtab --show-completion)
COMP_WORDS=(trimtab hist) COMP_CWORD=1
_trimtab_completion trimtab
echo "${COMPREPLY[@]}"
"""


def test_bash_completes_a_verb(tmp_path: Path) -> None:
    """The script that ``--show-completion`` prints, in the shell that it was asked from."""
    command = tmp_path / "trimtab"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bot "$@"\n')
    command.chmod(0o755)
    found = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    line = ["bash", "--norc", "-c", COMPLETE]
    done = subprocess.run(line, capture_output=True, env=found, text=True, check=False)  # noqa: S603
    assert done.stdout.split() == ["history"], done.stderr
