"""A pipe that tells when a process, and all that it started, is gone."""

import os
import threading
from pathlib import Path

import pytest
from owners_code import Alive


def read_to_the_end(pipe: Path, told: threading.Event, heard: list[bytes]) -> None:
    with pipe.open("rb") as lines:
        heard.append(lines.read(2))
        told.set()
        heard.append(lines.read())


@pytest.fixture
def alive(tmp_path: Path) -> Alive:
    """A thread that ends when all that hold the pipe have; and whether it was opened."""
    os.mkfifo(tmp_path / "alive")
    told, heard = threading.Event(), list[bytes]()
    reader = threading.Thread(
        target=read_to_the_end, args=(tmp_path / "alive", told, heard), daemon=True
    )
    reader.start()
    return reader, told, heard
