"""The log put to use: which loggers speak, and where to, for as long as the daemon runs."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bot.config.settings import LogFormat, LogSettings
from bot.logs.files import LogFolder
from bot.logs.lines import JsonLines, TextLines
from bot.logs.outlet import Outlet

OURS = "trimtab"

QUIET = (
    "httpx",
    "httpcore",
    "urllib3",
    "requests",
    "websockets",
    "ib_async",
    "ib_insync",
    "alpaca",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "matplotlib",
    "apprise",
    "apscheduler",
)
"""Libraries that tell every request, its address and its headers where they are let."""


def hush() -> None:
    """Let no library speak below ``WARNING``, whatever anybody sets for all."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def logging_to(settings: LogSettings) -> Iterator[tuple[Outlet, ...]]:
    """Write down what is said while the block runs, on stderr and in the folder."""
    lines = JsonLines() if settings.format is LogFormat.JSON else TextLines()
    folder = None
    outlets = [Outlet("stderr", _to_stderr, lines)]
    if settings.folder is not None:
        folder = LogFolder(settings.folder, settings.size_mib, settings.days)
        outlets.append(Outlet("folder", folder.write, lines))
    root = logging.getLogger()
    before = root.level
    hush()
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(settings.level.value.upper())
    logging.captureWarnings(capture=True)
    for outlet in outlets:
        outlet.start()
        root.addHandler(outlet)
    try:
        yield tuple(outlets)
    finally:
        logging.captureWarnings(capture=False)
        root.setLevel(before)
        for outlet in outlets:
            root.removeHandler(outlet)
            outlet.close()
        if folder is not None:
            folder.close()


def complain_of(said: str, remedy: str, slot: str, error: Exception) -> bool:
    """Write a failure down; False where there is no log, so that somebody else must say it.

    One that nobody foresaw is written with its traceback.
    """
    if not any(isinstance(handler, Outlet) for handler in logging.getLogger().handlers):
        return False
    trace = None if remedy else error
    fix = f"; fix: {remedy}" if remedy else ""
    log = logging.getLogger(f"{OURS}.daemon")
    log.error("%s%s", said, fix, exc_info=trace, extra={"slot": slot})
    return True


def _to_stderr(_when: float, line: str) -> None:
    """Straight to the handle: a stream that another thread holds would make us wait for it."""
    try:
        handle = sys.stderr.fileno()
    except ValueError:  # there is none behind it
        sys.stderr.write(f"{line}\n")
        return
    data = f"{line}\n".encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(handle, data) :]
