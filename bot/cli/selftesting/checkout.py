"""The stand-ins of brokers that a source checkout has: found by their files, started as processes.

Nothing of them is ever imported here. They are told by lines what befalls them, and what they
answer is in ``tests/standins/trial.py``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

STANDINS = Path("tests/standins/trial.py")
PACKAGE = Path(__file__).resolve().parents[2]
END_SECONDS = 10.0
"""How long a process that was let go of may take to end."""

BROKERS: Mapping[str, tuple[str, str]] = {
    "alpaca": ("Alpaca", "alpaca-py"),
    "ibkr": ("Interactive Brokers", "ib_async"),
}
"""The names of the brokers that there are stand-ins of, and of their libraries."""


class NoStandin(Exception):
    """A stand-in does not answer. Says why."""


def find_checkout(package: Path = PACKAGE) -> Path | None:
    """The source checkout that ``package`` stands in; None where it was installed from a wheel."""
    root = package.parent
    return root if (root / STANDINS).is_file() and (root / "pyproject.toml").is_file() else None


class Standin:
    """A stand-in that runs: what can befall it, and what it is told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Answers come through the pipes of ``process``."""
        self._process = process

    def cases(self) -> tuple[tuple[str, bool], ...]:
        """What can befall it, by name, and whether that is of an account that holds shares."""
        told = self._ask(do="cases")
        rows = [(str(name), False) for name in told["cases"]]
        return (*rows, *((str(name), True) for name in told["holding"]))

    def begin(self, now: datetime) -> Mapping[str, Any]:
        """A new account; the settings of the adapter and the secrets by which it is reached."""
        return self._ask(do="begin", now=now.isoformat())

    def strike(self, case: str) -> None:
        """From now on that is what happens."""
        self._ask(do="strike", case=case)

    def move_to(self, now: datetime) -> None:
        """The broker's clock goes on."""
        self._ask(do="now", now=now.isoformat())

    def release(self) -> None:
        """What was held back is told."""
        self._ask(do="release")

    def calm(self) -> None:
        """Nothing befalls it any more."""
        self._ask(do="calm")

    def truth(self) -> Mapping[str, Any]:
        """What is in the broker's own books: orders, shares, and whether it was struck."""
        return self._ask(do="truth")

    def _ask(self, **words: str) -> Mapping[str, Any]:
        try:
            said = _pipe(self._process.stdin)
            said.write(json.dumps(words) + "\n")
            said.flush()
            told: Mapping[str, Any] = json.loads(_pipe(self._process.stdout).readline())
        except (OSError, ValueError) as error:
            raise NoStandin(f"the stand-in ended when it was asked to {words['do']}") from error
        return told


def _pipe(end: "IO[str] | None") -> "IO[str]":
    assert end is not None, "it was opened with pipes"
    return end


@contextmanager
def standin(checkout: Path, broker: str) -> Iterator[Standin]:
    """A stand-in of ``broker``; it ends with whoever started it, however that ends."""
    process = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-m", "standins.trial", broker],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout / "tests")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Standin(process)
    finally:
        _let_go(process)


def _let_go(process: "subprocess.Popen[str]") -> None:
    """The end of its input is the end of a stand-in; one that hangs is killed."""
    with suppress(OSError):  # it has ended already, and what was to be said is of no use
        _pipe(process.stdin).close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _pipe(process.stdout).close()
