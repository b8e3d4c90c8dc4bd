"""Ask the host to play days of mutated code, and tell how it was caught, if it was."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from museum.mutants import Days, Edit

HOST = Path(__file__).resolve().parent / "host.py"
NUMBER = re.compile(r"\b(I\d+): ")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of some days: what the judge said, errors that ended slots, plans carried out."""

    wrong: tuple[str, ...] = ()
    died: str = ""
    sessions: int = 0
    traded: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def invariant(self) -> str:
        """The first that was seen to be broken."""
        found = NUMBER.search(self.wrong[0]) if self.wrong else None
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Host:
    """The process that plays."""

    process: "subprocess.Popen[str]"

    def ask(self, edits: Sequence[Edit], days: Days) -> Answer:
        """Play ``days`` of the code with ``edits``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"edits": [asdict(edit) for edit in edits], "days": asdict(days)}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return Answer(**answer | {"wrong": tuple(answer.get("wrong", ()))})


@contextmanager
def host() -> Iterator[Host]:
    """A process of its own, that ends with its input."""
    command = [sys.executable, str(HOST)]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(  # noqa: S603 - our own file
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        yield Host(process)


def verdict(seen: Answer, sound: Answer) -> str:
    """How a mutant was caught, beside what sound code makes of the same days; or nothing."""
    if seen.wrong:
        return seen.invariant
    if seen.died or seen.failures.keys() - sound.failures.keys():
        return "error"
    return "stalls" if seen.traded < sound.traded else ""
