"""The tables ``[watch]`` and ``[log]``: who looks after the watchman, and what he writes down."""

from pathlib import Path
from typing import Annotated

from bot.config.kinds import FilePath, one_of
from bot.config.secret_names import NAME
from bot.config.settings import LogFormat, LogLevel, LogSettings, WatchSettings
from bot.config.table import Table
from bot.config.values import Is, Text, Whole
from bot.redaction import keep_url_out

_WATCH, _LOG = WatchSettings(), LogSettings()

SECRET = "secret:"  # noqa: S105 - what a reference to one begins with
LOOPBACK = r"(?:localhost|127\.0\.0\.1|\[::1\])"
PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"

PingAddress = Annotated[
    str,
    Is(
        Text(
            rf"{SECRET}{NAME}|https://(?:[A-Za-z0-9.-]{{1,253}}|\[[0-9a-f:]{{2,45}}\])(?::{PORT})?"
            rf"(?:/[!-~]{{0,500}})?|http://{LOOPBACK}(?::{PORT})?(?:/[!-~]{{0,500}})?",
            'an address that starts with https:// (http:// on this machine only), or "secret:" and '
            "the name of the secret that holds it",
            "address",
            secret=True,
        )
    ),
]
ListenAddress = Annotated[
    str,
    Is(
        Text(
            rf"{LOOPBACK}:{PORT}|unix:(?!~)[^\x00-\x1f\x7f]{{1,1000}}",
            'an address of this machine with a port, like "127.0.0.1:9464", or "unix:" and a path',
            "address",
        )
    ),
]


class WatchTable(Table):
    """Who notices that the daemon is gone: a dead man's switch, and pages for a monitor."""

    ping_url: PingAddress | None = None
    """Address that is asked for while all is well; whoever owns it raises the alarm when it is
    not, as healthchecks.io does. Trouble goes to the same address with ``/fail`` behind it."""
    ping_seconds: Annotated[int, Is(Whole(10, 86400, "seconds"))] = _WATCH.ping_seconds
    """Time between two pings."""
    listen: ListenAddress | None = None
    """Where ``/livez``, ``/readyz`` and ``/metrics`` are answered, on this machine alone."""


class LogTable(Table):
    """What the daemon writes down as it works; to stderr, and into a folder where one is set."""

    format: Annotated[LogFormat, one_of(LogFormat)] = _LOG.format
    """Lines for people, or one JSON object a line."""
    level: Annotated[LogLevel, one_of(LogLevel)] = _LOG.level
    """The least grave of what is written."""
    folder: FilePath | None = None
    """Folder for files of the log, beside stderr."""
    size_mib: Annotated[int, Is(Whole(1, 100_000, "MiB"))] = _LOG.size_mib
    """Room for all files together; the oldest are removed."""
    days: Annotated[int, Is(Whole(1, 3650, "days"))] = _LOG.days
    """Age at which a file is removed."""


def watch(table: WatchTable, folder: Path) -> WatchSettings:
    """Who looks after the daemon; a socket's path is relative to the config."""
    listen = table.listen
    if listen is not None and listen.startswith("unix:"):
        listen = f"unix:{folder / listen.removeprefix('unix:')}"
    if table.ping_url is not None and not table.ping_url.startswith(SECRET):
        keep_url_out(table.ping_url)
    return WatchSettings(table.ping_url, table.ping_seconds, listen)


def log(table: LogTable, folder: Path) -> LogSettings:
    """What is written down, and where."""
    return LogSettings(
        table.format,
        table.level,
        folder / table.folder if table.folder else None,
        table.size_mib,
        table.days,
    )
