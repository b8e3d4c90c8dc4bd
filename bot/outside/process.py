"""A process for the owner's code: started, handed its task, and killed with all that it started."""

import contextlib
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bot.outside.listen import TICK_SECONDS, Child, Limits, Streams, listen
from bot.outside.untold import Untold, printable

CHILD = Path(__file__).with_name("child.py")
SECRETS = re.compile(r"TRIMTAB_SECRET_.*|CREDENTIALS_DIRECTORY")
"""Variables that the code is not handed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the code answered, what it printed, and how long it took from start to answer."""

    answer: Mapping[str, object]
    printed: str
    seconds: float


def run(task: Mapping[str, object], limits: Limits) -> Heard:
    """Have ``task`` done within ``limits``. Raises ``Untold``."""
    began = monotonic()
    streams = Streams()
    with _started(limits.folder, pickle.dumps(task)) as (child, answers):
        body = listen(child, answers, streams, limits)
    return Heard(_read(body, streams.text), streams.text, monotonic() - began)


@contextmanager
def _started(folder: Path, task: bytes) -> Iterator[tuple[Child, int]]:
    """A child that does ``task``, and where its answer will come; both are gone afterwards."""
    answers, theirs = os.pipe()
    try:
        child = _start(folder, theirs)
    except OSError as exc:
        os.close(answers)
        raise Untold(f"no process can be started: {exc.strerror}") from exc
    finally:
        os.close(theirs)
    hand = threading.Thread(target=_hand_over, args=(child, task), daemon=True)
    hand.start()
    try:
        yield child, answers
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it may be gone
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        hand.join(TICK_SECONDS)
        os.close(answers)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _start(folder: Path, theirs: int) -> Child:
    """In a group of its own, so that what it starts can be killed with it, and Ctrl-C is ours."""
    options = ["-P", "-u", "-X", "faulthandler", "-X", "utf8"]
    return subprocess.Popen(  # noqa: S603  # our own script, by our own interpreter
        [sys.executable, *options, str(CHILD), str(theirs)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not SECRETS.fullmatch(name)},
        pass_fds=(theirs,),
        start_new_session=True,
    )


def _hand_over(child: Child, task: bytes) -> None:
    """Send the task, in a thread: a large one waits until the child reads.

    The pipe stays open after it: its end tells the child that nobody waits for it any more.
    """
    assert child.stdin is not None, "it was asked for"
    left = memoryview(task)
    with contextlib.suppress(OSError, ValueError):  # it died: no answer will come, and that is said
        while left:
            left = left[child.stdin.write(left) :]


def _read(body: bytes, printed: str) -> Mapping[str, object]:
    try:
        answer = json.loads(body)
    except ValueError as exc:
        raise Untold("its answer cannot be read", printed) from exc
    if not isinstance(answer, dict):
        raise Untold("its answer cannot be read", printed)
    if fault := answer.get("fault"):
        raise Untold(printable(str(fault).replace("\n", " ")), printed)
    return answer
