"""What systemd is told, on real unix sockets, by path and in the abstract name space."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.daemon.systemd import Notifier, notifier


@contextmanager
def listener(name: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name)
        server.settimeout(10)
        yield server


def speak(tells: Notifier) -> list[str]:
    tells.ready()
    tells.status("two accounts;\nnext slot 14:45")
    tells.alive()
    tells.stopping()
    return ["READY=1", "STATUS=two accounts; next slot 14:45", "WATCHDOG=1", "STOPPING=1"]


def test_states_arrive_at_a_path(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listener(address) as server:
        said = speak(notifier({"NOTIFY_SOCKET": address}))
        assert [server.recv(4096).decode() for _ in said] == said


def test_states_arrive_at_an_abstract_name() -> None:
    name = f"trimtab-test-{os.getpid()}"
    with listener("\0" + name) as server:
        said = speak(notifier({"NOTIFY_SOCKET": "@" + name}))
        assert [server.recv(4096).decode() for _ in said] == said


def test_nobody_listening_is_no_trouble(tmp_path: Path) -> None:
    assert speak(Notifier())
    assert speak(Notifier(str(tmp_path / "nobody")))


def test_a_listener_that_is_asleep_holds_nobody_up(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listener(address):
        for _ in range(2000):
            Notifier(address).alive()
        assert speak(Notifier(address))


ME = str(os.getpid())


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": ME}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_how_long_systemd_waits(environ: dict[str, str], seconds: float | None) -> None:
    assert notifier(environ).watchdog_seconds == seconds
