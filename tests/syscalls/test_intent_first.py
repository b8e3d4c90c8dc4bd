"""Seen from the kernel: an order's intent is on the disk before the exchange hears of it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.syscalls

KEY = re.compile(r"TT-[0-9A-Z]{10}-\d{3}")
CALL = re.compile(r"(?P<call>pwrite64|write|fdatasync|fsync)\(\d+<(?P<path>[^>]*)>(?P<rest>.*)")


def traced(tmp_path: Path, what: str, *arguments: str) -> list[str]:
    """Run ``trimtab`` under strace, and return what it asked of the kernel, a line a call."""
    log = tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-s", "16384", "-e", f"trace={what}", "-o", str(log)]
    done = subprocess.run(  # noqa: S603 - our own program
        [*strace, sys.executable, "-m", "bot", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text(errors="replace").splitlines()


def calls(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Name, file and data of every call."""
    for line in lines:
        if found := CALL.search(line):
            yield found["call"], Path(found["path"]).name, found["rest"]


def test_every_intent_is_synced_to_disk_before_the_exchange_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    lines = traced(
        tmp_path,
        "pwrite64,write,fdatasync,fsync",
        *("demo", "--folder", str(folder), "--until", "2020-01-03"),
    )
    written: set[str] = set()
    durable: set[str] = set()
    told: set[str] = set()
    for call, name, data in calls(lines):
        keys = set(KEY.findall(data))
        if name.startswith("trimtab.db"):
            if call in {"fdatasync", "fsync"}:
                durable |= written
            else:
                written |= keys
        elif name.startswith("paper-demo.db"):
            assert keys <= durable, f"the exchange was told of {sorted(keys - durable)} first"
            told |= keys
    assert len(told) >= 20, "the first allocation of 20 names was not seen"


def test_a_dry_run_opens_no_connection_to_any_host(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    config = folder / "config.toml"
    traced(tmp_path, "connect", "--config", str(config), "init", "--no-input")
    lines = traced(tmp_path, "connect", "--config", str(config), "plan")
    assert not [line for line in lines if "AF_INET" in line]
