"""Rules about the running house that the import linter cannot see: what a start loads, who acts."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("cvxpy", "pandas", "scipy.stats", "alpaca", "ib_async", "matplotlib", "sqlalchemy")
"""Each takes longer to load than the verbs that only look take to answer."""


def loaded_by(*arguments: str, at: Path) -> tuple[int, set[str], str]:
    """Exit code, every module that ``python -m bot`` loaded, and what it said."""
    outcome = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [sys.executable, "-X", "importtime", "-m", "bot", *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = outcome.stderr.splitlines()
    modules = {line.rpartition("|")[2].strip() for line in told if line.startswith("import time:")}
    said = [line for line in told if not line.startswith("import time:")]
    return outcome.returncode, modules, "\n".join([outcome.stdout, *said])


def heavy(modules: set[str]) -> list[str]:
    """Which of the heavy libraries were loaded, whole or in part."""
    return [name for name in HEAVY if any(f"{m}.".startswith(f"{name}.") for m in modules)]


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("status", "--help")])
def test_asking_for_help_loads_nothing_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code, modules, said = loaded_by(*arguments, at=tmp_path)
    assert code == 0, said
    assert "bot.cli.app" in modules
    assert not heavy(modules)


def test_status_without_a_config_loads_nothing_heavy(tmp_path: Path) -> None:
    code, modules, said = loaded_by("status", at=tmp_path)
    assert code == 2
    assert "config.toml" in said
    assert "Traceback" not in said
    assert not heavy(modules)


def called_in(path: Path) -> set[str]:
    """Names of the methods that are called in ``path``."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def names_in(path: Path) -> set[str]:
    """Names that ``path`` imports from the seam between the house and its brokers."""
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "brokers.broker"
        for alias in node.names
    }


def files(*rooms: str) -> list[Path]:
    """Python files of ``rooms``; a room is a file or a folder."""
    found: list[Path] = []
    for room in rooms:
        place = ROOT / room
        found += place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    return found


def test_only_the_gate_submits_and_the_drill_of_paper_accounts() -> None:
    senders = {p.relative_to(ROOT).as_posix() for p in files("bot") if "submit" in called_in(p)}
    assert senders == {"bot/gate/send.py", "bot/drill/send.py"}


ACTS = {"Broker", "Accepted", "Refused", "Unclear", "CancelRequested", "AlreadyDone"}


def test_who_plans_or_reports_is_not_even_given_a_broker() -> None:
    rooms = ("strategies", "bot/observe", "bot/report", "bot/alerts", "bot/book", "bot/config")
    armed = [
        f"{path.relative_to(ROOT)}: {', '.join(sorted(names & ACTS))}"
        for path in files(*rooms)
        if (names := names_in(path)) & ACTS
    ]
    assert not armed, "type it as Market, the half that only reads"


READS_THE_CLOCK = re.compile(
    r"\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(|\btime\.(?:time|sleep|monotonic)\("
)


def test_only_the_daemon_reads_the_clock() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in files("bot", "brokers", "strategies")
        if READS_THE_CLOCK.search(path.read_text())
    ]
    assert all(reader.startswith("bot/daemon/") for reader in readers), readers
